/* The site of demo.h. */
#include "tests/unit/demo.h"

#include "http/segment.h"

osp_demo_state osp_demo;

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

static osp_status load_root(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    ((RootView *)out)->site = OSP_STR("<Site>");
    osp_demo.does.root_calls++;
    return osp_demo.does.root != NULL ? osp_demo.does.root(ctx) : OSP_OK;
}

static osp_status load_page(osp_ctx *ctx, const void *in, void *out)
{
    const BlogIn *blog = in;
    *(BlogView *)out = (BlogView){ blog->slug, osp_demo.does.text.len > 0 ? osp_demo.does.text
                                                                          : OSP_STR("a & b") };
    osp_demo.does.page_calls++;
    return osp_demo.does.page != NULL ? osp_demo.does.page(ctx) : OSP_OK;
}

static osp_status load_slot(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    ((RootView *)out)->site = OSP_STR("slot");
    osp_demo.does.slot_calls++;
    return osp_demo.does.slot != NULL ? osp_demo.does.slot(ctx) : OSP_OK;
}

#define LOAD(fn, In, View, line)                                                                   \
    {                                                                                              \
        .in_ = &osp_type_##In, .out_ = &osp_type_##View, .call_ = osp_page_show_, .fills_ = fn,    \
        .handler_ = #fn, .file_ = "demo.c", .line_ = (line), .method_ = OSP_METHOD_GET,            \
        .view_ = true                                                                              \
    }

static const osp_route root_load = LOAD(load_root, void, RootView, OSP_DEMO_ROOT_LINE);
const osp_route osp_demo_page_load = LOAD(load_page, BlogIn, BlogView, 1);
static const osp_route slot_load = LOAD(load_slot, void, RootView, 2);

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
                                .file_ = "demo.c",
                                .line_ = 1,
                                .method_ = OSP_METHOD_POST,
                                .view_ = true };
static const osp_route *const actions[] = { &save, NULL };

/* ---------------------------------------------------------------- the application */

osp_template_file osp_demo_files[OSP_DEMO_TEMPLATES] = {
    [OSP_DEMO_ROOT] = { .file = "routes/layout.html",
                        .text = "<html><head>{{head}}</head><nav>{{site}}</nav>{{outlet}}<footer></"
                                "html>"
                                "{{#head}}<title>Site</title><meta name=\"a\" "
                                "content=\"root\">{{/head}}" },
    [OSP_DEMO_BLOG] = { .file = "routes/blog/layout.html",
                        .text = "<main>{{outlet}}</main>{{outlet @aside}}" },
    [OSP_DEMO_HOME] = { .file = "routes/page.html", .text = "<h1>Home</h1>" },
    [OSP_DEMO_POST] = { .file = "routes/blog/[slug]/page.html",
                        .text = "{{#head}}<title>{{title}}</title>{{/head}}<p>{{text}}{{> sign "
                                "by=title}}" },
    [OSP_DEMO_ASIDE] = { .file = "routes/blog/@aside/default.html",
                         .text = "<aside>{{site}}</aside>" },
    [OSP_DEMO_FAILED] = { .file = "routes/error.html",
                          .text = "{{#head}}<title>{{title}}</title>{{/head}}<b>{{status}} "
                                  "{{detail}}</b>" },
    [OSP_DEMO_MISSING] = { .file = "routes/not-found.html", .text = "<b>no {{page.path}}</b>" },
    [OSP_DEMO_BLOG_MISSING] = { .file = "routes/blog/not-found.html", .text = "<i>no post</i>" },
    [OSP_DEMO_LOADING] = { .file = "routes/blog/[slug]/wait.html", .text = "<s>wait</s>" },
    [OSP_DEMO_USER] = { .file = "routes/user/[slug]/layout.html",
                        .text = "<h2>{{title}}</h2>{{outlet}}" },
    [OSP_DEMO_POSTS] = { .file = "routes/user/[slug]/posts/page.html",
                         .text = "<form method=\"post\">{{page.failure}}<input name=\"text\" "
                                 "value=\"{{form.text}}\">{{errors.text}}</form>{{page.flash}}" },
    [OSP_DEMO_PARTIAL] = { .file = "routes/_sign.html", .text = "<u>{{by}}</u>" },
};
static const osp_template_file *templates[OSP_DEMO_TEMPLATES];

osp_page_part osp_demo_root_part = { .html = &osp_demo_files[OSP_DEMO_ROOT], .load = &root_load };
static osp_page_part blog_part = { .html = &osp_demo_files[OSP_DEMO_BLOG],
                                   .error = { &osp_demo_files[OSP_DEMO_FAILED], 1 } };
osp_page_part osp_demo_home_part = { .html = &osp_demo_files[OSP_DEMO_HOME],
                                     .error = { &osp_demo_files[OSP_DEMO_FAILED], 1 } };
