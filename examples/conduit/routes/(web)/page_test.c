/* The first page, and what is around all of them. */
#include "tests/people.h"

OSP_TEST(shows_the_newest, "the first page has the newest articles, escaped, and the tags in use")
{
    act_as(app, somebody(app, "ann"));
    write(app, "One & <two>", "[\"a&b\"]");
    act_as(app, 0);
    osp_test_response r = request(app, "GET", "/", NULL);
    OSP_EXPECT_INT(r.status, 200);
    OSP_EXPECT_STR(r.media_type, "text/html; charset=utf-8");
    OSP_EXPECT_IN(r.body, "One &amp; &lt;two&gt;</a></h2>");
    OSP_EXPECT_IN(r.body, "<a href=\"/?tag=a%26b\">a&amp;b</a>");
    OSP_EXPECT_IN(r.body, "<a href=\"/login\">Sign in</a>");
    OSP_EXPECT_IN(osp_test_answer_header(&r, "Content-Security-Policy"), "default-src 'self'");
}

OSP_TEST(shows_pages, "a list has pages, and a page that there is not has no articles")
{
    osp_ctx *ctx = osp_test_ctx(app);
    act_as(app, somebody(app, "ann"));
    for (int i = 0; i < 11; i++) {
        write(app, osp_format(ctx, "Article %d", i).ptr, "[\"a&b\"]");
    }
    osp_test_response r = request(app, "GET", "/", NULL);
    OSP_EXPECT_IN(r.body, "Page 1 of 2");
    OSP_EXPECT_IN(r.body, "<a rel=\"next\" href=\"?page=2\">");
    OSP_EXPECT_IN(request(app, "GET", "/?tag=a%26b", NULL).body,
                  "<a rel=\"next\" href=\"?tag=a%26b&amp;page=2\">");
    r = request(app, "GET", "/?page=2", NULL);
    OSP_EXPECT_IN(r.body, "Article 0</a>");
    OSP_EXPECT_IN(request(app, "GET", "/?page=3", NULL).body, "No articles are here yet.");
    OSP_EXPECT_IN(request(app, "GET", "/?page=9", NULL).body,
                  "<a rel=\"prev\" href=\"?page=2\">");
    OSP_EXPECT_INT(request(app, "GET", "/?page=0", NULL).status, 422);
}

OSP_TEST(shows_a_feed, "a feed is of somebody, and has those whom they follow")
{
    const int64_t bob = somebody(app, "bob");
    act_as(app, somebody(app, "ann"));
    write(app, "By Ann", "[]");
    act_as(app, 0);
    EXPECT_SENT_TO(request(app, "GET", "/?feed=following", NULL), "/login?next=%2F");
    act_as(app, bob);
    OSP_EXPECT_IN(request(app, "GET", "/?feed=following", NULL).body,
                  "Those you follow have written nothing yet.");
    EXPECT_SENT_TO(submitted(app, "/profile/ann?/follow", { "back", "/?feed=following" }),
                   "/?feed=following");
    OSP_EXPECT_IN(request(app, "GET", "/?feed=following", NULL).body, "By Ann");
}

OSP_TEST(shows_failures, "what is not there is a page, and so is what fails")
{
    act_as(app, 0);
    osp_test_response r = osp_test_request(app, "GET", "/nothing/at/all",
                                           .headers = { { "Accept", "text/html" } });
    OSP_EXPECT_INT(r.status, 404);
    OSP_EXPECT_IN(r.body, "<h1>Nothing is here</h1>");
    r = osp_test_request(app, "GET", "/article/none", .headers = { { "Accept", "text/html" } });
    OSP_EXPECT_INT(r.status, 404);
    OSP_EXPECT_IN(r.body, "<h1>Nothing is here</h1>");
    /* The API has no pages. */
    EXPECT_ERROR(request(app, "GET", "/api/nothing", NULL), 404, "There is nothing at this URL.");
}
