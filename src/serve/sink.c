/* Lines on their way to a file, a pipe, a terminal or a socket.
 *
 *     | lines that wait ...           | room for one more |
 *     ^lines                          ^len                ^cap
 *
 * Whoever reads the log may be slow, stopped or gone, and disks are full at times.  None of this
 * may hold up requests: nothing here waits, and what cannot be written is counted.
 *
 * Several processes write to one file or pipe, and each line stays whole: a file is appended to in
 * one call, a pipe takes up to PIPE_BUF bytes in one piece.  Only a full disk tears a line; the
 * next one then begins on a line of its own.
 *
 * Whether a pipe makes its writer wait belongs to the open file, which is shared with the processes
 * that we got it from and must not be changed for them.  So it is opened once more, by its name in
 * /proc; where that fails, it is asked before each write. */
#include "serve/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define TARGET_SIZE 4096 /* of a path, with NUL */
#define FILE_MODE 0640
#define FINISH_LOOKS 10
#define FINISH_MS 50 /* a look */

_Static_assert(OSP_LOG_LINE_MAX <= PIPE_BUF, "a pipe takes a line whole");

/* ---------------------------------------------------------------- opening */

static bool is_stream(int fd)
{
    struct stat info;
    return fstat(fd, &info) == 0 && (S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode));
}

static int open_again(int fd)
{
    char path[32];
    int again = -1;
    if (is_stream(fd)) {
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        again = open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    }
    if (again < 0) {
        again = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    }
    return again >= 0 ? again : open("/dev/null", O_WRONLY | O_CLOEXEC); /* it was closed */
}

void osp_std_open(osp_std *ret_std)
{
    *ret_std = (osp_std){ open_again(STDOUT_FILENO), open_again(STDERR_FILENO) };
}

static void close_one(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
    *fd = -1;
}

void osp_std_close(osp_std *std)
{
    close_one(&std->out);
    close_one(&std->err);
}

osp_status osp_sink_open(osp_str target, const osp_std *std, int *ret_fd, osp_error *err)
{
    char path[TARGET_SIZE];
    int fd;
    if (target.len == 0 || target.len >= sizeof path) {
        return osp_error_set(err, OSP_E_INVALID, "the path of the log is too long");
    }
    memcpy(path, target.ptr, target.len);
    path[target.len] = 0;
    if (osp_str_equal(target, OSP_STR("stdout"))) {
        fd = fcntl(std->out, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    } else if (osp_str_equal(target, OSP_STR("stderr"))) {
        fd = fcntl(std->err, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    } else {
        fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                  FILE_MODE);
    }
    if (fd < 0) {
        return osp_error_set(err, OSP_E_IO, "cannot write to %.180s: %s", path, strerror(errno));
    }
    *ret_fd = fd;
    return OSP_OK;
}

static osp_sink_kind kind_of(int fd)
{
    struct stat info;
    if (fstat(fd, &info) != 0 || S_ISREG(info.st_mode)) {
        return OSP_SINK_FILE;
    }
    if (S_ISSOCK(info.st_mode)) {
        return OSP_SINK_SOCKET;
    }
    const int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & O_NONBLOCK) != 0 ? OSP_SINK_STREAM : OSP_SINK_POLLED;
}

void osp_sink_begin(osp_sink *sink, int fd, char *memory, size_t cap)
{
    OSP_ASSERT(cap >= 2 * OSP_LOG_LINE_MAX);
    *sink = (osp_sink){ .fd = fd, .kind = (uint8_t)kind_of(fd), .lines = memory, .cap = cap };
}

/* ---------------------------------------------------------------- writing */

