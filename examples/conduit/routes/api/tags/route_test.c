/* GET /api/tags */
#include "tests/people.h"

OSP_TEST(tags_in_use, "tags are listed by how often they are used, and no longer than that")
{
    act_as(app, somebody(app, "ann"));
    OSP_EXPECT_STR(request(app, "GET", "/api/tags", NULL).body, "{\"tags\":[]}");
    write(app, "One", "[\"b\",\"ภาษาไทย\"]");
    write(app, "Two", "[\"ภาษาไทย\",\"a\"]");
    OSP_EXPECT_STR(request(app, "GET", "/api/tags", NULL).body,
                   "{\"tags\":[\"ภาษาไทย\",\"a\",\"b\"]}");
    OSP_EXPECT_INT(request(app, "DELETE", "/api/articles/two", NULL).status, 204);
    OSP_EXPECT_STR(request(app, "GET", "/api/tags", NULL).body, "{\"tags\":[\"b\",\"ภาษาไทย\"]}");
}
