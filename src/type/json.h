/* One table-driven JSON codec, straight between bytes and structs, without a DOM.
 * Source: RFC 8259, RFC 7493. */
#ifndef OSP_TYPE_JSON_H
#define OSP_TYPE_JSON_H

#include <openspeed/type.h>

#include "base/arena.h"
#include "base/buf.h"
#include "type/issues.h"
#include "type/pattern.h"

#define OSP_JSON_DEPTH_MAX 64    /* nested arrays and objects */
#define OSP_JSON_POINTER_MAX 256 /* bytes of a reported JSON pointer */

/* What decoding and judging a value need beside it. */
typedef struct osp_decoding {
    osp_arena *arena;             /* takes lists, pointed-to objects, sentences */
    osp_issues *issues;           /* takes what does not fit, behind what it holds; may be NULL */
    const osp_patterns *patterns; /* compiled before; may be NULL */
    bool answers; /* the text is what an answer says: read-only members are read, and secret and
                   * write-only ones may be missing */
} osp_decoding;

/* Decodes one JSON text into a struct.
 *
 * type     an object, union or scalar type; members of source FIELD and EXTRA are filled
 * value    zeroed by the caller, type->size bytes
 * text     borrowed: strings without escapes are slices of it, so it must live as long as `value`
 * Returns  OSP_OK | OSP_E_TYPE_MISMATCH (how->issues says what) | OSP_E_JSON_* (not JSON; err tells
 *          the byte) | OSP_E_NOMEM.   Yields: no. */
OSP_MUST_CHECK osp_status osp_json_decode(const osp_type *type, void *value, osp_str text,
                                          const osp_decoding *how, osp_error *err);
/* As osp_json_decode for one field at `slot`.  Pointers start at the value itself: the field's own
 * name is not part of them. */
OSP_MUST_CHECK osp_status osp_json_decode_field(const osp_field *field, void *slot, osp_str text,
                                                const osp_decoding *how, osp_error *err);

/* Encodes a struct (or a predefined scalar type) as JSON at the end of `out`.
 *
 * Absent optionals and NULL pointers are left out, null ones are written.  Left out as well: secret
 * and write-only members, and those of other sources than FIELD and EXTRA.
 *
 * Returns  OSP_OK | OSP_E_JSON_UTF8 | OSP_E_JSON_NUMBER (NaN, infinity) | OSP_E_JSON_DEPTH (a
 *          cycle) | OSP_E_INVALID (an enum, date, decimal or raw value that is none) | OSP_E_NOMEM
 *          | OSP_E_LIMIT; but for OSP_OK, `out` keeps the length it had. */
OSP_MUST_CHECK osp_status osp_json_encode(const osp_type *type, const void *value, osp_buf *out);

/* A value that writes itself where others are encoded: what is sent in place of JSON.
 * Returns  as osp_json_encode, or whatever fails; it may be called again, as after a full buffer.
 */
typedef struct osp_writing {
    osp_status (*write)(const struct osp_writing *writing, osp_buf *out);
} osp_writing;
extern const osp_type osp_type_osp_writing;

/* As osp_json_encode for one field at `slot`; what is not there is null. */
OSP_MUST_CHECK osp_status osp_json_encode_field(const osp_field *field, const void *slot,
                                                osp_buf *out);

/* "int64", "str", "list": for people; static. */
const char *osp_kind_name(osp_kind kind);
/* Whether a kind is a scalar: has a text form that can stand in a path, query or header. */
bool osp_kind_is_scalar(osp_kind kind);

/* Reads a scalar from its text form (a segment, a query value, a header, a fallback).
 *
 * type     of an enum, else NULL
 * text     borrowed: a string is a slice of it
 * Returns  NULL, or what it must be */
const osp_sentence *osp_scalar_read(osp_kind kind, const osp_type *type, osp_str text, void *value,
                                    osp_arena *arena);
