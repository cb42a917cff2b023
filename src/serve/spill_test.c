/* Answers that are not read: where they wait, and that nothing of them stays. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/rig.h"

#define MANY OSP_RIG_GET("/many?bytes=4000000") /* more than the buffers of a socket take */
#define MANY_SIZE 4000000
#define HUGE_ANSWER OSP_RIG_GET("/many?bytes=9000000") /* more than OSP_SPILL_SOON */
#define PATIENCE 20000                                 /* milliseconds of a busy machine */

typedef struct scene {
    osp_rig rig;
    osp_client client;
    char temp[64];
    int folder;
} scene;

static void remove_temp(const char *temp)
{
    char own[128];
    (void)snprintf(own, sizeof own, "%s/openspeed-%u", temp, (unsigned)geteuid());
    (void)rmdir(own);
    OSP_CHECK(rmdir(temp) == 0);
}

static void open_scene(scene *s, const osp_config *config)
{
    osp_error error = { 0 };
    (void)snprintf(s->temp, sizeof s->temp, "/tmp/openspeed-spill-XXXXXX");
    OSP_CHECK(mkdtemp(s->temp) != NULL);
    osp_rig_open_with(&s->rig, config);
    s->folder = osp_spill_folder(osp_str_from(s->temp), &error);
    OSP_CHECK(s->folder >= 0);
    const uint64_t max = osp_spill_room(s->folder, config->limits.spill);
    OSP_CHECK(osp_spill_begin(s->rig.worker, s->folder, max, &error) == OSP_OK);
    s->client = osp_client_open(&s->rig);
}

static void close_scene(scene *s)
{
    osp_client_close(&s->client);
    osp_rig_close(&s->rig);
    close(s->folder);
    remove_temp(s->temp);
}

static osp_conn *waiting(const scene *s)
{
    return s->rig.worker->conns[OSP_CONN_WRITING].first;
}

/* Turns until the thread has done everything. */
static void settle(scene *s)
{
    const osp_spill *spill = &s->rig.worker->spill;
    const struct timespec pause = { 0, 1000000 };
    for (int ms = 0; ms < PATIENCE; ms++) {
        osp_rig_turns(&s->rig, 1);
        const osp_conn *conn = waiting(s);
        const uint64_t wanted = conn != NULL && conn->filed ? conn->exchange->file.left : 0;
        if (spill->writing == 0 && (wanted > 0) == (spill->held > 0)) {
            return;
        }
        nanosleep(&pause, NULL);
    }
    OSP_CHECK(!"what is written settles");
}

/* Asks, and lets a second pass without reading. */
static void ask(scene *s, const char *request)
{
    osp_client_send(&s->client, osp_str_from(request));
    OSP_CHECK(waiting(s) != NULL);
    osp_rig_pass(&s->rig, 1);
    settle(s);
}

static void read_all(scene *s)
{
    for (int i = 0; i < PATIENCE && s->rig.worker->conns[OSP_CONN_WRITING].first != NULL; i++) {
        osp_client_read(&s->client, SIZE_MAX);
    }
    osp_client_read(&s->client, SIZE_MAX);
    settle(s);
}

static bool is_in_file(const scene *s)
{
    const osp_conn *conn = waiting(s);
    return conn != NULL && conn->filed && conn->out.cap == 0 && conn->exchange->file.left > 0 &&
           s->rig.worker->unread == 0;
}

OSP_UNIT_TEST_THREADED(spill_whole,
                       "what is left of an answer after a second waits in a file, and is whole")
{
    scene s;
    open_scene(&s, osp_config_default());
    osp_client_send(&s.client, OSP_STR(MANY));
    OSP_CHECK(waiting(&s) != NULL && !waiting(&s)->filed);
    OSP_CHECK(s.rig.worker->unread >= MANY_SIZE); /* until then it is worth no file */
    osp_rig_pass(&s.rig, 1);
    settle(&s);
    OSP_CHECK(is_in_file(&s) && s.rig.worker->spill.held == waiting(&s)->exchange->file.left);
    read_all(&s);
    OSP_CHECK(s.client.total > MANY_SIZE && s.client.total < MANY_SIZE + 300 && !s.client.closed);
    OSP_CHECK(s.rig.worker->spill.held == 0 && s.rig.worker->spill.first == NULL);
    osp_client_forget(&s.client);
    osp_client_send(&s.client, OSP_STR(OSP_RIG_GET("/hi")));
    OSP_CHECK(osp_client_status(&s.client) == 200 && !s.client.closed);
    close_scene(&s);
}

