/* Header fields that keep browsers from what no page of ours asks for.
 *
 * The nonce lives in the policy that is sent, and nowhere else: what a page writes is what its
 * browser was told. */
#include <string.h>

#include "app/mw/mw.h"
#include "base/base64.h"

#define NONCE_BYTES 16 /* CSP 3, 7.1: at least 128 bits */

static const char default_csp[] =
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'";
static const osp_str csp_name = { "Content-Security-Policy", 23 };
static const osp_str report_only_name = { "Content-Security-Policy-Report-Only", 35 };
static const osp_str placeholder = { "{nonce}", 7 };
static const osp_str nonce_prefix = { "'nonce-", 7 };

static const char *or_default(const char *value, const char *usual)
{
    return value != NULL ? value : usual;
}

/* The nonce of an answer, which is made where a policy has a place for it. */
typedef struct nonce {
    bool made;
    char text[OSP_BASE64URL_SIZE(NONCE_BYTES)];
} nonce;

static void make_nonce(nonce *n)
{
    char bytes[NONCE_BYTES];
    if (!n->made) {
        osp_random_bytes(bytes, sizeof bytes);
        (void)osp_base64url_encode((osp_str){ bytes, sizeof bytes }, n->text);
        n->made = true;
    }
}

/* The policy with the nonce in each place for it; empty when there is no memory. */
static osp_str make_policy(osp_ctx *ctx, osp_str policy, nonce *n)
{
    size_t count = 0;
    for (size_t at = 0; at + placeholder.len <= policy.len; at++) {
        count += memcmp(policy.ptr + at, placeholder.ptr, placeholder.len) == 0;
    }
    if (count == 0) {
        return policy;
    }
    make_nonce(n);
    const size_t len = policy.len + count * (sizeof n->text - placeholder.len);
    char *text = osp_task_alloc(&ctx->task, len);
    size_t out = 0;
    for (size_t at = 0; text != NULL && at < policy.len;) {
        if (policy.len - at >= placeholder.len &&
            memcmp(policy.ptr + at, placeholder.ptr, placeholder.len) == 0) {
            memcpy(text + out, n->text, sizeof n->text);
            out += sizeof n->text;
            at += placeholder.len;
        } else {
            text[out++] = policy.ptr[at++];
        }
    }
    return (osp_str){ text, text != NULL ? len : 0 };
}

static osp_status set_policy(osp_ctx *ctx, osp_str name, const char *policy, nonce *n)
{
    if (policy == NULL || policy[0] == '\0') {
        return OSP_OK;
    }
    const osp_str value = make_policy(ctx, osp_str_from(policy), n);
    return value.len > 0 ? osp_set_header(ctx, name, value) : OSP_E_NOMEM;
}

static osp_status set_hsts(osp_ctx *ctx, const osp_security_headers_options *options)
{
    if (options->hsts_s <= 0 || !osp_str_equal(osp_client_scheme(ctx), OSP_STR("https"))) {
        return OSP_OK; /* RFC 6797 7.2: never over http */
    }
    const osp_str value = osp_format(ctx, "max-age=%d%s", (int)options->hsts_s,
                                     options->hsts_subdomains ? "; includeSubDomains" : "");
    return value.len > 0 ? osp_set_header(ctx, OSP_STR("Strict-Transport-Security"), value)
                         : OSP_E_NOMEM;
}

osp_status osp_security_headers(osp_ctx *ctx, osp_next *next,
                                const osp_security_headers_options *options)
{
    nonce n = { .made = false };
    OSP_TRY(set_policy(ctx, csp_name, or_default(options->csp, default_csp), &n));
    OSP_TRY(set_policy(ctx, report_only_name, options->csp_report_only, &n));
    OSP_TRY(osp_set_header(ctx, OSP_STR("X-Content-Type-Options"), OSP_STR("nosniff")));
    OSP_TRY(
        osp_mw_set(ctx, OSP_STR("X-Frame-Options"), or_default(options->frame_options, "DENY")));
    OSP_TRY(osp_mw_set(ctx, OSP_STR("Referrer-Policy"),
                       or_default(options->referrer_policy, "no-referrer")));
    OSP_TRY(osp_mw_set(ctx, OSP_STR("Cross-Origin-Opener-Policy"),
                       or_default(options->opener_policy, "same-origin")));
    OSP_TRY(osp_mw_set(ctx, OSP_STR("Cross-Origin-Resource-Policy"),
                       or_default(options->resource_policy, "same-origin")));
    OSP_TRY(osp_mw_set(ctx, OSP_STR("Permissions-Policy"), options->permissions_policy));
    OSP_TRY(osp_mw_set(ctx, OSP_STR("Cross-Origin-Embedder-Policy"), options->embedder_policy));
    OSP_TRY(osp_mw_set(ctx, OSP_STR("Reporting-Endpoints"), options->reporting_endpoints));
    OSP_TRY(set_hsts(ctx, options));
    return osp_run(ctx, next);
}

static osp_str nonce_in(osp_str policy)
{
    const char *at =
        policy.len > 0 ? memmem(policy.ptr, policy.len, nonce_prefix.ptr, nonce_prefix.len) : NULL;
    if (at == NULL) {
        return (osp_str){ 0 };
    }
    at += nonce_prefix.len;
    const char *end = memchr(at, '\'', (size_t)(policy.ptr + policy.len - at));
    return end != NULL ? (osp_str){ at, (size_t)(end - at) } : (osp_str){ 0 };
}

osp_str osp_csp_nonce(const osp_ctx *ctx)
{
    const osp_str found = nonce_in(osp_answer_header(ctx, csp_name));
    return found.len > 0 ? found : nonce_in(osp_answer_header(ctx, report_only_name));
}

const char *osp_security_headers_check(const osp_security_headers_options *options)
{
    const char *const values[] = { options->csp,
                                   options->frame_options,
                                   options->referrer_policy,
                                   options->opener_policy,
                                   options->resource_policy,
                                   options->permissions_policy,
                                   options->csp_report_only,
                                   options->embedder_policy,
                                   options->reporting_endpoints };
    for (size_t i = 0; i < OSP_ARRAY_LEN(values); i++) {
        if (values[i] != NULL && !osp_header_is_free(csp_name, osp_str_from(values[i]))) {
            return "has a value with line ends or other control characters";
        }
    }
    const char *endpoints = options->reporting_endpoints;
    return endpoints != NULL && endpoints[0] != '\0' && strstr(endpoints, "=\"") == NULL
               ? "has .reporting_endpoints that name none, as in \"csp=\\\"https://host/path\\\"\""
               : NULL;
}
