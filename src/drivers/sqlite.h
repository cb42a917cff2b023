/* SQLite for tools; handlers reach it through data.h and osp_resource_sqlite of manifest.h. */
#ifndef OSP_DRIVERS_SQLITE_H
#define OSP_DRIVERS_SQLITE_H

#include <openspeed/base.h>

/* Runs a script of many statements in one transaction: all of it or nothing.
 *
 * url      "file:PATH" as SQLite's URIs are written; NULL: the environment's DATABASE_URL
 * name     of the file, in messages: NAME:LINE:COLUMN
 * sql      NUL-terminated; must not begin or end transactions itself
 * Returns  OSP_OK | OSP_E_INVALID (the url) | OSP_E_DB | OSP_E_DB_SCHEMA | OSP_E_DB_CONSTRAINT |
 *          OSP_E_BUSY (locked by another for 5 s).   Yields: no, blocks. */
OSP_MUST_CHECK osp_status osp_sqlite_script(const char *url, const char *name, const char *sql,
                                            osp_error *err);

/* Reads the database, which is there: whether it is one.  url: as above.
 * Returns  as osp_sqlite_script.   Yields: no, blocks. */
OSP_MUST_CHECK osp_status osp_sqlite_probe(const char *url, osp_error *err);

#endif
