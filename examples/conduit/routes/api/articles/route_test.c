/* GET and POST /api/articles */
#include "tests/people.h"

static ArticlePage listed(osp_test *app, const char *query)
{
    DECODED(ArticlePage, page,
            request(app, "GET", osp_format(osp_test_ctx(app), "/api/articles%s", query).ptr, NULL));
    return page;
}

OSP_TEST(writes_one, "POST /api/articles answers 201 with the slug and the time")
{
    osp_test_set_clock(app, 1769860800 * INT64_C(1000000));
    act_as(app, somebody(app, "ann"));
    osp_test_response r =
        request(app, "POST", "/api/articles",
                "{\"article\":{\"title\":\"First words\",\"description\":\"\",\"body\":\"x\","
                "\"tagList\":[\"b\",\"a\",\"b\"]}}");
    OSP_EXPECT_INT(r.status, 201);
    OSP_EXPECT_STR(osp_test_answer_header(&r, "Location"), "/api/articles/first-words");
    ArticleOut got;
    OSP_EXPECT(osp_test_decode(app, &r, ArticleOut, &got));
    OSP_EXPECT_STR(got.article.slug, "first-words");
    OSP_EXPECT_STR(got.article.created_at, "2026-01-31T12:00:00.000Z");
    OSP_EXPECT_STR(got.article.author.username, "ann");
    OSP_EXPECT_INT(got.article.tag_list.count, 2);
    OSP_EXPECT_STR(got.article.tag_list.items[0], "b");
}

OSP_TEST(writes_as_somebody, "nobody writes nothing, and is told so before the body is looked at")
{
    act_as(app, 0);
    osp_test_response r = request(app, "POST", "/api/articles", "{");
    OSP_EXPECT_INT(r.status, 401);
    OSP_EXPECT_STR(osp_test_answer_header(&r, "WWW-Authenticate"), "Token");
}

OSP_TEST(keeps_tags_whole, "a tag is stored as it was sent, or refused")
{
    act_as(app, somebody(app, "ann"));
    const char *article = "{\"article\":{\"title\":\"One\",\"description\":\"\",\"body\":\"x\","
                          "\"tagList\":[\"%s\"]}}";
    osp_ctx *ctx = osp_test_ctx(app);
    EXPECT_ERROR(
        request(app, "POST", "/api/articles", osp_format(ctx, article, "a\\u0000b").ptr), 422,
        "tagList/0 must have no control characters");
    DECODED(ArticleOut, got,
            request(app, "POST", "/api/articles", osp_format(ctx, article, "{\\\"a'\\\":1}").ptr));
    OSP_EXPECT_STR(got.article.tag_list.items[0], "{\"a'\":1}");
}

OSP_TEST(same_title_twice, "two articles of one title have two slugs, and both are listed")
{
    act_as(app, somebody(app, "ann"));
    OSP_EXPECT_STR(write(app, "One", "[]"), "one");
    const osp_str second = write(app, "One", "[]");
    OSP_EXPECT_INT(second.len, sizeof("one-01234567") - 1);
    OSP_EXPECT(osp_str_starts_with(second, S("one-")));
    const ArticlePage page = listed(app, "");
    OSP_EXPECT_INT(page.articles_count, 2);
    OSP_EXPECT_STR(page.articles.items[0].slug, second);
}

OSP_TEST(reads_what_is_called_feed, "an article has a URL also when its title is that of a route")
{
    act_as(app, somebody(app, "ann"));
    OSP_EXPECT_STR(write(app, "Feed!", "[]"), "the-feed");
    OSP_EXPECT_INT(request(app, "GET", "/api/articles/the-feed", NULL).status, 200);
}

OSP_TEST(filters, "filters are taken together, and the count is that of all pages")
{
    const int64_t bob = somebody(app, "bob");
    act_as(app, somebody(app, "ann"));
    write(app, "A1", "[\"x\"]");
    write(app, "A2", "[\"x\",\"y\"]");
    act_as(app, bob);
    write(app, "B1", "[\"y\"]");
    write(app, "B2", "[\"x\"]");
    OSP_EXPECT_INT(request(app, "POST", "/api/articles/a2/favorite", NULL).status, 200);
    OSP_EXPECT_INT(request(app, "POST", "/api/articles/b2/favorite", NULL).status, 200);
    static const struct {
        const char *query, *newest;
        int64_t count;
    } cases[] = {
        { "", "b2", 4 },
        { "?limit=1", "b2", 4 },
        { "?limit=1&offset=3", "a1", 4 },
        { "?offset=4", NULL, 4 },
        { "?tag=x", "b2", 3 },
        { "?tag=x&limit=1&offset=2", "a1", 3 },
        { "?tag=X", NULL, 0 },
        { "?author=ann", "a2", 2 },
        { "?author=ANN", "a2", 2 },
        { "?author=nobody", NULL, 0 },
        { "?author=bob&tag=y", "b1", 1 },
        { "?favorited=bob", "b2", 2 },
        { "?favorited=bob&limit=1&offset=1", "a2", 2 },
        { "?favorited=ann", NULL, 0 },
        { "?favorited=bob&tag=y", "a2", 1 },
        { "?favorited=bob&author=ann", "a2", 1 },
        { "?favorited=bob&author=ann&tag=z", NULL, 0 },
        { "?tag=%27%20OR%201%3D1--", NULL, 0 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const ArticlePage page = listed(app, cases[i].query);
        OSP_EXPECT_INT(page.articles_count, cases[i].count);
        OSP_EXPECT((page.articles.count > 0) == (cases[i].newest != NULL));
        if (cases[i].newest != NULL) {
            OSP_EXPECT_STR(page.articles.items[0].slug, cases[i].newest);
        }
    }
}

OSP_TEST(lists_for_somebody, "a list says what its reader likes and whom they follow")
{
    const int64_t bob = somebody(app, "bob");
    act_as(app, somebody(app, "ann"));
    write(app, "One", "[]");
    act_as(app, bob);
    OSP_EXPECT_INT(request(app, "POST", "/api/profiles/ann/follow", NULL).status, 200);
    OSP_EXPECT_INT(request(app, "POST", "/api/articles/one/favorite", NULL).status, 200);
    ArticlePage page = listed(app, "");
    OSP_EXPECT(page.articles.items[0].favorited && page.articles.items[0].author.following);
    act_as(app, 0);
    page = listed(app, "");
    OSP_EXPECT(!page.articles.items[0].favorited && !page.articles.items[0].author.following);
    OSP_EXPECT_INT(page.articles.items[0].favorites_count, 1);
}

OSP_TEST(pages_have_bounds, "limit and offset have bounds, and both can be wrong at once")
{
    static const char *const bad[] = { "?limit=0",   "?limit=101", "?limit=ten",
                                       "?limit=1.5", "?offset=-1", "?limit=99999999999999999999",
                                       "?limit=" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        const char *path = osp_format(osp_test_ctx(app), "/api/articles%s", bad[i]).ptr;
        OSP_EXPECT_INT(request(app, "GET", path, NULL).status, 422);
    }
    OSP_EXPECT_STR(
        request(app, "GET", "/api/articles?limit=0&offset=-1", NULL).body,
        "{\"errors\":{\"body\":[\"limit must be at least 1\",\"offset must be at least 0\"]}}");
    OSP_EXPECT_INT(
        request(app, "GET", "/api/articles?limit=100&offset=9223372036854775807", NULL).status,
        200);
}
