/* JSON text straight into a struct: one pass, driven by the type's table, no tree in between.
 *
 *     text  {"id": 7, "tags": ["a"], "x": {...}}
 *            |            |             +-- not in the table: skipped, its syntax is checked
 *            |            +-- osp_field of kind LIST: elements grow in the arena
 *            +-- osp_field: offset and kind say where and what to store
 *
 * Two sorts of failure are kept apart.  What is not JSON ends the decoding with the line and
 * column.  What is JSON but does not fit becomes an issue with a JSON pointer, and decoding goes on
 * behind the value, so that a client learns of every bad field at once.
 *
 * Members are expected in the order of the table, which costs one comparison each; others are
 * found by a scan.  A bit per member tells duplicates and missing ones.
 *
 * Invariants: begin <= at <= end.  `depth` counts the containers around `at`, at most
 * OSP_JSON_DEPTH_MAX; it bounds the recursion, and path[0..depth) is the pointer to the current
 * value.  Skipping does not recurse.  A list holds no more than max_len elements in memory.
 * Source: RFC 8259, RFC 6901; RFC 7493 (no duplicates, no lone surrogates). */
#include "base/utf8.h"
#include "type/type_impl.h"

#include <stdio.h>

#define LIST_FIRST_BYTES 64 /* of the first allocation of a list */
#define FIELDS_MAX 64       /* bits of `seen` */

_Static_assert(OSP_JSON_DEPTH_MAX <= 64, "the skipper keeps one bit a container");

/* One step of a JSON pointer: a member, or an index when `name` is NULL. */
typedef struct step {
    const char *name;
    size_t at; /* the name's length, or the index */
} step;

typedef struct decoder {
    const char *at, *end, *begin;
    osp_arena *arena;
    osp_issues *issues; /* NULL: only counted */
    osp_error *err;
    size_t mismatches;
    uint32_t depth;
    step path[OSP_JSON_DEPTH_MAX];
} decoder;

/* What is to be decoded: a member, or an element of a list when `field` is NULL. */
typedef struct target {
    const osp_field *field; /* bounds */
    const osp_type *type;
    osp_kind kind;
} target;

static osp_status decode_value(decoder *d, target t, void *slot);

/* ---------------------------------------------------------------- failures and issues */

/* Ends the decoding: the text is not JSON. */
static __attribute__((cold, noinline)) osp_status fail(decoder *d, osp_status status,
                                                       const char *what)
{
    size_t line = 1;
    const char *line_begin = d->begin;
    for (const char *at = d->begin; at < d->at; at++) {
        if (*at == '\n') {
            line++;
            line_begin = at + 1;
        }
    }
    return osp_error_set(d->err, status, "line %zu, column %zu (byte %zu): %s", line,
                         (size_t)(d->at - line_begin) + 1, (size_t)(d->at - d->begin), what);
}

static osp_status syntax(decoder *d, const char *what)
{
    return fail(d, OSP_E_JSON_SYNTAX, d->at >= d->end ? "the text ends too early" : what);
}

static osp_status no_memory(decoder *d)
{
    return osp_error_set(d->err, OSP_E_NOMEM, "no memory is left for the JSON value");
}

/* Appends one step to a pointer.  False when it does not fit. */
static bool pointer_add(char text[OSP_JSON_POINTER_MAX], size_t *len, step s)
{
    char number[24];
    const char *name = s.name;
    size_t name_len = s.at;
    if (name == NULL) {
        name_len = (size_t)snprintf(number, sizeof(number), "%zu", s.at);
        name = number;
    }
    size_t at = *len;
    if (at == OSP_JSON_POINTER_MAX) {
        return false;
    }
    text[at++] = '/';
    for (size_t i = 0; i < name_len; i++) {
        const bool escape = name[i] == '~' || name[i] == '/';
        if (OSP_JSON_POINTER_MAX - at < 1U + escape) {
            return false;
        }
        if (escape) {
            text[at++] = '~';
            text[at++] = name[i] == '~' ? '0' : '1';
        } else {
            text[at++] = name[i];
        }
    }
    *len = at;
    return true;
}

/* Reports what is wrong with the value that path[0..depth) leads to.  A pointer that would be too
 * long ends at the last container that fits. */
