/* Which page tells that there is nothing: two documents of two groups, a catch-all, and hosts. */
#include "app/page.h"
#include "tests/unit/unit.h"

static osp_status finds_nothing(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_fail(ctx, 404, "no such file");
}

static const osp_route rest_load = { .in_ = &osp_type_void,
                                     .out_ = &osp_type_void,
                                     .call_ = osp_page_show_,
                                     .fills_ = finds_nothing,
                                     .handler_ = "finds_nothing",
                                     .file_ = "page_urls_test.c",
                                     .line_ = 1,
                                     .method_ = OSP_METHOD_GET,
                                     .view_ = true };

#define HTML(name, number, html)                                                                   \
    {                                                                                              \
        .file = "routes/" name, .text = html, .len = sizeof(html) - 1, .index = number             \
    }
static const osp_template_file shop = HTML("(shop)/layout.html", 0, "<shop>{{outlet}}");
static const osp_template_file office = HTML("(office)/layout.html", 1, "<office>{{outlet}}");
static const osp_template_file desk = HTML("(office)/desk/page.html", 2, "desk");
static const osp_template_file any = HTML("(shop)/files/[...path]/page.html", 3, "file");
static const osp_template_file no_ware = HTML("(shop)/not-found.html", 4, "no ware");
static const osp_template_file no_desk = HTML("(office)/desk/not-found.html", 5, "no desk");
static const osp_template_file *const templates[] = { &shop, &office,  &desk,
                                                      &any,  &no_ware, &no_desk };

static const osp_page_part shop_part = { .html = &shop }, office_part = { .html = &office },
                           desk_part = { .html = &desk }, no_ware_part = { .html = &no_ware },
                           no_desk_part = { .html = &no_desk },
                           any_part = { .html = &any,
                                        .load = &rest_load,
                                        .not_found = { &no_ware, 1 } };
static const osp_page_part *const desk_parts[] = { &office_part, &desk_part };
static const osp_page_part *const any_parts[] = { &shop_part, &any_part };
static const osp_page_part *const no_ware_parts[] = { &shop_part, &no_ware_part };
static const osp_page_part *const no_desk_parts[] = { &office_part, &no_desk_part };
static const osp_page_def desk_page = { .parts = desk_parts, .part_count = 2 };
static const osp_page_def any_page = { .parts = any_parts, .part_count = 2 };
static const osp_page_def no_ware_page = { .parts = no_ware_parts, .part_count = 2 };
static const osp_page_def no_desk_page = { .parts = no_desk_parts, .part_count = 2 };
static const osp_page_def *const pages[] = { &desk_page, &any_page, &no_ware_page, &no_desk_page };

static const char *const path_name[] = { "path" };
static const osp_route_leaf desk_leaf = { .pattern = "/desk",
                                          .file = "",
                                          .by_method = { [OSP_METHOD_GET] = &osp_route_page__GET },
                                          .page = &desk_page };
static const osp_route_leaf any_leaf = { .pattern = "/files/[...path]",
                                         .file = "",
                                         .param_names = path_name,
                                         .param_count = 1,
                                         .rest = OSP_REST_SOME,
                                         .by_method = { [OSP_METHOD_GET] = &rest_load },
                                         .page = &any_page };
static const osp_route_leaf *const leaves[] = { &desk_leaf, &any_leaf };

/* Of the host office.example the desk, of all others the files. */
static const osp_route_node desk_node = { .leaf = &desk_leaf, .not_found = &no_desk_page };
static const osp_route_edge desk_edge = { "desk", 4, &desk_node };
static const osp_route_node office_root = { .edges = &desk_edge };
static const osp_route_node files_node = { .rest = &any_leaf };
static const osp_route_edge files_edge = { "files", 5, &files_node };
static const osp_route_node shop_root = { .edges = &files_edge, .not_found = &no_ware_page };
static const osp_route_edge host_edge = { "office.example", 14, &office_root };
static const osp_route_node hosts = { .edges = &host_edge, .param = &shop_root };

static osp_app_def app = { .name = "urls",
                           .hosts = &hosts,
                           .leaves = leaves,
                           .leaf_count = OSP_ARRAY_LEN(leaves),
                           .templates = templates,
                           .template_count = OSP_ARRAY_LEN(templates),
                           .pages = pages,
                           .page_count = OSP_ARRAY_LEN(pages),
                           .page_keeper = &osp_page_keeper };

static const struct {
    const char *host, *path;
    int status;
    const char *wanted;
} cases[] = {
    { "shop.example", "/files/a/b", 404, "<shop>no ware" }, /* a catch-all is no 200 */
    { "shop.example", "/files", 404, "<shop>no ware" },
    { "shop.example", "/", 404, "<shop>no ware" },
    { "shop.example", "/desk", 404, "<shop>no ware" },
    { "office.example", "/desk", 200, "<office>desk" },
    { "office.example", "/desk/drawer", 404, "<office>no desk" },
    { "office.example", "/nothing", 404, "<shop>no ware" }, /* of all hosts */
};

OSP_UNIT_TEST(page_urls, "each document has its own page for what there is not")
{
    static const osp_app_info info = { .whole_pages = true };
    osp_pages *compiled;
    osp_error err = { 0 };
    osp_arena arena;
    osp_buf out;
    app.info = &info;
    OSP_CHECK(osp_page_keeper.check(&app, &(osp_buf){ .max = 4096 }) == 0);
    OSP_CHECK(osp_page_keeper.open(&app, &compiled, &err) == OSP_OK);
    const osp_service services[] = { { &osp_pages_key, compiled }, { NULL, NULL } };
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_buf_init(&out, NULL, 0, 1 << 20);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const osp_header_field headers[] = { { OSP_STR("Host"), osp_str_from(cases[i].host) },
                                             { OSP_STR("Accept"), OSP_STR("text/html") } };
        osp_ctx ctx;
        osp_ctx_init(&ctx, &app, &arena);
        ctx.task.services = services;
        ctx.request.method = OSP_METHOD_GET;
        ctx.request.target = osp_str_from(cases[i].path);
        ctx.request.headers = headers;
        ctx.request.header_count = 2;
        osp_app_handle(&ctx);
        out.len = 0;
        OSP_CHECK(osp_reply_write_h1(&ctx.response, &(osp_reply_options){ 0 }, &out) == OSP_OK);
        const char *body = memmem(out.ptr, out.len, "\r\n\r\n", 4);
        OSP_CHECK(ctx.response.status == cases[i].status);
        OSP_CHECK_STR(((osp_str){ body + 4, out.len - (size_t)(body + 4 - out.ptr) }),
                      osp_str_from(cases[i].wanted));
        osp_arena_reset(&arena);
    }
    osp_arena_done(&arena);
    osp_buf_done(&out);
    osp_page_keeper.close(compiled);
}
