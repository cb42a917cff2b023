/* openspeed db: the database of an application.
 *
 * Nothing is compiled: migrations are read from the folder as they stand there, and the words are
 * those of `app db`, which has them in the executable.  What only makes sense beside the source is
 * here alone: new, seed and reset. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/words.h"
#include "build/migrations.h"
#include "command.h"
#include "data/console.h"
#include "drivers/sqlite.h"
#include "serve/config.h"
#include "serve/harden.h"

#define SEED_FILE "seed.sql"
#define ASIDE "-before-reset" /* behind the name of what a reset has not removed yet */

typedef struct request {
    osp_arena *arena;
    const char *name, *dir; /* the operands: of new and backup, and of all */
    const char *json, *yes, *force, *out_of_order, *again, *wait, *config;
} request;

/* ---------------------------------------------------------------- the folder */

/* Becomes who serves there, so that what is made is his and can be read by him. */
static osp_status become(const char *config_file, osp_error *err)
{
    osp_settings settings;
    const osp_config_args args = { .file = config_file };
    osp_status status = osp_config_load(&settings, &args, environ);
    (void)fwrite(settings.said.ptr, 1, settings.said.len, stderr);
    const osp_config *config = settings.value;
    if (status == OSP_OK) {
        status = osp_harden_begin(&config->harden, err);
    } else {
        status = osp_error_set(err, status,
                               "the configuration cannot be used; openspeed config check says why");
    }
    osp_settings_done(&settings);
    return status;
}

#ifdef OSP_HAVE_SQLITE
#define WITH_SQLITE(run) run

static osp_status read_list(const request *r, osp_migration_list *ret_list, osp_error *err)
{
    osp_migration *items = NULL;
    size_t count = 0;
    OSP_TRY(osp_migrations_read(r->arena, ".", &items, &count, err));
    *ret_list = (osp_migration_list){ items, count };
    return OSP_OK;
}

/* ---------------------------------------------------------------- migrate, status, check, backup
 */

static int order(const request *r, const char *verb, const char *file)
{
    osp_error err = { 0 };
    osp_migration_list list;
    int64_t wait_s = 0;
    if (read_list(r, &list, &err) != OSP_OK) {
        return osp_command_fail(&err, r->json != NULL);
    }
    (void)(r->wait != NULL && osp_str_to_int(osp_str_from(r->wait), &wait_s) == OSP_OK);
    return osp_console_run(&osp_sqlite_admin, &(osp_resource_order){
                                                  .verb = verb,
                                                  .file = file,
                                                  .json = r->json != NULL,
                                                  .force = r->force != NULL,
                                                  .out_of_order = r->out_of_order != NULL,
                                                  .wait_s = (int)wait_s,
                                                  .migrations = list.items,
                                                  .migration_count = list.count,
                                              });
}

static int migrate(const request *r)
{
    return order(r, "migrate", NULL);
}

static int status(const request *r)
{
    return order(r, "status", NULL);
}

static int check(const request *r)
{
    return order(r, "check", NULL);
}

static int backup(const request *r)
{
    return order(r, "backup", r->name);
}

/* ---------------------------------------------------------------- seed */

static void count_pending(void *arg, const osp_migration_state *state)
{
    size_t *count = arg;
    *count += state->standing == OSP_MIGRATION_PENDING;
}

/* OSP_DONE: it has run before. */
static osp_status run_seed(const request *r, osp_error *err)
{
    osp_str sql;
    osp_migration_list list;
    size_t pending = 0;
    const osp_state_watch watch = { count_pending, &pending };
    const osp_migration_watch notes = { .note = osp_console_note };
    osp_error cause = { 0 };
    const osp_status found = osp_kit_read(r->arena, SEED_FILE, &sql, err);
    if (found == OSP_E_NOT_FOUND) {
        return osp_error_set(err, found,
                             "there is no " SEED_FILE " here; first rows are INSERT statements in "
                             "a file of that name");
    }
    OSP_TRY(found);
    if (memchr(sql.ptr, '\0', sql.len) != NULL) {
        return osp_error_set(err, OSP_E_INVALID, SEED_FILE " holds a NUL byte");
    }
    OSP_TRY(read_list(r, &list, err));
    const osp_status looked = osp_sqlite_admin.status(&list, &watch, &cause);
    if (looked < 0 && looked != OSP_E_NOT_FOUND) {
        return osp_error_set(err, looked, "%s", cause.message);
    }
    if (pending > 0) {
        return osp_error_set(err, OSP_E_INVALID,
                             "%zu migration%s pending, and " SEED_FILE
                             " may need what they make; run openspeed db migrate first",
                             pending, pending == 1 ? " is" : "s are");
    }
    const osp_sqlite_seed seed = { .name = SEED_FILE,
                                   .sql = sql.ptr,
                                   .sha256 = osp_migrations_checksum(r->arena, sql),
                                   .again = r->again != NULL,
                                   .watch = &notes };
    return osp_sqlite_seed_run(&seed, err);
}

