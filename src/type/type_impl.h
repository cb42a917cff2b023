/* What the files of this room share: the table of kinds, scanning of strings, numbers, bounds. */
#ifndef OSP_TYPE_TYPE_IMPL_H
#define OSP_TYPE_TYPE_IMPL_H

#include "type/json.h"

#include <string.h>

/* What a kind is made of.  An optional is a presence and a scalar `value_at` bytes behind it. */
typedef struct osp_kind_info {
    uint8_t base;         /* the osp_kind of the value: OSP_KIND_INT64 for OSP_KIND_OPT_INT */
    uint8_t value_at;     /* bytes from the slot to that value */
    bool optional;        /* may be absent and may be null */
    const char *mismatch; /* the sentence for a value of another sort */
} osp_kind_info;

extern const osp_kind_info osp_kinds[OSP_KIND_COUNT];

/* A number by the grammar of RFC 8259 section 6, not yet converted. */
typedef struct osp_json_number {
    osp_str text;
    uint64_t whole; /* the digits before the point; meaningless when `overflow` */
    bool negative;
    bool overflow;   /* the digits before the point do not fit in `whole` */
    bool fractional; /* has a fraction or an exponent */
} osp_json_number;

/* Reads the number at `at`.  Returns the byte behind it, or NULL when the grammar is broken. */
const char *osp_json_number_scan(const char *at, const char *end, osp_json_number *ret_number);
/* Stores an integer of `kind`.  Returns NULL or a static sentence. */
const char *osp_json_number_to_int(const osp_json_number *number, osp_kind kind, void *slot);
/* Stores the nearest double.  Returns NULL or a static sentence. */
const char *osp_json_number_to_double(const osp_json_number *number, double *slot);

/* Bytes that any number needs at most when written. */
#define OSP_JSON_NUMBER_SIZE 32
/* Each writes without NUL and returns the bytes written, at most OSP_JSON_NUMBER_SIZE. */
size_t osp_json_write_uint(uint64_t value, char *out);
size_t osp_json_write_int(int64_t value, char *out);
/* The shortest text that reads back as the same double; `value` is finite. */
size_t osp_json_write_double(double value, char *out);

/* A printf-like sentence in the arena; a static one when memory is exhausted. */
osp_str osp_issue_format(osp_arena *arena, const char *format, ...) OSP_PRINTF(2, 3);
/* Checks the bounds of a scalar of base kind `kind` at `value`.  Returns the empty slice when it
 * fits. */
osp_str osp_field_check_bounds(const osp_field *field, osp_kind kind, const void *value,
                               osp_arena *arena);
/* Checks min_len and max_len of a list. */
osp_str osp_field_check_count(const osp_field *field, size_t count, osp_arena *arena);

/* Finds the first byte that cannot stand raw in a JSON string: quote, backslash or control.
 * Returns `end` when there is none.  *high becomes non-zero when a byte before it is not ASCII. */
const char *osp_json_plain_end(const char *at, const char *end, unsigned *high);

#endif
