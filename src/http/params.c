/* Parameters of a request to members of a struct: styles, splitting, decoding.
 *
 *     pairs of the source --by name--> one text --split--> items, or names with values
 *                                                               |
 *                                        osp_field_from_text: reads and judges each
 *
 * Objects are led back to pairs: whatever the style, their members are found as the parameters of a
 * query are, by name among pairs.
 *
 * Invariants: a text is split before it is decoded, and decoded once.  Nothing a client sends is
 * part of a sentence; the names of unknown members are part of an issue's name, but not those of a
 * secret parameter.
 *
 * Cost: members times pairs, both of which have limits; memory by the number of separators. */
#include "http/params.h"

#include <string.h>

#define NAME_SHOWN_MAX 128 /* bytes of a client's own name in an issue */

typedef struct reader {
    const osp_field *field;
    const osp_decoding *how;
    const char *in;
    osp_str name;
    size_t flaws;
    osp_style style;
} reader;

/* How a text is cut into pieces. */
typedef struct cut {
    char byte;           /* of the separator */
    const char *encoded; /* the two digits of the separator behind '%'; NULL: only as it is */
    char also;           /* another separator; 0: none */
} cut;

/* ---------------------------------------------------------------- sources and styles */

const char *osp_source_name(osp_source source)
{
    static const char *const names[OSP_SOURCE_COUNT] = {
        [OSP_SOURCE_PATH] = "path",     [OSP_SOURCE_QUERY] = "query",
        [OSP_SOURCE_HEADER] = "header", [OSP_SOURCE_COOKIE] = "cookie",
        [OSP_SOURCE_FORM] = "form",
    };
    return (unsigned)source < OSP_SOURCE_COUNT ? names[source] : NULL;
}

osp_style osp_param_style(const osp_field *field)
{
    if (field->style != OSP_STYLE_DEFAULT) {
        return (osp_style)field->style;
    }
    const bool simple = field->source_ == OSP_SOURCE_PATH || field->source_ == OSP_SOURCE_HEADER;
    return simple ? OSP_STYLE_SIMPLE : OSP_STYLE_FORM;
}

osp_str osp_param_name(const osp_field *field, osp_arena *arena)
{
    if (field->source_ != OSP_SOURCE_HEADER || field->name != NULL ||
        memchr(field->member_, '_', field->member_len_) == NULL) {
        return osp_field_name(field);
    }
    char *name = osp_arena_try(arena, (size_t)field->member_len_ + 1);
    if (name == NULL) {
        return (osp_str){ NULL, 0 };
    }
    for (size_t i = 0; i <= field->member_len_; i++) {
        name[i] = field->member_[i] == '_' ? '-' : field->member_[i];
    }
    return (osp_str){ name, field->member_len_ };
}

/* Members stand for fields with underscores in place of dashes. */
static bool stands_for(osp_str member, osp_str lower)
{
    bool same = member.len == lower.len;
    for (size_t i = 0; i < lower.len && same; i++) {
        const char byte = member.ptr[i] == '_' ? '-' : member.ptr[i];
        same = byte == lower.ptr[i] || (byte | 0x20) == lower.ptr[i];
    }
    return same;
}

bool osp_type_takes_header(const osp_type *in, osp_str lower)
{
    for (uint16_t i = 0; i < in->field_count; i++) {
        const osp_field *field = &in->fields[i];
        if (field->source_ == OSP_SOURCE_HEADER && stands_for(osp_field_name(field), lower)) {
            return true;
        }
    }
    return false;
}

#define BIT(style) (1u << OSP_STYLE_##style)
static const unsigned styles_of[OSP_SOURCE_COUNT] = {
    [OSP_SOURCE_PATH] = BIT(SIMPLE) | BIT(LABEL) | BIT(MATRIX),
    [OSP_SOURCE_QUERY] = BIT(FORM) | BIT(SPACE) | BIT(PIPE) | BIT(DEEP),
    [OSP_SOURCE_HEADER] = BIT(SIMPLE),
    [OSP_SOURCE_COOKIE] = BIT(FORM),
    [OSP_SOURCE_FORM] = BIT(FORM) | BIT(SPACE) | BIT(PIPE) | BIT(DEEP),
};