static int seed(const request *r)
{
    osp_error err = { 0 };
    const osp_status ran = run_seed(r, &err);
    if (ran < 0) {
        return osp_command_fail(&err, r->json != NULL);
    }
    if (r->json != NULL) {
        printf("{\"ok\":true,\"ran\":%s}\n", ran == OSP_OK ? "true" : "false");
    } else {
        puts(ran == OSP_OK ? "ran " SEED_FILE
                           : "nothing to do, " SEED_FILE " has run (--again runs it once more)");
    }
    return OSP_EXIT_OK;
}

/* ---------------------------------------------------------------- reset */

/* What a database is made of: its file, and what SQLite puts beside it. */
static const char *const parts[] = { "", "-wal", "-shm", "-journal" };

typedef struct resetting {
    const request *request;
    char path[PATH_MAX];
    bool had[OSP_ARRAY_LEN(parts)]; /* which were there */
    size_t had_count;
    osp_kit_list applied; /* char * */
} resetting;

static const char *part_of(const resetting *reset, size_t i, bool aside)
{
    return osp_kit_format(reset->request->arena, "%s%s%s", reset->path, aside ? ASIDE : "",
                          parts[i]);
}

/* In the folder of the application: what lies elsewhere belongs to a server, or to others. */
static osp_status check_place(const resetting *reset, osp_error *err)
{
    char here[PATH_MAX];
    if (realpath(".", here) == NULL) {
        return osp_error_set(err, OSP_E_IO, ".: %s", strerror(errno));
    }
    const size_t len = strlen(here);
    return strncmp(reset->path, here, len) == 0 && (reset->path[len] == '/' || len == 1)
               ? OSP_OK
               : osp_error_set(err, OSP_E_INVALID,
                               "db reset is for development: %.120s is not in the folder of the "
                               "application; remove it yourself if that is meant",
                               reset->path);
}

/* Gives the files names beside; what stands there is of an earlier reset that was killed. */
static osp_status set_aside(const resetting *reset, osp_error *err)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(parts); i++) {
        const char *from = part_of(reset, i, false), *to = part_of(reset, i, true);
        (void)unlink(to);
        if (reset->had[i] && rename(from, to) != 0) {
            return osp_error_set(err, OSP_E_IO, "%.150s: %s", from, strerror(errno));
        }
    }
    return OSP_OK;
}

/* In the place of what was made of the new one. */
static void bring_back(const resetting *reset)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(parts); i++) {
        const char *from = part_of(reset, i, true), *to = part_of(reset, i, false);
        if (!reset->had[i]) {
            (void)unlink(to);
        } else if (access(from, F_OK) == 0 && rename(from, to) != 0) {
            fprintf(stderr, "error: the old database is at %s: %s\n", from, strerror(errno));
        }
    }
}

static void on_applied(void *arg, const osp_migration *migration, int64_t ms)
{
    resetting *reset = arg;
    (void)ms;
    osp_kit_push(reset->request->arena, &reset->applied, migration->name);
}

/* OSP_OK: with first rows | OSP_DONE: there are none. */
static osp_status fill(resetting *reset, osp_error *err)
{
    osp_migration_list list;
    const osp_migration_watch watch = { on_applied, osp_console_note, reset };
    OSP_TRY(read_list(reset->request, &list, err));
    OSP_TRY(osp_sqlite_admin.migrate(&list, &(osp_migrate_options){ 0 }, &watch, err));
    return access(SEED_FILE, F_OK) == 0 ? run_seed(reset->request, err) : OSP_DONE;
}

