/* Pages through the dispatch, without a socket: what a browser reads. */
#include "tests/unit/demo.h"

OSP_UNIT_TEST(page_layout, "a page stands in its layout, with what both are filled by")
{
    osp_demo_begin();
    osp_demo_ask("/");
    OSP_CHECK(osp_demo.ctx.response.status == 200);
    OSP_DEMO_EXPECT("Content-Type: text/html; charset=utf-8\r\n");
    OSP_DEMO_EXPECT("<nav>&lt;Site&gt;</nav>");
    OSP_DEMO_EXPECT("<h1>Home</h1>");
    OSP_DEMO_EXPECT("<title>Site</title>");
    OSP_CHECK(osp_demo_says("<!--osp:1 ") && osp_demo_says("<!--/osp:1--><footer>"));
    osp_demo_end();
}

OSP_UNIT_TEST(page_nested, "layouts nest, slots are filled, and the inner title wins")
{
    osp_demo_begin();
    osp_demo_ask("/blog/first");
    OSP_CHECK(osp_demo.ctx.response.status == 200);
    OSP_DEMO_EXPECT("<!--osp:head--><title>first</title>\n<meta name=\"a\" "
                    "content=\"root\">\n<!--/osp:head-->");
    OSP_DEMO_EXPECT("<p>a &amp; b<u>first</u>");
    OSP_DEMO_EXPECT("<aside>slot</aside>");
    const char *main = memmem(osp_demo.out.ptr, osp_demo.out.len, "<main>", 6);
    OSP_CHECK(main != NULL && memmem(main, 60, "<!--osp:2 ", 10) != NULL);
    osp_demo_end();
}

OSP_UNIT_TEST(page_not_found, "what there is not is shown nearest to what there is, with 404")
{
    osp_demo_begin();
    osp_demo_ask("/nothing/here");
    OSP_CHECK(osp_demo.ctx.response.status == 404);
    OSP_DEMO_EXPECT("<nav>&lt;Site&gt;</nav>");
    OSP_DEMO_EXPECT("<b>no /nothing/here</b>");
    osp_demo_ask("/blog/first/comments");
    OSP_CHECK(osp_demo.ctx.response.status == 404);
    OSP_CHECK(osp_str_starts_with(osp_demo_body(), OSP_STR("<html>")));
    OSP_DEMO_EXPECT("<i>no post</i>");
    OSP_DEMO_EXPECT("<aside>slot</aside>");
    osp_demo_ask_with(OSP_METHOD_GET, "/nothing", 0);
    OSP_CHECK(osp_demo.ctx.response.status == 404);
    OSP_DEMO_EXPECT("application/problem+json");
    osp_demo_end();
}

OSP_UNIT_TEST(page_load_fails,
              "what a load refuses is shown by the nearest template, with its status")
{
    osp_demo_begin();
    osp_demo.does.page = osp_demo_404;
    osp_demo_ask("/blog/first");
    OSP_CHECK(osp_demo.ctx.response.status == 404);
    OSP_DEMO_EXPECT("<i>no post</i>");
    OSP_DEMO_EXPECT("<main>");
    OSP_DEMO_EXPECT("<aside>slot</aside>");
    OSP_CHECK(osp_demo.does.root_calls == 1 &&
              osp_demo.does.slot_calls == 1); /* nothing is loaded twice */
    osp_demo.does.page = osp_demo_403;
    osp_demo_ask("/blog/first");
    OSP_CHECK(osp_demo.ctx.response.status == 403);
    OSP_DEMO_EXPECT("<b>403 &lt;not&gt; yours</b>");
    OSP_DEMO_EXPECT("<title>Forbidden</title>");
    OSP_CHECK(!osp_demo_says("<main>") && osp_demo.does.root_calls == 1);
    osp_demo.does.page = osp_demo_io;
    osp_demo_ask("/blog/first");
    OSP_CHECK(osp_demo.ctx.response.status == 500 && osp_demo.ctx.task.error.status == OSP_E_IO);
    OSP_DEMO_EXPECT("<b>500 The server failed to answer this request.</b>");
    osp_demo.does.page = NULL;
    osp_demo_ask("/blog/%ff"); /* the input does not fit */
    OSP_CHECK(osp_demo.ctx.response.status == 422 || osp_demo.ctx.response.status == 400);
    OSP_DEMO_EXPECT("</nav>");
    OSP_DEMO_EXPECT("<b>4");
    osp_demo_end();
}

