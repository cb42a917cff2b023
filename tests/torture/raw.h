/* System calls of the tests themselves, which calls.c neither counts nor fails. */
#ifndef OSP_TORTURE_RAW_H
#define OSP_TORTURE_RAW_H

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static inline long raw_send(int fd, const void *at, size_t size)
{
    return syscall(SYS_sendto, fd, at, size, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
}

static inline long raw_recv(int fd, void *at, size_t size)
{
    return syscall(SYS_recvfrom, fd, at, size, MSG_DONTWAIT, NULL, NULL);
}

/* count 0: only passes the time. */
static inline long raw_poll(struct pollfd *at, unsigned count, long ms)
{
    const struct timespec most = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
    return syscall(SYS_ppoll, at, count, &most, NULL, 0L);
}

static inline void raw_close(int fd)
{
    (void)syscall(SYS_close, fd);
}

#endif
