/* Memory that runs out when a test says so. */
#ifndef OSP_TESTS_FAULT_H
#define OSP_TESTS_FAULT_H

#include <stdbool.h>
#include <stddef.h>

/* From now on the allocations from the nth to the (nth + count - 1)th fail, counted from 1.  What
 * counts is each call of malloc, calloc, realloc, mmap, of what makes something in PCRE2, and of
 * epoll_ctl for a new descriptor, that the code of this repository makes; not those of other
 * libraries.  One thread at a time. */
void osp_fault_arm(size_t nth, size_t count);
/* The same for pieces of arenas, most of which ask malloc for nothing. */
void osp_fault_arm_pieces(size_t nth, size_t count);
/* Ends it.  How many have failed. */
size_t osp_fault_disarm(void);
/* For what stands in for an allocator: counts a call, and tells whether to refuse it. */
bool osp_fault_refuses(void);

/* Work that must bear being refused memory. */
typedef struct osp_fault_trial {
    void (*begin)(void *arg); /* makes what `work` needs; NULL: nothing */
    void (*work)(void *arg);
    /* Fails unless the result is right or, only when `starved`, says that memory was short; then
     * gives back what `begin` and `work` took. */
    void (*judge)(void *arg, bool starved);
    void *arg;
} osp_fault_trial;

/* Does the work with the first allocation refused, with the second one, and so on until it asks for
 * no more; the same with all from the nth on refused; and both for the pieces of arenas.  Each time
 * the work is done once more, with all the memory there is.  How many times it was starved. */
size_t osp_fault_each(const osp_fault_trial *trial);

#endif
