#include "dev/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dev/options.h"

/* Tells the agent who it is, before it asks. */
static void welcome(osp_server *server)
{
    char line[96];
    const int len =
        snprintf(line, sizeof line, "{\"t\":\"welcome\",\"generation\":%lld,\"blank\":%s}",
                 (long long)server->generation, server->path[0] == '\0' ? "true" : "false");
    if (osp_channel_send(&server->channel, (osp_str){ line, (size_t)len }) != OSP_OK) {
        return; /* it is gone, which is heard of elsewhere */
    }
}

osp_status osp_server_start(osp_server *server, const osp_spawn *with, int64_t now_ms)
{
    int said[2], ends[2];
    OSP_ASSERT(server->pid == 0);
    server->serves = false;
    server->held_ms = 0;
    server->asked = 0;
    server->kill_ms = 0;
    server->started_ms = now_ms;
    server->pulse = (osp_pulse){ .looked_ms = now_ms };
    server->used_ms = server->reported_ms = 0;
    server->hang = OSP_HANG_NONE;
    OSP_TRY(osp_shared_open(&server->shared));
    osp_shared_clear(&server->shared);
    atomic_store(&server->shared.page->open, 1);
    atomic_store(&server->shared.page->replaces, 0);
    if (pipe2(said, O_CLOEXEC) != 0) {
        return OSP_E_IO;
    }
    osp_status status = osp_channel_pair(ends);
    if (status != OSP_OK) {
        (void)close(said[0]);
        (void)close(said[1]);
        return status;
    }
    osp_spawn spawn = *with;
    spawn.path = server->path[0] != '\0' ? server->path : NULL;
    spawn.page_fd = server->shared.fd;
    spawn.errors_fd = said[1];
    spawn.channel_fd = ends[1];
    spawn.preview = server->fast;
    status = osp_worker_spawn(&spawn, &server->pid, &server->ready_fd);
    (void)close(said[1]);
    (void)close(ends[1]);
    if (status != OSP_OK) {
        (void)close(said[0]);
        (void)close(ends[0]);
        server->pid = 0;
        return status;
    }
    server->said_fd = said[0];
    (void)fcntl(server->said_fd, F_SETFL, O_NONBLOCK);
    osp_buf_init(&server->said, NULL, 0, 2 * OSP_SERVER_SAID_MAX);
    osp_buf_init(&server->held, NULL, 0, OSP_SERVER_SAID_MAX);
    osp_channel_begin(&server->channel, ends[0]);
    welcome(server);
    return OSP_OK;
}

/* Keeps the end of what was said. */
static void keep(osp_buf *said, const char *bytes, size_t len)
{
    if (said->len + len > OSP_SERVER_SAID_MAX && said->len > 0) {
        const size_t stays = said->len / 2;
        memmove(said->ptr, said->ptr + said->len - stays, stays);
        said->len = stays;
    }
    osp_buf_append(said, bytes, len);
}

static bool has(osp_str line, const char *words)
{
    return memmem(line.ptr, line.len, words, strlen(words)) != NULL;
}

/* Whether a line begins what a report is made of: the terminal gets that, and not the words of a
 * sanitizer or of a start that fails. */
static bool begins_report(const osp_server *server, osp_str line)
{
    static const char *const marks[] = { "==ERROR: ",         "WARNING: ThreadSanitizer",
                                         ": runtime error: ", "Sanitizer:DEADLYSIGNAL",
                                         ": Assertion `",     ": assertion failed: " };
    static const char *const plain[] = { "info: ", "warning: ", "debug: " };
    bool begins = osp_str_starts_with(line, OSP_STR("error: worker ")) ||
                  (line.len == 66 && has(line, "=================="));
    bool is_plain = server->serves;
    for (size_t i = 0; i < OSP_ARRAY_LEN(marks); i++) {
        begins |= has(line, marks[i]);
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(plain); i++) {
        is_plain |= osp_str_starts_with(line, osp_str_from(plain[i]));
    }
    return begins || !is_plain;
}

/* Whether a line of the log is about what a report has told already. */
static bool is_told(const osp_server *server, osp_str line)
{
    return server->told[0] != '\0' && osp_str_starts_with(line, OSP_STR("error: ")) &&
           memmem(line.ptr, line.len, server->told, strlen(server->told)) != NULL;
}

