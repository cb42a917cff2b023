/* Which call fails, in which way; see faults.h.
 *
 * The table holds what Linux documents for the calls that this server makes, as far as it may
 * happen to a program without a mistake of its own: no EBADF, no EFAULT.  What the kernel never
 * fails is not in it (EPOLL_CTL_DEL, clock_gettime). */
#include "tests/torture/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FAILS(sort, errno_)                                                                        \
    {                                                                                              \
        .call = sort, .name = #errno_, .error = errno_                                             \
    }
#define LASTS(sort, errno_)                                                                        \
    {                                                                                              \
        .call = sort, .name = #errno_ "+", .error = errno_, .lasts = true                          \
    }
#define HARMLESS(sort, errno_)                                                                     \
    {                                                                                              \
        .call = sort, .name = #errno_, .error = errno_, .harmless = true                           \
    }
#define LATER(sort, errno_)                                                                        \
    {                                                                                              \
        .call = sort, .name = #errno_, .error = errno_, .way = WAY_LATER, .harmless = true         \
    }
#define SHORT(sort)                                                                                \
    {                                                                                              \
        .call = sort, .name = "short", .way = WAY_SHORT, .harmless = true                          \
    }
#define DONE(sort, errno_)                                                                         \
    {                                                                                              \
        .call = sort, .name = #errno_, .error = errno_, .way = WAY_DONE, .harmless = true          \
    }

