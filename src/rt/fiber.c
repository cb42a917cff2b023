/* Stackful fibers.
 *
 * A handler that waits must not hold the thread, and must not be cut into callbacks either.  So
 * each runs on a stack of its own, and waiting is switching to the stack of whoever resumed it.
 *
 *      low                                                                high
 *     | guard page | stack, grows down  <-  | osp_fiber | local, 64-aligned |
 *       PROT_NONE                           top
 *
 * Invariants: a fiber belongs to one pool and a pool to one thread; at most one fiber of a pool
 * runs; a fiber is resumed from outside any fiber.  Ended fibers are kept last in, first out, so
 * that the next one finds its stack in the cache.  A surplus one is unmapped when *another* fiber
 * ends: the local memory of a fiber outlives its end until its owner gave up the processor.
 *
 * Cost: start and end of a pooled fiber are a call on another stack; nothing is allocated,
 * no system call is made.  Rejected: copying stacks (pointers into them), segmented
 * stacks (a check in every function), a guard by canary (found too late). */
#include "rt/fiber.h"
#include "rt/switch.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define FIBER_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(FIBER_ASAN)
#define FIBER_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__) && !defined(FIBER_TSAN)
#define FIBER_TSAN 1
#endif

#ifdef FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#endif
#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define FIBER_VALGRIND 1
#endif
#endif

#define FIBER_STACK_DEFAULT ((size_t)256 * 1024)
#define FIBER_STACK_MIN ((size_t)16 * 1024)
#define FIBER_COUNT_DEFAULT 4096
#define FIBER_SPARE_DEFAULT 64

enum fiber_state { FIBER_SPARE, FIBER_NEW, FIBER_PARKED, FIBER_RUNNING };

struct osp_fiber {
    void *sp; /* while it does not run */
    osp_fibers *pool;
    osp_fiber_entry entry; /* what osp_fiber_enter calls */
    void *local;
    char *map; /* the guard page is here */
    osp_fiber *next_spare;
    enum fiber_state state;
    int error; /* errno, while it does not run */
    unsigned valgrind_id;
    void (*fn)(void *arg); /* under the sanitizers, whose entry is fiber_main; as is arg */
    void *arg;
    void *fake_stack; /* ASan's, while it does not run */
    void *tsan_fiber;
};

struct osp_fibers {
    osp_fiber *spare; /* the last one to end is first */
    osp_fiber *running;
    void *resumer_sp;     /* while a fiber runs */
    size_t alive, mapped; /* those that are mapped and not alive are spare */
    size_t count_max, spare_max, local_size;
    size_t page_size, map_size; /* bytes */
    const void *resumer_bottom; /* for ASan, as is the size */
    size_t resumer_size;
    void *tsan_resumer;
};

/* ---------------------------------------------------------------- what the tools must know */

#ifdef FIBER_ASAN
static size_t stack_size(const osp_fiber *fiber)
{
    return (size_t)((char *)fiber->entry.top - (char *)fiber->entry.bottom);
}
#endif

static void tools_map(osp_fiber *fiber)
{
#ifdef FIBER_VALGRIND
    fiber->valgrind_id = VALGRIND_STACK_REGISTER(fiber->entry.bottom, fiber->entry.top);
#else
    (void)fiber;
#endif
}

static void tools_unmap(osp_fiber *fiber)
{
#ifdef FIBER_VALGRIND
    VALGRIND_STACK_DEREGISTER(fiber->valgrind_id);
#endif
#ifdef FIBER_ASAN
    /* The shadow outlives the mapping, and the next one may come to the same place. */
    __asan_unpoison_memory_region(fiber->entry.bottom, stack_size(fiber));
#endif
    (void)fiber;
}

static void tools_start(osp_fiber *fiber)
{
#ifdef FIBER_ASAN
    /* Frames of the last user that never returned left their red zones. */
    __asan_unpoison_memory_region(fiber->entry.bottom, stack_size(fiber));
#endif
#ifdef FIBER_TSAN
    fiber->tsan_fiber = __tsan_create_fiber(0);
#endif
    (void)fiber;
}

#if defined(FIBER_ASAN) || defined(FIBER_TSAN)
static void fiber_main(void *arg);
#endif

