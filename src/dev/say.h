/* What `openspeed dev` tells at the terminal, or as lines of JSON. */
#ifndef OSP_DEV_SAY_H
#define OSP_DEV_SAY_H

#include <openspeed/base.h>

/* A line for programs: {"event":"built","generation":2,...}.  Members that are empty, 0 or NULL are
 * left out. */
typedef struct osp_said {
    const char *event;
    const char *url, *file, *stage, *error;
    int64_t pid, port;
    int64_t generation;
    int64_t changes, compiled, files;
    int64_t compile_ms, link_ms, start_ms, total_ms, pause_ms;
    bool fast;
} osp_said;

/* Says a line: as JSON to standard output, or the words there.  words: without line end; NULL: none
 * for people. */
void osp_say(bool json, const osp_said *said, const char *words, ...) OSP_PRINTF(3, 4);

#endif
