/* The tests of the guest book. */
#include <openspeed/openspeed.h>
#include <openspeed/test.h>

OSP_TEST(shows_the_form, "GET / is a page with a form")
{
    osp_test_response r = osp_test_request(app, "GET", "/");
    OSP_EXPECT_INT(r.status, 200);
    OSP_EXPECT_STR(r.media_type, "text/html; charset=utf-8");
    OSP_EXPECT_IN(r.body, "<form method=\"post\"");
}

OSP_TEST(writes, "what the form sends stands in the guest book, as text")
{
    osp_test_response r = osp_test_request(app, "POST", "/",
                                           .form = { { "name", "Ann" }, { "text", "<b>Hi & bye" } });
    OSP_EXPECT_INT(r.status, 303);
    OSP_EXPECT_STR(osp_test_answer_header(&r, "Location"), "/");
    r = osp_test_request(app, "GET", "/");
    OSP_EXPECT_IN(r.body, "<blockquote>&lt;b&gt;Hi &amp; bye\n<footer>Ann</footer>");
}

OSP_TEST(refuses_the_empty, "a form without a text is refused, and writes nothing")
{
    osp_test_response r = osp_test_request(app, "POST", "/", .form = { { "name", "Ann" } });
    OSP_EXPECT_INT(r.status, 422);
    OSP_EXPECT(osp_test_request(app, "GET", "/").body.len < 1000);
}

OSP_TEST(serves_files, "the files of public/ are answered as they are")
{
    osp_test_response r = osp_test_request(app, "GET", "/style.css");
    OSP_EXPECT_INT(r.status, 200);
    OSP_EXPECT_IN(r.media_type, "text/css");
    OSP_EXPECT_INT(osp_test_request(app, "GET", "/about.html").status, 200);
}
