/* Accept-Language (RFC 9110 section 12.5.4) and lookup (RFC 4647 section 3.4).
 *
 *     de-CH, fr;q=0.8, *;q=0.1  -->  ranges with their quality  -->  the best that has a table
 *
 * Only what can be read counts: a range or a quality of another form is passed over, as the whole
 * header may be ignored.  "*" chooses nothing: what it would choose is English, the default, and
 * that is what remains.
 *
 * Cost: ranges times parts times tables, all of which are few; only for an answer that says what is
 * wrong. */
#include "http/language.h"

#include <string.h>

#include "http/accept.h"

typedef struct range {
    osp_str tag;
    int quality; /* 0 to 1000 */
} range;

typedef struct ranges {
    size_t count;
    range items[OSP_LANGUAGE_RANGES_MAX];
} ranges;

/* Letters, digits and single marks between them; a part has at most eight. */
static bool is_tag(osp_str tag, char mark)
{
    size_t part = 0;
    for (size_t i = 0; i < tag.len; i++) {
        const char c = tag.ptr[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (c == mark ? part == 0 : !letter && (c < '0' || c > '9')) {
            return false;
        }
        part = c == mark ? 0 : part + 1;
        if (part > 8) {
            return false;
        }
    }
    return part != 0 && tag.len <= OSP_LANGUAGE_TAG_MAX;
}

bool osp_language_is_name(const char *identifier)
{
    return is_tag(osp_str_from(identifier), '_');
}

static void read_ranges(osp_str value, ranges *found)
{
    while (value.len != 0 && found->count < OSP_LANGUAGE_RANGES_MAX) {
        osp_str item = osp_accept_cut(&value, ',');
        const osp_str tag = osp_accept_cut(&item, ';');
        const int quality = osp_accept_quality(osp_str_trim(item));
        if (quality >= 0 && is_tag(tag, '-')) {
            found->items[found->count++] = (range){ tag, quality };
        }
    }
}

/* A tag without its last part, and without a single letter that then ends it. */
static osp_str shorten(osp_str tag)
{
    do {
        const char *dash = memrchr(tag.ptr, '-', tag.len);
        tag.len = dash != NULL ? (size_t)(dash - tag.ptr) : 0;
    } while (tag.len > 2 && tag.ptr[tag.len - 2] == '-');
    return tag;
}

static bool is_refused(const ranges *found, osp_str tag)
{
    for (size_t i = 0; i < found->count; i++) {
        if (found->items[i].quality == 0 && osp_str_equal_nocase(found->items[i].tag, tag)) {
            return true;
        }
    }
    return false;
}

/* The longest beginning of a tag that there is a language for; empty: none. */
static osp_str look_up(const ranges *found, osp_str tag, const osp_messages *const *tables,
                       size_t count)
{
    for (; tag.len != 0; tag = shorten(tag)) {
        const bool is_there = osp_wording_table(tables, count, tag) != NULL ||
                              osp_str_equal_nocase(tag, OSP_STR("en"));
        if (is_there && !is_refused(found, tag)) {
            return tag;
        }
    }
    return tag;
}

osp_wording osp_language_choose(const osp_request *request, const osp_messages *const *tables,
                                size_t count)
{
    osp_wording wording = { .tables = tables, .table_count = count };
    ranges found;
    found.count = 0;
    for (uint32_t i = 0; i < request->header_count && count != 0; i++) {
        if (osp_str_equal_nocase(request->headers[i].name, OSP_STR("accept-language"))) {
            read_ranges(request->headers[i].value, &found);
        }
    }
    int best = 0;
    for (size_t i = 0; i < found.count; i++) {
        if (found.items[i].quality <= best) {
            continue;
        }
        const osp_str tag = look_up(&found, found.items[i].tag, tables, count);
        if (tag.len != 0) {
            wording.language = tag;
            best = found.items[i].quality;
        }
    }
    return wording;
}
