/* GET and PUT /api/user */
#include "lib/account.h"
#include "tests/people.h"

static osp_test_response changed(osp_test *app, const char *members)
{
    return request(app, "PUT", "/api/user",
                   osp_format(osp_test_ctx(app), "{\"user\":{%s}}", members).ptr);
}

OSP_TEST(changes_what_is_said, "what is not said stays, null and an empty text take away")
{
    act_as(app, somebody(app, "ann"));
    DECODED(
        UserOut, first,
        changed(app,
                "\"bio\":\"Ich schreibe über Züge 🚂\",\"image\":\"https://example.org/a.png\""));
    OSP_EXPECT_STR(first.user.username, "ann");
    DECODED(UserOut, second, changed(app, "\"username\":\"anna\",\"bio\":null"));
    OSP_EXPECT_INT(second.user.bio.is, OSP_NULL);
    OSP_EXPECT_STR(second.user.image.value, "https://example.org/a.png");
    DECODED(UserOut, third, changed(app, "\"image\":\"\""));
    OSP_EXPECT_INT(third.user.image.is, OSP_NULL);
    DECODED(UserOut, read, request(app, "GET", "/api/user", NULL));
    OSP_EXPECT_STR(read.user.username, "anna");
    OSP_EXPECT_STR(read.user.email, "ann@example.org");
}

OSP_TEST(refuses_no_change, "a change has one field at least, and none that cannot be null")
{
    act_as(app, somebody(app, "ann"));
    EXPECT_ERROR(changed(app, ""), 422, "user must have one field at least");
    EXPECT_ERROR(changed(app, "\"email\":null"), 422,
                 "user must have an email, a username and a password that are not null");
    EXPECT_ERROR(changed(app, "\"image\":\"javascript:alert(1)\""), 422,
                 "image does not have the form that is asked for");
    EXPECT_ERROR(changed(app, "\"username\":\"..\""), 422,
                 "username must have no slash and no space at its ends, and cannot be . or ..");
}

OSP_TEST(takes_no_other_name, "the name of another cannot be had; one's own in other letters can")
{
    somebody(app, "bob");
    act_as(app, somebody(app, "ann"));
    EXPECT_ERROR(changed(app, "\"username\":\"BOB\""), 422, "username is already taken");
    EXPECT_ERROR(changed(app, "\"email\":\"bob@example.org\""), 422, "email is already taken");
    DECODED(UserOut, got, changed(app, "\"username\":\"Ann\",\"email\":\"ann@Example.org\""));
    OSP_EXPECT_STR(got.user.username, "Ann");
}

OSP_TEST(new_password, "a new password ends the tokens of before, and its answer has a new one")
{
    osp_test_response r = request(app, "POST", "/api/users",
                                  "{\"user\":{\"username\":\"ann\",\"email\":\"ann@example.org\","
                                  "\"password\":\"correct horse\"}}");
    DECODED(UserOut, before, r);
    osp_ctx *ctx = osp_test_ctx(app);
    const char *old = osp_format(ctx, "Token %.*s", OSP_ARG(before.user.token)).ptr;
    r = osp_test_request(app, "PUT", "/api/user", .headers = { { "Authorization", old } },
                         .body = S("{\"user\":{\"password\":\"battery staple\"}}"));
    DECODED(UserOut, after, r);
    const char *fresh = osp_format(ctx, "Token %.*s", OSP_ARG(after.user.token)).ptr;
    OSP_EXPECT_INT(
        osp_test_request(app, "GET", "/api/user", .headers = { { "Authorization", old } }).status,
        401);
    OSP_EXPECT_INT(
        osp_test_request(app, "GET", "/api/user", .headers = { { "Authorization", fresh } }).status,
        200);
    OSP_EXPECT_INT(
        request(app, "POST", "/api/users/login",
                "{\"user\":{\"email\":\"ann@example.org\",\"password\":\"battery staple\"}}")
            .status,
        200);
}
