/* Parts of pages, and pages that stream. */
#include <openspeed/mw.h>

#include "tests/unit/demo.h"

/* ---------------------------------------------------------------- parts */

OSP_UNIT_TEST(page_parts, "who shows the layouts around it gets the head and what is within")
{
    osp_demo_begin();
    osp_demo_ask("/blog/first");
    OSP_DEMO_EXPECT("Vary: OpenSpeed-Parts\r\n");
    OSP_CHECK(!osp_demo_says("OpenSpeed-Part: "));
    osp_demo_take_shown(&osp_demo.out);
    osp_demo_ask_with(OSP_METHOD_GET, "/blog/second", 2);
    OSP_DEMO_EXPECT("OpenSpeed-Part: 2\r\n");
    OSP_DEMO_EXPECT("Vary: OpenSpeed-Parts\r\n");
    OSP_CHECK(
        osp_str_starts_with(osp_demo_body(), OSP_STR("<!--osp:head--><title>second</title>")));
    OSP_DEMO_EXPECT("<!--/osp:head--><!--osp:2 ");
    OSP_DEMO_EXPECT("<u>second</u><!--/osp:2-->");
    OSP_CHECK(!osp_demo_says("<main>") &&
              osp_demo.does.root_calls == 1);  /* all run: they may refuse */
    osp_demo_ask_with(OSP_METHOD_GET, "/", 2); /* of another shape, within the same root */
    OSP_DEMO_EXPECT("OpenSpeed-Part: 1\r\n");
    OSP_DEMO_EXPECT("<h1>Home</h1><!--/osp:1-->");
    osp_demo.shown[3] ^= 1;
    osp_demo_ask_with(OSP_METHOD_GET, "/", 2);
    OSP_CHECK(!osp_demo_says("OpenSpeed-Part: ") &&
              osp_str_starts_with(osp_demo_body(), OSP_STR("<html>")));
    osp_demo_ask("/blog/first");
    osp_demo_take_shown(&osp_demo.out);
    osp_demo_ask_with(OSP_METHOD_GET, "/blog/first/unknown", 2);
    OSP_CHECK(osp_demo.ctx.response.status == 404);
    OSP_DEMO_EXPECT("OpenSpeed-Part: 2\r\n");
    OSP_DEMO_EXPECT("<i>no post</i><!--/osp:2-->");
    osp_demo_end();
}

static osp_status adds_policy(osp_ctx *c, osp_next *next)
{
    static const osp_security_headers_options options = {
        .csp = "default-src 'self'; script-src 'nonce-{nonce}'"
    };
    return osp_security_headers(c, next, &options);
}

static const osp_middleware policy = { .call_ = adds_policy,
                                       .name_ = "policy",
                                       .place_ = { "routes/middleware.c", 1 } };
static const osp_middleware *const policies[] = { &policy, NULL };

OSP_UNIT_TEST(page_nonce, "a nonce is another one each time, and the layout is the same")
{
    const char *text = osp_demo_files[OSP_DEMO_ROOT].text;
    osp_demo_files[OSP_DEMO_ROOT].text =
        "<html><head>{{head}}</head><script>1</script>{{outlet}}</html>";
    osp_demo_begin();
    osp_demo_home_leaf.chain = policies;
    osp_demo_ask("/");
    OSP_DEMO_EXPECT("<script nonce=\"");
    osp_demo_take_shown(&osp_demo.out);
    osp_demo_ask_with(OSP_METHOD_GET, "/", 2);
    OSP_DEMO_EXPECT("OpenSpeed-Part: 1\r\n");
    osp_demo_home_leaf.chain = NULL;
    osp_demo_files[OSP_DEMO_ROOT].text = text;
    osp_demo_end();
}

static osp_status has_tag(osp_ctx *c)
{
    OSP_TRY(osp_set_header(c, OSP_STR("Last-Modified"), OSP_STR("Sun, 06 Nov 1994 08:49:37 GMT")));
    return osp_set_header(c, OSP_STR("ETag"), OSP_STR("\"v1\""));
}

