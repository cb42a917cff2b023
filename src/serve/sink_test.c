/* Lines reach a file, a pipe or a socket whole, or are counted as lost; nobody waits. */
#include "serve/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define CAP ((size_t)8 * OSP_LOG_LINE_MAX)

static char memory[CAP];

/* "NUMBER xxx...\n" of `len` bytes. */
static bool add(osp_sink *sink, int number, size_t len)
{
    char *at = osp_sink_room(sink);
    if (at == NULL) {
        return false;
    }
    memset(at, 'x', len);
    const int size = snprintf(at, 16, "%06d", number);
    at[size] = ' ';
    at[len - 1] = '\n';
    osp_sink_add(sink, at + len);
    return true;
}

static void make_pipe(int fds[2])
{
    OSP_CHECK(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0);
}

/* Reads all there is; counts lines, which must be whole and in order. */
static size_t read_lines(int fd, size_t line_len, int first)
{
    static char text[1 << 20];
    size_t len = 0, count = 0;
    ssize_t size;
    while ((size = read(fd, text + len, sizeof text - len)) > 0) {
        len += (size_t)size;
    }
    for (size_t at = 0; at < len; at += line_len, count++) {
        OSP_CHECK(len - at >= line_len && text[at + line_len - 1] == '\n');
        OSP_CHECK(atoi(text + at) == first + (int)count);
    }
    return count;
}

OSP_UNIT_TEST(sink_pipe_full,
              "a pipe that nobody reads costs lines, which are counted, and no time")
{
    osp_sink sink;
    int fds[2], kept = 0;
    make_pipe(fds);
    osp_sink_begin(&sink, fds[1], memory, CAP);
    OSP_CHECK(sink.kind == OSP_SINK_STREAM);
    for (int i = 0; i < 10000; i++) {
        kept += add(&sink, i, 100);
    }
    OSP_CHECK(sink.lost == (uint64_t)(10000 - kept) && kept > 600 && kept < 10000);
    OSP_CHECK(sink.stuck && sink.cap - sink.len < OSP_LOG_LINE_MAX);
    size_t count = 0;
    for (int i = 0; i < 100 && sink.len > 0; i++) {
        count += read_lines(fds[0], 100, (int)count);
        osp_sink_flush(&sink);
    }
    count += read_lines(fds[0], 100, (int)count);
    OSP_CHECK(count == (size_t)kept && sink.len == 0 && !sink.stuck);
    OSP_CHECK(add(&sink, (int)count, 100));
    osp_sink_flush(&sink);
    OSP_CHECK(read_lines(fds[0], 100, (int)count) == 1);
    close(fds[0]);
    close(fds[1]);
}

OSP_UNIT_TEST(sink_pipe_whole,
              "what goes into a pipe at once ends with a line, also of the longest")
{
    osp_sink sink;
    int fds[2];
    make_pipe(fds);
    OSP_CHECK(fcntl(fds[1], F_SETPIPE_SZ, 4096) == 4096);
    const size_t lens[] = { 100, 3000, OSP_LOG_LINE_MAX - 1, OSP_LOG_LINE_MAX };
    for (size_t i = 0; i < OSP_ARRAY_LEN(lens); i++) {
        osp_sink_begin(&sink, fds[1], memory, CAP);
        int number = 0;
        while (sink.cap - sink.len >= OSP_LOG_LINE_MAX) {
            OSP_CHECK(add(&sink, number++, lens[i]));
        }
        size_t count = 0;
        while (sink.len > 0) {
            osp_sink_flush(&sink);
            count += read_lines(fds[0], lens[i], (int)count); /* else it does not end so */
        }
        OSP_CHECK(count == (size_t)number && sink.lost == 0);
    }
    close(fds[0]);
    close(fds[1]);
}

OSP_UNIT_TEST(sink_gone, "a reader that is gone costs lines")
{
    osp_sink sink;
    int fds[2];
    signal(SIGPIPE, SIG_IGN);
    make_pipe(fds);
    close(fds[0]);
    osp_sink_begin(&sink, fds[1], memory, CAP);
    OSP_CHECK(add(&sink, 0, 100) && add(&sink, 1, 100));
    osp_sink_flush(&sink);
    OSP_CHECK(sink.lost == 2 && sink.len == 0);
    close(fds[1]);
}

