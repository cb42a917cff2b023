#include <openspeed/openspeed.h>
#include <openspeed/test.h>

OSP_TEST(condition, "a condition that does not hold")
{
    osp_test_response r = osp_test_request(app, "GET", "/", .query = { { "what", "fail" } });
    OSP_EXPECT(r.status == 200);
    OSP_FAIL("it went on");
}
OSP_TEST(number, "a number")
{
    OSP_EXPECT_INT(1 + 1, 3);
}
OSP_TEST(text, "a text")
{
    const char *text = "a\nb";
    OSP_EXPECT_STR(text, S("c"));
}
OSP_TEST(part, "a part of a text")
{
    OSP_EXPECT_IN(S("abc"), "d");
}
OSP_TEST(arena, "a byte behind memory of a request")
{
    (void)osp_test_request(app, "GET", "/?what=arena");
}
OSP_TEST(null, "a null pointer")
{
    (void)osp_test_request(app, "GET", "/?what=null");
}
OSP_TEST(leak, "memory that nobody has")
{
    (void)osp_test_request(app, "GET", "/?what=leak");
}
OSP_TEST(hang, "a test without an end")
{
    (void)osp_test_request(app, "GET", "/?what=hang");
}
OSP_TEST(leaves, "a handler that ends the process")
{
    (void)osp_test_request(app, "GET", "/?what=exit");
}
OSP_TEST(context, "what fails in the context of a test")
{
    (void)osp_fail(osp_test_ctx(app), 404, "nothing");
}
OSP_TEST(line_end, "a header that would be two")
{
    (void)osp_test_request(app, "GET", "/", .headers = { { "A", "b\r\nC: d" } });
}
OSP_TEST(passes, "one that passes")
{
    OSP_EXPECT_INT(osp_test_request(app, "GET", "/nowhere").status, 404);
}