static const char *check_members(const osp_type *type)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        if (field->source_ != OSP_SOURCE_FIELD || field->indirect_ ||
            !osp_kind_is_scalar((osp_kind)field->kind_)) {
            return "an object in a parameter has members of one text each, no lists or objects";
        }
    }
    return NULL;
}

const char *osp_param_check(const osp_field *field)
{
    OSP_ASSERT(field->source_ < OSP_SOURCE_COUNT && osp_source_name(field->source_) != NULL);
    const osp_kind kind = (osp_kind)field->kind_;
    const osp_style style = osp_param_style(field);
    if ((styles_of[field->source_] & 1u << style) == 0) {
        return "this style does not belong to this source";
    }
    if (style == OSP_STYLE_DEEP && (kind != OSP_KIND_OBJECT || field->joined)) {
        return "the deep style is for objects that are not joined";
    }
    if (osp_field_is_upload(field)) {
        return field->source_ == OSP_SOURCE_FORM ? NULL : "a file comes from a form: say FORM";
    }
    if (kind == OSP_KIND_LIST) {
        return osp_kind_is_scalar((osp_kind)field->type_->kind)
                   ? NULL
                   : "a list in a parameter has items of one text each, no lists or objects";
    }
    if (kind == OSP_KIND_OBJECT && !field->indirect_) {
        return check_members(field->type_);
    }
    return osp_kind_is_scalar(kind) && !field->indirect_ ? NULL : "cannot be given as text";
}

bool osp_param_needs(const osp_field *asking, const osp_field *other)
{
    for (const char *at = asking->needs; at != NULL && *at != '\0';) {
        const size_t len = strcspn(at, ",");
        if (len == other->member_len_ && memcmp(at, other->member_, len) == 0) {
            return true;
        }
        at += len + (at[len] == ',');
    }
    return false;
}

static bool is_joined(const reader *r)
{
    return r->field->joined || r->style == OSP_STYLE_SPACE || r->style == OSP_STYLE_PIPE;
}

/* ---------------------------------------------------------------- issues */

static __attribute__((cold)) void issue_at(reader *r, osp_str name, osp_flaw flaw)
{
    r->flaws++;
    if (r->how->issues != NULL) {
        osp_issues_add(r->how->issues, r->in, name, flaw);
    }
}

static void issue(reader *r, const osp_sentence *says)
{
    issue_at(r, r->name, osp_flaw_of(says));
}

static __attribute__((cold)) osp_flaw too_many(reader *r)
{
    return osp_flaw_count(OSP_SAY(MAX_ITEMS), r->how->arena, OSP_PARAM_ITEMS_MAX);
}

/* "ids[2]" or "filter[x]"; the bare name when memory is exhausted. */
static __attribute__((cold)) osp_str name_within(reader *r, osp_str inner)
{
    char *text = osp_arena_try(r->how->arena, r->name.len + inner.len + 2);
    if (text == NULL) {
        return r->name;
    }
    memcpy(text, r->name.ptr, r->name.len);
    text[r->name.len] = '[';
    memcpy(text + r->name.len + 1, inner.ptr, inner.len);
    text[r->name.len + 1 + inner.len] = ']';
    return (osp_str){ text, r->name.len + inner.len + 2 };
}

static __attribute__((cold)) void issue_of_item(reader *r, size_t index, osp_flaw flaw)
{
    char digits[20];
    size_t first = sizeof digits;
    do {
        digits[--first] = (char)('0' + index % 10);
        index /= 10;
    } while (index != 0);
    issue_at(r, name_within(r, (osp_str){ digits + first, sizeof digits - first }), flaw);
}

/* The name of a member as the client would write it: in the form style a parameter of its own. */
static void issue_of_member(reader *r, const osp_field *member, osp_flaw flaw)
{
    const osp_str name = osp_field_name(member);
    const bool own = r->style == OSP_STYLE_FORM && !r->field->joined;
    issue_at(r, own ? name : name_within(r, name), flaw);
}

static __attribute__((cold)) void issue_of_unknown(reader *r, osp_str key)
{
    const bool shown = !r->field->secret && key.len <= NAME_SHOWN_MAX;
    issue_at(r, shown ? name_within(r, key) : r->name, osp_flaw_of(OSP_SAY(UNKNOWN_PARAM)));
}

