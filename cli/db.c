/* openspeed db: migrations and first rows. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/words.h"
#include "command.h"
#include "drivers/sqlite.h"

#define OSP_DB_SEED_FILE "seed.sql"

static int migrate(const char *dir, bool json)
{
    const char *const args[] = { "--migrate", json ? "--json" : NULL, NULL };
    return osp_command_exec(dir, args, json);
}

static osp_status run_script(const char *sql, osp_error *err)
{
#ifdef OSP_HAVE_SQLITE
    return osp_sqlite_script(NULL, OSP_DB_SEED_FILE, sql, err);
#else
    (void)sql;
    return osp_error_set(err, OSP_E_UNSUPPORTED, "this openspeed was built without SQLite");
#endif
}

/* In the folder of the application, where its relative DATABASE_URL means the same as for it. */
static osp_status run_seed(osp_arena *arena, const char *dir, osp_error *err)
{
    osp_str sql;
    if (chdir(dir) != 0) {
        return osp_error_set(err, OSP_E_IO, "%s: %s", dir, strerror(errno));
    }
    OSP_TRY(osp_kit_read(arena, OSP_DB_SEED_FILE, &sql, err));
    if (memchr(sql.ptr, '\0', sql.len) != NULL) {
        return osp_error_set(err, OSP_E_INVALID, "%s holds a NUL byte", OSP_DB_SEED_FILE);
    }
    return run_script(sql.ptr, err);
}

static int seed(const char *dir, bool json)
{
    osp_arena arena;
    osp_error err = { 0 };
    osp_arena_init(&arena, NULL, 0, OSP_BUILD_ARENA_MAX);
    const osp_status status = run_seed(&arena, dir, &err);
    osp_arena_done(&arena);
    if (status != OSP_OK) {
        return osp_command_fail(&err, json);
    }
    if (json) {
        puts("{\"ok\":true}");
    } else {
        fprintf(stderr, "ran %s\n", OSP_DB_SEED_FILE);
    }
    return OSP_EXIT_OK;
}

static const struct {
    const char *name;
    int (*run)(const char *dir, bool json);
} verbs[] = { { "migrate", migrate }, { "seed", seed } };

static int run(int argc, char **argv)
{
    const char *dir = ".", *json = NULL;
    const osp_option options[] = { { .name = "json", .value = &json }, { .name = NULL } };
    osp_error err = { 0 };
    osp_nearest nearest = { .word = osp_str_from(argc > 0 ? argv[0] : "") };
    for (size_t i = 0; argc > 0 && i < OSP_ARRAY_LEN(verbs); i++) {
        if (strcmp(verbs[i].name, argv[0]) != 0) {
            osp_nearest_try(&nearest, verbs[i].name);
            continue;
        }
        if (osp_args_read(argc - 1, argv + 1, options, &dir, &err) != OSP_OK) {
            return osp_command_usage(&osp_command_db, &err);
        }
        return verbs[i].run(dir, json != NULL);
    }
    if (nearest.name != NULL) {
        (void)osp_error_set(&err, OSP_E_INVALID, "there is no db %s; did you mean %s?", argv[0],
                            nearest.name);
    } else {
        (void)osp_error_set(&err, OSP_E_INVALID, "say migrate or seed");
    }
    return osp_command_usage(&osp_command_db, &err);
}

const osp_command osp_command_db = {
    .name = "db",
    .usage = "db migrate|seed [DIR] [--json]",
    .summary = "run migrations, or seed.sql",
    .help =
        "  migrate    builds the application in DIR (default: the current folder) and applies the\n"
        "             files of DIR/migrations that its database has not seen, naming each\n"
        "  seed       runs DIR/seed.sql in one transaction\n"
        "\n"
        "  --json     the result as JSON\n"
        "\n"
        "Environment: DATABASE_URL (default file:app.db; a relative one counts from DIR).\n",
    .run = run,
};
