/* Content negotiation as the server does it (RFC 9110 section 12.1).
 *
 *     Accept-Language: de;q=0.5, *;q=0.8      offers: de, fr
 *                      closest to de: 0.5     closest to fr: the star, 0.8, so that fr wins
 *
 * How close a range is to an offer is a number whose bits are what agrees: a type weighs more than
 * a subtype, that more than parameters.
 *
 * Cost: each line is read once; then ranges times offers, both of which are few. */
#include "http/accept.h"

#include <string.h>

enum { NO_MATCH = -1 };
enum { PARAMS = 1, SUBTYPE = 2, TYPE = 4 }; /* of a media type; only "*" agrees in nothing */
enum {
    WIDER_TAG = 1,
    NARROWER_TAG = 2,
    TAG = 99
}; /* of a language; parts are added to the second */

osp_str osp_accept_header(osp_accept_kind kind)
{
    static const osp_str names[OSP_ACCEPT_KIND_COUNT] = {
        [OSP_ACCEPT_MEDIA_TYPE] = { "Accept", 6 },
        [OSP_ACCEPT_LANGUAGE] = { "Accept-Language", 15 },
        [OSP_ACCEPT_ENCODING] = { "Accept-Encoding", 15 },
    };
    OSP_ASSERT((unsigned)kind < OSP_ACCEPT_KIND_COUNT);
    return names[kind];
}

osp_str osp_accept_cut(osp_str *text, char mark)
{
    size_t len = 0;
    if (text->len == 0) {
        return *text;
    }
    for (bool quoted = false; len < text->len && (quoted || text->ptr[len] != mark); len++) {
        if (quoted && text->ptr[len] == '\\' && len + 1 < text->len) {
            len++;
        } else if (text->ptr[len] == '"') {
            quoted = !quoted;
        }
    }
    const osp_str front = osp_str_trim((osp_str){ text->ptr, len });
    const size_t used = len < text->len ? len + 1 : len;
    *text = (osp_str){ text->ptr + used, text->len - used };
    return front;
}

int osp_accept_quality(osp_str weight)
{
    if (weight.len == 0) {
        return 1000;
    }
    if (weight.len < 3 || weight.len > 7 || (weight.ptr[0] | 0x20) != 'q' || weight.ptr[1] != '=' ||
        (weight.ptr[2] != '0' && weight.ptr[2] != '1') ||
        (weight.len > 3 && weight.ptr[3] != '.')) {
        return -1;
    }
    int quality = (weight.ptr[2] - '0') * 1000;
    int unit = 100;
    for (size_t i = 4; i < weight.len; i++, unit /= 10) {
        if (weight.ptr[i] < '0' || weight.ptr[i] > '9') {
            return -1;
        }
        quality += (weight.ptr[i] - '0') * unit;
    }
    return quality <= 1000 ? quality : -1;
}

/* ---------------------------------------------------------------- reading */

static bool is_any(osp_str text)
{
    return text.len == 1 && text.ptr[0] == '*';
}

/* Takes the next of ";name=value;..." off the front; false at the end. */
static bool next_param(osp_str *params, osp_str *ret_param)
{
    while (params->len != 0) {
        *ret_param = osp_accept_cut(params, ';');
        if (ret_param->len != 0) {
            return true;
        }
    }
    return false;
}

static bool is_weight(osp_str param)
{
    return param.len >= 2 && (param.ptr[0] | 0x20) == 'q' && param.ptr[1] == '=';
}

/* A type and what is behind it, of a range or of an offer; false: it is none. */
static bool read_item(osp_accept_kind kind, osp_str text, osp_accept_range *ret)
{
    const osp_str name = osp_accept_cut(&text, ';');
    const char *slash = name.len != 0 ? memchr(name.ptr, '/', name.len) : NULL;
    *ret = (osp_accept_range){ .type = name, .params = text, .quality = 1000 };
    if ((slash != NULL) != (kind == OSP_ACCEPT_MEDIA_TYPE) || name.len == 0) {
        return false;
    }
    if (slash != NULL) {
        const size_t len = (size_t)(slash - name.ptr);
        ret->type.len = len;
        ret->subtype = (osp_str){ slash + 1, name.len - len - 1 };
        if (len == 0 || ret->subtype.len == 0 || (is_any(ret->type) && !is_any(ret->subtype))) {
            return false;
        }
    }
    for (osp_str param; next_param(&text, &param);) {
        ret->quality = is_weight(param) ? osp_accept_quality(param) : ret->quality;
    }
    return ret->quality >= 0;
}

