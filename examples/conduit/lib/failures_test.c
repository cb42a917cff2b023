/* What clients read of failures, whoever found them. */
#include "tests/people.h"

#include <string.h>

OSP_TEST(tells_every_failure, "failures of all sorts are told in the form of this API")
{
    act_as(app, 0);
    EXPECT_ERROR(request(app, "GET", "/api/articles/nothing", NULL), 404,
                 "there is no article \\\"nothing\\\"");
    EXPECT_ERROR(request(app, "GET", "/api/nothing", NULL), 404, "There is nothing at this URL.");
    EXPECT_ERROR(request(app, "GET", "/api/articles?limit=0", NULL), 422,
                 "limit must be at least 1");
    EXPECT_ERROR(request(app, "POST", "/api/users", "{\"user\":3}"), 422, "user must be an object");
    OSP_EXPECT_INT(request(app, "PATCH", "/api/tags", NULL).status, 405);
    OSP_EXPECT_INT(request(app, "POST", "/api/users", "{").status, 400);
    OSP_EXPECT_IN(request(app, "POST", "/api/users", "{").body, "{\"errors\":{\"body\":[\"");
}

OSP_TEST(tells_long_names, "a name of any length and script is told, as much of it as has room")
{
    char path[sizeof("/api/articles/") + 255 * 9] = "/api/articles/";
    for (int i = 0; i < 255; i++) {
        strcat(path, "%E0%B8%81");
    }
    osp_test_response r = request(app, "GET", path, NULL);
    OSP_EXPECT_INT(r.status, 404);
    OSP_EXPECT_STR(r.media_type, "application/json");
    OSP_EXPECT_IN(r.body, "there is no article \\\"ก");
}

OSP_TEST(tells_all_fields, "every field that is wrong has its sentence")
{
    act_as(app, somebody(app, "ann"));
    osp_test_response r =
        request(app, "POST", "/api/articles",
                "{\"article\":{\"title\":\"\",\"description\":\"d\",\"tagList\":[\"a\",\"\"]}}");
    OSP_EXPECT_INT(r.status, 422);
    OSP_EXPECT_IN(r.body, "\"title must not be empty\"");
    OSP_EXPECT_IN(r.body, "\"body is required\"");
    OSP_EXPECT_IN(r.body, "\"tagList/1 must not be empty\"");
}

OSP_TEST(tells_a_problem, "who likes problem documents better gets one")
{
    osp_test_response r =
        osp_test_request(app, "GET", "/api/articles", .query = { { "limit", "0" } },
                         .headers = { { "Accept", "application/problem+json" } });
    OSP_EXPECT_INT(r.status, 422);
    OSP_EXPECT_STR(r.media_type, "application/problem+json");
    OSP_EXPECT_IN(r.body, "\"in\":\"query\",\"name\":\"limit\"");
}