static void print_paths(const resetting *reset)
{
    bool first = true;
    for (size_t i = 0; i < OSP_ARRAY_LEN(parts); i++) {
        if (reset->had[i]) {
            fputs(first ? "" : ",", stdout);
            osp_command_json_text(part_of(reset, i, false));
            first = false;
        }
    }
}

/* Without --yes: what would go. */
static int refuse(const resetting *reset)
{
    if (reset->request->json != NULL) {
        fputs("{\"ok\":false,\"error\":\"db reset removes the database; say --yes\","
              "\"would_remove\":[",
              stdout);
        print_paths(reset);
        puts("]}");
    }
    fputs(
        "error: db reset removes the database with all of its rows; say --yes if that is meant:\n",
        stderr);
    for (size_t i = 0; i < OSP_ARRAY_LEN(parts); i++) {
        struct stat info;
        if (reset->had[i] && stat(part_of(reset, i, false), &info) == 0) {
            fprintf(stderr, "  %s (%lld bytes)\n", part_of(reset, i, false),
                    (long long)info.st_size);
        }
    }
    return OSP_EXIT_FAILED;
}

static void report(const resetting *reset, bool seeded)
{
    if (reset->request->json != NULL) {
        fputs("{\"ok\":true,", stdout);
        osp_command_json("database", reset->path);
        fputs(",\"removed\":[", stdout);
        print_paths(reset);
        fputs("],\"applied\":[", stdout);
        for (size_t i = 0; i < reset->applied.count; i++) {
            fputs(i > 0 ? "," : "", stdout);
            osp_command_json_text(reset->applied.items[i]);
        }
        printf("],\"seeded\":%s}\n", seeded ? "true" : "false");
        return;
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(parts); i++) {
        if (reset->had[i]) {
            printf("removed %s\n", part_of(reset, i, false));
        }
    }
    for (size_t i = 0; i < reset->applied.count; i++) {
        printf("applied %s\n", (const char *)reset->applied.items[i]);
    }
    fputs(seeded ? "ran " SEED_FILE "\n" : "", stdout);
}

/* The old database goes only when the new one is whole; until then it is beside, and comes back. */
static osp_status replace(resetting *reset, bool *ret_seeded, osp_error *err)
{
    osp_status status = set_aside(reset, err);
    if (status == OSP_OK) {
        status = fill(reset, err);
    }
    if (status < 0) {
        bring_back(reset);
        return status;
    }
    *ret_seeded = status == OSP_OK;
    for (size_t i = 0; i < OSP_ARRAY_LEN(parts); i++) {
        (void)unlink(part_of(reset, i, true));
    }
    return OSP_OK;
}

static int reset(const request *r)
{
    resetting reset = { .request = r };
    osp_error err = { 0 };
    osp_migration_list list;
    bool seeded = false;
    /* What is wrong with the files is said before anything is moved. */
    osp_status status = read_list(r, &list, &err);
    if (status == OSP_OK) {
        status = osp_sqlite_admin.path(reset.path, sizeof(reset.path), &err);
    }
    if (status == OSP_OK) {
        status = check_place(&reset, &err);
    }
    if (status == OSP_OK) {
        status = osp_sqlite_is_one(reset.path, &err);
    }
    if (status == OSP_OK) {
        status = osp_sqlite_is_free(reset.path, &err);
    }
    if (status != OSP_OK) {
        return osp_command_fail(&err, r->json != NULL);
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(parts); i++) {
        reset.had[i] = access(part_of(&reset, i, false), F_OK) == 0;
        reset.had_count += reset.had[i];
    }
    if (reset.had_count > 0 && r->yes == NULL) {
        return refuse(&reset);
    }
    if (replace(&reset, &seeded, &err) != OSP_OK) {
        return osp_command_fail(&err, r->json != NULL);
    }
    report(&reset, seeded);
    return OSP_EXIT_OK;
}

#else
#define WITH_SQLITE(run) unsupported

static int unsupported(const request *r)
{
    osp_error err = { 0 };
    (void)osp_error_set(&err, OSP_E_UNSUPPORTED, "this openspeed was built without SQLite");
    return osp_command_fail(&err, r->json != NULL);
}

#endif

/* ---------------------------------------------------------------- new */

