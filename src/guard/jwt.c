/* JSON Web Tokens with HMAC-SHA-256 in the compact form.
 *
 *     base64url(header) . base64url(claims) . base64url(HMAC(key, "header.claims"))
 *
 * The order of verification is the point: the signature is checked before a byte of the claims is
 * decoded, and before the header is believed in anything.  The algorithm is HS256 whatever the
 * header asks for; the header may only agree (RFC 8725 3.1).  A header with `crit` is refused,
 * since nothing critical is understood here (RFC 7515 4.1.11).
 *
 * All failures are one status: which of the checks failed is of use to nobody but an attacker.
 * Sources: RFC 7515, RFC 7519, RFC 8725. */
#include "guard/jwt.h"

#include <string.h>

#include "base/base64.h"
#include "base/digest.h"
#include "type/json.h"

/* {"alg":"HS256","typ":"JWT"} */
#define HEADER "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
#define MAC_LEN OSP_BASE64URL_SIZE(OSP_SHA256_SIZE)

typedef struct jwt_header {
    osp_str alg;
    osp_opt_str typ;
    osp_opt_str crit; /* a list in truth; any value at all is refused */
} jwt_header;
OSP_TYPE(jwt_header, FIELD(alg), FIELD(typ), FIELD(crit));

/* The registered claims of time, RFC 7519 4.1.4 and 4.1.5. */
typedef struct jwt_times {
    osp_opt_double exp, nbf;
} jwt_times;
OSP_TYPE(jwt_times, FIELD(exp), FIELD(nbf));

typedef struct jwt_parts {
    osp_str header, claims, mac;
    osp_str signed_part; /* header, dot and claims */
} jwt_parts;

osp_str osp_task_jwt_sign(osp_task *task, osp_str key, osp_str claims)
{
    if (key.len < OSP_JWT_KEY_BYTES_MIN || claims.len > OSP_JWT_BYTES_MAX) {
        return (osp_str){ 0 };
    }
    const size_t head_len = sizeof(HEADER); /* with the dot for the NUL */
    const size_t size = head_len + OSP_BASE64URL_SIZE(claims.len) + 1 + MAC_LEN;
    if (size > OSP_JWT_BYTES_MAX) {
        return (osp_str){ 0 };
    }
    char *token = osp_task_alloc(task, size);
    if (token == NULL) {
        return (osp_str){ 0 };
    }
    memcpy(token, HEADER ".", head_len);
    size_t len = head_len + osp_base64url_encode(claims, token + head_len);
    uint8_t mac[OSP_SHA256_SIZE];
    osp_hmac_sha256(key, (osp_str){ token, len }, mac);
    token[len++] = '.';
    len += osp_base64url_encode((osp_str){ (const char *)mac, sizeof(mac) }, token + len);
    OSP_ASSERT(len == size);
    return (osp_str){ token, len };
}

/* Exactly three parts, none of them empty. */
static bool split(osp_str token, jwt_parts *ret_parts)
{
    if (token.len == 0 || token.len > OSP_JWT_BYTES_MAX) {
        return false;
    }
    const char *end = token.ptr + token.len;
    const char *first = memchr(token.ptr, '.', token.len);
    if (first == NULL) {
        return false;
    }
    const char *second = memchr(first + 1, '.', (size_t)(end - first) - 1);
    if (second == NULL || memchr(second + 1, '.', (size_t)(end - second) - 1) != NULL) {
        return false;
    }
    *ret_parts = (jwt_parts){
        .header = { token.ptr, (size_t)(first - token.ptr) },
        .claims = { first + 1, (size_t)(second - first) - 1 },
        .mac = { second + 1, (size_t)(end - second) - 1 },
        .signed_part = { token.ptr, (size_t)(second - token.ptr) },
    };
    return ret_parts->header.len != 0 && ret_parts->claims.len != 0;
}