OSP_UNIT_TEST(page_layout_refuses, "what a layout says goes before what the page says")
{
    osp_demo_begin();
    osp_demo.does.page = osp_demo_404;
    osp_demo.does.root = osp_demo_redirect;
    osp_demo_ask("/blog/first");
    OSP_CHECK(osp_demo.ctx.response.status == 303 && osp_demo.does.page_calls == 0);
    OSP_DEMO_EXPECT("Location: /login\r\n");
    OSP_CHECK(!osp_demo_says("<html>"));
    osp_demo.does.root = osp_demo_403;
    osp_demo_ask("/blog/first");
    OSP_CHECK(osp_demo.ctx.response.status == 403);
    OSP_DEMO_EXPECT(
        "<h1>403 Forbidden</h1>"); /* nothing of the application stands outside of its root */
    osp_demo_ask(
        "/blog/first/unknown"); /* also where there is nothing: who may not see it learns nothing */
    OSP_CHECK(osp_demo.ctx.response.status == 403);
    osp_demo.does.root = osp_demo_redirect;
    osp_demo_ask("/blog/first/unknown");
    OSP_CHECK(osp_demo.ctx.response.status == 303 && !osp_demo.ctx.failed);
    osp_demo_end();
}

static osp_status greet(osp_ctx *ctx)
{
    return osp_text(ctx, OSP_STR("Come in"));
}

OSP_UNIT_TEST(page_own_url, "what a page can name of its URL leads to this host")
{
    static const struct {
        const char *target, *says;
    } rows[] = {
        { "/b.example?a=b", "<a href=\"/b.example?a=b\"></a><a href=\"/b.example\"></a>" },
        { "//b.example?a=b", "<a href=\"/b.example?a=b\"></a><a href=\"/b.example\"></a>" },
        { "///b.example", "<a href=\"/b.example\"></a><a href=\"/b.example\"></a>" },
        { "http://c.example//b.example?a",
          "<a href=\"/b.example?a\"></a><a href=\"/b.example\"></a>" },
        { "http://c.example/b", "<a href=\"/b\"></a><a href=\"/b\"></a>" },
        { "//b.example/%zz", "<a href=\"/b.example/%25zz\"></a><a href=\"\"></a>" },
        { "/\\b.example", "<a href=\"/%5Cb.example\"></a><a href=\"\"></a>" },
        { "/%5cb.example", "<a href=\"/%5cb.example\"></a><a href=\"/%5Cb.example\"></a>" },
    };
    osp_demo_files[OSP_DEMO_MISSING].text = osp_demo_files[OSP_DEMO_FAILED].text =
        "<a href=\"{{page.url}}\"></a><a href=\"{{page.path}}\"></a>";
    osp_demo_begin();
    for (size_t i = 0; i < OSP_ARRAY_LEN(rows); i++) {
        osp_demo_ask(rows[i].target);
        OSP_DEMO_EXPECT(rows[i].says);
    }
    osp_demo_end();
}

OSP_UNIT_TEST(page_layout_answers, "what a layout answers with stands in place of a failure, too")
{
    static const char *const targets[] = { "/blog/first", "/blog/first/unknown", "/nothing" };
    osp_demo_begin();
    osp_demo.does.root = greet;
    for (size_t i = 0; i < OSP_ARRAY_LEN(targets); i++) {
        osp_demo_ask(targets[i]);
        OSP_CHECK(osp_demo.ctx.response.status == 200);
        OSP_CHECK_STR(osp_demo_body(), OSP_STR("Come in"));
    }
    osp_demo_end();
}

