#include "http/range.h"

#include "tests/unit/unit.h"

static void part(const char *value, uint64_t size, uint64_t at, uint64_t length)
{
    osp_byte_range range = { 0 };
    const osp_range_verdict verdict = osp_range_read(osp_str_from(value), size, &range);
    if (verdict != OSP_RANGE_PART || range.at != at || range.length != length) {
        fprintf(stderr, "%s: verdict %d, %llu bytes at %llu\n", value, verdict,
                (unsigned long long)range.length, (unsigned long long)range.at);
    }
    OSP_CHECK(verdict == OSP_RANGE_PART && range.at == at && range.length == length);
}

static void no_part(const char *value, uint64_t size, osp_range_verdict wanted)
{
    osp_byte_range range = { 7, 7 };
    const osp_range_verdict verdict = osp_range_read(osp_str_from(value), size, &range);
    if (verdict != wanted) {
        fprintf(stderr, "%s: verdict %d, not %d\n", value, verdict, wanted);
    }
    OSP_CHECK(verdict == wanted && range.at == 7 && range.length == 7);
}

OSP_UNIT_TEST(range_single, "one range is a part (RFC 9110 14.1.2)")
{
    part("bytes=0-499", 1000, 0, 500);
    part("bytes=500-999", 1000, 500, 500);
    part("bytes=500-", 1000, 500, 500);
    part("bytes=-500", 1000, 500, 500);
    part("bytes=0-0", 1000, 0, 1);
    part("bytes=-1", 1000, 999, 1);
    part("bytes=999-", 1000, 999, 1);
    part("bytes=0-", 1, 0, 1);
    part("BYTES=0-1", 1000, 0, 2);
    part("bytes= 0-1 ", 1000, 0, 2);
    part("bytes=,0-1,,", 1000, 0, 2);
    part("bytes=00-01", 1000, 0, 2);
}

OSP_UNIT_TEST(range_clamped, "an end beyond the last byte is the last byte")
{
    part("bytes=0-1000", 1000, 0, 1000);
    part("bytes=990-99999999999999999999999999", 1000, 990, 10);
    part("bytes=-99999999999999999999999999", 1000, 0, 1000);
    part("bytes=-1001", 1000, 0, 1000);
    part("bytes=18446744073709551613-", UINT64_MAX, UINT64_MAX - 2, 2);
    part("bytes=-1", UINT64_MAX, UINT64_MAX - 1, 1);
}

OSP_UNIT_TEST(range_joined, "ranges that overlap or touch are one part")
{
    part("bytes=0-1,2-3", 1000, 0, 4);
    part("bytes=2-3,0-1", 1000, 0, 4);
    part("bytes=0-10,5-20", 1000, 0, 21);
    part("bytes=0-10,2-3", 1000, 0, 11);
    part("bytes=0-0,2-2,1-1", 1000, 0, 3);
    part("bytes=5-5,0-0,1-4", 1000, 0, 6);
    part("bytes=0-0,2000-", 1000, 0, 1);
    part("bytes=0-0,-0", 1000, 0, 1);
}

OSP_UNIT_TEST(range_none, "ranges beyond the end are answered 416")
{
    no_part("bytes=1000-", 1000, OSP_RANGE_NONE);
    no_part("bytes=1000-1001", 1000, OSP_RANGE_NONE);
    no_part("bytes=-0", 1000, OSP_RANGE_NONE);
    no_part("bytes=1000-,2000-3000", 1000, OSP_RANGE_NONE);
    no_part("bytes=0-", 0, OSP_RANGE_NONE);
    no_part("bytes=-5", 0, OSP_RANGE_WHOLE); /* which 206 cannot say */
    no_part("bytes=-0", 0, OSP_RANGE_NONE);
    no_part("bytes=99999999999999999999-", 1000, OSP_RANGE_NONE);
}

OSP_UNIT_TEST(range_ignored, "what is malformed, unknown or of several parts is no range")
{
    static const char *const values[] = {
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=1",
        "bytes=a-b",
        "bytes=1-b",
        "bytes=2-1",
        "bytes=--1",
        "bytes=1-2-3",
        "bytes=+1-2",
        "bytes=1 -2",
        "bytes=0x1-2",
        "items=0-1",
        "bytes =0-1",
        "bytes:0-1",
        "0-1",
        "bytes=0-1,a",
        "bytes=0-1,2-1",
        "bytes=0-1,3-4",
        "bytes=0-0,-1",
        "bytes=1-2;3-4",
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(values); i++) {
        no_part(values[i], 1000, OSP_RANGE_WHOLE);
    }
}

OSP_UNIT_TEST(range_many, "OSP_RANGES_MAX ranges are read, one more is not")
{
    char value[256];
    osp_byte_range range;
    size_t len = (size_t)snprintf(value, sizeof value, "bytes=0-0");
    for (int i = 1; i < OSP_RANGES_MAX; i++) {
        len += (size_t)snprintf(value + len, sizeof value - len, ",%d-%d", i, i);
    }
    part(value, 1000, 0, OSP_RANGES_MAX);
    (void)snprintf(value + len, sizeof value - len, ",%d-%d", OSP_RANGES_MAX, OSP_RANGES_MAX);
    OSP_CHECK(osp_range_read(osp_str_from(value), 1000, &range) == OSP_RANGE_WHOLE);
}

OSP_UNIT_TEST(range_content, "Content-Range (RFC 9110 14.4)")
{
    char text[OSP_CONTENT_RANGE_SIZE];
    const osp_byte_range range = { 500, 500 };
    const osp_byte_range last = { UINT64_MAX - 2, 2 };
    size_t len = osp_content_range(&range, 1234, text);
    OSP_CHECK_STR(((osp_str){ text, len }), OSP_STR("bytes 500-999/1234"));
    len = osp_content_range(NULL, 1234, text);
    OSP_CHECK_STR(((osp_str){ text, len }), OSP_STR("bytes */1234"));
    len = osp_content_range(&last, UINT64_MAX, text);
    OSP_CHECK_STR(((osp_str){ text, len }),
                  OSP_STR("bytes 18446744073709551613-18446744073709551614/18446744073709551615"));
}
