/* What every driver checks before it migrates a database. */
#ifndef OSP_DATA_MIGRATE_H
#define OSP_DATA_MIGRATE_H

#include <openspeed/manifest.h>

#define OSP_MIGRATION_NAME_MAX 100 /* bytes of a name that messages show */

typedef enum osp_migration_standing {
    OSP_MIGRATION_APPLIED = 0,
    OSP_MIGRATION_PENDING, /* not applied, and nothing behind it is */
    OSP_MIGRATION_LATE,    /* not applied, but one that stands behind it is */
    OSP_MIGRATION_CHANGED, /* applied, but its text was another one */
    OSP_MIGRATION_MISSING  /* applied, but the application does not have it */
} osp_migration_standing;

/* How one migration stands.  All borrowed; what is not there is empty. */
typedef struct osp_migration_state {
    osp_migration_standing standing;
    osp_str name;
    osp_str sha256;              /* of the application's file */
    osp_str recorded;            /* the checksum that the database has */
    osp_str applied_at;          /* 2026-01-31T12:00:00.000Z */
    const osp_migration *newest; /* LATE: the last one that is applied */
} osp_migration_state;

/* "applied", "pending" and so on; static. */
const char *osp_migration_standing_name(osp_migration_standing standing);

/* The place in the list, or `count`. */
size_t osp_migration_find(const osp_migration *migrations, size_t count, osp_str name);

/* How one that the database has recorded stands: applied, changed or missing.  name, sha256: as
 * recorded; borrowed. */
osp_migration_state osp_migration_recorded(const osp_migration *migrations, size_t count,
                                           osp_str name, osp_str sha256);

/* OSP_OK: applied or pending | OSP_E_DB_SCHEMA: what else it is, with both checksums. */
OSP_MUST_CHECK osp_status osp_migration_judge(const osp_migration_state *state, osp_error *err);

#endif
