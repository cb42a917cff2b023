/* A refusal that says more than others. */
#include <openspeed/openspeed.h>

typedef struct Transfer {
    int64_t amount;
} Transfer;
OSP_TYPE(Transfer, FIELD(amount, AT_LEAST(1)));

typedef struct Credit {
    int64_t balance;
    int64_t missing;
} Credit;
OSP_TYPE(Credit, FIELD(balance), FIELD(missing));

static osp_status transfer(osp_ctx *ctx, const Transfer *in, void *out)
{
    (void)out;
    if (in->amount > 30) {
        const Credit credit = { .balance = 30, .missing = in->amount - 30 };
        return osp_fail_with(ctx, .status = 403, .type = S("/problems/no-credit"),
                             .title = S("Not enough credit"),
                             .detail = osp_format(ctx, "%d are missing.", (int)credit.missing),
                             OSP_MEMBERS(Credit, &credit));
    }
    return OSP_OK;
}
OSP_ROUTE(POST, transfer, Transfer, void, .summary = "Transfer an amount", .errors = { 403 });