/* ---------------------------------------------------------------- texts */

/* Decodes a piece of a raw text by the rules of its source.  A broken encoding is an issue, and
 * *ret_good false. */
static osp_status decode_piece(reader *r, osp_str raw, osp_str *ret_text, bool *ret_good)
{
    *ret_good = true;
    if (r->field->source_ == OSP_SOURCE_HEADER) {
        *ret_text = raw;
        return OSP_OK;
    }
    const bool plus = r->field->source_ == OSP_SOURCE_QUERY || r->field->source_ == OSP_SOURCE_FORM;
    const osp_status status = osp_percent_decode(raw, plus, r->how->arena, ret_text);
    if (status == OSP_E_URI) {
        issue(r, OSP_SAY(PERCENT));
        *ret_good = false;
        return OSP_OK;
    }
    return status;
}

/* Bytes of the separator at s[at], or 0. */
static size_t separator_at(osp_str s, size_t at, const cut *by)
{
    if (s.ptr[at] == by->byte || (by->also != 0 && s.ptr[at] == by->also)) {
        return 1;
    }
    const bool encoded = by->encoded != NULL && s.ptr[at] == '%' && s.len - at >= 3 &&
                         s.ptr[at + 1] == by->encoded[0] &&
                         (s.ptr[at + 2] | 0x20) == by->encoded[1];
    return encoded ? 3 : 0;
}

/* Takes a piece and its separator off the front; false when that was the last one. */
static bool next_piece(osp_str *rest, const cut *by, osp_str *ret_piece)
{
    for (size_t at = 0; at < rest->len; at++) {
        const size_t separator = separator_at(*rest, at, by);
        if (separator != 0) {
            *ret_piece = (osp_str){ rest->ptr, at };
            rest->ptr += at + separator;
            rest->len -= at + separator;
            return true;
        }
    }
    *ret_piece = *rest;
    *rest = (osp_str){ rest->ptr + rest->len, 0 };
    return false;
}

static size_t count_pieces(osp_str text, const cut *by)
{
    size_t count = 1;
    for (osp_str piece; next_piece(&text, by, &piece);) {
        count++;
    }
    return count;
}

static cut separator_of(const reader *r)
{
    switch (r->style) {
    case OSP_STYLE_LABEL:
        return (cut){ is_joined(r) ? ',' : '.', NULL, 0 };
    case OSP_STYLE_MATRIX:
        return (cut){ is_joined(r) ? ',' : ';', NULL, 0 };
    case OSP_STYLE_SPACE:
        return (cut){ '+', "20", ' ' };
    case OSP_STYLE_PIPE:
        return (cut){ '|', "7c", 0 };
    default:
        return (cut){ ',', NULL, 0 };
    }
}

/* ---------------------------------------------------------------- pairs of a source */

osp_status osp_params_read(osp_str text, size_t max, osp_arena *arena, osp_params *ret)
{
    *ret = (osp_params){ NULL, 0 };
    if (text.len == 0) {
        return OSP_OK;
    }
    size_t room = 1;
    for (size_t i = 0; i < text.len && room < max; i++) {
        room += text.ptr[i] == '&';
    }
    osp_pair *pairs = osp_arena_try(arena, room * sizeof *pairs);
    if (pairs == NULL) {
        return OSP_E_NOMEM;
    }
    size_t count = 0;
    for (;;) {
        osp_pair pair;
        const osp_status status = osp_query_next(&text, arena, &pair);
        if (status != OSP_OK) {
            *ret = (osp_params){ pairs, count };
            return status == OSP_DONE ? OSP_OK : status;
        }
        if (count == room) {
            return OSP_E_LIMIT;
        }
        pairs[count++] = pair;
    }
}

