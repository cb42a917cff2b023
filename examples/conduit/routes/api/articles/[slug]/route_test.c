/* GET, PUT and DELETE /api/articles/[slug] */
#include "tests/people.h"

static osp_str slug_after(osp_test *app, osp_str slug, const char *title)
{
    osp_ctx *ctx = osp_test_ctx(app);
    DECODED(ArticleOut, got,
            request(app, "PUT", osp_format(ctx, "/api/articles/%.*s", OSP_ARG(slug)).ptr,
                    osp_format(ctx, "{\"article\":{\"title\":\"%s\"}}", title).ptr));
    return got.article.slug;
}

OSP_TEST(changes_one, "a change keeps what it does not name, and says when it was made")
{
    act_as(app, somebody(app, "ann"));
    osp_test_set_clock(app, INT64_C(1769860800000000));
    write(app, "One", "[\"x\"]");
    osp_test_advance_ms(app, 1234);
    DECODED(ArticleOut, got,
            request(app, "PUT", "/api/articles/one", "{\"article\":{\"body\":\"new\"}}"));
    OSP_EXPECT_STR(got.article.body, "new");
    OSP_EXPECT_STR(got.article.title, "One");
    OSP_EXPECT_STR(got.article.slug, "one");
    OSP_EXPECT_INT(got.article.tag_list.count, 1);
    OSP_EXPECT_STR(got.article.created_at, "2026-01-31T12:00:00.000Z");
    OSP_EXPECT_STR(got.article.updated_at, "2026-01-31T12:00:01.234Z");
    EXPECT_ERROR(request(app, "PUT", "/api/articles/one", "{\"article\":{}}"), 422,
                 "article must have a title, a description or a body");
    EXPECT_ERROR(request(app, "PUT", "/api/articles/one", "{\"article\":{\"title\":\"\"}}"), 422,
                 "title must not be empty");
}

OSP_TEST(renames_one, "a new title is a new slug, and the same words are the same")
{
    act_as(app, somebody(app, "ann"));
    write(app, "One", "[]");
    write(app, "Two", "[]");
    OSP_EXPECT_STR(slug_after(app, S("one"), "ONE!"), "one");
    OSP_EXPECT_STR(slug_after(app, S("one"), "Three"), "three");
    OSP_EXPECT_INT(request(app, "GET", "/api/articles/one", NULL).status, 404);
    const osp_str beside = slug_after(app, S("three"), "Two");
    OSP_EXPECT(osp_str_starts_with(beside, S("two-")));
    OSP_EXPECT_STR(slug_after(app, beside, "two"), beside);
}

OSP_TEST(changes_ones_own, "nobody but its author changes or deletes an article")
{
    const int64_t bob = somebody(app, "bob");
    act_as(app, somebody(app, "ann"));
    write(app, "One", "[]");
    act_as(app, bob);
    EXPECT_ERROR(request(app, "PUT", "/api/articles/one", "{\"article\":{\"body\":\"x\"}}"), 403,
                 "only its author can change an article");
    EXPECT_ERROR(request(app, "DELETE", "/api/articles/one", NULL), 403,
                 "only its author can change an article");
    EXPECT_ERROR(request(app, "DELETE", "/api/articles/two", NULL), 404,
                 "there is no article \\\"two\\\"");
    act_as(app, 0);
    OSP_EXPECT_INT(request(app, "PUT", "/api/articles/one", "{}").status, 401);
    OSP_EXPECT_INT(request(app, "DELETE", "/api/articles/one", NULL).status, 401);
    OSP_EXPECT_INT(request(app, "GET", "/api/articles/one", NULL).status, 200);
}

OSP_TEST(deletes_all_of_one, "with an article goes what belongs to it, and nothing else")
{
    act_as(app, somebody(app, "ann"));
    static const char *const slugs[] = { "one", "two" };
    for (size_t i = 0; i < 2; i++) {
        osp_ctx *ctx = osp_test_ctx(app);
        write(app, slugs[i], "[\"x\"]");
        OSP_EXPECT_INT(
            request(app, "POST", osp_format(ctx, "/api/articles/%s/favorite", slugs[i]).ptr, NULL)
                .status,
            200);
        OSP_EXPECT_INT(request(app, "POST",
                               osp_format(ctx, "/api/articles/%s/comments", slugs[i]).ptr,
                               "{\"comment\":{\"body\":\"c\"}}")
                           .status,
                       200);
    }
    osp_test_response r = request(app, "DELETE", "/api/articles/one", NULL);
    OSP_EXPECT_INT(r.status, 204);
    OSP_EXPECT_INT(r.body.len, 0);
    OSP_EXPECT_INT(request(app, "GET", "/api/articles/one", NULL).status, 404);
    OSP_EXPECT_INT(request(app, "GET", "/api/articles/one/comments", NULL).status, 404);
    const int64_t *left =
        osp_db_one(osp_test_ctx(app), int64_t,
                   "SELECT (SELECT count(*) FROM comment) + (SELECT count(*) FROM favorite)"
                   " + (SELECT count(*) FROM article_tag)");
    OSP_EXPECT_INT(*left, 3);
    DECODED(ArticleOut, two, request(app, "GET", "/api/articles/two", NULL));
    OSP_EXPECT_INT(two.article.favorites_count, 1);
}
