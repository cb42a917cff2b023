/* What a query costs in instructions, SQLite's own among them.
 *
 *     data_cost SCENARIO COUNT
 *
 *     one     a row by its key, all of them in one turn of the loop
 *     named   the same by the function of a query in a .sql file
 *     list    twelve rows, all of them in one turn of the loop
 *     turn    a row by its key, each in a turn of its own
 *     bare    "one" by SQLite alone, in a transaction: what nothing can be cheaper than */
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/db.h"
#include "rt/offload.h"

#define ROWS 1000

typedef struct World {
    int64_t id;
    int64_t randomNumber;
} World;
OSP_TYPE(World, FIELD(id), FIELD(randomNumber));

typedef struct Fortune {
    int64_t id;
    osp_str message;
} Fortune;
OSP_LIST_OF(Fortune);
OSP_TYPE(Fortune, FIELD(id), FIELD(message));

static const osp_migration migrations[] = {
    { "0001_start.sql",
      "CREATE TABLE world(id INTEGER PRIMARY KEY, randomNumber INTEGER NOT NULL);"
      "INSERT INTO world WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE"
      " i < 1000) SELECT i, i * 7919 % 10000 FROM n;"
      "CREATE TABLE fortune(id INTEGER PRIMARY KEY, message TEXT NOT NULL);"
      "INSERT INTO fortune WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE"
      " i < 12) SELECT i, 'A message of some length, of which this is number ' || i FROM n",
      "a" },
};

typedef struct bench {
    osp_task task;
    osp_fiber_waits waits;
    osp_arena arena;
    osp_loop *loop;
    void (*run)(struct bench *my);
    long count;
} bench;

static void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "data_cost: %s\n", what);
        abort();
    }
}

static void one(bench *my)
{
    for (long i = 0; i < my->count; i++) {
        const int64_t id = i % ROWS + 1;
        const World *row =
            osp_db_one(&my->task, World, "SELECT id, randomNumber FROM world WHERE id = ?", id);
        must(row != NULL && row->id == id, my->task.error.message);
        osp_arena_reset(&my->arena);
    }
}

/* As the build writes it. */
const osp_query_text osp_sql_world_by_id = { .sql = "SELECT id, randomNumber FROM world "
                                                    "WHERE id = :id" };
OSP_QUERY_ONE(World, world_by_id, (int64_t, id));

static void named(bench *my)
{
    for (long i = 0; i < my->count; i++) {
        const int64_t id = i % ROWS + 1;
        const World *row = world_by_id(&my->task, id);
        must(row != NULL && row->id == id, my->task.error.message);
        osp_arena_reset(&my->arena);
    }
}

static void list(bench *my)
{
    for (long i = 0; i < my->count; i++) {
        const Fortune_list rows =
            osp_db_query(&my->task, Fortune, "SELECT id, message FROM fortune");
        must(rows.count == 12, my->task.error.message);
        osp_arena_reset(&my->arena);
    }
}

static void turn(bench *my)
{
    const long count = my->count;
    my->count = 1;
    for (long i = 0; i < count; i++) {
        one(my);
        must(osp_task_sleep_us(&my->task, 0) == OSP_OK, "it cannot wait");
    }
}

static void bare(bench *my)
{
    sqlite3 *handle = NULL;
    sqlite3_stmt *statement = NULL;
    must(sqlite3_open_v2(getenv("DATABASE_URL"), &handle,
                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
                         NULL) == SQLITE_OK &&
             sqlite3_exec(handle, "BEGIN", NULL, NULL, NULL) == SQLITE_OK &&
             sqlite3_prepare_v3(handle, "SELECT id, randomNumber FROM world WHERE id = ?", -1,
                                SQLITE_PREPARE_PERSISTENT, &statement, NULL) == SQLITE_OK,
         "no database");
    for (long i = 0; i < my->count; i++) {
        World row;
        sqlite3_bind_int64(statement, 1, i % ROWS + 1);
        must(sqlite3_step(statement) == SQLITE_ROW, "no row");
        row = (World){ sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1) };
        must(row.id == i % ROWS + 1, "another row");
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    sqlite3_close(handle);
}

static void hear_nothing(void *arg, const osp_migration *migration, int64_t took_us)
{
    (void)arg, (void)migration, (void)took_us;
}

static void on_fiber(void *arg)
{
    bench *my = arg;
    my->run(my);
}

static void on_resumed(osp_fiber_waits *waits, bool ended)
{
    if (ended) {
        osp_loop_stop(waits->loop);
    }
}

/* Begins within a turn of the loop, as a handler does. */
static void begin(osp_post *post)
{
    bench *my = OSP_CONTAINER_OF(post, bench, waits.ready);
    if (osp_fiber_resume(my->waits.fiber)) {
        osp_loop_stop(my->loop);
    }
}

static void run(bench *my)
{
    static const osp_migration_watch deaf = { .applied = hear_nothing };
    static char first[16384];
    osp_service services[2] = { { osp_resource_sqlite.key, NULL } };
    osp_error err = { 0 };
    must(osp_resource_sqlite.prepare(migrations, 1, &deaf, &err) == OSP_OK &&
             osp_resource_sqlite.open(&services[0].value, &err) == OSP_OK,
         err.message);
    osp_fibers *fibers = osp_fibers_new((osp_fibers_options){ 0 });
    my->loop = osp_loop_new(&err);
    must(my->loop != NULL && fibers != NULL, "no loop");
    osp_arena_init(&my->arena, first, sizeof first, 16 << 20);
    osp_task_init(&my->task, &my->arena);
    my->task.services = services;
    my->waits = (osp_fiber_waits){ .loop = my->loop, .resumed = on_resumed };
    my->waits.fiber = osp_fiber_new(fibers, on_fiber, my);
    osp_task_schedule(&my->task, &my->waits);
    my->waits.ready.run = begin;
    osp_loop_defer(my->loop, &my->waits.ready);
    must(osp_loop_run(my->loop) == OSP_OK, "the loop ended");
    osp_resource_sqlite.close(services[0].value);
    osp_arena_done(&my->arena);
    osp_fibers_free(fibers);
    osp_loop_free(my->loop);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(bench *my);
    } scenarios[] = {
        { "one", one }, { "named", named }, { "list", list }, { "turn", turn }, { "bare", bare }
    };
    for (size_t i = 0; argc == 3 && i < OSP_ARRAY_LEN(scenarios); i++) {
        if (strcmp(scenarios[i].name, argv[1]) != 0) {
            continue;
        }
        char folder[200], url[256];
        const char *tmp = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/data-cost-XXXXXX", tmp != NULL ? tmp : "/tmp");
        must(mkdtemp(folder) != NULL, "no folder");
        snprintf(url, sizeof url, "file:%s/cost.db", folder);
        must(setenv("DATABASE_URL", url, 1) == 0, "no environment");
        bench my = { .run = scenarios[i].run, .count = strtol(argv[2], NULL, 10) };
        run(&my);
        return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    }
    fprintf(stderr, "usage: data_cost one|named|list|turn|bare COUNT\n");
    return 2;
}
