/* Forms from anyone, of either kind, to an input with texts, lists and files.
 *
 *     | kind | bytes that come at once | body, whose boundary is X |
 *
 * Whether the body is whole or comes in pieces, the answer is the same to its last byte: what the
 * handler saw, or the problem. */
#include <stdlib.h>
#include <string.h>

#include "app/form.h"
#include "type/reflect_impl.h"

#define BODY_MAX 16384
#define ARENA_MAX (1 << 26)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef enum Hue { HUE_RED, HUE_BLUE } Hue;
OSP_ENUM(Hue, (HUE_RED, "red"), (HUE_BLUE, "blue"));

typedef struct In {
    osp_str a;
    int32_t b;
    Hue hue;
    osp_str_list c;
    osp_opt_upload f;
    osp_upload_list g;
} In;
OSP_TYPE(In, FORM(a, .fallback = "", .max_len = 30), FORM(b, .fallback = "0"),
         FORM_ENUM(hue, Hue, .fallback = "red"), FORM_LIST(c, osp_str, .joined = true),
         FORM(f, .min_len = 1, .max_len = 20, .media_types = "text/*, a/b"),
         FORM_LIST(g, osp_upload, .max_len = 2, EACH(.max_len = 9)));

static osp_status show(osp_ctx *ctx, const void *in, void *out)
{
    (void)out;
    return osp_text(ctx, osp_task_dump(&ctx->task, NULL, &osp_type_In, in));
}

static const osp_route route = {
    .in_ = &osp_type_In, .out_ = &osp_type_void, .call_ = show, .handler_ = "show"
};
static const osp_route_leaf leaf = { .pattern = "/",
                                     .file = "route.c",
                                     .by_method = { [OSP_METHOD_POST] = &route } };
static const osp_route_node root = { .leaf = &leaf };
static const osp_app_def app = { .name = "fuzz", .root = &root };

/* ---------------------------------------------------------------- a body in pieces */

static osp_str left;
static size_t piece;
static char given[BODY_MAX];

static osp_status door_read(osp_ctx *ctx, osp_str *ret_part)
{
    (void)ctx;
    const size_t len = left.len < piece ? left.len : piece;
    memset(given, '?', sizeof given); /* what was given before is gone */
    if (len == 0) {
        return OSP_DONE;
    }
    memcpy(given, left.ptr, len);
    left = (osp_str){ left.ptr + len, left.len - len };
    *ret_part = (osp_str){ given, len };
    return OSP_OK;
}

static void door_name(const osp_ctx *ctx, char text[OSP_REQUEST_NAME_LEN])
{
    (void)ctx;
    memset(text, '0', OSP_REQUEST_NAME_LEN);
}

static const osp_door whole_door = { .name = door_name },
                      piece_door = { .read = door_read, .name = door_name };

static void ask(osp_ctx *ctx, osp_arena *arena, osp_str body, bool multipart, bool whole)
{
    static osp_header_field headers[1];
    osp_arena_init(arena, NULL, 0, ARENA_MAX);
    osp_ctx_init(ctx, &app, arena);
    headers[0] = (osp_header_field){ OSP_STR("content-type"),
                                     multipart ? OSP_STR("multipart/form-data; boundary=X")
                                               : OSP_STR("application/x-www-form-urlencoded") };
    ctx->request.method = OSP_METHOD_POST;
    ctx->request.target = OSP_STR("/");
    ctx->request.headers = headers;
    ctx->request.header_count = 1;
    ctx->door = whole ? &whole_door : &piece_door;
    if (whole) {
        ctx->request.body = body;
    } else {
        left = body;
        ctx->request.body_pends = true;
        ctx->request.body_length = -1;
        ctx->request.body_max = BODY_MAX;
    }
    osp_app_handle(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3 || size > BODY_MAX) {
        return 0;
    }
    const bool multipart = (data[0] & 1) != 0;
    const osp_str body = { (const char *)data + 2, size - 2 };
    static osp_ctx first, second;
    osp_arena first_arena, second_arena;
    piece = (size_t)data[1] + 1;
    ask(&first, &first_arena, body, multipart, true);
    ask(&second, &second_arena, body, multipart, false);
    const osp_str said = first.response.bytes, again = second.response.bytes;
    if (first.response.status != second.response.status || !osp_str_equal(said, again) ||
        first.response.status >= 500) {
        abort();
    }
    osp_arena_done(&first_arena);
    osp_arena_done(&second_arena);
    return 0;
}
