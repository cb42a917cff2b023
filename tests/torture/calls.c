/* Functions of the C library that may be made to fail; see faults.h.
 *
 * The executable defines the symbols, so everything in the process comes here: the server, SQLite,
 * PCRE2, libsodium.  The next definition is the sanitizer's, if there is one, or the C library's.
 * What the C library calls within itself does not come here.
 *
 * Both names of a file call, with and without 64, are one: hence no large file macros, and no
 * fortified inlines. */
#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#ifdef OSP_HAVE_SODIUM
#include <sodium.h>
#endif
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/sanitizer.h"
#include "tests/torture/faults.h"

#define RUBBISH 0xa5
#define LANDLOCK_FIRST 444 /* the same numbers on every machine */
#define LANDLOCK_LAST 446
#define STARTS_MAX 64    /* threads that have not begun */
#define WATCHED_MAX 1024 /* descriptors whose events are known */

#pragma GCC visibility push(default)

/* The next definition of a function. */
#define REAL(name)                                                                                 \
    static __typeof__(&name) real;                                                                 \
    if (real == NULL) {                                                                            \
        real = (__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name);                              \
    }

/* A function that fails with an errno or does what it does. */
#define FAILING(sort, result, failure, name, parameters, arguments)                                \
    result name parameters                                                                         \
    {                                                                                              \
        REAL(name)                                                                                 \
        return fault_now(sort) != NULL ? (failure) : real arguments;                               \
    }

/* ---------------------------------------------------------------- events */

/* What each descriptor is watched for, to tell its owner once more. */
static struct {
    int epoll_fd;
    bool known;
    bool wakes; /* it is an eventfd */
    struct epoll_event event;
} watched[WATCHED_MAX];

int epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    REAL(epoll_ctl)
    if (operation != EPOLL_CTL_DEL && fault_now(CALL_EPOLL_CTL) != NULL) {
        return -1;
    }
    const int done = real(epoll_fd, operation, fd, event);
    if (done == 0 && fd < WATCHED_MAX) {
        watched[fd].epoll_fd = epoll_fd;
        watched[fd].known = operation != EPOLL_CTL_DEL;
        watched[fd].event = event != NULL ? *event : (struct epoll_event){ 0 };
    }
    return done;
}

/* What was not done is still there: an edge tells, as the kernel's would. */
static void tell_again(int fd)
{
    const int saved = errno;
    if (fd < WATCHED_MAX && watched[fd].known) {
        (void)syscall(SYS_epoll_ctl, watched[fd].epoll_fd, EPOLL_CTL_MOD, fd, &watched[fd].event);
    }
    errno = saved;
}

FAILING(CALL_EPOLL_CREATE1, int, -1, epoll_create1, (int flags), (flags))
FAILING(CALL_EPOLL_PWAIT, int, -1, epoll_pwait,
        (int fd, struct epoll_event *events, int count, int ms, const sigset_t *mask),
        (fd, events, count, ms, mask))

int eventfd(unsigned value, int flags)
{
    REAL(eventfd)
    const int fd = fault_now(CALL_EVENTFD) != NULL ? -1 : real(value, flags);
    if (fd >= 0 && fd < WATCHED_MAX) {
        watched[fd].wakes = true;
    }
    return fd;
}

FAILING(CALL_SIGNALFD, int, -1, signalfd, (int fd, const sigset_t *mask, int flags),
        (fd, mask, flags))

/* To ask for it never fails; the sanitizer does, and believes so. */
int sigaltstack(const stack_t *to, stack_t *old)
{
    REAL(sigaltstack)
    return to != NULL && fault_now(CALL_SIGALTSTACK) != NULL ? -1 : real(to, old);
}

/* ---------------------------------------------------------------- memory */

/* dlsym itself frees, so who allocates must not ask it: AddressSanitizer's have other names too. */
#if OSP_ASAN
void *__interceptor_malloc(size_t size);
void *__interceptor_calloc(size_t count, size_t size);
void *__interceptor_realloc(void *old, size_t size);
int __interceptor_posix_memalign(void **ret_block, size_t alignment, size_t size);
void *__interceptor_aligned_alloc(size_t alignment, size_t size);
void __interceptor_free(void *block);
#define REAL_OF_MEMORY(name) static const __typeof__(&name) real = __interceptor_##name;
#else
#define REAL_OF_MEMORY(name) REAL(name)
#endif