/* Gives whole lines to the terminal, up to one that begins a report. */
static void pass_on(osp_server *server, osp_str rest, int64_t now_ms)
{
    while (rest.len > 0) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        const size_t step = end != NULL ? (size_t)(end - rest.ptr) + 1 : rest.len;
        const osp_str line = { rest.ptr, step };
        const bool begins = begins_report(server, line);
        server->reported_ms = begins ? now_ms : server->reported_ms;
        if (server->held_ms != 0 || begins) {
            server->held_ms = server->held_ms != 0 ? server->held_ms : now_ms;
            osp_buf_str(&server->held, line);
            server->held.failed = false; /* of what is too much the end is dropped */
        } else if (!is_told(server, line)) {
            (void)!write(STDERR_FILENO, line.ptr, line.len);
        }
        rest = (osp_str){ rest.ptr + step, rest.len - step };
    }
}

void osp_server_release(osp_server *server, int64_t now_ms)
{
    if (server->held_ms != 0 && now_ms - server->held_ms >= OSP_SERVER_HELD_MS) {
        (void)!write(STDERR_FILENO, server->held.ptr, server->held.len);
        server->held.len = 0;
        server->held_ms = 0;
    }
}

void osp_server_listen(osp_server *server, int64_t now_ms)
{
    char bytes[4096];
    ssize_t got = -1;
    for (size_t most = OSP_SERVER_SAID_MAX * 2; most > 0 && server->said_fd >= 0;
         most -= sizeof bytes) {
        got = read(server->said_fd, bytes, sizeof bytes);
        if (got <= 0) {
            break;
        }
        keep(&server->said, bytes, (size_t)got);
        pass_on(server, (osp_str){ bytes, (size_t)got }, now_ms);
    }
    if (got == 0) {
        (void)close(server->said_fd);
        server->said_fd = -1;
    }
}

bool osp_server_is_ready(osp_server *server)
{
    char byte;
    server->serves = read(server->ready_fd, &byte, 1) == 1;
    (void)close(server->ready_fd);
    server->ready_fd = -1;
    server->held_ms -= server->serves && server->held_ms != 0 ? OSP_SERVER_HELD_MS : 0;
    return server->serves;
}

/* Whether it says what it dies of, which is read from its debug information for long. */
static bool is_dying(const osp_server *server, int64_t now_ms)
{
    return server->reported_ms != 0 && now_ms - server->reported_ms < OSP_DEV_ABORT_MS;
}

/* Whether its loop stands still.  On a machine that is busy one may wait for a processor as long:
 * it has to compute all the time, or to sleep. */
static osp_hang hang_of(osp_server *server, uint32_t stuck_s)
{
    const int64_t used_ms = osp_process_used_ms(server->pid);
    const osp_doing doing =
        server->pulse.silent > 0 ? osp_process_doing(server->pid) : OSP_DOING_WORK;
    if (doing == OSP_DOING_NOTHING) {
        server->pulse.silent = 0;
    }
    if (server->pulse.silent == 0) {
        server->used_ms = used_ms;
    }
    if (server->pulse.silent < stuck_s) {
        return OSP_HANG_NONE;
    }
    return used_ms - server->used_ms >= stuck_s * INT64_C(250) ? OSP_HANG_WORK
           : doing == OSP_DOING_WAIT                           ? OSP_HANG_WAIT
                                                               : OSP_HANG_NONE;
}

void osp_server_watch(osp_server *server, uint32_t stuck_s, int64_t now_ms)
{
    if (server->pid == 0 || server->hang != OSP_HANG_NONE) {
        return;
    }
    if (!server->serves) {
        server->hang = now_ms - server->started_ms > OSP_DEV_START_S * INT64_C(1000)
                           ? OSP_HANG_START
                           : OSP_HANG_NONE;
    } else if (osp_pulse_look(&server->pulse, atomic_load(&server->shared.page->beats), now_ms)) {
        server->pulse.silent = is_dying(server, now_ms) ? 0 : server->pulse.silent;
        server->hang = hang_of(server, stuck_s);
    }
    if (server->hang != OSP_HANG_NONE) {
        const int64_t kill_ms = now_ms + OSP_DEV_ABORT_MS;
        server->kill_ms =
            server->kill_ms == 0 || kill_ms < server->kill_ms ? kill_ms : server->kill_ms;
        (void)syscall(SYS_tgkill, server->pid, server->pid, SIGABRT); /* the thread of the loop */
    }
}

void osp_server_done(osp_server *server)
{
    if (server->ready_fd >= 0) {
        (void)close(server->ready_fd);
    }
    if (server->said_fd >= 0) {
        (void)close(server->said_fd);
    }
    osp_channel_end(&server->channel);
    osp_shared_close(&server->shared);
    osp_buf_done(&server->said);
    osp_buf_done(&server->held);
    osp_buf_done(&server->crashed);
    *server = (osp_server){ 0 };
}
