/* Pages through the dispatch, without a socket: what a browser reads. */
#include <openspeed/mw.h>

#include "app/page.h"
#include "tests/unit/fault.h"
#include "tests/unit/unit.h"

/* ---------------------------------------------------------------- what fills the pages */

typedef struct RootView {
    osp_str site;
} RootView;
OSP_TYPE(RootView, FIELD(site));

typedef struct BlogIn {
    osp_str slug;
} BlogIn;
OSP_TYPE(BlogIn, PATH(slug));
typedef struct BlogView {
    osp_str title, text;
} BlogView;
OSP_TYPE(BlogView, FIELD(title), FIELD(text));

/* What the loads of a test do. */
static struct {
    osp_status (*root)(osp_ctx *ctx);
    osp_status (*page)(osp_ctx *ctx);
    osp_status (*slot)(osp_ctx *ctx);
    unsigned root_calls, page_calls, slot_calls;
} does;

static osp_status load_root(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    ((RootView *)out)->site = OSP_STR("<Site>");
    does.root_calls++;
    return does.root != NULL ? does.root(ctx) : OSP_OK;
}

static osp_status load_page(osp_ctx *ctx, const void *in, void *out)
{
    const BlogIn *blog = in;
    *(BlogView *)out = (BlogView){ blog->slug, OSP_STR("a & b") };
    does.page_calls++;
    return does.page != NULL ? does.page(ctx) : OSP_OK;
}

static osp_status load_slot(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    ((RootView *)out)->site = OSP_STR("slot");
    does.slot_calls++;
    return does.slot != NULL ? does.slot(ctx) : OSP_OK;
}

#define LOAD(fn, In, View)                                                                         \
    {                                                                                              \
        .in_ = &osp_type_##In, .out_ = &osp_type_##View, .call_ = osp_page_show_, .fills_ = fn,    \
        .handler_ = #fn, .file_ = "page_test.c", .line_ = 1, .method_ = OSP_METHOD_GET,            \
        .view_ = true                                                                              \
    }

static const osp_route root_load = LOAD(load_root, void, RootView);
static const osp_route page_load = LOAD(load_page, BlogIn, BlogView);
static const osp_route slot_load = LOAD(load_slot, void, RootView);

/* ---------------------------------------------------------------- the application */

enum { ROOT, BLOG, HOME, POST, ASIDE, FAILED, MISSING, BLOG_MISSING, PARTIAL, TEMPLATES };

static osp_template_file files[TEMPLATES] = {
    [ROOT] = { .file = "routes/layout.html",
               .text = "<html><head>{{head}}</head><nav>{{site}}</nav>{{outlet}}<footer></html>"
                       "{{#head}}<title>Site</title><meta name=\"a\" content=\"root\">{{/head}}" },
    [BLOG] = { .file = "routes/blog/layout.html",
               .text = "<main>{{outlet}}</main>{{outlet @aside}}" },
    [HOME] = { .file = "routes/page.html", .text = "<h1>Home</h1>" },
    [POST] = { .file = "routes/blog/[slug]/page.html",
               .text = "{{#head}}<title>{{title}}</title>{{/head}}<p>{{text}}{{> sign by=title}}" },
    [ASIDE] = { .file = "routes/blog/@aside/default.html", .text = "<aside>{{site}}</aside>" },
    [FAILED] = { .file = "routes/error.html",
                 .text = "{{#head}}<title>{{title}}</title>{{/head}}<b>{{status}} {{detail}}</b>" },
    [MISSING] = { .file = "routes/not-found.html", .text = "<b>no {{page.path}}</b>" },
    [BLOG_MISSING] = { .file = "routes/blog/not-found.html", .text = "<i>no post</i>" },
    [PARTIAL] = { .file = "routes/_sign.html", .text = "<u>{{by}}</u>" },
};
static const osp_template_file *templates[TEMPLATES];

static osp_page_part root_part = { .html = &files[ROOT], .load = &root_load };
static osp_page_part blog_part = { .html = &files[BLOG], .error = { &files[FAILED], 1 } };
static osp_page_part home_part = { .html = &files[HOME], .error = { &files[FAILED], 1 } };
static osp_page_part post_part = { .html = &files[POST],
                                   .load = &page_load,
                                   .error = { &files[FAILED], 1 },
                                   .not_found = { &files[BLOG_MISSING], 2 } };
static osp_page_part aside_part = { .html = &files[ASIDE],
                                    .load = &slot_load,
                                    .error = { &files[FAILED], 1 } };
static osp_page_part failed_part = { .html = &files[FAILED] };
static osp_page_part missing_part = { .html = &files[MISSING] };
static osp_page_part blog_missing_part = { .html = &files[BLOG_MISSING] };

static const osp_page_slot slots[] = { { 1, "aside", &aside_part } };
static const osp_page_part *const home_parts[] = { &root_part, &home_part };
static const osp_page_part *const post_parts[] = { &root_part, &blog_part, &post_part };
static const osp_page_part *const failed_parts[] = { &root_part, &failed_part };
static const osp_page_part *const missing_parts[] = { &root_part, &missing_part };
static const osp_page_part *const blog_missing_parts[] = { &root_part, &blog_part,
                                                           &blog_missing_part };
static const osp_page_def home = { .parts = home_parts, .part_count = 2 };
static const osp_page_def post = {
    .parts = post_parts, .part_count = 3, .slots = slots, .slot_count = 1
};
static const osp_page_def failed = { .parts = failed_parts, .part_count = 2 };
static const osp_page_def missing = { .parts = missing_parts, .part_count = 2 };
static const osp_page_def blog_missing = {
    .parts = blog_missing_parts, .part_count = 3, .slots = slots, .slot_count = 1
};
static const osp_page_def *const pages[] = { &home, &post, &failed, &missing, &blog_missing };

