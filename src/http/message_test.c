/* Answers whose length is guessed before their body is there. */
#include "http/message.h"

#include "tests/unit/unit.h"

#define BEFORE "what waits before it"

/* A JSON string of so many bytes, after an answer whose length had `width` digits. */
static void check_length(size_t length, uint8_t width, bool head_only)
{
    static char text[100000], expected[64];
    const osp_str value = { memset(text, 'x', length - 2), length - 2 };
    const osp_response response = { .status = 200,
                                    .media_type = S("application/json"),
                                    .type = &osp_type_osp_str,
                                    .value = &value };
    uint8_t kept = width;
    const osp_reply_options options = { .head_only = head_only, .width = &kept };
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 20);
    osp_buf_str(&out, S(BEFORE));
    OSP_CHECK(osp_reply_write_h1(&response, &options, &out) == OSP_OK);
    const int digits = snprintf(expected, sizeof expected, "%zu", length);
    OSP_CHECK(kept == digits || (kept == 0 && digits == 3));
    const int head = snprintf(expected, sizeof expected, "\r\nContent-Length: %zu\r\n\r\n", length);
    const size_t body_at = out.len - (head_only ? 0 : length);
    OSP_CHECK_STR(((osp_str){ out.ptr + body_at - (size_t)head, (size_t)head }),
                  osp_str_from(expected));
    OSP_CHECK(memcmp(out.ptr, BEFORE "HTTP/1.1 200 OK\r\n", sizeof BEFORE + 16) == 0);
    for (size_t i = 0; !head_only && i < length; i++) {
        OSP_CHECK(out.ptr[body_at + i] == (i == 0 || i == length - 1 ? '"' : 'x'));
    }
    osp_buf_done(&out);
}

OSP_UNIT_TEST(reply_width, "a length of any width stands where one of another was guessed")
{
    static const size_t lengths[] = { 2, 9, 10, 99, 100, 999, 1000, 9999, 10000, 99999, 100000 };
    for (size_t i = 0; i < OSP_ARRAY_LEN(lengths); i++) {
        for (uint8_t width = 0; width <= 9; width++) {
            check_length(lengths[i], width, false);
            check_length(lengths[i], width, true);
        }
    }
}

OSP_UNIT_TEST(reply_width_limit, "an answer that does not fit leaves the buffer as it was")
{
    const osp_str value = S("0123456789");
    const osp_response response = { .status = 200, .type = &osp_type_osp_str, .value = &value };
    const osp_reply_options options = { .head_only = false };
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 20);
    OSP_CHECK(osp_reply_write_h1(&response, &options, &out) == OSP_OK);
    const size_t size = out.len;
    osp_buf_done(&out);
    for (size_t max = 0; max <= size + 512; max++) {
        osp_buf_init(&out, NULL, 0, max);
        const osp_status got = osp_reply_write_h1(&response, &options, &out);
        OSP_CHECK(got == OSP_OK ? out.len == size : got == OSP_E_LIMIT && max < size + 256);
        OSP_CHECK(got == OSP_OK || (out.len == 0 && !out.failed));
        osp_buf_done(&out);
    }
}
