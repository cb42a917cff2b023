/* SQLite for tools; handlers reach it through data.h and osp_resource_sqlite of manifest.h. */
#ifndef OSP_DRIVERS_SQLITE_H
#define OSP_DRIVERS_SQLITE_H

#include "data/admin.h"

/* What its owner does with a database. */
extern const osp_db_admin osp_sqlite_admin;

/* Reads the database, which is there: whether it is one.
 *
 * url      "file:PATH" as SQLite's URIs are written; NULL: the environment's DATABASE_URL
 * Returns  OSP_OK | OSP_E_INVALID (the url) | OSP_E_DB | OSP_E_BUSY (locked by another for 5 s).
 *          Yields: no, blocks. */
OSP_MUST_CHECK osp_status osp_sqlite_probe(const char *url, osp_error *err);

/* First rows, of the environment's database. */
typedef struct osp_sqlite_seed {
    const char *name, *sql;           /* as for osp_sqlite_script */
    const char *sha256;               /* of sql, in hexadecimal */
    bool again;                       /* also when it has run before */
    const osp_migration_watch *watch; /* its note() */
} osp_sqlite_seed;
/* Runs them once: the database remembers the checksum of what has run.
 * Returns  OSP_OK | OSP_DONE: they ran before | OSP_E_INVALID: others ran before, or the URL |
 *          OSP_E_DB_SCHEMA | OSP_E_DB_CONSTRAINT | as osp_sqlite_probe; of a failure nothing is
 * left. Yields: no, blocks. */
OSP_MUST_CHECK osp_status osp_sqlite_seed_run(const osp_sqlite_seed *seed, osp_error *err);

/* Whether what is there is a database, or an empty file, or nothing: before it is removed.  path:
 * of osp_db_admin Returns  OSP_OK | OSP_E_INVALID: it is something else | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_sqlite_is_one(const char *path, osp_error *err);

/* Whether another process has the database open.  path: of osp_db_admin
 * Returns  OSP_OK: nobody | OSP_E_BUSY (err names the process) | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_sqlite_is_free(const char *path, osp_error *err);

#endif
