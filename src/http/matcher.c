/* Matchers, and segments with text around their parameters.
 *
 *     v[major]-[minor].json   "v1-2-3.json": major is "1", minor "2-3"
 *
 * Where a parameter ends is a matter of the text alone, never of matchers: so the look is linear,
 * and people can tell by eye what a URL comes to.  The earliest end is also the only one that has
 * to be tried, for a later one leaves less to what follows.
 *
 * src/build/extent.c has the same matchers as automata, by which the build proves that two routes
 * do not share a URL; a test holds the two against each other. */
#include "http/matcher.h"

#include <string.h>

#include "type/text.h"

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_int(osp_str text)
{
    int64_t value;
    return text.len > 0 && is_digit(text.ptr[0]) && (text.ptr[0] != '0' || text.len == 1) &&
           osp_str_to_int(text, &value) == OSP_OK;
}

static bool is_uuid(osp_str text)
{
    osp_uuid value;
    return osp_text_read_uuid(text, &value) == NULL;
}

static bool is_slug(osp_str text)
{
    bool good = text.len > 0 && text.ptr[0] != '-' && text.ptr[text.len - 1] != '-';
    for (size_t i = 0; good && i < text.len; i++) {
        good = is_letter(text.ptr[i]) || is_digit(text.ptr[i]) ||
               (text.ptr[i] == '-' && text.ptr[i - 1] != '-');
    }
    return good;
}

static bool is_word(osp_str text)
{
    bool good = text.len > 0;
    for (size_t i = 0; good && i < text.len; i++) {
        good = is_letter(text.ptr[i]);
    }
    return good;
}

static bool is_date(osp_str text)
{
    osp_date value;
    return osp_text_read_date(text, &value) == NULL;
}

const osp_matcher osp_matcher_int = { .match_ = is_int, .name_ = "int" };
const osp_matcher osp_matcher_uuid = { .match_ = is_uuid, .name_ = "uuid" };
const osp_matcher osp_matcher_slug = { .match_ = is_slug, .name_ = "slug" };
const osp_matcher osp_matcher_word = { .match_ = is_word, .name_ = "word" };
const osp_matcher osp_matcher_date = { .match_ = is_date, .name_ = "date" };

/* Takes text off the front. */
static bool take_text(osp_str *left, const char *text, size_t len)
{
    if (len > left->len || (len > 0 && memcmp(left->ptr, text, len) != 0)) {
        return false;
    }
    *left = (osp_str){ left->ptr + len, left->len - len };
    return true;
}

/* And off the end. */
static bool drop_tail(osp_str *left, const char *text, size_t len)
{
    if (len > left->len || (len > 0 && memcmp(left->ptr + left->len - len, text, len) != 0)) {
        return false;
    }
    left->len -= len;
    return true;
}

bool osp_way_match(const osp_route_way *way, osp_str segment, osp_str *ret_params)
{
    osp_str left = segment;
    OSP_DEBUG_ASSERT(way->part_count > 0);
    if (!drop_tail(&left, way->tail, way->tail_len)) {
        return false;
    }
    for (uint32_t i = 0; i < way->part_count; i++) {
        const osp_route_part *part = &way->parts[i];
        if (!take_text(&left, part->text, part->len) || left.len == 0) {
            return false;
        }
        osp_str param = left;
        if (i + 1 < way->part_count) {
            const osp_route_part *next = &way->parts[i + 1];
            const char *end = memmem(left.ptr + 1, left.len - 1, next->text, next->len);
            if (end == NULL) {
                return false;
            }
            param.len = (size_t)(end - left.ptr);
        }
        if (part->matcher != NULL && !part->matcher->match_(param)) {
            return false;
        }
        ret_params[i] = param;
        left = (osp_str){ left.ptr + param.len, left.len - param.len };
    }
    return true;
}