OSP_UNIT_TEST(page_tags, "a part has a tag of its own, and a page that is known is not drawn")
{
    osp_demo_begin();
    osp_demo.does.page = has_tag;
    osp_demo_ask("/blog/first");
    OSP_DEMO_EXPECT("ETag: \"v1\"\r\n");
    osp_demo_take_shown(&osp_demo.out);
    osp_demo_ask_with(OSP_METHOD_GET, "/blog/first", 2);
    OSP_DEMO_EXPECT("ETag: \"v1/2\"\r\n");
    OSP_CHECK(!osp_demo_says("Last-Modified"));
    osp_demo.headers[1] = (osp_header_field){ OSP_STR("If-None-Match"), OSP_STR("\"v1\"") };
    osp_arena_reset(&osp_demo.arena);
    osp_ctx_init(&osp_demo.ctx, &osp_demo_app, &osp_demo.arena);
    osp_demo.ctx.task.services = osp_demo.services;
    osp_demo.ctx.request.method = OSP_METHOD_GET;
    osp_demo.ctx.request.target = OSP_STR("/blog/first");
    osp_demo.ctx.request.headers = osp_demo.headers;
    osp_demo.ctx.request.header_count = 2;
    osp_demo.ctx.request.conditional = true;
    osp_app_handle(&osp_demo.ctx);
    OSP_CHECK(osp_demo.ctx.response.status == 304);
    osp_demo_end();
}

OSP_UNIT_TEST(page_shown_header, "what a client shows is read up to what is no hash")
{
    static const struct {
        const char *header;
        uint32_t count;
    } cases[] = {
        { "", 0 },
        { "0123456789abcdef", 1 },
        { " 0123456789abcdef ,\tfedcba9876543210", 2 },
        { "0123456789abcdef,,0123456789abcdef", 1 },
        { "0123456789abcde", 0 },
        { "0123456789abcdeff", 0 },
        { "0123456789ABCDEF", 0 },
        { "0000000000000000,----------------", 1 },
    };
    osp_page_shown read;
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_page_shown_read(osp_str_from(cases[i].header), &read);
        OSP_CHECK(read.count == cases[i].count);
    }
    char many[(OSP_PAGE_LAYOUTS_MAX + 1) * 17];
    for (size_t i = 0; i <= OSP_PAGE_LAYOUTS_MAX; i++) {
        memcpy(many + 17 * i, "0123456789abcdef,", 17);
    }
    osp_page_shown_read((osp_str){ many, 17 * OSP_PAGE_LAYOUTS_MAX - 1 }, &read);
    OSP_CHECK(read.count == OSP_PAGE_LAYOUTS_MAX);
    osp_page_shown_read((osp_str){ many, sizeof many - 1 }, &read);
    OSP_CHECK(read.count == OSP_PAGE_LAYOUTS_MAX);
}

/* ---------------------------------------------------------------- streams */

/* What a front door would have sent: parts, with a bar at each flush. */
static osp_buf sent;

static osp_status door_begin(osp_ctx *c)
{
    (void)c;
    osp_buf_str(&sent, OSP_STR("HEAD|"));
    return OSP_OK;
}

static osp_status door_write(osp_ctx *c, osp_str part)
{
    (void)c;
    osp_buf_str(&sent, part);
    return OSP_OK;
}

static osp_status door_flush(osp_ctx *c)
{
    (void)c;
    osp_buf_byte(&sent, '|');
    return OSP_OK;
}

static bool door_withdraw(osp_ctx *c)
{
    (void)c;
    return false;
}

static void door_origin(const osp_ctx *c, osp_origin *ret_origin)
{
    (void)c;
    *ret_origin = (osp_origin){ .tls = false };
}

static void door_name(const osp_ctx *c, char text[OSP_REQUEST_NAME_LEN])
{
    (void)c;
    memset(text, 'n', OSP_REQUEST_NAME_LEN);
}

static char logged[256];

static void door_log(osp_ctx *c, const osp_place *here, osp_log_level level, const char *format,
                     va_list args)
{
    (void)c;
    (void)here;
    (void)level;
    vsnprintf(logged, sizeof logged, format, args);
}

static const osp_door recorder = { .begin = door_begin,
                                   .write = door_write,
                                   .flush = door_flush,
                                   .withdraw = door_withdraw,
                                   .origin = door_origin,
                                   .name = door_name,
                                   .log = door_log };

static bool sends(const char *text)
{
    if (memmem(sent.ptr, sent.len, text, strlen(text)) == NULL) {
        fprintf(stderr, "no %s in\n%.*s\n", text, (int)sent.len, sent.ptr);
        return false;
    }
    return true;
}

static osp_route streaming_load;
static const char *post_text;

static void begin_stream(void)
{
    streaming_load = osp_demo_page_load;
    streaming_load.streams = true;
    osp_demo_post_part.load = &streaming_load;
    osp_demo_post_part.loading = &osp_demo_files[OSP_DEMO_LOADING];
    post_text = osp_demo_files[OSP_DEMO_POST].text;
    osp_demo_files[OSP_DEMO_POST].text =
        "{{#head}}<title>Post</title>{{/head}}<p>{{text}}{{> sign by=title}}";
    osp_demo_post_leaf.by_method[OSP_METHOD_GET] = &streaming_load;
    osp_demo_begin();
    osp_buf_init(&sent, NULL, 0, 4 * (size_t)OSP_PAGE_SIZE_MAX);
    osp_demo.door = &recorder;
}

