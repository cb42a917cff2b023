/* A sentence for the next page of a client, in a cookie.
 *
 *     osp_flash --> Set-Cookie --> (a redirect) --> Cookie --> osp_flash_take --> {{page.flash}}
 *
 * A page that is shown in the same answer takes it at once, and no cookie is sent.  Nobody but this
 * host can set a cookie with the prefix __Host-, which it has over https; who reads it is the
 * client itself.  What comes back is a text like any other: it is shown escaped, up to a length, or
 * not at all. */
#include <openspeed/page.h>

#include <stdio.h>
#include <string.h>

#include "app/action.h"
#include "app/mw/mw.h"
#include "base/utf8.h"

#define SHOWN_WITHIN_S 300 /* seconds; who comes back later would not know what it is about */

static const char said_key = 0;

static osp_str cookie_name(const osp_ctx *ctx)
{
    return osp_str_equal(osp_client_scheme(ctx), OSP_STR("https")) ? OSP_STR("__Host-osp-flash")
                                                                   : OSP_STR("osp-flash");
}

static osp_status say(osp_ctx *ctx, osp_str text)
{
    osp_str *said = osp_task_service(&ctx->task, &said_key);
    if (said == NULL) {
        said = osp_new(ctx, osp_str);
        OSP_TRY(said != NULL ? osp_mw_keep(ctx, &said_key, said) : OSP_E_NOMEM);
    }
    *said = osp_task_copy(&ctx->task, text);
    if (said->len != text.len) {
        return OSP_E_NOMEM;
    }
    return osp_set_cookie_at(ctx, NULL, cookie_name(ctx), *said,
                             &(const osp_cookie_options){ .max_age_s = SHOWN_WITHIN_S });
}

osp_status osp_flash(osp_ctx *ctx, const char *format, ...)
{
    char text[OSP_FLASH_MAX + 1];
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len < 0 || len > OSP_FLASH_MAX) {
        return OSP_E_LIMIT;
    }
    if (ctx->flow != NULL && ctx->flow->begun) {
        return OSP_E_INVALID;
    }
    const osp_str said = { text, (size_t)len };
    const bool is_text = osp_utf8_valid(said) && memchr(text, '\0', said.len) == NULL;
    return is_text ? say(ctx, said) : OSP_E_INVALID;
}

/* Takes the cookie off this answer, and out of the browser where that has one. */
static void forget(osp_ctx *ctx, osp_str name, bool has_one)
{
    static const osp_cookie_options options = { .zero_ = 0 };
    osp_response *response = &ctx->response;
    if (osp_delete_cookie_at(ctx, NULL, name, &options) == OSP_OK && !has_one) {
        response->header_count--; /* it was added last, and there is nothing to end */
        OSP_ASSERT(
            osp_name_is(response->headers[response->header_count].name, OSP_STR("Set-Cookie")));
    }
}

/* Of a browser that fetches a page which its user may never see. */
static bool looks_ahead(const osp_ctx *ctx)
{
    const osp_str purpose = osp_header(ctx, OSP_STR("Sec-Purpose"));
    return ctx->request.method == OSP_METHOD_HEAD ||
           osp_str_starts_with(purpose, OSP_STR("prefetch"));
}

osp_str osp_flash_take(osp_ctx *ctx)
{
    osp_str *said = osp_task_service(&ctx->task, &said_key);
    const osp_str name = cookie_name(ctx);
    const bool has_one = osp_cookie_is_sent(ctx, name);
    const osp_str kept = has_one ? osp_cookie(ctx, name) : (osp_str){ 0 };
    const bool pends = said != NULL && said->len > 0;
    const osp_str text = pends ? *said : kept;
    if ((pends || has_one) && !looks_ahead(ctx)) { /* one that cannot be read is no use either */
        forget(ctx, name, has_one);
        if (pends) {
            said->len = 0;
        }
    }
    const bool is_shown = text.len > 0 && text.len <= OSP_FLASH_MAX && osp_utf8_valid(text);
    return is_shown && osp_page_keep_private(ctx) ? text : (osp_str){ 0 };
}
