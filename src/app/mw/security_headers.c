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
static const osp_str placeholder = { "{nonce}", 7 };
static const osp_str nonce_prefix = { "'nonce-", 7 };

static const char *or_default(const char *value, const char *usual)
{
    return value != NULL ? value : usual;
}

/* The policy with a fresh nonce in each place for it; empty when there is no memory. */
static osp_str make_policy(osp_ctx *ctx, osp_str policy)
{
    char nonce[OSP_BASE64URL_SIZE(NONCE_BYTES)], bytes[NONCE_BYTES];
    size_t count = 0;
    for (size_t at = 0; at + placeholder.len <= policy.len; at++) {
        count += memcmp(policy.ptr + at, placeholder.ptr, placeholder.len) == 0;
    }
    if (count == 0) {
        return policy;
    }
    osp_random_bytes(bytes, sizeof bytes);
    (void)osp_base64url_encode((osp_str){ bytes, sizeof bytes }, nonce);
    const size_t len = policy.len + count * (sizeof nonce - placeholder.len);
    char *text = osp_task_alloc(&ctx->task, len);
    size_t out = 0;
    for (size_t at = 0; text != NULL && at < policy.len;) {
        if (policy.len - at >= placeholder.len &&
            memcmp(policy.ptr + at, placeholder.ptr, placeholder.len) == 0) {
            memcpy(text + out, nonce, sizeof nonce);
            out += sizeof nonce;
            at += placeholder.len;
        } else {
            text[out++] = policy.ptr[at++];
        }
    }
    return (osp_str){ text, text != NULL ? len : 0 };
}

static osp_status set_policy(osp_ctx *ctx, const char *policy)
{
    if (policy[0] == '\0') {
        return OSP_OK;
    }
    const osp_str value = make_policy(ctx, osp_str_from(policy));
    return value.len > 0 ? osp_set_header(ctx, csp_name, value) : OSP_E_NOMEM;
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
    OSP_TRY(set_policy(ctx, or_default(options->csp, default_csp)));
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
    OSP_TRY(set_hsts(ctx, options));
    return osp_run(ctx, next);
}

osp_str osp_csp_nonce(const osp_ctx *ctx)
{
    const osp_str policy = osp_answer_header(ctx, csp_name);
    const char *at =
        policy.len > 0 ? memmem(policy.ptr, policy.len, nonce_prefix.ptr, nonce_prefix.len) : NULL;
    if (at == NULL) {
        return (osp_str){ 0 };
    }
    at += nonce_prefix.len;
    const char *end = memchr(at, '\'', (size_t)(policy.ptr + policy.len - at));
    return end != NULL ? (osp_str){ at, (size_t)(end - at) } : (osp_str){ 0 };
}
