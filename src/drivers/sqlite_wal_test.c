/* The WAL is begun anew, whoever reads. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "drivers/sqlite.h"
#include "drivers/sqlite_impl.h"
#include "tests/unit/world.h"

#define WRITES_MAX 60000 /* more than any machine needs */

static char wal_path[256];

static void find_wal(const world *w)
{
    (void)snprintf(wal_path, sizeof(wal_path), "%s/test.db-wal", w->folder);
}

/* How often it was begun anew: the fourth word of its head. */
static uint32_t times_begun(void)
{
    unsigned char head[16];
    const int fd = open(wal_path, O_RDONLY | O_CLOEXEC);
    OSP_CHECK(fd >= 0 && pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head));
    OSP_CHECK(close(fd) == 0);
    return (uint32_t)head[12] << 24 | (uint32_t)head[13] << 16 | (uint32_t)head[14] << 8 | head[15];
}

static void write_page(osp_task *t)
{
    OSP_CHECK(osp_db_exec(t, "INSERT INTO note(body) VALUES (zeroblob(4000))") == 1);
}

/* ---------------------------------------------------------------- readers without a pause */

typedef struct readers {
    pthread_t thread;
    atomic_bool begun, stop;
} readers;

static void look(osp_sqlite_conn *conn)
{
    osp_sqlite_conn_rollback(conn);
    OSP_CHECK(osp_sqlite_conn_do(conn, "BEGIN; SELECT max(id) FROM note", NULL) == OSP_OK);
}

/* Two that take turns: one of them has a snapshot at any time. */
static void *read_on(void *arg)
{
    readers *r = arg;
    osp_sqlite_conn both[2] = { 0 };
    for (size_t i = 0; i < OSP_ARRAY_LEN(both); i++) {
        OSP_CHECK(osp_sqlite_conn_open(&both[i], NULL, OSP_SQLITE_LOOK, NULL) == OSP_OK);
        look(&both[i]);
    }
    atomic_store(&r->begun, true);
    for (size_t i = 0; !atomic_load(&r->stop); i++) {
        osp_monotonic_wait(osp_monotonic_us() + 1000);
        look(&both[i % OSP_ARRAY_LEN(both)]);
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(both); i++) {
        osp_sqlite_conn_rollback(&both[i]);
        osp_sqlite_conn_close(&both[i]);
    }
    return NULL;
}

OSP_UNIT_TEST_THREADED(sqlite_wal_readers,
                       "the WAL is begun anew while others read without a pause")
{
    world w;
    readers r = { 0 };
    set_up(&w);
    find_wal(&w);
    write_page(&w.task);
    OSP_CHECK(pthread_create(&r.thread, NULL, read_on, &r) == 0);
    while (!atomic_load(&r.begun)) {
        osp_monotonic_wait(osp_monotonic_us() + 1000);
    }
    const uint32_t before = times_begun();
    int writes = 0;
    while (times_begun() < before + 2 && writes < WRITES_MAX) {
        write_page(&w.task);
        writes++;
    }
    OSP_CHECK(writes < WRITES_MAX);
    atomic_store(&r.stop, true);
    OSP_CHECK(pthread_join(r.thread, NULL) == 0);
    tear_down(&w);
}

/* ---------------------------------------------------------------- one that is large */

static off_t wal_bytes(void)
{
    struct stat st;
    OSP_CHECK(stat(wal_path, &st) == 0);
    return st.st_size;
}

OSP_UNIT_TEST(sqlite_wal_large, "what a large transaction has made of the WAL is given back")
{
    world w;
    set_up(&w);
    find_wal(&w);
    const off_t kept = atoi(OSP_SQLITE_WAL_KEPT_MAX);
    OSP_CHECK(osp_db_exec(&w.task, "INSERT INTO note(body) VALUES (zeroblob(20000000))") == 1);
    OSP_CHECK(wal_bytes() > kept);
    write_page(&w.task);
    OSP_CHECK(wal_bytes() <= kept);
    tear_down(&w);
}
