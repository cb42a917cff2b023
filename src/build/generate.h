/* The files that `openspeed generate` writes. */
#ifndef OSP_BUILD_GENERATE_H
#define OSP_BUILD_GENERATE_H

#include "build/kit.h"

#define OSP_GENERATE_NAME_MAX 64  /* bytes of the name of a type or provider */
#define OSP_GENERATE_PATH_MAX 512 /* bytes of the path of a route */

typedef struct osp_generate_options {
    const char *dir;     /* of the application */
    const char *name;    /* api/users/[id], or CurrentUser */
    const char *methods; /* of a route: "GET,POST"; NULL: GET */
} osp_generate_options;

/* What was written. */
typedef struct osp_generated {
    osp_kit_list files; /* char *: relative to the folder of the application */
    const char *advice; /* what is to be done before it builds; NULL: nothing */
} osp_generated;

/* A kind of thing: what it writes, and what its name means. */
typedef struct osp_generate_kind {
    const char *name;
    /* Returns  OSP_OK | OSP_E_INVALID (the name, or a file is there already) | OSP_E_IO */
    osp_status (*write)(osp_arena *arena, const osp_generate_options *options, osp_generated *ret,
                        osp_error *err);
} osp_generate_kind;
/* The last has no name. */
extern const osp_generate_kind osp_generate_kinds[];

#endif