OSP_UNIT_TEST_THREADED(spill_soon, "when those who wait hold much, the next goes to a file at once")
{
    scene s;
    open_scene(&s, osp_config_default());
    osp_client_send(&s.client, OSP_STR(HUGE_ANSWER));
    settle(&s);
    OSP_CHECK(is_in_file(&s));
    read_all(&s);
    OSP_CHECK(s.client.total > 9000000);
    close_scene(&s);
}

OSP_UNIT_TEST_THREADED(spill_slow, "who reads slowly gets all of it, and those behind it wait")
{
    scene s;
    osp_config config = osp_rig_patient();
    open_scene(&s, &config);
    ask(&s, MANY OSP_RIG_GET("/hi") "HEAD /hi HTTP/1.1\r\nHost: test\r\n\r\n");
    const osp_conn *conn = waiting(&s);
    for (size_t read = 0; read < MANY_SIZE; read += 400000) {
        OSP_CHECK(waiting(&s) == conn && conn->asked == 1 && conn->filed);
        osp_client_read(&s.client, read == 0 ? 1 : 400000);
        osp_rig_pass(&s.rig, 20);
    }
    read_all(&s);
    OSP_CHECK(conn->asked == 3 && !s.client.closed);
    OSP_CHECK(s.client.total > MANY_SIZE + 2 && s.client.total < MANY_SIZE + 900);
    close_scene(&s);
}

