/* One table-driven JSON codec, straight between bytes and structs, without a DOM.
 * Source: RFC 8259, RFC 7493. */
#ifndef OSP_TYPE_JSON_H
#define OSP_TYPE_JSON_H

#include <openspeed/type.h>

#include "base/arena.h"
#include "base/buf.h"

#define OSP_JSON_DEPTH_MAX 64    /* nested arrays and objects */
#define OSP_JSON_ISSUES_MAX 32   /* bad fields reported at once */
#define OSP_JSON_POINTER_MAX 256 /* bytes of a reported JSON pointer */

/* One thing wrong with one field. */
typedef struct osp_issue {
    osp_str pointer; /* JSON pointer (RFC 6901) such as "/user/email"; in the arena */
    osp_str detail;  /* "is required", "must be a string", ...; in the arena or static */
} osp_issue;

/* Every bad field of one input. */
typedef struct osp_issues {
    osp_issue items[OSP_JSON_ISSUES_MAX];
    size_t count;
    size_t dropped; /* beyond the maximum */
} osp_issues;

void osp_issues_add(osp_issues *issues, osp_str pointer, osp_str detail);

/* Decodes one JSON text into a struct.
 *
 * type     an object type; its FIELD, OBJECT, LIST and MAYBE members of source FIELD are filled
 * value    zeroed by the caller, type->size bytes
 * text     borrowed: strings without escapes are slices of it, so it must live as long as `value`
 * arena    takes lists, pointed-to objects and strings with escapes
 * issues   takes what does not fit: missing, mistyped, out of bounds, duplicate; behind what it
 *          holds already.  May be NULL.  Unknown members are ignored.
 * Returns  OSP_OK | OSP_E_TYPE_MISMATCH (issues says what) | OSP_E_JSON_* (not JSON; err tells the
 *          byte) | OSP_E_NOMEM.   Yields: no. */
OSP_MUST_CHECK osp_status osp_json_decode(const osp_type *type, void *value, osp_str text,
                                          osp_arena *arena, osp_issues *issues, osp_error *err);

/* As osp_json_decode for one field (LIST, OBJECT, MAYBE or scalar) at `slot`.  Pointers start at
 * the value itself: the field's own name is not part of them. */
OSP_MUST_CHECK osp_status osp_json_decode_field(const osp_field *field, void *slot, osp_str text,
                                                osp_arena *arena, osp_issues *issues,
                                                osp_error *err);

/* Encodes a struct (or a predefined scalar type) as JSON at the end of `out`.
 *
 * Absent optionals and NULL pointers are left out, null ones are written.  Members of other sources
 * than FIELD are left out.
 *
 * Returns  OSP_OK | OSP_E_JSON_UTF8 | OSP_E_JSON_NUMBER (NaN, infinity) | OSP_E_JSON_DEPTH (a
 *          cycle) | OSP_E_NOMEM | OSP_E_LIMIT; but for OSP_OK, `out` keeps the length it had. */
OSP_MUST_CHECK osp_status osp_json_encode(const osp_type *type, const void *value, osp_buf *out);

/* Sets a scalar member from text (path, query, header, fallback), with its bounds.
 *
 * text     borrowed: a string member is a slice of it
 * Returns  OSP_OK | OSP_E_TYPE_MISMATCH, and then *ret_detail is a static or arena sentence. */
OSP_MUST_CHECK osp_status osp_field_from_text(const osp_field *field, void *slot, osp_str text,
                                              osp_arena *arena, osp_str *ret_detail);

/* The name of a field on the wire. */
static inline osp_str osp_field_name(const osp_field *field)
{
    return field->name ? osp_str_from(field->name)
                       : (osp_str){ field->member_, field->member_len_ };
}

/* Writes a JSON string with its quotes; escapes what must be.  OSP_OK | OSP_E_JSON_UTF8 | .... */
OSP_MUST_CHECK osp_status osp_json_string(osp_str s, osp_buf *out);

#endif
