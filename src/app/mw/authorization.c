/* Authorization, in its two usual schemes (RFC 9110 11.6.2, RFC 7617, RFC 6750). */
#include <string.h>

#include "app/mw/mw.h"
#include "base/base64.h"
#include "base/utf8.h"

static const char basic_name_key = 0;

/* What follows a scheme; false: it is another one. */
static bool after_scheme(osp_str authorization, osp_str scheme, osp_str *ret_rest)
{
    const size_t len = scheme.len;
    if (authorization.len < len ||
        !osp_str_equal_nocase((osp_str){ authorization.ptr, len }, scheme) ||
        (authorization.len > len && authorization.ptr[len] != ' ')) {
        return false;
    }
    *ret_rest = osp_str_trim((osp_str){ authorization.ptr + len, authorization.len - len });
    return true;
}

static bool has_control(osp_str text)
{
    bool has = false;
    for (size_t i = 0; i < text.len; i++) {
        has |= (unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f;
    }
    return has;
}

osp_status osp_basic_read(osp_ctx *ctx, osp_str authorization, osp_str *ret_name,
                          osp_str *ret_password)
{
    osp_str encoded;
    if (!after_scheme(authorization, OSP_STR("Basic"), &encoded)) {
        return OSP_DONE;
    }
    if (encoded.len == 0 || encoded.len > OSP_BASIC_MAX) {
        return OSP_E_INVALID;
    }
    char *bytes = osp_task_alloc(&ctx->task, encoded.len);
    osp_str all = { bytes, 0 };
    if (bytes == NULL) {
        return OSP_E_NOMEM;
    }
    OSP_TRY(osp_base64_decode(encoded, bytes, &all.len));
    const char *colon = memchr(bytes, ':', all.len);
    if (colon == NULL || has_control(all) || !osp_utf8_valid(all)) {
        return OSP_E_INVALID;
    }
    *ret_name = (osp_str){ bytes, (size_t)(colon - bytes) };
    *ret_password = (osp_str){ colon + 1, all.len - ret_name->len - 1 };
    return OSP_OK;
}

/* RFC 6750 2.1: b64token. */
static bool is_token(osp_str token)
{
    size_t len = token.len;
    while (len > 0 && token.ptr[len - 1] == '=') {
        len--;
    }
    bool good = len > 0;
    for (size_t i = 0; i < len; i++) {
        const char c = token.ptr[i];
        good = good && ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                        (c >= 'A' && c <= 'Z') || (c != '\0' && strchr("-._~+/", c) != NULL));
    }
    return good;
}

static osp_status read_token(osp_str value, osp_str scheme, osp_str *ret_token)
{
    osp_str token = value;
    if (value.len == 0 || (scheme.len > 0 && !after_scheme(value, scheme, &token))) {
        return OSP_DONE;
    }
    if (!is_token(token)) {
        return OSP_E_INVALID;
    }
    *ret_token = token;
    return OSP_OK;
}

osp_status osp_bearer_read(osp_str authorization, osp_str *ret_token)
{
    return read_token(authorization, OSP_STR("Bearer"), ret_token);
}

/* ---------------------------------------------------------------- middleware */

static osp_status challenge(osp_ctx *ctx, const char *scheme, const char *realm, const char *more)
{
    const osp_str value =
        osp_format(ctx, "%s realm=\"%s\"%s", scheme, realm != NULL ? realm : "private", more);
    if (value.len == 0) {
        return OSP_E_NOMEM;
    }
    OSP_TRY(osp_set_header(ctx, OSP_STR("WWW-Authenticate"), value));
    return osp_fail(ctx, 401, "Say who you are.");
}

osp_status osp_mw_outcome(const osp_ctx *ctx, osp_status status)
{
    if (status >= 0 && ctx->task.error.status != OSP_OK) {
        return ctx->task.error.status;
    }
    return status >= 0 && ctx->failed ? OSP_E_FAILED : status;
}

static osp_status keep_name(osp_ctx *ctx, osp_str name)
{
    osp_str *kept = osp_task_alloc(&ctx->task, sizeof *kept);
    if (kept == NULL) {
        return OSP_E_NOMEM;
    }
    *kept = name;
    return osp_mw_keep(ctx, &basic_name_key, kept);
}

osp_status osp_basic(osp_ctx *ctx, osp_next *next, const osp_basic_options *options)
{
    osp_str authorization, name, password;
    bool match = false;
    osp_status status = osp_mw_only(ctx, OSP_STR("Authorization"), &authorization);
    if (status == OSP_OK) {
        status = osp_basic_read(ctx, authorization, &name, &password);
    }
    if (status == OSP_E_NOMEM) {
        return status;
    }
    if (status == OSP_OK) {
        OSP_TRY(osp_mw_outcome(ctx, options->verify(ctx, name, password, &match)));
    }
    if (!match) {
        return challenge(ctx, "Basic", options->realm, ", charset=\"UTF-8\"");
    }
    OSP_TRY(keep_name(ctx, name));
    return osp_run(ctx, next);
}

osp_str osp_basic_name(const osp_ctx *ctx)
{
    const osp_str *kept = osp_task_service(&ctx->task, &basic_name_key);
    return kept != NULL ? *kept : (osp_str){ 0 };
}

osp_status osp_bearer(osp_ctx *ctx, osp_next *next, const osp_bearer_options *options)
{
    const char *header = options->header != NULL ? options->header : "Authorization";
    const char *scheme = options->prefix != NULL ? options->prefix : "Bearer";
    osp_str value, token;
    bool match = false;
    osp_status status = osp_mw_only(ctx, osp_str_from(header), &value);
    if (status == OSP_OK) {
        status = read_token(value, osp_str_from(scheme), &token);
    }
    if (status == OSP_OK) {
        OSP_TRY(osp_mw_outcome(ctx, options->verify(ctx, token, &match)));
    }
    if (!match) { /* RFC 6750 3.1: who says nothing is told nothing */
        const char *more = status == OSP_DONE ? "" : ", error=\"invalid_token\"";
        return challenge(ctx, scheme[0] != '\0' ? scheme : "Bearer", options->realm, more);
    }
    return osp_run(ctx, next);
}

/* RFC 9110 5.6.4: what stands between quotes as it is. */
static bool is_realm(const char *realm)
{
    return realm == NULL || (strpbrk(realm, "\"\\") == NULL && !has_control(osp_str_from(realm)));
}

const char *osp_basic_check(const osp_basic_options *options)
{
    return options->verify == NULL     ? "needs .verify, which says whose password is good"
           : !is_realm(options->realm) ? "has a .realm with quotes or control characters"
                                       : NULL;
}

const char *osp_bearer_check(const osp_bearer_options *options)
{
    const char *header = options->header, *prefix = options->prefix;
    return options->verify == NULL     ? "needs .verify, which says which tokens are good"
           : !is_realm(options->realm) ? "has a .realm with quotes or control characters"
           : header != NULL && !osp_is_token(osp_str_from(header))
               ? "has a .header that is no name of a field"
           : prefix != NULL && prefix[0] != '\0' && !osp_is_token(osp_str_from(prefix))
               ? "has a .prefix that is no scheme, a word without a space behind it"
               : NULL;
}
