/* Another executable takes over, and no client notices.
 *
 *     old supervisor --fork, exec--> new supervisor --> its workers
 *         | serves all the while         |
 *         |<------------- "R" -----------+ all its workers serve
 *         +-- retires its workers, ends
 *
 * The sockets go by descriptor, so that nothing queueing in them is lost, and are named by the
 * environment:
 *
 *     OPENSPEED_HANDOVER=PID:READY:FD[s][m],...    s: a service manager has it too, m: its file is
 * ours
 *
 * PID is the old one, so that nobody further down takes it for his.  Where the new one ends before
 * it serves, the old one reads the end of the pipe and goes on. */
#include "serve/takeover.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VARIABLE "OPENSPEED_HANDOVER"
#define TEXT_SIZE 512

_Static_assert(TEXT_SIZE > 32 + OSP_LISTENERS_MAX * 14, "all descriptors have room");

/* The executable at the place that this one was started from, where by now another may stand. */
static osp_status find_executable(const char *name, char *path, size_t size)
{
    if (strchr(name, '/') != NULL) {
        return (size_t)snprintf(path, size, "%s", name) < size ? OSP_OK : OSP_E_LIMIT;
    }
    static const char deleted[] = " (deleted)";
    const ssize_t len = readlink("/proc/self/exe", path, size - 1);
    if (len <= 0) {
        return OSP_E_IO;
    }
    path[len] = 0;
    const size_t tail = sizeof deleted - 1;
    if ((size_t)len > tail && strcmp(path + len - tail, deleted) == 0) {
        path[(size_t)len - tail] = 0;
    }
    return OSP_OK;
}

static void keep_open(int fd)
{
    (void)fcntl(fd, F_SETFD, fcntl(fd, F_GETFD) & ~FD_CLOEXEC);
}

static void set_number(const char *name, int64_t number)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)number);
    (void)setenv(name, text, 1);
}

/* The child's side; never returns. */
static void become_next(const osp_takeover_options *with, int ready_fd)
{
    const osp_listeners *listeners = with->listeners;
    char path[4096], text[TEXT_SIZE];
    int len = snprintf(text, sizeof text, "%d:%d:", (int)getppid(), ready_fd);
    keep_open(ready_fd);
    for (size_t i = 0; i < listeners->count; i++) {
        const osp_listener *at = &listeners->at[i];
        keep_open(at->fd);
        len += snprintf(text + len, sizeof text - (size_t)len, "%s%d%s%s", i > 0 ? "," : "", at->fd,
                        at->shared ? "s" : "", at->made ? "m" : "");
    }
    (void)setenv(VARIABLE, text, 1);
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    if (getenv("WATCHDOG_PID") != NULL) {
        set_number("WATCHDOG_PID", getpid());
    }
    (void)signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, with->mask, NULL);
    if (find_executable(with->arguments[0], path, sizeof path) == OSP_OK) {
        execv(path, with->arguments);
    }
    osp_journal_say(with->journal, OSP_LOG_ERROR, "upgrade: cannot start %s: %s",
                    with->arguments[0], strerror(errno));
    _exit(127);
}

osp_status osp_takeover_start(osp_takeover *upgrade, const osp_takeover_options *with,
                              osp_error *err)
{
    int fds[2];
    if (upgrade->pid != 0) {
        return osp_error_set(err, OSP_E_BUSY, "process %d is about to take over already",
                             (int)upgrade->pid);
    }
    if (getpid() == 1) {
        return osp_error_set(
            err, OSP_E_UNSUPPORTED,
            "this is the first process of its container, whose end would be that of "
            "all; start another container");
    }
    if (pipe2(fds, O_CLOEXEC) != 0) {
        return osp_error_set(err, OSP_E_IO, "%s", strerror(errno));
    }
    const pid_t pid = fork();
    if (pid == 0) {
        become_next(with, fds[1]);
    }
    close(fds[1]);
    if (pid < 0) {
        close(fds[0]);
        return osp_error_set(err, OSP_E_IO, "%s", strerror(errno));
    }
    *upgrade = (osp_takeover){ .pid = pid, .ready_fd = fds[0], .since_ms = with->now_ms };
    return OSP_OK;
}