osp_status osp_params_cookies(const osp_header_field *headers, size_t count, osp_arena *arena,
                              osp_params *ret)
{
    *ret = (osp_params){ NULL, 0 };
    osp_pair *pairs = NULL;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (!osp_str_equal_nocase(headers[i].name, OSP_STR("cookie"))) {
            continue;
        }
        if (pairs == NULL) {
            pairs = osp_arena_try(arena, OSP_COOKIES_MAX * sizeof *pairs);
        }
        if (pairs == NULL) {
            return OSP_E_NOMEM;
        }
        osp_str rest = headers[i].value;
        osp_cookie_pair cookie;
        for (osp_status status; (status = osp_cookie_next(&rest, &cookie)) != OSP_DONE;) {
            if (used == OSP_COOKIES_MAX) {
                return OSP_E_LIMIT;
            }
            const osp_str value = status == OSP_OK ? cookie.value : (osp_str){ NULL, 0 };
            pairs[used++] = (osp_pair){ cookie.name, value, value };
        }
    }
    *ret = (osp_params){ pairs, used };
    return OSP_OK;
}

/* The next pair of that name from *at on, or NULL. */
static const osp_pair *next_pair(const osp_params *params, osp_str name, size_t *at)
{
    while (*at < params->count) {
        const osp_pair *pair = &params->items[(*at)++];
        if (pair->name.len == name.len && memcmp(pair->name.ptr, name.ptr, name.len) == 0) {
            return pair;
        }
    }
    return NULL;
}

/* The only pair of a name; NULL when there is none or, with an issue, several. */
static const osp_pair *only_pair(reader *r, const osp_params *params, osp_str name)
{
    size_t at = 0;
    const osp_pair *pair = next_pair(params, name, &at);
    if (pair != NULL && next_pair(params, name, &at) != NULL) {
        issue(r, OSP_SAY(DUPLICATE));
        return NULL;
    }
    return pair;
}

/* The value of a pair, decoded; cookies are decoded here, when one is asked for. */
static osp_status pair_text(reader *r, const osp_pair *pair, osp_str *ret_text, bool *ret_good)
{
    *ret_good = true;
    *ret_text = pair->value;
    if (r->field->source_ == OSP_SOURCE_COOKIE) {
        if (pair->raw.ptr == NULL) {
            issue(r, OSP_SAY(COOKIE));
            *ret_good = false;
            return OSP_OK;
        }
        OSP_TRY(decode_piece(r, pair->raw, ret_text, ret_good));
    }
    if (ret_text->ptr == NULL) {
        ret_text->ptr = "";
    }
    return OSP_OK;
}

/* ---------------------------------------------------------------- the text of a joined value */

/* Takes the leading '.' of a label, or ";name=" of a matrix that is joined or a scalar.  False,
 * with an issue, when it is not there. */
static bool unwrap(reader *r, bool named, osp_str *text)
{
    if (r->style != OSP_STYLE_LABEL && r->style != OSP_STYLE_MATRIX) {
        return true;
    }
    const bool label = r->style == OSP_STYLE_LABEL;
    if (text->len == 0 || text->ptr[0] != (label ? '.' : ';')) {
        issue(r, label ? OSP_SAY(LABEL) : OSP_SAY(MATRIX));
        return false;
    }
    *text = (osp_str){ text->ptr + 1, text->len - 1 };
    if (label || !named) {
        return true;
    }
    if (!osp_str_starts_with(*text, r->name) ||
        (text->len > r->name.len && text->ptr[r->name.len] != '=')) {
        issue(r, OSP_SAY(MATRIX_NAME));
        return false;
    }
    const size_t used = text->len > r->name.len ? r->name.len + 1 : text->len;
    *text = (osp_str){ text->ptr + used, text->len - used };
    return true;
}

/* All lines of a header as one list. */
static osp_status join_lines(reader *r, const osp_params *params, osp_str *ret_text)
{
    size_t len = 0;
    for (size_t i = 0; i < params->count; i++) {
        len += params->items[i].value.len + 1;
    }
    char *text = osp_arena_try(r->how->arena, len);
    if (text == NULL) {
        return OSP_E_NOMEM;
    }
    len = 0;
    for (size_t i = 0; i < params->count; i++) {
        const osp_str line = params->items[i].value;
        if (i > 0) {
            text[len++] = ',';
        }
        if (line.len > 0) {
            memcpy(text + len, line.ptr, line.len);
        }
        len += line.len;
    }
    *ret_text = (osp_str){ text, len };
    return OSP_OK;
}

