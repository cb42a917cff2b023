/* A struct as JSON: the mirror of json_decode, driven by the same table.
 *
 * Every scalar reserves its worst case once and then writes without looking; strings reserve their
 * plain length and more only at an escape.  Names of C members hold nothing to escape and are
 * copied as they are.  Only what RFC 8259 section 7 demands is escaped.  What most members are, a
 * name and a short plain string, takes no call: a string of up to two words is judged while it is
 * copied.
 *
 * Invariants: on failure `out` has the length it had before.  The depth is bounded, for pointers of
 * an application may form a cycle.
 * Cost: one pass, no memory but the output's. */
#include "base/load.h"
#include "base/task.h"
#include "base/utf8.h"
#include "type/text.h"
#include "type/type_impl.h"

#define NAME_EXTRA 4 /* comma or brace, two quotes, colon */
#define ESCAPE_MAX 6 /* \u001f */
#define STACK_BYTES 1024
#define SHORT 16 /* bytes of a string that is copied in two words */

#define ONES 0x0101010101010101ULL
#define HIGHS 0x8080808080808080ULL

static osp_status encode_value(osp_kind kind, const osp_type *type, const void *value, osp_buf *out,
                               uint32_t depth);

static inline osp_status room(osp_buf *out, size_t more)
{
    return more <= out->cap - out->len ? OSP_OK : osp_buf_reserve_slow(out, more);
}

/* Behind room(). */
static inline void put(osp_buf *out, const char *bytes, size_t len)
{
    memcpy(out->ptr + out->len, bytes, len);
    out->len += len;
}

/* Copies what is short mostly: no call, and loads that overlap instead of a loop. */
static inline char *put_short(char *to, const char *bytes, size_t len)
{
    if (len > 16) {
        memcpy(to, bytes, len);
    } else if (len >= 8) {
        char back[8];
        memcpy(back, bytes + len - 8, 8);
        memcpy(to, bytes, 8);
        memcpy(to + len - 8, back, 8);
    } else if (len >= 4) {
        char back[4];
        memcpy(back, bytes + len - 4, 4);
        memcpy(to, bytes, 4);
        memcpy(to + len - 4, back, 4);
    } else if (len != 0) {
        to[0] = bytes[0];
        to[len / 2] = bytes[len / 2];
        to[len - 1] = bytes[len - 1];
    }
    return to + len;
}

static inline void put_byte(osp_buf *out, char byte)
{
    out->ptr[out->len++] = byte;
}

static inline osp_status put_word(osp_buf *out, const char *word, size_t len)
{
    OSP_TRY(room(out, len));
    put(out, word, len);
    return OSP_OK;
}

/* ---------------------------------------------------------------- strings */

/* The letter behind the backslash; 0: \u00XX. */
static const char short_escapes[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
    ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
};

static void put_escape(osp_buf *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    put_byte(out, '\\');
    if (short_escapes[c] != 0) {
        put_byte(out, short_escapes[c]);
        return;
    }
    put(out, "u00", 3);
    put_byte(out, hex[c >> 4]);
    put_byte(out, hex[c & 15]);
}

/* From the first byte that cannot stand raw. */
static osp_status string_with_escapes(const char *at, const char *end, osp_buf *out)
{
    unsigned high = 0; /* validated already */
    while (at < end) {
        const char *stop = osp_json_plain_end(at, end, &high);
        OSP_TRY(room(out, (size_t)(end - at) + ESCAPE_MAX + 1));
        put(out, at, (size_t)(stop - at));
        if (stop == end) {
            break;
        }
        put_escape(out, (unsigned char)*stop);
        at = stop + 1;
    }
    OSP_TRY(room(out, 1));
    put_byte(out, '"');
    return OSP_OK;
}

/* Which bytes of a word are no ASCII or cannot stand raw; of other words it is 0. */
static inline uint64_t odd_bytes(uint64_t word)
{
    const uint64_t quote = word ^ (ONES * '"');
    const uint64_t slash = word ^ (ONES * '\\');
    return (word | (word - ONES * ' ') | (quote - ONES) | (slash - ONES)) & HIGHS;
}

/* Copies up to SHORT bytes to where there is room for as many.  False: some are odd. */
__attribute__((always_inline)) static inline bool copy_plain(char *to, const char *from, size_t len)
{
    if (len >= sizeof(uint64_t)) {
        const uint64_t front = osp_load64(from);
        const uint64_t back = osp_load64(from + len - sizeof back);
        memcpy(to, &front, sizeof front);
        memcpy(to + len - sizeof back, &back, sizeof back);
        return (odd_bytes(front) | odd_bytes(back)) == 0;
    }
    if (len == 0) {
        return true;
    }
    const uint64_t word = osp_load_few(from, len) | (ONES * ' ') << (8 * len);
    memcpy(to, &word, sizeof word);
    return odd_bytes(word) == 0;
}