static const char *const slug[] = { "slug" };
static osp_route_leaf home_leaf = { .pattern = "/",
                                    .file = "routes/page.html",
                                    .by_method = { [OSP_METHOD_GET] = &osp_route_page__GET },
                                    .page = &home };
static osp_route_leaf post_leaf = { .pattern = "/blog/[slug]",
                                    .file = "routes/blog/[slug]/page.html",
                                    .param_names = slug,
                                    .param_count = 1,
                                    .by_method = { [OSP_METHOD_GET] = &page_load },
                                    .page = &post };
static const osp_route_leaf *const leaves[] = { &home_leaf, &post_leaf };
static const osp_route_node post_node = { .leaf = &post_leaf };
static const osp_route_node blog_node = { .param = &post_node, .not_found = &blog_missing };
static const osp_route_edge edges[] = { { "blog", 4, &blog_node } };
static const osp_route_node root_node = { .edges = edges,
                                          .leaf = &home_leaf,
                                          .not_found = &missing };

static osp_app_def app = { .name = "test",
                           .root = &root_node,
                           .leaves = leaves,
                           .leaf_count = OSP_ARRAY_LEN(leaves),
                           .templates = templates,
                           .template_count = TEMPLATES,
                           .pages = pages,
                           .page_count = OSP_ARRAY_LEN(pages),
                           .failure = &failed,
                           .page_keeper = &osp_page_keeper };

static osp_pages *compiled;
static osp_service services[2];
static osp_arena arena;
static osp_buf out;

static void begin(void)
{
    osp_error err = { 0 };
    for (uint32_t i = 0; i < TEMPLATES; i++) {
        files[i].index = i;
        files[i].len = (uint32_t)strlen(files[i].text);
        templates[i] = &files[i];
    }
    if (osp_page_keeper.open(&app, &compiled, &err) != OSP_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    services[0] = (osp_service){ &osp_pages_key, compiled };
    osp_arena_init(&arena, NULL, 0, 1 << 22);
    osp_buf_init(&out, NULL, 0, 1 << 22);
}

static void end(void)
{
    osp_arena_done(&arena);
    osp_buf_done(&out);
    osp_page_keeper.close(compiled);
}

/* ---------------------------------------------------------------- asking */

static osp_ctx ctx;
static osp_header_field headers[4];

static void ask_with(osp_method method, const char *target, uint32_t header_count)
{
    osp_arena_reset(&arena);
    osp_ctx_init(&ctx, &app, &arena);
    headers[0] = (osp_header_field){ OSP_STR("Accept"), OSP_STR("text/html") };
    ctx.task.services = services;
    ctx.request.method = method;
    ctx.request.target = osp_str_from(target);
    ctx.request.headers = headers;
    ctx.request.header_count = header_count;
    ctx.request.minor = 1;
    osp_app_handle(&ctx);
    out.len = 0;
    OSP_CHECK(osp_reply_write_h1(&ctx.response, &(osp_reply_options){ 0 }, &out) == OSP_OK);
}

static void ask(const char *target)
{
    ask_with(OSP_METHOD_GET, target, 1);
}

static osp_str body(void)
{
    const char *end_of_head = memmem(out.ptr, out.len, "\r\n\r\n", 4);
    OSP_CHECK(end_of_head != NULL);
    return (osp_str){ end_of_head + 4, out.len - 4 - (size_t)(end_of_head - out.ptr) };
}

static bool says(const char *text)
{
    return memmem(out.ptr, out.len, text, strlen(text)) != NULL;
}

#define EXPECT(text)                                                                               \
    do {                                                                                           \
        if (!says(text)) {                                                                         \
            fprintf(stderr, "%s:%d: no %s in\n%.*s\n", __FILE__, __LINE__, text, (int)out.len,     \
                    out.ptr);                                                                      \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* ---------------------------------------------------------------- tests */

OSP_UNIT_TEST(page_layout, "a page stands in its layout, with what both are filled by")
{
    begin();
    ask("/");
    OSP_CHECK(ctx.response.status == 200);
    EXPECT("Content-Type: text/html; charset=utf-8\r\n");
    EXPECT("<nav>&lt;Site&gt;</nav>");
    EXPECT("<h1>Home</h1>");
    EXPECT("<title>Site</title>");
    OSP_CHECK(says("<!--osp:1 ") && says("<!--/osp:1--><footer>"));
    end();
}

OSP_UNIT_TEST(page_nested, "layouts nest, slots are filled, and the inner title wins")
{
    begin();
    ask("/blog/first");
    OSP_CHECK(ctx.response.status == 200);
    EXPECT("<title>first</title>");
    EXPECT("<p>a &amp; b<u>first</u>");
    EXPECT("<aside>slot</aside>");
    const char *main = memmem(out.ptr, out.len, "<main>", 6);
    OSP_CHECK(main != NULL && memmem(main, 60, "<!--osp:2 ", 10) != NULL);
    end();
}

OSP_UNIT_TEST(page_not_found, "what there is not is shown nearest to what there is, with 404")
{
    begin();
    ask("/nothing/here");
    OSP_CHECK(ctx.response.status == 404);
    EXPECT("<nav>&lt;Site&gt;</nav>");
    EXPECT("<b>no /nothing/here</b>");
    ask("/blog/first/comments");
    OSP_CHECK(ctx.response.status == 404);
    OSP_CHECK(osp_str_starts_with(body(), OSP_STR("<html>")));
    EXPECT("<i>no post</i>");
    EXPECT("<aside>slot</aside>");
    ask_with(OSP_METHOD_GET, "/nothing", 0);
    OSP_CHECK(ctx.response.status == 404);
    EXPECT("application/problem+json");
    end();
}
