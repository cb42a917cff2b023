/* The last proof of a descriptor: the compiler's own view of the struct. */
#ifndef OSP_BUILD_MEMBERS_H
#define OSP_BUILD_MEMBERS_H

#include "build/kit.h"

typedef struct osp_members_source {
    const char *dir, *file, *depfile; /* the last two relative to the first */
} osp_members_source;

/* Judges the types of one object by its BTF; empty: nothing to judge by.  All findings but the last
 * go to stderr, the last to err.
 * Returns  OSP_OK | OSP_E_BUILD | OSP_E_INVALID | OSP_E_LIMIT */
OSP_MUST_CHECK osp_status osp_members_check(osp_arena *arena, const osp_members_source *source,
                                            osp_str btf, osp_error *err);

#endif