OSP_UNIT_TEST(page_slot_fails, "a slot fails the page, unless it shows its failure by itself")
{
    osp_demo_begin();
    osp_demo.does.slot = osp_demo_403;
    osp_demo_ask("/blog/first");
    OSP_CHECK(osp_demo.ctx.response.status == 403);
    OSP_DEMO_EXPECT("<b>403 ");
    osp_demo.does.page = osp_demo_404; /* which would be shown with the slot beside it */
    osp_demo_ask("/blog/first");
    OSP_CHECK(osp_demo.ctx.response.status == 404);
    OSP_CHECK(!osp_demo_says("<aside>"));
    osp_demo.does.page = NULL;
    osp_demo_end();
    osp_demo_files[OSP_DEMO_ASIDE].text =
        "{{#head}}<meta name=\"s\" content=\"{{site}}\"><link rel=\"s\" href=\"/s\">{{/head}}";
    osp_demo_aside_part.error.depth = OSP_PAGE_IN_PLACE;
    osp_demo_begin();
    osp_demo_ask("/blog/first");
    OSP_CHECK(osp_demo.ctx.response.status == 200);
    OSP_DEMO_EXPECT("<p>a &amp; b");
    OSP_DEMO_EXPECT("<b>403 &lt;not&gt; yours</b>");
    OSP_CHECK(!osp_demo_says("name=\"s\"")); /* nor what its head would name */
    osp_demo_aside_part.error.depth = 1;
    osp_demo_aside_part.not_found =
        (osp_page_failure){ &osp_demo_files[OSP_DEMO_BLOG_MISSING], OSP_PAGE_IN_PLACE };
    osp_demo.does.slot = osp_demo_404; /* it has a not-found.html alone */
    osp_demo_ask("/blog/first");
    OSP_CHECK(osp_demo.ctx.response.status == 200);
    OSP_DEMO_EXPECT("<i>no post</i>");
    osp_demo.does.slot = osp_demo_403;
    osp_demo_ask("/blog/first");
    OSP_CHECK(osp_demo.ctx.response.status == 403);
    osp_demo_aside_part.not_found.html = NULL;
    osp_demo_aside_part.not_found.depth = 0;
    osp_demo_aside_part.error.depth =
        3; /* none: then it is the page's, which leaves the slot out */
    osp_demo_aside_part.error.html = NULL;
    osp_demo_ask("/blog/first");
    OSP_CHECK(osp_demo.ctx.response.status == 403);
    osp_demo_aside_part.error.html = &osp_demo_files[OSP_DEMO_FAILED];
    osp_demo_aside_part.error.depth = 1;
    osp_demo_end();
}

OSP_UNIT_TEST(page_methods, "HEAD and OPTIONS are answered, other methods refused by a page")
{
    osp_demo_begin();
    osp_demo_ask_with(OSP_METHOD_OPTIONS, "/blog/first", 1);
    OSP_CHECK(osp_demo.ctx.response.status == 204);
    OSP_DEMO_EXPECT("Allow: GET, HEAD, OPTIONS\r\n");
    osp_demo_ask_with(OSP_METHOD_HEAD, "/blog/first", 1);
    OSP_CHECK(osp_demo.ctx.response.status == 200 && osp_demo.does.page_calls == 1);
    osp_demo_ask_with(OSP_METHOD_PUT, "/blog/first", 1);
    OSP_CHECK(osp_demo.ctx.response.status == 405);
    OSP_DEMO_EXPECT("Allow: GET, HEAD, OPTIONS\r\n");
    OSP_DEMO_EXPECT("<b>405 ");
    osp_demo_end();
}

OSP_UNIT_TEST(page_prefix, "layouts around what is not found read the parameters of the URL so far")
{
    osp_demo_begin();
    osp_demo_ask("/user/ann/posts");
    OSP_CHECK(osp_demo.ctx.response.status == 200);
    OSP_DEMO_EXPECT("<h2>ann</h2>");
    osp_demo_ask("/user/ann/nothing");
    OSP_CHECK(osp_demo.ctx.response.status == 404 && osp_demo.ctx.match.leaf == NULL);
    OSP_DEMO_EXPECT("<h2>ann</h2><!--osp:2 ");
    OSP_DEMO_EXPECT("<b>no /user/ann/nothing</b>");
    osp_demo_ask("/user");
    OSP_CHECK(osp_demo.ctx.response.status == 404 && !osp_demo_says("<h2>"));
    OSP_DEMO_EXPECT("<b>no /user</b>");
    osp_demo_end();
}

OSP_UNIT_TEST(page_whole, "an application may have pages asked for as a whole alone")
{
    static const osp_app_info info = { .whole_pages = true };
    osp_demo_app.info = &info;
    osp_demo_begin();
    osp_demo_ask("/blog/first");
    OSP_CHECK(!osp_demo_says("osp:") && !osp_demo_says("Vary") && !osp_demo_says("<script"));
    OSP_DEMO_EXPECT("<title>first</title>");
    osp_demo_app.info = NULL;
    osp_demo_end();
}

/* ---------------------------------------------------------------- forms */