/* Writes what most strings are, short and plain, where there is room for any such.  False: `out` is
 * as long as before. */
__attribute__((always_inline)) static inline bool put_usual_string(osp_str s, osp_buf *out)
{
    const size_t len = out->len;
    if (s.len > SHORT || out->cap - len < SHORT + 2) {
        return false;
    }
    char *at = out->ptr + len;
    if (!copy_plain(at + 1, s.ptr, s.len)) {
        return false;
    }
    at[0] = '"';
    at[1 + s.len] = '"';
    out->len = len + s.len + 2;
    return true;
}

static osp_status encode_string(osp_str s, osp_buf *out)
{
    if (put_usual_string(s, out)) {
        return OSP_OK;
    }
    OSP_TRY(s.len < SIZE_MAX / 2 ? room(out, s.len + 2) : OSP_E_LIMIT);
    put_byte(out, '"');
    if (s.len != 0) {
        const char *end = s.ptr + s.len;
        unsigned high = 0;
        const char *stop = osp_json_plain_end(s.ptr, end, &high);
        if ((high != 0 || stop != end) && !osp_utf8_valid(s)) {
            return OSP_E_JSON_UTF8;
        }
        const char *at = put_short(out->ptr + out->len, s.ptr, (size_t)(stop - s.ptr));
        out->len = (size_t)(at - out->ptr);
        if (stop != end) {
            return string_with_escapes(stop, end, out);
        }
    }
    put_byte(out, '"');
    return OSP_OK;
}

/* Takes back what a failed encoding wrote; a buffer that refused stays full. */
static osp_status rewind_failed(osp_buf *out, size_t len, osp_status status)
{
    if (status != OSP_OK) {
        out->len = len;
        out->cap = out->failed ? len : out->cap;
    }
    return status;
}

osp_status osp_json_string(osp_str s, osp_buf *out)
{
    const size_t len = out->len;
    return rewind_failed(out, len, encode_string(s, out));
}

/* ---------------------------------------------------------------- scalars */

static osp_status encode_bool(bool value, osp_buf *out)
{
    return value ? put_word(out, "true", 4) : put_word(out, "false", 5);
}

/* A scalar whose text form needs no escapes, in quotes. */
static osp_status encode_quoted(osp_kind kind, const osp_type *type, const void *value,
                                osp_buf *out)
{
    OSP_TRY(put_word(out, "\"", 1));
    OSP_TRY(osp_scalar_write(kind, type, value, out));
    return put_word(out, "\"", 1);
}

/* Names of enums are the application's and may need escapes. */
static osp_status encode_enum(const osp_type *type, int value, osp_buf *out)
{
    for (uint16_t i = 0; i < type->name_count; i++) {
        if (type->names[i].value == value) {
            return encode_string((osp_str){ type->names[i].text, type->names[i].len }, out);
        }
    }
    return OSP_E_INVALID;
}

/* Numbers and times are written where they belong, without a text in between. */
static osp_status encode_number(osp_kind kind, const void *value, osp_buf *out)
{
    OSP_TRY(room(out, OSP_JSON_NUMBER_SIZE));
    const size_t len = osp_number_text(kind, value, out->ptr + out->len);
    out->len += len;
    return len != 0 ? OSP_OK : OSP_E_JSON_NUMBER;
}

static osp_status encode_time(osp_time value, osp_buf *out)
{
    if (!osp_text_time_valid(value)) {
        return OSP_E_INVALID;
    }
    OSP_TRY(room(out, OSP_TEXT_MAX + 2));
    put_byte(out, '"');
    out->len += osp_text_write_time(value, out->ptr + out->len);
    put_byte(out, '"');
    return OSP_OK;
}

static osp_status encode_scalar(osp_kind kind, const osp_type *type, const void *value,
                                osp_buf *out)
{
    switch (kind) {
    case OSP_KIND_STR:
    case OSP_KIND_MARKUP:
        return encode_string(*(const osp_str *)value, out);
    case OSP_KIND_BOOL:
        return encode_bool(*(const bool *)value, out);
    case OSP_KIND_INT32 ... OSP_KIND_DOUBLE:
        return encode_number(kind, value, out);
    case OSP_KIND_TIME:
        return encode_time(*(const osp_time *)value, out);
    case OSP_KIND_ENUM:
        return encode_enum(type, *(const int *)value, out);
    default:
        return encode_quoted(kind, type, value, out);
    }
}

/* A value that the application may have made itself is checked like one from outside. */
static osp_status encode_raw(osp_str text, osp_buf *out)
{
    if (osp_json_check(text) != OSP_OK) {
        return OSP_E_INVALID;
    }
    return put_word(out, text.ptr, text.len);
}

