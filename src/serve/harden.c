/* What the processes of the server give up, and when.
 *
 *     supervisor   umask --> another user, if it is told to --> no_new_privs
 *                  (migrations, sockets and workers come after)
 *     worker       no dumps --> no written code --> no_new_privs --> no capability
 *                  --> files (landlock.c) --> system calls (seccomp.c)
 *                  (the resources of the application are opened after)
 *
 * The user changes before anything is made rather than after the port is bound, so that migrations
 * make files that a worker can write: of root's capabilities the one for ports below 1024 is kept,
 * by the supervisor alone, for a worker is exec'ed without it.
 *
 * A worker of root (no user was named) keeps CAP_DAC_OVERRIDE: containers run so with a database
 * that belongs to somebody else.  Which files, Landlock says.
 *
 * Sanitizers do what the filters refuse (a leak is looked for with ptrace and in /proc), so their
 * builds have neither filters nor the rules about memory.
 * Source: capabilities(7), prctl(2), PR_SET_NO_NEW_PRIVS(2const), PR_SET_MDWE(2const). */
#include "serve/harden.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sanitizer.h"

#define SET_MDWE 65 /* prctl of Linux 6.3; 1: neither write and execute nor one after the other */
#define CAP_WORDS 2
#define USER_SIZE 1024        /* the configuration allows 255 characters */
#define DESCRIPTORS_MAX 65536 /* looked at where the kernel has no call for a range */
#define CLOSE_ON_EXEC 4u      /* CLOSE_RANGE_CLOEXEC of Linux 5.11 */
#define SAID_MAX 512

#if OSP_ASAN || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

static const char *const modes[] = {
    [OSP_SECCOMP_OFF] = "off", [OSP_SECCOMP_DENY] = "on", [OSP_SECCOMP_STRICT] = "strict"
};

/* ---------------------------------------------------------------- capabilities and users */

static osp_status capabilities_set(const struct __user_cap_data_struct *sets, osp_error *err)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct after[CAP_WORDS];
    if (syscall(SYS_capset, &head, sets) != 0 || syscall(SYS_capget, &head, after) != 0 ||
        memcmp(sets, after, sizeof after) != 0) {
        return osp_error_set(err, OSP_E_IO, "cannot set capabilities: %s", strerror(errno));
    }
    return OSP_OK;
}

/* Gives up all capabilities but `kept`, a bit each, of which only those there are stay. */
static osp_status capabilities_keep(uint64_t kept, osp_error *err)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct sets[CAP_WORDS];
    if (syscall(SYS_capget, &head, sets) != 0) {
        return osp_error_set(err, OSP_E_IO, "capget: %s", strerror(errno));
    }
    for (size_t i = 0; i < CAP_WORDS; i++) {
        sets[i].effective = sets[i].permitted; /* a new user begins without */
        sets[i].inheritable = 0;
    }
    OSP_TRY(capabilities_set(sets, err));
    /* Where this is not permitted, no_new_privs keeps programs from getting any. */
    for (int number = 0; prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; number++) {
        if ((kept >> number & 1) == 0) {
            (void)prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
        }
    }
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (size_t i = 0; i < CAP_WORDS; i++) {
        sets[i].permitted &= (uint32_t)(kept >> (32 * i));
        sets[i].effective = sets[i].permitted;
    }
    return capabilities_set(sets, err);
}

/* "12" or "12:34", for users that nobody has written down. */
static bool parse_ids(const char *text, uid_t *ret_uid, gid_t *ret_gid)
{
    const char *colon = strchr(text, ':');
    const osp_str first = { text, colon != NULL ? (size_t)(colon - text) : strlen(text) };
    int64_t uid = -1, gid = -1;
    if (osp_str_to_int(first, &uid) != OSP_OK ||
        osp_str_to_int(colon != NULL ? osp_str_from(colon + 1) : first, &gid) != OSP_OK ||
        uid < 0 || gid < 0 || uid >= UINT32_MAX || gid >= UINT32_MAX) {
        return false;
    }
    *ret_uid = (uid_t)uid;
    *ret_gid = (gid_t)gid;
    return true;
}

static bool is_user(uid_t uid, gid_t gid)
{
    uid_t uids[3];
    gid_t gids[3];
    return getresuid(&uids[0], &uids[1], &uids[2]) == 0 &&
           getresgid(&gids[0], &gids[1], &gids[2]) == 0 && uids[0] == uid && uids[1] == uid &&
           uids[2] == uid && gids[0] == gid && gids[1] == gid && gids[2] == gid;
}

