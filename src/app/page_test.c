/* Pages through the dispatch, without a socket: what a browser reads. */
#include <openspeed/mw.h>

#include "app/dev.h"
#include "app/page_mark.h"
#include "http/segment.h"
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

typedef struct ActIn {
    osp_str text;
} ActIn;
OSP_TYPE(ActIn, FORM(text, .min_len = 3));

static osp_status act(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_flash(ctx, "done");
}

static const osp_route save = { .in_ = &osp_type_ActIn,
                                .out_ = &osp_type_void,
                                .call_ = act,
                                .fills_ = act,
                                .handler_ = "save",
                                .file_ = "page_test.c",
                                .line_ = 1,
                                .method_ = OSP_METHOD_POST,
                                .view_ = true };
static const osp_route *const actions[] = { &save, NULL };

/* ---------------------------------------------------------------- the application */

enum {
    ROOT,
    BLOG,
    HOME,
    POST,
    ASIDE,
    FAILED,
    MISSING,
    BLOG_MISSING,
    LOADING,
    USER,
    POSTS,
    PARTIAL,
    TEMPLATES
};

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
    [LOADING] = { .file = "routes/blog/[slug]/wait.html", .text = "<s>wait</s>" },
    [USER] = { .file = "routes/user/[slug]/layout.html", .text = "<h2>{{title}}</h2>{{outlet}}" },
    [POSTS] = { .file = "routes/user/[slug]/posts/page.html",
                .text = "<form method=\"post\">{{page.failure}}<input name=\"text\" "
                        "value=\"{{form.text}}\">{{errors.text}}</form>{{page.flash}}" },
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

static osp_page_part user_part = { .html = &files[USER], .load = &page_load };
static osp_page_part posts_part = { .html = &files[POSTS], .error = { &files[FAILED], 2 } };

static const osp_page_slot slots[] = { { 1, "aside", &aside_part } };
static const osp_page_part *const home_parts[] = { &root_part, &home_part };
static const osp_page_part *const post_parts[] = { &root_part, &blog_part, &post_part };
static const osp_page_part *const failed_parts[] = { &root_part, &failed_part };
static const osp_page_part *const missing_parts[] = { &root_part, &missing_part };
static const osp_page_part *const blog_missing_parts[] = { &root_part, &blog_part,
                                                           &blog_missing_part };
static osp_page_def home = { .parts = home_parts, .part_count = 2 };
static osp_page_def post = {
    .parts = post_parts, .part_count = 3, .slots = slots, .slot_count = 1
};
static const osp_page_def failed = { .parts = failed_parts, .part_count = 2 };
static const osp_page_def missing = { .parts = missing_parts, .part_count = 2 };
static const osp_page_def blog_missing = {
    .parts = blog_missing_parts, .part_count = 3, .slots = slots, .slot_count = 1
};
static const osp_page_part *const posts_parts[] = { &root_part, &user_part, &posts_part };
static const osp_page_part *const user_missing_parts[] = { &root_part, &user_part, &missing_part };
static const osp_page_def posts = { .parts = posts_parts, .part_count = 3, .actions = actions };
static const osp_page_def user_missing = { .parts = user_missing_parts, .part_count = 3 };
static const osp_page_def *const pages[] = { &home,         &post,  &failed,      &missing,
                                             &blog_missing, &posts, &user_missing };

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
static osp_route_leaf posts_leaf = { .pattern = "/user/[slug]/posts",
                                     .file = "routes/user/[slug]/posts/page.html",
                                     .param_names = slug,
                                     .param_count = 1,
                                     .by_method = { [OSP_METHOD_GET] = &osp_route_page__GET,
                                                    [OSP_METHOD_POST] = &osp_route_page__POST },
                                     .page = &posts };
