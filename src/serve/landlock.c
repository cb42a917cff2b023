/* Which files a worker may open, by Landlock.
 *
 *     reads    the system's libraries, time zones, what names are resolved with; the current
 *              folder, which is the application's; the files of public/; harden.read
 *     writes   what a resource of the application names, such as the folder of its database;
 *              harden.write
 *     both     files without a name in the folder for answers that are not read
 *
 * All else is refused with EACCES, whoever the worker runs as: other people's files, /proc with the
 * environment and the memory map of the process, /etc/shadow.  What is open already stays so, as
 * the log does.  A worker also binds no TCP port, and reaches no process and no abstract socket
 * outside.
 *
 * A file is granted by its inode: one that is replaced by another of the same name, as
 * /etc/resolv.conf sometimes is, is lost until the worker is replaced.  Of what is known to be
 * replaced the folder is granted.
 *
 * The numbers are written down here, for the headers of the system may be older than its kernel.
 * Source: Documentation/userspace-api/landlock.rst of Linux. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "serve/harden.h"

#define SYS_CREATE_RULESET 444 /* the same on every architecture */
#define SYS_ADD_RULE 445
#define SYS_RESTRICT_SELF 446
#define CREATE_VERSION 1u
#define RULE_PATH_BENEATH 1
#define PATH_SIZE 4096

enum {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_MAKE_CHAR = 1 << 6,
    FS_MAKE_BLOCK = 1 << 11,
    FS_TRUNCATE = 1 << 14,
    FS_IOCTL_DEV = 1 << 15,

    FS_READS = FS_READ_FILE | FS_READ_DIR,
    FS_NEVER = FS_EXECUTE | FS_MAKE_CHAR | FS_MAKE_BLOCK | FS_IOCTL_DEV,
    FS_OF_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV,

    NET_BIND_TCP = 1 << 0,
    SCOPE_ABSTRACT_SOCKETS = 1 << 0,
    SCOPE_SIGNALS = 1 << 1
};

typedef struct ruleset_attr {
    uint64_t fs, net, scoped;
} ruleset_attr;

typedef struct path_beneath_attr {
    uint64_t allowed;
    int32_t parent_fd;
} __attribute__((packed)) path_beneath_attr;

typedef struct ruleset {
    int fd;
    uint64_t handled;
    osp_status status; /* the first failure */
    osp_error *err;
} ruleset;

/* How many bits of file access each version of the interface knows. */
static const uint8_t fs_bits[] = { 0, 13, 14, 15, 15, 16 };

/* What may be missing. */
static const char *const system_paths[] = {
    "/usr",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/resolv.conf",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/NetworkManager",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/dev/urandom",
    "/dev/random",
    "/dev/zero",
    "/sys/devices/system/cpu",
};

static void fail(ruleset *rules, osp_status status, const char *path)
{
    if (rules->status == OSP_OK) {
        rules->status = osp_error_set(rules->err, status, "cannot confine a worker to %.120s: %s",
                                      path, strerror(errno));
    }
}

static void add_rule(ruleset *rules, int fd, uint64_t allowed, const char *path)
{
    const path_beneath_attr attr = { .allowed = allowed & rules->handled, .parent_fd = fd };
    if (syscall(SYS_ADD_RULE, rules->fd, RULE_PATH_BENEATH, &attr, 0) != 0) {
        fail(rules, OSP_E_IO, path);
    }
}

static void allow(ruleset *rules, const char *path, bool writes, bool must_be_there)
{
    struct stat info;
    const int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0) {
        if (must_be_there) {
            fail(rules, OSP_E_NOT_FOUND, path);
        }
    } else {
        const uint64_t wanted = writes ? ~(uint64_t)FS_NEVER : (uint64_t)FS_READS;
        add_rule(rules, fd, S_ISDIR(info.st_mode) ? wanted : wanted & (uint64_t)FS_OF_FILES, path);
    }
    if (fd >= 0) {
        close(fd);
    }
}

static void allow_named(void *arg, const char *path, bool writes)
{
    allow(arg, path, writes, true);
}

static void allow_list(ruleset *rules, osp_str_list list, bool writes)
{
    char path[PATH_SIZE];
    for (size_t i = 0; i < list.count; i++) {
        const osp_str named = list.items[i];
        if (named.len >= sizeof path) {
            errno = ENAMETOOLONG;
            fail(rules, OSP_E_NOT_FOUND, "a path that is too long");
            return;
        }
        memcpy(path, named.ptr, named.len);
        path[named.len] = '\0';
        allow(rules, path, writes, true);
    }
}

/* The folder that the server was started in.  The root of all files is nobody's folder. */
static void allow_current(ruleset *rules)
{
    char path[PATH_SIZE];
    if (getcwd(path, sizeof path) != NULL && strcmp(path, "/") != 0) {
        allow(rules, ".", false, false);
    }
}

static osp_status allow_all(ruleset *rules, const osp_config_harden *options,
                            const osp_app_def *app, const osp_worker_folders *folders)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(system_paths); i++) {
        allow(rules, system_paths[i], false, false);
    }
    allow(rules, "/dev/null", true, false);
    allow_current(rules);
    if (folders->spill >= 0) { /* neither to make a name there, nor to look for one */
        add_rule(rules, folders->spill, FS_READ_FILE | FS_WRITE_FILE, "the folder for answers");
    }
    if (folders->public >= 0) { /* nor to look for one here */
        add_rule(rules, folders->public, FS_READ_FILE, "public/");
    }
    allow_list(rules, options->read, false);
    allow_list(rules, options->write, true);
    const osp_file_names names = { allow_named, rules };
    for (size_t i = 0; i < app->resource_count && rules->status == OSP_OK; i++) {
        const osp_resource *resource = app->resources[i];
        if (resource->files != NULL) {
            OSP_TRY(resource->files(&names, rules->err));
        }
    }
    return rules->status;
}

osp_status osp_landlock_begin(const osp_config_harden *options, const osp_app_def *app,
                              const osp_worker_folders *folders, osp_error *err)
{
    const long version = syscall(SYS_CREATE_RULESET, NULL, 0, CREATE_VERSION);
    if (version < 1) {
        return OSP_E_UNSUPPORTED;
    }
    const size_t known = OSP_ARRAY_LEN(fs_bits) - 1;
    ruleset_attr attr = {
        .fs = (UINT64_C(1) << fs_bits[(size_t)version < known ? (size_t)version : known]) - 1,
        .net = version >= 4 ? (uint64_t)NET_BIND_TCP : 0,
        .scoped = version >= 6 ? (uint64_t)(SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS) : 0
    };
    if (!options->exec) {
        attr.fs &= ~(uint64_t)FS_EXECUTE;
    }
    /* An older kernel refuses a longer structure only when there is something in it. */
    ruleset rules = { .handled = attr.fs, .err = err };
    rules.fd = (int)syscall(SYS_CREATE_RULESET, &attr, sizeof attr, 0);
    if (rules.fd < 0) {
        return osp_error_set(err, OSP_E_IO, "Landlock: %s", strerror(errno));
    }
    osp_status status = allow_all(&rules, options, app, folders);
    if (status == OSP_OK && syscall(SYS_RESTRICT_SELF, rules.fd, 0) != 0) {
        status = osp_error_set(err, OSP_E_IO, "Landlock: %s", strerror(errno));
    }
    close(rules.fd);
    return status;
}
