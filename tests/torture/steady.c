/* A worker that is warm asks the system for nothing but its clients' bytes.
 *
 * Each scenario asks some thousand times over one connection.  First calls are counted by calls.c:
 * one recv and one send a batch, no memory, nothing else.  Then again in a process whose kernel
 * ends it at any other system call, so that none is missed.  The client is the worker's turn: it
 * reads an answer and sends the next request, past what is counted.
 *
 * Not for a build with sanitizers, which have calls of their own. */
#include "tests/torture/steady.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "serve/worker.h"
#include "tests/torture/app.h"
#include "tests/torture/faults.h"
#include "tests/torture/raw.h"

#define WARM_UP 200 /* batches */
#define BATCHES 5000
#define TICK_EACH 500 /* batches, after which a second has passed */
#define TEXT_MAX 8192

#define GET(path) "GET " path " HTTP/1.1\r\nHost: test\r\nAccept: */*\r\n\r\n"
#define PERSON "{\"name\":\"Ada\",\"age\":36,\"email\":\"ada@example.org\",\"tags\":[\"a\",\"b\"]}"
#define PIPELINED(x) x x x x x x x x

typedef struct scenario {
    const char *name, *batch;
    size_t answers; /* a batch */
    bool logs;      /* requests are logged: a write now and then */
} scenario;

static const scenario scenarios[] = {
    { .name = "plaintext", .batch = GET("/hi"), .answers = 1 },
    { .name = "param", .batch = GET("/items/12?q=a&tag=x&tag=y"), .answers = 1 },
    { .name = "json",
      .batch = "POST /person HTTP/1.1\r\nHost: test\r\nContent-Length: 66\r\n\r\n" PERSON,
      .answers = 1 },
    { .name = "probe", .batch = GET("/livez"), .answers = 1 },
    { .name = "not found", .batch = GET("/none"), .answers = 1 },
    { .name = "pipelined", .batch = PIPELINED(GET("/hi")), .answers = 8 },
    { .name = "logged", .batch = PIPELINED(GET("/hi")), .answers = 8, .logs = true },
};

typedef struct client {
    osp_worker *worker;
    const scenario *what;
    int fd;
    int64_t now_us;
    size_t left; /* batches */
    const char *wrong;
    size_t len;
    char text[TEXT_MAX];
} client;

static size_t count_answers(const client *c)
{
    size_t count = 0;
    const char *at = c->text;
    while ((at = memmem(at, c->len - (size_t)(at - c->text), "HTTP/1.1 ", 9)) != NULL) {
        count++;
        at += 9;
    }
    return count;
}

static void ask(client *c)
{
    const size_t size = strlen(c->what->batch);
    c->len = 0;
    if (raw_send(c->fd, c->what->batch, size) != (long)size) {
        c->wrong = "the worker does not read";
    }
}

/* The loop has gone round: the batch is answered, or never will be. */
static void turn(void *arg)
{
    client *c = arg;
    const long size = raw_recv(c->fd, c->text + c->len, TEXT_MAX - c->len);
    c->len += size > 0 ? (size_t)size : 0;
    if (count_answers(c) != c->what->answers) {
        c->wrong = "a batch is not answered in one turn";
    } else if (--c->left > 0) {
        if (c->left % TICK_EACH == 0) {
            c->now_us += 1000000;
            osp_loop_hold_clock(c->worker->loop, c->now_us);
        }
        ask(c);
        return;
    }
    osp_loop_on_turn(c->worker->loop, NULL, NULL);
    osp_loop_stop(c->worker->loop);
}

static void converse(client *c, size_t batches)
{
    c->left = batches;
    osp_loop_on_turn(c->worker->loop, turn, c);
    ask(c);
    if (osp_loop_run(c->worker->loop) != OSP_OK) {
        c->wrong = "the loop fails";
    }
}

