#include "tests/people.h"

#include <string.h>

int64_t somebody(osp_test *app, const char *name)
{
    osp_ctx *ctx = osp_test_ctx(app);
    const int64_t *id = osp_db_one(
        ctx, int64_t,
        "INSERT INTO user (username, email, password) VALUES (?1, ?1 || '@example.org', '')"
        " RETURNING id",
        name);
    OSP_EXPECT(id != NULL);
    return *id;
}

void act_as(osp_test *app, int64_t user)
{
    if (user == 0) {
        osp_test_override_absent(app, viewer);
        osp_test_override_absent(app, visitor);
        return;
    }
    const osp_str *name = osp_db_one(osp_test_ctx(app), osp_str,
                                     "SELECT username FROM user WHERE id = ?", user);
    OSP_EXPECT(name != NULL);
    osp_test_override(app, viewer, .id = user);
    osp_test_override(app, visitor, .as = { user }, .username = *name);
}

osp_test_response request(osp_test *app, const char *method, const char *path, const char *body)
{
    return osp_test_request(app, method, path,
                            .body = body != NULL ? (osp_str){ body, strlen(body) } : S(""));
}

osp_str write(osp_test *app, const char *title, const char *tags)
{
    osp_ctx *ctx = osp_test_ctx(app);
    const osp_str body = osp_format(ctx,
                                    "{\"article\":{\"title\":\"%s\",\"description\":\"d\","
                                    "\"body\":\"b\",\"tagList\":%s}}",
                                    title, tags);
    DECODED(ArticleOut, got, request(app, "POST", "/api/articles", body.ptr));
    return got.article.slug;
}
