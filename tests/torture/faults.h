/* Which call fails, in which way; and what this process holds.
 *
 * calls.c stands in front of the C library's functions for the whole process, also for SQLite,
 * PCRE2 and libsodium.  Each call is counted by its sort; one of them, or all from one on, can be
 * made to fail as the system may fail it.  The clients of the tests live in the same process and
 * ask the kernel directly (raw.h), so what is counted is the worker's. */
#ifndef OSP_TORTURE_FAULTS_H
#define OSP_TORTURE_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAULTS_EACH 12

/* The sorts of calls. */
typedef enum call {
    CALL_MALLOC = 0, /* and calloc, realloc and those with an alignment */
    CALL_ARENA,      /* a piece of an arena, which seldom asks malloc */
    CALL_MMAP,
    CALL_MPROTECT,
    CALL_MUNMAP,
    CALL_RECV,
    CALL_SEND,
    CALL_SENDFILE,
    CALL_ACCEPT4,
    CALL_SHUTDOWN,
    CALL_SETSOCKOPT,
    CALL_GETPEERNAME,
    CALL_EPOLL_CREATE1,
    CALL_EPOLL_CTL,
    CALL_EPOLL_PWAIT,
    CALL_EVENTFD,
    CALL_SIGNALFD,
    CALL_SIGALTSTACK,
    CALL_PTHREAD_CREATE,
    CALL_GETRANDOM,
    CALL_OPEN, /* and openat */
    CALL_CLOSE,
    CALL_READ,
    CALL_WRITE,
    CALL_WRITEV,
    CALL_WAKE, /* write to an eventfd */
    CALL_IOCTL,
    CALL_PREAD,
    CALL_PWRITE,
    CALL_FSTAT, /* and stat, lstat */
    CALL_FCNTL,
    CALL_FSYNC, /* and fdatasync */
    CALL_FTRUNCATE,
    CALL_UNLINK,
    CALL_FORK,
    CALL_EXECV,
    CALL_PIPE2,
    CALL_MEMFD_CREATE,
    CALL_SOCKET,
    CALL_BIND,
    CALL_LISTEN,
    CALL_CONNECT,
    CALL_GETSOCKNAME,
    CALL_SENDTO,
    CALL_POLL,
    CALL_SIGTIMEDWAIT,
    CALL_DUP2,
    CALL_FOPEN,
    CALL_RENAME,
    CALL_FLOCK,
    CALL_READLINK,
    CALL_OPENDIR,
    CALL_HARDEN, /* what a worker gives up by a number: seccomp, landlock, capset */
    CALL_COUNT,  /* also: of any sort */
} call;

/* How it fails. */
typedef enum way {
    WAY_FAILS, /* with an errno, and nothing is done */
    WAY_LATER, /* the same, and what was asked for comes a moment later: an event tells */
    WAY_SHORT, /* less than was asked for is moved, and an event tells of the rest */
    WAY_DONE,  /* it is done, and fails all the same */
} way;

typedef struct mode {
    call call;
    const char *name; /* of the errno, or "short"; with a "+": so fail all from then on */
    int error;
    way way;
    bool lasts;    /* every later call of the sort fails too */
    bool harmless; /* whoever is asked must make up for it: answers are as without the fault */
} mode;

/* A number that looks like chance, for one that does not. */
uint64_t mix(uint64_t x);

extern const mode modes[];
extern const size_t mode_count;
const char *call_name(call which);

/* From now on calls are counted, from 1; the nth of the mode's sort fails.  mode: NULL, none does;
 * of CALL_COUNT, one in FAULTS_EACH does, and nth says which and how. */
void faults_arm(const mode *how, size_t nth);
/* Nothing fails any more and nothing is counted.  How many calls have failed. */
size_t faults_disarm(void);
/* How many calls of a sort there were since faults_arm. */
size_t faults_counted(call which);

/* From now on processes that say the same path count together, and have the same calls fail. */
bool faults_share(const char *path);

/* For calls.c: whether calls of this thread count; those of the one that arms always do. */
void faults_concern_me(bool yes);

/* For calls.c: counts a call, and tells how it has to fail; NULL: it has not. */
const mode *fault_now(call which);

/* What the process holds. */
typedef struct account {
    int64_t blocks;      /* of malloc */
    int64_t mapped;      /* bytes of mmap */
    int64_t descriptors; /* open ones */
} account;
account account_now(void);
/* For calls.c. */
void account_add(int64_t blocks, int64_t mapped);

#endif