/* What may be called besides recv and send: the loop waits, and is told to stop at the end. */
static const char *judge_counts(const scenario *what)
{
    static char text[200];
    for (call c = 0; c < CALL_COUNT; c++) {
        const size_t count = faults_counted(c);
        const size_t want = c == CALL_RECV || c == CALL_SEND ? BATCHES : c == CALL_WAKE;
        const bool now_and_then = c == CALL_WRITE && what->logs && count <= BATCHES;
        if (c != CALL_EPOLL_PWAIT && c != CALL_ARENA && count != want && !now_and_then) {
            (void)snprintf(text, sizeof text, "%zu calls of %s in %d batches of %zu, not %zu",
                           count, call_name(c), BATCHES, what->answers, want);
            return text;
        }
    }
    return NULL;
}

/* Nothing but bytes, waiting and the end. */
static bool confine(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_recvfrom, 6, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendto, 5, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_epoll_pwait, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 2, 0),
        /* Where the kernel maps no clock into processes. */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = { .len = OSP_ARRAY_LEN(filter), .filter = filter };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Goes on in a process that may do nothing else. */
static const char *converse_confined(client *c)
{
    static char text[100];
    int status = 0;
    const pid_t pid = fork();
    if (pid == 0) {
        if (!confine()) {
            _exit(2);
        }
        converse(c, BATCHES);
        _exit(c->wrong != NULL);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        return "no process";
    }
    if (WIFSIGNALED(status)) {
        (void)snprintf(text, sizeof text, "another system call: %s", strsignal(WTERMSIG(status)));
        return text;
    }
    return WEXITSTATUS(status) == 0   ? NULL
           : WEXITSTATUS(status) == 2 ? "the process cannot be confined"
                                      : "another answer when confined";
}

static const char *run(client *c)
{
    converse(c, WARM_UP);
    faults_arm(NULL, 0);
    converse(c, BATCHES);
    (void)faults_disarm();
    if (c->wrong != NULL) {
        return c->wrong;
    }
    const char *wrong = judge_counts(c->what);
    return wrong == NULL ? converse_confined(c) : wrong;
}

static void stop_when_gone(void *arg)
{
    osp_worker *worker = arg;
    if (worker->conn_count == 0) {
        osp_loop_stop(worker->loop);
    }
}

static const char *in_worker(const scenario *what)
{
    static osp_worker worker;
    static client c;
    osp_error error = { 0 };
    int fds[2];
    const int listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (osp_worker_open(&worker, torture_app(TORTURE_PLAIN), osp_config_default(), listen_fd,
                        &error) != OSP_OK ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) {
        return "no worker";
    }
    c = (client){ .worker = &worker, .what = what, .fd = fds[1] };
    c.now_us = osp_loop_now_us(worker.loop) + 1000000;
    osp_loop_hold_clock(worker.loop, c.now_us);
    const int log_fd = what->logs ? memfd_create("access", MFD_CLOEXEC) : -1;
    if (what->logs && osp_access_begin(&worker, log_fd) != OSP_OK) {
        return "no log";
    }
    osp_conn_accept(&worker, fds[0]);
    const char *wrong = run(&c);
    close(fds[1]);
    osp_loop_on_turn(worker.loop, stop_when_gone, &worker);
    if (osp_loop_run(worker.loop) != OSP_OK) {
        return "the loop fails";
    }
    osp_worker_close(&worker);
    if (what->logs) {
        close(log_fd);
    }
    close(listen_fd);
    return wrong;
}

int steady_main(void)
{
    size_t passed = 0, failed = 0;
    for (size_t i = 0; i < OSP_ARRAY_LEN(scenarios); i++) {
        const char *wrong = in_worker(&scenarios[i]);
        if (wrong != NULL) {
            printf("FAIL steady %s - %s\n", scenarios[i].name, wrong);
        }
        *(wrong != NULL ? &failed : &passed) += 1;
    }
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed != 0;
}
