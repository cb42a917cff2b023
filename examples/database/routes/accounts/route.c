/* GET /accounts: all, or those of one owner.  POST /accounts: open one. */
#include "lib/account.h"

typedef struct ListIn { osp_opt_str owner; } ListIn;
OSP_TYPE(ListIn, QUERY(owner, .doc = "Only of this one"));

typedef struct Accounts {
    Account_list accounts;
    int64_t cents;
} Accounts;
OSP_TYPE(Accounts, LIST(accounts, Account), FIELD(cents, .doc = "Of all of them together"));

static osp_status list(osp_ctx *ctx, const ListIn *in, Accounts *out)
{
    out->accounts = osp_db_query(ctx, Account,
        "SELECT id, owner, cents, closed_at FROM account WHERE owner = ?1 OR ?1 IS NULL ORDER BY id",
        in->owner);
    const int64_t *sum = osp_db_one(ctx, int64_t, "SELECT coalesce(sum(cents), 0) FROM account");
    if (sum != NULL) {
        out->cents = *sum;
    }
    return OSP_OK;
}
OSP_ROUTE(GET, list, ListIn, Accounts, .summary = "Accounts");

typedef struct OpenIn {
    osp_str owner;
    int64_t cents;
} OpenIn;
OSP_TYPE(OpenIn, FIELD(owner, .min_len = 1, .max_len = 80), FIELD(cents, AT_LEAST(0)));

static osp_status open_account(osp_ctx *ctx, const OpenIn *in, Account *out)
{
    out->owner = in->owner;
    out->cents = in->cents;
    out->id = osp_db_insert(ctx, "INSERT INTO account (owner, cents) VALUES (?, ?)", in->owner,
                            in->cents);
    const osp_status status = osp_recover(ctx);
    if (status == OSP_E_DB_CONSTRAINT) {
        return osp_fail(ctx, 409, "%.*s has an account.", OSP_ARG(in->owner));
    }
    return status;
}
OSP_ROUTE(POST, open_account, OpenIn, Account, .summary = "Open an account", .status = 201,
          .errors = { 409 });