static int make_new(const request *r)
{
    osp_error err = { 0 };
    const char *path = NULL;
    if (osp_migrations_new(r->arena, ".", r->name, &path, &err) != OSP_OK) {
        return osp_command_fail(&err, r->json != NULL);
    }
    if (r->json != NULL) {
        fputs("{\"ok\":true,", stdout);
        osp_command_json("file", path);
        puts("}");
    } else if (strcmp(r->dir, ".") == 0) {
        puts(path);
    } else {
        printf("%s/%s\n", r->dir, path);
    }
    return OSP_EXIT_OK;
}

/* ---------------------------------------------------------------- run */

typedef enum option_bit {
    TAKES_YES = 1,
    TAKES_FORCE = 2,
    TAKES_ORDER = 4, /* --out-of-order, --wait */
    TAKES_AGAIN = 8,
    TAKES_NAME = 16,     /* an operand before DIR */
    TAKES_FILE = 32,     /* the same, and it is a path */
    TAKES_NO_CONFIG = 64 /* it makes source, which is not the server's */
} option_bit;

typedef struct verb {
    const char *name;
    int (*run)(const request *r);
    unsigned takes;
    const char *wanted; /* what is missing where there is no name */
} verb;

static const verb verbs[] = {
    { "migrate", WITH_SQLITE(migrate), TAKES_ORDER, NULL },
    { "status", WITH_SQLITE(status), 0, NULL },
    { "new", make_new, TAKES_NAME | TAKES_NO_CONFIG,
      "say what the migration does: openspeed db new add_author" },
    { "seed", WITH_SQLITE(seed), TAKES_AGAIN, NULL },
    { "reset", WITH_SQLITE(reset), TAKES_YES, NULL },
    { "backup", WITH_SQLITE(backup), TAKES_FORCE | TAKES_NAME | TAKES_FILE,
      "say the file of the backup: openspeed db backup FILE" },
    { "check", WITH_SQLITE(check), 0, NULL },
};

static size_t list_options(const verb *v, request *r, osp_option *options)
{
    size_t count = 0;
    options[count++] = (osp_option){ .name = "json", .value = &r->json };
    if ((v->takes & TAKES_NO_CONFIG) == 0) {
        options[count++] =
            (osp_option){ .name = "config", .kind = OSP_OPTION_TEXT, .value = &r->config };
    }
    if ((v->takes & TAKES_YES) != 0) {
        options[count++] = (osp_option){ .name = "yes", .value = &r->yes };
    }
    if ((v->takes & TAKES_FORCE) != 0) {
        options[count++] = (osp_option){ .name = "force", .value = &r->force };
    }
    if ((v->takes & TAKES_AGAIN) != 0) {
        options[count++] = (osp_option){ .name = "again", .value = &r->again };
    }
    if ((v->takes & TAKES_ORDER) != 0) {
        options[count++] = (osp_option){ .name = "out-of-order", .value = &r->out_of_order };
        options[count++] = (osp_option){ .name = "wait",
                                         .kind = OSP_OPTION_INT,
                                         .value = &r->wait,
                                         .min = 1,
                                         .max = OSP_MIGRATE_WAIT_S_MAX };
    }
    options[count] = (osp_option){ .name = NULL };
    return count;
}

static osp_status read_request(const verb *v, int argc, char **argv, request *r, osp_error *err)
{
    osp_option options[8];
    const bool named = (v->takes & TAKES_NAME) != 0;
    const char *operands[2] = { NULL, NULL };
    const size_t count = list_options(v, r, options);
    OSP_ASSERT(count < OSP_ARRAY_LEN(options));
    OSP_TRY(osp_args_read_many(argc, argv, options, operands, named ? 2 : 1, err));
    r->name = named ? operands[0] : NULL;
    r->dir = operands[named] != NULL ? operands[named] : ".";
    return !named || r->name != NULL ? OSP_OK : osp_error_set(err, OSP_E_INVALID, "%s", v->wanted);
}

/* Goes to the folder.  Paths that were given mean the same there. */
static osp_status enter(const verb *v, request *r, char *file, char *config, osp_error *err)
{
    if ((v->takes & TAKES_FILE) != 0) {
        OSP_TRY(osp_command_path(r->name, file, err));
        r->name = file;
    }
    if (r->config != NULL) {
        OSP_TRY(osp_command_path(r->config, config, err));
        r->config = config;
    }
    if (chdir(r->dir) != 0) {
        return osp_error_set(err, OSP_E_IO, "%s: %s", r->dir, strerror(errno));
    }
    return (v->takes & TAKES_NO_CONFIG) != 0 ? OSP_OK : become(r->config, err);
}

