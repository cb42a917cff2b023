#include "dev/server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev/options.h"
#include "tests/unit/unit.h"

#define LOUD (1 << 20) /* bytes that a worker says at once */

OSP_UNIT_TEST(server_loud, "a worker that says more and more keeps the command from nothing else")
{
    static char words[LOUD];
    static osp_server server; /* does not serve yet: its words are held back */
    int ends[2], left = 0;
    OSP_CHECK(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    if (fcntl(ends[1], F_SETPIPE_SZ, LOUD) < LOUD) {
        return; /* a pipe may not be that large here */
    }
    memset(words, 'x', sizeof words);
    OSP_CHECK(write(ends[1], words, sizeof words) == LOUD);
    server.said_fd = ends[0];
    osp_buf_init(&server.said, NULL, 0, 2 * OSP_SERVER_SAID_MAX);
    osp_buf_init(&server.held, NULL, 0, OSP_SERVER_SAID_MAX);
    osp_server_listen(&server, 1);
    OSP_CHECK(ioctl(ends[0], FIONREAD, &left) == 0 && left > 0 && left < LOUD);
    OSP_CHECK(server.said.len > 0 && server.said.len <= OSP_SERVER_SAID_MAX);
    close(ends[1]);
    for (int i = 0; i < LOUD / 4096 && server.said_fd >= 0; i++) {
        osp_server_listen(&server, 1);
    }
    OSP_CHECK(server.said_fd == -1); /* all of it is read in the end */
    osp_buf_done(&server.said);
    osp_buf_done(&server.held);
}

/* ---------------------------------------------------------------- workers that hang */

#define STUCK_S 2

/* A worker that serves: it computes for ever, or sleeps. */
static osp_server begin_worker(bool computes)
{
    osp_server server = { .serves = true };
    OSP_CHECK(osp_shared_open(&server.shared) == OSP_OK);
    server.pid = fork();
    OSP_CHECK(server.pid >= 0);
    if (server.pid == 0) {
        volatile bool goes_on = computes;
        (void)signal(SIGABRT, SIG_DFL);
        while (goes_on) {
        }
        for (;;) {
            (void)pause();
        }
    }
    return server;
}

static void end_worker(osp_server *server, int signal)
{
    int how;
    OSP_CHECK(waitpid(server->pid, &how, 0) == server->pid);
    OSP_CHECK(WIFSIGNALED(how) && WTERMSIG(how) == signal);
    osp_shared_close(&server->shared);
}

/* Until it has computed that much longer. */
static void let_work(const osp_server *server, int64_t ms)
{
    const int64_t until_ms = osp_process_used_ms(server->pid) + ms;
    while (osp_process_used_ms(server->pid) < until_ms) {
        (void)usleep(1000);
    }
}

static void let_sleep(const osp_server *server)
{
    while (osp_process_doing(server->pid) != OSP_DOING_WAIT) {
        (void)usleep(1000);
    }
}

/* Looks `looks` times without a beat; the times are told. */
static osp_hang look_on(osp_server *server, int64_t *now_ms, int looks)
{
    for (int i = 0; i < looks; i++) {
        *now_ms += OSP_LOOK_MS;
        osp_server_watch(server, STUCK_S, *now_ms);
    }
    return server->hang;
}

static void beat(osp_server *server, int64_t *now_ms)
{
    osp_page_beat(server->shared.page);
    OSP_CHECK(look_on(server, now_ms, 1) == OSP_HANG_NONE);
}

OSP_UNIT_TEST(server_computes, "a worker whose loop stands still is told to say where, and killed")
{
    osp_server server = begin_worker(true);
    int64_t now_ms = 1000;
    beat(&server, &now_ms);
    server.used_ms = INT64_MAX / 2; /* it got no processor since */
    OSP_CHECK(look_on(&server, &now_ms, STUCK_S + 3) == OSP_HANG_NONE);
    beat(&server, &now_ms);
    let_work(&server, STUCK_S * 250);
    OSP_CHECK(look_on(&server, &now_ms, STUCK_S - 1) == OSP_HANG_NONE);
    beat(&server, &now_ms); /* at the last moment */
    let_work(&server, STUCK_S * 250);
    OSP_CHECK(look_on(&server, &now_ms, STUCK_S) == OSP_HANG_WORK);
    OSP_CHECK(server.kill_ms == now_ms + OSP_DEV_ABORT_MS);
    end_worker(&server, SIGABRT);
}

OSP_UNIT_TEST(server_blocks, "a worker that sleeps in a call of the system hangs, too")
{
    osp_server server = begin_worker(false);
    int64_t now_ms = 1000;
    server.kill_ms = now_ms + 1; /* it has left its place, and is killed no later for this */
    let_sleep(&server);
    beat(&server, &now_ms);
    OSP_CHECK(look_on(&server, &now_ms, STUCK_S - 1) == OSP_HANG_NONE);
    OSP_CHECK(look_on(&server, &now_ms, 1) == OSP_HANG_WAIT && server.kill_ms == 1001);
    end_worker(&server, SIGABRT);
}

OSP_UNIT_TEST(server_held, "a worker that is stopped, debugged or dying is left alone")
{
    osp_server server = begin_worker(true);
    int64_t now_ms = 1000;
    int how;
    beat(&server, &now_ms);
    OSP_CHECK(kill(server.pid, SIGSTOP) == 0 && waitpid(server.pid, &how, WUNTRACED) > 0);
    OSP_CHECK(look_on(&server, &now_ms, STUCK_S * 5) == OSP_HANG_NONE);
    OSP_CHECK(kill(server.pid, SIGCONT) == 0);
    if (ptrace(PTRACE_SEIZE, server.pid, NULL, NULL) == 0) { /* it goes on, and is not stopped */
        let_work(&server, STUCK_S * 250);
        OSP_CHECK(look_on(&server, &now_ms, STUCK_S * 5) == OSP_HANG_NONE);
        OSP_CHECK(ptrace(PTRACE_INTERRUPT, server.pid, NULL, NULL) == 0);
        OSP_CHECK(waitpid(server.pid, &how, 0) > 0);
        OSP_CHECK(ptrace(PTRACE_DETACH, server.pid, NULL, NULL) == 0);
    }
    let_work(&server, STUCK_S * 250);
    server.reported_ms = now_ms;
    OSP_CHECK(look_on(&server, &now_ms, OSP_DEV_ABORT_MS / OSP_LOOK_MS - 1) == OSP_HANG_NONE);
    let_work(&server, STUCK_S * 250);
    OSP_CHECK(look_on(&server, &now_ms, STUCK_S - 1) == OSP_HANG_NONE);
    OSP_CHECK(look_on(&server, &now_ms, 1) == OSP_HANG_WORK);
    end_worker(&server, SIGABRT);
}

OSP_UNIT_TEST(server_start_hangs, "a worker has its time to begin to serve, and no more")
{
    osp_server server = begin_worker(true);
    server.serves = false;
    server.started_ms = 7;
    osp_server_watch(&server, STUCK_S, 7 + OSP_DEV_START_S * INT64_C(1000));
    OSP_CHECK(server.hang == OSP_HANG_NONE && server.kill_ms == 0);
    osp_server_watch(&server, STUCK_S, 8 + OSP_DEV_START_S * INT64_C(1000));
    OSP_CHECK(server.hang == OSP_HANG_START);
    end_worker(&server, SIGABRT);
}
