/* Cookies of the answer and of the request, plain and signed.
 *
 *     sid=VALUE.MAC        MAC = HMAC-SHA-256(key, "sid=VALUE") as base64url
 *
 * A signed value is signed before it is percent-encoded, and together with its name, so that it
 * cannot be moved to another cookie. */
#include <openspeed/answer.h>

#include <string.h>

#include "app/ctx.h"
#include "base/digest.h"
#include "http/set_cookie.h"
#include "wire/uri.h"

#define FIELD_USUAL 512 /* bytes of a Set-Cookie that cost no allocation */
#define FIELD_MAX (OSP_COOKIE_PAIR_MAX * 3 + 2 * OSP_COOKIE_ATTRIBUTE_MAX + 256)

/* A mistake of the application, not of the client. */
static osp_status misuse(osp_ctx *ctx, const osp_place *here, osp_str name, const char *flaw)
{
    osp_error cause = { 0 };
    (void)osp_error_set(&cause, OSP_E_INVALID, "the cookie \"%.*s\" cannot be set: %s",
                        OSP_ARG(name), flaw);
    osp_task_fail_here(&ctx->task, OSP_E_INVALID, &cause, here);
    return OSP_E_INVALID;
}

/* RFC 6265bis section 4.1.1: a cookie is set once in an answer. */
static void forget(osp_response *response, osp_str name, const osp_cookie_options *options)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < response->header_count; i++) {
        const osp_header_field *field = &response->headers[i];
        if (!osp_str_equal_nocase(field->name, OSP_STR("Set-Cookie")) ||
            !osp_cookie_is_same(field->value, name, options)) {
            response->headers[kept++] = *field;
        }
    }
    response->header_count = kept;
}

/* value: NULL ends the cookie. */
static osp_status put(osp_ctx *ctx, const osp_place *here, osp_str name, const osp_str *value,
                      const osp_cookie_options *options)
{
    char storage[FIELD_USUAL];
    osp_buf out;
    const char *flaw = osp_cookie_flaw(name, value != NULL ? *value : (osp_str){ 0 }, options);
    if (flaw != NULL) {
        return misuse(ctx, here, name, flaw);
    }
    if (ctx->flow != NULL && ctx->flow->begun) {
        return OSP_E_INVALID;
    }
    const bool secure = osp_str_equal(osp_client_scheme(ctx), OSP_STR("https"));
    osp_buf_init(&out, storage, sizeof storage, FIELD_MAX);
    const osp_status status = value != NULL ? osp_cookie_write(name, *value, options, secure, &out)
                                            : osp_cookie_write_end(name, options, secure, &out);
    const osp_str field = status == OSP_OK ? osp_copy(ctx, osp_buf_text(&out)) : (osp_str){ 0 };
    osp_buf_done(&out);
    OSP_TRY(status);
    if (field.len == 0) {
        return OSP_E_NOMEM;
    }
    forget(&ctx->response, name, options);
    return osp_add_header(ctx, OSP_STR("Set-Cookie"), field);
}

osp_status osp_set_cookie_at(osp_ctx *ctx, const osp_place *here, osp_str name, osp_str value,
                             const osp_cookie_options *options)
{
    return put(ctx, here, name, &value, options);
}

osp_status osp_delete_cookie_at(osp_ctx *ctx, const osp_place *here, osp_str name,
                                const osp_cookie_options *options)
{
    return put(ctx, here, name, NULL, options);
}

static osp_str unquote(osp_str value)
{
    const bool quoted = value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"';
    return quoted ? (osp_str){ value.ptr + 1, value.len - 2 } : value;
}

/* The cookies of one name in a request. */
typedef struct seeker {
    const osp_ctx *ctx;
    osp_str name;
    size_t at;    /* of the header behind `rest` */
    osp_str rest; /* of the one at hand */
} seeker;

/* OSP_OK | OSP_DONE | a failure: the next one is malformed */
static osp_status next_cookie(seeker *s, osp_str *ret_value)
{
    osp_cookie_pair pair;
    do {
        for (osp_status status; (status = osp_cookie_next(&s->rest, &pair)) != OSP_DONE;) {
            if (osp_str_equal(pair.name, s->name)) {
                *ret_value = unquote(pair.value);
                return status;
            }
        }
    } while (osp_header_next(s->ctx, OSP_STR("Cookie"), &s->at, &s->rest));
    return OSP_DONE;
}

