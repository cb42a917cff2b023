/* GET /api/articles/feed */
#include "tests/people.h"

OSP_TEST(feeds, "a feed has the articles of those one follows, the newest first")
{
    const int64_t ann = somebody(app, "ann"), bob = somebody(app, "bob"),
                  cid = somebody(app, "cid");
    act_as(app, bob);
    write(app, "B1", "[]");
    act_as(app, cid);
    write(app, "C1", "[]");
    write(app, "C2", "[]");
    act_as(app, ann);
    write(app, "A1", "[]");
    DECODED(ArticlePage, none, request(app, "GET", "/api/articles/feed", NULL));
    OSP_EXPECT_INT(none.articles_count, 0);
    OSP_EXPECT_INT(request(app, "POST", "/api/profiles/bob/follow", NULL).status, 200);
    OSP_EXPECT_INT(request(app, "POST", "/api/profiles/cid/follow", NULL).status, 200);
    DECODED(ArticlePage, page, request(app, "GET", "/api/articles/feed?limit=2", NULL));
    OSP_EXPECT_INT(page.articles_count, 3);
    OSP_EXPECT_INT(page.articles.count, 2);
    OSP_EXPECT_STR(page.articles.items[0].slug, "c2");
    OSP_EXPECT(page.articles.items[0].author.following);
    DECODED(ArticlePage, rest, request(app, "GET", "/api/articles/feed?offset=2", NULL));
    OSP_EXPECT_STR(rest.articles.items[0].slug, "b1");
    act_as(app, 0);
    OSP_EXPECT_INT(request(app, "GET", "/api/articles/feed", NULL).status, 401);
}
