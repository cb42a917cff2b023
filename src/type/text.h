/* The text forms of scalars: what stands in JSON strings, URLs, headers, forms and documents.
 *
 * Each form has one reader, strict, and one writer, whose text reads back as the same value.
 * Nothing here allocates but osp_text_read_bytes; nothing depends on the locale. */
#ifndef OSP_TYPE_TEXT_H
#define OSP_TYPE_TEXT_H

#include <openspeed/type.h>

#include "base/arena.h"
#include "base/buf.h"
#include "type/issues.h"

/* Readers: the whole text or nothing.  Each returns NULL and has written *ret, or returns what
 * is wrong, such as "must be a date like 2026-01-31", and has left *ret alone. */

/* RFC 3339 full-date; years 0000 to 9999, days that exist. */
const osp_sentence *osp_text_read_date(osp_str text, osp_date *ret);
/* RFC 3339 date-time with any offset, 'T' and 'Z' in either case; up to 9 digits of a second, of
 * which 6 are kept (cut, not rounded).  ":60" is taken for the second before it, and only where a
 * leap second can be (23:59:60 UTC).  The moment itself lies in the years 0 to 9999 of UTC. */
const osp_sentence *osp_text_read_time(osp_str text, osp_time *ret);
/* ISO 8601 duration of days, hours, minutes and seconds, each at most once and in this order, or of
 * weeks alone; no years and months, whose length depends on the calendar.  Seconds take a fraction
 * as times do, cut towards zero.  A '-' in front is allowed. */
const osp_sentence *osp_text_read_duration(osp_str text, osp_duration *ret);
/* RFC 9562: 36 characters, either case. */
const osp_sentence *osp_text_read_uuid(osp_str text, osp_uuid *ret);
/* A number of JSON without exponent; ret->text is `text`, borrowed. */
const osp_sentence *osp_text_read_decimal(osp_str text, osp_decimal *ret);
/* Base64 with padding (RFC 4648 section 4), no white space, zero trailing bits; in the arena.  The
 * sentence is OSP_SAY(LARGE) when the arena is exhausted: osp_arena_why tells more. */
const osp_sentence *osp_text_read_bytes(osp_str text, osp_bytes *ret, osp_arena *arena);

/* Writers: without NUL; return the bytes written, 0 when the date or time is not valid (below).
 * `out` has OSP_TEXT_MAX bytes. */
#define OSP_TEXT_MAX 40
size_t osp_text_write_date(osp_date date, char *out);
/* UTC, with no more digits of a second than needed. */
size_t osp_text_write_time(osp_time time, char *out);
/* In days and what is below them; nothing that is zero. */
size_t osp_text_write_duration(osp_duration duration, char *out);
size_t osp_text_write_uuid(osp_uuid uuid, char *out);     /* small letters */
void osp_text_write_bytes(osp_bytes bytes, osp_buf *out); /* out->failed tells */

/* Whether a date exists and a time is within the years 0 to 9999: what the application made may be
 * neither, and then it cannot be written. */
bool osp_text_date_valid(osp_date date);
bool osp_text_time_valid(osp_time time);

/* NULL when `text` is of the format, else what is wrong, such as "must be an email address". */
const osp_sentence *osp_text_check_format(osp_format format, osp_str text);

/* Characters (code points) of valid UTF-8; for other bytes some number of at most text.len. */
size_t osp_text_characters(osp_str text);

#endif