/* The one raw text that holds a list or object.  OSP_OK | OSP_DONE (none, or an issue). */
static osp_status whole_text(reader *r, const osp_params *params, osp_str *ret_text)
{
    if (r->field->source_ == OSP_SOURCE_HEADER && params->count > 1) {
        return join_lines(r, params, ret_text);
    }
    const osp_pair *pair = only_pair(r, params, r->name);
    if (pair == NULL) {
        return OSP_DONE;
    }
    if (pair->raw.ptr == NULL && r->field->source_ == OSP_SOURCE_COOKIE) {
        issue(r, OSP_SAY(COOKIE));
        return OSP_DONE;
    }
    *ret_text = pair->raw;
    return unwrap(r, is_joined(r), ret_text) ? OSP_OK : OSP_DONE;
}

/* ---------------------------------------------------------------- lists */

typedef struct texts {
    osp_str *items;
    size_t count;
} texts;

static osp_status texts_room(reader *r, size_t count, texts *ret)
{
    ret->count = 0;
    if (count > OSP_PARAM_ITEMS_MAX) {
        issue_at(r, r->name, too_many(r));
        return OSP_DONE;
    }
    ret->items = osp_arena_try(r->how->arena, count * sizeof *ret->items);
    return ret->items != NULL ? OSP_OK : OSP_E_NOMEM;
}

/* In matrices each item has the name in front.  False, with an issue, when it has not. */
static bool strip_name(reader *r, osp_str *piece)
{
    if (r->style != OSP_STYLE_MATRIX || is_joined(r)) {
        return true;
    }
    osp_str whole = { piece->ptr, piece->len };
    const bool named = osp_str_starts_with(whole, r->name) &&
                       (whole.len == r->name.len || whole.ptr[r->name.len] == '=');
    if (!named) {
        issue(r, OSP_SAY(MATRIX_ITEM));
        return false;
    }
    const size_t used = whole.len == r->name.len ? whole.len : r->name.len + 1;
    *piece = (osp_str){ whole.ptr + used, whole.len - used };
    return true;
}

static osp_status split_items(reader *r, osp_str text, texts *ret)
{
    const cut by = separator_of(r);
    const bool header = r->field->source_ == OSP_SOURCE_HEADER;
    ret->count = 0;
    if (text.len == 0) {
        return OSP_OK;
    }
    const osp_status status = texts_room(r, count_pieces(text, &by), ret);
    bool more = status == OSP_OK;
    while (more) {
        osp_str piece, item;
        more = next_piece(&text, &by, &piece);
        if (header) {
            piece = osp_str_trim(piece);
            if (piece.len == 0) {
                continue;
            }
        }
        bool good = strip_name(r, &piece);
        if (good) {
            OSP_TRY(decode_piece(r, piece, &item, &good));
        }
        if (!good) {
            return OSP_DONE;
        }
        ret->items[ret->count++] = item;
    }
    return status;
}

/* The decoded items of a list.  OSP_OK | OSP_DONE (not given, or an issue). */
static osp_status gather_items(reader *r, const osp_params *params, texts *ret)
{
    if (r->style != OSP_STYLE_FORM || r->field->joined) {
        osp_str text;
        const osp_status status = whole_text(r, params, &text);
        return status == OSP_OK ? split_items(r, text, ret) : status;
    }
    size_t count = 0;
    for (size_t at = 0; next_pair(params, r->name, &at) != NULL;) {
        count++;
    }
    if (count == 0) {
        return OSP_DONE;
    }
    const osp_status status = texts_room(r, count, ret);
    const osp_pair *pair;
    for (size_t at = 0; status == OSP_OK && (pair = next_pair(params, r->name, &at)) != NULL;) {
        bool good = false;
        OSP_TRY(pair_text(r, pair, &ret->items[ret->count], &good));
        if (!good) {
            return OSP_DONE;
        }
        ret->count++;
    }
    return status;
}

/* What holds for each item: the constraints of EACH on a value of the element's type. */
static osp_field item_field(const osp_field *field)
{
    osp_field item = field->each_ != NULL ? *field->each_ : (osp_field){ 0 };
    item.kind_ = field->type_->kind;
    item.type_ = field->type_;
    item.value_at_ = 0;
    item.indirect_ = false;
    return item;
}

