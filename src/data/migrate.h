/* What every driver checks before it migrates a database. */
#ifndef OSP_DATA_MIGRATE_H
#define OSP_DATA_MIGRATE_H

#include <openspeed/manifest.h>

/* Checks one recorded migration against the application's list.
 *
 * name, sha256  as the database has recorded them; borrowed
 * Returns       OSP_OK | OSP_E_DB_SCHEMA: the application has no such migration, or its text has
 *               changed since it was applied */
OSP_MUST_CHECK osp_status osp_migration_check(const osp_migration *migrations, size_t count,
                                              osp_str name, osp_str sha256, osp_error *err);

#endif