static const osp_route_leaf *const leaves[] = { &home_leaf, &post_leaf, &posts_leaf };
static const osp_route_node posts_node = { .leaf = &posts_leaf };
static const osp_route_edge posts_edges[] = { { "posts", 5, &posts_node } };
static const osp_route_node user_node = { .edges = posts_edges, .not_found = &user_missing };
static const osp_route_node users_node = { .param = &user_node };
static const osp_route_node post_node = { .leaf = &post_leaf };
static const osp_route_node blog_node = { .param = &post_node, .not_found = &blog_missing };
/* Each in its own slot, or the other one. */
static osp_route_edge edges[2];
static const osp_route_node root_node = {
    .edges = edges, .mask = 1, .probes = 1, .leaf = &home_leaf, .not_found = &missing
};

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
    const size_t at = osp_segment_hash(OSP_STR("blog"), 0) & 1;
    edges[at] = (osp_route_edge){ "blog", 4, &blog_node };
    edges[1 - at] = (osp_route_edge){ "user", 4, &users_node };
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

static const osp_door *door;

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
    ctx.door = door;
    does.root_calls = does.page_calls = does.slot_calls = 0;
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
    EXPECT("<!--osp:head--><title>first</title>\n<meta name=\"a\" "
           "content=\"root\">\n<!--/osp:head-->");
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

static osp_status gives_404(osp_ctx *c)
{
    return osp_fail(c, 404, "no post of that name");
}

static osp_status gives_403(osp_ctx *c)
{
    return osp_fail(c, 403, "<not> yours");
}

static osp_status gives_io(osp_ctx *c)
{
    (void)c;
    return OSP_E_IO;
}

static osp_status goes_away(osp_ctx *c)
{
    return osp_redirect(c, 303, OSP_STR("/login"));
}

OSP_UNIT_TEST(page_load_fails,
              "what a load refuses is shown by the nearest template, with its status")
{
    begin();
    does.page = gives_404;
    ask("/blog/first");
    OSP_CHECK(ctx.response.status == 404);
    EXPECT("<i>no post</i>");
    EXPECT("<main>");
    EXPECT("<aside>slot</aside>");
    OSP_CHECK(does.root_calls == 1 && does.slot_calls == 1); /* nothing is loaded twice */
    does.page = gives_403;
    ask("/blog/first");
    OSP_CHECK(ctx.response.status == 403);
    EXPECT("<b>403 &lt;not&gt; yours</b>");
    EXPECT("<title>Forbidden</title>");
    OSP_CHECK(!says("<main>") && does.root_calls == 1);
    does.page = gives_io;
    ask("/blog/first");
    OSP_CHECK(ctx.response.status == 500 && ctx.task.error.status == OSP_E_IO);
    EXPECT("<b>500 The server failed to answer this request.</b>");
    does.page = NULL;
    ask("/blog/%ff"); /* the input does not fit */
    OSP_CHECK(ctx.response.status == 422 || ctx.response.status == 400);
    EXPECT("</nav>");
    EXPECT("<b>4");
    end();
}

OSP_UNIT_TEST(page_layout_refuses, "what a layout says goes before what the page says")
{
    begin();
    does.page = gives_404;
    does.root = goes_away;
    ask("/blog/first");
    OSP_CHECK(ctx.response.status == 303 && does.page_calls == 0);
    EXPECT("Location: /login\r\n");
    OSP_CHECK(!says("<html>"));
    does.root = gives_403;
    ask("/blog/first");
    OSP_CHECK(ctx.response.status == 403);
    EXPECT("<h1>403 Forbidden</h1>"); /* nothing of the application stands outside of its root */
    ask("/blog/first/unknown"); /* also where there is nothing: who may not see it learns nothing */
    OSP_CHECK(ctx.response.status == 403);
    does.root = goes_away;
    ask("/blog/first/unknown");
    OSP_CHECK(ctx.response.status == 303 && !ctx.failed);
    end();
}