/* What is new is full of rubbish, so that nobody lives on zeros that nobody promised. */
void *malloc(size_t size)
{
    REAL_OF_MEMORY(malloc)
    void *block = fault_now(CALL_MALLOC) != NULL ? NULL : real(size);
    account_add(block != NULL, 0);
    return block != NULL ? memset(block, RUBBISH, size) : NULL;
}

/* Where munmap fails libsodium keeps what describes the mapping.  What else it may leave is counted
 * here as everybody's. */
#if OSP_ASAN
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libsodium.so";
}
#endif

void *calloc(size_t count, size_t size)
{
    REAL_OF_MEMORY(calloc)
    void *block = fault_now(CALL_MALLOC) != NULL ? NULL : real(count, size);
    account_add(block != NULL, 0);
    return block;
}

void *realloc(void *old, size_t size)
{
    REAL_OF_MEMORY(realloc)
    if (fault_now(CALL_MALLOC) != NULL) {
        return NULL;
    }
    const bool had = old != NULL;
    void *block = real(old, size);
    if (block != NULL) {
        account_add(!had, 0);
    } else if (size == 0) {
        account_add(-(int64_t)had, 0);
    }
    return block;
}

int posix_memalign(void **ret_block, size_t alignment, size_t size)
{
    REAL_OF_MEMORY(posix_memalign)
    if (fault_now(CALL_MALLOC) != NULL) {
        return ENOMEM;
    }
    const int error = real(ret_block, alignment, size);
    account_add(error == 0, 0);
    return error;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    REAL_OF_MEMORY(aligned_alloc)
    void *block = fault_now(CALL_MALLOC) != NULL ? NULL : real(alignment, size);
    account_add(block != NULL, 0);
    return block;
}

void free(void *block)
{
    REAL_OF_MEMORY(free)
    account_add(-(int64_t)(block != NULL), 0);
    real(block);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    REAL(mmap)
    void *map =
        fault_now(CALL_MMAP) != NULL ? MAP_FAILED : real(at, size, protection, flags, fd, offset);
    account_add(0, map != MAP_FAILED ? (int64_t)size : 0);
    return map;
}
void *mmap64(void *at, size_t size, int protection, int flags, int fd, off64_t offset)
    __attribute__((alias("mmap")));

/* One that fails is lost for good: nobody could do more than leave it. */
int munmap(void *at, size_t size)
{
    REAL(munmap)
    const bool fails = fault_now(CALL_MUNMAP) != NULL;
    const int error = errno;
    const int done = real(at, size);
    account_add(0, done == 0 ? -(int64_t)size : 0);
    errno = fails ? error : errno;
    return fails ? -1 : done;
}

FAILING(CALL_MPROTECT, int, -1, mprotect, (void *at, size_t size, int protection),
        (at, size, protection))

/* ---------------------------------------------------------------- sockets */

/* Less than was asked for. */
static size_t less(size_t size)
{
    return size > 2 ? size / 2 : size;
}

ssize_t recv(int fd, void *at, size_t size, int flags)
{
    REAL(recv)
    const mode *fault = fault_now(CALL_RECV);
    if (fault == NULL) {
        return real(fd, at, size, flags);
    }
    if (fault->way == WAY_SHORT) {
        /* Of what is there, not of the room for it. */
        const ssize_t there = real(fd, at, size, flags | MSG_PEEK);
        tell_again(fd);
        return there > 0 ? real(fd, at, less((size_t)there), flags) : real(fd, at, size, flags);
    }
    if (fault->way == WAY_LATER) {
        tell_again(fd);
    }
    return -1;
}

ssize_t send(int fd, const void *at, size_t size, int flags)
{
    REAL(send)
    const mode *fault = fault_now(CALL_SEND);
    if (fault == NULL) {
        return real(fd, at, size, flags);
    }
    if (fault->way == WAY_SHORT) {
        return real(fd, at, less(size), flags);
    }
    if (fault->way == WAY_LATER) {
        tell_again(fd);
    }
    return -1;
}