OSP_UNIT_TEST(sink_polled, "a pipe that would make its writer wait is asked before")
{
    osp_sink sink;
    int fds[2];
    OSP_CHECK(pipe2(fds, O_CLOEXEC) == 0);
    OSP_CHECK(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
    osp_sink_begin(&sink, fds[1], memory, CAP);
    OSP_CHECK(sink.kind == OSP_SINK_POLLED);
    int kept = 0;
    for (int i = 0; i < 5000; i++) {
        kept += add(&sink, i, 100);
    }
    OSP_CHECK(sink.lost == (uint64_t)(5000 - kept) && sink.lost > 0);
    OSP_CHECK(read_lines(fds[0], 100, 0) > 500);
    close(fds[0]);
    close(fds[1]);
}

OSP_UNIT_TEST(sink_socket, "a socket that nobody reads neither")
{
    osp_sink sink;
    int fds[2];
    OSP_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0); /* they would wait */
    OSP_CHECK(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
    osp_sink_begin(&sink, fds[1], memory, CAP);
    OSP_CHECK(sink.kind == OSP_SINK_SOCKET);
    int kept = 0;
    for (int i = 0; i < 20000; i++) {
        kept += add(&sink, i, 100);
    }
    OSP_CHECK(sink.lost == (uint64_t)(20000 - kept) && sink.lost > 0);
    size_t count = 0;
    for (int i = 0; i < 1000 && sink.len > 0; i++) {
        count += read_lines(fds[0], 100, (int)count);
        osp_sink_flush(&sink);
    }
    count += read_lines(fds[0], 100, (int)count);
    OSP_CHECK(count == (size_t)kept);
    close(fds[0]);
    OSP_CHECK(add(&sink, 0, 100));
    osp_sink_flush(&sink); /* no SIGPIPE */
    OSP_CHECK(sink.len == 0);
    close(fds[1]);
}

static int open_file(char path[32])
{
    snprintf(path, 32, "/tmp/openspeed-sinkXXXXXX");
    const int made = mkstemp(path);
    const int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
    OSP_CHECK(made >= 0 && fd >= 0);
    close(made);
    return fd;
}

OSP_UNIT_TEST(sink_full_disk,
              "a full disk costs lines; then the next one begins on a line of its own")
{
    static char text[4096];
    char path[32];
    osp_sink sink;
    const int fd = open_file(path);
    const struct rlimit small = { .rlim_cur = 250, .rlim_max = RLIM_INFINITY },
                        none = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };
    signal(SIGXFSZ, SIG_IGN);
    osp_sink_begin(&sink, fd, memory, CAP);
    OSP_CHECK(sink.kind == OSP_SINK_FILE);
    OSP_CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    for (int i = 0; i < 5; i++) {
        OSP_CHECK(add(&sink, i, 100));
    }
    osp_sink_flush(&sink); /* two, and half of the third */
    OSP_CHECK(sink.lost == 3 && sink.len == 0);
    OSP_CHECK(add(&sink, 5, 100));
    osp_sink_flush(&sink);
    OSP_CHECK(sink.lost == 4);
    OSP_CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0);
    OSP_CHECK(add(&sink, 6, 100));
    osp_sink_flush(&sink);
    OSP_CHECK(sink.lost == 4);
    const ssize_t size = pread(fd, text, sizeof text, 0);
    OSP_CHECK(size == 351 && text[249] == 'x' && text[250] == '\n');
    OSP_CHECK(memcmp(text + 251, "000006 ", 7) == 0 && text[350] == '\n');
    close(fd);
    unlink(path);
}

OSP_UNIT_TEST(sink_finish,
              "at the end a reader gets a moment, and what it does not take is counted")
{
    osp_sink sink;
    int fds[2];
    make_pipe(fds);
    OSP_CHECK(fcntl(fds[1], F_SETPIPE_SZ, 4096) == 4096);
    osp_sink_begin(&sink, fds[1], memory, CAP);
    for (int i = 0; i < 60; i++) {
        OSP_CHECK(add(&sink, i, 100));
    }
    osp_sink_finish(&sink);
    OSP_CHECK(sink.len == 0 && sink.lost == 20);
    OSP_CHECK(read_lines(fds[0], 100, 0) == 40);
    close(fds[0]);
    close(fds[1]);
}

OSP_UNIT_TEST(sink_open, "targets by name, and what cannot be opened is said")
{
    char path[32], longest[4097];
    osp_error err = { 0 };
    osp_std std;
    int fd;
    osp_std_open(&std);
    OSP_CHECK(std.out > 2 && std.err > 2);
    OSP_CHECK(osp_sink_open(OSP_STR("stderr"), &std, &fd, &err) == OSP_OK && fd > 2);
    close(fd);
    OSP_CHECK(osp_sink_open(OSP_STR("stdout"), &std, &fd, &err) == OSP_OK && fd > 2);
    close(fd);
    close(open_file(path));
    OSP_CHECK(osp_sink_open(osp_str_from(path), &std, &fd, &err) == OSP_OK);
    OSP_CHECK((fcntl(fd, F_GETFL) & O_APPEND) != 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    close(fd);
    unlink(path);
    OSP_CHECK(osp_sink_open(OSP_STR("/none/of/it"), &std, &fd, &err) == OSP_E_IO);
    OSP_CHECK(strstr(err.message, "/none/of/it: No such file or directory") != NULL);
    memset(longest, 'a', sizeof longest);
    OSP_CHECK(osp_sink_open((osp_str){ longest, 4095 }, &std, &fd, &err) == OSP_E_IO);
    OSP_CHECK(osp_sink_open((osp_str){ longest, 4096 }, &std, &fd, &err) == OSP_E_INVALID);
    osp_std_close(&std);
    OSP_CHECK(std.out < 0 && osp_sink_open(OSP_STR("stdout"), &std, &fd, &err) == OSP_E_IO);
}

OSP_UNIT_TEST(sink_std_pipe, "a pipe that was inherited becomes one that never waits, for us alone")
{
    int fds[2];
    osp_std std;
    OSP_CHECK(pipe2(fds, O_CLOEXEC) == 0);
    const int saved = dup(STDOUT_FILENO);
    OSP_CHECK(dup2(fds[1], STDOUT_FILENO) == STDOUT_FILENO);
    osp_std_open(&std);
    OSP_CHECK((fcntl(std.out, F_GETFL) & O_NONBLOCK) != 0);
    OSP_CHECK((fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK) == 0);
    OSP_CHECK(dup2(saved, STDOUT_FILENO) == STDOUT_FILENO);
    OSP_CHECK(write(std.out, "hi\n", 3) == 3);
    char text[8];
    OSP_CHECK(read(fds[0], text, sizeof text) == 3);
    osp_std_close(&std);
    close(saved);
    close(fds[0]);
    close(fds[1]);
}