OSP_UNIT_TEST(page_slot_fails, "a slot fails the page, unless it shows its failure by itself")
{
    begin();
    does.slot = gives_403;
    ask("/blog/first");
    OSP_CHECK(ctx.response.status == 403);
    EXPECT("<b>403 ");
    does.page = gives_404; /* which would be shown with the slot beside it */
    ask("/blog/first");
    OSP_CHECK(ctx.response.status == 404);
    OSP_CHECK(!says("<aside>"));
    does.page = NULL;
    aside_part.error.depth = OSP_PAGE_IN_PLACE;
    ask("/blog/first");
    OSP_CHECK(ctx.response.status == 200);
    EXPECT("<p>a &amp; b");
    EXPECT("<b>403 &lt;not&gt; yours</b>");
    aside_part.error.depth = 1;
    end();
}

OSP_UNIT_TEST(page_methods, "HEAD and OPTIONS are answered, other methods refused by a page")
{
    begin();
    ask_with(OSP_METHOD_OPTIONS, "/blog/first", 1);
    OSP_CHECK(ctx.response.status == 204);
    EXPECT("Allow: GET, HEAD, OPTIONS\r\n");
    ask_with(OSP_METHOD_HEAD, "/blog/first", 1);
    OSP_CHECK(ctx.response.status == 200 && does.page_calls == 1);
    ask_with(OSP_METHOD_PUT, "/blog/first", 1);
    OSP_CHECK(ctx.response.status == 405);
    EXPECT("Allow: GET, HEAD, OPTIONS\r\n");
    EXPECT("<b>405 ");
    end();
}

OSP_UNIT_TEST(page_prefix, "layouts around what is not found read the parameters of the URL so far")
{
    begin();
    ask("/user/ann/posts");
    OSP_CHECK(ctx.response.status == 200);
    EXPECT("<h2>ann</h2>");
    ask("/user/ann/nothing");
    OSP_CHECK(ctx.response.status == 404 && ctx.match.leaf == NULL);
    EXPECT("<h2>ann</h2><!--osp:2 ");
    EXPECT("<b>no /user/ann/nothing</b>");
    ask("/user");
    OSP_CHECK(ctx.response.status == 404 && !says("<h2>"));
    EXPECT("<b>no /user</b>");
    end();
}

OSP_UNIT_TEST(page_whole, "an application may have pages asked for as a whole alone")
{
    static const osp_app_info info = { .whole_pages = true };
    app.info = &info;
    begin();
    ask("/blog/first");
    OSP_CHECK(!says("osp:") && !says("Vary") && !says("<script"));
    EXPECT("<title>first</title>");
    app.info = NULL;
    end();
}

/* ---------------------------------------------------------------- forms */

static void send_form(const char *body_text, const char *cookie)
{
    osp_arena_reset(&arena);
    osp_ctx_init(&ctx, &app, &arena);
    headers[0] = (osp_header_field){ OSP_STR("Accept"), OSP_STR("text/html") };
    headers[1] =
        (osp_header_field){ OSP_STR("Content-Type"), OSP_STR("application/x-www-form-urlencoded") };
    headers[2] = (osp_header_field){ OSP_STR("Cookie"), osp_str_from(cookie) };
    headers[3] = (osp_header_field){ OSP_STR("Sec-Fetch-Site"), OSP_STR("same-origin") };
    ctx.task.services = services;
    ctx.request.method = OSP_METHOD_POST;
    ctx.request.target = OSP_STR("/user/ann/posts");
    ctx.request.headers = headers;
    ctx.request.header_count = 4;
    ctx.request.has_body = true;
    ctx.request.body = osp_str_from(body_text);
    osp_app_handle(&ctx);
    out.len = 0;
    OSP_CHECK(osp_reply_write_h1(&ctx.response, &(osp_reply_options){ 0 }, &out) == OSP_OK);
}

#define TOKEN "AAAAAAAAAAAAAAAAAAAAAA"

