/* parse(build(x)) = x: whatever a type takes is the same behind codec and wire.
 *
 * Secrets and members of one direction do not go both ways, so there are three texts of a value:
 *
 *     as a client sends it      with secrets and write-only members, without read-only ones
 *     as it is answered         without secrets and write-only members, with read-only ones
 *     with everything           what a client may try: read-only members are then ignored
 *
 * Each is written by a copy of the description without the flags and the members that do not belong
 * there, and held against what the description itself reads and writes. */
#ifndef OSP_TESTS_ROUND_H
#define OSP_TESTS_ROUND_H

#include "tests/unit/sample.h"

typedef struct osp_round_counts {
    size_t accepted;  /* values that went round */
    size_t refused;   /* that the type itself refuses, whatever was drawn */
    size_t params;    /* parameters that went round */
    size_t unwritten; /* that have no value or no spelling in their style */
    size_t silent;    /* members of which no parameter at all went round */
    size_t broken;    /* texts that were cut or changed */
} osp_round_counts;

/* Sends `times` values of a type there and back, as JSON and member by member as parameters, whole
 * and broken.  Says what is wrong and ends the process when anything is. */
void osp_round_type(const osp_type *type, uint64_t seed, size_t times, osp_round_counts *counts);

/* Sends one random parameter there and back; ends the process as above.  False: no value was
 * found, or the style has no spelling for it. */
bool osp_round_param(osp_sampler *sampler, const osp_field *field);

/* Decodes a parameter as a request would that has `sent`: a path segment, a query or body, lines of
 * a header with '\n' between, a Cookie header.  NULL: the source is not there.  Returns as
 * osp_param_decode, or what is wrong with the source. */
osp_status osp_round_read(const osp_field *field, void *slot, osp_str sent,
                          const osp_decoding *how);

#endif
