/* The numbers of system calls that the filter of seccomp.c knows. */
#include "serve/syscalls.h"

#include <openspeed/base.h>
#include <sys/syscall.h>

/* What younger architectures leave out. */
#ifndef SYS_access
#define SYS_access OSP_NO_SYSCALL
#endif
#ifndef SYS_alarm
#define SYS_alarm OSP_NO_SYSCALL
#endif
#ifndef SYS_epoll_wait
#define SYS_epoll_wait OSP_NO_SYSCALL
#endif
#ifndef SYS_ioperm
#define SYS_ioperm OSP_NO_SYSCALL
#endif
#ifndef SYS_iopl
#define SYS_iopl OSP_NO_SYSCALL
#endif
#ifndef SYS_lstat
#define SYS_lstat OSP_NO_SYSCALL
#endif
#ifndef SYS_modify_ldt
#define SYS_modify_ldt OSP_NO_SYSCALL
#endif
#ifndef SYS_open
#define SYS_open OSP_NO_SYSCALL
#endif
#ifndef SYS_poll
#define SYS_poll OSP_NO_SYSCALL
#endif
#ifndef SYS_readlink
#define SYS_readlink OSP_NO_SYSCALL
#endif
#ifndef SYS_renameat
#define SYS_renameat OSP_NO_SYSCALL
#endif
#ifndef SYS_stat
#define SYS_stat OSP_NO_SYSCALL
#endif
#ifndef SYS_time
#define SYS_time OSP_NO_SYSCALL
#endif
#ifndef SYS_unlink
#define SYS_unlink OSP_NO_SYSCALL
#endif

/* Nobody's business in a worker. */
const uint16_t osp_syscalls_denied[] = {
    /* other processes */
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_process_madvise,
    SYS_pidfd_getfd,
    SYS_kcmp,
    /* the kernel */
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_reboot,
    SYS_syslog,
    SYS_acct,
    SYS_quotactl,
    SYS_quotactl_fd,
    /* file systems */
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_open_tree,
    SYS_move_mount,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_swapon,
    SYS_swapoff,
    SYS_open_by_handle_at,
    SYS_name_to_handle_at,
    SYS_fanotify_init,
    /* namespaces and identity */
    SYS_unshare,
    SYS_setns,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_personality,
    SYS_vhangup,
    /* keys */
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    /* clocks */
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    /* devices and segments */
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
    /* rare, and known for bugs */
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_vmsplice,
    SYS_remap_file_pages,
    SYS_migrate_pages,
    SYS_move_pages,
};
const size_t osp_syscalls_denied_count = OSP_ARRAY_LEN(osp_syscalls_denied);

/* What starts a program. */
const uint16_t osp_syscalls_programs[] = {
    SYS_execve,
    SYS_execveat,
};
const size_t osp_syscalls_programs_count = OSP_ARRAY_LEN(osp_syscalls_programs);

/* All that a worker is known to need.  Other calls of an application are not among them: it opens
 * no connection, for one. */
const uint16_t osp_syscalls_allowed[] = {
    /* files: SQLite, and what the C library asks in its own name */
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_pwrite64,
    SYS_lseek,
    SYS_open,
    SYS_openat,
    SYS_openat2,
    SYS_close,
    SYS_stat,
    SYS_fstat,
    SYS_lstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_access,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_readlink,
    SYS_readlinkat,
    SYS_getcwd,
    SYS_fcntl,
    SYS_fsync,
    SYS_fdatasync,
    SYS_ftruncate,
    SYS_fallocate,
    SYS_unlink,
    SYS_unlinkat,
    SYS_linkat,
    SYS_renameat,
    SYS_renameat2,
    SYS_fchmod,
    SYS_fchown,
    SYS_ioctl,
    SYS_sendfile,
    /* memory */
    SYS_brk,
    SYS_mmap,
    SYS_munmap,
    SYS_mprotect,
    SYS_mremap,
    SYS_madvise,
    SYS_mlock,
    SYS_munlock,
    /* threads and signals */
    SYS_clone,
    SYS_futex,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_exit,
    SYS_exit_group,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_kill,
    SYS_tgkill,
    SYS_gettid,
    SYS_getpid,
    SYS_getppid,
    SYS_restart_syscall,
    SYS_alarm,
    SYS_setitimer,
    SYS_prctl,
    SYS_signalfd4,
    /* who and how much */
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getrlimit,
    SYS_prlimit64,
    SYS_getrusage,
    SYS_sysinfo,
    SYS_uname,
    SYS_getcpu,
    /* connections */
    SYS_accept4,
    SYS_getsockname,
    SYS_getpeername,
    SYS_getsockopt,
    SYS_setsockopt,
    SYS_sendto,
    SYS_recvfrom,
    SYS_sendmsg,
    SYS_recvmsg,
    SYS_shutdown,
    /* waiting */
    SYS_poll,
    SYS_ppoll,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_wait,
    SYS_epoll_pwait,
    SYS_epoll_pwait2,
    SYS_eventfd2,
    SYS_nanosleep,
    SYS_clock_nanosleep,
    /* time and chance */
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_gettimeofday,
    SYS_time,
    SYS_getrandom,
};
const size_t osp_syscalls_allowed_count = OSP_ARRAY_LEN(osp_syscalls_allowed);
