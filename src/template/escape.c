/* Text that stands between tags or in the quotes of an attribute.
 *
 * Where there is room for the worst, sixteen bytes are copied at a time and looked at while they
 * are in a register; where one of them cannot stand, an entity is put over it.  Else the text is
 * escaped in pieces beside the buffer, which then takes what they have come to.  NUL, which a
 * browser would drop or replace, is U+FFFD as it would make it. */
#include "template/escape.h"

#include "base/load.h"
#include "base/slice.h"

#define PIECE 64 /* bytes that are escaped at a time where there is little room */

static const struct {
    char text[7];
    uint8_t len;
} entities[] = {
    { "", 0 },
    { "&amp;", 5 },
    { "&lt;", 4 },
    { "&gt;", 4 },
    { "&quot;", 6 },
    { "&#39;", 5 }, /* &apos; is none of HTML 4 */
    { "\xef\xbf\xbd", 3 },
    { "#", 1 }, /* which odd_of takes for odd */
};
/* Which of them a byte needs. */
static const uint8_t entity_of[256] = {
    ['&'] = 1, ['<'] = 2, ['>'] = 3, ['"'] = 4, ['\''] = 5, ['\0'] = 6, ['#'] = 7,
};

static inline char *put_entity(char *to, char byte)
{
    const uint8_t entity = entity_of[(unsigned char)byte];
    memcpy(to, &entities[entity], sizeof(entities[entity]));
    return to + entities[entity].len;
}

#ifdef __SSE2__
#define BLOCK 16

/* A bit for each of sixteen bytes that cannot stand as it is, and for '#', without which it would
 * take longer. */
static inline unsigned odd_of(__m128i bytes)
{
    const __m128i quotes = _mm_or_si128(bytes, _mm_set1_epi8('"' ^ '\'')); /* and & and # */
    const __m128i angles = _mm_or_si128(bytes, _mm_set1_epi8('<' ^ '>'));
    const __m128i odd = _mm_or_si128(_mm_cmpeq_epi8(quotes, _mm_set1_epi8('"' | '\'')),
                                     _mm_cmpeq_epi8(angles, _mm_set1_epi8('<' | '>')));
    return (unsigned)_mm_movemask_epi8(
        _mm_or_si128(odd, _mm_cmpeq_epi8(bytes, _mm_setzero_si128())));
}

/* Copies a block, or the `len` bytes that are left of a text, which are fewer.  Returns a bit for
 * each that cannot stand as it is. */
static inline unsigned copy_block(char *to, const char *at)
{
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    _mm_storeu_si128((__m128i *)(void *)to, bytes);
    return odd_of(bytes);
}

static inline unsigned copy_rest(char *to, const char *at, size_t len)
{
    if (len < 8) {
        const uint64_t word = osp_load_few(at, len);
        memcpy(to, &word, sizeof(word));
        return odd_of(_mm_cvtsi64_si128((int64_t)word)) & ((1u << len) - 1);
    }
    memcpy(to, at, 8);
    memcpy(to + len - 8, at + len - 8, 8);
    return osp_mask_of_ends(odd_of(osp_load_ends(at, len)), len);
}
#else
#define BLOCK 1

static inline unsigned copy_block(char *to, const char *at)
{
    *to = *at;
    return entity_of[(unsigned char)*at] != 0;
}

static inline unsigned copy_rest(char *to, const char *at, size_t len)
{
    (void)to, (void)at, (void)len; /* nothing is left of blocks of one byte */
    return 0;
}
#endif

/* From where something may be odd. */
__attribute__((noinline)) static char *escape(char *to, const char *at, size_t left)
{
    while (left != 0) {
        const size_t len = left < BLOCK ? left : BLOCK;
        const unsigned odd = len < BLOCK ? copy_rest(to, at, len) : copy_block(to, at);
        const size_t plain = odd != 0 ? (size_t)__builtin_ctz(odd) : len;
        to += plain;
        at += plain;
        left -= plain;
        if (odd != 0) {
            to = put_entity(to, *at++);
            left--;
        }
    }
    return to;
}

/* As long as nothing is odd, what is written is what is read: the last block may overlap the one
 * before it. */
char *osp_escape_markup_to(char *to, osp_str text)
{
    const char *at = text.ptr;
    size_t left = text.len;
    if (left < BLOCK) {
        return escape(to, at, left);
    }
    for (; left > BLOCK; at += BLOCK, to += BLOCK, left -= BLOCK) {
        if (copy_block(to, at) != 0) {
            return escape(to, at, left);
        }
    }
    const size_t before = BLOCK - left;
    return copy_block(to - before, at - before) == 0 ? to + left : escape(to, at, left);
}

/* Takes a piece from the front of a text. */
static osp_str take_piece(osp_str *text)
{
    const osp_str piece = { text->ptr, text->len < PIECE ? text->len : PIECE };
    *text = osp_str_skip(*text, piece.len);
    return piece;
}

void osp_escape_markup(osp_str text, osp_buf *out)
{
    if (osp_escape_has_room(out->cap - out->len, text.len)) {
        out->len = (size_t)(osp_escape_markup_to(out->ptr + out->len, text) - out->ptr);
        return;
    }
    while (text.len > 0) {
        char made[OSP_ESCAPED_SIZE(PIECE)];
        osp_buf_append(out, made, (size_t)(osp_escape_markup_to(made, take_piece(&text)) - made));
    }
}

void osp_escape_markup_twice(osp_str text, osp_buf *out)
{
    while (text.len > 0) {
        char made[OSP_ESCAPED_SIZE(PIECE)];
        const size_t len = (size_t)(osp_escape_markup_to(made, take_piece(&text)) - made);
        osp_escape_markup((osp_str){ made, len }, out);
    }
}

void osp_escape_text(uint8_t escape, osp_str text, osp_buf *out)
{
    const bool attribute = (escape & OSP_ESCAPE_IN_ATTRIBUTE) != 0;
    const osp_escape how = (osp_escape)(escape & ~OSP_ESCAPE_IN_ATTRIBUTE);
    switch (how) {
    case OSP_ESCAPE_HTML:
        osp_escape_markup(text, out);
        break;
    case OSP_ESCAPE_HTML_TWICE:
        osp_escape_markup_twice(text, out);
        break;
    case OSP_ESCAPE_SRCSET:
        osp_escape_srcset(text, out);
        break;
    case OSP_ESCAPE_CSS_VALUE:
    case OSP_ESCAPE_CSS_TEXT_START:
    case OSP_ESCAPE_CSS_TEXT:
        osp_escape_css(how, text, out);
        break;
    case OSP_ESCAPE_JS_TEXT:
    case OSP_ESCAPE_JS_TEMPLATE:
    case OSP_ESCAPE_JS_REGEXP:
        osp_escape_js(how, text, out);
        break;
    case OSP_ESCAPE_NOTHING:
    case OSP_ESCAPE_MARKUP: /* not here: it is not escaped */
        break;
    default:
        osp_escape_url(how, text, attribute, out);
        break;
    }
}