OSP_UNIT_TEST_THREADED(spill_closes,
                       "an answer that ends its connection ends it behind its last byte")
{
    scene s;
    open_scene(&s, osp_config_default());
    ask(&s, "GET /many?bytes=4000000 HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    OSP_CHECK(is_in_file(&s));
    read_all(&s);
    osp_client_read(&s.client, SIZE_MAX);
    OSP_CHECK(s.client.total > MANY_SIZE && s.client.closed);
    close_scene(&s);
}

OSP_UNIT_TEST_THREADED(spill_no_body, "no body is received while an answer is unsent")
{
    scene s;
    open_scene(&s, osp_config_default());
    ask(&s, MANY "POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: 60011\r\n\r\n{\"text\":\"");
    osp_client_repeat(&s.client, 'a', 60000);
    OSP_CHECK(s.rig.worker->bodies == 0 && waiting(&s)->exchange->body.ptr == NULL);
    read_all(&s);
    OSP_CHECK(s.rig.worker->bodies > 0);
    close_scene(&s);
}

OSP_UNIT_TEST(spill_end_of_it, "what is nearly sent keeps no more memory than a small answer")
{
    scene s;
    open_scene(&s, osp_config_default());
    osp_conn *conn = s.rig.worker->conns[OSP_CONN_IDLE].first;
    const int little = 4096; /* or the end of it goes at once */
    OSP_CHECK(setsockopt(conn->watch.fd, SOL_SOCKET, SO_SNDBUF, &little, sizeof little) == 0);
    osp_client_send(&s.client, OSP_STR(MANY));
    while (conn->out.len - conn->out_at > OSP_OUTPUT_SIZE) {
        osp_client_read(&s.client, 4096);
    }
    OSP_CHECK(waiting(&s) == conn);
    osp_rig_pass(&s.rig, 1);
    OSP_CHECK(!conn->filed && conn->out.cap == OSP_OUTPUT_SIZE);
    OSP_CHECK(s.rig.worker->unread == OSP_OUTPUT_SIZE);
    read_all(&s);
    OSP_CHECK(s.client.total > MANY_SIZE && s.client.total < MANY_SIZE + 300);
    close_scene(&s);
}

OSP_UNIT_TEST_THREADED(spill_limit, "beyond limits.spill, and without a folder, it stays in memory")
{
    for (int i = 0; i < 3; i++) {
        scene s;
        osp_config config = *osp_config_default();
        config.limits.spill = i == 0 ? 0 : i == 1 ? 1000000 : MANY_SIZE + 1000;
        open_scene(&s, &config);
        ask(&s, MANY);
        OSP_CHECK(is_in_file(&s) == (i == 2));
        OSP_CHECK((s.rig.worker->unread > 0) == (i < 2));
        read_all(&s);
        OSP_CHECK(s.client.total > MANY_SIZE);
        close_scene(&s);
    }
}

/* A disk that is full in the midst of it: a file may not be longer. */
OSP_UNIT_TEST_THREADED(spill_full,
                       "what cannot be written stays in memory, is whole, and is tried again")
{
    scene s;
    const struct rlimit little = { 1000000, RLIM_INFINITY };
    const struct rlimit any = { RLIM_INFINITY, RLIM_INFINITY };
    open_scene(&s, osp_config_default());
    (void)signal(SIGXFSZ, SIG_IGN);
    OSP_CHECK(setrlimit(RLIMIT_FSIZE, &little) == 0);
    ask(&s, MANY);
    OSP_CHECK(waiting(&s) != NULL && !waiting(&s)->filed && s.rig.worker->unread >= MANY_SIZE);
    OSP_CHECK(s.rig.worker->spill.held == 0 && s.rig.worker->spill.first == NULL);
    OSP_CHECK(setrlimit(RLIMIT_FSIZE, &any) == 0);
    osp_rig_pass(&s.rig, 1);
    settle(&s);
    OSP_CHECK(is_in_file(&s));
    read_all(&s);
    OSP_CHECK(s.client.total > MANY_SIZE && s.client.total < MANY_SIZE + 300);
    close_scene(&s);
}

OSP_UNIT_TEST_THREADED(spill_no_descriptor, "without a descriptor it stays in memory")
{
    scene s;
    struct rlimit before;
    open_scene(&s, osp_config_default());
    OSP_CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    const struct rlimit none = { 0, before.rlim_max };
    OSP_CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    ask(&s, MANY);
    OSP_CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    OSP_CHECK(!waiting(&s)->filed && s.rig.worker->spill.first == NULL);
    read_all(&s);
    OSP_CHECK(s.client.total > MANY_SIZE);
    close_scene(&s);
}

OSP_UNIT_TEST_THREADED(spill_late,
                       "who reads nothing of a file is closed at his time, and the file goes")
{
    scene s;
    open_scene(&s, osp_config_default());
    ask(&s, MANY);
    OSP_CHECK(is_in_file(&s));
    osp_rig_pass(&s.rig, OSP_WRITE_S + 2);
    settle(&s);
    OSP_CHECK(s.rig.worker->conn_count == 0 && s.rig.worker->spill.held == 0);
    close_scene(&s);
}

OSP_UNIT_TEST_THREADED(spill_gone, "whoever goes away, be it while it is written, leaves no file")
{
    scene s;
    open_scene(&s, osp_config_default());
    for (int i = 0; i < 2; i++) {
        osp_client_send(&s.client, OSP_STR(HUGE_ANSWER)); /* its file is begun at once */
        OSP_CHECK(s.rig.worker->spill.held > 0);
        if (i == 0) {
            settle(&s);
        }
        osp_client_close(&s.client);
        OSP_CHECK(s.rig.worker->conn_count == 0);
        settle(&s);
        OSP_CHECK(s.rig.worker->spill.held == 0 && s.rig.worker->spill.first == NULL);
        s.client = osp_client_open(&s.rig);
    }
    osp_client_send(&s.client, OSP_STR(HUGE_ANSWER));
    close_scene(&s); /* the worker ends while its thread works */
}

OSP_UNIT_TEST_THREADED(spill_shorter, "an answer whose file became shorter is cut off")
{
    scene s;
    open_scene(&s, osp_config_default());
    ask(&s, MANY);
    OSP_CHECK(is_in_file(&s) && ftruncate(waiting(&s)->exchange->file.fd, 10) == 0);
    read_all(&s);
    OSP_CHECK(s.client.closed && s.client.total < MANY_SIZE && s.rig.worker->conn_count == 0);
    close_scene(&s);
}

OSP_UNIT_TEST(spill_part, "a part of any file is sent behind what waits, and its descriptor closed")
{
    scene s;
    open_scene(&s, osp_config_default());
    const int fd = openat(s.folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    OSP_CHECK(fd >= 0 && write(fd, "0123456789", 10) == 10);
    osp_client_send(&s.client, OSP_STR(MANY OSP_RIG_GET("/hi")));
    osp_conn *conn = waiting(&s);
    OSP_CHECK(conn != NULL && !conn->filed);
    conn->exchange->file = (osp_file_part){ .fd = fd, .at = 2, .left = 5 };
    conn->filed = true;
    read_all(&s);
    OSP_CHECK(conn->asked == 2 && !s.client.closed && !conn->filed);
    OSP_CHECK(fcntl(fd, F_GETFD) < 0);
    const size_t total = s.client.total;
    osp_client_forget(&s.client);
    osp_client_send(&s.client, OSP_STR(MANY OSP_RIG_GET("/hi")));
    read_all(&s);
    OSP_CHECK(total == s.client.total + 5);
    close_scene(&s);
}

OSP_UNIT_TEST_THREADED(spill_turns,
                       "who reads a file as fast as it comes lets others have their turn")
{
    scene s;
    open_scene(&s, osp_config_default());
    ask(&s, MANY);
    const osp_conn *conn = waiting(&s);
    const uint64_t before = conn->exchange->file.left;
    osp_client_read(&s.client, 200000);
    OSP_CHECK(before - conn->exchange->file.left <= 2 * OSP_STREAM_TURN);
    read_all(&s);
    OSP_CHECK(s.client.total > MANY_SIZE);
    close_scene(&s);
}

OSP_UNIT_TEST(spill_folder, "a folder that others may enter, or is none, is not used")
{
    char temp[] = "/tmp/openspeed-spill-XXXXXX", own[128];
    osp_error error = { 0 };
    OSP_CHECK(mkdtemp(temp) != NULL);
    (void)snprintf(own, sizeof own, "%s/openspeed-%u", temp, (unsigned)geteuid());
    for (int i = 0; i < 2; i++) { /* it is made, and found again */
        const int folder = osp_spill_folder(osp_str_from(temp), &error);
        OSP_CHECK(folder >= 0 && close(folder) == 0);
    }
    const int memory = open("/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    OSP_CHECK(memory < 0 || osp_spill_room(memory, UINT64_MAX) == OSP_UNREAD_MAX);
    OSP_CHECK(memory < 0 || (osp_spill_room(memory, 7) == 7 && close(memory) == 0));
    OSP_CHECK(chmod(own, 0710) == 0);
    OSP_CHECK(osp_spill_folder(osp_str_from(temp), &error) < 0 && error.status == OSP_E_IO);
    OSP_CHECK(rmdir(own) == 0 && symlink(temp, own) == 0);
    OSP_CHECK(osp_spill_folder(osp_str_from(temp), &error) < 0);
    OSP_CHECK(unlink(own) == 0);
    OSP_CHECK(osp_spill_folder(OSP_STR("/proc"), &error) < 0);
    char longest[5000];
    memset(longest, 'a', sizeof longest);
    OSP_CHECK(osp_spill_folder((osp_str){ longest, sizeof longest }, &error) < 0);
    OSP_CHECK(error.status == OSP_E_LIMIT);
    OSP_CHECK(setenv("TMPDIR", temp, 1) == 0);
    const int folder = osp_spill_folder(OSP_STR(""), &error);
    OSP_CHECK(folder >= 0 && access(own, F_OK) == 0 && close(folder) == 0);
    remove_temp(temp);
}