/* ---------------------------------------------------------------- containers */

/* An item, as `each` has it; NULL: plainly. */
static osp_status encode_item(const osp_field *each, const osp_type *type, const void *item,
                              osp_buf *out, uint32_t depth)
{
    const osp_kind kind = (osp_kind)type->kind;
    return each != NULL && each->as_string && osp_kinds[kind].scalar && !osp_kinds[kind].quoted
               ? encode_quoted(kind, type, item, out)
               : encode_value(kind, type, item, out, depth);
}

static osp_status encode_items(const osp_field *each, const osp_type *type, const char *item,
                               size_t count, osp_buf *out, uint32_t depth)
{
    OSP_TRY(put_word(out, "[", 1));
    for (size_t i = 0; i < count; i++, item += type->size) {
        if (i != 0) {
            OSP_TRY(put_word(out, ",", 1));
        }
        OSP_TRY(encode_item(each, type, item, out, depth));
    }
    return put_word(out, "]", 1);
}

/* The entries of a map behind `lead`, which becomes a comma. */
static osp_status encode_entries(const osp_field *each, const osp_type *type, const osp_list *map,
                                 char *lead, osp_buf *out, uint32_t depth)
{
    const size_t stride = osp_map_stride(type);
    const char *entry = map->items;
    for (size_t i = 0; i < map->count; i++, entry += stride) {
        OSP_TRY(put_word(out, lead, 1));
        OSP_TRY(encode_string(*(const osp_str *)(const void *)entry, out));
        OSP_TRY(put_word(out, ":", 1));
        OSP_TRY(encode_item(each, type, entry + OSP_MAP_VALUE_AT, out, depth));
        *lead = ',';
    }
    return OSP_OK;
}

static osp_status encode_end(char lead, osp_buf *out)
{
    return lead == '{' ? put_word(out, "{}", 2) : put_word(out, "}", 1);
}

/* The name of a member without one of its own. */
static inline char *put_name(char *at, const osp_field *field, char lead)
{
    *at++ = lead;
    *at++ = '"';
    at = put_short(at, field->member_, field->member_len_);
    *at++ = '"';
    *at++ = ':';
    return at;
}

/* `{"name":` or `,"name":` */
static osp_status encode_name(const osp_field *field, char lead, osp_buf *out)
{
    if (field->name != NULL) {
        OSP_TRY(put_word(out, &lead, 1));
        OSP_TRY(encode_string(osp_str_from(field->name), out));
        return put_word(out, ":", 1);
    }
    OSP_TRY(room(out, (size_t)field->member_len_ + NAME_EXTRA));
    out->len = (size_t)(put_name(out->ptr + out->len, field, lead) - out->ptr);
    return OSP_OK;
}

/* A value of a field, behind presence and pointer. */
static osp_status encode_field(const osp_field *field, const void *value, osp_buf *out,
                               uint32_t depth)
{
    const osp_kind kind = osp_field_kind(field);
    if (kind < OSP_KIND_JSON && !field->as_string) { /* what most are */
        return encode_scalar(kind, field->type_, value, out);
    }
    if (kind != OSP_KIND_ARRAY && kind != OSP_KIND_LIST && kind != OSP_KIND_MAP) {
        return field->as_string ? encode_quoted(kind, field->type_, value, out)
                                : encode_value(kind, field->type_, value, out, depth);
    }
    if (depth == OSP_JSON_DEPTH_MAX) {
        return OSP_E_JSON_DEPTH;
    }
    const osp_list *list = value;
    if (kind == OSP_KIND_MAP) {
        char lead = '{';
        OSP_TRY(encode_entries(field->each_, field->type_, list, &lead, out, depth + 1));
        return encode_end(lead, out);
    }
    return kind == OSP_KIND_ARRAY
               ? encode_items(field->each_, field->type_, value, field->count_, out, depth + 1)
               : encode_items(field->each_, field->type_, list->items, list->count, out, depth + 1);
}

/* One member, unless it is absent or must not leave. */
static osp_status encode_member(const osp_field *field, const void *slot, char *lead, osp_buf *out,
                                uint32_t depth)
{
    if (field->secret || field->write_only) {
        return OSP_OK;
    }
    if (field->source_ == OSP_SOURCE_EXTRA) {
        return encode_entries(field->each_, field->type_, slot, lead, out, depth);
    }
    if (field->source_ != OSP_SOURCE_FIELD) {
        return OSP_OK;
    }
    const void *value = osp_field_value(field, slot);
    if (value == NULL && (field->indirect_ || *(const osp_presence *)slot == OSP_ABSENT)) {
        return OSP_OK;
    }
    OSP_TRY(encode_name(field, *lead, out));
    *lead = ',';
    return value == NULL ? put_word(out, "null", 4) : encode_field(field, value, out, depth);
}

