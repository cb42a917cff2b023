/* The tests of the guest book. */
#include <openspeed/openspeed.h>
#include <openspeed/test.h>

static osp_test_response write_entry(osp_test *app, const char *name, const char *text)
{
    return osp_test_request(app, "POST", "/", .from_page = true,
                            .form = { { "name", name }, { "text", text } });
}

OSP_TEST(shows_the_form, "GET / is a page with a form")
{
    osp_test_response r = osp_test_request(app, "GET", "/");
    OSP_EXPECT_INT(r.status, 200);
    OSP_EXPECT_STR(r.media_type, "text/html; charset=utf-8");
    OSP_EXPECT_IN(r.body, "<form method=\"post\"");
    OSP_EXPECT_IN(r.body, "Nobody has written anything yet.");
}

OSP_TEST(writes, "what the form sends stands in the guest book, as text")
{
    osp_test_response r = write_entry(app, "Ann", "<b>Hi & bye");
    OSP_EXPECT_INT(r.status, 303);
    OSP_EXPECT_INT(osp_test_request(app, "GET", "/").status, 200);
    OSP_EXPECT_IN(osp_test_request(app, "GET", "/").body, "<p>&lt;b&gt;Hi &amp; bye</p>\n<footer>Ann</footer>");
}

OSP_TEST(refuses_the_empty, "a form without a text is shown again, with what was typed")
{
    osp_test_response r = write_entry(app, "Ann", "");
    OSP_EXPECT_INT(r.status, 422);
    OSP_EXPECT_IN(r.body, "value=\"Ann\"");
    OSP_EXPECT_IN(r.body, "id=\"text-error\"");
    OSP_EXPECT_IN(osp_test_request(app, "GET", "/").body, "Nobody has written anything yet.");
}

OSP_TEST(refuses_others, "a form of another site writes nothing")
{
    osp_test_response r = osp_test_request(app, "POST", "/", .form = { { "name", "Ann" }, { "text", "x" } });
    OSP_EXPECT_INT(r.status, 403);
}

OSP_TEST(says_what_is_not_there, "a URL that there is not is a page with that status")
{
    osp_test_response r = osp_test_request(app, "GET", "/nothing", .headers = { { "Accept", "text/html" } });
    OSP_EXPECT_INT(r.status, 404);
    OSP_EXPECT_IN(r.body, "<h1>Not found</h1>");
}

OSP_TEST(serves_files, "the files of public/ are answered as they are")
{
    osp_test_response r = osp_test_request(app, "GET", "/style.css");
    OSP_EXPECT_INT(r.status, 200);
    OSP_EXPECT_IN(r.media_type, "text/css");
}
