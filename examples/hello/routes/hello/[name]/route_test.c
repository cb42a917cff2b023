/* The tests of GET /hello/[name]. */
#include <openspeed/openspeed.h>
#include <openspeed/test.h>

typedef struct Greeting {
    osp_str message;
    int32_t times;
} Greeting;
OSP_TYPE(Greeting, FIELD(message), FIELD(times));

OSP_TEST(greets, "GET /hello/[name] greets by name, as often as asked")
{
    osp_test_response r = osp_test_request(app, "GET", "/hello/Ada", .query = { { "times", "2" } });
    OSP_EXPECT_INT(r.status, 200);
    Greeting got;
    OSP_EXPECT(osp_test_decode(app, &r, Greeting, &got));
    OSP_EXPECT_STR(got.message, "Hello, Ada");
    OSP_EXPECT_INT(got.times, 2);
}

OSP_TEST(names_what_is_wrong, "a number out of range is answered 422, which names it")
{
    osp_test_response r = osp_test_request(app, "GET", "/hello/Ada?times=99");
    OSP_EXPECT_INT(r.status, 422);
    OSP_EXPECT_STR(r.media_type, "application/problem+json");
    OSP_EXPECT_IN(r.body, "\"name\":\"times\"");
}