static osp_status read_list(reader *r, void *value, const osp_params *params)
{
    const osp_type *element = r->field->type_;
    texts found = { NULL, 0 };
    const osp_status gathered = gather_items(r, params, &found);
    OSP_TRY(gathered);
    if (r->flaws != 0 || (gathered == OSP_DONE && r->field->value_at_ != 0)) {
        return gathered;
    }
    /* The true count is judged first: what is too long is not read. */
    osp_list list = { NULL, found.count };
    osp_flaw flaw =
        osp_field_judge(r->field, OSP_KIND_LIST, element, &list, found.count == 0, r->how);
    if (flaw.says != NULL || found.count == 0) {
        if (flaw.says != NULL) {
            issue_at(r, r->name, flaw);
        }
        return gathered;
    }
    list.items = osp_arena_zalloc(r->how->arena, found.count * element->size);
    if (list.items == NULL) {
        return OSP_E_NOMEM;
    }
    const osp_field item = item_field(r->field);
    /* What is beyond the issues that are told is not worth the time: a pattern may take long. */
    for (size_t i = 0; i < found.count && r->flaws < OSP_ISSUES_MAX; i++) {
        char *slot = (char *)list.items + i * element->size;
        const osp_status status = osp_field_from_text(&item, slot, found.items[i], r->how, &flaw);
        if (status == OSP_E_TYPE_MISMATCH) {
            issue_of_item(r, i, flaw);
        } else {
            OSP_TRY(status);
        }
    }
    if (r->flaws == 0) {
        flaw = osp_field_judge(r->field, OSP_KIND_LIST, element, &list, true, r->how);
        const osp_status failure = osp_flaw_failure(flaw);
        if (failure != OSP_OK) {
            return failure; /* nobody can tell, which is not the client's fault */
        }
        if (flaw.says != NULL) {
            issue_at(r, r->name, flaw);
        }
    }
    memcpy(value, &list, sizeof list);
    return OSP_OK;
}

/* ---------------------------------------------------------------- objects */

/* "x=1" as a pair; without '=' only a matrix has a value, the empty one. */
static bool split_pair(reader *r, osp_str piece, osp_str *ret_name, osp_str *ret_value)
{
    const char *equals = piece.len != 0 ? memchr(piece.ptr, '=', piece.len) : NULL;
    if (equals == NULL && r->style != OSP_STYLE_MATRIX) {
        issue(r, OSP_SAY(PAIRS));
        return false;
    }
    const size_t len = equals != NULL ? (size_t)(equals - piece.ptr) : piece.len;
    *ret_name = (osp_str){ piece.ptr, len };
    *ret_value = equals != NULL ? (osp_str){ equals + 1, piece.len - len - 1 } : OSP_STR("");
    return true;
}

/* The members of an object that stands in one text.  *ret is unchanged after an issue. */
static osp_status split_members(reader *r, osp_str text, osp_params *ret)
{
    const cut by = separator_of(r);
    const size_t pieces = text.len != 0 ? count_pieces(text, &by) : 0;
    if (pieces > OSP_PARAM_ITEMS_MAX || (is_joined(r) && pieces % 2 != 0)) {
        issue_at(r, r->name,
                 pieces > OSP_PARAM_ITEMS_MAX ? too_many(r) : osp_flaw_of(OSP_SAY(TURNS)));
        return OSP_DONE;
    }
    osp_pair *pairs = osp_arena_try(r->how->arena, (pieces + 1) * sizeof *pairs);
    if (pairs == NULL) {
        return OSP_E_NOMEM;
    }
    const bool header = r->field->source_ == OSP_SOURCE_HEADER;
    size_t count = 0;
    for (bool more = pieces != 0; more;) {
        osp_str name, value;
        more = next_piece(&text, &by, &name);
        if (is_joined(r)) {
            more = next_piece(&text, &by, &value);
        } else if (header && osp_str_trim(name).len == 0) {
            continue;
        } else if (!split_pair(r, name, &name, &value)) {
            return OSP_DONE;
        }
        if (header) {
            name = osp_str_trim(name);
            value = osp_str_trim(value);
        }
        osp_pair *pair = &pairs[count++];
        bool good = false;
        OSP_TRY(decode_piece(r, name, &pair->name, &good));
        if (good) {
            OSP_TRY(decode_piece(r, value, &pair->value, &good));
        }
        if (!good) {
            return OSP_DONE;
        }
        pair->raw = value;
    }
    *ret = (osp_params){ pairs, count };
    return OSP_OK;
}

