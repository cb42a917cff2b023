/* A whole server starts while one of its calls fails; see start.h.
 *
 * This executable is the application too: the supervisor executes it again as its worker, which
 * shares the count of calls.  So the nth call is that of either. */
#include "tests/torture/start.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/sanitizer.h"
#include "base/time.h"
#include "tests/torture/app.h"
#include "tests/torture/raw.h"

#define START_MS 20000 /* until it serves or has given up, */
#define ASK_MS 10000   /* until it answers, */
#define END_MS 20000   /* until it has ended: more than any of its own deadlines */
#define DISTURBED_MS 3000
#if OSP_ASAN
#define QUIET_MS 150 /* without a call: all is done */
#else
#define QUIET_MS 60
#endif
#define QUIET_LOOK_MS 20
#define LINE_MAX_SIZE 512
#define START_PATH_SIZE 256
#define SOCKET ".sock" /* behind the path of the state */

int start_worker(int argc, char **argv)
{
    const char *path = getenv(START_STATE);
    if (path == NULL || !faults_share(path)) {
        return 1;
    }
    return osp_serve_main(torture_app(TORTURE_PLAIN), argc, argv);
}

/* A file of the socket that nobody listens at, as a server leaves it that was killed. */
static void leave_socket(const char *path)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    const int fd = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    OSP_ASSERT(strlen(path) < sizeof name.sun_path);
    memcpy(name.sun_path, path, strlen(path));
    (void)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    OSP_ASSERT(syscall(SYS_bind, fd, &name, sizeof name) == 0);
    raw_close(fd);
}

static void set_variables(void)
{
    static const char *const variables[][3] = { { "OPENSPEED_PID_FILE", "", ".pid" },
                                                { "OPENSPEED_LOG_ERRORS", "", ".errors" },
                                                { "OPENSPEED_LOG_ACCESS", "", ".access" },
                                                { "NOTIFY_SOCKET", "", ".notify" },
                                                { "OPENSPEED_LISTEN_ADDRESSES", "unix:", SOCKET } };
    char text[START_PATH_SIZE];
    const char *state = getenv(START_STATE);
    for (size_t i = 0; i < OSP_ARRAY_LEN(variables); i++) {
        (void)snprintf(text, sizeof text, "%s%s%s", variables[i][1], state, variables[i][2]);
        (void)setenv(variables[i][0], text, 1);
    }
    (void)snprintf(text, sizeof text, "%s%s", state, SOCKET);
    leave_socket(text);
}

/* The supervisor; what it says on standard output goes to `fd`. */
static void become_server(const feature *what, const mode *how, size_t nth, int fd)
{
    static char *arguments[] = { "torture", "--port", "0", "--json", NULL };
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)setpgid(0, 0);
    (void)signal(SIGHUP, SIG_DFL); /* nohup would have it ignored */
    (void)dup2(fd, STDOUT_FILENO);
    (void)setenv("OPENSPEED_WORKERS", "1", 1); /* no other one answers in its place */
    if (what->files) {
        set_variables();
    }
    faults_concern_me(true);
    if (what->signal == 0) {
        faults_arm(how, nth);
    }
    const int code = osp_serve_main(torture_app(TORTURE_PLAIN), 4, arguments);
    (void)fflush(stdout);
    _exit(code); /* who gave up leaves its memory to the system */
}

/* Its announcement; false: it ends without one, or says nothing for so long. */
static bool read_line(int fd, char line[LINE_MAX_SIZE])
{
    size_t len = 0;
    const int64_t end_us = osp_monotonic_us() + START_MS * (int64_t)1000;
    while (len + 1 < LINE_MAX_SIZE && memchr(line, '\n', len) == NULL) {
        struct pollfd at = { .fd = fd, .events = POLLIN };
        const int64_t left_ms = (end_us - osp_monotonic_us()) / 1000;
        if (left_ms <= 0 || raw_poll(&at, 1, left_ms) <= 0) {
            return false;
        }
        const long size = syscall(SYS_read, fd, line + len, LINE_MAX_SIZE - 1 - len);
        if (size <= 0) {
            return false;
        }
        len += (size_t)size;
        line[len] = '\0';
    }
    return true;
}

static bool ask_once(uint16_t port)
{
    static const char request[] = "GET /hi HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_port = htons(port),
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    char text[512] = { 0 };
    size_t len = 0;
    const int fd = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool asked = syscall(SYS_connect, fd, &address, sizeof address) == 0 &&
                       raw_send(fd, request, sizeof request - 1) > 0;
    struct pollfd at = { .fd = fd, .events = POLLIN };
    while (asked && len + 1 < sizeof text && raw_poll(&at, 1, ASK_MS) > 0) {
        const long size = raw_recv(fd, text + len, sizeof text - 1 - len);
        if (size <= 0) {
            break;
        }
        len += (size_t)size;
    }
    raw_close(fd);
    return strncmp(text, "HTTP/1.1 200 ", 13) == 0 && strstr(text, "\r\n\r\nhi") != NULL;
}

