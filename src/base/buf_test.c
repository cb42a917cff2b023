#include "base/buf.h"

#include "tests/unit/unit.h"

static osp_str text_of(const osp_buf *buf)
{
    return (osp_str){ buf->ptr, buf->len };
}

OSP_UNIT_TEST(buf_grows, "a buffer grows from nothing to its limit and not one further")
{
    osp_buf buf;
    osp_buf_init(&buf, NULL, 0, 1000);
    for (size_t i = 0; i < 1000; i++) {
        osp_buf_byte(&buf, (char)('a' + i % 26));
        OSP_CHECK(!buf.failed && buf.len == i + 1 && buf.cap <= 1000);
    }
    osp_buf_byte(&buf, '!');
    OSP_CHECK(buf.failed && buf.len == 1000);
    for (size_t i = 0; i < 1000; i++) {
        OSP_CHECK(buf.ptr[i] == (char)('a' + i % 26));
    }
    osp_buf_done(&buf);
}

OSP_UNIT_TEST(buf_borrowed, "growing copies away from the caller's storage and leaves it alone")
{
    char storage[8];
    osp_buf buf;
    osp_buf_init(&buf, storage, sizeof(storage), 100);
    osp_buf_str(&buf, S("12345678"));
    OSP_CHECK(buf.ptr == storage && buf.borrowed);
    osp_buf_byte(&buf, '9');
    OSP_CHECK(buf.ptr != storage && !buf.borrowed && !buf.failed);
    OSP_CHECK_STR(text_of(&buf), S("123456789"));
    OSP_CHECK(memcmp(storage, "12345678", 8) == 0);
    osp_buf_done(&buf);
    OSP_CHECK(buf.ptr == NULL);
}

OSP_UNIT_TEST(buf_storage_above_max, "the limit counts even when the storage is larger")
{
    char storage[16];
    osp_buf buf;
    osp_buf_init(&buf, storage, sizeof(storage), 4);
    osp_buf_str(&buf, S("1234"));
    OSP_CHECK(!buf.failed);
    osp_buf_byte(&buf, '5');
    OSP_CHECK(buf.failed && buf.len == 4);
    osp_buf_done(&buf);
}

OSP_UNIT_TEST(buf_sticky, "after a failure nothing more is added, so there is no hole")
{
    osp_buf buf;
    osp_buf_init(&buf, NULL, 0, 10);
    osp_buf_str(&buf, S("12345"));
    osp_buf_str(&buf, S("6789012"));
    OSP_CHECK(buf.failed);
    osp_buf_str(&buf, S("6"));
    osp_buf_byte(&buf, '6');
    osp_buf_printf(&buf, "%d", 6);
    OSP_CHECK_STR(text_of(&buf), S("12345"));
    OSP_CHECK(buf.failed);
    OSP_CHECK(osp_buf_reserve_slow(&buf, 1) == OSP_E_LIMIT);
    osp_buf_done(&buf);
}

OSP_UNIT_TEST(buf_overflow, "a size that would wrap is refused")
{
    osp_buf buf;
    osp_buf_init(&buf, NULL, 0, SIZE_MAX);
    osp_buf_byte(&buf, 'a');
    OSP_CHECK(osp_buf_reserve_slow(&buf, SIZE_MAX) == OSP_E_LIMIT);
    osp_buf_done(&buf);
    osp_buf_init(&buf, NULL, 0, SIZE_MAX);
    OSP_CHECK(osp_buf_reserve_slow(&buf, SIZE_MAX / 4) == OSP_E_NOMEM && buf.failed);
    osp_buf_done(&buf);
}

OSP_UNIT_TEST(buf_empty, "appending nothing needs no memory")
{
    osp_buf buf;
    osp_buf_init(&buf, NULL, 0, 0);
    osp_buf_append(&buf, NULL, 0);
    osp_buf_str(&buf, (osp_str){ NULL, 0 });
    osp_buf_printf(&buf, "%s", "");
    OSP_CHECK(!buf.failed && buf.len == 0 && buf.ptr == NULL);
    osp_buf_byte(&buf, 'a');
    OSP_CHECK(buf.failed);
    osp_buf_done(&buf);
}

OSP_UNIT_TEST(buf_printf, "printf fills a buffer of any state, to the very limit")
{
    for (size_t max = 0; max < 40; max++) {
        for (size_t cap = 0; cap <= 40; cap += 5) {
            char storage[40];
            osp_buf buf;
            osp_buf_init(&buf, storage, cap, max);
            osp_buf_str(&buf, max >= 2 ? S("ab") : S(""));
            const size_t before = buf.len;
            osp_buf_printf(&buf, "%s-%05d", "hello", 42);
            const bool fits = before + 11 <= max;
            OSP_CHECK(buf.failed == !fits);
            OSP_CHECK(buf.len == (fits ? before + 11 : before));
            OSP_CHECK(!fits || memcmp(buf.ptr + before, "hello-00042", 11) == 0);
            osp_buf_done(&buf);
        }
    }
}

OSP_UNIT_TEST(buf_printf_long, "printf writes texts longer than any growth step")
{
    osp_buf buf;
    osp_buf_init(&buf, NULL, 0, 100000);
    osp_buf_printf(&buf, "%050000d|", 7);
    osp_buf_printf(&buf, "%049998d", 8);
    OSP_CHECK(!buf.failed && buf.len == 99999 && buf.ptr[49999] == '7' && buf.ptr[50000] == '|');
    osp_buf_printf(&buf, "%d", 10);
    OSP_CHECK(buf.failed && buf.len == 99999);
    osp_buf_done(&buf);
}