static void add(osp_accept *accept, const osp_accept_range *range)
{
    if (accept->count < OSP_ACCEPT_RANGES_MAX) {
        accept->ranges[accept->count++] = *range;
    }
}

/* RFC 9110 section 12.5.3: what is not encoded is acceptable unless it is refused; here it is liked
 * least. */
static void add_identity(osp_accept *accept)
{
    const osp_str identity = OSP_STR("identity");
    osp_accept_range last = { .type = identity, .quality = 1000 };
    for (size_t i = 0; i < accept->count; i++) {
        const osp_accept_range *range = &accept->ranges[i];
        if (is_any(range->type) || osp_name_is(range->type, identity)) {
            return;
        }
        if (range->quality != 0 && range->quality < last.quality) {
            last.quality = range->quality;
        }
    }
    add(accept, &last);
}

void osp_accept_read(const osp_request *request, osp_accept_kind kind, osp_accept *ret)
{
    const osp_str name = osp_accept_header(kind);
    ret->kind = kind;
    ret->count = 0;
    for (uint32_t i = 0; i < request->header_count; i++) {
        if (!osp_name_is(request->headers[i].name, name)) {
            continue;
        }
        osp_str rest = request->headers[i].value;
        while (rest.len != 0 && ret->count < OSP_ACCEPT_RANGES_MAX) {
            osp_accept_range range;
            if (read_item(kind, osp_accept_cut(&rest, ','), &range)) {
                add(ret, &range);
            }
        }
    }
    if (kind == OSP_ACCEPT_ENCODING) {
        add_identity(ret);
    }
}

/* ---------------------------------------------------------------- choosing */

static osp_str unquote(osp_str value)
{
    const bool quoted = value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"';
    return quoted ? (osp_str){ value.ptr + 1, value.len - 2 } : value;
}

/* The value of a parameter by its name; empty when there is none. */
static osp_str param_named(osp_str params, osp_str name)
{
    for (osp_str param; next_param(&params, &param);) {
        if (osp_name_is(osp_accept_cut(&param, '='), name)) {
            return unquote(osp_str_trim(param));
        }
    }
    return (osp_str){ 0 };
}

/* Whether the offer has each parameter of the range; *ret_any: there is one. */
static bool has_params(const osp_accept_range *range, const osp_accept_range *offer, bool *ret_any)
{
    osp_str rest = range->params;
    *ret_any = false;
    for (osp_str param; next_param(&rest, &param);) {
        if (is_weight(param)) {
            continue;
        }
        const osp_str name = osp_accept_cut(&param, '=');
        const osp_str value = unquote(osp_str_trim(param));
        *ret_any = true;
        if (!is_any(value) && !osp_name_is(value, param_named(offer->params, name))) {
            return false;
        }
    }
    return true;
}

static int near_media_type(const osp_accept_range *range, const osp_accept_range *offer)
{
    int near = 0;
    bool any = false;
    if (osp_name_is(range->type, offer->type)) {
        near |= TYPE;
    } else if (!is_any(range->type)) {
        return NO_MATCH;
    }
    if (osp_name_is(range->subtype, offer->subtype)) {
        near |= SUBTYPE;
    } else if (!is_any(range->subtype)) {
        return NO_MATCH;
    }
    if (!has_params(range, offer, &any)) {
        return NO_MATCH;
    }
    return any ? near | PARAMS : near;
}

/* Whether a tag is another one with more parts behind it. */
static bool is_within(osp_str narrow, osp_str wide)
{
    return narrow.len > wide.len && narrow.ptr[wide.len] == '-' &&
           osp_name_is((osp_str){ narrow.ptr, wide.len }, wide);
}

static int parts_of(osp_str tag)
{
    int parts = 1;
    for (size_t i = 0; i < tag.len && parts < TAG - NARROWER_TAG; i++) {
        parts += tag.ptr[i] == '-';
    }
    return parts;
}

/* RFC 4647 section 3.3.1 has the tags within a range; those around it are what section 3.4 falls
 * back to, part by part. */
static int near_language(const osp_accept_range *range, const osp_accept_range *offer)
{
    if (osp_name_is(range->type, offer->type)) {
        return TAG;
    }
    if (is_within(range->type, offer->type)) {
        return NARROWER_TAG + parts_of(offer->type);
    }
    if (is_within(offer->type, range->type)) {
        return WIDER_TAG;
    }
    return is_any(range->type) ? 0 : NO_MATCH;
}

/* RFC 9110 section 8.4.1.3: x-gzip is gzip. */
static inline bool is_coding(osp_str said, osp_str coding)
{
    return osp_name_is(said, coding) ||
           (osp_name_is(said, OSP_STR("x-gzip")) && osp_name_is(coding, OSP_STR("gzip")));
}