const mode modes[] = {
    FAILS(CALL_MALLOC, ENOMEM),
    LASTS(CALL_MALLOC, ENOMEM),
    FAILS(CALL_ARENA, ENOMEM),
    LASTS(CALL_ARENA, ENOMEM),
    FAILS(CALL_MMAP, ENOMEM),
    LASTS(CALL_MMAP, ENOMEM),
    FAILS(CALL_MPROTECT, ENOMEM),
    HARMLESS(CALL_MUNMAP, ENOMEM),
    HARMLESS(CALL_RECV, EINTR),
    LATER(CALL_RECV, EAGAIN),
    SHORT(CALL_RECV),
    FAILS(CALL_RECV, ECONNRESET),
    FAILS(CALL_RECV, ETIMEDOUT),
    FAILS(CALL_RECV, ENOMEM),
    HARMLESS(CALL_SEND, EINTR),
    LATER(CALL_SEND, EAGAIN),
    SHORT(CALL_SEND),
    FAILS(CALL_SEND, ECONNRESET),
    FAILS(CALL_SEND, EPIPE),
    FAILS(CALL_SEND, ENOBUFS),
    FAILS(CALL_SEND, ENOMEM),
    HARMLESS(CALL_SENDFILE, EINTR),
    LATER(CALL_SENDFILE, EAGAIN),
    SHORT(CALL_SENDFILE),
    FAILS(CALL_SENDFILE, ECONNRESET),
    FAILS(CALL_SENDFILE, EPIPE),
    FAILS(CALL_SENDFILE, EIO),
    FAILS(CALL_SENDFILE, ENOMEM),
    HARMLESS(CALL_ACCEPT4, EINTR),
    HARMLESS(CALL_ACCEPT4, EAGAIN),
    HARMLESS(CALL_ACCEPT4, ECONNABORTED),
    HARMLESS(CALL_ACCEPT4, EPERM),
    HARMLESS(CALL_ACCEPT4, EPROTO),
    HARMLESS(CALL_ACCEPT4, EMFILE),
    { .call = CALL_ACCEPT4, .name = "EMFILE+", .error = EMFILE, .lasts = true, .harmless = true },
    HARMLESS(CALL_ACCEPT4, ENFILE),
    HARMLESS(CALL_ACCEPT4, ENOBUFS),
    HARMLESS(CALL_ACCEPT4, ENOMEM),
    HARMLESS(CALL_SHUTDOWN, ENOTCONN),
    FAILS(CALL_SETSOCKOPT, ENOMEM),
    FAILS(CALL_GETPEERNAME, ENOTCONN),
    FAILS(CALL_GETPEERNAME, ENOBUFS),
    FAILS(CALL_EPOLL_CREATE1, EMFILE),
    FAILS(CALL_EPOLL_CREATE1, ENOMEM),
    FAILS(CALL_EPOLL_CTL, ENOMEM),
    FAILS(CALL_EPOLL_CTL, ENOSPC),
    LASTS(CALL_EPOLL_CTL, ENOSPC),
    HARMLESS(CALL_EPOLL_PWAIT, EINTR),
    FAILS(CALL_EVENTFD, EMFILE),
    FAILS(CALL_EVENTFD, ENOMEM),
    FAILS(CALL_SIGNALFD, EMFILE),
    FAILS(CALL_SIGNALFD, ENOMEM),
    FAILS(CALL_SIGALTSTACK, ENOMEM),
    FAILS(CALL_PTHREAD_CREATE, EAGAIN),
    LASTS(CALL_PTHREAD_CREATE, EAGAIN),
    HARMLESS(CALL_GETRANDOM, EINTR),
    HARMLESS(CALL_OPEN, EINTR),
    FAILS(CALL_OPEN, EMFILE),
    FAILS(CALL_OPEN, ENFILE),
    FAILS(CALL_OPEN, EACCES),
    FAILS(CALL_OPEN, ENOSPC),
    FAILS(CALL_OPEN, EIO),
    FAILS(CALL_OPEN, EOPNOTSUPP),
    DONE(CALL_CLOSE, EINTR),
    DONE(CALL_CLOSE, EIO),
    HARMLESS(CALL_READ, EINTR),
    FAILS(CALL_READ, EIO),
    HARMLESS(CALL_WAKE, EINTR),
    HARMLESS(CALL_IOCTL, ENOTTY),
    /* Only lines for people are written so: whoever asks notices nothing. */
    HARMLESS(CALL_WRITE, EINTR),
    HARMLESS(CALL_WRITE, EAGAIN),
    HARMLESS(CALL_WRITE, EPIPE),
    HARMLESS(CALL_WRITE, ENOSPC),
    HARMLESS(CALL_WRITE, EIO),
    SHORT(CALL_WRITE),
    HARMLESS(CALL_WRITEV, EINTR),
    HARMLESS(CALL_WRITEV, EAGAIN),
    HARMLESS(CALL_WRITEV, EPIPE),
    HARMLESS(CALL_WRITEV, ENOSPC),
    HARMLESS(CALL_WRITEV, EIO),
    HARMLESS(CALL_PREAD, EINTR),
    SHORT(CALL_PREAD),
    FAILS(CALL_PREAD, EIO),
    HARMLESS(CALL_PWRITE, EINTR),
    SHORT(CALL_PWRITE),
    FAILS(CALL_PWRITE, EIO),
    FAILS(CALL_PWRITE, ENOSPC),
    FAILS(CALL_FSTAT, EIO),
    FAILS(CALL_FSTAT, ENOMEM),
    FAILS(CALL_FCNTL, EAGAIN),
    FAILS(CALL_FCNTL, EINTR),
    FAILS(CALL_FCNTL, EIO),
    FAILS(CALL_FCNTL, ENOLCK),
    FAILS(CALL_FSYNC, EIO),
    FAILS(CALL_FSYNC, ENOSPC),
    HARMLESS(CALL_FTRUNCATE, EINTR),
    FAILS(CALL_FTRUNCATE, EIO),
    FAILS(CALL_FTRUNCATE, ENOSPC),
    FAILS(CALL_UNLINK, EACCES),
    FAILS(CALL_UNLINK, EIO),
    FAILS(CALL_FORK, EAGAIN),
    FAILS(CALL_FORK, ENOMEM),
    FAILS(CALL_EXECV, EACCES),
    FAILS(CALL_EXECV, ENOMEM),
    FAILS(CALL_PIPE2, EMFILE),
    FAILS(CALL_PIPE2, ENFILE),
    FAILS(CALL_MEMFD_CREATE, EMFILE),
    FAILS(CALL_MEMFD_CREATE, ENOMEM),
    FAILS(CALL_SOCKET, EMFILE),
    FAILS(CALL_SOCKET, ENOBUFS),
    FAILS(CALL_BIND, EACCES),
    FAILS(CALL_BIND, EADDRINUSE),
    FAILS(CALL_LISTEN, EADDRINUSE),
    FAILS(CALL_CONNECT, EAGAIN),
    FAILS(CALL_CONNECT, ECONNREFUSED),
    FAILS(CALL_GETSOCKNAME, ENOBUFS),
    HARMLESS(CALL_SENDTO, EAGAIN),
    HARMLESS(CALL_SENDTO, ENOBUFS),
    HARMLESS(CALL_SENDTO, ECONNREFUSED),
    HARMLESS(CALL_POLL, EINTR),
    FAILS(CALL_POLL, ENOMEM),
    HARMLESS(CALL_SIGTIMEDWAIT, EINTR),
    FAILS(CALL_DUP2, EINTR),
    FAILS(CALL_DUP2, EMFILE),
    FAILS(CALL_FOPEN, EMFILE),
    FAILS(CALL_FOPEN, ENOMEM),
    FAILS(CALL_RENAME, EACCES),
    FAILS(CALL_RENAME, ENOSPC),
    FAILS(CALL_FLOCK, EINTR),
    FAILS(CALL_FLOCK, ENOLCK),
    FAILS(CALL_READLINK, EACCES),
    FAILS(CALL_READLINK, ENOMEM),
    FAILS(CALL_OPENDIR, EMFILE),
    FAILS(CALL_OPENDIR, ENOMEM),
    FAILS(CALL_HARDEN, ENOMEM),
    FAILS(CALL_HARDEN, EPERM),
    { .call = CALL_COUNT, .name = "random" },
};
const size_t mode_count = sizeof modes / sizeof modes[0];