/* What runs on the stack: fn itself, but for what the sanitizers must be told around it. */
static inline void tools_aim(osp_fiber *fiber, void (*fn)(void *arg), void *arg)
{
#if defined(FIBER_ASAN) || defined(FIBER_TSAN)
    fiber->fn = fn;
    fiber->arg = arg;
    fn = fiber_main;
    arg = fiber;
#endif
    fiber->entry.fn = fn;
    fiber->entry.arg = arg;
}

static void tools_end(osp_fiber *fiber)
{
#ifdef FIBER_TSAN
    __tsan_destroy_fiber(fiber->tsan_fiber);
#endif
    (void)fiber;
}

/* Around a switch.  Never a call: its frame would be begun on one stack, as ThreadSanitizer counts
 * them, and ended on another. */
#define TOOLS_INLINE __attribute__((always_inline)) static inline

TOOLS_INLINE void tools_to_fiber(osp_fiber *fiber, void **ret_fake)
{
#ifdef FIBER_ASAN
    __sanitizer_start_switch_fiber(ret_fake, fiber->entry.bottom, stack_size(fiber));
#endif
#ifdef FIBER_TSAN
    fiber->pool->tsan_resumer = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(fiber->tsan_fiber, 0);
#endif
    (void)fiber, (void)ret_fake;
}

TOOLS_INLINE void tools_in_resumer(void *fake)
{
#ifdef FIBER_ASAN
    __sanitizer_finish_switch_fiber(fake, NULL, NULL);
#endif
    (void)fake;
}

TOOLS_INLINE void tools_to_resumer(osp_fiber *fiber, bool ends)
{
#ifdef FIBER_ASAN
    /* Without a place to save to, the fake stack is given back. */
    __sanitizer_start_switch_fiber(ends ? NULL : &fiber->fake_stack, fiber->pool->resumer_bottom,
                                   fiber->pool->resumer_size);
#endif
#ifdef FIBER_TSAN
    __tsan_switch_to_fiber(fiber->pool->tsan_resumer, 0);
#endif
    (void)fiber, (void)ends;
}

TOOLS_INLINE void tools_in_fiber(osp_fiber *fiber, void *fake)
{
#ifdef FIBER_ASAN
    __sanitizer_finish_switch_fiber(fake, &fiber->pool->resumer_bottom, &fiber->pool->resumer_size);
#endif
    (void)fiber, (void)fake;
}

/* ---------------------------------------------------------------- the pool */

static size_t round_up(size_t size, size_t unit)
{
    return (size + unit - 1) / unit * unit;
}

osp_fibers *osp_fibers_new(osp_fibers_options options)
{
    const size_t stack = options.stack_size != 0 ? options.stack_size : FIBER_STACK_DEFAULT;
    osp_fibers *pool;

    OSP_ASSERT(stack <= PTRDIFF_MAX / 4);
    OSP_ASSERT(options.local_size <= PTRDIFF_MAX / 4);
    pool = calloc(1, sizeof(*pool));
    if (pool == NULL) {
        return NULL;
    }
    pool->count_max = options.count_max != 0 ? options.count_max : FIBER_COUNT_DEFAULT;
    pool->spare_max = options.spare_max != 0 ? options.spare_max : FIBER_SPARE_DEFAULT;
    pool->local_size = round_up(options.local_size, 64);
    pool->page_size = (size_t)sysconf(_SC_PAGESIZE);
    pool->map_size =
        pool->page_size + round_up((stack > FIBER_STACK_MIN ? stack : FIBER_STACK_MIN) +
                                       round_up(sizeof(osp_fiber), 64) + pool->local_size,
                                   pool->page_size);
    return pool;
}

/* Takes the last one that ended out of the pool. */
static void spare_unmap(osp_fibers *pool)
{
    osp_fiber *fiber = pool->spare;
    char *map = fiber->map;

    OSP_ASSERT(fiber->state == FIBER_SPARE);
    OSP_ASSERT(pool->mapped > pool->alive);
    pool->spare = fiber->next_spare;
    pool->mapped--;
    tools_unmap(fiber);
    OSP_ASSERT(munmap(map, pool->map_size) == 0);
}