static void send_form(const char *body_text, const char *cookie)
{
    osp_arena_reset(&osp_demo.arena);
    osp_ctx_init(&osp_demo.ctx, &osp_demo_app, &osp_demo.arena);
    osp_demo.headers[0] = (osp_header_field){ OSP_STR("Accept"), OSP_STR("text/html") };
    osp_demo.headers[1] =
        (osp_header_field){ OSP_STR("Content-Type"), OSP_STR("application/x-www-form-urlencoded") };
    osp_demo.headers[2] = (osp_header_field){ OSP_STR("Cookie"), osp_str_from(cookie) };
    osp_demo.headers[3] = (osp_header_field){ OSP_STR("Sec-Fetch-Site"), OSP_STR("same-origin") };
    osp_demo.ctx.task.services = osp_demo.services;
    osp_demo.ctx.request.method = OSP_METHOD_POST;
    osp_demo.ctx.request.target = OSP_STR("/user/ann/posts");
    osp_demo.ctx.request.headers = osp_demo.headers;
    osp_demo.ctx.request.header_count = 4;
    osp_demo.ctx.request.has_body = true;
    osp_demo.ctx.request.body = osp_str_from(body_text);
    osp_app_handle(&osp_demo.ctx);
    osp_demo.out.len = 0;
    OSP_CHECK(osp_reply_write_h1(&osp_demo.ctx.response, &(osp_reply_options){ 0 },
                                 &osp_demo.out) == OSP_OK);
}

#define TOKEN "AAAAAAAAAAAAAAAAAAAAAA"

OSP_UNIT_TEST(page_form, "what an action refuses is shown by its page, with what was typed")
{
    osp_demo_begin();
    osp_demo_ask("/user/ann/posts");
    OSP_DEMO_EXPECT("<form method=\"post\"><input type=\"hidden\" name=\"_csrf\" value=\"");
    OSP_DEMO_EXPECT("Set-Cookie: osp-form=");
    send_form("_csrf=" TOKEN "&text=%3Cx", "osp-form=" TOKEN);
    OSP_CHECK(osp_demo.ctx.response.status == 422);
    OSP_DEMO_EXPECT("<h2>ann</h2>");
    OSP_DEMO_EXPECT("value=\"&lt;x\">");
    OSP_DEMO_EXPECT("at least 3 characters");
    send_form("_csrf=" TOKEN "&text=abc", "osp-form=" TOKEN);
    OSP_CHECK(osp_demo.ctx.response.status == 303);
    OSP_DEMO_EXPECT("Location: /user/ann/posts\r\n");
    OSP_DEMO_EXPECT("Set-Cookie: osp-flash=done");
    send_form("_csrf=" TOKEN "&text=abc", "");
    OSP_CHECK(osp_demo.ctx.response.status == 403);
    OSP_DEMO_EXPECT("value=\"abc\">");
    osp_demo_end();
}

/* ---------------------------------------------------------------- middleware */

static osp_status refuses(osp_ctx *c, osp_next *next)
{
    (void)next;
    return osp_fail(c, 403, "the guard refuses");
}

static const osp_middleware guard = { .call_ = refuses,
                                      .name_ = "refuses",
                                      .place_ = { "/somewhere/routes/blog/middleware.c", 3 } };
static const osp_middleware *const guards[] = { &guard, NULL };

OSP_UNIT_TEST(page_guarded, "what a guard keeps out is not loaded to say so")
{
    osp_demo_begin();
    osp_demo_post_leaf.chain = guards;
    osp_demo_ask("/blog/first");
    OSP_CHECK(osp_demo.ctx.response.status == 403);
    OSP_DEMO_EXPECT(
        "<b>403 the guard refuses</b>"); /* within the root layout, whose folder is further out */
    OSP_CHECK(osp_demo.does.root_calls == 1 && osp_demo.does.slot_calls == 0 &&
              osp_demo.does.page_calls == 0);
    osp_demo_end();
    osp_demo_begin(); /* what is open where no route answers is found when templates are compiled */
    osp_demo_ask("/blog/first/unknown");
    OSP_CHECK(osp_demo.ctx.response.status == 404 && osp_demo.does.slot_calls == 0);
    OSP_CHECK(!osp_demo_says("<i>no post</i>"));
    OSP_DEMO_EXPECT("<b>404 There is nothing at this URL.</b>");
    osp_demo_post_leaf.chain = NULL;
    osp_demo_end();
}