static const char *const names[CALL_COUNT] = {
    [CALL_MALLOC] = "malloc",
    [CALL_ARENA] = "arena",
    [CALL_MMAP] = "mmap",
    [CALL_MPROTECT] = "mprotect",
    [CALL_MUNMAP] = "munmap",
    [CALL_RECV] = "recv",
    [CALL_SEND] = "send",
    [CALL_SENDFILE] = "sendfile",
    [CALL_ACCEPT4] = "accept4",
    [CALL_SHUTDOWN] = "shutdown",
    [CALL_SETSOCKOPT] = "setsockopt",
    [CALL_GETPEERNAME] = "getpeername",
    [CALL_EPOLL_CREATE1] = "epoll_create1",
    [CALL_EPOLL_CTL] = "epoll_ctl",
    [CALL_EPOLL_PWAIT] = "epoll_pwait",
    [CALL_EVENTFD] = "eventfd",
    [CALL_SIGNALFD] = "signalfd",
    [CALL_SIGALTSTACK] = "sigaltstack",
    [CALL_PTHREAD_CREATE] = "pthread_create",
    [CALL_GETRANDOM] = "getrandom",
    [CALL_OPEN] = "open",
    [CALL_CLOSE] = "close",
    [CALL_READ] = "read",
    [CALL_WRITE] = "write",
    [CALL_WRITEV] = "writev",
    [CALL_WAKE] = "wake",
    [CALL_IOCTL] = "ioctl",
    [CALL_PREAD] = "pread",
    [CALL_PWRITE] = "pwrite",
    [CALL_FSTAT] = "fstat",
    [CALL_FCNTL] = "fcntl",
    [CALL_FSYNC] = "fsync",
    [CALL_FTRUNCATE] = "ftruncate",
    [CALL_UNLINK] = "unlink",
    [CALL_FORK] = "fork",
    [CALL_EXECV] = "execv",
    [CALL_PIPE2] = "pipe2",
    [CALL_MEMFD_CREATE] = "memfd_create",
    [CALL_SOCKET] = "socket",
    [CALL_BIND] = "bind",
    [CALL_LISTEN] = "listen",
    [CALL_CONNECT] = "connect",
    [CALL_GETSOCKNAME] = "getsockname",
    [CALL_SENDTO] = "sendto",
    [CALL_POLL] = "poll",
    [CALL_SIGTIMEDWAIT] = "sigtimedwait",
    [CALL_DUP2] = "dup2",
    [CALL_FOPEN] = "fopen",
    [CALL_RENAME] = "rename",
    [CALL_FLOCK] = "flock",
    [CALL_READLINK] = "readlink",
    [CALL_OPENDIR] = "opendir",
    [CALL_HARDEN] = "harden",
};