/* The pairs "a[x]" of an object "a", under the names in the brackets. */
static osp_status deep_members(reader *r, const osp_params *params, osp_params *ret)
{
    osp_pair *pairs = osp_arena_try(r->how->arena, (params->count + 1) * sizeof *pairs);
    if (pairs == NULL) {
        return OSP_E_NOMEM;
    }
    size_t count = 0;
    for (size_t i = 0; i < params->count; i++) {
        osp_pair pair = params->items[i];
        const size_t at = r->name.len;
        if (pair.name.len < at + 2 || !osp_str_starts_with(pair.name, r->name) ||
            pair.name.ptr[at] != '[' || pair.name.ptr[pair.name.len - 1] != ']') {
            continue;
        }
        pair.name = (osp_str){ pair.name.ptr + at + 1, pair.name.len - at - 2 };
        if (memchr(pair.name.ptr, ']', pair.name.len) != NULL) {
            issue(r, OSP_SAY(NESTED));
            return OSP_DONE;
        }
        pairs[count++] = pair;
    }
    *ret = (osp_params){ pairs, count };
    return count != 0 ? OSP_OK : OSP_DONE;
}

static osp_status gather_members(reader *r, const osp_params *params, osp_params *ret)
{
    *ret = (osp_params){ NULL, 0 };
    if (r->style == OSP_STYLE_DEEP) {
        return deep_members(r, params, ret);
    }
    if (r->style == OSP_STYLE_FORM && !r->field->joined) {
        *ret = *params;
        return OSP_OK;
    }
    osp_str text;
    const osp_status status = whole_text(r, params, &text);
    return status == OSP_OK ? split_members(r, text, ret) : status;
}

/* Sets one member of an object.  OSP_OK (given) | OSP_DONE. */
static osp_status read_member(reader *r, const osp_field *member, char *slot,
                              const osp_params *members)
{
    size_t at = 0;
    const osp_pair *pair = next_pair(members, osp_field_name(member), &at);
    if (pair != NULL && next_pair(members, osp_field_name(member), &at) != NULL) {
        issue_of_member(r, member, osp_flaw_of(OSP_SAY(DUPLICATE)));
        return OSP_OK;
    }
    osp_str text = { NULL, 0 };
    if (pair != NULL) {
        bool good = true;
        /* Only in the form style are these still the pairs of the source. */
        if (members->count != 0 && r->style == OSP_STYLE_FORM && !r->field->joined) {
            OSP_TRY(pair_text(r, pair, &text, &good));
        } else {
            text = pair->value.ptr != NULL ? pair->value : OSP_STR("");
        }
        if (!good) {
            return OSP_OK;
        }
    } else if (member->fallback != NULL) {
        text = osp_str_from(member->fallback);
    } else {
        if (!osp_field_is_optional(member)) {
            issue_of_member(r, member, osp_flaw_of(OSP_SAY(REQUIRED)));
        }
        return OSP_DONE;
    }
    osp_flaw flaw;
    const osp_status status = osp_field_from_text(member, slot, text, r->how, &flaw);
    if (status == OSP_E_TYPE_MISMATCH) {
        issue_of_member(r, member, flaw);
    } else {
        OSP_TRY(status);
    }
    return pair != NULL ? OSP_OK : OSP_DONE;
}

static void check_unknown(reader *r, const osp_type *type, const osp_params *members)
{
    for (size_t i = 0; i < members->count; i++) {
        bool known = false;
        for (uint16_t j = 0; j < type->field_count && !known; j++) {
            known = osp_str_equal(osp_field_name(&type->fields[j]), members->items[i].name);
        }
        if (!known) {
            issue_of_unknown(r, members->items[i].name);
        }
    }
}

