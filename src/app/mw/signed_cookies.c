/* Cookies that only this application can have made. */
#include <string.h>

#include "app/mw/mw.h"

static const char options_key = 0;

/* Takes one out of the browser that nobody has signed. */
static osp_status refuse(osp_ctx *ctx, osp_str name, const osp_signed_cookies_options *options)
{
    const osp_str path = options->path != NULL ? osp_str_from(options->path) : (osp_str){ 0 };
    const osp_str domain = options->domain != NULL ? osp_str_from(options->domain) : (osp_str){ 0 };
    OSP_TRY(osp_delete_cookie(ctx, name, .path = path, .domain = domain));
    return options->strict ? osp_fail(ctx, 400, "A cookie has been changed.") : OSP_OK;
}

osp_status osp_signed_cookies(osp_ctx *ctx, osp_next *next,
                              const osp_signed_cookies_options *options)
{
    const osp_str_list keys = options->keys(ctx);
    const char *at = options->names;
    osp_str name, value;
    while ((name = osp_mw_next_word(&at)).len > 0) {
        const osp_status status = osp_signed_cookie(ctx, keys, name, &value);
        if (ctx->task.error.status != OSP_OK) {
            return ctx->task.error.status; /* the keys are no keys */
        }
        if (status == OSP_E_INVALID) {
            OSP_TRY(refuse(ctx, name, options));
        } else if (status != OSP_E_NOT_FOUND && status < 0) {
            return status;
        }
    }
    OSP_TRY(osp_mw_keep(ctx, &options_key, (void *)(uintptr_t)options));
    return osp_run(ctx, next);
}

osp_str_list osp_cookie_keys(osp_ctx *ctx)
{
    const osp_signed_cookies_options *options = osp_task_service(&ctx->task, &options_key);
    return options != NULL ? options->keys(ctx) : (osp_str_list){ 0 };
}

const char *osp_signed_cookies_check(const osp_signed_cookies_options *options)
{
    const char *at = options->names != NULL ? options->names : "";
    osp_str name;
    if (options->keys == NULL || at[strspn(at, " ")] == '\0') {
        return "needs .names, such as \"sid\", and .keys, which gives those that sign them";
    }
    while ((name = osp_mw_next_word(&at)).len > 0) {
        if (!osp_header_is_free(name, OSP_STR("1"))) {
            return "has one of .names that is no token";
        }
    }
    return NULL;
}