osp_page_part osp_demo_post_part = { .html = &osp_demo_files[OSP_DEMO_POST],
                                     .load = &osp_demo_page_load,
                                     .error = { &osp_demo_files[OSP_DEMO_FAILED], 1 },
                                     .not_found = { &osp_demo_files[OSP_DEMO_BLOG_MISSING], 2 } };
osp_page_part osp_demo_aside_part = { .html = &osp_demo_files[OSP_DEMO_ASIDE],
                                      .load = &slot_load,
                                      .error = { &osp_demo_files[OSP_DEMO_FAILED], 1 } };
static osp_page_part failed_part = { .html = &osp_demo_files[OSP_DEMO_FAILED] };
static osp_page_part missing_part = { .html = &osp_demo_files[OSP_DEMO_MISSING] };
static osp_page_part blog_missing_part = { .html = &osp_demo_files[OSP_DEMO_BLOG_MISSING] };

static osp_page_part user_part = { .html = &osp_demo_files[OSP_DEMO_USER],
                                   .load = &osp_demo_page_load };
static osp_page_part posts_part = { .html = &osp_demo_files[OSP_DEMO_POSTS],
                                    .error = { &osp_demo_files[OSP_DEMO_FAILED], 2 } };

static const osp_page_slot slots[] = { { 1, "aside", &osp_demo_aside_part } };
static const osp_page_part *const home_parts[] = { &osp_demo_root_part, &osp_demo_home_part };
static const osp_page_part *const post_parts[] = { &osp_demo_root_part, &blog_part,
                                                   &osp_demo_post_part };
static const osp_page_part *const failed_parts[] = { &osp_demo_root_part, &failed_part };
static const osp_page_part *const missing_parts[] = { &osp_demo_root_part, &missing_part };
static const osp_page_part *const blog_missing_parts[] = { &osp_demo_root_part, &blog_part,
                                                           &blog_missing_part };
osp_page_def osp_demo_home = { .parts = home_parts, .part_count = 2 };
osp_page_def osp_demo_post = {
    .parts = post_parts, .part_count = 3, .slots = slots, .slot_count = 1
};
static const osp_page_def failed = { .parts = failed_parts, .part_count = 2 };
static const osp_page_def missing = { .parts = missing_parts, .part_count = 2 };
static const osp_page_def blog_missing = {
    .parts = blog_missing_parts, .part_count = 3, .slots = slots, .slot_count = 1
};
static const osp_page_part *const posts_parts[] = { &osp_demo_root_part, &user_part, &posts_part };
static const osp_page_part *const user_missing_parts[] = { &osp_demo_root_part, &user_part,
                                                           &missing_part };
static const osp_page_def posts = { .parts = posts_parts, .part_count = 3, .actions = actions };
static const osp_page_def user_missing = { .parts = user_missing_parts, .part_count = 3 };
static const osp_page_def *const pages[] = { &osp_demo_home, &osp_demo_post, &failed,      &missing,
                                             &blog_missing,  &posts,         &user_missing };

static const char *const slug[] = { "slug" };
osp_route_leaf osp_demo_home_leaf = { .pattern = "/",
                                      .file = "routes/page.html",
                                      .by_method = { [OSP_METHOD_GET] = &osp_route_page__GET },
                                      .page = &osp_demo_home };
osp_route_leaf osp_demo_post_leaf = { .pattern = "/blog/[slug]",
                                      .file = "routes/blog/[slug]/page.html",
                                      .param_names = slug,
                                      .param_count = 1,
                                      .by_method = { [OSP_METHOD_GET] = &osp_demo_page_load },
                                      .page = &osp_demo_post };
static osp_route_leaf posts_leaf = { .pattern = "/user/[slug]/posts",
                                     .file = "routes/user/[slug]/posts/page.html",
                                     .param_names = slug,
                                     .param_count = 1,
                                     .by_method = { [OSP_METHOD_GET] = &osp_route_page__GET,
                                                    [OSP_METHOD_POST] = &osp_route_page__POST },
                                     .page = &posts };
static const osp_route_leaf *const leaves[] = { &osp_demo_home_leaf, &osp_demo_post_leaf,
                                                &posts_leaf };
static const osp_route_node posts_node = { .leaf = &posts_leaf };
static const osp_route_edge posts_edges[] = { { "posts", 5, &posts_node } };
static const osp_route_node user_node = { .edges = posts_edges, .not_found = &user_missing };
static const osp_route_node users_node = { .param = &user_node };
static const osp_route_node post_node = { .leaf = &osp_demo_post_leaf };
static const osp_route_node blog_node = { .param = &post_node, .not_found = &blog_missing };
/* Each in its own slot, or the other one. */
static osp_route_edge edges[2];
static const osp_route_node root_node = {
    .edges = edges, .mask = 1, .probes = 1, .leaf = &osp_demo_home_leaf, .not_found = &missing
};

