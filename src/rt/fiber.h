/* Stackful fibers on one thread: a handler is straight-line code that parks while it waits. */
#ifndef OSP_RT_FIBER_H
#define OSP_RT_FIBER_H

#include <openspeed/base.h>

typedef struct osp_fiber osp_fiber;
typedef struct osp_fibers osp_fibers; /* a pool; belongs to one thread */

typedef struct osp_fibers_options {
    size_t stack_size; /* bytes without the guard page; 0: 256 KiB */
    size_t count_max;  /* fibers alive at once; 0: 4096 */
    size_t spare_max;  /* ended fibers kept for reuse; 0: 64 */
    size_t local_size; /* bytes of osp_fiber_local, kept across reuse; 0: none */
} osp_fibers_options;

/* owned by caller (free with osp_fibers_free, when no fiber is alive); NULL when memory is
 * exhausted */
osp_fibers *osp_fibers_new(osp_fibers_options options);
void osp_fibers_free(osp_fibers *pool);
size_t osp_fibers_alive(const osp_fibers *pool);

/* Takes a fiber that will run fn(arg) at the first resume; NULL at count_max or without memory. */
osp_fiber *osp_fiber_new(osp_fibers *pool, void (*fn)(void *arg), void *arg);
/* The same in the pool of another. */
osp_fiber *osp_fiber_beside(const osp_fiber *other, void (*fn)(void *arg), void *arg);
/* Runs the fiber until it parks (false) or ends (true; it is back in the pool).  From outside any
 * fiber. */
bool osp_fiber_resume(osp_fiber *fiber);
/* Goes back to whoever resumed.  Only from inside `fiber`. */
void osp_fiber_park(osp_fiber *fiber);
/* For a handler of signals: the fiber of the pool that runs, or NULL, and whether an address that
 * faulted is in the guard below its stack. */
osp_fiber *osp_fibers_running(const osp_fibers *pool);
bool osp_fiber_is_overflow(const osp_fiber *fiber, const void *address);
/* Whether `size` bytes at `address` are of its stack. */
bool osp_fiber_has(const osp_fiber *fiber, uintptr_t address, size_t size);
/* Marks the part of the stack that the caller does not use, which must run on it; and how many
 * bytes have been used at most since, of the whole stack.  A frame that leaves most of itself
 * untouched may hide what is less than OSP_FIBER_MARK_STEP below. */
#define OSP_FIBER_MARK_STEP 256 /* bytes between two marks */
void osp_fiber_stack_mark(osp_fiber *fiber);
size_t osp_fiber_stack_peak(const osp_fiber *fiber);
/* Scratch memory of the fiber, local_size bytes, aligned to 64; zeroed when first made only. */
void *osp_fiber_local(osp_fiber *fiber);

#endif