static void ask_stream(osp_method method, uint32_t header_count)
{
    sent.len = 0;
    logged[0] = 0;
    osp_demo_ask_with(method, "/blog/first", header_count);
}

static void end_stream(void)
{
    osp_demo.door = NULL;
    osp_demo_post_part.load = &osp_demo_page_load;
    osp_demo_post_part.loading = NULL;
    osp_demo_files[OSP_DEMO_POST].text = post_text;
    osp_demo_post_leaf.by_method[OSP_METHOD_GET] = &osp_demo_page_load;
    osp_buf_done(&sent);
    osp_demo_end();
}

OSP_UNIT_TEST(page_streams, "what is around a slow page is sent first, and the page in its place")
{
    begin_stream();
    ask_stream(OSP_METHOD_GET, 1);
    OSP_CHECK(osp_demo.ctx.response.status == 200 && osp_demo.ctx.flow->begun);
    OSP_CHECK(sends("HEAD|<html>"));
    OSP_CHECK(sends("<div slot=\"loading\"><s>wait</s></div>|<div slot=\"part\"><p>a &amp; b"));
    OSP_CHECK(sends("<u>first</u></div></div><!--/osp:2--></main>"));
    OSP_CHECK(sends("<footer></html>"));
    ask_stream(OSP_METHOD_HEAD, 1);
    OSP_CHECK_STR(((osp_str){ sent.ptr, sent.len }), OSP_STR("HEAD|"));
    OSP_CHECK(osp_demo.does.page_calls == 0);
    osp_demo.does.root = osp_demo_403;
    ask_stream(OSP_METHOD_GET, 1); /* before the first byte all is as it was */
    OSP_CHECK(osp_demo.ctx.response.status == 403 && sent.len == 0);
    end_stream();
}

OSP_UNIT_TEST(page_stream_fails, "what fails behind the first byte says so in its place")
{
    begin_stream();
    osp_demo.does.page = osp_demo_404;
    ask_stream(OSP_METHOD_GET, 1);
    OSP_CHECK(osp_demo.ctx.response.status == 200 && !osp_demo.ctx.failed &&
              osp_demo.ctx.task.error.status == OSP_OK);
    OSP_CHECK(sends("|<div slot=\"part\"><i>no post</i></div></div>") && sends("</html>"));
    OSP_CHECK(logged[0] == 0);
    osp_demo.does.page = osp_demo_io;
    ask_stream(OSP_METHOD_GET, 1);
    OSP_CHECK(sends("<b>500 The server failed to answer this request.</b></div>"));
    OSP_CHECK(strstr(logged, "load_page") != NULL);
    osp_demo.does.page = osp_demo_redirect;
    ask_stream(OSP_METHOD_GET, 1);
    OSP_CHECK(sends("<b>500 ") && strstr(logged, "when the page had begun") != NULL);
    end_stream();
}

OSP_UNIT_TEST(page_stream_part, "a part can stream as well")
{
    begin_stream();
    ask_stream(OSP_METHOD_GET, 1);
    osp_demo_take_shown(&sent);
    ask_stream(OSP_METHOD_GET, 2);
    OSP_CHECK(sends("HEAD|<!--osp:head--><title>Post</title>"));
    OSP_CHECK(sends("<u>first</u></div></div><!--/osp:2-->") && !osp_demo_says("</main>"));
    end_stream();
}

OSP_UNIT_TEST(page_stream_size, "what is put together before it is sent has a limit")
{
    begin_stream();
    char *text = malloc(OSP_PAGE_SIZE_MAX);
    OSP_CHECK(text != NULL);
    memset(text, 'x', OSP_PAGE_SIZE_MAX);
    osp_demo.does.text = (osp_str){ text, 1 };
    ask_stream(OSP_METHOD_GET, 1);
    const char *begin = memmem(sent.ptr, sent.len, "<div slot=\"part\">", 17);
    const char *end = memmem(begin, 200, "</div>", 6);
    const size_t around = (size_t)(end + 6 - begin) - 1;
    osp_demo.does.text.len = OSP_PAGE_SIZE_MAX - around;
    ask_stream(OSP_METHOD_GET, 1);
    OSP_CHECK(osp_demo.ctx.task.error.status == OSP_OK && sends("</html>"));
    osp_demo.does.text.len++;
    ask_stream(OSP_METHOD_GET, 1);
    OSP_CHECK(osp_demo.ctx.task.error.status == OSP_E_LIMIT);
    free(text);
    osp_demo.does.text.len = 0;
    end_stream();
}
