/* POST and DELETE /api/articles/[slug]/favorite */
#include "tests/people.h"

OSP_TEST(likes, "who likes twice counts once, and who likes no more not at all")
{
    const int64_t bob = somebody(app, "bob");
    act_as(app, somebody(app, "ann"));
    write(app, "One", "[]");
    for (int i = 0; i < 2; i++) {
        DECODED(ArticleOut, got, request(app, "POST", "/api/articles/one/favorite", NULL));
        OSP_EXPECT(got.article.favorited);
        OSP_EXPECT_INT(got.article.favorites_count, 1);
    }
    act_as(app, bob);
    DECODED(ArticleOut, two, request(app, "POST", "/api/articles/one/favorite", NULL));
    OSP_EXPECT_INT(two.article.favorites_count, 2);
    for (int i = 0; i < 2; i++) {
        DECODED(ArticleOut, got, request(app, "DELETE", "/api/articles/one/favorite", NULL));
        OSP_EXPECT(!got.article.favorited);
        OSP_EXPECT_INT(got.article.favorites_count, 1);
    }
    EXPECT_ERROR(request(app, "POST", "/api/articles/x/favorite", NULL), 404,
                 "there is no article \\\"x\\\"");
    EXPECT_ERROR(request(app, "DELETE", "/api/articles/x/favorite", NULL), 404,
                 "there is no article \\\"x\\\"");
    act_as(app, 0);
    OSP_EXPECT_INT(request(app, "POST", "/api/articles/one/favorite", NULL).status, 401);
}