ssize_t sendfile(int to_fd, int fd, off_t *at, size_t size)
{
    REAL(sendfile)
    const mode *fault = fault_now(CALL_SENDFILE);
    if (fault == NULL) {
        return real(to_fd, fd, at, size);
    }
    if (fault->way == WAY_SHORT) {
        return real(to_fd, fd, at, less(size));
    }
    if (fault->way == WAY_LATER) {
        tell_again(to_fd);
    }
    return -1;
}
ssize_t sendfile64(int to_fd, int fd, off64_t *at, size_t size) __attribute__((alias("sendfile")));

FAILING(CALL_ACCEPT4, int, -1, accept4, (int fd, struct sockaddr *name, socklen_t *size, int flags),
        (fd, name, size, flags))
FAILING(CALL_SHUTDOWN, int, -1, shutdown, (int fd, int how), (fd, how))
FAILING(CALL_SETSOCKOPT, int, -1, setsockopt,
        (int fd, int level, int name, const void *value, socklen_t size),
        (fd, level, name, value, size))
FAILING(CALL_GETPEERNAME, int, -1, getpeername, (int fd, struct sockaddr *name, socklen_t *size),
        (fd, name, size))
FAILING(CALL_SOCKET, int, -1, socket, (int domain, int type, int protocol),
        (domain, type, protocol))
FAILING(CALL_BIND, int, -1, bind, (int fd, const struct sockaddr *name, socklen_t size),
        (fd, name, size))
FAILING(CALL_LISTEN, int, -1, listen, (int fd, int backlog), (fd, backlog))
FAILING(CALL_CONNECT, int, -1, connect, (int fd, const struct sockaddr *name, socklen_t size),
        (fd, name, size))
FAILING(CALL_GETSOCKNAME, int, -1, getsockname, (int fd, struct sockaddr *name, socklen_t *size),
        (fd, name, size))
FAILING(CALL_SENDTO, ssize_t, -1, sendto,
        (int fd, const void *at, size_t size, int flags, const struct sockaddr *name,
         socklen_t name_size),
        (fd, at, size, flags, name, name_size))
FAILING(CALL_POLL, int, -1, poll, (struct pollfd * at, nfds_t count, int ms), (at, count, ms))
FAILING(CALL_SIGTIMEDWAIT, int, -1, sigtimedwait,
        (const sigset_t *set, siginfo_t *info, const struct timespec *most), (set, info, most))

/* ---------------------------------------------------------------- files */

int close(int fd)
{
    REAL(close)
    const mode *fault = fault_now(CALL_CLOSE);
    if (fd >= 0 && fd < WATCHED_MAX) {
        watched[fd].known = watched[fd].wakes = false;
    }
    const int done = real(fd); /* Linux closes it whatever it says */
    errno = fault != NULL ? fault->error : errno;
    return fault != NULL ? -1 : done;
}

int open(const char *path, int flags, ...)
{
    REAL(open)
    va_list rest;
    va_start(rest, flags);
    const unsigned permissions = va_arg(rest, unsigned);
    va_end(rest);
    return fault_now(CALL_OPEN) != NULL ? -1 : real(path, flags, permissions);
}
int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int openat(int folder, const char *path, int flags, ...)
{
    REAL(openat)
    va_list rest;
    va_start(rest, flags);
    const unsigned permissions = va_arg(rest, unsigned);
    va_end(rest);
    return fault_now(CALL_OPEN) != NULL ? -1 : real(folder, path, flags, permissions);
}
int openat64(int folder, const char *path, int flags, ...) __attribute__((alias("openat")));

int fcntl(int fd, int command, ...)
{
    REAL(fcntl)
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    /* To unlock never fails, and nobody could do anything about it. */
    const bool may_fail = ((command == F_SETLK || command == F_SETLKW) &&
                           ((const struct flock *)argument)->l_type != F_UNLCK) ||
                          command == F_DUPFD_CLOEXEC;
    return may_fail && fault_now(CALL_FCNTL) != NULL ? -1 : real(fd, command, argument);
}
int fcntl64(int fd, int command, ...) __attribute__((alias("fcntl")));