static __attribute__((cold, noinline)) void issue(decoder *d, osp_str detail)
{
    d->mismatches++;
    if (d->issues == NULL) {
        return;
    }
    if (d->issues->count == OSP_JSON_ISSUES_MAX) {
        d->issues->dropped++; /* and no memory is spent on it */
        return;
    }
    char text[OSP_JSON_POINTER_MAX];
    size_t len = 0;
    for (uint32_t i = 0; i < d->depth && pointer_add(text, &len, d->path[i]); i++) {
    }
    osp_str pointer = { NULL, 0 };
    char *copy = len != 0 ? osp_arena_try(d->arena, len) : NULL;
    if (copy != NULL) {
        memcpy(copy, text, len);
        pointer = (osp_str){ copy, len };
    }
    osp_issues_add(d->issues, pointer, detail);
}

/* ---------------------------------------------------------------- tokens */

/* The next byte that is not white space, or -1 at the end. */
static inline int peek(decoder *d)
{
    while (d->at < d->end) {
        const unsigned char c = (unsigned char)*d->at;
        if (c > ' ' || (c != ' ' && c != '\n' && c != '\t' && c != '\r')) {
            return c;
        }
        d->at++;
    }
    return -1;
}

static osp_status enter(decoder *d)
{
    if (d->depth == OSP_JSON_DEPTH_MAX) {
        return fail(d, OSP_E_JSON_DEPTH, "nested too deeply");
    }
    d->at++;
    d->path[d->depth++] = (step){ NULL, 0 };
    return OSP_OK;
}

static osp_status expect_word(decoder *d, const char *word, size_t len)
{
    if ((size_t)(d->end - d->at) < len || memcmp(d->at, word, len) != 0) {
        return fail(d, OSP_E_JSON_SYNTAX, "unexpected word");
    }
    d->at += len;
    return OSP_OK;
}

/* Four hexadecimal digits, or a value above 0xFFFF. */
static uint32_t hex4(const char *at, const char *end)
{
    if (end - at < 4) {
        return UINT32_MAX;
    }
    uint32_t code = 0;
    for (int i = 0; i < 4; i++) {
        const char c = at[i];
        const char lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9') {
            code = code << 4 | (uint32_t)(c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            code = code << 4 | (uint32_t)(lower - 'a' + 10);
        } else {
            return UINT32_MAX;
        }
    }
    return code;
}

/* The code point of a \u escape whose digits start at *at; a pair of surrogates is one.
 * UINT32_MAX when the digits are bad, a surrogate when it stands alone. */