static bool is_signed(osp_str key, const jwt_parts *parts)
{
    uint8_t given[OSP_SHA256_SIZE + 3] = { 0 };
    size_t len = 0;
    if (parts->mac.len != MAC_LEN ||
        osp_base64url_decode(parts->mac, (char *)given, &len) != OSP_OK || len != OSP_SHA256_SIZE) {
        return false;
    }
    uint8_t mac[OSP_SHA256_SIZE];
    osp_hmac_sha256(key, parts->signed_part, mac);
    return osp_equal_constant_time(mac, given, OSP_SHA256_SIZE);
}

/* Decodes base64url into the arena, where the slices of decoded JSON will point. */
static osp_status open_part(osp_task *task, osp_str part, osp_str *ret_json)
{
    char *out = osp_task_alloc(task, part.len);
    size_t len = 0;
    if (out == NULL) {
        return OSP_E_NOMEM;
    }
    OSP_TRY(osp_base64url_decode(part, out, &len));
    *ret_json = (osp_str){ out, len };
    return OSP_OK;
}

/* value: zeroed.  OSP_OK | OSP_E_INVALID | OSP_E_NOMEM. */
static osp_status decode(osp_task *task, const osp_type *type, osp_str json, void *value)
{
    osp_issues *issues = osp_task_alloc(task, sizeof(*issues));
    if (issues == NULL) {
        return OSP_E_NOMEM;
    }
    const osp_decoding how = { .arena = task->arena, .issues = issues };
    const osp_status status = osp_json_decode(type, value, json, &how, NULL);
    return status == OSP_OK || status == OSP_E_NOMEM ? status : OSP_E_INVALID;
}

static osp_status check_header(osp_task *task, osp_str part)
{
    osp_str json = { 0 };
    jwt_header header = { 0 };
    OSP_TRY(open_part(task, part, &json));
    OSP_TRY(decode(task, &osp_type_jwt_header, json, &header));
    if (!osp_str_equal(header.alg, OSP_STR("HS256")) || header.crit.is != OSP_ABSENT ||
        header.typ.is == OSP_NULL) {
        return OSP_E_INVALID;
    }
    /* RFC 8725 3.11: another kind of token of the same issuer must not pass for this one. */
    if (header.typ.is == OSP_SET && !osp_str_equal_nocase(header.typ.value, OSP_STR("JWT"))) {
        return OSP_E_INVALID;
    }
    return OSP_OK;
}

static osp_status check_times(osp_task *task, osp_str json, int64_t now_s)
{
    jwt_times times = { 0 };
    OSP_TRY(decode(task, &osp_type_jwt_times, json, &times));
    if (times.exp.is == OSP_NULL || times.nbf.is == OSP_NULL) {
        return OSP_E_INVALID;
    }
    /* RFC 7519 4.1.4: not "on or after" exp; 4.1.5: not before nbf. */
    if (times.exp.is == OSP_SET && !((double)now_s < times.exp.value)) {
        return OSP_E_INVALID;
    }
    if (times.nbf.is == OSP_SET && !((double)now_s >= times.nbf.value)) {
        return OSP_E_INVALID;
    }
    return OSP_OK;
}

osp_status osp_jwt_verify_at(osp_task *task, osp_str key, osp_str token, const osp_type *claims,
                             void *ret_claims, int64_t now_s)
{
    jwt_parts parts;
    if (key.len < OSP_JWT_KEY_BYTES_MIN || !split(token, &parts) || !is_signed(key, &parts)) {
        return OSP_E_INVALID;
    }
    OSP_TRY(check_header(task, parts.header));
    osp_str json = { 0 };
    OSP_TRY(open_part(task, parts.claims, &json));
    OSP_TRY(check_times(task, json, now_s));
    void *value = osp_task_alloc(task, claims->size);
    if (value == NULL) {
        return OSP_E_NOMEM;
    }
    OSP_TRY(decode(task, claims, json, value));
    memcpy(ret_claims, value, claims->size);
    return OSP_OK;
}

osp_status osp_task_jwt_verify(osp_task *task, osp_str key, osp_str token, const osp_type *claims,
                               void *ret_claims)
{
    return osp_jwt_verify_at(task, key, token, claims, ret_claims, osp_now_us() / 1000000);
}
