/* What the compiler itself knows about the structs of an application. */
#ifndef OSP_BUILD_BTF_H
#define OSP_BUILD_BTF_H

#include "build/kit.h"

#define OSP_BTF_TYPES_MAX 100000u /* types of one object */

/* A member that its descriptor does not tell the truth about. */
typedef struct osp_btf_finding {
    osp_str type, member; /* in the section */
    int line;             /* of OSP_TYPE; 0: not known */
    bool is_enum;         /* it is an enum, but no ENUM item; else no item names it */
} osp_btf_finding;

/* Holds the structs that OSP_TYPE described against the members that their items name.
 *
 * The shadow struct of OSP_TYPE has the members of the items.  Equal size and offsets are proved by
 * the compiler; a member that lies in padding, and an enum that passes for an int, are not, and
 * stand only in its type information (BTF, which gcc writes with -gbtf).
 *
 * btf           the section .BTF of an object; borrowed, and nothing about it is trusted
 * ret_findings  takes osp_btf_finding *
 * Returns       OSP_OK | OSP_E_INVALID | OSP_E_LIMIT */
OSP_MUST_CHECK osp_status osp_btf_check(osp_arena *arena, osp_str btf, osp_kit_list *ret_findings,
                                        osp_error *err);

#endif
