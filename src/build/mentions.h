/* What the files of an application declare, by a look at their text: for advice where nothing has
 * been compiled.  A comment may be taken for a declaration. */
#ifndef OSP_BUILD_MENTIONS_H
#define OSP_BUILD_MENTIONS_H

#include "build/scan.h"

/* Whether a file below lib/ declares a matcher. */
bool osp_mentions_matcher(osp_arena *arena, const char *dir, const osp_scan *scan, osp_str name);

/* Who denies by default what stands in a folder without a guard. */
typedef struct osp_denial {
    const char *by;       /* "routes/notes/middleware.c"; NULL: nobody, or all there is guarded */
    const char *provider; /* one that authenticates; NULL: there is none */
} osp_denial;
/* folder: "routes", or "routes/notes/[id]" */
osp_denial osp_mentions_denial(osp_arena *arena, const char *dir, const osp_scan *scan,
                               const char *folder);

#endif
