/* Quotas of control groups, from files made here. */
#include "serve/cpus.h"

#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/unit.h"

static char root[64];

static void put(const char *path, const char *text)
{
    char whole[256];
    (void)snprintf(whole, sizeof whole, "%s/%s", root, path);
    for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = 0;
        (void)mkdir(whole, 0700);
        *slash = '/';
    }
    FILE *file = fopen(whole, "w");
    OSP_CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void begin(void)
{
    (void)snprintf(root, sizeof root, "/tmp/openspeed-cpus-XXXXXX");
    OSP_CHECK(mkdtemp(root) != NULL);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    (void)about, (void)kind, (void)at;
    return remove(path);
}

static void end(void)
{
    OSP_CHECK(nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static uint64_t quota(const char *list)
{
    return osp_cpus_quota(osp_str_from(list), root);
}

OSP_UNIT_TEST(cpus_v2, "version 2: the least on the way up")
{
    begin();
    put("a/b/cpu.max", "max 100000\n");
    OSP_CHECK(quota("0::/a/b\n") == 0);
    put("a/cpu.max", "150000 100000\n");
    OSP_CHECK(quota("0::/a/b\n") == 150);
    put("a/b/cpu.max", "50000 100000\n");
    OSP_CHECK(quota("0::/a/b\n") == 50);
    OSP_CHECK(quota("0::/a\n") == 150 && quota("0::/\n") == 0);
    put("cpu.max", "20000 100000\n"); /* the group of a container, which names the host's path */
    OSP_CHECK(quota("0::/elsewhere/of/the/host\n") == 20 && quota("0::/../..\n") == 20);
    OSP_CHECK(quota("0::/a/b") == 20);
    end();
}

OSP_UNIT_TEST(cpus_v1, "version 1: the controller cpu alone counts")
{
    begin();
    put("cpu/x/cpu.cfs_quota_us", "250000\n");
    put("cpu/x/cpu.cfs_period_us", "100000\n");
    put("memory/x/cpu.cfs_quota_us", "1\n");
    put("memory/x/cpu.cfs_period_us", "100000\n");
    OSP_CHECK(quota("5:memory:/x\n4:cpu,cpuacct:/x\n") == 250);
    OSP_CHECK(quota("5:memory:/x\n4:cpuset:/x\n") == 0);
    put("cpu/x/cpu.cfs_quota_us", "-1\n");
    OSP_CHECK(quota("4:cpuacct,cpu:/x\n") == 0);
    put("cpu/x/cpu.cfs_quota_us", "1\n");
    OSP_CHECK(quota("4:cpu:/x\n") == 1); /* less than a hundredth is still something */
    end();
}

OSP_UNIT_TEST(cpus_memory, "memory: the least of all limits on the way up, in both versions")
{
    begin();
    const osp_str v2 = OSP_STR("0::/a/b\n"), v1 = OSP_STR("4:cpu:/x\n3:memory:/x\n");
    put("a/b/memory.max", "max\n");
    OSP_CHECK(osp_memory_quota(v2, root) == 0);
    put("a/memory.max", "1000000000\n");
    OSP_CHECK(osp_memory_quota(v2, root) == 1000000000);
    put("a/b/memory.high", "500000000\n");
    OSP_CHECK(osp_memory_quota(v2, root) == 500000000);
    put("memory/x/memory.limit_in_bytes", "9223372036854771712\n");
    OSP_CHECK(osp_memory_quota(v1, root) == 0);
    put("memory/x/memory.limit_in_bytes", "300000000\n");
    OSP_CHECK(osp_memory_quota(v1, root) == 300000000);
    put("a/b/memory.high", "-1\n");
    put("a/memory.max", "x\n");
    OSP_CHECK(osp_memory_quota(v2, root) == 0 && osp_cpus_quota(v2, root) == 0);
    end();
}

OSP_UNIT_TEST(cpus_broken, "what cannot be read says nothing")
{
    begin();
    static const char *const bad[] = { "",           "x",
                                       "-5 100000",  "100000 0",
                                       "100000 -1",  "max",
                                       "0 100000",   "9223372036854775807 1",
                                       "1e5 100000", "100000\n" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        put("cpu.max", bad[i]);
        OSP_CHECK(quota("0::/\n") == 0);
    }
    put("cpu.max", "100000 100000");
    static const char *const lists[] = { "", "\n", ":", "0:", "0", "::::\n\n" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(lists); i++) {
        const uint64_t found = quota(lists[i]);
        OSP_CHECK(found == 0 || found == 100);
    }
    char list[3000];
    memset(list, 'x', sizeof list - 1);
    memcpy(list, "0::/", 4);
    list[sizeof list - 1] = 0;
    OSP_CHECK(quota(list) == 0); /* longer than any path */
    end();
}

OSP_UNIT_TEST(cpus_usable, "no more than the process may run on")
{
    cpu_set_t set, one;
    OSP_CHECK(sched_getaffinity(0, sizeof set, &set) == 0);
    OSP_CHECK(osp_cpus_usable(256) >= 1 && osp_cpus_usable(256) <= (size_t)CPU_COUNT(&set));
    OSP_CHECK(osp_cpus_usable(1) == 1);
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &set)) {
            CPU_SET(i, &one);
            break;
        }
    }
    OSP_CHECK(sched_setaffinity(0, sizeof one, &one) == 0 && osp_cpus_usable(256) == 1);
}
