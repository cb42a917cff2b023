#include "base/base64.h"

#include "tests/unit/unit.h"

OSP_UNIT_TEST(base64url_vectors, "base64url of RFC 4648 section 10, without padding")
{
    static const struct {
        osp_str bytes;
        const char *text;
    } cases[] = {
        { { NULL, 0 }, "" },
        { { "f", 1 }, "Zg" },
        { { "fo", 2 }, "Zm8" },
        { { "foo", 3 }, "Zm9v" },
        { { "foob", 4 }, "Zm9vYg" },
        { { "fooba", 5 }, "Zm9vYmE" },
        { { "foobar", 6 }, "Zm9vYmFy" },
        { { "\xFB\xFF\xBF", 3 }, "-_-_" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        char out[16];
        size_t len = osp_base64url_encode(cases[i].bytes, out);
        OSP_CHECK_STR(((osp_str){ out, len }), osp_str_from(cases[i].text));
        OSP_CHECK(len == OSP_BASE64URL_SIZE(cases[i].bytes.len));
        OSP_CHECK(osp_base64url_decode(osp_str_from(cases[i].text), out, &len) == OSP_OK);
        OSP_CHECK_STR(((osp_str){ out, len }), cases[i].bytes);
    }
}

OSP_UNIT_TEST(base64url_sizes, "all bytes of all sizes come back, in exactly the promised room")
{
    char bytes[300];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(unsigned char)(i * 151 + 7);
    }
    for (size_t len = 1; len < sizeof(bytes); len++) {
        const size_t size = OSP_BASE64URL_SIZE(len);
        char *text = malloc(size), *back = malloc(size * 3 / 4);
        OSP_CHECK(text != NULL && back != NULL);
        OSP_CHECK(osp_base64url_encode((osp_str){ bytes, len }, text) == size);
        size_t got = 0;
        OSP_CHECK(osp_base64url_decode((osp_str){ text, size }, back, &got) == OSP_OK);
        OSP_CHECK(got == len && memcmp(back, bytes, len) == 0);
        free(text);
        free(back);
    }
}

OSP_UNIT_TEST(base64url_strict, "no padding, no other alphabet, no stray bits, no lone character")
{
    static const osp_str bad[] = {
        { "A", 1 },
        { "AAAAA", 5 },
        { "Zg==", 4 },
        { "Zm8=", 4 },
        { "Zh", 2 },
        { "Zm9", 3 },
        { "Zv", 2 },
        { "++++", 4 },
        { "////", 4 },
        { "Zm 8", 4 },
        { "Zm9v\n", 5 },
        { "\0\0", 2 },
        { "AA\0A", 4 },
        { "\xC1"
          "AAA",
          4 },
        { "AAA.", 4 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        char out[16];
        size_t len = 4711;
        OSP_CHECK(osp_base64url_decode(bad[i], out, &len) == OSP_E_INVALID);
        OSP_CHECK(len == 4711);
    }
    size_t good = 0;
    for (int c = 0; c < 256; c++) {
        const char text[4] = { 'A', 'A', 'A', (char)(unsigned char)c };
        char out[3];
        size_t len;
        good += osp_base64url_decode((osp_str){ text, 4 }, out, &len) == OSP_OK;
    }
    OSP_CHECK(good == 64);
}

OSP_UNIT_TEST(base64_vectors, "base64 of RFC 4648 section 10, with padding")
{
    static const struct {
        osp_str bytes;
        const char *text;
    } cases[] = {
        { { NULL, 0 }, "" },
        { { "f", 1 }, "Zg==" },
        { { "fo", 2 }, "Zm8=" },
        { { "foo", 3 }, "Zm9v" },
        { { "foob", 4 }, "Zm9vYg==" },
        { { "fooba", 5 }, "Zm9vYmE=" },
        { { "foobar", 6 }, "Zm9vYmFy" },
        { { "\xFB\xFF\xBF", 3 }, "+/+/" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        char out[16];
        size_t len = osp_base64_encode(cases[i].bytes, out);
        OSP_CHECK_STR(((osp_str){ out, len }), osp_str_from(cases[i].text));
        OSP_CHECK(len == OSP_BASE64_SIZE(cases[i].bytes.len));
        OSP_CHECK(osp_base64_decode(osp_str_from(cases[i].text), out, &len) == OSP_OK);
        OSP_CHECK_STR(((osp_str){ out, len }), cases[i].bytes);
    }
}

OSP_UNIT_TEST(base64_sizes, "padded text of all sizes comes back, in exactly the promised room")
{
    char bytes[300];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(unsigned char)(i * 151 + 7);
    }
    for (size_t len = 1; len < sizeof(bytes); len++) {
        const size_t size = OSP_BASE64_SIZE(len);
        char *text = malloc(size), *back = malloc(len);
        OSP_CHECK(text != NULL && back != NULL);
        OSP_CHECK(osp_base64_encode((osp_str){ bytes, len }, text) == size);
        size_t got = 0;
        OSP_CHECK(osp_base64_decode((osp_str){ text, size }, back, &got) == OSP_OK);
        OSP_CHECK(got == len && memcmp(back, bytes, len) == 0);
        free(text);
        free(back);
    }
}

/* Places 0 to 3 of the last four characters: which bytes may stand there, counted. */
OSP_UNIT_TEST(base64_strict, "every bad byte in every place, lengths, padding and stray bits")
{
    static const size_t good[4][4] = {
        { 64, 64, 64, 65 }, /* AAA= too */
        { 64, 64, 64, 65 },
        { 64, 64, 17, 65 }, /* AAA=: the third has two stray bits; AA== too */
        { 64, 4, 17, 1 },   /* AA==: the second has four */
    };
    static const char *const texts[4] = { "AAAA", "AAAAAAAA", "AAA=", "AA==" };
    for (size_t t = 0; t < 4; t++) {
        const size_t size = strlen(texts[t]);
        for (size_t place = 0; place < 4; place++) {
            size_t count = 0;
            for (int c = 0; c < 256; c++) {
                char text[8], out[6];
                size_t len;
                memcpy(text, texts[t], size);
                text[size - 4 + place] = (char)(unsigned char)c;
                count += osp_base64_decode((osp_str){ text, size }, out, &len) == OSP_OK;
            }
            OSP_CHECK(count == good[t][place]);
        }
    }
    static const char *const bad[] = { "=",     "==",   "===",      "====",     "A",     "AA",
                                       "AAA",   "A===", "AA=A",     "=AAA",     "AAA-",  "AAA_",
                                       "AAA\n", "AA= ", "AA==AAAA", "AAAA====", "AAAAA", "Zh==" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        char out[16];
        size_t len = 4711;
        OSP_CHECK(osp_base64_decode(osp_str_from(bad[i]), out, &len) == OSP_E_INVALID);
        OSP_CHECK(len == 4711);
    }
}
