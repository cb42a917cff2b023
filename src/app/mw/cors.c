/* Cross-origin resource sharing (Fetch 3.2): which origins may read what is answered.
 *
 * The answer depends on Origin whether there is one or not, so caches are told in any case; where
 * any origin may, all answers say so, also to who names none, for a cache may give them to others
 * (Fetch, "CORS protocol and HTTP caches").  An origin that is not listed gets no field: its
 * browser keeps the answer from it. */
#include <string.h>

#include "app/mw/mw.h"

static bool is_any(const osp_cors_options *options)
{
    return options->origins != NULL && strcmp(options->origins, "*") == 0;
}

static osp_status answer_preflight(osp_ctx *ctx, const osp_cors_options *options)
{
    const osp_str asked = osp_header(ctx, OSP_STR("Access-Control-Request-Headers"));
    const osp_str methods = osp_leaf_methods(ctx, ctx->match.leaf);
    if (methods.len == 0) {
        return OSP_E_NOMEM;
    }
    OSP_TRY(osp_set_header(ctx, OSP_STR("Access-Control-Allow-Methods"), methods));
    if (options->headers != NULL) {
        OSP_TRY(osp_mw_set(ctx, OSP_STR("Access-Control-Allow-Headers"), options->headers));
    } else {
        OSP_TRY(osp_vary(ctx, OSP_STR("Access-Control-Request-Headers")));
        if (asked.len > 0) {
            OSP_TRY(osp_set_header(ctx, OSP_STR("Access-Control-Allow-Headers"), asked));
        }
    }
    if (options->max_age_s > 0) {
        const osp_str age = osp_format(ctx, "%d", (int)options->max_age_s);
        OSP_TRY(age.len > 0 ? osp_set_header(ctx, OSP_STR("Access-Control-Max-Age"), age)
                            : OSP_E_NOMEM);
    }
    osp_set_status(ctx, 204);
    return OSP_OK;
}

/* Whether an origin may: one of the list, or one that the application says yes to. */
static osp_status judge(osp_ctx *ctx, const osp_cors_options *options, osp_str origin,
                        bool *ret_match)
{
    *ret_match = options->origins != NULL && osp_mw_lists(options->origins, origin);
    return *ret_match || options->verify == NULL || !osp_mw_is_origin(origin)
               ? OSP_OK
               : osp_mw_outcome(ctx, options->verify(ctx, origin, ret_match));
}

osp_status osp_cors(osp_ctx *ctx, osp_next *next, const osp_cors_options *options)
{
    osp_str origin;
    const bool one = osp_mw_only(ctx, OSP_STR("Origin"), &origin) == OSP_OK;
    const bool preflight = osp_request_method(ctx) == OSP_METHOD_OPTIONS && origin.len > 0 &&
                           osp_header(ctx, OSP_STR("Access-Control-Request-Method")).len > 0;
    if (!is_any(options)) {
        OSP_TRY(osp_vary(ctx, OSP_STR("Origin")));
    }
    bool may = is_any(options);
    if (!may && origin.len > 0 && one) {
        OSP_TRY(judge(ctx, options, origin, &may));
    }
    if (!may) {
        return preflight ? osp_fail(ctx, 403, "That origin may not ask this of a browser.")
                         : osp_run(ctx, next);
    }
    OSP_TRY(osp_set_header(ctx, OSP_STR("Access-Control-Allow-Origin"),
                           is_any(options) ? OSP_STR("*") : origin));
    if (options->credentials) {
        OSP_TRY(osp_set_header(ctx, OSP_STR("Access-Control-Allow-Credentials"), OSP_STR("true")));
    }
    if (preflight) {
        return answer_preflight(ctx, options);
    }
    OSP_TRY(osp_mw_set(ctx, OSP_STR("Access-Control-Expose-Headers"), options->expose));
    return osp_run(ctx, next);
}

const char *osp_cors_check(const osp_cors_options *options)
{
    const char *origins = options->origins;
    if (origins == NULL && options->verify != NULL) {
        return NULL;
    }
    if (origins == NULL || origins[strspn(origins, " ")] == '\0') {
        return "needs .origins, such as \"https://shop.example\", or .verify";
    }
    if (is_any(options)) {
        if (options->verify != NULL) {
            return "has a .verify that nobody asks, for any origin may";
        }
        return options->credentials
                   ? "has .credentials with any origin: every site could act for its visitors; "
                     "list the .origins"
                   : NULL;
    }
    return osp_mw_origins_flaw(origins);
}