bool osp_takeover_serves(const osp_takeover *upgrade)
{
    struct pollfd look = { .fd = upgrade->ready_fd, .events = POLLIN };
    char byte;
    OSP_ASSERT(upgrade->pid != 0);
    return poll(&look, 1, 0) == 1 && (look.revents & POLLIN) != 0 &&
           read(upgrade->ready_fd, &byte, 1) == 1;
}

void osp_takeover_end(osp_takeover *upgrade)
{
    close(upgrade->ready_fd);
    *upgrade = (osp_takeover){ 0 };
}

/* ---------------------------------------------------------------- the new one */

osp_status osp_handover_take(osp_handover *ret_handover, osp_listeners *to, osp_error *err)
{
    const char *text = getenv(VARIABLE);
    int pid = 0, used = 0;
    *ret_handover = (osp_handover){ .ready_fd = -1 };
    if (text == NULL || sscanf(text, "%d:%d:%n", &pid, &ret_handover->ready_fd, &used) != 2 ||
        used == 0 || pid != getppid()) {
        ret_handover->ready_fd = -1;
        return OSP_OK;
    }
    if (ret_handover->ready_fd < 0) {
        return osp_error_set(err, OSP_E_INVALID, VARIABLE " is malformed");
    }
    for (text += used; *text != 0; text += *text == ',') {
        int fd = -1;
        used = 0;
        if (sscanf(text, "%d%n", &fd, &used) != 1) {
            return osp_error_set(err, OSP_E_INVALID, VARIABLE " is malformed");
        }
        const size_t index = to->count;
        OSP_TRY(osp_listen_adopt(to, fd, "a socket of the process before", err));
        for (text += used; *text == 's' || *text == 'm'; text++) {
            (*text == 's' ? ret_handover->shared : ret_handover->made)[index] = true;
        }
    }
    (void)fcntl(ret_handover->ready_fd, F_SETFD, FD_CLOEXEC);
    return to->count > 0 ? OSP_OK : osp_error_set(err, OSP_E_INVALID, VARIABLE " is malformed");
}

void osp_handover_done(osp_handover *handover, osp_listeners *listeners)
{
    if (handover->ready_fd < 0) {
        return;
    }
    for (size_t i = 0; i < listeners->count; i++) {
        osp_listen_own(&listeners->at[i], handover->shared[i], handover->made[i]);
    }
    (void)!write(handover->ready_fd, "R", 1);
    close(handover->ready_fd);
    handover->ready_fd = -1;
}

void osp_handover_forget(void)
{
    (void)unsetenv(VARIABLE);
}

/* ---------------------------------------------------------------- who it is */

static bool copy_path(osp_str from, const char *tail, char to[PATH_MAX])
{
    const int len = snprintf(to, PATH_MAX, "%.*s%s", OSP_ARG(from), tail);
    return len > 0 && len < PATH_MAX;
}

osp_status osp_pid_file_write(osp_str path)
{
    char place[PATH_MAX], next[PATH_MAX], tail[16];
    (void)snprintf(tail, sizeof tail, ".%d", (int)getpid());
    if (!copy_path(path, "", place) || !copy_path(path, tail, next)) {
        errno = ENAMETOOLONG;
        return OSP_E_IO;
    }
    FILE *file = fopen(next, "we");
    if (file == NULL) {
        return OSP_E_IO;
    }
    const bool written = fprintf(file, "%d\n", (int)getpid()) > 0;
    if (fclose(file) != 0 || !written || rename(next, place) != 0) {
        const int cause = errno;
        (void)unlink(next);
        errno = cause;
        return OSP_E_IO;
    }
    return OSP_OK;
}

void osp_pid_file_remove(osp_str path)
{
    int pid = 0;
    char place[PATH_MAX];
    FILE *file = copy_path(path, "", place) ? fopen(place, "re") : NULL;
    if (file == NULL) {
        return;
    }
    const bool own = fscanf(file, "%d", &pid) == 1 && pid == getpid();
    fclose(file);
    if (own) {
        (void)unlink(place);
    }
}
