/* What people do with their own things. */
#include "tests/people.h"

OSP_TEST(changes_settings, "settings are shown, changed, and refused with what is wrong")
{
    somebody(app, "bob");
    act_as(app, somebody(app, "ann"));
    osp_test_response r = request(app, "GET", "/settings", NULL);
    OSP_EXPECT_IN(r.body, "name=\"email\" type=\"email\" value=\"ann@example.org\"");
    r = submitted(app, "/settings?/save", { "username", "ann" }, { "email", "ann@example.org" },
                  { "bio", "I <3 trains" }, { "image", "" }, { "password", "" });
    EXPECT_SENT_TO(r, "/settings");
    OSP_EXPECT_IN(request(app, "GET", "/settings", NULL).body, ">I &lt;3 trains</textarea>");
    OSP_EXPECT_IN(request(app, "GET", "/profile/ann", NULL).body, "I &lt;3 trains</p>");
    r = submitted(app, "/settings?/save", { "username", "BOB" }, { "email", "ann@example.org" },
                  { "bio", "new" }, { "image", "javascript:alert(1)" }, { "password", "short" });
    OSP_EXPECT_INT(r.status, 422);
    OSP_EXPECT_IN(r.body, "id=\"image-error\"");
    OSP_EXPECT_IN(r.body, ">new</textarea>");
    r = submitted(app, "/settings?/save", { "username", "BOB" }, { "email", "ann@example.org" },
                  { "bio", "" }, { "image", "" }, { "password", "" });
    OSP_EXPECT_INT(r.status, 422);
    OSP_EXPECT_IN(r.body, "id=\"username-error\">Name is already taken</p>");
    r = submitted(app, "/settings?/save", { "username", "ann" }, { "email", "ann@example.org" },
                  { "bio", "" }, { "image", "" }, { "password", "short" });
    OSP_EXPECT_IN(r.body, "id=\"password-error\"");
}

OSP_TEST(edits_ones_own, "an article is edited by its author, and by nobody else")
{
    const int64_t bob = somebody(app, "bob");
    act_as(app, somebody(app, "ann"));
    write(app, "One", "[]");
    osp_test_response r = request(app, "GET", "/editor/one", NULL);
    OSP_EXPECT_IN(r.body, "name=\"title\" type=\"text\" value=\"One\"");
    r = submitted(app, "/editor/one?/save", { "title", "" }, { "description", "new" },
                  { "body", "words" });
    OSP_EXPECT_INT(r.status, 422);
    OSP_EXPECT_IN(r.body, "id=\"title-error\">Title must not be empty</p>");
    OSP_EXPECT_IN(r.body, "value=\"new\"");
    EXPECT_SENT_TO(submitted(app, "/editor/one?/save", { "title", "Two" }, { "description", "" },
                             { "body", "words" }),
                   "/article/two");
    act_as(app, bob);
    OSP_EXPECT_INT(request(app, "GET", "/editor/two", NULL).status, 403);
    OSP_EXPECT_INT(submitted(app, "/editor/two?/save", { "title", "Mine" }, { "description", "" },
                             { "body", "words" })
                       .status,
                   403);
    act_as(app, 0);
    EXPECT_SENT_TO(request(app, "GET", "/editor/two", NULL), "/login?next=%2Feditor%2Ftwo");
    EXPECT_SENT_TO(request(app, "GET", "/editor", NULL), "/login?next=%2Feditor");
}

OSP_TEST(limits_tags, "an article has twenty tags, and not one more")
{
    osp_ctx *ctx = osp_test_ctx(app);
    osp_str tags = S("t1");
    for (int i = 2; i <= 20; i++) {
        tags = osp_format(ctx, "%.*s, t%d", OSP_ARG(tags), i);
    }
    act_as(app, somebody(app, "ann"));
    EXPECT_SENT_TO(submitted(app, "/editor?/save", { "title", "One" }, { "description", "" },
                             { "body", "b" }, { "tags", tags.ptr }),
                   "/article/one");
    tags = osp_format(ctx, "%.*s, t21", OSP_ARG(tags));
    osp_test_response r = submitted(app, "/editor?/save", { "title", "Two" }, { "description", "" },
                                    { "body", "b" }, { "tags", tags.ptr });
    OSP_EXPECT_INT(r.status, 422);
    OSP_EXPECT_IN(r.body, "id=\"tags-error\">Tags must be at most 20</p>");
}
