/* What the kernel writes for this server, or whoever mounted something in its place: groups of
 * processes with their limits, and tables of sockets.
 *
 * The first byte chooses.  Parts end with 0xff.  Limits of a list are the least of those of its
 * parts, and the plain file is read as strtoll reads it; a socket that listens is found behind
 * whatever stands before it. */
#include <sys/mman.h>
#include <sys/stat.h>

#include "serve/cpus.h"
#include "serve/holder.c" /* whose tables have their own places */

#define TEXT_MAX 1024
#define END 0xff
#define GROUP_FILE_READ 63 /* bytes */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[] = "/tmp/openspeed-fuzz-XXXXXX";
static const char *const folders[] = { "cpu", "memory", "a" };
static const char *const files[] = { "cpu.max",
                                     "memory.max",
                                     "memory.high",
                                     "a/cpu.max",
                                     "cpu/cpu.cfs_quota_us",
                                     "cpu/cpu.cfs_period_us",
                                     "memory/memory.limit_in_bytes" };

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

static const char *in_root(const char *name)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static void remove_root(void)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(files); i++) {
        (void)unlink(in_root(files[i]));
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(folders); i++) {
        (void)rmdir(in_root(folders[i]));
    }
    (void)rmdir(root);
}

static void make_root(void)
{
    require(mkdtemp(root) != NULL && atexit(remove_root) == 0);
    for (size_t i = 0; i < OSP_ARRAY_LEN(folders); i++) {
        require(mkdir(in_root(folders[i]), 0700) == 0);
    }
}

/* The next part of what is left. */
static osp_str take(osp_str *rest)
{
    const char *end = memchr(rest->ptr, END, rest->len);
    const size_t len = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
    const osp_str part = { rest->ptr, len };
    const size_t used = len + (end != NULL);
    *rest = (osp_str){ rest->ptr + used, rest->len - used };
    return part;
}

/* What a file has already costs nothing. */
static void put_file(size_t which, osp_str text)
{
    static char known[OSP_ARRAY_LEN(files)][TEXT_MAX];
    static size_t known_len[OSP_ARRAY_LEN(files)];
    if (text.len == known_len[which] && memcmp(known[which], text.ptr, text.len) == 0) {
        return;
    }
    const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    const int fd = open(in_root(files[which]), flags, 0600);
    require(fd >= 0 && write(fd, text.ptr, text.len) == (ssize_t)text.len);
    close(fd);
    memcpy(known[which], text.ptr, text.len);
    known_len[which] = text.len;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

/* "QUOTA PERIOD", as the C library reads numbers. */
static uint64_t expected_quota(osp_str text)
{
    char copy[GROUP_FILE_READ + 1] = { 0 }, *behind, *end;
    memcpy(copy, text.ptr, text.len < GROUP_FILE_READ ? text.len : GROUP_FILE_READ);
    const long long quota = strtoll(copy, &behind, 10);
    const long long period = strtoll(behind, &end, 10);
    if (behind == copy || end == behind || quota <= 0 || period <= 0 || quota > INT64_MAX / 100) {
        return 0;
    }
    const uint64_t found = (uint64_t)quota * 100 / (uint64_t)period;
    return found > 0 ? found : 1;
}

static void fuzz_groups(osp_str in)
{
    const osp_str list = take(&in), plain = OSP_STR("0::/\n");
    const osp_str max = take(&in);
    put_file(0, max);
    for (size_t i = 1; i < OSP_ARRAY_LEN(files); i++) {
        put_file(i, take(&in));
    }
    const uint64_t quota = osp_cpus_quota(list, root), memory = osp_memory_quota(list, root);
    require(osp_cpus_quota(plain, root) == expected_quota(max));
    require(memory < UINT64_C(1) << 60);
    const char *newline = memchr(list.ptr, '\n', list.len);
    if (newline != NULL) {
        const size_t front = (size_t)(newline - list.ptr) + 1;
        const osp_str first = { list.ptr, front };
        const osp_str rest = { list.ptr + front, list.len - front };
        require(quota == lesser(osp_cpus_quota(first, root), osp_cpus_quota(rest, root)));
        require(memory == lesser(osp_memory_quota(first, root), osp_memory_quota(rest, root)));
    }
}

/* Whatever stands before it, a line that the kernel wrote is read. */
static void fuzz_table(osp_str in, bool port)
{
    static const char tcp[] =
        "\n   0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 "
        "00000000     0        0 4711 1 0 100 0 0 10 0\n";
    static const char path[] = "\n0: 00000002 00000000 00010000 0001 01 4711 @there\n";
    static int fd = -1;
    const char *line = port ? tcp : path;
    char place[64];
    fd = fd < 0 ? memfd_create("table", MFD_CLOEXEC) : fd;
    require(fd >= 0 && ftruncate(fd, 0) == 0);
    require(pwrite(fd, in.ptr, in.len, 0) == (ssize_t)in.len);
    require(pwrite(fd, line, strlen(line), (off_t)in.len) == (ssize_t)strlen(line));
    (void)snprintf(place, sizeof place, "/proc/self/fd/%d", fd);
    const osp_address there = { .kind = OSP_ADDRESS_ABSTRACT, .path = "there" };
    require((port ? inode_of_port(place, 80) : inode_of_path(place, &there)) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool made;
    if (size == 0 || size > TEXT_MAX) {
        return 0;
    }
    if (!made) {
        made = true;
        make_root();
    }
    const osp_str in = { (const char *)data + 1, size - 1 };
    if (data[0] % 3 == 0) {
        fuzz_groups(in);
    } else {
        fuzz_table(in, data[0] % 3 == 1);
    }
    return 0;
}
