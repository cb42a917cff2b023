/* Tokens that must not be believed.  Those of people who registered are made here, with a key that
 * the test knows. */
#include "lib/token.h"
#include "tests/people.h"

#include <string.h>

#define KEY "0123456789abcdef0123456789abcdef"

static int status_of(osp_test *app, osp_str authorization)
{
    const char *value = osp_format(osp_test_ctx(app), "%.*s", OSP_ARG(authorization)).ptr;
    return osp_test_request(app, "GET", "/api/user", .headers = { { "Authorization", value } })
        .status;
}

static osp_str signed_by(osp_test *app, const char *key, Claims claims)
{
    osp_ctx *ctx = osp_test_ctx(app);
    const osp_str json = osp_json_of(ctx, Claims, &claims);
    return osp_format(ctx, "Token %.*s", OSP_ARG(osp_jwt_sign(ctx, osp_str_from(key), json)));
}

/* A user, whose tokens are signed with KEY. */
static Claims claims_of_ann(osp_test *app)
{
    osp_test_override(app, signing_key, .bytes = S(KEY));
    osp_test_set_clock(app, INT64_C(1769860800000000));
    return (Claims){ .uid = somebody(app, "ann"), .session = 1, .exp = 1769860800 + 60 };
}

OSP_TEST(believes_its_own, "a token of ours is good until it ends")
{
    const osp_str token = signed_by(app, KEY, claims_of_ann(app));
    OSP_EXPECT_INT(status_of(app, token), 200);
    osp_test_advance_ms(app, 59999);
    OSP_EXPECT_INT(status_of(app, token), 200);
    osp_test_advance_ms(app, 1);
    OSP_EXPECT_INT(status_of(app, token), 401);
}

OSP_TEST(believes_no_other_key, "a token that another key has signed is nothing")
{
    OSP_EXPECT_INT(
        status_of(app, signed_by(app, "another key of 32 bytes or more.", claims_of_ann(app))),
        401);
}

OSP_TEST(believes_no_other_algorithm, "a token cannot choose how it is judged")
{
    osp_ctx *ctx = osp_test_ctx(app);
    const osp_str good = signed_by(app, KEY, claims_of_ann(app));
    const char *first = strchr(good.ptr, '.'), *last = strrchr(good.ptr, '.');
    const osp_str claims = { first, (size_t)(last - first) };
    const osp_str mac = { last, (size_t)(good.ptr + good.len - last) };
    /* {"alg":"none"}, {"alg":"HS512"}, {"alg":"RS256"} */
    static const char *const headers[] = { "eyJhbGciOiJub25lIn0", "eyJhbGciOiJIUzUxMiJ9",
                                           "eyJhbGciOiJSUzI1NiJ9" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(headers); i++) {
        OSP_EXPECT_INT(
            status_of(app, osp_format(ctx, "Token %s%.*s.", headers[i], OSP_ARG(claims))), 401);
        OSP_EXPECT_INT(status_of(app, osp_format(ctx, "Token %s%.*s%.*s", headers[i],
                                                 OSP_ARG(claims), OSP_ARG(mac))),
                       401);
    }
}

OSP_TEST(believes_no_change, "a token of which one byte was changed is nothing")
{
    osp_ctx *ctx = osp_test_ctx(app);
    const osp_str good = signed_by(app, KEY, claims_of_ann(app));
    for (size_t at = sizeof("Token ") - 1; at + 1 < good.len; at += 7) {
        const osp_str bad = osp_copy(ctx, good);
        ((char *)(uintptr_t)bad.ptr)[at] = bad.ptr[at] == 'A' ? 'B' : 'A';
        OSP_EXPECT_INT(status_of(app, bad), 401);
    }
}

OSP_TEST(believes_who_is_there, "the user of a token must exist, and have the password of then")
{
    osp_ctx *ctx = osp_test_ctx(app);
    const Claims claims = claims_of_ann(app);
    const osp_str token = signed_by(app, KEY, claims);
    osp_db_exec(ctx, "UPDATE user SET session = 2 WHERE id = ?", claims.uid);
    OSP_EXPECT_INT(status_of(app, token), 401);
    osp_db_exec(ctx, "UPDATE user SET session = 1 WHERE id = ?", claims.uid);
    OSP_EXPECT_INT(status_of(app, token), 200);
    osp_db_exec(ctx, "DELETE FROM user WHERE id = ?", claims.uid);
    OSP_EXPECT_INT(status_of(app, token), 401);
}

OSP_TEST(reads_the_scheme, "the header is \"Token\", in any case, and a token")
{
    osp_ctx *ctx = osp_test_ctx(app);
    const osp_str good = signed_by(app, KEY, claims_of_ann(app));
    const osp_str token = { good.ptr + sizeof("Token ") - 1, good.len - (sizeof("Token ") - 1) };
    OSP_EXPECT_INT(status_of(app, osp_format(ctx, "tOKEN %.*s", OSP_ARG(token))), 200);
    OSP_EXPECT_INT(status_of(app, osp_format(ctx, "Bearer %.*s", OSP_ARG(token))), 401);
    OSP_EXPECT_INT(status_of(app, token), 401);
    OSP_EXPECT_INT(status_of(app, S("Token ")), 401);
    OSP_EXPECT_INT(status_of(app, S("Token .")), 401);
    osp_test_response r = request(app, "GET", "/api/user", NULL);
    OSP_EXPECT_INT(r.status, 401);
    OSP_EXPECT_STR(osp_test_answer_header(&r, "WWW-Authenticate"), "Token");
    /* Where nobody has to say who they are, a bad token is told all the same. */
    r = osp_test_request(app, "GET", "/api/articles",
                         .headers = { { "Authorization", "Token x" } });
    OSP_EXPECT_INT(r.status, 401);
}