/* Groups first: afterwards nothing of this is permitted. */
static osp_status become(osp_str name, osp_error *err)
{
    char user[USER_SIZE];
    OSP_ASSERT(name.len < sizeof user);
    memcpy(user, name.ptr, name.len);
    user[name.len] = '\0';
    uid_t uid = 0;
    gid_t gid = 0;
    const bool by_number = parse_ids(user, &uid, &gid);
    const struct passwd *entry = by_number ? NULL : getpwnam(user);
    if (!by_number && entry == NULL) {
        return osp_error_set(err, OSP_E_INVALID, "harden.user is \"%.40s\", which is no user here",
                             user);
    }
    if (entry != NULL) {
        uid = entry->pw_uid;
        gid = entry->pw_gid;
    }
    if (is_user(uid, gid)) {
        return OSP_OK;
    }
    const int groups = entry != NULL ? initgroups(user, gid) : setgroups(1, &gid);
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || groups != 0 || setresgid(gid, gid, gid) != 0 ||
        setresuid(uid, uid, uid) != 0 || !is_user(uid, gid)) {
        return osp_error_set(err, OSP_E_IO, "cannot become the user %.40s: %s", user,
                             strerror(errno));
    }
    (void)prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
    OSP_TRY(capabilities_keep(UINT64_C(1) << CAP_NET_BIND_SERVICE, err));
    return uid == 0 || setuid(0) != 0
               ? OSP_OK
               : osp_error_set(err, OSP_E_IO, "the user %.40s can become root again", user);
}

static osp_status no_new_privileges(osp_error *err)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
               ? OSP_OK
               : osp_error_set(err, OSP_E_IO, "no_new_privs: %s", strerror(errno));
}

osp_status osp_harden_begin(const osp_config_harden *options, osp_error *err)
{
    if (options->umask) {
        const mode_t mask = umask(S_IRWXO);
        (void)umask(mask | S_IWGRP | S_IRWXO);
    }
    OSP_TRY(options->user.len > 0 ? become(options->user, err) : OSP_OK);
    return options->privileges ? no_new_privileges(err) : OSP_OK;
}

/* ---------------------------------------------------------------- a worker */

/* What holds, for osp_harden_options.verbose. */
typedef struct said {
    char text[SAID_MAX];
    size_t len;
} said;

static void say(said *s, const char *what, const char *how)
{
    const int len = snprintf(s->text + s->len, sizeof s->text - s->len, " %s=%s", what, how);
    s->len += len > 0 && (size_t)len < sizeof s->text - s->len ? (size_t)len : 0;
}

/* A part that a kernel may lack is left out where it does. */
static osp_status confine(said *s, const char *what, const char *how, osp_status status)
{
    say(s, what, status == OSP_OK ? how : "absent");
    return status == OSP_E_UNSUPPORTED ? OSP_OK : status;
}

static void guard_memory(const osp_config_harden *options, said *s)
{
    if (options->dump) {
        const struct rlimit none = { 0 };
        const bool done =
            setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
        say(s, "dump", done ? "on" : "absent");
    }
    if (options->wx) {
        say(s, "wx", prctl(SET_MDWE, 1, 0, 0, 0) == 0 ? "on" : "absent");
    }
}

static osp_status guard_calls(const osp_config_harden *options, const osp_app_def *app,
                              const osp_worker_folders *folders, said *s, osp_error *err)
{
    if (options->landlock) {
        OSP_TRY(confine(s, "landlock", "on", osp_landlock_begin(options, app, folders, err)));
    }
    if (options->seccomp != OSP_SECCOMP_OFF) {
        OSP_TRY(confine(s, "seccomp", modes[options->seccomp],
                        osp_seccomp_begin(options->seccomp, options->exec, err)));
        say(s, "exec", options->exec ? "on" : "off");
    }
    return OSP_OK;
}

osp_status osp_harden_worker(const osp_config_harden *options, const osp_app_def *app,
                             const osp_worker_folders *folders, osp_journal *journal,
                             osp_error *err)
{
    said s = { .len = 0 };
    if (!SANITIZED) {
        guard_memory(options, &s);
    }
    if (options->privileges || options->landlock || options->seccomp != OSP_SECCOMP_OFF) {
        OSP_TRY(no_new_privileges(err));
    }
    if (options->privileges) {
        OSP_TRY(
            capabilities_keep(geteuid() == 0 ? UINT64_C(1) << CAP_DAC_OVERRIDE : UINT64_C(0), err));
        say(&s, "privileges", "on");
    }
    OSP_TRY(SANITIZED ? OSP_OK : guard_calls(options, app, folders, &s, err));
    if (options->verbose) {
        osp_journal_say(journal, OSP_LOG_INFO, "worker %d is hardened:%s%s", (int)getpid(), s.text,
                        SANITIZED ? " (a sanitizer does not bear the rest)" : "");
    }
    return OSP_OK;
}

void osp_harden_descriptors(int first)
{
    if (syscall(SYS_close_range, (unsigned)first, ~0u, CLOSE_ON_EXEC) == 0) {
        return;
    }
    struct rlimit limit;
    const rlim_t most = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
    for (int fd = first; fd < DESCRIPTORS_MAX && (rlim_t)fd < most; fd++) {
        const int flags = fcntl(fd, F_GETFD);
        if (flags >= 0) {
            (void)fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
        }
    }
}
