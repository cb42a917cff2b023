/* Urlencoded forms, URLs of redirects and names of attachments: what is read is UTF-8, and what is
 * written again reads the same. */
#include <string.h>

#include "app/ctx.h"
#include "base/utf8.h"
#include "http/params.h"
#include "wire/uri.h"

#define ARENA_MAX (1U << 22)
#define OUT_MAX (1U << 20)

static const osp_app_def app = { .name = "fuzz" };

static void write_text(osp_str text, osp_buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (osp_uri_is_unreserved(text.ptr[i])) {
            osp_buf_byte(out, text.ptr[i]);
        } else {
            osp_percent_put(out, text.ptr[i]);
        }
    }
}

static void forms(osp_str text, osp_arena *arena)
{
    osp_params first, second;
    osp_buf out;
    if (osp_params_read(text, OSP_PARAM_FORM_PAIRS_MAX, arena, &first) != OSP_OK) {
        return;
    }
    OSP_ASSERT(first.count <= OSP_PARAM_FORM_PAIRS_MAX);
    osp_buf_init(&out, NULL, 0, OUT_MAX);
    for (size_t i = 0; i < first.count; i++) {
        OSP_ASSERT(osp_utf8_valid(first.items[i].name) && osp_utf8_valid(first.items[i].value));
        write_text(first.items[i].name, &out);
        osp_buf_byte(&out, '=');
        write_text(first.items[i].value, &out);
        osp_buf_byte(&out, '&');
    }
    const osp_status status =
        osp_params_read((osp_str){ out.ptr, out.len }, OSP_PARAM_FORM_PAIRS_MAX, arena, &second);
    OSP_ASSERT(status == OSP_OK && second.count == first.count);
    for (size_t i = 0; i < first.count; i++) {
        OSP_ASSERT(osp_str_equal(first.items[i].name, second.items[i].name));
        OSP_ASSERT(osp_str_equal(first.items[i].value, second.items[i].value));
    }
    osp_buf_done(&out);
}

/* Visible ASCII alone, so that it ends no header. */
static void is_one_line(osp_str value, bool spaces)
{
    for (size_t i = 0; i < value.len; i++) {
        OSP_ASSERT((spaces ? value.ptr[i] >= ' ' : value.ptr[i] > ' ') && value.ptr[i] < 0x7f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const osp_str text = { (const char *)data, size };
    osp_arena arena;
    osp_ctx ctx;
    osp_arena_init(&arena, NULL, 0, ARENA_MAX);
    osp_ctx_init(&ctx, &app, &arena);
    forms(text, &arena);
    if (osp_redirect(&ctx, 303, text) == OSP_OK) {
        const osp_str location = osp_answer_header(&ctx, S("Location"));
        is_one_line(location, false);
        OSP_ASSERT(!osp_is_local_url(text) || osp_is_local_url(location));
        OSP_ASSERT(osp_redirect(&ctx, 303, location) ==
                   OSP_OK); /* encoding twice changes nothing */
        OSP_ASSERT(osp_str_equal(osp_answer_header(&ctx, S("Location")), location));
    }
    if (osp_attachment(&ctx, text) == OSP_OK) {
        const osp_str field = osp_answer_header(&ctx, S("Content-Disposition"));
        is_one_line(field, true);
        OSP_ASSERT(memchr(field.ptr, '/', field.len) == NULL);
        OSP_ASSERT(memchr(field.ptr, '\\', field.len) == NULL);
    }
    osp_arena_done(&arena);
    return 0;
}
