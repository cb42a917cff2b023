#include "lib/words.h"

osp_status knows_password(osp_ctx *ctx, osp_str name, osp_str password, bool *ret_match)
{
    *ret_match = osp_secret_equal(password, osp_secret(ctx, "PREVIEW_PASSWORD"));
    return OSP_OK;
}

typedef struct Claims { int64_t exp; } Claims;
OSP_TYPE(Claims, FIELD(exp));

osp_status knows_token(osp_ctx *ctx, osp_str token, bool *ret_match)
{
    Claims claims;
    *ret_match = osp_jwt_verify(ctx, osp_secret(ctx, "MACHINE_SECRET"), token, Claims, &claims) == OSP_OK;
    return OSP_OK;
}

static osp_status make_keys(osp_ctx *ctx, const void *in, osp_str_list *out)
{
    osp_str *key = osp_new(ctx, osp_str);
    if (key == NULL) {
        return OSP_E_NOMEM;
    }
    *key = osp_secret(ctx, "COOKIE_KEY");
    *out = (osp_str_list){ key, 1 };
    return OSP_OK;
}
OSP_PROVIDER(signing_keys, make_keys, void, osp_str_list, .scope = OSP_PER_APPLICATION);

osp_str_list cookie_keys(osp_ctx *ctx)
{
    const osp_str_list *keys = signing_keys(ctx);
    return keys != NULL ? *keys : (osp_str_list){ 0 };
}
