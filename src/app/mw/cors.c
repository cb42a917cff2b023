/* Cross-origin resource sharing (Fetch 3.2): which origins may read what is answered.
 *
 * The answer depends on Origin whether there is one or not, so caches are told in any case.  An origin
 * that is not listed gets no field: its browser keeps the answer from it. */
#include <string.h>

#include "app/mw/mw.h"

static bool is_any(const osp_cors_options *options)
{
    return strcmp(options->origins, "*") == 0;
}

/* The next word of a list with spaces between; empty behind the last. */
static osp_str next_word(const char **at)
{
    *at += strspn(*at, " ");
    const osp_str word = { *at, strcspn(*at, " ") };
    *at += word.len;
    return word;
}

static bool is_listed(const osp_cors_options *options, osp_str origin)
{
    const char *at = options->origins;
    osp_str word;
    while ((word = next_word(&at)).len > 0) {
        if (osp_str_equal(word, origin)) {
            return true;
        }
    }
    return false;
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

osp_status osp_cors(osp_ctx *ctx, osp_next *next, const osp_cors_options *options)
{
    const osp_str origin = osp_header(ctx, OSP_STR("Origin"));
    const bool preflight = osp_request_method(ctx) == OSP_METHOD_OPTIONS && origin.len > 0 &&
                           osp_header(ctx, OSP_STR("Access-Control-Request-Method")).len > 0;
    if (!is_any(options)) {
        OSP_TRY(osp_vary(ctx, OSP_STR("Origin")));
    }
    if (origin.len == 0 || (!is_any(options) && !is_listed(options, origin))) {
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

/* RFC 6454 6.2: a scheme, a host and maybe a port, as browsers write them. */
static bool is_origin(osp_str word)
{
    const char *host = memmem(word.ptr, word.len, "://", 3);
    bool good = host != NULL && host > word.ptr && host + 3 < word.ptr + word.len;
    for (const char *at = good ? host + 3 : word.ptr; good && at < word.ptr + word.len; at++) {
        good = *at != '/' && *at != '*' && *at != '@' && *at != ',' && !(*at >= 'A' && *at <= 'Z');
    }
    return good;
}

const char *osp_cors_check(const osp_cors_options *options)
{
    const char *at = options->origins;
    osp_str word;
    if (at == NULL || at[strspn(at, " ")] == '\0') {
        return "needs .origins, such as \"https://shop.example\"";
    }
    if (is_any(options)) {
        return options->credentials
                   ? "has .credentials with any origin: every site could act for its visitors; "
                     "list the .origins"
                   : NULL;
    }
    while ((word = next_word(&at)).len > 0) {
        if (!is_origin(word)) {
            return "has an origin that no browser sends: it is scheme, host and maybe port in small "
                   "letters, such as \"https://shop.example:8443\", with spaces between several";
        }
    }
    return NULL;
}
