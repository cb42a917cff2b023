/* Migrations are history: what a database has recorded must still stand in the application.
 *
 * A changed text would leave databases of the same version with different schemas; a missing one
 * means that an older program meets a newer database.  Both refuse to start, since neither can be
 * repaired by a program.  A new one that stands before an applied one is applied and said:
 * two branches that each add one are merged every day. */
#include "data/migrate.h"

osp_status osp_migration_check(const osp_migration *migrations, size_t count, osp_str name,
                               osp_str sha256, osp_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!osp_str_equal(osp_str_from(migrations[i].name), name)) {
            continue;
        }
        if (osp_str_equal_nocase(osp_str_from(migrations[i].sha256), sha256)) {
            return OSP_OK;
        }
        return osp_error_set(err, OSP_E_DB_SCHEMA,
                             "migration %s was changed after it was applied; write a new one",
                             migrations[i].name);
    }
    return osp_error_set(err, OSP_E_DB_SCHEMA,
                         "the database has migration %.*s, which this application does not have",
                         name.len > 100 ? 100 : OSP_ARG(name));
}
