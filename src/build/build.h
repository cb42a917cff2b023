/* From a folder to an executable. */
#ifndef OSP_BUILD_BUILD_H
#define OSP_BUILD_BUILD_H

#include "build/kit.h"

#define OSP_BUILD_ARENA_MAX ((size_t)1 << 30) /* bytes one build may take */

/* What is made of the folder. */
typedef enum osp_build_kind {
    OSP_BUILD_RELEASE = 0, /* an executable that serves, and has proven itself */
    OSP_BUILD_TESTS,       /* one that runs the application's tests, with sanitizers */
    OSP_BUILD_DEV,         /* one that serves within `openspeed dev`, with sanitizers; it is not
                            * proven: its worker does that */
    OSP_BUILD_FAST         /* the same by tcc, which has none */
} osp_build_kind;

struct osp_outside;

typedef struct osp_build_options {
    const char *dir; /* of the application */
    bool quiet;      /* no progress */
    bool verbose;    /* every command line */
    osp_build_kind kind;
    bool plain;                        /* without sanitizers, where the kind would have them */
    const struct osp_outside *outside; /* that osp_outside_read gives now; NULL: it is read */
} osp_build_options;

typedef struct osp_build_result {
    const char *app; /* path of the executable; in the arena */
    size_t routes;   /* URLs */
    size_t files;    /* of the application that are compiled */
    size_t compiled; /* of them, this time */
    bool linked;     /* this time */
    int64_t compile_ms, link_ms;
    bool uses_db;
} osp_build_result;

/* Builds the application.  What the compiler says goes to stderr.
 *
 * arena       takes whatever the build needs and the result
 * ret_result  written on OSP_OK
 * Returns     OSP_OK | OSP_E_BUILD and what reading and writing files gives */
OSP_MUST_CHECK osp_status osp_build_app(osp_arena *arena, osp_build_options options,
                                        osp_build_result *ret_result, osp_error *err);

#endif