/* Writes a scalar's text form, without quotes or escapes.  Returns as osp_json_encode. */
OSP_MUST_CHECK osp_status osp_scalar_write(osp_kind kind, const osp_type *type, const void *value,
                                           osp_buf *out);

/* Sets a scalar member from text, with its constraints, and marks an optional as present.
 *
 * slot     of the member
 * Returns  OSP_OK | OSP_E_TYPE_MISMATCH, and then *ret_flaw says what is wrong | OSP_E_NOMEM |
 *          OSP_E_INVALID (a bad pattern) */
OSP_MUST_CHECK osp_status osp_field_from_text(const osp_field *field, void *slot, osp_str text,
                                              const osp_decoding *how, osp_flaw *ret_flaw);

/* Whether there is anything to judge: without a branch for each constraint. */
static inline bool osp_field_is_judged(const osp_field *field)
{
    const unsigned flags =
        field->range_.min.is | field->range_.max.is | field->unique | field->format;
    return (flags | field->min_len | field->max_len | (field->multiple_of != 0) |
            (field->pattern != NULL) | (field->check_ != NULL)) != 0;
}

/* Judges a value by the constraints of its field: range, length, pattern, format, items, check.
 *
 * kind, type  of the value, which may be an item of the field
 * value       behind presence and pointer
 * whole       nothing within it is wrong: only then are items compared and checks called */
osp_flaw osp_field_judge(const osp_field *field, osp_kind kind, const osp_type *type,
                         const void *value, bool whole, const osp_decoding *how);

/* Whether two values of a type are equal, as JSON sees them; not when that cannot be told (memory,
 * a cycle of pointers). */
bool osp_value_equal(osp_kind kind, const osp_type *type, const void *a, const void *b);

/* Where the value of a member is, or NULL when an optional is absent or null, a pointer NULL. */
static inline const void *osp_field_value(const osp_field *field, const void *slot)
{
    if (field->indirect_) {
        const void *pointer = NULL;
        __builtin_memcpy(&pointer, slot, sizeof(pointer));
        return pointer;
    }
    if (field->value_at_ != 0 && *(const osp_presence *)slot != OSP_SET) {
        return NULL;
    }
    return (const char *)slot + field->value_at_;
}

/* The kind of a member: an OBJECT whose type is a union is one. */
static inline osp_kind osp_field_kind(const osp_field *field)
{
    return field->kind_ == OSP_KIND_OBJECT ? (osp_kind)field->type_->kind : (osp_kind)field->kind_;
}

/* Whether a member may be absent and null. */
static inline bool osp_field_is_optional(const osp_field *field)
{
    return field->value_at_ != 0 || field->indirect_;
}

/* Whether a member is a file of a form, or a list of them. */
static inline bool osp_field_is_upload(const osp_field *field)
{
    return field->kind_ == OSP_KIND_UPLOAD ||
           (field->kind_ == OSP_KIND_LIST && field->type_->kind == OSP_KIND_UPLOAD);
}

/* Bytes from one entry of a T_map to the next, and to the value within one. */
#define OSP_MAP_VALUE_AT sizeof(osp_str)
static inline size_t osp_map_stride(const osp_type *type)
{
    const size_t unit = _Alignof(osp_str);
    return OSP_MAP_VALUE_AT + (type->size + unit - 1) / unit * unit;
}

/* The case that a union's tag names, or NULL. */
const osp_case *osp_union_case(const osp_type *type, const void *value);

/* The name of a field on the wire. */
static inline osp_str osp_field_name(const osp_field *field)
{
    return field->name ? osp_str_from(field->name)
                       : (osp_str){ field->member_, field->member_len_ };
}

/* Whether a text is one JSON value.  OSP_OK | OSP_E_JSON_*. */
OSP_MUST_CHECK osp_status osp_json_check(osp_str text);
/* Writes a JSON string with its quotes; escapes what must be.  OSP_OK | OSP_E_JSON_UTF8 | .... */
OSP_MUST_CHECK osp_status osp_json_string(osp_str s, osp_buf *out);

#endif
