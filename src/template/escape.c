/* Text that stands between tags or in the quotes of an attribute.
 *
 * Sixteen bytes are copied at a time and looked at while they are in a register; where one of them
 * cannot stand, what is before it is kept and an entity follows.  NUL, which a browser would drop
 * or replace, is U+FFFD as it would make it. */
#include "template/escape.h"

#include "base/load.h"

#define ENTITY_MAX 6

static const struct {
    uint8_t len;
    char text[ENTITY_MAX + 1];
} entities[] = {
    { 0, "" },
    { 5, "&amp;" },
    { 4, "&lt;" },
    { 4, "&gt;" },
    { 6, "&quot;" },
    { 5, "&#39;" }, /* &apos; is none of HTML 4 */
    { 3, "\xef\xbf\xbd" },
};
/* Which of them a byte needs. */
static const uint8_t entity_of[256] = {
    ['&'] = 1, ['<'] = 2, ['>'] = 3, ['"'] = 4, ['\''] = 5, ['\0'] = 6,
};

static char *put_entity(char *at, char byte)
{
    const uint8_t entity = entity_of[(unsigned char)byte];
    memcpy(at, entities[entity].text, ENTITY_MAX);
    return at + entities[entity].len;
}

#ifdef __SSE2__
/* A bit for each of sixteen bytes that cannot stand as it is. */
static inline unsigned odd_of(__m128i bytes)
{
    const __m128i quotes = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                                     _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\''))),
                                        _mm_cmpeq_epi8(bytes, _mm_set1_epi8('&')));
    const __m128i others = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('<')),
                                                     _mm_cmpeq_epi8(bytes, _mm_set1_epi8('>'))),
                                        _mm_cmpeq_epi8(bytes, _mm_setzero_si128()));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(quotes, others));
}

/* The first byte that cannot stand as it is, or end; the last sixteen overlap those before them. */
static inline const char *plain_end(const char *at, const char *end)
{
    const size_t len = (size_t)(end - at);
    if (len < 8) {
        while (at < end && entity_of[(unsigned char)*at] == 0) {
            at++;
        }
        return at;
    }
    unsigned odd = 0;
    if (len <= 16) {
        odd = osp_mask_of_ends(odd_of(osp_load_ends(at, len)), len);
        return odd != 0 ? at + __builtin_ctz(odd) : end;
    }
    for (; end - at > 16; at += 16) {
        odd = odd_of(_mm_loadu_si128((const __m128i *)(const void *)at));
        if (odd != 0) {
            return at + __builtin_ctz(odd);
        }
    }
    odd = odd_of(_mm_loadu_si128((const __m128i *)(const void *)(end - 16)));
    return odd != 0 ? end - 16 + __builtin_ctz(odd) : end;
}
#else
/* The first byte that cannot stand as it is, or end. */
static const char *plain_end(const char *at, const char *end)
{
    while (at < end && entity_of[(unsigned char)*at] == 0) {
        at++;
    }
    return at;
}
#endif

void osp_escape_markup(osp_str text, osp_buf *out)
{
    if (text.len == 0) {
        return; /* its pointer may be none */
    }
    const char *at = text.ptr, *end = text.ptr + text.len;
    while (at < end) {
        const char *stop = plain_end(at, end);
        const size_t run = (size_t)(stop - at);
        if (!osp_buf_reserve(out, run + ENTITY_MAX)) {
            return;
        }
        char *to = out->ptr + out->len;
        memcpy(to, at, run);
        to += run;
        at = stop;
        if (stop < end) {
            to = put_entity(to, *stop);
            at++;
        }
        out->len = (size_t)(to - out->ptr);
    }
}

void osp_escape_markup_twice(osp_str text, osp_buf *out)
{
    if (text.len == 0) {
        return;
    }
    const char *end = text.ptr + text.len;
    for (const char *at = text.ptr; at < end;) {
        const char *stop = plain_end(at, end);
        osp_buf_append(out, at, (size_t)(stop - at));
        at = stop;
        if (at < end) {
            const uint8_t entity = entity_of[(unsigned char)*at++];
            osp_escape_markup((osp_str){ entities[entity].text, entities[entity].len }, out);
        }
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
