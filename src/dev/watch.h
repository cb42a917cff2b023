/* What changes below the folder of an application. */
#ifndef OSP_DEV_WATCH_H
#define OSP_DEV_WATCH_H

#include <openspeed/base.h>

#define OSP_WATCH_FOLDERS_MAX 8192 /* that are watched; what lies in others is not seen */
#define OSP_WATCH_FILES_MAX 65536  /* that --poll looks at */
#define OSP_WATCH_DEPTH_MAX 32     /* folders inside each other */
#define OSP_WATCH_POLL_MS 150      /* between two looks of --poll */

/* What a changed file means, a bit each. */
typedef enum osp_change {
    OSP_CHANGE_SOURCE = 1,   /* the application is built anew */
    OSP_CHANGE_TEMPLATE = 2, /* a template has other text */
    OSP_CHANGE_STYLE = 4,    /* a style sheet of public/ */
    OSP_CHANGE_PUBLIC = 8,   /* another file there */
    OSP_CHANGE_CONFIG = 16   /* openspeed.json */
} osp_change;

typedef struct osp_changes {
    unsigned kinds;  /* osp_change */
    size_t count;    /* of changes, of which several may be of one file */
    char first[256]; /* the path of one of them; "" where none is known */
} osp_changes;

/* What a path, relative to the folder, means to an application; 0: nothing. */
unsigned osp_change_of(const char *path);

/* A digest of the names of all files of these kinds below the current folder: another one when a
 * file came, went or has another name. */
uint64_t osp_watch_names(unsigned kinds);

typedef struct osp_watcher osp_watcher;

/* Watches the current folder.  poll: looks again and again, where the system tells of no changes.
 * NULL: err says why not. */
osp_watcher *osp_watcher_new(bool poll, osp_error *err);
void osp_watcher_free(osp_watcher *watcher);
/* Is readable when something has changed; -1: osp_watcher_read is to be called every
 * OSP_WATCH_POLL_MS. */
int osp_watcher_fd(const osp_watcher *watcher);
/* Adds what has changed since. */
void osp_watcher_read(osp_watcher *watcher, osp_changes *to);
/* What has kept it from seeing all there is, as a sentence of its own, static; NULL: nothing. */
const char *osp_watcher_missed(const osp_watcher *watcher);
/* Folders that are watched, or files that are looked at. */
size_t osp_watcher_count(const osp_watcher *watcher);

#endif
