/* /api/articles/[slug]/comments and what is below */
#include "tests/people.h"

OSP_TEST(comments, "a comment is added, listed with its author, and deleted by its author alone")
{
    const int64_t bob = somebody(app, "bob");
    act_as(app, somebody(app, "ann"));
    write(app, "One", "[]");
    write(app, "Two", "[]");
    osp_test_set_clock(app, INT64_C(1769860800123000));
    act_as(app, bob);
    osp_test_response r =
        request(app, "POST", "/api/articles/one/comments", "{\"comment\":{\"body\":\"Schön! 🎉\"}}");
    OSP_EXPECT_INT(r.status, 200);
    OSP_EXPECT_STR(r.body, "{\"comment\":{\"id\":1,\"createdAt\":\"2026-01-31T12:00:00.123Z\","
                           "\"updatedAt\":\"2026-01-31T12:00:00.123Z\",\"body\":\"Schön! "
                           "🎉\",\"author\":{\"username\":\"bob\","
                           "\"bio\":null,\"image\":null,\"following\":false}}}");
    OSP_EXPECT_INT(
        request(app, "POST", "/api/articles/one/comments", "{\"comment\":{\"body\":\"2\"}}").status,
        200);
    act_as(app, 0);
    r = request(app, "GET", "/api/articles/one/comments", NULL);
    OSP_EXPECT(osp_str_starts_with(r.body, S("{\"comments\":[{\"id\":2,"))); /* the newest first */
    OSP_EXPECT_IN(r.body, "\"id\":1,");
    OSP_EXPECT_STR(request(app, "GET", "/api/articles/two/comments", NULL).body,
                   "{\"comments\":[]}");

    OSP_EXPECT_INT(request(app, "DELETE", "/api/articles/one/comments/1", NULL).status, 401);
    act_as(app, somebody(app, "cid"));
    EXPECT_ERROR(request(app, "DELETE", "/api/articles/one/comments/1", NULL), 403,
                 "only its author can delete a comment");
    act_as(app, bob);
    OSP_EXPECT_INT(request(app, "DELETE", "/api/articles/two/comments/1", NULL).status, 404);
    OSP_EXPECT_INT(request(app, "DELETE", "/api/articles/one/comments/1", NULL).status, 204);
    OSP_EXPECT_INT(request(app, "DELETE", "/api/articles/one/comments/1", NULL).status, 404);
    OSP_EXPECT_INT(request(app, "DELETE", "/api/articles/one/comments/x", NULL).status, 404);
}

OSP_TEST(comments_on_something, "a comment has words, and an article that is there")
{
    act_as(app, somebody(app, "ann"));
    write(app, "One", "[]");
    EXPECT_ERROR(request(app, "POST", "/api/articles/one/comments", "{\"comment\":{}}"), 422,
                 "body is required");
    EXPECT_ERROR(
        request(app, "POST", "/api/articles/one/comments", "{\"comment\":{\"body\":\"\"}}"), 422,
        "body must not be empty");
    EXPECT_ERROR(request(app, "POST", "/api/articles/x/comments", "{\"comment\":{\"body\":\"b\"}}"),
                 404, "there is no article \\\"x\\\"");
    act_as(app, 0);
    OSP_EXPECT_INT(request(app, "POST", "/api/articles/one/comments", "{}").status, 401);
    EXPECT_ERROR(request(app, "GET", "/api/articles/x/comments", NULL), 404,
                 "there is no article \\\"x\\\"");
}