/* What most members are: always there and in sight, under the name that they have in C. */
static inline bool is_usual(const osp_field *field)
{
    return (field->source_ | field->value_at_ | field->indirect_ | field->secret |
            field->write_only) == 0 &&
           field->name == NULL;
}
_Static_assert(OSP_SOURCE_FIELD == 0, "is_usual relies on it");

/* `lead`: what stands before the first member; a comma behind the discriminator of a union. */
static osp_status encode_members(const osp_type *type, const void *object, char lead, osp_buf *out,
                                 uint32_t depth)
{
    for (uint32_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        const char *slot = (const char *)object + field->offset_;
        const size_t size = (size_t)field->member_len_ + NAME_EXTRA;
        if (!is_usual(field) || out->cap - out->len < size) {
            OSP_TRY(encode_member(field, slot, &lead, out, depth));
            continue;
        }
        out->len = (size_t)(put_name(out->ptr + out->len, field, lead) - out->ptr);
        lead = ',';
        if (field->kind_ != OSP_KIND_STR ||
            !put_usual_string(*(const osp_str *)(const void *)slot, out)) {
            OSP_TRY(encode_field(field, slot, out, depth));
        }
    }
    return encode_end(lead, out);
}

static osp_status encode_union(const osp_type *type, const void *value, osp_buf *out,
                               uint32_t depth)
{
    const osp_case *found = osp_union_case(type, value);
    if (found == NULL) {
        return OSP_E_INVALID;
    }
    OSP_TRY(put_word(out, "{", 1));
    OSP_TRY(encode_string(osp_str_from(type->discriminator), out));
    OSP_TRY(put_word(out, ":", 1));
    OSP_TRY(encode_string(osp_str_from(found->name), out));
    return encode_members(found->type, (const char *)value + found->offset, ',', out, depth);
}

/* `depth` counts the containers around the value. */
static osp_status encode_value(osp_kind kind, const osp_type *type, const void *value, osp_buf *out,
                               uint32_t depth)
{
    if (osp_kinds[kind].scalar) {
        return encode_scalar(kind, type, value, out);
    }
    if (kind == OSP_KIND_NONE) {
        return put_word(out, "null", 4);
    }
    if (kind == OSP_KIND_JSON) {
        return encode_raw(((const osp_json *)value)->text, out);
    }
    if (kind >= OSP_KIND_STREAM) { /* of messages alone */
        const osp_writing *writing = value;
        return type == &osp_type_osp_writing ? writing->write(writing, out) : OSP_E_INVALID;
    }
    if (depth == OSP_JSON_DEPTH_MAX) {
        return OSP_E_JSON_DEPTH;
    }
    OSP_ASSERT(kind == OSP_KIND_OBJECT || kind == OSP_KIND_UNION); /* lists are members */
    return type->kind == OSP_KIND_UNION ? encode_union(type, value, out, depth + 1)
                                        : encode_members(type, value, '{', out, depth + 1);
}

/* ---------------------------------------------------------------- public */

const osp_type osp_type_osp_writing = { .name = "osp_writing",
                                        .size = sizeof(osp_writing),
                                        .kind = OSP_KIND_STREAM };

osp_status osp_json_encode(const osp_type *type, const void *value, osp_buf *out)
{
    OSP_ASSERT(type != NULL);
    OSP_ASSERT(out != NULL);
    const size_t len = out->len;
    const osp_status status = type->kind == OSP_KIND_OBJECT
                                  ? encode_members(type, value, '{', out, 1)
                                  : encode_value((osp_kind)type->kind, type, value, out, 0);
    return rewind_failed(out, len, status);
}

osp_status osp_json_encode_field(const osp_field *field, const void *slot, osp_buf *out)
{
    OSP_ASSERT(field != NULL);
    OSP_ASSERT(out != NULL);
    const size_t len = out->len;
    const void *value = osp_field_value(field, slot);
    return rewind_failed(
        out, len, value == NULL ? put_word(out, "null", 4) : encode_field(field, value, out, 0));
}

osp_str osp_task_json_encode(osp_task *task, const osp_type *type, const void *value)
{
    OSP_ASSERT(task != NULL);
    char storage[STACK_BYTES];
    osp_buf out;
    /* What does not fit in the arena need not be written either. */
    const osp_arena *arena = task->arena;
    size_t max = 0;
    if (__builtin_add_overflow(arena->bytes_max, (size_t)(arena->first_end - arena->first), &max)) {
        max = SIZE_MAX;
    }
    osp_buf_init(&out, storage, sizeof(storage), max);
    osp_str text = { NULL, 0 };
    if (osp_json_encode(type, value, &out) == OSP_OK) {
        text = osp_task_copy(task, (osp_str){ out.ptr, out.len });
    }
    osp_buf_done(&out);
    return text;
}
