/* GET /accounts/{id}: one.  DELETE: close it. */
#include "lib/account.h"

typedef struct ById { int64_t id; } ById;
OSP_TYPE(ById, PATH(id));

static osp_status get(osp_ctx *ctx, const ById *in, Account *out)
{
    const Account *account =
        osp_db_one(ctx, Account, "SELECT id, owner, cents, closed_at FROM account WHERE id = ?", in->id);
    if (account == NULL) {
        return osp_fail(ctx, 404, "There is no account %lld.", (long long)in->id);
    }
    *out = *account;
    return OSP_OK;
}
OSP_ROUTE(GET, get, ById, Account, .summary = "An account", .errors = { 404 });

static osp_status close_account(osp_ctx *ctx, const ById *in, void *out)
{
    (void)out;
    const osp_time now = { osp_now_us() };
    if (osp_db_exec(ctx, "UPDATE account SET closed_at = ? WHERE id = ? AND cents = 0", now,
                    in->id) == 0) {
        return osp_fail(ctx, 409, "There is none, or it is not empty.");
    }
    return OSP_OK;
}
OSP_ROUTE(DELETE, close_account, ById, void, .summary = "Close an account", .status = 204,
          .errors = { 409 });
