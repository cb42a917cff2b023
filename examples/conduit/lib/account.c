/* What several routes do with accounts. */
#include "lib/account.h"

osp_status account_answer(osp_ctx *ctx, const Key *key, const Account *account, UserOut *out)
{
    const osp_str token = token_make(ctx, key, account->id, account->session);
    out->user = (User){ account->email, token, account->username, account->bio, account->image };
    return token.len != 0 ? OSP_OK : OSP_E_NOMEM; /* the key is good: lib/token.c has looked */
}

OSP_QUERY_ONE(Account, account_by_id, (int64_t, id));

typedef struct Taken { bool email, username; } Taken;
OSP_TYPE(Taken, FIELD(email), FIELD(username));
OSP_QUERY_ONE(Taken, account_taken, (osp_opt_str, email), (osp_opt_str, username),
              (int64_t, except_id));

osp_status account_refuse_taken(osp_ctx *ctx, osp_opt_str email, osp_opt_str username,
                                int64_t except_id)
{
    const Taken *taken = account_taken(ctx, email, username, except_id);
    osp_bad_field fields[2];
    size_t count = 0;
    if (taken == NULL) {
        return OSP_E_DB; /* a failed query has said why */
    }
    const osp_str words = S("is already taken");
    if (taken->email) {
        fields[count++] = (osp_bad_field){ .where = S("/user/email"), .detail = words };
    }
    if (taken->username) {
        fields[count++] = (osp_bad_field){ .where = S("/user/username"), .detail = words };
    }
    return osp_fail_with(ctx, .status = 422, .detail = S("Somebody else was faster."),
                         .fields = { fields, count });
}

const char *account_name_flaw(osp_str name)
{
    bool good = name.len > 0 && name.ptr[0] != ' ' && name.ptr[name.len - 1] != ' ' &&
                !osp_str_equal(name, S(".")) && !osp_str_equal(name, S(".."));
    for (size_t i = 0; i < name.len; i++) {
        const unsigned char byte = (unsigned char)name.ptr[i];
        good &= byte >= ' ' && byte != '/' && byte != 0x7f;
    }
    return good ? NULL : "must have no slash and no space at its ends, and cannot be . or ..";
}
