/* Memory that runs out when a test says so. */
#ifndef OSP_TESTS_FAULT_H
#define OSP_TESTS_FAULT_H

#include <stdbool.h>
#include <stddef.h>

/* From now on the allocations from the nth to the (nth + count - 1)th fail, counted from 1.  What
 * counts is each call of malloc, calloc, realloc, mmap and of epoll_ctl for a new descriptor that
 * the code of this repository makes; not those of other libraries.  One thread at a time. */
void osp_fault_arm(size_t nth, size_t count);
/* Ends it.  How many have failed. */
size_t osp_fault_disarm(void);

#endif