/* Atomic: the threads of offload queues call too, and processes that share it. */
typedef struct state {
    atomic_bool counting;
    atomic_size_t counted[CALL_COUNT], failed, armed, armed_nth; /* armed: 1 + the mode's place */
} state;

uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static state own_state;
static state *faults = &own_state;
static _Thread_local bool concerned;
static atomic_int_fast64_t blocks_held, bytes_mapped;

bool faults_share(const char *path)
{
    const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || syscall(SYS_ftruncate, fd, (long)sizeof(state)) != 0) {
        return false;
    }
    void *map = mmap(NULL, sizeof(state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)syscall(SYS_close, fd);
    if (map == MAP_FAILED) {
        return false;
    }
    faults = map;
    concerned = true;
    return true;
}

const char *call_name(call which)
{
    return which == CALL_COUNT ? "any" : names[which];
}

void faults_arm(const mode *how, size_t nth)
{
    atomic_store(&faults->armed, how != NULL ? (size_t)(how - modes) + 1 : 0);
    atomic_store(&faults->armed_nth, nth);
    atomic_store(&faults->failed, 0);
    for (size_t i = 0; i < CALL_COUNT; i++) {
        atomic_store(&faults->counted[i], 0);
    }
    concerned = true;
    atomic_store(&faults->counting, true);
}

void faults_concern_me(bool yes)
{
    concerned = yes;
}

size_t faults_disarm(void)
{
    atomic_store(&faults->counting, false);
    return atomic_load(&faults->failed);
}

size_t faults_counted(call which)
{
    return atomic_load(&faults->counted[which]);
}

/* One of the ways in which calls of a sort fail; NULL: none, this time. */
static const mode *draw(call which, uint64_t seed, uint64_t number)
{
    const uint64_t draw = mix(seed << 32 ^ number << 8 ^ which);
    if (draw % FAULTS_EACH != 0 ||
        which == CALL_MUNMAP) { /* what is mapped on is no leak of ours */
        return NULL;
    }
    for (size_t i = 0; i < mode_count; i++) {
        const mode *found = &modes[(draw / FAULTS_EACH + i) % mode_count];
        if (found->call == which) {
            return found;
        }
    }
    return NULL;
}

const mode *fault_now(call which)
{
    if (!concerned || !atomic_load(&faults->counting)) {
        return NULL;
    }
    const size_t number = atomic_fetch_add(&faults->counted[which], 1) + 1;
    const size_t armed = atomic_load(&faults->armed), nth = atomic_load(&faults->armed_nth);
    const mode *how = armed > 0 ? &modes[armed - 1] : NULL;
    if (how != NULL && how->call == CALL_COUNT) {
        how = draw(which, nth, number);
    } else if (how != NULL &&
               (how->call != which || number < nth || (number > nth && !how->lasts))) {
        how = NULL;
    }
    if (how != NULL) {
        atomic_fetch_add(&faults->failed, 1);
        errno = how->error;
    }
    return how;
}

void account_add(int64_t blocks, int64_t mapped)
{
    atomic_fetch_add_explicit(&blocks_held, blocks, memory_order_relaxed);
    atomic_fetch_add_explicit(&bytes_mapped, mapped, memory_order_relaxed);
}

/* Without a folder stream, which would allocate. */
static int64_t count_descriptors(void)
{
    char entries[4096] __attribute__((aligned(8)));
    const long fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY);
    int64_t count = -1; /* that one itself */
    long size;
    while (fd >= 0 && (size = syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0) {
        for (long at = 0; at < size;) {
            const unsigned char *entry = (const unsigned char *)entries + at;
            const unsigned short step = (unsigned short)(entry[16] | entry[17] << 8);
            count += entry[19] != '.';
            at += step;
        }
    }
    (void)syscall(SYS_close, fd);
    return count;
}

account account_now(void)
{
    return (account){ .blocks = atomic_load(&blocks_held),
                      .mapped = atomic_load(&bytes_mapped),
                      .descriptors = count_descriptors() };
}