/* A worker that could not go on costs what it had, so its clients ask again. */
static bool answers(const char *line)
{
    const char *port = strstr(line, "\"port\":");
    const int64_t end_us = osp_monotonic_us() + ASK_MS * (int64_t)1000;
    while (port != NULL && osp_monotonic_us() < end_us) {
        if (ask_once((uint16_t)strtoul(port + 7, NULL, 10))) {
            return true;
        }
        (void)raw_poll(NULL, 0, 20);
    }
    return false;
}

/* Waits for the end; false: it does not come. */
static bool wait_end(pid_t pid, int *ret_status)
{
    const int64_t end_us = osp_monotonic_us() + END_MS * (int64_t)1000;
    while (waitpid(pid, ret_status, WNOHANG) == 0) {
        if (osp_monotonic_us() > end_us) {
            (void)kill(-pid, SIGKILL);
            (void)waitpid(pid, ret_status, 0);
            return false;
        }
        (void)raw_poll(NULL, 0, 2);
    }
    return true;
}

/* Waits until no process of the server is left, with those that it left to us. */
static bool wait_all(pid_t group)
{
    const int64_t end_us = osp_monotonic_us() + END_MS * (int64_t)1000;
    while (kill(-group, 0) == 0) {
        if (osp_monotonic_us() > end_us) {
            (void)kill(-group, SIGKILL);
            return false;
        }
        while (waitpid(-group, NULL, WNOHANG) > 0) {
        }
        (void)raw_poll(NULL, 0, 2);
    }
    return true;
}

/* The only child of a process; 0: it has none. */
static pid_t child_of(pid_t pid)
{
    char path[64], text[32] = "";
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    (void)syscall(SYS_read, fd, text, sizeof text - 1);
    raw_close(fd);
    return (pid_t)strtol(text, NULL, 10);
}

static size_t count_all(void)
{
    size_t count = 0;
    for (call c = 0; c < CALL_COUNT; c++) {
        count += faults_counted(c);
    }
    return count;
}

/* Sends the signal and waits until all is quiet behind it, the first call of which may take a while
 * where the machine has other things to do. */
static void disturb(const feature *what, const mode *how, size_t nth, pid_t pid)
{
    const pid_t to = what->of_worker ? child_of(pid) : pid;
    faults_arm(how, nth);
    if (to > 0) {
        (void)kill(to, what->signal);
    }
    for (int ms = 0; ms < START_MS && count_all() == 0; ms += QUIET_LOOK_MS) {
        (void)raw_poll(NULL, 0, QUIET_LOOK_MS);
    }
    size_t last = SIZE_MAX;
    for (int ms = 0, quiet_ms = 0; ms < DISTURBED_MS && quiet_ms < QUIET_MS; ms += QUIET_LOOK_MS) {
        (void)raw_poll(NULL, 0, QUIET_LOOK_MS);
        quiet_ms = count_all() == last ? quiet_ms + QUIET_LOOK_MS : 0;
        last = count_all();
    }
}

static const char *watch(const feature *what, const mode *how, size_t nth, pid_t pid, int fd)
{
    char line[LINE_MAX_SIZE] = "";
    int status = 0;
    const bool serves = read_line(fd, line);
    if (serves && what->signal != 0) {
        disturb(what, how, nth, pid);
        if (count_all() == 0) {
            (void)kill(pid, SIGKILL);
            (void)wait_end(pid, &status);
            return "the signal does nothing";
        }
    }
    const size_t failed = faults_disarm();
    const bool answered = serves && answers(line);
    fprintf(stderr, "announced: %s", line);
    if (serves) { /* after a takeover there may be two */
        (void)kill(what->signal == SIGUSR2 ? -pid : pid, SIGTERM);
    }
    if (!wait_end(pid, &status)) {
        return serves ? "it serves and does not end" : "it neither serves nor ends";
    }
    if (!wait_all(pid)) {
        return "a process is left";
    }
    if (serves) {
        return !answered                                        ? "it serves and answers nobody"
               : !WIFEXITED(status) || WEXITSTATUS(status) != 0 ? "it does not end with 0"
                                                                : NULL;
    }
    if (WIFSIGNALED(status)) {
        fprintf(stderr, "it was ended by signal %d\n", WTERMSIG(status));
    }
    return failed == 0 ? "it does not start"
           : WIFEXITED(status) && (WEXITSTATUS(status) == 1 || WEXITSTATUS(status) == 2)
               ? NULL
               : "it ends neither with 1 nor with 2";
}

const char *start_run(const feature *what, const mode *how, size_t nth)
{
    int fds[2];
    if (pipe(fds) != 0) {
        return "no pipe";
    }
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    (void)fflush(NULL); /* or the server would say it once more */
    const pid_t pid = fork();
    if (pid == 0) {
        raw_close(fds[0]);
        become_server(what, how, nth, fds[1]);
    }
    raw_close(fds[1]);
    const char *wrong = pid > 0 ? watch(what, how, nth, pid, fds[0]) : "no process";
    raw_close(fds[0]);
    return wrong;
}
