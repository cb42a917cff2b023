/* The search for the end of a plain run, held against looking at each byte. */
#include "tests/unit/unit.h"
#include "type/type_impl.h"

/* What osp_json_plain_end must say. */
static size_t plain_len(const char *bytes, size_t len, bool *ret_high)
{
    size_t at = 0;
    *ret_high = false;
    while (at < len && (unsigned char)bytes[at] >= 0x20 && bytes[at] != '"' && bytes[at] != '\\') {
        *ret_high |= (unsigned char)bytes[at] >= 0x80;
        at++;
    }
    return at;
}

OSP_UNIT_TEST(json_plain_end, "runs of every length end where the first special byte is")
{
    static const char special[] = { '"', '\\', 0, 0x1f, '\n', (char)0x80, (char)0xff, ' ', '!' };
    for (size_t len = 0; len <= 70; len++) {
        char *bytes = malloc(len + 1); /* exact, so that a sanitizer sees a load beyond it */
        OSP_CHECK(bytes != NULL);
        for (size_t first = 0; first <= len; first++) {
            for (size_t i = 0; i < OSP_ARRAY_LEN(special) * OSP_ARRAY_LEN(special); i++) {
                memset(bytes, 'a', len);
                if (first < len) {
                    bytes[first] = special[i % OSP_ARRAY_LEN(special)];
                    bytes[len - 1 - first / 2] = special[i / OSP_ARRAY_LEN(special)];
                }
                bool want_high = false;
                unsigned high = 0;
                const char *end = osp_json_plain_end(bytes, bytes + len, &high);
                OSP_CHECK((size_t)(end - bytes) == plain_len(bytes, len, &want_high));
                OSP_CHECK((high != 0) == want_high);
            }
        }
        free(bytes);
    }
}