int ioctl(int fd, unsigned long command, ...)
{
    REAL(ioctl)
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return fault_now(CALL_IOCTL) != NULL ? -1 : real(fd, command, argument);
}

/* Moves bytes between memory and a file, maybe fewer. */
#define MOVING(sort, name, parameters, all, fewer)                                                 \
    ssize_t name parameters                                                                        \
    {                                                                                              \
        REAL(name)                                                                                 \
        const mode *fault = fault_now(sort);                                                       \
        if (fault == NULL) {                                                                       \
            return real all;                                                                       \
        }                                                                                          \
        return fault->way == WAY_SHORT ? real fewer : -1;                                          \
    }

MOVING(CALL_READ, read, (int fd, void *at, size_t size), (fd, at, size), (fd, at, less(size)))

ssize_t write(int fd, const void *at, size_t size)
{
    REAL(write)
    const bool wakes = fd >= 0 && fd < WATCHED_MAX && watched[fd].wakes;
    const mode *fault = fault_now(wakes ? CALL_WAKE : CALL_WRITE);
    if (fault == NULL) {
        return real(fd, at, size);
    }
    return fault->way == WAY_SHORT ? real(fd, at, less(size)) : -1;
}

FAILING(CALL_WRITEV, ssize_t, -1, writev, (int fd, const struct iovec *parts, int count),
        (fd, parts, count))
MOVING(CALL_PREAD, pread, (int fd, void *at, size_t size, off_t offset), (fd, at, size, offset),
       (fd, at, less(size), offset))
ssize_t pread64(int fd, void *at, size_t size, off64_t offset) __attribute__((alias("pread")));
MOVING(CALL_PWRITE, pwrite, (int fd, const void *at, size_t size, off_t offset),
       (fd, at, size, offset), (fd, at, less(size), offset))
ssize_t pwrite64(int fd, const void *at, size_t size, off64_t offset)
    __attribute__((alias("pwrite")));

FAILING(CALL_FSTAT, int, -1, fstat, (int fd, struct stat *to), (fd, to))
int fstat64(int fd, struct stat64 *to) __attribute__((alias("fstat")));
FAILING(CALL_FSTAT, int, -1, stat, (const char *path, struct stat *to), (path, to))
int stat64(const char *path, struct stat64 *to) __attribute__((alias("stat")));
FAILING(CALL_FSTAT, int, -1, lstat, (const char *path, struct stat *to), (path, to))
int lstat64(const char *path, struct stat64 *to) __attribute__((alias("lstat")));
FAILING(CALL_FSYNC, int, -1, fsync, (int fd), (fd))
FAILING(CALL_FSYNC, int, -1, fdatasync, (int fd), (fd))
FAILING(CALL_FTRUNCATE, int, -1, ftruncate, (int fd, off_t size), (fd, size))
int ftruncate64(int fd, off64_t size) __attribute__((alias("ftruncate")));
FAILING(CALL_UNLINK, int, -1, unlink, (const char *path), (path))
FAILING(CALL_RENAME, int, -1, rename, (const char *from, const char *to), (from, to))
FAILING(CALL_FLOCK, int, -1, flock, (int fd, int operation), (fd, operation))
FAILING(CALL_DUP2, int, -1, dup2, (int from, int to), (from, to))
FAILING(CALL_READLINK, ssize_t, -1, readlink, (const char *path, char *to, size_t size),
        (path, to, size))
FAILING(CALL_OPENDIR, DIR *, NULL, opendir, (const char *path), (path))
FAILING(CALL_FOPEN, FILE *, NULL, fopen, (const char *path, const char *how), (path, how))
FILE *fopen64(const char *path, const char *how) __attribute__((alias("fopen")));
FAILING(CALL_GETRANDOM, ssize_t, -1, getrandom, (void *to, size_t size, unsigned flags),
        (to, size, flags))

/* ---------------------------------------------------------------- processes and threads */