void osp_fibers_free(osp_fibers *pool)
{
    if (pool == NULL) {
        return;
    }
    OSP_ASSERT(pool->alive == 0);
    OSP_ASSERT(pool->running == NULL);
    while (pool->spare != NULL) {
        spare_unmap(pool);
    }
    OSP_ASSERT(pool->mapped == 0);
    free(pool);
}

size_t osp_fibers_alive(const osp_fibers *pool)
{
    return pool->alive;
}

static osp_fiber *fiber_map(osp_fibers *pool)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK;
    char *map = mmap(NULL, pool->map_size, PROT_NONE, flags, -1, 0);
    osp_fiber *fiber;
    char *local;

    if (map == MAP_FAILED) {
        return NULL;
    }
    if (mprotect(map + pool->page_size, pool->map_size - pool->page_size, PROT_READ | PROT_WRITE) !=
        0) {
        OSP_ASSERT(munmap(map, pool->map_size) == 0);
        return NULL;
    }
    local = map + pool->map_size - pool->local_size;
    fiber = (osp_fiber *)(void *)(local - round_up(sizeof(osp_fiber), 64));
    OSP_ASSERT((uintptr_t)fiber % 16 == 0 && (uintptr_t)local % 64 == 0);
    fiber->map = map;
    fiber->entry.top = fiber;
    fiber->entry.bottom = map + pool->page_size;
    fiber->local = local;
    fiber->pool = pool;
    fiber->state = FIBER_SPARE;
    pool->mapped++;
    tools_map(fiber);
    return fiber;
}

/* ---------------------------------------------------------------- a fiber */

#if defined(FIBER_ASAN) || defined(FIBER_TSAN)
static void fiber_main(void *arg)
{
    osp_fiber *fiber = arg;
    void *never;

    tools_in_fiber(fiber, NULL);
    fiber->fn(fiber->arg);
    tools_to_resumer(fiber, true);
    /* Their bookkeeping of calls must not see a return from one stack to another. */
    osp_fiber_switch(&never, fiber->pool->resumer_sp);
}
#endif

static inline osp_fiber *fiber_start(osp_fiber *fiber, void (*fn)(void *arg), void *arg)
{
    OSP_ASSERT(fiber->state == FIBER_SPARE);
    tools_start(fiber);
    fiber->pool->alive++;
    tools_aim(fiber, fn, arg);
    fiber->state = FIBER_NEW;
    return fiber;
}

static __attribute__((noinline)) osp_fiber *fiber_new_mapped(osp_fibers *pool,
                                                             void (*fn)(void *arg), void *arg)
{
    osp_fiber *fiber = fiber_map(pool);
    return fiber != NULL ? fiber_start(fiber, fn, arg) : NULL;
}

osp_fiber *osp_fiber_new(osp_fibers *pool, void (*fn)(void *arg), void *arg)
{
    osp_fiber *fiber = pool->spare;

    if (pool->alive == pool->count_max) {
        return NULL;
    }
    if (fiber == NULL) {
        return fiber_new_mapped(pool, fn, arg);
    }
    pool->spare = fiber->next_spare;
    return fiber_start(fiber, fn, arg);
}

osp_fiber *osp_fiber_beside(const osp_fiber *other, void (*fn)(void *arg), void *arg)
{
    return osp_fiber_new(other->pool, fn, arg);
}

/* Takes an ended fiber back. */
static inline void fiber_end(osp_fibers *pool, osp_fiber *fiber)
{
    tools_end(fiber);
    if (pool->mapped - pool->alive == pool->spare_max) {
        spare_unmap(pool);
    }
    fiber->state = FIBER_SPARE;
    fiber->next_spare = pool->spare;
    pool->spare = fiber;
    pool->alive--;
}