static void check_needs(reader *r, const osp_type *type, const osp_field *asking, uint64_t given)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *other = &type->fields[i];
        if ((given >> i & 1) == 0 && osp_param_needs(asking, other)) {
            issue_of_member(r, other,
                            osp_flaw_with(OSP_SAY(NEEDS), r->how->arena, osp_field_name(asking)));
        }
    }
}

static void judge_object(reader *r, const void *value)
{
    const osp_type *type = r->field->type_;
    osp_flaw flaw = osp_flaw_checked(type->check_ != NULL ? type->check_(value) : NULL);
    if (flaw.says == NULL) {
        flaw = osp_field_judge(r->field, OSP_KIND_OBJECT, type, value, true, r->how);
    }
    if (flaw.says != NULL) {
        issue_at(r, r->name, flaw);
    }
}

static osp_status read_object(reader *r, void *value, const osp_params *params)
{
    const osp_type *type = r->field->type_;
    osp_params members;
    osp_status status = gather_members(r, params, &members);
    OSP_TRY(status);
    if (r->flaws != 0) {
        return OSP_OK;
    }
    uint64_t given = 0;
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *member = &type->fields[i];
        const osp_status read = read_member(r, member, (char *)value + member->offset_, &members);
        OSP_TRY(read);
        given |= (uint64_t)(read == OSP_OK) << i;
    }
    for (uint16_t i = 0; i < type->field_count; i++) {
        if ((given >> i & 1) != 0 && type->fields[i].needs != NULL) {
            check_needs(r, type, &type->fields[i], given);
        }
    }
    if (r->style == OSP_STYLE_FORM && !r->field->joined) {
        status = given != 0 ? OSP_OK : OSP_DONE;
    } else if (type->additional == OSP_REJECT) {
        check_unknown(r, type, &members);
    }
    if (r->flaws == 0 && status == OSP_OK) {
        judge_object(r, value);
    }
    return status;
}

/* ---------------------------------------------------------------- parameters */

static osp_status read_scalar(reader *r, void *slot, const osp_params *params)
{
    const osp_field *field = r->field;
    const osp_pair *pair = only_pair(r, params, r->name);
    osp_str text = { NULL, 0 };
    if (r->flaws != 0) {
        return OSP_OK;
    }
    if (pair != NULL) {
        bool good = true;
        OSP_TRY(pair_text(r, pair, &text, &good));
        if (!good || !unwrap(r, true, &text)) {
            return OSP_OK;
        }
    } else if (field->fallback != NULL) {
        text = osp_str_from(field->fallback);
    } else {
        if (!osp_field_is_optional(field)) {
            issue(r, OSP_SAY(REQUIRED));
        }
        return OSP_DONE;
    }
    osp_flaw flaw;
    const osp_status status = osp_field_from_text(field, slot, text, r->how, &flaw);
    if (status == OSP_E_TYPE_MISMATCH) {
        issue_at(r, r->name, flaw);
    } else {
        OSP_TRY(status);
    }
    return pair != NULL ? OSP_OK : OSP_DONE;
}

osp_status osp_param_decode(const osp_field *field, void *slot, const osp_params *params,
                            const osp_decoding *how)
{
    OSP_DEBUG_ASSERT(field->source_ < OSP_SOURCE_COUNT);
    reader r = { .field = field,
                 .how = how,
                 .in = osp_source_name((osp_source)field->source_),
                 .name = osp_field_name(field),
                 .style = osp_param_style(field) };
    OSP_ASSERT(r.in != NULL);
    osp_status status = OSP_OK;
    if (field->indirect_ || (field->kind_ != OSP_KIND_LIST && field->kind_ != OSP_KIND_OBJECT)) {
        status = read_scalar(&r, slot, params);
    } else {
        char *value = (char *)slot + field->value_at_;
        status = field->kind_ == OSP_KIND_LIST ? read_list(&r, value, params)
                                               : read_object(&r, value, params);
        if (status == OSP_OK && field->value_at_ != 0) {
            *(osp_presence *)slot = OSP_SET;
        }
    }
    OSP_TRY(status);
    return r.flaws != 0 ? OSP_E_TYPE_MISMATCH : status;
}
