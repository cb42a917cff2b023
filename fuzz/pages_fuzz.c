/* Pages whose layouts, slots and loads refuse, fail and run out of memory, asked for by anyone.
 *
 *     DOES DOES DOES FLAGS MEMORY | TARGET \n OpenSpeed-Parts \n Cookie \n BODY
 *
 * What the loads of layout, page and slot do, how the slot fails, and how much memory there is, one
 * byte each.  There is an answer each time, and what a layout keeps out is not in it. */
#include <string.h>

#include "app/ctx.h"
#include "tests/unit/demo.h"

#define ARENA_MAX ((size_t)1 << 22)
#define KEPT "<p>a &amp; b"
enum { ROOT, PAGE, SLOT, FLAGS, MEMORY, BYTES };
enum { IN_PLACE = 1, POSTS = 2, HEADS = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static osp_status fails_badly(osp_ctx *ctx)
{
    return osp_fail(ctx, 503, "later");
}

static osp_status takes_all(osp_ctx *ctx)
{
    while (osp_alloc(ctx, 64) != NULL) {
    }
    return OSP_E_NOMEM;
}

static osp_status answers(osp_ctx *ctx)
{
    return osp_text(ctx, OSP_STR("else"));
}

static osp_status (*const does[])(osp_ctx *ctx) = {
    NULL,        osp_demo_404, osp_demo_403, osp_demo_io, osp_demo_redirect,
    fails_badly, takes_all,    answers
};

/* Templates are compiled anew where the slot fails otherwise. */
static void prepare(bool in_place)
{
    static bool begun, was_in_place;
    if (begun && was_in_place == in_place) {
        return;
    }
    if (begun) {
        osp_demo_end();
    }
    osp_demo_aside_part.error.depth = in_place ? OSP_PAGE_IN_PLACE : 1;
    osp_demo_begin();
    begun = true;
    was_in_place = in_place;
}

static osp_str line(osp_str *rest)
{
    const char *end = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;
    const size_t len = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
    const osp_str found = { rest->ptr, len };
    *rest = (osp_str){ rest->ptr + len + (end != NULL), rest->len - len - (end != NULL) };
    return found;
}

static void ask(osp_ctx *ctx, osp_arena *arena, unsigned flags, osp_str rest)
{
    const osp_str target = line(&rest), parts = line(&rest), cookie = line(&rest);
    const osp_header_field headers[] = {
        { OSP_STR("Accept"), OSP_STR("text/html") },
        { OSP_STR("OpenSpeed-Parts"), parts },
        { OSP_STR("Cookie"), cookie },
        { OSP_STR("Content-Type"), OSP_STR("application/x-www-form-urlencoded") },
    };
    osp_ctx_init(ctx, &osp_demo_app, arena);
    ctx->task.services = osp_demo.services;
    ctx->request.method = (flags & POSTS) != 0   ? OSP_METHOD_POST
                          : (flags & HEADS) != 0 ? OSP_METHOD_HEAD
                                                 : OSP_METHOD_GET;
    ctx->request.target = target;
    ctx->request.headers = headers;
    ctx->request.header_count = OSP_ARRAY_LEN(headers);
    ctx->request.minor = 1;
    ctx->request.body = rest;
    osp_app_handle(ctx);
}

static bool refuses(uint8_t byte)
{
    return does[byte % OSP_ARRAY_LEN(does)] != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static osp_ctx ctx;
    osp_arena arena;
    osp_buf out;
    if (size < BYTES) {
        return 0;
    }
    prepare((data[FLAGS] & IN_PLACE) != 0);
    osp_demo.does.root = does[data[ROOT] % OSP_ARRAY_LEN(does)];
    osp_demo.does.page = does[data[PAGE] % OSP_ARRAY_LEN(does)];
    osp_demo.does.slot = does[data[SLOT] % OSP_ARRAY_LEN(does)];
    osp_arena_init(&arena, NULL, 0, data[MEMORY] > 0 ? data[MEMORY] * (size_t)128 : ARENA_MAX);
    osp_buf_init(&out, NULL, 0, ARENA_MAX);
    ask(&ctx, &arena, data[FLAGS], (osp_str){ (const char *)data + BYTES, size - BYTES });
    OSP_ASSERT(ctx.response.status >= 200 && ctx.response.status <= 599);
    const osp_status status =
        osp_reply_write_h1(&ctx.response, &(osp_reply_options){ .close = false }, &out);
    OSP_ASSERT(status == OSP_OK || data[MEMORY] > 0);
    OSP_ASSERT(!refuses(data[ROOT]) || memmem(out.ptr, out.len, KEPT, sizeof KEPT - 1) == NULL);
    osp_buf_done(&out);
    osp_arena_done(&arena);
    return 0;
}
