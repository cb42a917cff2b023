/* Whatever stands in a line of the log, it stays one line, and as long as it may be. */
#include "serve/line.h"

#include "base/utf8.h"
#include "tests/unit/unit.h"
#include "type/json.h"

static osp_str write(osp_str text, size_t max, osp_line_style style)
{
    static char out[8192];
    memset(out, '#', sizeof out);
    char *end = osp_line_text(out, text, max, style);
    OSP_CHECK((size_t)(end - out) <= max && out[max] == '#');
    return (osp_str){ out, (size_t)(end - out) };
}

static const struct {
    osp_str text, json, quoted, bare;
} cases[] = {
#define ROW(text, json, quoted, bare)                                                              \
    {                                                                                              \
        { text, sizeof(text) - 1 }, { json, sizeof(json) - 1 }, { quoted, sizeof(quoted) - 1 },    \
        {                                                                                          \
            bare, sizeof(bare) - 1                                                                 \
        }                                                                                          \
    }
    ROW("", "", "", ""),
    ROW("/a?b=c&d=%20~", "/a?b=c&d=%20~", "/a?b=c&d=%20~", "/a?b=c&d=%20~"),
    ROW("a\"b\\c", "a\\\"b\\\\c", "a\\\"b\\\\c", "a\"b\\c"),
    ROW("a\nb\rc\td\0e", "a\\u000ab\\u000dc\\u0009d\\u0000e", "a\\x0ab\\x0dc\\x09d\\x00e",
        "a b c d e"),
    ROW("\x1b[2J\x7f", "\\u001b[2J\\u007f", "\\x1b[2J\\x7f", " [2J "),
    ROW("12345678\n", "12345678\\u000a", "12345678\\x0a", "12345678 "),
    ROW("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
        "\\xc3\\xa9\\xe2\\x82\\xac\\xf0\\x9f\\x98\\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
    ROW("\xc2\x85x\xc2\x9f\xc2\xa0", "\\u0085x\\u009f\xc2\xa0", "\\xc2\\x85x\\xc2\\x9f\\xc2\\xa0",
        " x \xc2\xa0"),
    ROW("\xff"
        "a\xc3",
        "\\ufffda\\ufffd", "\\xffa\\xc3", "?a?"),
    ROW("\xed\xa0\x80\xc0\xaf", "\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd", "\\xed\\xa0\\x80\\xc0\\xaf",
        "?????"),
    ROW("\x9b[2J\xc2\x9b[2J", "\\ufffd[2J\\u009b[2J", "\\x9b[2J\\xc2\\x9b[2J", "?[2J [2J"),
};

OSP_UNIT_TEST(line_text, "text from outside in each style")
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        OSP_CHECK_STR(write(cases[i].text, 4096, OSP_LINE_JSON), cases[i].json);
        OSP_CHECK_STR(write(cases[i].text, 4096, OSP_LINE_QUOTED), cases[i].quoted);
        OSP_CHECK_STR(write(cases[i].text, 4096, OSP_LINE_BARE), cases[i].bare);
    }
}

OSP_UNIT_TEST(line_bytes, "each byte, anywhere in a word, leaves valid JSON on one line")
{
    for (unsigned byte = 0; byte < 256; byte++) {
        for (size_t at = 0; at < 17; at++) {
            char text[17], quoted[256];
            memset(text, 'x', sizeof text);
            text[at] = (char)byte;
            const osp_str json = write((osp_str){ text, sizeof text }, 4096, OSP_LINE_JSON);
            const int len = snprintf(quoted, sizeof quoted, "\"%.*s\"", OSP_ARG(json));
            OSP_CHECK(osp_json_check((osp_str){ quoted, (size_t)len }) == OSP_OK);
            const osp_str plain = write((osp_str){ text, sizeof text }, 4096, OSP_LINE_QUOTED);
            for (size_t i = 0; i < plain.len; i++) {
                OSP_CHECK(plain.ptr[i] >= 0x20 && plain.ptr[i] < 0x7f);
            }
            const osp_str bare = write((osp_str){ text, sizeof text }, 4096, OSP_LINE_BARE);
            OSP_CHECK(bare.len == sizeof text && memchr(bare.ptr, '\n', bare.len) == NULL);
        }
    }
}

OSP_UNIT_TEST(line_cut, "a text is whole at its limit, and ends in dots one past it")
{
    char text[200];
    memset(text, 'a', sizeof text);
    for (size_t max = OSP_LOG_PIECE_MIN; max < 100; max++) {
        osp_str cut = write((osp_str){ text, max }, max, OSP_LINE_JSON);
        OSP_CHECK_STR(cut, ((osp_str){ text, max }));
        cut = write((osp_str){ text, max + 1 }, max, OSP_LINE_JSON);
        OSP_CHECK(cut.len == max && memcmp(cut.ptr + max - 3, "...", 3) == 0 &&
                  cut.ptr[max - 4] == 'a');
    }
}

/* Pieces of every kind in every order of three, cut at every length. */
OSP_UNIT_TEST(line_cut_between, "nothing is cut within a character or an escape")
{
    static const char *const pieces[] = { "a",        "aaaaaaaaaaa",      "\"",  "\n",
                                          "\xc3\xa9", "\xf0\x9f\x98\x80", "\xff" };
    const size_t count = OSP_ARRAY_LEN(pieces);
    for (size_t i = 0; i < count * count * count; i++) {
        char text[128], quoted[512];
        const int len =
            snprintf(text, sizeof text, "%s%s%s%s%s", pieces[i % count], pieces[i / count % count],
                     pieces[i / count / count], pieces[i % count], pieces[i / count % count]);
        for (size_t max = OSP_LOG_PIECE_MIN; max < 60; max++) {
            const osp_str json = write((osp_str){ text, (size_t)len }, max, OSP_LINE_JSON);
            const int size = snprintf(quoted, sizeof quoted, "\"%.*s\"", OSP_ARG(json));
            OSP_CHECK(osp_json_check((osp_str){ quoted, (size_t)size }) == OSP_OK);
            const size_t kept = json.len;
            const size_t all = write((osp_str){ text, (size_t)len }, 4096, OSP_LINE_JSON).len;
            OSP_CHECK(all <= max ? kept == all : kept <= max && kept + 6 > max);
        }
    }
}

OSP_UNIT_TEST(line_numbers, "numbers and times")
{
    char out[64];
    const uint64_t numbers[] = { 0, 7, 10, 4294967296, UINT64_MAX };
    for (size_t i = 0; i < OSP_ARRAY_LEN(numbers); i++) {
        char want[32];
        const int len = snprintf(want, sizeof want, "%llu", (unsigned long long)numbers[i]);
        const char *end = osp_line_number(out, numbers[i]);
        OSP_CHECK_STR(((osp_str){ out, (size_t)(end - out) }), ((osp_str){ want, (size_t)len }));
    }
    const int64_t us = INT64_C(1709251199987654); /* a leap day */
    const char *end = osp_line_time(out, us);
    OSP_CHECK_STR(((osp_str){ out, (size_t)(end - out) }), OSP_STR("2024-02-29T23:59:59.987Z"));
    end = osp_line_clf_time(out, us);
    OSP_CHECK_STR(((osp_str){ out, (size_t)(end - out) }), OSP_STR("29/Feb/2024:23:59:59 +0000"));
    end = osp_line_clf_time(out, INT64_MAX); /* no year of four digits */
    OSP_CHECK_STR(((osp_str){ out, (size_t)(end - out) }), OSP_STR("00/Jan/0000:00:00:00 +0000"));
}
