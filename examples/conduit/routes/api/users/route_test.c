/* POST /api/users */
#include "lib/account.h"
#include "tests/people.h"

static osp_test_response registered(osp_test *app, const char *name, const char *email)
{
    return request(app, "POST", "/api/users",
                   osp_format(osp_test_ctx(app),
                              "{\"user\":{\"username\":\"%s\",\"email\":\"%s\","
                              "\"password\":\"correct horse\"}}",
                              name, email)
                       .ptr);
}

OSP_TEST(registers, "a new user has a token that works, and neither bio nor image")
{
    osp_test_response r = registered(app, "บ๊อบ", "bob@example.org");
    OSP_EXPECT_INT(r.status, 201);
    OSP_EXPECT_STR(osp_test_answer_header(&r, "Location"),
                   "/api/profiles/%E0%B8%9A%E0%B9%8A%E0%B8%AD%E0%B8%9A");
    OSP_EXPECT_IN(r.body, "\"bio\":null,\"image\":null");
    UserOut got;
    OSP_EXPECT(osp_test_decode(app, &r, UserOut, &got));
    OSP_EXPECT_STR(got.user.username, "บ๊อบ");
    const char *token = osp_format(osp_test_ctx(app), "Token %.*s", OSP_ARG(got.user.token)).ptr;
    r = osp_test_request(app, "GET", "/api/user", .headers = { { "Authorization", token } });
    DECODED(UserOut, me, r);
    OSP_EXPECT_STR(me.user.email, "bob@example.org");
}

OSP_TEST(has_one_of_each, "a name and an address are had once, in whatever case")
{
    somebody(app, "Ann");
    EXPECT_ERROR(registered(app, "aNN", "new@example.org"), 422, "username is already taken");
    EXPECT_ERROR(registered(app, "new", "ANN@example.org"), 422, "email is already taken");
    osp_test_response r = registered(app, "ann", "ann@example.org");
    OSP_EXPECT_STR(r.body, "{\"errors\":{\"body\":[\"email is already taken\","
                           "\"username is already taken\"]}}");
}

OSP_TEST(has_names_for_urls, "a name can stand in the URL of its profile")
{
    static const char *const bad[] = { "a/b", "..", ".", " ann", "ann ", "a\\u0000b", "a\\nb" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        EXPECT_ERROR(registered(app, bad[i], "ann@example.org"), 422,
                     "username must have no slash and no space at its ends, and cannot be . or ..");
    }
    OSP_EXPECT_INT(registered(app, "", "ann@example.org").status, 422);
}

OSP_TEST(has_names_to_be_seen, "a name cannot look like another by what nobody sees")
{
    static const char *const bad[] = { "ann\\u200B", "\\u202Eann", "ann\\u00A0", "a\\u0085b",
                                       "\\uFEFF",   "a\\u00ADnn", "\\u3164",   "ann\\uDB40\\uDC61" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        EXPECT_ERROR(registered(app, bad[i], "ann@example.org"), 422,
                     "username must have no characters that nobody sees");
    }
    OSP_EXPECT_INT(registered(app, "👩‍👩‍👧 O'Brien", "ann@example.org").status, 201);
}

OSP_TEST(keeps_passwords, "a password is in no answer, and in the database as a hash alone")
{
    osp_test_response r = request(
        app, "POST", "/api/users",
        "{\"user\":{\"username\":\"ann\",\"email\":\"no address\",\"password\":\"hunter2\"}}");
    OSP_EXPECT_STR(r.body, "{\"errors\":{\"body\":[\"email must be an email address\","
                           "\"password must be at least 8 characters long\"]}}");
    OSP_EXPECT_INT(registered(app, "ann", "ann@example.org").status, 201);
    const Account *ann = account_by_id(osp_test_ctx(app), 1);
    OSP_EXPECT(osp_str_starts_with(ann->password, S("$argon2id$")));
}
