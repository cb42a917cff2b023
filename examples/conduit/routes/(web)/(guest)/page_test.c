/* Signing up, in and out. */
#include "tests/people.h"

#include <string.h>

OSP_TEST(signs_up, "who signs up is signed in by a cookie that scripts cannot read")
{
    osp_test_response r =
        submitted(app, "/register", { "username", "ann" }, { "email", "ann@example.org" },
                  { "password", "correct horse" });
    EXPECT_SENT_TO(r, "/");
    const osp_str session = osp_copy(osp_test_ctx(app), osp_test_answer_cookie(&r, "session"));
    OSP_EXPECT(session.len > 0);
    for (size_t i = 0; i < r.header_count; i++) {
        if (osp_str_starts_with(r.headers[i].value, S("session="))) {
            OSP_EXPECT_IN(r.headers[i].value, "; HttpOnly; SameSite=Lax");
        }
    }
    r = osp_test_request(app, "GET", "/", .cookies = { { "session", session.ptr } });
    OSP_EXPECT_IN(r.body, "href=\"/profile/ann\"");
    EXPECT_SENT_TO(osp_test_request(app, "GET", "/login", .cookies = { { "session", session.ptr } }),
                   "/");
    /* The API does not know it: other sites can make a browser send it. */
    r = osp_test_request(app, "GET", "/api/user", .cookies = { { "session", session.ptr } });
    OSP_EXPECT_INT(r.status, 401);
    r = osp_test_request(app, "POST", "/settings?/sign_out", .from_page = true,
                         .cookies = { { "session", session.ptr } });
    EXPECT_SENT_TO(r, "/");
    OSP_EXPECT_STR(osp_test_answer_cookie(&r, "session"), "");
}

OSP_TEST(says_what_is_wrong, "what was typed stands there again, but for the password")
{
    somebody(app, "ann");
    osp_test_response r =
        submitted(app, "/register", { "username", "Ann" }, { "email", "\"<b>" },
                  { "password", "hunter2" });
    OSP_EXPECT_INT(r.status, 422);
    OSP_EXPECT_IN(r.body, "value=\"Ann\"");
    OSP_EXPECT_IN(r.body, "value=\"&quot;&lt;b&gt;\"");
    OSP_EXPECT_IN(r.body, "id=\"email-error\">E-mail must be an email address</p>");
    OSP_EXPECT_IN(r.body, "id=\"password-error\">Password must be at least 8 characters long</p>");
    OSP_EXPECT(strstr(osp_copy(osp_test_ctx(app), r.body).ptr, "hunter2") == NULL);
    r = submitted(app, "/register", { "username", "Ann" }, { "email", "x@example.org" },
                  { "password", "correct horse" });
    OSP_EXPECT_INT(r.status, 422);
    OSP_EXPECT_IN(r.body, "id=\"username-error\">Name is already taken</p>");
}

OSP_TEST(signs_in_by_form, "a wrong password shows the form again, with 401 and what was typed")
{
    osp_ctx *ctx = osp_test_ctx(app);
    osp_str hash;
    OSP_EXPECT_INT(osp_password_hash(ctx, S("correct horse"), &hash), OSP_OK);
    osp_db_exec(ctx, "UPDATE user SET password = ? WHERE id = ?", hash, somebody(app, "ann"));
    osp_test_response r =
        submitted(app, "/login?next=%2Feditor", { "email", "ann@example.org" },
                  { "password", "correct hors" }, { "next", "/editor" });
    OSP_EXPECT_INT(r.status, 401);
    OSP_EXPECT_IN(r.body, "role=\"alert\">The e-mail address or the password is wrong</p>");
    OSP_EXPECT_IN(r.body, "value=\"ann@example.org\"");
    OSP_EXPECT_IN(r.body, "name=\"next\" value=\"/editor\"");
    OSP_EXPECT_STR(osp_test_answer_cookie(&r, "session"), "");
    r = submitted(app, "/login", { "email", "ann@example.org" }, { "password", "correct horse" },
                  { "next", "/editor" });
    EXPECT_SENT_TO(r, "/editor");
    r = submitted(app, "/login", { "email", "ann@example.org" }, { "password", "correct horse" },
                  { "next", "https://evil.example/" });
    EXPECT_SENT_TO(r, "/");
}

OSP_TEST(believes_no_cookie, "a cookie that nobody has signed is nobody, and is taken away")
{
    osp_test_response r = osp_test_request(app, "GET", "/settings", .cookies = { { "session", "a.b.c" } });
    EXPECT_SENT_TO(r, "/login?next=%2Fsettings");
    OSP_EXPECT_IN(osp_test_answer_header(&r, "Set-Cookie"), "session=; ");
}
