/* Builds in the background: in a process of its own, which is ended when its sources have changed
 * again. */
#ifndef OSP_DEV_BUILDER_H
#define OSP_DEV_BUILDER_H

#include <limits.h>
#include <sys/types.h>

#include "base/buf.h"
#include "build/build.h"

#define OSP_BUILDER_SAID_MAX 262144 /* bytes of what compilers say that are kept */

/* What came of a build; goes through a pipe as it is. */
typedef struct osp_built {
    bool good, linked;
    size_t routes, files, compiled;
    int64_t compile_ms, link_ms;
    char app[PATH_MAX]; /* the executable */
    char error[256];    /* where it is not good */
} osp_built;

/* Zero it to start. */
typedef struct osp_builder {
    pid_t pid;     /* 0: none is under way */
    int result_fd; /* then: of the osp_built */
    int said_fd;   /* then: what it says */
    osp_buf said;
    osp_build_kind kind;
    int64_t began_ms;
} osp_builder;

/* Starts one in the current folder.  OSP_OK | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_builder_start(osp_builder *builder, osp_build_options options,
                                            int64_t now_ms);
/* Keeps what it has said. */
void osp_builder_listen(osp_builder *builder);
/* Waits for the end of one that has closed said_fd or been seen to end, and tells what came of it.
 * OSP_OK | OSP_E_CLOSED (it was killed) */
OSP_MUST_CHECK osp_status osp_builder_end(osp_builder *builder, osp_built *ret_built);
/* Ends it with its compilers. */
void osp_builder_kill(osp_builder *builder);

#endif
