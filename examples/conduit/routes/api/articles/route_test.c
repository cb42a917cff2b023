/* The tests of /api/articles. */
#include "lib/article.h"
#include "lib/auth.h"

#include <openspeed/test.h>

/* Registers somebody; gives the value of the Authorization header. */
static const char *registered(osp_test *app, const char *name)
{
    osp_ctx *ctx = osp_test_ctx(app);
    osp_test_response r = osp_test_request(app, "POST", "/api/users",
        .body = osp_format(ctx, "{\"user\":{\"username\":\"%s\",\"email\":\"%s@example.org\","
                                "\"password\":\"correct horse\"}}", name, name));
    OSP_EXPECT_INT(r.status, 201);
    UserOut got;
    OSP_EXPECT(osp_test_decode(app, &r, UserOut, &got));
    return osp_format(ctx, "Token %.*s", OSP_ARG(got.user.token)).ptr;
}

static osp_test_response written(osp_test *app, const char *author, osp_str body)
{
    return osp_test_request(app, "POST", "/api/articles", .body = body,
                            .headers = { { "Authorization", author } });
}

OSP_TEST(writes_one, "POST /api/articles answers 201 with the slug and the time")
{
    osp_test_set_clock(app, 1769860800 * INT64_C(1000000));
    osp_test_response r = written(app, registered(app, "ann"),
        S("{\"article\":{\"title\":\"First words\",\"description\":\"\",\"body\":\"x\","
          "\"tagList\":[\"a\",\"b\"]}}"));
    OSP_EXPECT_INT(r.status, 201);
    ArticleOut got;
    OSP_EXPECT(osp_test_decode(app, &r, ArticleOut, &got));
    OSP_EXPECT_STR(got.article.slug, "first-words");
    OSP_EXPECT_STR(got.article.created_at, "2026-01-31T12:00:00.000Z");
    OSP_EXPECT_STR(got.article.author.username, "ann");
    OSP_EXPECT_INT(got.article.tag_list.count, 2);
}

OSP_TEST(same_title_twice, "two articles of one title have two slugs, and both are listed")
{
    const osp_str body = S("{\"article\":{\"title\":\"One\",\"description\":\"\",\"body\":\"x\"}}");
    const char *ann = registered(app, "ann");
    OSP_EXPECT_INT(written(app, ann, body).status, 201);
    OSP_EXPECT_INT(written(app, ann, body).status, 201);
    osp_test_response r = osp_test_request(app, "GET", "/api/articles", .query = { { "author", "ann" } });
    ArticlePage page;
    OSP_EXPECT(osp_test_decode(app, &r, ArticlePage, &page));
    OSP_EXPECT_INT(page.articles_count, 2);
    OSP_EXPECT(!osp_str_equal(page.articles.items[0].slug, page.articles.items[1].slug));
}

OSP_TEST(needs_a_token, "who has no token, or an old one, writes nothing")
{
    const osp_str body = S("{\"article\":{\"title\":\"One\",\"description\":\"\",\"body\":\"x\"}}");
    osp_test_response r = osp_test_request(app, "POST", "/api/articles", .body = body);
    OSP_EXPECT_INT(r.status, 401);
    OSP_EXPECT_STR(osp_test_answer_header(&r, "WWW-Authenticate"), "Token");
    const char *ann = registered(app, "ann");
    osp_test_advance_ms(app, INT64_C(31) * 24 * 3600 * 1000);
    OSP_EXPECT_INT(written(app, ann, body).status, 401);
}
