/* An article, its comments, and what only some may do. */
#include "tests/people.h"

OSP_TEST(shows_markdown, "an article is its Markdown, without what Markdown must not do")
{
    act_as(app, somebody(app, "ann"));
    osp_test_response r = submitted(
        app, "/editor?/save", { "title", "One" }, { "description", "\"><script>" },
        { "body", "# Head\n\n**bold** <script>alert(1)</script>\n\n[a](javascript:alert(1)) "
                  "![b](https://example.org/b.png \"x\\\" onerror=\\\"\")" },
        { "tags", " a , b," });
    EXPECT_SENT_TO(r, "/article/one");
    r = request(app, "GET", "/article/one", NULL);
    OSP_EXPECT_INT(r.status, 200);
    OSP_EXPECT_IN(r.body, "<h1>Head</h1>");
    OSP_EXPECT_IN(r.body, "<strong>bold</strong> <!-- raw HTML omitted -->alert(1)");
    OSP_EXPECT_IN(r.body, "<a href=\"\">a</a>");
    OSP_EXPECT_IN(r.body, "title=\"x&quot; onerror=&quot;\"");
    OSP_EXPECT_IN(r.body, "<a href=\"/?tag=b\">b</a>");
    OSP_EXPECT_IN(r.body, "content=\"&quot;&gt;&lt;script&gt;\"");
}

OSP_TEST(bears_brackets, "a text of nothing but brackets costs no more than it is long")
{
    osp_ctx *ctx = osp_test_ctx(app);
    char *body = osp_alloc(ctx, 65001);
    for (size_t i = 0; i < 65000; i++) {
        body[i] = "![[]()"[i % 6];
    }
    body[65000] = '\0';
    act_as(app, somebody(app, "ann"));
    EXPECT_SENT_TO(submitted(app, "/editor?/save", { "title", "One" }, { "description", "" },
                             { "body", body }),
                   "/article/one");
    OSP_EXPECT_IN(request(app, "GET", "/article/one", NULL).body, "![[]()![[]()");
}

OSP_TEST(comments_by_form, "a comment is written, shown as text, and taken back")
{
    const int64_t bob = somebody(app, "bob");
    act_as(app, somebody(app, "ann"));
    write(app, "One", "[]");
    act_as(app, bob);
    osp_test_response r = submitted(app, "/article/one?/comment", { "body", "<b>Fine</b>" });
    EXPECT_SENT_TO(r, "/article/one");
    OSP_EXPECT_STR(osp_test_answer_cookie(&r, "osp-flash"), "Your%20comment%20is%20there.");
    r = osp_test_request(app, "GET", "/article/one",
                         .cookies = { { "osp-flash", "Your%20comment%20is%20there." } });
    OSP_EXPECT_IN(r.body, "role=\"status\">Your comment is there.</p>");
    OSP_EXPECT_IN(r.body, "&lt;b&gt;Fine&lt;/b&gt;");
    OSP_EXPECT_IN(r.body, "Delete this comment");
    OSP_EXPECT_STR(osp_test_answer_cookie(&r, "osp-flash"), "");

    act_as(app, somebody(app, "cid"));
    OSP_EXPECT_INT(submitted(app, "/article/one?/take_back", { "id", "1" }).status, 403);
    act_as(app, bob);
    EXPECT_SENT_TO(submitted(app, "/article/one?/take_back", { "id", "1" }), "/article/one");
    act_as(app, 0);
    r = osp_test_request(app, "POST", "/article/one?/comment", .from_page = true,
                         .form = { { "body", "x" } }, .headers = { { "Accept", "text/html" } });
    OSP_EXPECT_INT(r.status, 401);
    OSP_EXPECT_IN(r.body, "href=\"/login?next=%2Farticle%2Fone\">Sign in</a>");
}

OSP_TEST(shows_what_was_typed, "a comment that does not fit is shown again, with what is wrong")
{
    act_as(app, somebody(app, "ann"));
    write(app, "One", "[]");
    osp_test_response r = submitted(app, "/article/one?/comment", { "body", " \n\t" });
    OSP_EXPECT_INT(r.status, 422);
    OSP_EXPECT_IN(r.body, "id=\"body-error\">A comment must not be empty</p>");
    OSP_EXPECT_IN(r.body, "Some fields are not as they must be.");
    OSP_EXPECT_IN(r.body, "name=\"back\" value=\"/article/one\"");
    OSP_EXPECT_IN(r.body, "<h1 dir=\"auto\">One</h1>");
}

OSP_TEST(takes_its_own_forms, "a form that is not of our pages does nothing")
{
    act_as(app, somebody(app, "ann"));
    write(app, "One", "[]");
    osp_test_response r = osp_test_request(app, "POST", "/article/one?/delete",
                                           .form = { { "a", "b" } });
    OSP_EXPECT_INT(r.status, 403);
    OSP_EXPECT_IN(r.body, "<h1 dir=\"auto\">One</h1>");
    r = osp_test_request(app, "POST", "/article/one?/delete", .from_page = true,
                         .headers = { { "Origin", "https://evil.example" } });
    OSP_EXPECT_INT(r.status, 403);
    OSP_EXPECT_INT(request(app, "GET", "/article/one", NULL).status, 200);
    EXPECT_SENT_TO(osp_test_request(app, "POST", "/article/one?/delete", .from_page = true), "/");
    OSP_EXPECT_INT(request(app, "GET", "/article/one", NULL).status, 404);
    OSP_EXPECT_INT(
        osp_test_request(app, "POST", "/article/one?/no_such", .from_page = true).status, 404);
}

OSP_TEST(goes_back, "a button of a list leads back to it, and to no other site")
{
    act_as(app, somebody(app, "ann"));
    write(app, "One", "[]");
    EXPECT_SENT_TO(submitted(app, "/article/one?/favorite", { "back", "/?tag=a&page=2" }),
                   "/?tag=a&page=2");
    OSP_EXPECT_IN(request(app, "GET", "/article/one", NULL).body, "Favourite no more, 1 so far");
    static const char *const elsewhere[] = { "//evil.example/", "/\\evil.example", "\t//evil.example",
                                             "/\t/evil.example", "https:evil.example",
                                             "javascript:alert(1)", "/a\r\nSet-Cookie: a=b" };
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
        EXPECT_SENT_TO(submitted(app, "/article/one?/unfavorite", { "back", elsewhere[i] }),
                       "/article/one");
    }
    OSP_EXPECT_IN(request(app, "GET", "/article/one", NULL).body, "Favourite, 0 so far");
}
