/* Memory that runs out when a test says so.
 *
 * The linker leads what the runner's objects call by these names here (--wrap), so that neither the
 * libraries nor the sanitizer know of it.  While nothing is armed the cost is one comparison. */
#include "tests/unit/fault.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#include "base/arena.h"
#include "tests/unit/unit.h"

#define NTH_MAX 20000 /* work that asks more often never ends */

/* What can be refused. */
typedef enum sort { MEMORY = 0, PIECES, SORTS } sort;

/* The next allocation of a sort has this number; 0: not armed.  Atomic for threads that allocate
 * meanwhile, which a test that arms must not have. */
static atomic_size_t next_number[SORTS];
static size_t first_bad, bad_count, failed;

static void arm(sort which, size_t nth, size_t count)
{
    first_bad = nth;
    bad_count = count;
    failed = 0;
    atomic_store(&next_number[which], 1);
}

void osp_fault_arm(size_t nth, size_t count)
{
    arm(MEMORY, nth, count);
}

void osp_fault_arm_pieces(size_t nth, size_t count)
{
    arm(PIECES, nth, count);
}

size_t osp_fault_disarm(void)
{
    atomic_store(&next_number[MEMORY], 0);
    atomic_store(&next_number[PIECES], 0);
    return failed;
}

/* With the nth refused; whether there was an nth. */
static bool try_once(const osp_fault_trial *trial, sort which, size_t nth, size_t count)
{
    if (trial->begin != NULL) {
        trial->begin(trial->arg);
    }
    arm(which, nth, count);
    trial->work(trial->arg);
    const bool starved = osp_fault_disarm() > 0;
    trial->judge(trial->arg, starved);
    return starved;
}

size_t osp_fault_each(const osp_fault_trial *trial)
{
    static const size_t counts[] = { 1, SIZE_MAX };
    size_t starved = 0;
    for (sort which = MEMORY; which < SORTS; which++) {
        for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
            for (size_t nth = 1; try_once(trial, which, nth, counts[i]); nth++) {
                OSP_CHECK(nth < NTH_MAX);
                OSP_CHECK(!try_once(trial, which, nth, 0));
                starved++;
            }
        }
    }
    return starved;
}

static bool fails(sort which)
{
    if (atomic_load_explicit(&next_number[which], memory_order_relaxed) == 0) {
        return false;
    }
    const size_t number = atomic_fetch_add(&next_number[which], 1);
    if (number < first_bad || number - first_bad >= bad_count) {
        return false;
    }
    failed++;
    errno = ENOMEM;
    return true;
}

bool osp_fault_refuses(void)
{
    return fails(MEMORY);
}

/* The names are the linker's. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __real_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event);
void *__real_osp_arena_try(osp_arena *arena, size_t size);
void *__real_osp_arena_zalloc(osp_arena *arena, size_t size);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __wrap_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event);
void *__wrap_osp_arena_try(osp_arena *arena, size_t size);
void *__wrap_osp_arena_zalloc(osp_arena *arena, size_t size);

void *__wrap_malloc(size_t size)
{
    return osp_fault_refuses() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return osp_fault_refuses() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return osp_fault_refuses() ? NULL : __real_realloc(old, size);
}

void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return osp_fault_refuses() ? MAP_FAILED
                               : __real_mmap64(at, size, protection, flags, fd, offset);
}

int __wrap_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    return operation == EPOLL_CTL_ADD && osp_fault_refuses()
               ? -1
               : __real_epoll_ctl(epoll_fd, operation, fd, event);
}

/* Only calls from other files come here: what an arena asks of itself is part of one piece. */
void *__wrap_osp_arena_try(osp_arena *arena, size_t size)
{
    return fails(PIECES) ? NULL : __real_osp_arena_try(arena, size);
}

void *__wrap_osp_arena_zalloc(osp_arena *arena, size_t size)
{
    return fails(PIECES) ? NULL : __real_osp_arena_zalloc(arena, size);
}
