/* Range and Content-Range.
 *
 *     bytes=0-499, -20, 400-600     size 1000
 *           |0...499|
 *                 |400..600|                 --> 0-600 and 980-999: two parts, so the whole is sent
 *                             |980..999|
 *
 * The ranges are read into a small array, those that overlap or touch joined.  A client that wants
 * several parts of one file asks for them one by one, or gets them all: a body of many parts costs
 * the server more than the client, and nothing that matters asks for one.
 *
 * A number that is too large for 64 bits is a byte far beyond any end, and read as that.
 * Source: RFC 9110 14.1.1, 14.1.2, 14.2, 14.4. */
#include "http/range.h"

#include <stdio.h>
#include <string.h>

#include "base/slice.h"

/* A byte range, its end included; both are below the size. */
typedef struct span {
    uint64_t first, last;
} span;

typedef struct spans {
    size_t read; /* range specs that were well-formed */
    size_t count;
    span items[OSP_RANGES_MAX];
} spans;

/* Takes digits off the front; false: there is none. */
static bool take_number(osp_str *text, uint64_t *ret_number)
{
    uint64_t number = 0;
    size_t i = 0;
    for (; i < text->len && text->ptr[i] >= '0' && text->ptr[i] <= '9'; i++) {
        const unsigned digit = (unsigned)(text->ptr[i] - '0');
        number = number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : number * 10 + digit;
    }
    *text = (osp_str){ text->ptr + i, text->len - i };
    *ret_number = number;
    return i > 0;
}

/* No two in the array overlap or touch: one that touches two others makes one of the three. */
static void add(spans *all, span one)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++) {
        const span other = all->items[i];
        const bool apart = one.last + 1 < other.first || other.last + 1 < one.first;
        if (apart) {
            all->items[kept++] = other;
        } else {
            one.first = one.first < other.first ? one.first : other.first;
            one.last = one.last > other.last ? one.last : other.last;
        }
    }
    OSP_ASSERT(kept < OSP_RANGES_MAX);
    all->items[kept++] = one;
    all->count = kept;
}

/* One of the list: "0-499", "500-" or "-20".  False: it is none of these. */
static bool take_spec(spans *all, osp_str spec, uint64_t size)
{
    uint64_t first = 0, last = 0;
    const bool has_first = take_number(&spec, &first);
    if (spec.len == 0 || spec.ptr[0] != '-') {
        return false;
    }
    spec = (osp_str){ spec.ptr + 1, spec.len - 1 };
    const bool has_last = take_number(&spec, &last);
    if (spec.len > 0 || (!has_first && !has_last) || (has_first && has_last && last < first)) {
        return false;
    }
    all->read++;
    if (!has_first && last > 0 && size == 0) {
        return false; /* the last bytes of nothing are all of it, which no Content-Range can say */
    }
    if (!has_first) { /* the last bytes */
        if (last > 0) {
            add(all, (span){ last < size ? size - last : 0, size - 1 });
        }
    } else if (first < size) {
        add(all, (span){ first, has_last && last < size ? last : size - 1 });
    }
    return true;
}

/* False: the list is malformed, or too long. */
static bool read_list(osp_str list, uint64_t size, spans *all)
{
    osp_str spec;
    while (osp_str_take(&list, ',', &spec)) {
        spec = osp_str_trim(spec);
        if (spec.len == 0) { /* RFC 9110 5.6.1.2 */
            continue;
        }
        if (all->read == OSP_RANGES_MAX || !take_spec(all, spec, size)) {
            return false;
        }
    }
    return all->read > 0;
}

osp_range_verdict osp_range_read(osp_str value, uint64_t size, osp_byte_range *ret_range)
{
    const osp_str unit = OSP_STR("bytes=");
    spans all = { .read = 0, .count = 0 };
    if (value.len < unit.len || !osp_str_equal_nocase((osp_str){ value.ptr, unit.len }, unit) ||
        !read_list((osp_str){ value.ptr + unit.len, value.len - unit.len }, size, &all) ||
        all.count > 1) {
        return OSP_RANGE_WHOLE;
    }
    if (all.count == 0) {
        return OSP_RANGE_NONE;
    }
    OSP_ASSERT(all.items[0].first <= all.items[0].last && all.items[0].last < size);
    *ret_range = (osp_byte_range){ all.items[0].first, all.items[0].last - all.items[0].first + 1 };
    return OSP_RANGE_PART;
}

size_t osp_content_range(const osp_byte_range *range, uint64_t size,
                         char text[OSP_CONTENT_RANGE_SIZE])
{
    const unsigned long long whole = size;
    int len;
    if (range != NULL) {
        OSP_ASSERT(range->length > 0 && range->length <= size && range->at <= size - range->length);
        const unsigned long long first = range->at, last = range->at + range->length - 1;
        len = snprintf(text, OSP_CONTENT_RANGE_SIZE, "bytes %llu-%llu/%llu", first, last, whole);
    } else {
        len = snprintf(text, OSP_CONTENT_RANGE_SIZE, "bytes */%llu", whole);
    }
    OSP_ASSERT(len > 0 && len < OSP_CONTENT_RANGE_SIZE);
    return (size_t)len;
}
