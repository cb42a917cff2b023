/* The token of forms: the same random text in a cookie and in a hidden field.
 *
 *     GET  a page with a form  <--  Set-Cookie: __Host-osp-form=TOKEN
 *                                   <input type="hidden" name="_csrf" value="TOKEN">
 *     POST its action          -->  Cookie: __Host-osp-form=TOKEN
 *                                   _csrf=TOKEN
 *
 * A page of another site can make a browser send the cookie, but neither read nor set it, so it
 * does not know what to write into its field.  There is no key, so nothing has to be kept, shared
 * by workers or machines, or to outlive a restart.  A token lasts as long as the browser is open:
 * what a page shows does not change with each request.  Over http the name has no prefix, for
 * browsers take none there: a host beside this one could set the cookie, and what browsers say of a
 * request (app/mw/csrf.c) is all that is left.  docs/decisions has what was rejected. */
#include "app/action.h"

#include "app/mw/mw.h"
#include "base/base64.h"
#include "base/digest.h"

#define RANDOM_BYTES 16
_Static_assert(OSP_BASE64URL_SIZE(RANDOM_BYTES) == OSP_FORM_TOKEN_LEN, "the length of a token");

static const char made_key = 0;

static osp_str cookie_name(const osp_ctx *ctx)
{
    return osp_str_equal(osp_client_scheme(ctx), OSP_STR("https"))
               ? OSP_STR("__Host-" OSP_FORM_TOKEN_COOKIE)
               : OSP_STR(OSP_FORM_TOKEN_COOKIE);
}

/* Whether a text is one that was made here, as far as can be seen. */
static bool is_token(osp_str text)
{
    char bytes[RANDOM_BYTES];
    size_t len;
    return text.len == OSP_FORM_TOKEN_LEN && osp_base64url_decode(text, bytes, &len) == OSP_OK;
}

static osp_str make_token(osp_ctx *ctx)
{
    char bytes[RANDOM_BYTES], text[OSP_FORM_TOKEN_LEN];
    osp_random_bytes(bytes, sizeof bytes);
    (void)osp_base64url_encode((osp_str){ bytes, sizeof bytes }, text);
    osp_str *made = osp_new(ctx, osp_str);
    if (made != NULL) {
        *made = osp_task_copy(&ctx->task, (osp_str){ text, sizeof text });
    }
    return made != NULL && made->len > 0 &&
                   osp_set_cookie_at(ctx, NULL, cookie_name(ctx), *made,
                                     &(const osp_cookie_options){ .zero_ = 0 }) == OSP_OK &&
                   osp_mw_keep(ctx, &made_key, made) == OSP_OK
               ? *made
               : (osp_str){ 0 };
}

bool osp_page_keep_private(osp_ctx *ctx)
{
    const osp_str name = OSP_STR("Cache-Control");
    return osp_response_has(&ctx->response, name) ||
           osp_set_header(ctx, name, OSP_STR("private, no-cache")) == OSP_OK;
}

osp_str osp_form_token(osp_ctx *ctx)
{
    const osp_str *made = osp_task_service(&ctx->task, &made_key);
    if (made != NULL) {
        return *made;
    }
    if (!osp_page_keep_private(ctx)) {
        return (osp_str){ 0 };
    }
    const osp_str own = osp_cookie(ctx, cookie_name(ctx));
    return is_token(own) ? own : make_token(ctx);
}

bool osp_form_token_fits(osp_ctx *ctx, osp_str token)
{
    const osp_str own = osp_cookie(ctx, cookie_name(ctx));
    return is_token(own) && token.len == own.len &&
           osp_equal_constant_time(own.ptr, token.ptr, own.len);
}