bool osp_fiber_resume(osp_fiber *fiber)
{
    osp_fibers *pool = fiber->pool;
    const int error = errno;
    void *fake = NULL;

    OSP_ASSERT(pool->running == NULL);
    pool->running = fiber;
    tools_to_fiber(fiber, &fake);
    if (fiber->state == FIBER_NEW) {
        fiber->state = FIBER_RUNNING;
        osp_fiber_enter(&pool->resumer_sp, &fiber->entry);
    } else {
        OSP_ASSERT(fiber->state == FIBER_PARKED);
        fiber->state = FIBER_RUNNING;
        errno = fiber->error;
        osp_fiber_switch(&pool->resumer_sp, fiber->sp);
    }
    tools_in_resumer(fake);
    pool->running = NULL;
    errno = error;
    if (fiber->state == FIBER_PARKED) {
        return false;
    }
    OSP_ASSERT(fiber->state == FIBER_RUNNING); /* it came back without parking: fn has returned */
    fiber_end(pool, fiber);
    return true;
}

/* Whoever resumes restores errno, so that the switch is the last call here and this function is not
 * returned from: one misprediction less. */
void osp_fiber_park(osp_fiber *fiber)
{
    OSP_ASSERT(fiber->pool->running == fiber);
    fiber->error = errno;
    fiber->state = FIBER_PARKED;
    tools_to_resumer(fiber, false);
    osp_fiber_switch(&fiber->sp, fiber->pool->resumer_sp);
#ifdef __CET__
    __asm__ volatile("" : : : "memory"); /* Under IBT the landing pad is here: no tail call. */
#endif
    tools_in_fiber(fiber, fiber->fake_stack);
}

osp_fiber *osp_fibers_running(const osp_fibers *pool)
{
    return pool->running;
}

bool osp_fiber_is_overflow(const osp_fiber *fiber, const void *address)
{
    return (uintptr_t)address >= (uintptr_t)fiber->map &&
           (uintptr_t)address < (uintptr_t)fiber->map + fiber->pool->page_size;
}

bool osp_fiber_has(const osp_fiber *fiber, uintptr_t address, size_t size)
{
    const uintptr_t bottom = (uintptr_t)fiber->entry.bottom, top = (uintptr_t)fiber->entry.top;
    return address >= bottom && address <= top && size <= top - address;
}

void *osp_fiber_local(osp_fiber *fiber)
{
    return fiber->pool->local_size != 0 ? fiber->local : NULL;
}

/* ---------------------------------------------------------------- how deep it went */

#define MARK UINT64_C(0x6f70656e73706565) /* that no frame is likely to write */
#define MARKS_AWAY 4                      /* below the caller's frame, which its own calls use */
#define MARKS_RUN 64 /* that are untouched one after the other: below there is no other */

/* Below the frames there is nothing that a sanitizer knows of. */
#define NOT_SANITIZED __attribute__((noinline, no_sanitize("address", "thread", "undefined")))

NOT_SANITIZED void osp_fiber_stack_mark(osp_fiber *fiber)
{
    const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    const char *bottom = fiber->entry.bottom;
    size_t steps = (size_t)(here - (uintptr_t)bottom) / OSP_FIBER_MARK_STEP;
    OSP_ASSERT(osp_fiber_has(fiber, here, 0));
    steps -= steps > MARKS_AWAY ? MARKS_AWAY : steps;
    for (size_t intact = 0; steps > 0 && intact < MARKS_RUN; steps--) {
        volatile uint64_t *mark = (void *)(uintptr_t)(bottom + (steps - 1) * OSP_FIBER_MARK_STEP);
        intact = *mark == MARK ? intact + 1 : 0;
        *mark = MARK;
    }
}

NOT_SANITIZED size_t osp_fiber_stack_peak(const osp_fiber *fiber)
{
    const char *bottom = fiber->entry.bottom, *top = fiber->entry.top;
    const size_t most = (size_t)(top - bottom) / OSP_FIBER_MARK_STEP;
    size_t lowest = most; /* step that was used */
    for (size_t step = most, intact = 0; step > 0 && intact < MARKS_RUN; step--) {
        const volatile uint64_t *mark = (const void *)(bottom + (step - 1) * OSP_FIBER_MARK_STEP);
        intact = *mark == MARK ? intact + 1 : 0;
        lowest = intact == 0 ? step - 1 : lowest;
    }
    const size_t used = (size_t)(top - bottom) - lowest * OSP_FIBER_MARK_STEP;
    return used + (lowest > 0 ? OSP_FIBER_MARK_STEP - sizeof(uint64_t) : 0);
}
