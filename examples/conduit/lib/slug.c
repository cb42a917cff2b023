/* A slug keeps the letters and the digits of a title, in any script, and nothing that separates
 * them.  Thai and Japanese write no spaces between words: their titles stay whole, and browsers
 * percent-encode them on the wire. */
#include "lib/slug.h"

#include <string.h>

#include "lib/text.h"

/* What separates, beyond ASCII: first and last code point. */
static const struct { uint32_t first, last; } separators[] = {
    { 0x80, 0xA9 },     /* controls, no-break space, punctuation of Latin-1 */
    { 0xAB, 0xB4 },     /* all but the ordinals and the micro sign */
    { 0xB6, 0xB9 },
    { 0xBB, 0xBF },
    { 0xD7, 0xD7 },     /* the multiplication sign */
    { 0xF7, 0xF7 },     /* the division sign */
    { 0xE2F, 0xE2F },   /* Thai PAIYANNOI, which ends an abbreviation */
    { 0x2000, 0x200B }, /* spaces; the joiners after them belong to words */
    { 0x200E, 0x206F }, /* directions, dashes, quotation marks */
    { 0x2190, 0x2BFF }, /* arrows and symbols */
    { 0x3000, 0x3004 }, /* ideographic space, comma, full stop */
    { 0x3008, 0x3020 }, /* brackets of Chinese and Japanese */
    { 0x3030, 0x3030 },
    { 0xFE30, 0xFE6F }, /* vertical and small forms */
    { 0xFF00, 0xFF0F }, /* full-width punctuation, around its digits and letters */
    { 0xFF1A, 0xFF20 },
    { 0xFF3B, 0xFF40 },
    { 0xFF5B, 0xFF65 },
    { 0x1F000, 0x1FAFF }, /* emoji */
};

static bool is_word(uint32_t c)
{
    if (c < 0x80) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(separators); i++) {
        if (c >= separators[i].first && c <= separators[i].last) {
            return false;
        }
    }
    return true;
}

osp_str slug_of(osp_ctx *ctx, osp_str title)
{
    char slug[SLUG_BYTES_MAX];
    size_t used = 0;
    bool gap = false; /* a separator was seen since the last letter */
    for (size_t at = 0, len; at < title.len; at += len) {
        const uint32_t c = text_code_point((osp_str){ title.ptr + at, title.len - at }, &len);
        if (!is_word(c)) {
            gap = true;
            continue;
        }
        const size_t dash = gap && used > 0;
        if (used + dash + len > sizeof(slug)) {
            break; /* cut between two letters, never inside one */
        }
        if (dash) {
            slug[used++] = '-';
        }
        gap = false;
        memcpy(slug + used, title.ptr + at, len);
        /* Capital letters of ASCII, and of Latin-1 in their second byte, differ from small ones by
         * one bit. */
        if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE)) {
            slug[used + len - 1] |= 0x20;
        }
        used += len;
    }
    const osp_str made = { slug, used };
    if (osp_str_equal(made, S("feed"))) {
        return S("the-feed"); /* nobody could read an article at /api/articles/feed */
    }
    return used > 0 ? osp_copy(ctx, made) : S("article");
}
