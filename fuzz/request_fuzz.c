/* Hostile requests through the dispatch: targets, methods, conditions and bodies against one route
 * that answers every method and sends validators.
 *
 * Whatever comes, there is an answer that can be written, it is the same for HEAD as for GET, and a
 * condition changes nothing but the status of a success. */
#include <stdlib.h>
#include <string.h>

#include "app/ctx.h"
#include "wire/date.h"

#define DATE "Date: Tue, 15 Nov 1994 08:12:31 GMT\r\n"

typedef struct Note {
    osp_str note;
} Note;
OSP_TYPE(Note, FIELD(note, .fallback = "-"));

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

static osp_status echo(osp_ctx *ctx, const void *in, void *out)
{
    OSP_TRY(osp_set_header(ctx, S("ETag"), S("\"one\"")));
    OSP_TRY(osp_set_header(ctx, S("Last-Modified"), S("Tue, 15 Nov 1994 08:12:31 GMT")));
    memcpy(out, in, sizeof(Note));
    return OSP_OK;
}

static int answer(const osp_h1_head *head, osp_method method, osp_str body)
{
    static const osp_route route = {
        .in_ = &osp_type_Note, .out_ = &osp_type_Note, .call_ = echo, .handler_ = "echo"
    };
    static const osp_route_leaf leaf = { .pattern = "/",
                                         .by_method = { [OSP_METHOD_GET] = &route,
                                                        [OSP_METHOD_POST] = &route,
                                                        [OSP_METHOD_PUT] = &route } };
    static const osp_route_node root = { .leaf = &leaf };
    static const osp_app_def app = { .name = "fuzz", .root = &root };
    static char block[8192];
    osp_arena arena;
    osp_ctx ctx;
    osp_buf out;
    osp_arena_init(&arena, block, sizeof(block), 1 << 22);
    osp_buf_init(&out, NULL, 0, 1 << 22);
    osp_ctx_init(&ctx, &app, &arena);
    osp_request_take_head(&ctx.request, head);
    ctx.request.method = method;
    ctx.request.body = body;
    osp_app_handle(&ctx);
    const osp_reply_options options = { .date_line = DATE };
    require(osp_reply_write_h1(&ctx.response, &options, &out) == OSP_OK);
    const int status = ctx.response.status;
    osp_buf_done(&out);
    osp_arena_done(&arena);
    return status;
}

static void drop_conditions(osp_h1_head *head)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < head->header_count; i++) {
        const osp_str name = head->headers[i].name;
        if (name.len < 3 || !osp_str_equal_nocase((osp_str){ name.ptr, 3 }, S("if-"))) {
            head->headers[kept++] = head->headers[i];
        }
    }
    head->header_count = kept;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static osp_h1_head head;
    char *text = calloc(1, size + OSP_H1_PADDING);
    require(text != NULL);
    memcpy(text, data, size);
    const osp_str in = { text, size };
    int64_t second = 0;
    (void)osp_http_date_read(in, 0, &second);
    if (osp_h1_parse_head(in, 0, &osp_h1_limits_default, &head) != OSP_OK) {
        free(text);
        return 0;
    }
    const osp_str body = { in.ptr + head.size, in.len - head.size };
    const int status = answer(&head, head.method, body);
    require(status >= 200 && status <= 599);
    const int get = answer(&head, OSP_METHOD_GET, body);
    require(get == answer(&head, OSP_METHOD_HEAD, body));
    drop_conditions(&head);
    const int plain = answer(&head, OSP_METHOD_GET, body);
    require(get == plain || (plain == 200 && (get == 304 || get == 412)));
    free(text);
    return 0;
}