static osp_str decode(osp_ctx *ctx, osp_str value)
{
    osp_str decoded = { 0 };
    const osp_status status = osp_percent_decode(value, false, ctx->task.arena, &decoded);
    if (status == OSP_E_NOMEM) {
        osp_task_fail(&ctx->task, status, "out of memory for a cookie");
    }
    return status == OSP_OK || status == OSP_E_NOMEM ? decoded : value;
}

osp_str osp_cookie(osp_ctx *ctx, osp_str name)
{
    seeker s = { .ctx = ctx, .name = name };
    osp_str value;
    return next_cookie(&s, &value) == OSP_OK ? decode(ctx, value) : (osp_str){ 0 };
}

bool osp_cookie_is_sent(const osp_ctx *ctx, osp_str name)
{
    seeker s = { .ctx = ctx, .name = name };
    osp_str value;
    return next_cookie(&s, &value) != OSP_DONE;
}

/* ---------------------------------------------------------------- signed */

/* "NAME=VALUE", with room behind it. */
static osp_status make_pair(osp_ctx *ctx, osp_str name, osp_str value, osp_buf *ret_pair)
{
    const size_t size = name.len + 1 + value.len + 1 + OSP_COOKIE_MAC_LEN;
    if (name.len > OSP_COOKIE_PAIR_MAX || value.len > OSP_COOKIE_PAIR_MAX) {
        return OSP_E_LIMIT;
    }
    char *storage = osp_alloc(ctx, size);
    if (storage == NULL) {
        return OSP_E_NOMEM;
    }
    osp_buf_init(ret_pair, storage, size, size);
    osp_buf_str(ret_pair, name);
    osp_buf_byte(ret_pair, '=');
    osp_buf_str(ret_pair, value);
    return OSP_OK;
}

osp_status osp_set_signed_cookie_at(osp_ctx *ctx, const osp_place *here, osp_str_list keys,
                                    osp_str name, osp_str value, const osp_cookie_options *options)
{
    char mac[OSP_COOKIE_MAC_LEN];
    osp_buf pair;
    const char *flaw = osp_cookie_keys_flaw(keys);
    if (flaw != NULL) {
        return misuse(ctx, here, name, flaw);
    }
    OSP_TRY(make_pair(ctx, name, value, &pair));
    osp_cookie_mac(keys.items[0], osp_buf_text(&pair), mac);
    osp_buf_byte(&pair, '.');
    osp_buf_append(&pair, mac, sizeof mac);
    const osp_str with_mac = { pair.ptr + name.len + 1, pair.len - name.len - 1 };
    return put(ctx, here, name, &with_mac, options);
}

/* OSP_OK | OSP_DONE (an old key has signed it) | OSP_E_INVALID (none has) | OSP_E_NOMEM */
static osp_status judge(osp_ctx *ctx, osp_str_list keys, osp_str name, osp_str raw,
                        osp_str *ret_value)
{
    osp_buf pair;
    const osp_str all = decode(ctx, raw);
    if (all.len < 1 + OSP_COOKIE_MAC_LEN || all.ptr[all.len - OSP_COOKIE_MAC_LEN - 1] != '.') {
        return OSP_E_INVALID;
    }
    const osp_str value = { all.ptr, all.len - OSP_COOKIE_MAC_LEN - 1 };
    OSP_TRY(make_pair(ctx, name, value, &pair));
    for (size_t i = 0; i < keys.count; i++) {
        char mac[OSP_COOKIE_MAC_LEN];
        osp_cookie_mac(keys.items[i], osp_buf_text(&pair), mac);
        if (osp_equal_constant_time(mac, value.ptr + value.len + 1, sizeof mac)) {
            *ret_value = value;
            return i == 0 ? OSP_OK : OSP_DONE;
        }
    }
    return OSP_E_INVALID;
}

osp_status osp_signed_cookie(osp_ctx *ctx, osp_str_list keys, osp_str name, osp_str *ret_value)
{
    const char *flaw = osp_cookie_keys_flaw(keys);
    if (flaw != NULL) {
        return misuse(ctx, NULL, name, flaw);
    }
    /* Another host of the domain can put a cookie of that name before ours; it cannot sign it. */
    seeker s = { .ctx = ctx, .name = name };
    osp_status found = OSP_E_NOT_FOUND;
    osp_str raw;
    for (osp_status status; (status = next_cookie(&s, &raw)) != OSP_DONE;) {
        found = status == OSP_OK ? judge(ctx, keys, name, raw, ret_value) : found;
        if (found != OSP_E_NOT_FOUND && found != OSP_E_INVALID) {
            return found;
        }
    }
    return found;
}
