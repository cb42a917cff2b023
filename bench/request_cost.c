/* What one request costs in instructions, from bytes to bytes, without sockets.
 *
 *     request_cost SCENARIO COUNT      SCENARIO: plaintext, wrapped, json, param, post, page,
 *                                  fortunes
 *
 * "wrapped" is "plaintext" with ten middlewares around it, which do nothing; "page" is a page.html
 * of about the same text within one layout; "fortunes" is a table of thirteen rows.
 *
 * Parses a head, dispatches, runs the handler and writes the answer, COUNT times, exactly as a
 * worker does between recv and send.  Run under callgrind by tools/instructions; the figure is
 * recorded in bench/baseline.json. */
#include <openspeed/openspeed.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/page_keeper.h"

typedef struct Message {
    osp_str message;
} Message;
OSP_TYPE(Message, FIELD(message));

typedef struct ById {
    osp_str id;
} ById;
OSP_TYPE(ById, PATH(id));

typedef struct User {
    osp_str id;
} User;
OSP_TYPE(User, FIELD(id));

typedef struct Person {
    osp_str name;
    int32_t age;
    osp_str email;
    osp_str_list tags;
    osp_str bio;
} Person;
OSP_TYPE(Person, FIELD(name, .max_len = 100), FIELD(age, AT_LEAST(0)), FIELD(email),
         LIST(tags, osp_str), FIELD(bio));

static osp_status plaintext(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, OSP_STR("Hello, World!"));
}

static osp_status json(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    (void)in;
    ((Message *)out)->message = OSP_STR("Hello, World!");
    return OSP_OK;
}

static osp_status param(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    ((User *)out)->id = ((const ById *)in)->id;
    return OSP_OK;
}

static osp_status post(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    memcpy(out, in, sizeof(Person));
    return OSP_OK;
}

static osp_status pass(osp_ctx *ctx, osp_next *next)
{
    OSP_TRY(osp_run(ctx, next)); /* and something behind it, as most have */
    return OSP_OK;
}

typedef struct Fortune {
    int64_t id;
    osp_str message;
} Fortune;
OSP_LIST_OF(Fortune);
OSP_TYPE(Fortune, FIELD(id), FIELD(message));

typedef struct FortunesView {
    Fortune_list fortunes;
} FortunesView;
OSP_TYPE(FortunesView, LIST(fortunes, Fortune));

#define M(literal) .ptr = (literal), .len = sizeof(literal) - 1
static Fortune rows[] = {
    { 11,
      { M("<script>alert(\"This should not be displayed in a browser alert box.\");</script>") } },
    { 4, { M("A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1") } },
    { 5, { M("A computer program does what you tell it to do, not what you want it to do.") } },
    { 2, { M("A computer scientist is someone who fixes things that aren't broken.") } },
    { 8, { M("A list is only as strong as its weakest link. — Donald Knuth") } },
    { 0, { M("Additional fortune added at request time.") } },
    { 3, { M("After enough decimal places, nobody gives a damn.") } },
    { 7, { M("Any program that runs right is obsolete.") } },
    { 10, { M("Computers make very fast, very accurate mistakes.") } },
    { 6, { M("Emacs is a nice operating system, but I prefer UNIX. — Tom Christaensen") } },
    { 9, { M("Feature: A bug with seniority.") } },
    { 1, { M("fortune: No such file or directory") } },
    { 12, { M("フレームワークのベンチマーク") } },
};

static osp_status fortunes(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    (void)in;
    ((FortunesView *)out)->fortunes = (Fortune_list){ rows, OSP_ARRAY_LEN(rows) };
    return OSP_OK;
}

static const osp_middleware step = { .call_ = pass, .name_ = "pass" };
static const osp_middleware *const ten[] = { &step, &step, &step, &step, &step, &step,
                                             &step, &step, &step, &step, NULL };

#define HEAD                                                                                       \
    "Host: localhost\r\nAccept: text/plain,text/html;q=0.9,application/xhtml+xml;q=0.9,"           \
    "application/xml;q=0.8,*/*;q=0.7\r\nConnection: keep-alive\r\n"

