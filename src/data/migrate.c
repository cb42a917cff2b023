/* Migrations are history: what a database has recorded must still stand in the application.
 *
 * A changed text would leave databases of the same version with different schemas; a missing one
 * means that an older program meets a newer database; one that comes before another which is
 * applied would meet a schema that its author never saw.  None of these can be repaired by a
 * program, so nothing is done: the words say which file it is and what its owner may do. */
#include "data/migrate.h"

#define DIGITS_SHOWN 12 /* of a checksum; as many tell two texts apart */

static const char *const names[] = {
    [OSP_MIGRATION_APPLIED] = "applied", [OSP_MIGRATION_PENDING] = "pending",
    [OSP_MIGRATION_LATE] = "late",       [OSP_MIGRATION_CHANGED] = "changed",
    [OSP_MIGRATION_MISSING] = "missing",
};

const char *osp_migration_standing_name(osp_migration_standing standing)
{
    OSP_ASSERT((size_t)standing < OSP_ARRAY_LEN(names));
    return names[standing];
}

size_t osp_migration_find(const osp_migration *migrations, size_t count, osp_str name)
{
    size_t at = 0;
    while (at < count && !osp_str_equal(osp_str_from(migrations[at].name), name)) {
        at++;
    }
    return at;
}

osp_migration_state osp_migration_recorded(const osp_migration *migrations, size_t count,
                                           osp_str name, osp_str sha256)
{
    osp_migration_state state = { .name = name, .recorded = sha256 };
    const size_t at = osp_migration_find(migrations, count, name);
    if (at == count) {
        state.standing = OSP_MIGRATION_MISSING;
        return state;
    }
    state.sha256 = osp_str_from(migrations[at].sha256);
    state.standing =
        osp_str_equal_nocase(state.sha256, sha256) ? OSP_MIGRATION_APPLIED : OSP_MIGRATION_CHANGED;
    return state;
}

/* For "%.*s": the beginning of a slice. */
#define SHOWN(s, max) (int)((s).len < (max) ? (s).len : (max)), ((s).len != 0 ? (s).ptr : "")

osp_status osp_migration_judge(const osp_migration_state *state, osp_error *err)
{
    switch (state->standing) {
    case OSP_MIGRATION_APPLIED:
    case OSP_MIGRATION_PENDING:
        return OSP_OK;
    case OSP_MIGRATION_CHANGED:
        return osp_error_set(err, OSP_E_DB_SCHEMA,
                             "migration %.*s was changed after it was applied: its checksum was "
                             "%.*s and is %.*s; restore the file, and write a new one",
                             SHOWN(state->name, OSP_MIGRATION_NAME_MAX),
                             SHOWN(state->recorded, DIGITS_SHOWN),
                             SHOWN(state->sha256, DIGITS_SHOWN));
    case OSP_MIGRATION_MISSING:
        return osp_error_set(err, OSP_E_DB_SCHEMA,
                             "the database has migration %.*s (%.*s), which this application does "
                             "not have; restore the file, or take a newer build",
                             SHOWN(state->name, OSP_MIGRATION_NAME_MAX),
                             SHOWN(state->recorded, DIGITS_SHOWN));
    case OSP_MIGRATION_LATE:
        break;
    }
    OSP_ASSERT(state->newest != NULL);
    return osp_error_set(err, OSP_E_DB_SCHEMA,
                         "migration %.*s (%.*s) comes too late: %.60s (%.*s), which stands behind "
                         "it, is applied; give it a higher number",
                         SHOWN(state->name, 60), SHOWN(state->sha256, DIGITS_SHOWN),
                         state->newest->name, DIGITS_SHOWN, state->newest->sha256);
}