osp_app_def osp_demo_app = { .name = "test",
                             .root = &root_node,
                             .leaves = leaves,
                             .leaf_count = OSP_ARRAY_LEN(leaves),
                             .templates = templates,
                             .template_count = OSP_DEMO_TEMPLATES,
                             .pages = pages,
                             .page_count = OSP_ARRAY_LEN(pages),
                             .failure = &failed,
                             .page_keeper = &osp_page_keeper };

void osp_demo_begin(void)
{
    osp_error err = { 0 };
    const size_t at = osp_segment_hash(OSP_STR("blog"), 0) & 1;
    edges[at] = (osp_route_edge){ "blog", 4, &blog_node };
    edges[1 - at] = (osp_route_edge){ "user", 4, &users_node };
    for (uint32_t i = 0; i < OSP_DEMO_TEMPLATES; i++) {
        osp_demo_files[i].index = i;
        osp_demo_files[i].len = (uint32_t)strlen(osp_demo_files[i].text);
        templates[i] = &osp_demo_files[i];
    }
    if (osp_page_keeper.open(&osp_demo_app, &osp_demo.pages, &err) != OSP_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    osp_demo.services[0] = (osp_service){ &osp_pages_key, osp_demo.pages };
    osp_arena_init(&osp_demo.arena, NULL, 0, 1 << 22);
    osp_buf_init(&osp_demo.out, NULL, 0, 1 << 22);
}

void osp_demo_end(void)
{
    osp_arena_done(&osp_demo.arena);
    osp_buf_done(&osp_demo.out);
    osp_page_keeper.close(osp_demo.pages);
}

/* ---------------------------------------------------------------- asking */

void osp_demo_ask_with(osp_method method, const char *target, uint32_t header_count)
{
    osp_arena_reset(&osp_demo.arena);
    osp_ctx_init(&osp_demo.ctx, &osp_demo_app, &osp_demo.arena);
    osp_demo.headers[0] = (osp_header_field){ OSP_STR("Accept"), OSP_STR("text/html") };
    osp_demo.ctx.task.services = osp_demo.services;
    osp_demo.ctx.request.method = method;
    osp_demo.ctx.request.target = osp_str_from(target);
    osp_demo.ctx.request.headers = osp_demo.headers;
    osp_demo.ctx.request.header_count = header_count;
    osp_demo.ctx.request.minor = 1;
    osp_demo.ctx.door = osp_demo.door;
    osp_demo.does.root_calls = osp_demo.does.page_calls = osp_demo.does.slot_calls = 0;
    osp_app_handle(&osp_demo.ctx);
    osp_demo.out.len = 0;
    OSP_CHECK(osp_reply_write_h1(&osp_demo.ctx.response, &(osp_reply_options){ 0 },
                                 &osp_demo.out) == OSP_OK);
}

void osp_demo_ask(const char *target)
{
    osp_demo_ask_with(OSP_METHOD_GET, target, 1);
}

osp_str osp_demo_body(void)
{
    const char *end_of_head = memmem(osp_demo.out.ptr, osp_demo.out.len, "\r\n\r\n", 4);
    OSP_CHECK(end_of_head != NULL);
    return (osp_str){ end_of_head + 4,
                      osp_demo.out.len - 4 - (size_t)(end_of_head - osp_demo.out.ptr) };
}

bool osp_demo_says(const char *text)
{
    return memmem(osp_demo.out.ptr, osp_demo.out.len, text, strlen(text)) != NULL;
}

void osp_demo_take_shown(const osp_buf *of)
{
    static const char mark[] = "<!--osp:1 ";
    char *to = osp_demo.shown;
    for (char depth = '1'; depth <= '9'; depth++) {
        char wanted[sizeof mark];
        memcpy(wanted, mark, sizeof mark);
        wanted[8] = depth;
        const char *at = memmem(of->ptr, of->len, wanted, sizeof mark - 1);
        if (at != NULL) {
            to += sprintf(to, "%s%.16s", to == osp_demo.shown ? "" : ", ", at + sizeof mark - 1);
        }
    }
    osp_demo.headers[1] =
        (osp_header_field){ OSP_STR("OpenSpeed-Parts"), osp_str_from(osp_demo.shown) };
}

osp_status osp_demo_404(osp_ctx *ctx)
{
    return osp_fail(ctx, 404, "no post of that name");
}

osp_status osp_demo_403(osp_ctx *ctx)
{
    return osp_fail(ctx, 403, "<not> yours");
}

osp_status osp_demo_io(osp_ctx *ctx)
{
    (void)ctx;
    return OSP_E_IO;
}

osp_status osp_demo_redirect(osp_ctx *ctx)
{
    return osp_redirect(ctx, 303, OSP_STR("/login"));
}
