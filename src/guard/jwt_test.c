/* Tokens: the vector of RFC 7515 A.1, and everything that must be refused. */
#include "guard/jwt.h"

#include "base/base64.h"
#include "base/digest.h"
#include "tests/unit/unit.h"

#define KEY OSP_STR("0123456789abcdef0123456789abcdef")

/* RFC 7515 A.1.1 */
#define RFC_KEY                                                                                    \
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
#define RFC_TOKEN                                                                                  \
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."                                                    \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl" \
    "fQ"                                                                                           \
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define RFC_EXP 1300819380

typedef struct Claims {
    osp_str iss;
    osp_opt_int exp;
} Claims;
OSP_TYPE(Claims, FIELD(iss), FIELD(exp));

static osp_arena arena;
static osp_task task;

static void set_up(void)
{
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_task_init(&task, &arena);
}

/* A token with any header, signed well. */
static osp_str forge(const char *header, const char *claims)
{
    char *text = osp_alloc(&task, OSP_JWT_BYTES_MAX * 2);
    size_t len = osp_base64url_encode(osp_str_from(header), text);
    text[len++] = '.';
    len += osp_base64url_encode(osp_str_from(claims), text + len);
    uint8_t mac[OSP_SHA256_SIZE];
    osp_hmac_sha256(KEY, (osp_str){ text, len }, mac);
    text[len++] = '.';
    len += osp_base64url_encode((osp_str){ (char *)mac, sizeof(mac) }, text + len);
    return (osp_str){ text, len };
}

static osp_status verify(osp_str token)
{
    Claims claims = { 0 };
    return osp_jwt_verify(&task, KEY, token, Claims, &claims);
}

