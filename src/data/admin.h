/* What the owner of a database does with it: a driver gives the functions, console.h the words. */
#ifndef OSP_DATA_ADMIN_H
#define OSP_DATA_ADMIN_H

#include <openspeed/manifest.h>

#include "data/migrate.h"

#define OSP_DB_FINDINGS_MAX 100 /* of one kind, in one check */

typedef struct osp_migration_list {
    const osp_migration *items; /* in order */
    size_t count;
} osp_migration_list;

typedef struct osp_migrate_options {
    bool out_of_order; /* one that comes too late is applied all the same */
    int wait_s;        /* 0: OSP_MIGRATE_WAIT_S */
} osp_migrate_options;

typedef struct osp_state_watch {
    void (*state)(void *arg, const osp_migration_state *state);
    void *arg;
} osp_state_watch;

/* found    kind: "integrity", "foreign-key", "migration", "schema" or, for what is no fault,
 * "note"; text: one line.  Both borrowed for the call note     as of osp_migration_watch */
typedef struct osp_finding_watch {
    void (*found)(void *arg, const char *kind, const char *text);
    void (*note)(void *arg, const char *text);
    void *arg;
} osp_finding_watch;

/* What a backup came to. */
typedef struct osp_backup {
    int64_t bytes, ms;
} osp_backup;

/* All of them speak of the environment's DATABASE_URL, block, and never yield. */
typedef struct osp_db_admin {
    /* The database's path, for people; into `ret_path`, which has `size` bytes. */
    osp_status (*path)(char *ret_path, size_t size, osp_error *err);
    /* Applies what is missing.  OSP_OK | OSP_E_DB_SCHEMA (history does not fit, nothing is done; or
     * a statement) | OSP_E_BUSY (another process has been at it for too long) | OSP_E_DB | ... */
    osp_status (*migrate)(const osp_migration_list *list, const osp_migrate_options *options,
                          const osp_migration_watch *watch, osp_error *err);
    /* Says how each migration stands; changes nothing.  OSP_E_NOT_FOUND: there is no database yet,
     * and all are told of as pending. */
    osp_status (*status)(const osp_migration_list *list, const osp_state_watch *watch,
                         osp_error *err);
    /* Looks for what is wrong with file, rows, migrations and schema; changes nothing.
     * OSP_OK: it looked at all | OSP_E_NOT_FOUND | what kept it from that. */
    osp_status (*check)(const osp_migration_list *list, const osp_finding_watch *watch,
                        osp_error *err);
    /* Copies the database as it is at one moment, while others write; looks at the copy and only
     * then gives it its name.  force: a file of that name may be replaced. OSP_E_INVALID: it is
     * there | ...; a failure leaves nothing behind. */
    osp_status (*backup)(const char *file, bool force, const osp_migration_watch *watch,
                         osp_backup *ret_backup, osp_error *err);
} osp_db_admin;

#endif
