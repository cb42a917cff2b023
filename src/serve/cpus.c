/* Processors that may be used: what the kernel schedules on, cut by the quota of control groups;
 * and the memory that these allow.
 *
 *     version 2    ROOT/GROUP/cpu.max              "150000 100000", or "max 100000"
 *                  ROOT/GROUP/memory.max and .high bytes, or "max"
 *     version 1    ROOT/cpu/GROUP/cpu.cfs_quota_us and cpu.cfs_period_us, -1: none
 *                  ROOT/memory/GROUP/memory.limit_in_bytes, more than there can be: none
 *
 * A group has no more than those above it, so all on the way up are read.  In a container the path
 * of the group is often that of the host, and the mounted root is the group itself: a file that is
 * not there says nothing, and the root is always read. */
#include "serve/cpus.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIST_MAX 8192
#define PATH_BYTES_MAX 1024
#define SET_MAX 65536 /* processors that a machine may have */
#define NO_MEMORY_LIMIT (UINT64_C(1) << 60)

/* One thing that groups limit. */
typedef struct limit {
    const char *controller;
    const char *mounts[2];                       /* of version 1, below the root; NULL: no more */
    uint64_t (*at)(const char *folder, bool v2); /* of one group; 0: none */
} limit;

/* The first bytes of a file, as many as fit; 0: it cannot be read. */
static size_t read_file(const char *path, char *text, size_t size)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t len = fd >= 0 ? read(fd, text, size - 1) : 0;
    if (fd >= 0) {
        close(fd);
    }
    text[len > 0 ? len : 0] = 0;
    return len > 0 ? (size_t)len : 0;
}

static uint64_t hundredths(long long quota_us, long long period_us)
{
    if (quota_us <= 0 || period_us <= 0 || quota_us > INT64_MAX / 100) {
        return 0;
    }
    const uint64_t found = (uint64_t)quota_us * 100 / (uint64_t)period_us;
    return found > 0 ? found : 1;
}

static uint64_t quota_at(const char *folder, bool v2)
{
    char path[PATH_BYTES_MAX + 32], text[64];
    long long quota = 0, period = 0;
    (void)snprintf(path, sizeof path, "%s/%s", folder, v2 ? "cpu.max" : "cpu.cfs_quota_us");
    if (read_file(path, text, sizeof text) == 0) {
        return 0;
    }
    if (v2) {
        return sscanf(text, "%lld %lld", &quota, &period) == 2 ? hundredths(quota, period) : 0;
    }
    const bool found = sscanf(text, "%lld", &quota) == 1;
    (void)snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
    return found && read_file(path, text, sizeof text) > 0 && sscanf(text, "%lld", &period) == 1
               ? hundredths(quota, period)
               : 0;
}

