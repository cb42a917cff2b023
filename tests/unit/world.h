/* A migrated SQLite database in a folder of its own, for one test; and tasks on fibers that use it.
 */
#ifndef OSP_TESTS_WORLD_H
#define OSP_TESTS_WORLD_H

#include <ftw.h>
#include <unistd.h>

#include "data/db.h"
#include "drivers/sqlite_impl.h"
#include "rt/offload.h"
#include "tests/unit/unit.h"

static const osp_migration migrations[] = {
    { "0001_start.sql",
      "CREATE TABLE user(id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE, bio TEXT);"
      "CREATE TABLE card(id INTEGER PRIMARY KEY, title TEXT NOT NULL, subtitle TEXT, score REAL,"
      " pinned INTEGER NOT NULL DEFAULT 0, author_id INTEGER REFERENCES user(id),"
      " tags TEXT NOT NULL DEFAULT '[]');",
      "aaaa" },
    { "0002_note.sql", "CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT)", "bbbb" },
};

static inline void hear_nothing(void *arg, const osp_migration *migration, int64_t ms)
{
    (void)arg, (void)migration, (void)ms;
}
static const osp_migration_watch deaf = { .applied = hear_nothing };

typedef struct world {
    char folder[200];
    void *db;
    osp_arena arena;
    osp_task task;
    osp_service services[2];
    osp_error err;
    /* with a scheduler */
    osp_loop *loop;
    osp_fibers *fibers;
    int alive;
    int64_t held_end_us, other_end_us; /* when two tasks ended */
} world;

static inline int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

/* A migrated database in a folder of its own. */
static inline void set_up(world *w)
{
    memset(w, 0, sizeof(*w));
    const char *tmp = getenv("TMPDIR");
    snprintf(w->folder, sizeof(w->folder), "%s/osp-sqlite-XXXXXX", tmp ? tmp : "/tmp");
    OSP_CHECK(mkdtemp(w->folder) != NULL);
    char url[256];
    snprintf(url, sizeof(url), "file:%s/test.db", w->folder);
    OSP_CHECK(setenv("DATABASE_URL", url, 1) == 0);
    const osp_resource *r = &osp_resource_sqlite;
    OSP_CHECK(r->prepare(migrations, OSP_ARRAY_LEN(migrations), &deaf, &w->err) == OSP_OK);
    OSP_CHECK(r->open(&w->db, &w->err) == OSP_OK);
    osp_arena_init(&w->arena, NULL, 0, 64 << 20);
    osp_task_init(&w->task, &w->arena);
    w->services[0] = (osp_service){ r->key, w->db };
    w->task.services = w->services;
}

static inline void tear_down(world *w)
{
    osp_resource_sqlite.close(w->db);
    if (w->loop != NULL) {
        /* Only now: a thread of the database may still be waking the loop. */
        osp_fibers_free(w->fibers);
        osp_loop_free(w->loop);
    }
    osp_arena_done(&w->arena);
    OSP_CHECK(nftw(w->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

/* Runs a script as a whole, as another process may.  url: NULL: the world's. */
static inline osp_status run_script(const char *url, const char *name, const char *sql,
                                    osp_error *err)
{
    osp_sqlite_conn conn = { 0 };
    const osp_sqlite_source source = { .name = name, .sql = sql };
    OSP_TRY(osp_sqlite_conn_open(&conn, url, OSP_SQLITE_WRITE, err));
    osp_status status = osp_sqlite_begin_own(&conn, err);
    if (status == OSP_OK) {
        status = osp_sqlite_script_run(&conn, &source, err);
    }
    if (status == OSP_OK) {
        status = osp_sqlite_conn_do(&conn, "COMMIT", err);
    }
    osp_sqlite_conn_rollback(&conn);
    osp_sqlite_conn_close(&conn);
    return status;
}

/* A task on a fiber of its own. */
typedef struct runner {
    osp_task task;
    osp_arena arena;
    osp_fiber_waits waits;
    world *w;
    void (*body)(struct runner *my);
    int number;
    bool ended;
} runner;

static inline void on_resumed(osp_fiber_waits *waits, bool ended)
{
    runner *my = OSP_CONTAINER_OF(waits, runner, waits);
    my->ended |= ended;
    if (ended && --my->w->alive == 0) {
        osp_loop_stop(my->w->loop);
    }
}

static inline void run_body(void *arg)
{
    runner *my = arg;
    my->body(my);
}

static inline void run_all(world *w, runner *all, size_t count, void (*body)(runner *my))
{
    w->loop = osp_loop_new(NULL);
    w->fibers = osp_fibers_new((osp_fibers_options){ 0 });
    OSP_CHECK(w->loop != NULL && w->fibers != NULL);
    w->alive = 1;
    for (size_t i = 0; i < count; i++) {
        runner *my = &all[i];
        my->w = w;
        my->body = body;
        my->number = (int)i;
        osp_arena_init(&my->arena, NULL, 0, 16 << 20);
        osp_task_init(&my->task, &my->arena);
        my->task.services = w->services;
        my->waits = (osp_fiber_waits){ .loop = w->loop, .resumed = on_resumed };
        my->waits.fiber = osp_fiber_new(w->fibers, run_body, my);
        OSP_CHECK(my->waits.fiber != NULL);
        osp_task_schedule(&my->task, &my->waits);
        w->alive++;
        if (osp_fiber_resume(my->waits.fiber)) {
            on_resumed(&my->waits, true);
        }
    }
    if (--w->alive > 0) {
        OSP_CHECK(osp_loop_run(w->loop) == OSP_OK);
    }
    for (size_t i = 0; i < count; i++) {
        osp_arena_done(&all[i].arena);
    }
}

#endif
