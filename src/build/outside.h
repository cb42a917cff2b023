/* What an application takes from outside its folder: other libraries, by `build` of openspeed.json.
 */
#ifndef OSP_BUILD_OUTSIDE_H
#define OSP_BUILD_OUTSIDE_H

#include "build/kit.h"

typedef struct osp_outside {
    osp_kit_list cflags; /* char *: arguments of the compiler */
    osp_kit_list libs;   /* and of the linker, in their order */
} osp_outside;

/* Reads it from the folder `dir` and asks pkg-config for the packages that it names.
 *
 * Returns  OSP_OK, also where it says nothing | OSP_E_BUILD (what is wrong was printed to stderr
 *          but for the last line, which err has) */
OSP_MUST_CHECK osp_status osp_outside_read(osp_arena *arena, const char *dir,
                                           osp_outside *ret_outside, osp_error *err);

#endif