/* The bytes that a file allows; 0: it says nothing. */
static uint64_t bytes_in(const char *folder, const char *name)
{
    char path[PATH_BYTES_MAX + 32], text[64];
    long long bytes = 0;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (read_file(path, text, sizeof text) == 0 || sscanf(text, "%lld", &bytes) != 1 ||
        bytes <= 0) {
        return 0;
    }
    return (uint64_t)bytes < NO_MEMORY_LIMIT ? (uint64_t)bytes : 0;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static uint64_t memory_at(const char *folder, bool v2)
{
    return v2 ? lesser(bytes_in(folder, "memory.max"), bytes_in(folder, "memory.high"))
              : bytes_in(folder, "memory.limit_in_bytes");
}

static const limit cpu_limit = { "cpu", { "/cpu", "/cpu,cpuacct" }, quota_at };
static const limit memory_limit = { "memory", { "/memory", NULL }, memory_at };

/* The least limit of a group and of all above it.  mount: "" of version 2. */
static uint64_t least_up(const limit *what, const char *root, const char *mount, osp_str group)
{
    char folder[PATH_BYTES_MAX];
    const int base = snprintf(folder, sizeof folder, "%s%s", root, mount);
    uint64_t least = 0;
    if (base < 0 || (size_t)base + group.len + 1 > sizeof folder) {
        return 0;
    }
    memcpy(folder + base, group.ptr, group.len);
    folder[(size_t)base + group.len] = 0;
    for (;;) {
        least = lesser(least, what->at(folder, mount[0] == 0));
        char *slash = strrchr(folder + base, '/');
        if (slash == NULL) {
            return least;
        }
        *slash = 0;
    }
}

/* Whether the list between the colons has a controller. */
static bool lists(osp_str controllers, const char *controller)
{
    for (size_t at = 0; at < controllers.len;) {
        const char *comma = memchr(controllers.ptr + at, ',', controllers.len - at);
        const size_t end = comma != NULL ? (size_t)(comma - controllers.ptr) : controllers.len;
        if (osp_str_equal((osp_str){ controllers.ptr + at, end - at }, osp_str_from(controller))) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

/* One line, NUMBER:CONTROLLERS:GROUP. */
static uint64_t limit_of_line(const limit *what, osp_str line, const char *root)
{
    const char *first = memchr(line.ptr, ':', line.len);
    const char *end = line.ptr + line.len;
    const char *second = first != NULL ? memchr(first + 1, ':', (size_t)(end - first) - 1) : NULL;
    if (second == NULL) {
        return 0;
    }
    const osp_str controllers = { first + 1, (size_t)(second - first) - 1 };
    osp_str group = { second + 1, (size_t)(end - second) - 1 };
    const osp_str above = OSP_STR("/..");
    if (memmem(group.ptr, group.len, above.ptr, above.len) != NULL) {
        group.len = 0; /* a group outside of the namespace: only the root can be seen */
    }
    if (controllers.len == 0) {
        return least_up(what, root, "", group);
    }
    uint64_t found = 0;
    for (size_t i = 0; i < 2 && found == 0 && what->mounts[i] != NULL; i++) {
        found =
            lists(controllers, what->controller) ? least_up(what, root, what->mounts[i], group) : 0;
    }
    return found;
}

static uint64_t limit_of(const limit *what, osp_str list, const char *root)
{
    uint64_t least = 0;
    for (size_t at = 0; at < list.len;) {
        const char *newline = memchr(list.ptr + at, '\n', list.len - at);
        const size_t end = newline != NULL ? (size_t)(newline - list.ptr) : list.len;
        least = lesser(least, limit_of_line(what, (osp_str){ list.ptr + at, end - at }, root));
        at = end + 1;
    }
    return least;
}

uint64_t osp_cpus_quota(osp_str list, const char *root)
{
    return limit_of(&cpu_limit, list, root);
}

uint64_t osp_memory_quota(osp_str list, const char *root)
{
    return limit_of(&memory_limit, list, root);
}

uint64_t osp_memory_usable(void)
{
    char list[LIST_MAX];
    const size_t len = read_file("/proc/self/cgroup", list, sizeof list);
    return osp_memory_quota((osp_str){ list, len }, "/sys/fs/cgroup");
}

/* Of a machine with more processors than cpu_set_t has room for, too. */
static size_t schedulable(void)
{
    for (size_t most = CPU_SETSIZE; most <= SET_MAX; most *= 2) {
        cpu_set_t *set = CPU_ALLOC(most);
        const size_t size = CPU_ALLOC_SIZE(most);
        const bool known = set != NULL && sched_getaffinity(0, size, set) == 0;
        const int count = known ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (count > 0) {
            return (size_t)count;
        }
    }
    return 1;
}

size_t osp_cpus_usable(size_t most)
{
    char list[LIST_MAX];
    const size_t len = read_file("/proc/self/cgroup", list, sizeof list);
    const uint64_t quota = osp_cpus_quota((osp_str){ list, len }, "/sys/fs/cgroup");
    size_t count = schedulable();
    if (quota != 0 && (quota + 99) / 100 < count) {
        count = (size_t)((quota + 99) / 100);
    }
    return count < most ? count : most;
}
