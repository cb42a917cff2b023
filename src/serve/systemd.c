/* The service manager's two protocols, both of environment variables: sockets that it opened, and a
 * datagram socket on which it is told that the service is ready, reloads, ends or still lives.
 *
 *     LISTEN_PID=4711 LISTEN_FDS=2 LISTEN_FDNAMES=web:admin    descriptors 3 and 4
 *     NOTIFY_SOCKET=/run/systemd/notify                        or @abstract
 *     WATCHDOG_USEC=10000000 WATCHDOG_PID=4711
 *
 * Source: sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3). */
#include "serve/systemd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define FIRST_FD 3
#define NAME_MAX_BYTES 64
#define TEXT_MAX 512

/* A number of the environment; -1: there is none. */
static int64_t number_of(const char *name)
{
    const char *text = getenv(name);
    int64_t number;
    return text != NULL && osp_str_to_int(osp_str_from(text), &number) == OSP_OK && number >= 0
               ? number
               : -1;
}

osp_status osp_systemd_listen(osp_listeners *to, size_t *ret_count, osp_error *err)
{
    const int64_t count = number_of("LISTEN_PID") == getpid() ? number_of("LISTEN_FDS") : 0;
    const char *names = getenv("LISTEN_FDNAMES");
    *ret_count = 0;
    for (int i = 0; i < count; i++) {
        char name[NAME_MAX_BYTES + 32];
        const int len = names != NULL ? (int)strcspn(names, ":") : 0;
        (void)snprintf(name, sizeof name, "socket %d of the service manager%s%.*s%s", FIRST_FD + i,
                       len > 0 ? " (" : "", len < NAME_MAX_BYTES ? len : NAME_MAX_BYTES,
                       len > 0 ? names : "", len > 0 ? ")" : "");
        OSP_TRY(osp_listen_adopt(to, FIRST_FD + i, name, err));
        ++*ret_count;
        if (names != NULL) {
            names += len + (names[len] == ':');
        }
    }
    return OSP_OK;
}

void osp_notify_open(osp_notify *notify)
{
    const char *path = getenv("NOTIFY_SOCKET");
    const int64_t watchdog_us = number_of("WATCHDOG_USEC"), pid = number_of("WATCHDOG_PID");
    *notify = (osp_notify){ .fd = -1, .to = { .sun_family = AF_UNIX } };
    if (watchdog_us > 0 && (pid < 0 || pid == getpid())) {
        notify->watchdog_ms = watchdog_us >= 2000 ? watchdog_us / 1000 : 2;
    }
    const size_t len = path != NULL ? strlen(path) : 0;
    if (len < 2 || len > OSP_ADDRESS_PATH_MAX || (path[0] != '/' && path[0] != '@')) {
        return;
    }
    memcpy(notify->to.sun_path, path, len);
    notify->to.sun_path[0] = path[0] == '@' ? (char)0 : path[0];
    notify->to_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const struct timeval patience = { .tv_sec = 1 };
    if (notify->fd >= 0) {
        setsockopt(notify->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    }
}

void osp_notify_close(osp_notify *notify)
{
    if (notify->fd >= 0) {
        close(notify->fd);
    }
    notify->fd = -1;
}

void osp_notify_say(const osp_notify *notify, const char *format, ...)
{
    if (notify->fd < 0) {
        return;
    }
    char text[TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    const int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    OSP_ASSERT(len > 0 && (size_t)len < sizeof text);
    (void)sendto(notify->fd, text, (size_t)len, MSG_NOSIGNAL, (const struct sockaddr *)&notify->to,
                 notify->to_size);
}

void osp_notify_reloading(const osp_notify *notify)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    osp_notify_say(notify, "RELOADING=1\nMONOTONIC_USEC=%lld",
                   (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

void osp_systemd_forget(void)
{
    static const char *const names[] = { "LISTEN_PID",    "LISTEN_FDS",    "LISTEN_FDNAMES",
                                         "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(names); i++) {
        (void)unsetenv(names[i]);
    }
}