OSP_UNIT_TEST(jwt_rfc7515, "the vector of RFC 7515 A.1 is valid until its time")
{
    set_up();
    char key[80];
    size_t len = 0;
    OSP_CHECK(osp_base64url_decode(S(RFC_KEY), key, &len) == OSP_OK && len == 64);
    const osp_str k = { key, len };
    Claims claims = { 0 };
    OSP_CHECK(osp_jwt_verify_at(&task, k, S(RFC_TOKEN), &osp_type_Claims, &claims, RFC_EXP - 1) ==
              OSP_OK);
    OSP_CHECK_STR(claims.iss, S("joe"));
    OSP_CHECK(claims.exp.is == OSP_SET && claims.exp.value == RFC_EXP);
    Claims untouched = { 0 };
    OSP_CHECK(osp_jwt_verify_at(&task, k, S(RFC_TOKEN), &osp_type_Claims, &untouched, RFC_EXP) ==
              OSP_E_INVALID);
    OSP_CHECK(untouched.iss.len == 0);
    OSP_CHECK(osp_jwt_verify(&task, k, S(RFC_TOKEN), Claims, &claims) == OSP_E_INVALID);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(jwt_round, "what is signed verifies, and with no other key and no other byte")
{
    set_up();
    const osp_str token = osp_jwt_sign(&task, KEY, S("{\"iss\":\"สวัสดี\"}"));
    Claims claims = { 0 };
    OSP_CHECK(osp_jwt_verify(&task, KEY, token, Claims, &claims) == OSP_OK);
    OSP_CHECK_STR(claims.iss, S("สวัสดี"));
    OSP_CHECK(osp_jwt_verify(&task, S("0123456789abcdef0123456789abcdeX"), token, Claims,
                             &claims) == OSP_E_INVALID);
    for (size_t i = 0; i < token.len; i++) {
        char *copy = (char *)(uintptr_t)osp_copy(&task, token).ptr;
        copy[i] = copy[i] == 'A' ? 'B' : 'A';
        OSP_CHECK(verify((osp_str){ copy, token.len }) == OSP_E_INVALID);
        OSP_CHECK(verify((osp_str){ token.ptr, i }) == OSP_E_INVALID);
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(jwt_headers, "only HS256 without crit and of the type JWT")
{
    set_up();
    const struct {
        const char *header;
        osp_status want;
    } cases[] = {
        { "{\"alg\":\"HS256\"}", OSP_OK },
        { "{\"alg\":\"HS256\",\"typ\":\"jwt\"}", OSP_OK },
        { "{\"alg\":\"HS256\",\"kid\":\"1\"}", OSP_OK },
        { "{\"alg\":\"none\"}", OSP_E_INVALID },
        { "{\"alg\":\"None\"}", OSP_E_INVALID },
        { "{\"alg\":\"hs256\"}", OSP_E_INVALID },
        { "{\"alg\":\"HS512\"}", OSP_E_INVALID },
        { "{\"alg\":\"RS256\"}", OSP_E_INVALID },
        { "{\"alg\":256}", OSP_E_INVALID },
        { "{\"alg\":null}", OSP_E_INVALID },
        { "{\"alg\":[\"HS256\"]}", OSP_E_INVALID },
        { "{}", OSP_E_INVALID },
        { "[]", OSP_E_INVALID },
        { "", OSP_E_INVALID },
        { "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", OSP_E_INVALID },
        { "{\"alg\":\"HS256\",\"typ\":1}", OSP_E_INVALID },
        { "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", OSP_E_INVALID },
        { "{\"alg\":\"HS256\",\"crit\":null}", OSP_E_INVALID },
        { "{\"alg\":\"none\",\"alg\":\"HS256\"}", OSP_E_INVALID },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        OSP_CHECK(verify(forge(cases[i].header, "{\"iss\":\"a\"}")) == cases[i].want);
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(jwt_unsigned, "a token of the algorithm none without a signature is refused")
{
    set_up();
    OSP_CHECK(verify(S("eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0.")) == OSP_E_INVALID);
    OSP_CHECK(verify(S("eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0")) == OSP_E_INVALID);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(jwt_claims, "times are obeyed and claims must fit")
{
    set_up();
    const char *header = "{\"alg\":\"HS256\"}";
    const struct {
        const char *claims;
        osp_status want;
    } cases[] = {
        { "{\"iss\":\"a\",\"exp\":9999999999}", OSP_OK },
        { "{\"iss\":\"a\",\"exp\":1000}", OSP_E_INVALID },
        { "{\"iss\":\"a\",\"exp\":-1}", OSP_E_INVALID },
        { "{\"iss\":\"a\",\"exp\":null}", OSP_E_INVALID },
        { "{\"iss\":\"a\",\"exp\":\"9999999999\"}", OSP_E_INVALID },
        { "{\"iss\":\"a\",\"exp\":1,\"exp\":9999999999}", OSP_E_INVALID },
        { "{\"iss\":\"a\",\"nbf\":1000.5}", OSP_OK },
        { "{\"iss\":\"a\",\"nbf\":9999999999}", OSP_E_INVALID },
        { "{\"iss\":1}", OSP_E_INVALID },
        { "{}", OSP_E_INVALID },
        { "garbage", OSP_E_INVALID },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        OSP_CHECK(verify(forge(header, cases[i].claims)) == cases[i].want);
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(jwt_garbage, "garbage is refused")
{
    set_up();
    static const char *const cases[] = {
        "",     ".", "..", "...", "a.b.c", "a.b.c.d", "\xff.\xff.\xff", "eyJhbGciOiJIUzI1NiJ9..",
        "....."
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        OSP_CHECK(verify(osp_str_from(cases[i])) == OSP_E_INVALID);
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(jwt_limits, "a token at the limit passes, one past is refused; so are short keys")
{
    set_up();
    char *claims = osp_alloc(&task, OSP_JWT_BYTES_MAX);
    size_t longest = 0;
    for (size_t fill = 5900; fill < 6200; fill++) {
        const size_t len =
            (size_t)snprintf(claims, OSP_JWT_BYTES_MAX, "{\"iss\":\"%0*d\"}", (int)fill, 0);
        const osp_str token = osp_jwt_sign(&task, KEY, ((osp_str){ claims, len }));
        if (token.len == 0) {
            break;
        }
        longest = token.len;
        OSP_CHECK(verify(token) == OSP_OK);
        osp_arena_reset(&arena);
        claims = osp_alloc(&task, OSP_JWT_BYTES_MAX);
    }
    OSP_CHECK(longest <= OSP_JWT_BYTES_MAX && longest >= OSP_JWT_BYTES_MAX - 2);
    char *blanks = osp_alloc(&task, OSP_JWT_BYTES_MAX);
    size_t at = 0;
    osp_str token = { 0 };
    do {
        snprintf(blanks, OSP_JWT_BYTES_MAX, "{\"iss\":\"a\"%*s}", (int)(6050 + at++), "");
        token = forge("{\"alg\":\"HS256\"}", blanks);
    } while (token.len <= OSP_JWT_BYTES_MAX);
    OSP_CHECK(token.len <= OSP_JWT_BYTES_MAX + 2);
    OSP_CHECK(verify(token) == OSP_E_INVALID);
    const osp_str short_key = S("0123456789abcdef0123456789abcde");
    OSP_CHECK(osp_jwt_sign(&task, short_key, S("{}")).len == 0);
    OSP_CHECK(osp_jwt_sign(&task, KEY, S("{}")).len != 0);
    osp_arena_done(&arena);
}
