#include "base/utf8.h"

#include "tests/unit/unit.h"

/* RFC 3629 section 3 read the other way: decode without care, then ask what the decoder must not.
 */
static bool valid_plain(const unsigned char *s, size_t len)
{
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
    for (size_t i = 0; i < len;) {
        const size_t more = s[i] < 0x80             ? 0
                            : (s[i] & 0xE0) == 0xC0 ? 1
                            : (s[i] & 0xF0) == 0xE0 ? 2
                            : (s[i] & 0xF8) == 0xF0 ? 3
                                                    : 9;
        if (more == 9 || len - i <= more) {
            return false;
        }
        uint32_t code = more == 0 ? s[i] : s[i] & (0x3FU >> more);
        for (size_t k = 1; k <= more; k++) {
            if ((s[i + k] & 0xC0) != 0x80) {
                return false;
            }
            code = code << 6 | (s[i + k] & 0x3F);
        }
        if (code < least[more] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
            return false;
        }
        i += more + 1;
    }
    return true;
}

OSP_UNIT_TEST(utf8_every_code, "every code point survives writing and checking")
{
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        if (code >= 0xD800 && code <= 0xDFFF) {
            continue;
        }
        char out[4];
        const size_t size = osp_utf8_encode(code, out);
        OSP_CHECK(size == (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4));
        OSP_CHECK(osp_utf8_valid((osp_str){ out, size }));
        OSP_CHECK(valid_plain((const unsigned char *)out, size));
        OSP_CHECK(size == 1 || !osp_utf8_valid((osp_str){ out, size - 1 }));
        OSP_CHECK(size == 1 || !osp_utf8_valid((osp_str){ out + 1, size - 1 }));
    }
}

OSP_UNIT_TEST(utf8_every_pair,
              "all texts of three bytes, and of four with a tail, are judged alike")
{
    static const unsigned char tails[] = { 0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0 };
    unsigned char s[4];
    for (uint32_t n = 0; n < 1U << 16; n++) {
        s[0] = (unsigned char)(n >> 8);
        s[1] = (unsigned char)n;
        OSP_CHECK(osp_utf8_valid((osp_str){ (char *)s, 2 }) == valid_plain(s, 2));
        for (size_t t = 0; t < sizeof(tails); t++) {
            for (size_t u = 0; u < sizeof(tails); u++) {
                s[2] = tails[t];
                s[3] = tails[u];
                OSP_CHECK(osp_utf8_valid((osp_str){ (char *)s, 3 }) == valid_plain(s, 3));
                OSP_CHECK(osp_utf8_valid((osp_str){ (char *)s, 4 }) == valid_plain(s, 4));
            }
        }
    }
}

OSP_UNIT_TEST(utf8_positions, "a bad byte is found at every place of a long text")
{
    static const osp_str bad[] = { { "\x80", 1 },     { "\xFF", 1 },
                                   { "\xC0\x80", 2 }, { "\xED\xA0\x80", 3 },
                                   { "\xC1\xBF", 2 }, { "\xF4\x90\x80\x80", 4 },
                                   { "\xE2\x82", 2 } };
    for (size_t len = 0; len <= 40; len++) {
        char *text = malloc(len + 8); /* its own piece: a read behind the end is seen */
        OSP_CHECK(text != NULL);
        memset(text, 'a', len + 8);
        OSP_CHECK(osp_utf8_valid((osp_str){ text, len }));
        for (size_t b = 0; b < OSP_ARRAY_LEN(bad); b++) {
            for (size_t at = 0; at + bad[b].len <= len; at++) {
                memset(text, 'a', len);
                memcpy(text + at, bad[b].ptr, bad[b].len);
                OSP_CHECK(!osp_utf8_valid((osp_str){ text, len }));
            }
        }
        free(text);
    }
    OSP_CHECK(osp_utf8_valid((osp_str){ NULL, 0 }));
    OSP_CHECK(osp_utf8_valid(S("12345678\0abcdefg\xE2\x82\xAC 12345678\xF0\x9F\x98\x80")));
}
