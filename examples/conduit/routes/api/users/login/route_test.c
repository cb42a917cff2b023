/* POST /api/users/login */
#include "lib/account.h"
#include "tests/people.h"

static osp_test_response signed_in(osp_test *app, const char *email, const char *password)
{
    return request(app, "POST", "/api/users/login",
                   osp_format(osp_test_ctx(app),
                              "{\"user\":{\"email\":\"%s\",\"password\":\"%s\"}}", email, password)
                       .ptr);
}

OSP_TEST(signs_in, "the right password gives the account; all else one and the same answer")
{
    osp_ctx *ctx = osp_test_ctx(app);
    osp_str hash;
    OSP_EXPECT_INT(osp_password_hash(ctx, S("correct horse"), &hash), OSP_OK);
    osp_db_exec(ctx, "UPDATE user SET password = ? WHERE id = ?", hash, somebody(app, "ann"));
    DECODED(UserOut, got, signed_in(app, "Ann@example.org", "correct horse"));
    OSP_EXPECT_STR(got.user.username, "ann");
    EXPECT_ERROR(signed_in(app, "ann@example.org", "correct hors"), 401,
                 "the e-mail address or the password is wrong");
    EXPECT_ERROR(signed_in(app, "nobody@example.org", "correct horse"), 401,
                 "the e-mail address or the password is wrong");
    osp_test_response r = signed_in(app, "' OR 1=1 --", "x");
    OSP_EXPECT_INT(r.status, 401);
    OSP_EXPECT_STR(osp_test_answer_header(&r, "WWW-Authenticate"), "Token");
    EXPECT_ERROR(request(app, "POST", "/api/users/login", "{\"user\":{\"email\":\"a\"}}"), 422,
                 "password is required");
}

OSP_TEST(stops_guessing, "who was wrong ten times waits a quarter of an hour, from that address")
{
    osp_ctx *ctx = osp_test_ctx(app);
    osp_test_set_clock(app, INT64_C(1769860800000000));
    osp_db_exec(ctx, "INSERT INTO sign_in_failure"
                     " VALUES ('ann@example.org', '127.0.0.1', 9, 1769860800)");
    OSP_EXPECT_INT(signed_in(app, "Ann@example.org", "guess").status, 401);
    osp_test_response r = signed_in(app, "ann@example.org", "guess");
    OSP_EXPECT_INT(r.status, 429);
    OSP_EXPECT_STR(osp_test_answer_header(&r, "Retry-After"), "900");
    OSP_EXPECT_INT(signed_in(app, "bob@example.org", "guess").status, 401);
    osp_test_advance_ms(app, 15 * 60 * 1000);
    OSP_EXPECT_INT(signed_in(app, "ann@example.org", "guess").status, 401);
}