static const char layout_text[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta "
    "charset=\"utf-8\">\n{{head}}</head>\n<body>\n"
    "<header><a href=\"/\">Home</a></header>\n<main>{{outlet}}</main>\n</body>\n</html>\n";
static const char page_text[] = "{{#head}}<title>Hello</title>{{/head}}<p>Hello, World!</p>\n";
static const osp_template_file layout_file = { "routes/layout.html", layout_text,
                                               sizeof layout_text - 1, 0 };
static const osp_template_file page_file = { "routes/page.html", page_text, sizeof page_text - 1,
                                             1 };
static const char table_text[] =
    "<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table>"
    "<tr><th>id</th><th>message</th></tr>{{#each fortunes}}<tr><td>{{id}}</td>"
    "<td>{{message}}</td></tr>{{/each}}</table></body></html>";
static const osp_template_file table_file = { "routes/fortunes/page.html", table_text,
                                              sizeof table_text - 1, 2 };
static const osp_template_file *const templates[] = { &layout_file, &page_file, &table_file };
static const osp_page_part layout_part = { .html = &layout_file };
static const osp_page_part page_part = { .html = &page_file };
static const osp_page_part *const page_parts[] = { &layout_part, &page_part };
static const osp_page_def page = { .parts = page_parts, .part_count = 2 };
static const osp_route fortunes_route = { .in_ = &osp_type_void,
                                          .out_ = &osp_type_FortunesView,
                                          .call_ = osp_page_show_,
                                          .fills_ = fortunes,
                                          .handler_ = "fortunes" };
static const osp_page_part table_part = { .html = &table_file, .load = &fortunes_route };
static const osp_page_part *const table_parts[] = { &table_part };
static const osp_page_def table = { .parts = table_parts, .part_count = 1 };
static osp_service services[2]; /* templates */

typedef struct scenario {
    const char *name, *request, *body;
    osp_route route;
    const char *segment;
    bool has_param;
    const osp_middleware *const *chain;
    const osp_page_def *page;
} scenario;

static const scenario scenarios[] = {
    { "plaintext",
      "GET /plaintext HTTP/1.1\r\n" HEAD "\r\n",
      "",
      { .in_ = &osp_type_void, .out_ = &osp_type_void, .call_ = plaintext },
      "plaintext",
      false,
      NULL,
      NULL },
    { "wrapped",
      "GET /plaintext HTTP/1.1\r\n" HEAD "\r\n",
      "",
      { .in_ = &osp_type_void, .out_ = &osp_type_void, .call_ = plaintext },
      "plaintext",
      false,
      ten,
      NULL },
    { "json",
      "GET /json HTTP/1.1\r\n" HEAD "\r\n",
      "",
      { .in_ = &osp_type_void, .out_ = &osp_type_Message, .call_ = json },
      "json",
      false,
      NULL,
      NULL },
    { "param",
      "GET /users/123 HTTP/1.1\r\n" HEAD "\r\n",
      "",
      { .in_ = &osp_type_ById, .out_ = &osp_type_User, .call_ = param },
      "users",
      true,
      NULL,
      NULL },
    { "post",
      "POST /echo HTTP/1.1\r\n" HEAD
      "Content-Type: application/json\r\nContent-Length: 239\r\n\r\n",
      "{\"name\":\"Ada Lovelace\",\"age\":36,\"email\":\"ada@example.org\",\"tags\":[\"analyst\","
      "\"metaphysician\",\"founder\",\"poetical science\"],\"bio\":\"The Analytical Engine weaves "
      "algebraical patterns just as the Jacquard loom weaves flowers and leaves, she wrote.\"}",
      { .in_ = &osp_type_Person, .out_ = &osp_type_Person, .call_ = post },
      "echo",
      false,
      NULL,
      NULL },
    { "page",
      "GET /page HTTP/1.1\r\n" HEAD "\r\n",
      "",
      { .in_ = &osp_type_void, .out_ = &osp_type_void, .call_ = osp_page_show_ },
      "page",
      false,
      NULL,
      &page },
    { "fortunes",
      "GET /fortunes HTTP/1.1\r\n" HEAD "\r\n",
      "",
      { .in_ = &osp_type_void,
        .out_ = &osp_type_FortunesView,
        .call_ = osp_page_show_,
        .fills_ = fortunes,
        .handler_ = "fortunes" },
      "fortunes",
      false,
      NULL,
      &table },
};

/* `in`: the head, with OSP_H1_PADDING behind it. */
static void answer(const osp_app_def *app, const scenario *what, const char *in, osp_arena *arena,
                   osp_buf *out)
{
    static osp_h1_head head;
    static osp_ctx ctx;
    static uint8_t width;
    const osp_str bytes = { in, strlen(in) };
    if (osp_h1_parse_head(bytes, 0, &osp_h1_limits_default, &head) != OSP_OK ||
        head.size != bytes.len) {
        abort();
    }
    osp_ctx_init(&ctx, app, arena);
    ctx.task.services = services;
    osp_request_take_head(&ctx.request, &head);
    ctx.request.body = osp_str_from(what->body);
    osp_app_handle(&ctx);
    out->len = 0;
    const osp_reply_options options = { .date_line = "Date: Tue, 15 Nov 1994 08:12:31 GMT\r\n",
                                        .width = &width };
    if (ctx.response.status != 200 || osp_reply_write_h1(&ctx.response, &options, out) != OSP_OK) {
        fprintf(stderr, "%s: %.*s\n", what->name, OSP_ARG(ctx.response.bytes));
        abort();
    }
    osp_arena_reset(arena);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 3 && i < OSP_ARRAY_LEN(scenarios); i++) {
        const scenario *what = &scenarios[i];
        if (strcmp(what->name, argv[1]) != 0) {
            continue;
        }
        static const char *const params[] = { "id" };
        const osp_route_leaf leaf = {
            .pattern = what->name,
            .param_names = params,
            .param_count = what->has_param,
            .chain = what->chain,
            .page = what->page,
            .by_method = { [OSP_METHOD_GET] = &what->route, [OSP_METHOD_POST] = &what->route }
        };
        const osp_route_node end = { .leaf = &leaf, .kind = OSP_NODE_STATIC_ONLY };
        const osp_route_node middle = { .leaf = &leaf,
                                        .param = what->has_param ? &end : NULL,
                                        .kind = what->has_param ? OSP_NODE_STATIC_PARAM
                                                                : OSP_NODE_STATIC_ONLY };
        const osp_route_edge edge = { what->segment, (uint32_t)strlen(what->segment), &middle };
        const osp_route_node root = { .edges = &edge, .kind = OSP_NODE_STATIC_ONLY };
        const osp_route_leaf *const leaves[] = { &leaf };
        const osp_app_def app = { .name = "cost",
                                  .root = &root,
                                  .leaves = leaves,
                                  .leaf_count = 1,
                                  .templates = templates,
                                  .template_count = OSP_ARRAY_LEN(templates),
                                  .pages = &what->page,
                                  .page_count = what->page != NULL };
        osp_pages *compiled = NULL;
        osp_error err;
        if (what->page != NULL && osp_page_keeper.open(&app, &compiled, &err) != OSP_OK) {
            fprintf(stderr, "%s\n", err.message);
            return 1;
        }
        services[0] = (osp_service){ &osp_pages_key, compiled };
        static char first[8192], storage[16384], in[1024];
        osp_arena arena;
        osp_buf out;
        osp_arena_init(&arena, first, sizeof first, 1 << 20);
        osp_buf_init(&out, storage, sizeof storage, sizeof storage);
        snprintf(in, sizeof in - OSP_H1_PADDING, "%s", what->request);
        for (long n = strtol(argv[2], NULL, 10); n > 0; n--) {
            answer(&app, what, in, &arena, &out);
        }
        osp_page_keeper.close(compiled);
        return 0;
    }
    fprintf(stderr, "usage: request_cost plaintext|wrapped|json|param|post|page|fortunes COUNT\n");
    return 2;
}