static bool would_wait(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

/* One call.  As write(). */
static ssize_t put(const osp_sink *sink, const char *bytes, size_t size)
{
    if (sink->kind == OSP_SINK_SOCKET) {
        return send(sink->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    if (sink->kind == OSP_SINK_POLLED) {
        struct pollfd look = { .fd = sink->fd, .events = POLLOUT };
        if (poll(&look, 1, 0) != 1) {
            errno = EAGAIN;
            return -1;
        }
    }
    return write(sink->fd, bytes, size);
}

/* As much as goes in one piece: whole lines. */
static size_t piece_size(const osp_sink *sink, osp_str rest)
{
    if (sink->kind == OSP_SINK_FILE || rest.len <= PIPE_BUF) {
        return rest.len;
    }
    const char *last = memrchr(rest.ptr, '\n', PIPE_BUF);
    return last != NULL ? (size_t)(last - rest.ptr) + 1 : PIPE_BUF;
}

static uint64_t count_lines(osp_str rest)
{
    uint64_t count = 0;
    for (size_t i = 0; i < rest.len; i++) {
        count += rest.ptr[i] == '\n';
    }
    return count;
}

/* Bytes up to the end of the line that was begun. */
static size_t line_rest(osp_str rest)
{
    const char *end = memchr(rest.ptr, '\n', rest.len);
    return end != NULL ? (size_t)(end - rest.ptr) + 1 : rest.len;
}

/* Ends a line that was torn.  False: not yet. */
static bool mend(osp_sink *sink)
{
    if (sink->torn && put(sink, "\n", 1) == 1) {
        sink->torn = false;
    }
    return !sink->torn;
}

/* Writes one piece.  Returns how many bytes are done with, written or lost; 0: it must wait. */
static size_t write_piece(osp_sink *sink, osp_str rest)
{
    ssize_t taken = -1;
    const size_t size = piece_size(sink, rest);
    do {
        errno = 0;
        taken = mend(sink) ? put(sink, rest.ptr, size) : -1;
    } while (taken < 0 && errno == EINTR);
    if (taken < 0) {
        if (would_wait(errno)) {
            return 0;
        }
        sink->lost += count_lines(rest); /* the disk is full, or the reader gone */
        return rest.len;
    }
    if ((size_t)taken == size || (taken > 0 && rest.ptr[taken - 1] == '\n')) {
        return (size_t)taken;
    }
    if (sink->kind != OSP_SINK_FILE) {
        sink->stuck = true;
        return (size_t)taken; /* the rest of the line follows */
    }
    const osp_str cut = { rest.ptr + taken, rest.len - (size_t)taken };
    sink->torn = taken > 0;
    sink->lost++;
    return (size_t)taken + line_rest(cut);
}

void osp_sink_flush(osp_sink *sink)
{
    size_t at = 0;
    sink->stuck = false;
    while (at < sink->len && !sink->stuck) {
        const size_t done = write_piece(sink, (osp_str){ sink->lines + at, sink->len - at });
        OSP_ASSERT(done <= sink->len - at);
        sink->stuck |= done == 0;
        at += done;
    }
    sink->len -= at;
    if (at > 0 && sink->len > 0) {
        memmove(sink->lines, sink->lines + at, sink->len);
    }
}

char *osp_sink_room(osp_sink *sink)
{
    if (sink->cap - sink->len < OSP_LOG_LINE_MAX && !sink->stuck) {
        osp_sink_flush(sink);
    }
    if (sink->cap - sink->len < OSP_LOG_LINE_MAX) {
        sink->lost++;
        return NULL;
    }
    return sink->lines + sink->len;
}

void osp_sink_finish(osp_sink *sink)
{
    osp_sink_flush(sink);
    for (int looks = 0; sink->len > 0 && looks < FINISH_LOOKS; looks++) {
        struct pollfd look = { .fd = sink->fd, .events = POLLOUT };
        (void)poll(&look, 1, FINISH_MS);
        osp_sink_flush(sink);
    }
    sink->lost += count_lines((osp_str){ sink->lines, sink->len });
    sink->len = 0;
}

void osp_sink_past(const osp_sink *sink, osp_str line)
{
    /* Nothing can be done about a failure here: the process ends in any case. */
    const ssize_t written = put(sink, line.ptr, line.len);
    (void)written;
}