/* What a thread is to run.  Around it a sanitizer makes calls of its own, and believes that they
 * never fail. */
static struct {
    atomic_bool taken;
    void *(*run)(void *arg);
    void *arg;
} starts[STARTS_MAX];

static void *start_thread(void *place)
{
    const size_t at = (size_t)(uintptr_t)place;
    void *(*run)(void *arg) = starts[at].run;
    void *arg = starts[at].arg;
    atomic_store(&starts[at].taken, false);
    faults_concern_me(true);
    void *result = run(arg);
    faults_concern_me(false);
    return result;
}

int pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *arg)
{
    REAL(pthread_create)
    const mode *fault = fault_now(CALL_PTHREAD_CREATE);
    if (fault != NULL) {
        return fault->error;
    }
    size_t at = 0;
    while (atomic_exchange(&starts[at].taken, true)) {
        at = (at + 1) % STARTS_MAX;
    }
    starts[at].run = run;
    starts[at].arg = arg;
    const int error = real(ret_thread, attributes, start_thread, (void *)(uintptr_t)at);
    if (error != 0) {
        atomic_store(&starts[at].taken, false);
    }
    return error;
}

FAILING(CALL_FORK, pid_t, -1, fork, (void), ())
FAILING(CALL_EXECV, int, -1, execv, (const char *path, char *const arguments[]), (path, arguments))
FAILING(CALL_PIPE2, int, -1, pipe2, (int fds[2], int flags), (fds, flags))
FAILING(CALL_MEMFD_CREATE, int, -1, memfd_create, (const char *name, unsigned flags), (name, flags))

/* What has no function in the C library; the tests ask the kernel through here, too.  Six arguments
 * are passed on, of which the caller may have given fewer. */
__attribute__((no_sanitize_address)) long syscall(long number, ...)
{
    REAL(syscall)
    va_list rest;
    long arguments[6];
    va_start(rest, number);
    for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++) {
        arguments[i] = va_arg(rest, long);
    }
    va_end(rest);
    const bool hardens = number == SYS_seccomp || number == SYS_capset ||
                         (number >= LANDLOCK_FIRST && number <= LANDLOCK_LAST);
    const bool fails = (hardens && fault_now(CALL_HARDEN) != NULL) ||
                       (number == SYS_openat2 && fault_now(CALL_OPEN) != NULL);
    return fails ? -1
                 : real(number, arguments[0], arguments[1], arguments[2], arguments[3],
                        arguments[4], arguments[5]);
}

/* ---------------------------------------------------------------- hashing */

/* As costly as libsodium allows at least: the calls that may fail are those of the full cost, which
 * takes a hundred times as long.  To compare costs what the hash says. */
#ifdef OSP_HAVE_SODIUM
int crypto_pwhash_str_alg(char ret_hash[crypto_pwhash_STRBYTES], const char *password,
                          unsigned long long size, unsigned long long passes, size_t memory,
                          int algorithm)
{
    REAL(crypto_pwhash_str_alg)
    OSP_ASSERT(passes >= crypto_pwhash_OPSLIMIT_MIN && memory >= crypto_pwhash_MEMLIMIT_MIN);
    return real(ret_hash, password, size, crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN,
                algorithm);
}
#endif

#pragma GCC visibility pop

/* ---------------------------------------------------------------- arenas */

/* The linker leads what other files call by these names here (--wrap): what an arena asks of itself
 * is part of one piece. */
void *__real_osp_arena_try(osp_arena *arena, size_t size);
void *__real_osp_arena_zalloc(osp_arena *arena, size_t size);
void *__wrap_osp_arena_try(osp_arena *arena, size_t size);
void *__wrap_osp_arena_zalloc(osp_arena *arena, size_t size);

void *__wrap_osp_arena_try(osp_arena *arena, size_t size)
{
    return fault_now(CALL_ARENA) != NULL ? NULL : __real_osp_arena_try(arena, size);
}

void *__wrap_osp_arena_zalloc(osp_arena *arena, size_t size)
{
    return fault_now(CALL_ARENA) != NULL ? NULL : __real_osp_arena_zalloc(arena, size);
}
