/* Which files make an application. */
#ifndef OSP_BUILD_SCAN_H
#define OSP_BUILD_SCAN_H

#include "build/kit.h"

#define OSP_SCAN_DEPTH_MAX 32      /* folders inside each other, below routes/, lib/ or public/ */
#define OSP_SCAN_ENTRIES_MAX 16384 /* of one folder */
#define OSP_SCAN_FINDINGS_MAX 32   /* things that are wrong and told of in one run */

/* Paths relative to the application's folder, sorted; migrations by their numbers. */
typedef struct osp_scan {
    osp_kit_list routes;       /* char *: routes/.../route.c */
    osp_kit_list middleware;   /* char *: routes/.../middleware.c */
    osp_kit_list pages;        /* char *: routes/.../page.c, layout.c, default.c */
    osp_kit_list templates;    /* char *: x.html below routes/ or lib/ */
    osp_kit_list helpers;      /* char *: lib/.../x.c */
    osp_kit_list tests;        /* char *: x_test.c below routes/, lib/ or tests/ */
    osp_kit_list test_helpers; /* char *: tests/.../x.c */
    osp_kit_list migrations;   /* char *: migrations/0001_x.sql */
    osp_kit_list queries;      /* char *: x.sql below routes/ or lib/ */
    osp_kit_list public;       /* char *: public/... */
    osp_kit_list folders;  /* char *: path and time of each folder that was read, and of each file
                            * of public/; a later scan has other ones when a file came, went or
                            * was replaced meanwhile */
    osp_kit_list findings; /* char *: what else is wrong besides the error */
} osp_scan;

/* Lists the files of the application in folder `dir`.  A missing lib/ or migrations/ is empty.
 * Returns OSP_OK | OSP_E_BUILD (err names the first file, ret_scan->findings tell of others). */
OSP_MUST_CHECK osp_status osp_scan_app(osp_arena *arena, const char *dir, osp_scan *ret_scan,
                                       osp_error *err);
/* Lists its migrations alone, whatever else may be wrong with it.  Returns as above. */
OSP_MUST_CHECK osp_status osp_scan_migrations(osp_arena *arena, const char *dir, osp_scan *ret_scan,
                                              osp_error *err);

#endif