static uint32_t unicode_escape(const char **at, const char *end)
{
    const uint32_t first = hex4(*at, end);
    if (first > 0xFFFF) {
        return UINT32_MAX;
    }
    *at += 4;
    if (first < 0xD800 || first > 0xDBFF || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u') {
        return first;
    }
    const uint32_t second = hex4(*at + 2, end);
    if (second < 0xDC00 || second > 0xDFFF) {
        return first;
    }
    *at += 6;
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

/* Bytes that a backslash and one letter stand for; 0 is no escape. */
static const char short_escapes[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

/* Resolves the escapes of `raw`, whose end is known, into `out`; out NULL: only checks them. */
static osp_status unescape(decoder *d, osp_str raw, char *out, size_t *ret_len)
{
    const char *end = raw.ptr + raw.len;
    size_t len = 0;
    for (const char *at = raw.ptr; at < end;) {
        const char *slash = memchr(at, '\\', (size_t)(end - at));
        const size_t plain = (size_t)((slash ? slash : end) - at);
        if (out != NULL) {
            memcpy(out + len, at, plain);
        }
        len += plain;
        if (slash == NULL) {
            break;
        }
        char bytes[4] = { short_escapes[(unsigned char)slash[1]] };
        size_t count = 1;
        at = slash + 2;
        if (slash[1] == 'u') {
            const uint32_t code = unicode_escape(&at, end);
            if (code == UINT32_MAX || (code >= 0xD800 && code <= 0xDFFF)) {
                d->at = slash;
                return fail(d, OSP_E_JSON_SYNTAX,
                            code == UINT32_MAX ? "\\u needs four hexadecimal digits"
                                               : "a surrogate must be one of a pair");
            }
            count = osp_utf8_encode(code, bytes);
        } else if (bytes[0] == 0) {
            d->at = slash;
            return fail(d, OSP_E_JSON_SYNTAX, "unknown escape");
        }
        if (out != NULL) {
            memcpy(out + len, bytes, count);
        }
        len += count;
    }
    *ret_len = len;
    return OSP_OK;
}

/* The string whose opening quote is at `at`; ret NULL: only checks it.  An escape is never longer
 * once resolved, so the raw length is enough room. */
static osp_status read_string(decoder *d, osp_str *ret)
{
    const char *begin = ++d->at;
    const char *at = begin;
    unsigned high = 0;
    bool escaped = false;
    for (;;) {
        at = osp_json_plain_end(at, d->end, &high);
        if (at == d->end || (*at == '\\' && d->end - at < 2)) {
            d->at = d->end;
            return syntax(d, "");
        }
        if (*at == '"') {
            break;
        }
        if (*at != '\\') {
            d->at = at;
            return syntax(d, "a control character must be escaped");
        }
        escaped = true;
        at += 2;
    }
    const osp_str raw = { begin, (size_t)(at - begin) };
    if (high != 0 && !osp_utf8_valid(raw)) {
        return fail(d, OSP_E_JSON_UTF8, "the string is not valid UTF-8");
    }
    osp_str value = raw;
    if (escaped) {
        char *copy = NULL;
        if (ret != NULL) {
            copy = osp_arena_try(d->arena, raw.len);
            if (copy == NULL) {
                return no_memory(d);
            }
        }
        OSP_TRY(unescape(d, raw, copy, &value.len));
        value.ptr = copy;
    }
    d->at = at + 1;
    if (ret != NULL) {
        *ret = value;
    }
    return OSP_OK;
}

static osp_status read_number(decoder *d, osp_json_number *ret)
{
    const char *behind = osp_json_number_scan(d->at, d->end, ret);
    if (behind == NULL) {
        return fail(d, OSP_E_JSON_SYNTAX, "malformed number");
    }
    d->at = behind;
    return OSP_OK;
}

/* A string, number or word, stored nowhere. */
static osp_status skip_scalar(decoder *d)
{
    osp_json_number number;
    switch (peek(d)) {
    case '"':
        return read_string(d, NULL);
    case 't':
        return expect_word(d, "true", 4);
    case 'f':
        return expect_word(d, "false", 5);
    case 'n':
        return expect_word(d, "null", 4);
    case '-':
    case '0' ... '9':
        return read_number(d, &number);
    default:
        return syntax(d, "expected a value");
    }
}

static osp_status expect_name(decoder *d, osp_str *ret_name)
{
    if (peek(d) != '"') {
        return syntax(d, "expected the name of a member in quotes");
    }
    return read_string(d, ret_name);
}

static osp_status expect_colon(decoder *d)
{
    if (peek(d) != ':') {
        return syntax(d, "expected a colon");
    }
    d->at++;
    return OSP_OK;
}

/* Behind a value: consumes a comma (*ret_more) or the closing bracket. */
static osp_status expect_more(decoder *d, bool object, bool *ret_more)
{
    const int c = peek(d);
    if (c != ',' && c != (object ? '}' : ']')) {
        return syntax(d, object ? "expected a comma or }" : "expected a comma or ]");
    }
    d->at++;
    *ret_more = c == ',';
    return OSP_OK;
}

/* Opens containers as long as the value begins with one that is not empty.  *ret_closed: the value
 * ended with an empty container. */
static osp_status skip_open(decoder *d, uint64_t *objects, uint32_t *open, bool *ret_closed)
{
    *ret_closed = false;
    for (int c = peek(d); c == '{' || c == '['; c = peek(d)) {
        if (d->depth + *open == OSP_JSON_DEPTH_MAX) {
            return fail(d, OSP_E_JSON_DEPTH, "nested too deeply");
        }
        d->at++;
        if (peek(d) == (c == '{' ? '}' : ']')) {
            d->at++;
            *ret_closed = true;
            return OSP_OK;
        }
        *objects = *objects << 1 | (c == '{');
        ++*open;
        if (c == '{') {
            OSP_TRY(expect_name(d, NULL));
            OSP_TRY(expect_colon(d));
        }
    }
    return OSP_OK;
}

/* Passes over any value, checking its syntax.  Containers stand in `objects`, one bit each. */
static osp_status skip_value(decoder *d)
{
    uint64_t objects = 0;
    uint32_t open = 0;
    do {
        bool closed = false;
        OSP_TRY(skip_open(d, &objects, &open, &closed));
        if (!closed) {
            OSP_TRY(skip_scalar(d));
        }
        bool more = false;
        while (open > 0 && !more) {
            OSP_TRY(expect_more(d, objects & 1, &more));
            if (!more) {
                objects >>= 1;
                open--;
            }
        }
        if (more && (objects & 1)) {
            OSP_TRY(expect_name(d, NULL));
            OSP_TRY(expect_colon(d));
        }
    } while (open > 0);
    return OSP_OK;
}

/* ---------------------------------------------------------------- scalars */

/* A value of another sort: checked, passed over and reported. */
static osp_status mismatch(decoder *d, const char *sentence)
{
    OSP_TRY(skip_value(d));
    issue(d, osp_str_from(sentence));
    return OSP_OK;
}

static osp_status decode_bool(decoder *d, void *slot)
{
    const int c = peek(d);
    if (c == 't') {
        OSP_TRY(expect_word(d, "true", 4));
    } else {
        OSP_TRY(expect_word(d, "false", 5));
    }
    *(bool *)slot = c == 't';
    return OSP_OK;
}

static osp_status decode_number(decoder *d, osp_kind kind, void *slot)
{
    osp_json_number number;
    OSP_TRY(read_number(d, &number));
    const char *detail = kind == OSP_KIND_DOUBLE ? osp_json_number_to_double(&number, slot)
                                                 : osp_json_number_to_int(&number, kind, slot);
    if (detail == NULL) {
        return OSP_OK;
    }
    issue(d, osp_str_from(detail));
    return OSP_DONE; /* reported: no bounds to check any more */
}

/* Whether a value that starts with `c` is of the sort of a scalar kind. */
static bool scalar_starts(osp_kind base, int c)
{
    switch (base) {
    case OSP_KIND_BOOL:
        return c == 't' || c == 'f';
    case OSP_KIND_STR:
        return c == '"';
    default:
        return c == '-' || (c >= '0' && c <= '9');
    }
}

/* `first` is the value's first byte. */
static osp_status decode_scalar(decoder *d, target t, int first, void *slot)
{
    const osp_kind_info *info = &osp_kinds[t.kind];
    const osp_kind base = info->base;
    if (!scalar_starts(base, first)) {
        return mismatch(d, info->mismatch);
    }
    void *value = (char *)slot + info->value_at;
    osp_status status = OSP_OK;
    if (base == OSP_KIND_STR) {
        status = read_string(d, value);
    } else if (base == OSP_KIND_BOOL) {
        status = decode_bool(d, value);
    } else {
        status = decode_number(d, base, value);
    }
    if (status != OSP_OK) {
        return status;
    }
    if (info->optional) {
        *(osp_presence *)slot = OSP_SET;
    }
    if (t.field != NULL) {
        const osp_str detail = osp_field_check_bounds(t.field, base, value, d->arena);
        if (detail.len != 0) {
            issue(d, detail);
        }
    }
    return OSP_OK;
}

static osp_status decode_null(decoder *d, target t, void *slot)
{
    OSP_TRY(expect_word(d, "null", 4));
    if (!osp_kinds[t.kind].optional) {
        issue(d, OSP_STR("must not be null"));
    } else if (t.kind != OSP_KIND_POINTER) {
        *(osp_presence *)slot = OSP_NULL;
    }
    return OSP_OK;
}

/* ---------------------------------------------------------------- containers */

/* Makes room for one more element, doubling. */
static osp_status list_grow(decoder *d, osp_list *list, size_t *cap, size_t size)
{
    if (list->count < *cap) {
        return OSP_OK;
    }
    const size_t first = size < LIST_FIRST_BYTES ? LIST_FIRST_BYTES / size : 1;
    size_t bytes = 0;
    const size_t more = *cap == 0 ? first : *cap * 2;
    if (more < *cap || __builtin_mul_overflow(more, size, &bytes)) {
        return no_memory(d);
    }
    char *items = osp_arena_try(d->arena, bytes);
    if (items == NULL) {
        return no_memory(d);
    }
    if (list->count != 0) {
        memcpy(items, list->items, list->count * size);
    }
    list->items = items;
    *cap = more;
    return OSP_OK;
}

/* One element, zeroed first, at the end of the list. */
static osp_status decode_element(decoder *d, const osp_type *type, osp_list *list, size_t *cap)
{
    OSP_TRY(list_grow(d, list, cap, type->size));
    char *slot = (char *)list->items + list->count * type->size;
    memset(slot, 0, type->size);
    list->count++;
    return decode_value(d, (target){ NULL, type, (osp_kind)type->kind }, slot);
}

static osp_status decode_list(decoder *d, target t, void *slot)
{
    OSP_ASSERT(t.type != NULL);
    OSP_ASSERT(t.type->size > 0);
    if (peek(d) != '[') {
        return mismatch(d, osp_kinds[OSP_KIND_LIST].mismatch);
    }
    OSP_TRY(enter(d));
    const size_t max = t.field != NULL && t.field->max_len != 0 ? t.field->max_len : SIZE_MAX;
    osp_list list = { NULL, 0 };
    size_t cap = 0;
    size_t seen = 0;
    bool more = peek(d) != ']';
    if (!more) {
        d->at++;
    }
    while (more) {
        d->path[d->depth - 1].at = seen;
        if (seen < max) {
            OSP_TRY(decode_element(d, t.type, &list, &cap));
        } else {
            OSP_TRY(skip_value(d));
        }
        seen++;
        OSP_TRY(expect_more(d, false, &more));
    }
    d->depth--;
    memcpy(slot, &list, sizeof(list));
    if (t.field != NULL) {
        const osp_str detail = osp_field_check_count(t.field, seen, d->arena);
        if (detail.len != 0) {
            issue(d, detail);
        }
    }
    return OSP_OK;
}

static inline bool is_member(const osp_field *field)
{
    return field->source_ == OSP_SOURCE_FIELD;
}

/* The common case: the member that the table has next, spelt as in the struct.  Names of C hold
 * nothing to escape, so the raw bytes decide. */
static inline const osp_field *match_next(decoder *d, const osp_type *type, uint32_t next)
{
    if (next >= type->field_count) {
        return NULL;
    }
    const osp_field *field = &type->fields[next];
    const size_t len = field->member_len_;
    if (field->name != NULL || !is_member(field) || (size_t)(d->end - d->at) < len + 2 ||
        d->at[len + 1] != '"' || memcmp(d->at + 1, field->member_, len) != 0) {
        return NULL;
    }
    d->at += len + 2;
    return field;
}

/* Any member, starting at the one that is expected. */
static const osp_field *find_member(const osp_type *type, osp_str name, uint32_t next)
{
    const uint32_t count = type->field_count;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t index = next + i < count ? next + i : next + i - count;
        const osp_field *field = &type->fields[index];
        const osp_str field_name = osp_field_name(field);
        if (is_member(field) && field_name.len == name.len &&
            memcmp(field_name.ptr, name.ptr, name.len) == 0) {
            return field;
        }
    }
    return NULL;
}

static target member_target(const osp_field *field)
{
    return (target){ field, field->type_, (osp_kind)field->kind_ };
}

/* One `"name": value`. */
static osp_status decode_member(decoder *d, const osp_type *type, void *object, uint64_t *seen,
                                uint32_t *next)
{
    if (peek(d) != '"') {
        return syntax(d, "expected the name of a member in quotes");
    }
    const osp_field *field = match_next(d, type, *next);
    if (field == NULL) {
        osp_str name = { NULL, 0 };
        OSP_TRY(read_string(d, &name));
        field = find_member(type, name, *next < type->field_count ? *next : 0);
    }
    OSP_TRY(expect_colon(d));
    if (field == NULL) {
        return skip_value(d);
    }
    const osp_str name = osp_field_name(field);
    d->path[d->depth - 1] = (step){ name.ptr, name.len };
    const uint32_t index = (uint32_t)(field - type->fields);
    *next = index + 1;
    if (*seen >> index & 1) {
        return mismatch(d, "is given twice");
    }
    *seen |= 1ULL << index;
    return decode_value(d, member_target(field), (char *)object + field->offset_);
}

/* Decodes a fallback that is JSON itself, such as "[]": the same decoder on another text, so that
 * the depth stays bounded. */
static osp_status decode_fallback(decoder *d, const osp_field *field, void *slot)
{
    const char *at = d->at, *end = d->end, *begin = d->begin;
    const osp_str text = osp_str_from(field->fallback);
    d->at = d->begin = text.ptr;
    d->end = text.ptr + text.len;
    OSP_TRY(decode_value(d, member_target(field), slot));
    if (peek(d) != -1) {
        return syntax(d, "unexpected text behind the fallback");
    }
    d->at = at;
    d->end = end;
    d->begin = begin;
    return OSP_OK;
}

static osp_status absent_member(decoder *d, const osp_field *field, void *slot)
{
    const osp_str name = osp_field_name(field);
    d->path[d->depth - 1] = (step){ name.ptr, name.len };
    if (field->fallback == NULL) {
        if (!osp_kinds[field->kind_].optional) {
            issue(d, OSP_STR("is required"));
        }
        return OSP_OK;
    }
    if (field->kind_ >= OSP_KIND_OBJECT) {
        return field->fallback[0] != '\0' ? decode_fallback(d, field, slot) : OSP_OK;
    }
    osp_str detail = { NULL, 0 };
    if (osp_field_from_text(field, slot, osp_str_from(field->fallback), d->arena, &detail) !=
        OSP_OK) {
        issue(d, detail);
    }
    return OSP_OK;
}

static osp_status absent_members(decoder *d, const osp_type *type, void *object, uint64_t seen)
{
    for (uint32_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        if (!(seen >> i & 1) && is_member(field)) {
            OSP_TRY(absent_member(d, field, (char *)object + field->offset_));
        }
    }
    return OSP_OK;
}

static osp_status decode_object(decoder *d, const osp_type *type, void *object)
{
    OSP_ASSERT(type != NULL);
    OSP_ASSERT(type->field_count <= FIELDS_MAX);
    if (peek(d) != '{') {
        return mismatch(d, osp_kinds[OSP_KIND_OBJECT].mismatch);
    }
    OSP_TRY(enter(d));
    uint64_t seen = 0;
    uint32_t next = 0;
    bool more = peek(d) != '}';
    if (!more) {
        d->at++;
    }
    while (more) {
        OSP_TRY(decode_member(d, type, object, &seen, &next));
        OSP_TRY(expect_more(d, true, &more));
    }
    OSP_TRY(absent_members(d, type, object, seen));
    d->depth--;
    return OSP_OK;
}

/* T *: the value lives in the arena. */
static osp_status decode_pointer(decoder *d, target t, void *slot)
{
    OSP_ASSERT(t.type != NULL);
    void *value = osp_arena_zalloc(d->arena, t.type->size);
    if (value == NULL) {
        return no_memory(d);
    }
    memcpy(slot, &value, sizeof(value));
    return decode_value(d, (target){ NULL, t.type, (osp_kind)t.type->kind }, value);
}

static osp_status decode_value(decoder *d, target t, void *slot)
{
    const int first = peek(d);
    if (first == 'n') {
        return decode_null(d, t, slot);
    }
    switch (t.kind) {
    case OSP_KIND_NONE:
        return mismatch(d, osp_kinds[OSP_KIND_NONE].mismatch);
    case OSP_KIND_OBJECT:
        return decode_object(d, t.type, slot);
    case OSP_KIND_POINTER:
        return decode_pointer(d, t, slot);
    case OSP_KIND_LIST:
        return decode_list(d, t, slot);
    default:
        return decode_scalar(d, t, first, slot);
    }
}

/* ---------------------------------------------------------------- public */

static osp_status decode_text(target t, void *slot, osp_str text, osp_arena *arena,
                              osp_issues *issues, osp_error *err)
{
    decoder d;
    d.begin = text.len != 0 ? text.ptr : "";
    d.at = d.begin;
    d.end = d.begin + text.len;
    d.arena = arena;
    d.issues = issues;
    d.err = err;
    d.mismatches = 0;
    d.depth = 0; /* path[] is written before it is read */
    OSP_TRY(decode_value(&d, t, slot));
    if (peek(&d) != -1) {
        return syntax(&d, "unexpected text behind the value");
    }
    return d.mismatches == 0 ? OSP_OK : OSP_E_TYPE_MISMATCH;
}

osp_status osp_json_decode(const osp_type *type, void *value, osp_str text, osp_arena *arena,
                           osp_issues *issues, osp_error *err)
{
    OSP_ASSERT(type != NULL);
    OSP_ASSERT(value != NULL || type->size == 0);
    OSP_ASSERT(arena != NULL);
    return decode_text((target){ NULL, type, (osp_kind)type->kind }, value, text, arena, issues,
                       err);
}

osp_status osp_json_decode_field(const osp_field *field, void *slot, osp_str text, osp_arena *arena,
                                 osp_issues *issues, osp_error *err)
{
    OSP_ASSERT(field != NULL);
    OSP_ASSERT(slot != NULL);
    OSP_ASSERT(arena != NULL);
    return decode_text(member_target(field), slot, text, arena, issues, err);
}