OSP_UNIT_TEST(page_form, "what an action refuses is shown by its page, with what was typed")
{
    begin();
    ask("/user/ann/posts");
    EXPECT("<form method=\"post\"><input type=\"hidden\" name=\"_csrf\" value=\"");
    EXPECT("Set-Cookie: osp-form=");
    send_form("_csrf=" TOKEN "&text=%3Cx", "osp-form=" TOKEN);
    OSP_CHECK(ctx.response.status == 422);
    EXPECT("<h2>ann</h2>");
    EXPECT("value=\"&lt;x\">");
    EXPECT("at least 3 characters");
    send_form("_csrf=" TOKEN "&text=abc", "osp-form=" TOKEN);
    OSP_CHECK(ctx.response.status == 303);
    EXPECT("Location: /user/ann/posts\r\n");
    EXPECT("Set-Cookie: osp-flash=done");
    send_form("_csrf=" TOKEN "&text=abc", "");
    OSP_CHECK(ctx.response.status == 403);
    EXPECT("value=\"abc\">");
    end();
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
    begin();
    post_leaf.chain = guards;
    ask("/blog/first");
    OSP_CHECK(ctx.response.status == 403);
    EXPECT(
        "<b>403 the guard refuses</b>"); /* within the root layout, whose folder is further out */
    OSP_CHECK(does.root_calls == 1 && does.slot_calls == 0 && does.page_calls == 0);
    end();
    begin(); /* what is open where no route answers is found when templates are compiled */
    ask("/blog/first/unknown");
    OSP_CHECK(ctx.response.status == 404 && does.slot_calls == 0);
    OSP_CHECK(!says("<i>no post</i>"));
    EXPECT("<b>404 There is nothing at this URL.</b>");
    post_leaf.chain = NULL;
    end();
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

/* ---------------------------------------------------------------- parts */

/* The hashes of the last answer, as a script would send them. */
static char shown[256];

static void take_shown(const osp_buf *of)
{
    static const char mark[] = "<!--osp:1 ";
    char *to = shown;
    for (char depth = '1'; depth <= '9'; depth++) {
        char wanted[sizeof mark];
        memcpy(wanted, mark, sizeof mark);
        wanted[8] = depth;
        const char *at = memmem(of->ptr, of->len, wanted, sizeof mark - 1);
        if (at != NULL) {
            to += sprintf(to, "%s%.16s", to == shown ? "" : ", ", at + sizeof mark - 1);
        }
    }
    headers[1] = (osp_header_field){ OSP_STR("OpenSpeed-Parts"), osp_str_from(shown) };
}

OSP_UNIT_TEST(page_parts, "who shows the layouts around it gets the head and what is within")
{
    begin();
    ask("/blog/first");
    EXPECT("Vary: OpenSpeed-Parts\r\n");
    OSP_CHECK(!says("OpenSpeed-Part: "));
    take_shown(&out);
    ask_with(OSP_METHOD_GET, "/blog/second", 2);
    EXPECT("OpenSpeed-Part: 2\r\n");
    EXPECT("Vary: OpenSpeed-Parts\r\n");
    OSP_CHECK(osp_str_starts_with(body(), OSP_STR("<!--osp:head--><title>second</title>")));
    EXPECT("<!--/osp:head--><!--osp:2 ");
    EXPECT("<u>second</u><!--/osp:2-->");
    OSP_CHECK(!says("<main>") && does.root_calls == 1); /* all run: they may refuse */
    ask_with(OSP_METHOD_GET, "/", 2);                   /* of another shape, within the same root */
    EXPECT("OpenSpeed-Part: 1\r\n");
    EXPECT("<h1>Home</h1><!--/osp:1-->");
    shown[3] ^= 1;
    ask_with(OSP_METHOD_GET, "/", 2);
    OSP_CHECK(!says("OpenSpeed-Part: ") && osp_str_starts_with(body(), OSP_STR("<html>")));
    ask("/blog/first");
    take_shown(&out);
    ask_with(OSP_METHOD_GET, "/blog/first/unknown", 2);
    OSP_CHECK(ctx.response.status == 404);
    EXPECT("OpenSpeed-Part: 2\r\n");
    EXPECT("<i>no post</i><!--/osp:2-->");
    end();
}

OSP_UNIT_TEST(page_nonce, "a nonce is another one each time, and the layout is the same")
{
    const char *text = files[ROOT].text;
    files[ROOT].text = "<html><head>{{head}}</head><script>1</script>{{outlet}}</html>";
    begin();
    home_leaf.chain = policies;
    ask("/");
    EXPECT("<script nonce=\"");
    take_shown(&out);
    ask_with(OSP_METHOD_GET, "/", 2);
    EXPECT("OpenSpeed-Part: 1\r\n");
    home_leaf.chain = NULL;
    files[ROOT].text = text;
    end();
}

static osp_status has_tag(osp_ctx *c)
{
    OSP_TRY(osp_set_header(c, OSP_STR("Last-Modified"), OSP_STR("Sun, 06 Nov 1994 08:49:37 GMT")));
    return osp_set_header(c, OSP_STR("ETag"), OSP_STR("\"v1\""));
}

OSP_UNIT_TEST(page_tags, "a part has a tag of its own, and a page that is known is not drawn")
{
    begin();
    does.page = has_tag;
    ask("/blog/first");
    EXPECT("ETag: \"v1\"\r\n");
    take_shown(&out);
    ask_with(OSP_METHOD_GET, "/blog/first", 2);
    EXPECT("ETag: \"v1/2\"\r\n");
    OSP_CHECK(!says("Last-Modified"));
    headers[1] = (osp_header_field){ OSP_STR("If-None-Match"), OSP_STR("\"v1\"") };
    osp_arena_reset(&arena);
    osp_ctx_init(&ctx, &app, &arena);
    ctx.task.services = services;
    ctx.request.method = OSP_METHOD_GET;
    ctx.request.target = OSP_STR("/blog/first");
    ctx.request.headers = headers;
    ctx.request.header_count = 2;
    ctx.request.conditional = true;
    osp_app_handle(&ctx);
    OSP_CHECK(ctx.response.status == 304);
    end();
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
    streaming_load = page_load;
    streaming_load.streams = true;
    post_part.load = &streaming_load;
    post_part.loading = &files[LOADING];
    post_text = files[POST].text;
    files[POST].text = "{{#head}}<title>Post</title>{{/head}}<p>{{text}}{{> sign by=title}}";
    post_leaf.by_method[OSP_METHOD_GET] = &streaming_load;
    begin();
    osp_buf_init(&sent, NULL, 0, 1 << 20);
    door = &recorder;
}

static void ask_stream(osp_method method, uint32_t header_count)
{
    sent.len = 0;
    logged[0] = 0;
    ask_with(method, "/blog/first", header_count);
}

static void end_stream(void)
{
    door = NULL;
    post_part.load = &page_load;
    post_part.loading = NULL;
    files[POST].text = post_text;
    post_leaf.by_method[OSP_METHOD_GET] = &page_load;
    osp_buf_done(&sent);
    end();
}

OSP_UNIT_TEST(page_streams, "what is around a slow page is sent first, and the page in its place")
{
    begin_stream();
    ask_stream(OSP_METHOD_GET, 1);
    OSP_CHECK(ctx.response.status == 200 && ctx.flow->begun);
    OSP_CHECK(sends("HEAD|<html>"));
    OSP_CHECK(sends("<div slot=\"loading\"><s>wait</s></div>|<div slot=\"part\"><p>a &amp; b"));
    OSP_CHECK(sends("<u>first</u></div></div><!--/osp:2--></main>"));
    OSP_CHECK(sends("<footer></html>"));
    ask_stream(OSP_METHOD_HEAD, 1);
    OSP_CHECK_STR(((osp_str){ sent.ptr, sent.len }), OSP_STR("HEAD|"));
    OSP_CHECK(does.page_calls == 0);
    does.root = gives_403;
    ask_stream(OSP_METHOD_GET, 1); /* before the first byte all is as it was */
    OSP_CHECK(ctx.response.status == 403 && sent.len == 0);
    end_stream();
}

OSP_UNIT_TEST(page_stream_fails, "what fails behind the first byte says so in its place")
{
    begin_stream();
    does.page = gives_404;
    ask_stream(OSP_METHOD_GET, 1);
    OSP_CHECK(ctx.response.status == 200 && !ctx.failed && ctx.task.error.status == OSP_OK);
    OSP_CHECK(sends("|<div slot=\"part\"><i>no post</i></div></div>") && sends("</html>"));
    OSP_CHECK(logged[0] == 0);
    does.page = gives_io;
    ask_stream(OSP_METHOD_GET, 1);
    OSP_CHECK(sends("<b>500 The server failed to answer this request.</b></div>"));
    OSP_CHECK(strstr(logged, "load_page") != NULL);
    does.page = goes_away;
    ask_stream(OSP_METHOD_GET, 1);
    OSP_CHECK(sends("<b>500 ") && strstr(logged, "when the page had begun") != NULL);
    end_stream();
}

OSP_UNIT_TEST(page_stream_part, "a part can stream as well")
{
    begin_stream();
    ask_stream(OSP_METHOD_GET, 1);
    take_shown(&sent);
    ask_stream(OSP_METHOD_GET, 2);
    OSP_CHECK(sends("HEAD|<!--osp:head--><title>Post</title>"));
    OSP_CHECK(sends("<u>first</u></div></div><!--/osp:2-->") && !says("</main>"));
    end_stream();
}

/* ---------------------------------------------------------------- development */

static const char *home_text;

static osp_status read_files(void *arg, const osp_template_file *file, osp_str *ret_text)
{
    (void)arg;
    *ret_text = file == &files[HOME] ? osp_str_from(home_text) : (osp_str){ file->text, file->len };
    return home_text[0] == '\0' ? OSP_E_IO : OSP_OK;
}

OSP_UNIT_TEST(page_reload,
              "templates are read anew, and stay as they were where they do not compile")
{
    static const struct osp_dev_hooks hooks = { 0 };
    static const osp_page_reader reader = { read_files, NULL };
    osp_buf said;
    app.dev = &hooks;
    begin();
    osp_buf_init(&said, NULL, 0, 1 << 16);
    home_text = "<h1>New</h1>";
    ask("/");
    EXPECT("<h1>Home</h1>");
    OSP_CHECK(osp_page_keeper.reload(compiled, &reader, &said) == OSP_OK && said.len == 0);
    OSP_CHECK(osp_reply_write_h1(&ctx.response, &(osp_reply_options){ 0 }, &out) == OSP_OK);
    ask("/");
    EXPECT("<h1>New</h1>");
    home_text = "<h1>{{nothing}}</h1>";
    OSP_CHECK(osp_page_keeper.reload(compiled, &reader, &said) == OSP_E_INVALID);
    OSP_CHECK(memmem(said.ptr, said.len, "routes/page.html:1:7: error:", 28) != NULL);
    home_text = "";
    OSP_CHECK(osp_page_keeper.reload(compiled, &reader, &said) == OSP_E_IO);
    ask("/");
    EXPECT("<h1>New</h1>");
    osp_buf_done(&said);
    end();
    app.dev = NULL;
}

/* ---------------------------------------------------------------- the check */

static bool finds(const char *text)
{
    osp_buf said;
    osp_buf_init(&said, NULL, 0, 1 << 16);
    const size_t found = osp_page_keeper.check(&app, &said);
    const bool good = found > 0 && memmem(said.ptr, said.len, text, strlen(text)) != NULL;
    if (!good) {
        fprintf(stderr, "%zu findings, no %s in\n%.*s", found, text, (int)said.len, said.ptr);
    }
    osp_buf_done(&said);
    return good;
}

OSP_UNIT_TEST(page_check,
              "what is around each other is held together when the application is built")
{
    begin();
    OSP_CHECK(osp_page_keeper.check(&app, &out) == 0);
    const osp_page_def kept = post;
    osp_page_def *changed = &post;
    changed->slot_count = 0;
    OSP_CHECK(finds("routes/blog/layout.html:1:1: error: nothing fills {{outlet @aside}} for "
                    "routes/blog/[slug]/page.html; add @aside/default.html"));
    changed->slot_count = kept.slot_count;
    const char *text = files[ROOT].text;
    files[ROOT].text = "{{outlet}}";
    files[ROOT].len = 10;
    OSP_CHECK(finds("routes/blog/[slug]/page.html:1:1: error: no layout around "
                    "routes/blog/[slug]/page.html has {{head}}"));
    files[ROOT].text = text;
    files[ROOT].len = (uint32_t)strlen(text);
    end();
}

#define ONE_HEAD (OSP_PAGE_HEADS_MAX / 2) /* elements that one template may have */

/* A template with as many elements in its head as one can have. */
static void fill_head(int file, char letter, const char *behind)
{
    static char texts[TEMPLATES][ONE_HEAD * 40 + 64];
    char *at = texts[file] + sprintf(texts[file], "{{#head}}");
    for (int i = 0; i < ONE_HEAD; i++) {
        at += sprintf(at, "<meta name=\"%c%d\" content=\"x\">", letter, i);
    }
    sprintf(at, "{{/head}}%s", behind);
    files[file].text = texts[file];
}

OSP_UNIT_TEST(page_heads, "so many elements stand in a head, and not one more")
{
    fill_head(ROOT, 'r', "<html>{{head}}{{outlet}}");
    fill_head(POST, 'p', "");
    begin();
    ask("/blog/first");
    EXPECT("<meta name=\"r0\"");
    EXPECT("<meta name=\"p63\"");
    end();
    files[ASIDE].text = "{{#head}}<meta name=\"one more\" content=\"x\">{{/head}}";
    files[ASIDE].len = (uint32_t)strlen(files[ASIDE].text);
    OSP_CHECK(finds("more than 128 elements in {{#head}}"));
}

OSP_UNIT_TEST(page_depth, "so many layouts stand around a page, and not one more")
{
    static const osp_page_part *deep[OSP_PAGE_LAYOUTS_MAX + 2];
    osp_page_def *changed = &home;
    const osp_page_def kept = home;
    for (size_t i = 0; i < OSP_ARRAY_LEN(deep); i++) {
        deep[i] = &root_part;
    }
    deep[OSP_PAGE_LAYOUTS_MAX] = &home_part;
    changed->parts = deep;
    changed->part_count = OSP_PAGE_LAYOUTS_MAX + 1;
    begin();
    ask("/");
    OSP_CHECK(ctx.response.status == 200);
    EXPECT("<!--osp:16 ");
    take_shown(&out);
    end();
    deep[OSP_PAGE_LAYOUTS_MAX] = &root_part;
    deep[OSP_PAGE_LAYOUTS_MAX + 1] = &home_part;
    changed->part_count++;
    OSP_CHECK(finds("the page has 17 layouts and 0 slots around it"));
    *changed = kept;
}

/* ---------------------------------------------------------------- memory */

static void try(void *arg)
{
    ask(arg);
}

static void judge(void *arg, bool starved)
{
    (void)arg;
    const int status = ctx.response.status;
    OSP_CHECK(status == 200 || (starved && (status == 503 || status == 500)));
}

OSP_UNIT_TEST(page_memory, "without memory a page is refused")
{
    static char slug_url[] = "/blog/first", form_url[] = "/user/ann/posts";
    begin();
    (void)osp_fault_each(&(osp_fault_trial){ .work = try, .judge = judge, .arg = slug_url });
    (void)osp_fault_each(&(osp_fault_trial){ .work = try, .judge = judge, .arg = form_url });
    end();
}