static int run_verb(const verb *v, request *r)
{
    char file[PATH_MAX], config[PATH_MAX];
    osp_arena arena;
    osp_error err = { 0 };
    if (enter(v, r, file, config, &err) != OSP_OK) {
        return osp_command_fail(&err, r->json != NULL);
    }
    /* A file that may not grow is said like a disk that is full. */
    (void)signal(SIGXFSZ, SIG_IGN);
    osp_arena_init(&arena, NULL, 0, OSP_BUILD_ARENA_MAX);
    r->arena = &arena;
    const int code = v->run(r);
    osp_arena_done(&arena);
    return code;
}

static int run(int argc, char **argv)
{
    request r = { .dir = "." };
    osp_error err = { 0 };
    osp_nearest nearest = { .word = osp_str_from(argc > 0 ? argv[0] : "") };
    for (size_t i = 0; argc > 0 && i < OSP_ARRAY_LEN(verbs); i++) {
        if (strcmp(verbs[i].name, argv[0]) != 0) {
            osp_nearest_try(&nearest, verbs[i].name);
            continue;
        }
        if (read_request(&verbs[i], argc - 1, argv + 1, &r, &err) != OSP_OK) {
            return osp_command_usage(&osp_command_db, &err);
        }
        return run_verb(&verbs[i], &r);
    }
    if (nearest.name != NULL) {
        (void)osp_error_set(&err, OSP_E_INVALID, "there is no db %s; did you mean %s?", argv[0],
                            nearest.name);
    } else {
        (void)osp_error_set(&err, OSP_E_INVALID,
                            "say migrate, status, new, seed, reset, backup or check");
    }
    return osp_command_usage(&osp_command_db, &err);
}

const osp_command osp_command_db = {
    .name = "db",
    .usage = "db migrate|status|new|seed|reset|backup|check [NAME | FILE] [DIR] [--json]\n"
             "       openspeed db migrate [DIR] [--wait S] [--out-of-order]\n"
             "       openspeed db new NAME [DIR]\n"
             "       openspeed db seed [DIR] [--again]\n"
             "       openspeed db reset [DIR] [--yes]\n"
             "       openspeed db backup FILE [DIR] [--force]",
    .summary = "migrate, look at, fill, back up and check the database",
    .help =
        "Works on the database of the application in DIR (default: the current folder), with its\n"
        "migrations/.  Nothing is compiled.  The executable of an application has migrate, "
        "status,\n"
        "check and backup too, where there is no source: app db migrate.\n"
        "\n"
        "  migrate        applies what is not applied yet, in order, each in a transaction\n"
        "  status         says which are applied, and which do not fit; exits with 3 where some\n"
        "                 are pending, with 1 where some do not fit\n"
        "  new NAME       makes migrations/NUMBER_NAME.sql with the next number\n"
        "  seed           runs DIR/seed.sql in one transaction, once\n"
        "  reset          removes the database, applies all migrations and runs seed.sql; only in\n"
        "                 the folder of the application, and never while a server has it open\n"
        "  backup FILE    copies the database while others write to it, and looks at the copy\n"
        "  check          looks at the file, at references between rows, at the migrations, and\n"
        "                 whether the schema is what they make; exits with 1 for any fault\n"
        "\n"
        "  --json         what came of it as one JSON object on stdout\n"
        "  --yes          for reset: do it; without, it says what would be removed\n"
        "  --force        for backup: take the place of a FILE that is there\n"
        "  --again        for seed: also when it has run before\n"
        "  --out-of-order for migrate: also those that stand before one that is applied\n"
        "  --wait S       for migrate: seconds to wait for another migrator (default 60)\n"
        "  --config FILE  the configuration, as for start\n"
        "\n"
        "    openspeed db new add_author\n"
        "    openspeed db migrate && openspeed db seed\n"
        "    openspeed db status --json | jq .pending\n"
        "    openspeed db backup ../shop-$(date +%F).db\n"
        "\n"
        "Exits with 0, with 1 for a failure, 2 for wrong arguments, 3 as said.\n"
        "Environment: DATABASE_URL (default file:app.db; a relative one counts from DIR) or\n"
        "DATABASE_URL_FILE.\n",
    .run = run,
};
