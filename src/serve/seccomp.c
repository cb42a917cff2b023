/* Which system calls a worker may make, by a filter in the kernel (seccomp).
 *
 *     call --> another architecture's numbers, or x32's --> refused
 *          --> clone3: ENOSYS, and the C library takes clone, whose flags can be seen
 *          --> clone for a new namespace, typing into the terminal, a rare kind of socket: EPERM
 *          --> deny:   one of `denied`, or of `programs`: EPERM      else allowed
 *          --> strict: one of `allowed` (and `programs`): allowed    else SIGSYS, whose
 *                      handler names the route and the number (crash.c)
 *
 * `denied` is what a server never asks for and an intruder would: other processes, the kernel
 * itself, mounts, namespaces, keys, clocks, and calls that are known for their bugs.  `allowed` is
 * what worker, SQLite, libsodium and the threads of the queues were seen to do, plus what the C
 * library does in their place on other kernels.
 *
 * The numbers stand in a row and are compared one by one: since Linux 5.11 the kernel remembers
 * which numbers are always allowed and does not run the filter for them.
 *
 * Source: seccomp(2); Documentation/userspace-api/seccomp_filter.rst of Linux. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "serve/harden.h"
#include "serve/syscalls.h"

#define FILTER_MAX 640
#define X32_BIT 0x40000000u
#define NAMESPACES                                                                                 \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE 0
#endif

typedef struct filter {
    struct sock_filter code[FILTER_MAX];
    size_t len;
} filter;

static void add(filter *f, struct sock_filter instruction)
{
    OSP_ASSERT(f->len < FILTER_MAX);
    f->code[f->len++] = instruction;
}

static void load(filter *f, size_t offset)
{
    add(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void end(filter *f, uint32_t verdict)
{
    add(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

/* The verdict where what is loaded compares so; else on. */
static void end_if(filter *f, uint16_t comparison, uint32_t with, uint32_t verdict)
{
    add(f, (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | comparison | BPF_K), with, 0, 1));
    end(f, verdict);
}

/* The lower half of an argument, which is all of it for what is looked at here. */
static void load_argument(filter *f, size_t index)
{
    const size_t low = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0;
    load(f, offsetof(struct seccomp_data, args) + 8 * index + low);
}

/* Skips what follows, up to filter_here(), unless the loaded number is this. */
static size_t filter_only(filter *f, long number)
{
    add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 0));
    return f->len - 1;
}

static void filter_here(filter *f, size_t from)
{
    load(f, offsetof(struct seccomp_data, nr)); /* the argument stood there */
    OSP_ASSERT(f->len - from - 2 <= UINT8_MAX);
    f->code[from].jf = (uint8_t)(f->len - from - 2);
}

static void add_architecture(filter *f)
{
    load(f, offsetof(struct seccomp_data, arch));
    add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
    end(f, REFUSE);
    load(f, offsetof(struct seccomp_data, nr));
    end_if(f, BPF_JGE, X32_BIT, REFUSE);
}

static void add_arguments(filter *f)
{
    static const uint32_t families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };
    end_if(f, BPF_JEQ, (uint32_t)SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
    size_t from = filter_only(f, SYS_clone);
    load_argument(f, 0);
    end_if(f, BPF_JSET, (uint32_t)NAMESPACES, REFUSE);
    filter_here(f, from);
    from = filter_only(f, SYS_ioctl);
    load_argument(f, 1);
    end_if(f, BPF_JEQ, TIOCSTI, REFUSE);
    end_if(f, BPF_JEQ, TIOCLINUX, REFUSE);
    filter_here(f, from);
    from = filter_only(f, SYS_socket);
    load_argument(f, 0);
    for (size_t i = 0; i < OSP_ARRAY_LEN(families); i++) {
        const uint8_t behind = (uint8_t)(OSP_ARRAY_LEN(families) - i);
        add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, families[i], behind, 0));
    }
    end(f, REFUSE);
    filter_here(f, from);
}

static void add_numbers(filter *f, const uint16_t *numbers, size_t count, uint32_t verdict)
{
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] != OSP_NO_SYSCALL) {
            end_if(f, BPF_JEQ, numbers[i], verdict);
        }
    }
}

osp_status osp_seccomp_begin(osp_seccomp_mode mode, bool exec, osp_error *err)
{
    const uint32_t trap = SECCOMP_RET_TRAP;
    if (ARCHITECTURE == 0 || syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &trap) != 0) {
        return OSP_E_UNSUPPORTED;
    }
    filter f = { .len = 0 };
    add_architecture(&f);
    add_arguments(&f);
    add_numbers(&f, osp_syscalls_programs, osp_syscalls_programs_count,
                exec ? REFUSE : SECCOMP_RET_ALLOW);
    if (mode == OSP_SECCOMP_STRICT) {
        add_numbers(&f, osp_syscalls_allowed, osp_syscalls_allowed_count, SECCOMP_RET_ALLOW);
        end(&f, SECCOMP_RET_TRAP);
    } else {
        add_numbers(&f, osp_syscalls_denied, osp_syscalls_denied_count, REFUSE);
        end(&f, SECCOMP_RET_ALLOW);
    }
    const struct sock_fprog program = { .len = (unsigned short)f.len, .filter = f.code };
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0) {
        return osp_error_set(err, OSP_E_IO, "the filter of system calls: %s", strerror(errno));
    }
    return OSP_OK;
}