static int near_encoding(const osp_accept_range *range, const osp_accept_range *offer)
{
    if (is_coding(range->type, offer->type)) {
        return TYPE;
    }
    return is_any(range->type) ? 0 : NO_MATCH;
}

/* How much a client likes an offer. */
typedef struct liking {
    int quality, near; /* near: NO_MATCH when no range fits */
    size_t at;         /* of the range */
} liking;

static liking like(const osp_accept *accept, const osp_accept_range *offer)
{
    static int (*const near[OSP_ACCEPT_KIND_COUNT])(const osp_accept_range *range,
                                                    const osp_accept_range *offer) = {
        [OSP_ACCEPT_MEDIA_TYPE] = near_media_type,
        [OSP_ACCEPT_LANGUAGE] = near_language,
        [OSP_ACCEPT_ENCODING] = near_encoding,
    };
    liking best = { .near = NO_MATCH };
    for (size_t i = 0; i < accept->count; i++) {
        const liking it = { accept->ranges[i].quality,
                            near[accept->kind](&accept->ranges[i], offer), i };
        if (it.near > best.near ||
            (it.near == best.near && it.near != NO_MATCH && it.quality >= best.quality)) {
            best = it; /* of what is said twice, the more generous holds */
        }
    }
    return best;
}

static bool is_better(liking a, liking b)
{
    if (a.quality != b.quality) {
        return a.quality > b.quality;
    }
    return a.near != b.near ? a.near > b.near : a.at < b.at;
}

size_t osp_accept_choose(const osp_accept *accept, const char *const *offers, size_t count)
{
    liking best = { .quality = 0 };
    size_t chosen = count;
    if (accept->count == 0) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        osp_accept_range offer;
        if (!read_item(accept->kind, osp_str_from(offers[i]), &offer)) {
            continue;
        }
        const liking it = like(accept, &offer);
        if (it.quality > 0 && (chosen == count || is_better(it, best))) {
            best = it;
            chosen = i;
        }
    }
    return chosen;
}

/* Of a coding every range is as close as can be, or the star, so that there is no need for like().
 */
int osp_accept_coding(const osp_accept *accept, osp_str coding)
{
    int named = NO_MATCH;
    int any = 0;
    OSP_ASSERT(accept->kind == OSP_ACCEPT_ENCODING);
    for (size_t i = 0; i < accept->count; i++) {
        const osp_accept_range *range = &accept->ranges[i];
        if (is_any(range->type)) {
            any = range->quality > any ? range->quality : any;
        } else if (is_coding(range->type, coding)) {
            named = range->quality > named ? range->quality : named;
        }
    }
    return named != NO_MATCH ? named : any;
}

/* ---------------------------------------------------------------- what was said before */

void osp_codings_take(osp_codings *codings, const osp_request *request)
{
    const osp_str name = osp_accept_header(OSP_ACCEPT_ENCODING);
    osp_str value = { "", 0 }; /* which says what no line does */
    uint32_t lines = 0;
    for (uint32_t i = 0; i < request->header_count; i++) {
        if (osp_name_is(request->headers[i].name, name)) {
            value = request->headers[i].value;
            lines++;
        }
    }
    if (codings->kept && lines <= 1 &&
        osp_str_equal(value, (osp_str){ codings->said, codings->said_len })) {
        return;
    }
    codings->known_count = 0;
    codings->kept = lines <= 1 && value.len <= OSP_CODINGS_SAID;
    if (!codings->kept) {
        osp_accept_read(request, OSP_ACCEPT_ENCODING, &codings->accept);
        return;
    }
    codings->said_len = (uint8_t)value.len;
    memcpy(codings->said, value.ptr, value.len);
    const osp_header_field line = { name, { codings->said, value.len } };
    const osp_request said = { .headers = &line, .header_count = 1 };
    osp_accept_read(&said, OSP_ACCEPT_ENCODING, &codings->accept);
}

int osp_codings_quality(osp_codings *codings, osp_str coding)
{
    for (uint8_t i = 0; i < codings->known_count; i++) {
        if (osp_str_equal(codings->known[i].coding, coding)) {
            return codings->known[i].quality;
        }
    }
    const int quality = osp_accept_coding(&codings->accept, coding);
    if (codings->known_count < OSP_CODINGS_KNOWN) {
        codings->known[codings->known_count].coding = coding;
        codings->known[codings->known_count++].quality = quality;
    }
    return quality;
}
