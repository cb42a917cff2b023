/* The reports that are on show in browsers. */
#ifndef OSP_DEV_SHOWN_H
#define OSP_DEV_SHOWN_H

#include "dev/report.h"

#define OSP_SHOWN_MAX 8                        /* reports; then the oldest goes */
#define OSP_SHOWN_JSON_MAX ((size_t)192 << 10) /* bytes of all of them */

/* Zero it to start. */
typedef struct osp_shown {
    struct {
        uint64_t id;
        osp_report_kind kind;
        osp_str request; /* "GET /users/7"; owned; empty: none */
        osp_buf json;
    } items[OSP_SHOWN_MAX]; /* the oldest first */
    size_t count;
    uint64_t ids; /* that were given */
} osp_shown;

/* Adds a report, under an id of its own; it takes the place of what it makes old: a build's that of
 * the build before, a failure's that of the same request.  OSP_OK | OSP_E_NOMEM | OSP_E_LIMIT (it
 * is not shown) */
OSP_MUST_CHECK osp_status osp_shown_add(osp_shown *shown, const osp_report *report);
/* A request has been answered well that had failed.  Whether anything was shown of it. */
bool osp_shown_recover(osp_shown *shown, osp_str method, osp_str target);
/* Nothing is wrong any more.  Whether anything was. */
bool osp_shown_clear(osp_shown *shown);

/* The newest of them that have room, as a list of JSON, the oldest first. */
void osp_shown_write(const osp_shown *shown, osp_buf *out);

#endif
