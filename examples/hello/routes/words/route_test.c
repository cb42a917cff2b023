#include <openspeed/openspeed.h>
#include <openspeed/test.h>

OSP_TEST(words, "GET /words takes a text apart")
{
    OSP_EXPECT_STR(osp_test_request(app, "GET", "/words", .query = { { "text", "hello you" } }).body,
                   "{\"message\":\"hello yourself\",\"words\":[{\"text\":\"hello\",\"bytes\":5},"
                   "{\"text\":\"you\",\"bytes\":3}]}");
    OSP_EXPECT_IN(osp_test_request(app, "GET", "/words", .query = { { "text", "  a b" } }).body,
                  "it begins with \\\"a\\\"");
    OSP_EXPECT_INT(osp_test_request(app, "GET", "/words", .query = { { "text", "  " } }).status, 422);
    OSP_EXPECT_INT(osp_test_request(app, "GET", "/words").status, 422);
}
