/* Cookies: what is set comes back as it was, and what anyone sends breaks nothing.
 *
 * The bytes are a Cookie header, and the value of a cookie that is set beside it, signed and
 * plain; its options come from the first bytes. */
#include <string.h>

#include "app/ctx.h"
#include "http/set_cookie.h"
#include "wire/uri.h"

#define ARENA_MAX (1U << 22)

static const osp_app_def app = { .name = "fuzz" };

/* What a browser would send of a Set-Cookie. */
static osp_str pair_of(osp_str field)
{
    const char *end = memchr(field.ptr, ';', field.len);
    OSP_ASSERT(end != NULL);
    for (size_t i = 0; i < field.len; i++) {
        OSP_ASSERT(field.ptr[i] >= ' ' && field.ptr[i] < 0x7f);
    }
    return (osp_str){ field.ptr, (size_t)(end - field.ptr) };
}

static void comes_back(osp_ctx *ctx, osp_str value, const osp_str_list *keys)
{
    const osp_str pair = pair_of(osp_answer_header(ctx, S("Set-Cookie")));
    const osp_header_field back = { S("Cookie"), pair };
    osp_str got = { 0 };
    ctx->request.headers = &back;
    ctx->request.header_count = 1;
    if (keys == NULL) {
        got = osp_cookie(ctx, S("__Host-a"));
    } else {
        const osp_status status = osp_signed_cookie(ctx, *keys, S("__Host-a"), &got);
        OSP_ASSERT(status == OSP_OK);
    }
    OSP_ASSERT(osp_str_equal(got, value));
}

static void set_and_read(osp_ctx *ctx, uint8_t bits, osp_str value)
{
    static const char key[] = "0123456789abcdef0123456789abcdef";
    osp_str keys[] = { { key, sizeof(key) - 1 } };
    const osp_str_list list = { keys, 1 };
    const bool is_signed = (bits & 1) != 0;
    const osp_cookie_options options = { .max_age_s = bits >> 4,
                                         .same_site = (osp_same_site)((bits >> 1) % 3),
                                         .partitioned = (bits & 8) != 0 };
    const osp_status status =
        is_signed ? osp_set_signed_cookie_at(ctx, NULL, list, S("__Host-a"), value, &options)
                  : osp_set_cookie_at(ctx, NULL, S("__Host-a"), value, &options);
    if (status == OSP_OK) {
        comes_back(ctx, value, is_signed ? &list : NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    osp_arena arena;
    osp_ctx ctx;
    if (size == 0) {
        return 0;
    }
    const osp_str text = { (const char *)data + 1, size - 1 };
    const osp_header_field sent = { S("cookie"), text };
    osp_arena_init(&arena, NULL, 0, ARENA_MAX);
    osp_ctx_init(&ctx, &app, &arena);
    ctx.request.target = S("/");
    ctx.request.headers = &sent;
    ctx.request.header_count = 1;
    for (osp_str rest = text;;) {
        osp_cookie_pair pair;
        const size_t before = rest.len;
        const osp_status status = osp_cookie_next(&rest, &pair);
        if (status == OSP_DONE) {
            break;
        }
        OSP_ASSERT(rest.len < before);
        (void)osp_cookie(&ctx, pair.name);
    }
    set_and_read(&ctx, data[0], text);
    /* Any name and options: either a flaw is named, or what is written is one line. */
    const osp_cookie_options options = { .path = text, .domain = text };
    if (osp_cookie_flaw(text, text, &options) == NULL) {
        char storage[OSP_COOKIE_PAIR_MAX * 4];
        osp_buf out;
        osp_buf_init(&out, storage, sizeof storage, sizeof storage);
        if (osp_cookie_write(text, text, &options, false, &out) == OSP_OK) {
            (void)pair_of((osp_str){ out.ptr, out.len });
        }
        osp_buf_done(&out);
    }
    osp_arena_done(&arena);
    return 0;
}
