/* How many processors this process may use, and how much memory. */
#ifndef OSP_SERVE_CPUS_H
#define OSP_SERVE_CPUS_H

#include <openspeed/base.h>

/* The processors that the process may run on, or fewer where its control groups are given less
 * time: a quota of one and a half is two.  At least 1, at most `most`. */
size_t osp_cpus_usable(size_t most);

/* Processors that the control groups allow, in hundredths; 0: they say nothing.
 *
 * list   the text of /proc/self/cgroup
 * root   where the groups are mounted, "/sys/fs/cgroup"; files below it are read */
uint64_t osp_cpus_quota(osp_str list, const char *root);

/* Bytes of memory that the control groups allow all of their processes together; 0: as many as
 * there are. */
uint64_t osp_memory_usable(void);
/* The same of a list and root as of osp_cpus_quota. */
uint64_t osp_memory_quota(osp_str list, const char *root);

#endif
