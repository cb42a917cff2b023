/* What the files of this room share: the table of kinds, scanning of strings, numbers. */
#ifndef OSP_TYPE_TYPE_IMPL_H
#define OSP_TYPE_TYPE_IMPL_H

#include <string.h>

#include "type/json.h"

/* What the codec must know about a kind. */
typedef struct osp_kind_info {
    uint8_t size; /* bytes of a scalar */
    bool scalar;
    bool quoted;                  /* a scalar that stands in JSON as a string */
    const osp_sentence *mismatch; /* for a value of another sort */
    const osp_sentence *mismatch_or_null;
} osp_kind_info;
extern const osp_kind_info osp_kinds[OSP_KIND_COUNT];

/* As osp_value_equal, told apart: OSP_OK (equal) | OSP_DONE (not) | OSP_E_NOMEM (or a cycle). */
OSP_MUST_CHECK osp_status osp_value_compare(osp_kind kind, const osp_type *type, const void *a,
                                            const void *b);
/* Whether no two of `count` values are equal; `arena` takes a pointer for each.
 * Returns   OSP_OK | OSP_DONE (*ret_twice is one that stands twice) | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_items_distinct(osp_kind kind, const osp_type *type, const void *items,
                                             size_t count, size_t stride, osp_arena *arena,
                                             const void **ret_twice);
/* The same for the items of a list or array member. */
OSP_MUST_CHECK osp_status osp_items_unique(const osp_field *field, osp_kind kind,
                                           const osp_type *type, const void *value,
                                           osp_arena *arena);
/* The same number for values that are equal.  scratch takes what is needed meanwhile.
 * Returns OSP_OK | OSP_E_NOMEM (or the value leads back to itself) */
OSP_MUST_CHECK osp_status osp_value_hash(osp_kind kind, const osp_type *type, const void *value,
                                         osp_arena *scratch, uint64_t *ret_hash);
/* Pointers to the entries of a map, sorted by name, in the arena; NULL: no memory. */
const void **osp_map_sorted(const osp_type *type, const osp_list *map, osp_arena *arena);

/* A number by the grammar of RFC 8259 section 6, not yet converted. */
typedef struct osp_json_number {
    osp_str text;
    uint64_t whole; /* the digits before the point; meaningless when `overflow` */
    bool negative;
    bool overflow;   /* the digits before the point do not fit in `whole` */
    bool fractional; /* has a fraction or an exponent, and the following are meaningful */
    bool few;        /* at most 19 digits and a small power: digits * 10^exponent is all of it */
    int exponent;
    uint64_t digits; /* with those of the fraction */
} osp_json_number;

/* Reads the number at `at`.  Returns the byte behind it, or NULL when the grammar is broken. */
const char *osp_json_number_scan(const char *at, const char *end, osp_json_number *ret_number);
/* Stores a number of `kind`, the nearest one of a fractional kind.  Returns NULL or what is wrong.
 */
const osp_sentence *osp_json_number_store(const osp_json_number *number, osp_kind kind, void *slot);

/* Bytes that any number needs at most when written. */
#define OSP_JSON_NUMBER_SIZE 32
/* Each writes without NUL and returns the bytes written, at most OSP_JSON_NUMBER_SIZE. */
size_t osp_json_write_uint(uint64_t value, char *out);
size_t osp_json_write_int(int64_t value, char *out);
/* Any kind of number; 0 when it is not finite. */
size_t osp_number_text(osp_kind kind, const void *value, char *out);
/* The shortest text that reads back as the same double or float; `value` is finite. */
size_t osp_json_write_double(double value, char *out);
size_t osp_json_write_float(float value, char *out);

/* Finds the first byte that cannot stand raw in a JSON string: quote, backslash or control.
 * Returns `end` when there is none.  *high becomes non-zero when a byte before it is not ASCII. */
const char *osp_json_plain_end(const char *at, const char *end, unsigned *high);

#endif
