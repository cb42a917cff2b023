/* Requests that pages of other sites let a browser send.
 *
 * What a browser says of where a request comes from no page can change: Sec-Fetch-Site first, which
 * is exact, but sent over https alone; then Origin, which browsers send with everything but GET and
 * HEAD.  A client that sends neither has no cookies that a page could abuse.
 *
 *     Sec-Fetch-Site    same-origin, none    goes on
 *                       anything else        403, unless Origin is listed
 *     Origin alone      this host, listed    goes on; else 403
 *     neither                                goes on
 *
 * An upgrade is a GET that opens a connection with the cookies of its visitor, so it is judged,
 * too.
 *
 *     token = RANDOM MAC       MAC = HMAC-SHA-256(key, "csrf" NUL RANDOM session), both base64url
 *
 * RANDOM has one length, and no name of a cookie has a NUL: neither another token nor a cookie that
 * the same key signs has the same MAC.  It makes each token another one, so that compression tells
 * nothing of it. */
#include <string.h>

#include "app/mw/mw.h"
#include "base/base64.h"
#include "base/digest.h"
#include "http/set_cookie.h"

#define RANDOM_BYTES 16
#define RANDOM_LEN OSP_BASE64URL_SIZE(RANDOM_BYTES)
#define MAC_LEN OSP_BASE64URL_SIZE(OSP_SHA256_SIZE)

static bool may_change(const osp_ctx *ctx)
{
    const osp_method method = ctx->request.method;
    const bool safe =
        method == OSP_METHOD_GET || method == OSP_METHOD_HEAD || method == OSP_METHOD_OPTIONS;
    return !safe || osp_header(ctx, OSP_STR("Upgrade")).len > 0;
}

/* Whether an origin is this host.  Over which scheme is held against it only where it is certain:
 * behind a proxy that nobody has named, https looks like http. */
static bool is_ours(const osp_ctx *ctx, osp_str origin)
{
    const char *colon = memmem(origin.ptr, origin.len, "://", 3);
    if (colon == NULL) {
        return false; /* "null": it hides, as pages in a sandbox do */
    }
    const osp_str scheme = { origin.ptr, (size_t)(colon - origin.ptr) };
    const osp_str host = { colon + 3, origin.len - scheme.len - 3 };
    const bool may_be_http = !osp_str_equal(osp_client_scheme(ctx), OSP_STR("https"));
    return host.len > 0 && osp_mw_is_host(osp_client_host(ctx), scheme, host) &&
           (osp_str_equal(scheme, OSP_STR("https")) ||
            (may_be_http && osp_str_equal(scheme, OSP_STR("http"))));
}

osp_site osp_csrf_site(const osp_ctx *ctx, const char *origins)
{
    osp_str site, origin;
    if (osp_mw_only(ctx, OSP_STR("Sec-Fetch-Site"), &site) != OSP_OK ||
        osp_mw_only(ctx, OSP_STR("Origin"), &origin) != OSP_OK) {
        return OSP_SITE_OTHER; /* no browser says it twice */
    }
    if (osp_str_equal(site, OSP_STR("same-origin")) || osp_str_equal(site, OSP_STR("none")) ||
        (origins != NULL && origin.len > 0 && osp_mw_lists(origins, origin))) {
        return OSP_SITE_OURS;
    }
    if (site.len > 0) {
        return OSP_SITE_OTHER;
    }
    if (origin.len == 0) {
        return OSP_SITE_UNSAID;
    }
    return is_ours(ctx, origin)                     ? OSP_SITE_OURS
           : osp_str_equal(origin, OSP_STR("null")) ? OSP_SITE_HIDDEN
                                                    : OSP_SITE_OTHER;
}

osp_status osp_csrf(osp_ctx *ctx, osp_next *next, const osp_csrf_options *options)
{
    if (ctx->refusal != OSP_REFUSAL_MESSAGE && may_change(ctx) &&
        osp_csrf_site(ctx, options->origins) >= OSP_SITE_HIDDEN) {
        return osp_fail(ctx, 403, OSP_CSRF_REFUSED);
    }
    return osp_run(ctx, next);
}

const char *osp_csrf_check(const osp_csrf_options *options)
{
    return options->origins != NULL ? osp_mw_origins_flaw(options->origins) : NULL;
}

/* ---------------------------------------------------------------- tokens */

static osp_str make_mac(osp_ctx *ctx, osp_str key, osp_str random, osp_str session,
                        char ret_mac[MAC_LEN])
{
    static const osp_str purpose = { "csrf", sizeof "csrf" }; /* with its NUL */
    uint8_t mac[OSP_SHA256_SIZE];
    const size_t len = purpose.len + random.len + session.len;
    char *text = osp_task_alloc(&ctx->task, len);
    if (text == NULL) {
        return (osp_str){ 0 };
    }
    memcpy(text, purpose.ptr, purpose.len);
    memcpy(text + purpose.len, random.ptr, random.len);
    memcpy(text + purpose.len + random.len, session.ptr, session.len);
    osp_hmac_sha256(key, (osp_str){ text, len }, mac);
    (void)osp_base64url_encode((osp_str){ (const char *)mac, sizeof mac }, ret_mac);
    return (osp_str){ ret_mac, MAC_LEN };
}

static bool can_sign(osp_ctx *ctx, osp_str_list keys, osp_str session)
{
    const char *flaw = session.len == 0 ? "there is no session" : osp_cookie_keys_flaw(keys);
    if (flaw != NULL) {
        osp_task_fail(&ctx->task, OSP_E_INVALID, "osp_csrf_token: %s", flaw);
    }
    return flaw == NULL;
}

osp_str osp_csrf_token(osp_ctx *ctx, osp_str_list keys, osp_str session)
{
    char bytes[RANDOM_BYTES], token[RANDOM_LEN + MAC_LEN];
    if (!can_sign(ctx, keys, session)) {
        return (osp_str){ 0 };
    }
    osp_random_bytes(bytes, sizeof bytes);
    (void)osp_base64url_encode((osp_str){ bytes, sizeof bytes }, token);
    const osp_str random = { token, RANDOM_LEN };
    return make_mac(ctx, keys.items[0], random, session, token + RANDOM_LEN).len > 0
               ? osp_task_copy(&ctx->task, (osp_str){ token, sizeof token })
               : (osp_str){ 0 };
}

bool osp_csrf_token_fits(osp_ctx *ctx, osp_str_list keys, osp_str session, osp_str token)
{
    bool fits = false;
    if (token.len != RANDOM_LEN + MAC_LEN || !can_sign(ctx, keys, session)) {
        return false;
    }
    for (size_t i = 0; i < keys.count; i++) {
        char text[MAC_LEN];
        const osp_str random = { token.ptr, RANDOM_LEN };
        const osp_str mac = make_mac(ctx, keys.items[i], random, session, text);
        fits |= mac.len > 0 && osp_equal_constant_time(mac.ptr, token.ptr + RANDOM_LEN, mac.len);
    }
    return fits;
}
