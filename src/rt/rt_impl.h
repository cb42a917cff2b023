/* What the files of this room share. */
#ifndef OSP_RT_IMPL_H
#define OSP_RT_IMPL_H

#include "rt/loop.h"
#include <stdatomic.h>
#include <sys/epoll.h>

/* ---------------------------------------------------------------- switching stacks */

/* gcc puts a landing pad behind the call of a function that comes back by an indirect jump. */
#if defined(__x86_64__) && defined(__has_attribute)
#if __has_attribute(indirect_return)
#define OSP_INDIRECT_RETURN __attribute__((indirect_return))
#endif
#endif
#ifndef OSP_INDIRECT_RETURN
#define OSP_INDIRECT_RETURN
#endif

/* Saves the callee-saved state on the current stack, stores where in *ret_sp, and continues at
 * `sp`, where an earlier switch or enter saved.  One file a platform: switch_*. */
OSP_INDIRECT_RETURN void osp_fiber_switch(void **ret_sp, void *sp);

/* Offsets are known to the assembler. */
typedef struct osp_fiber_entry {
    void *top, *bottom; /* of the new stack; top is a multiple of 16 */
    void (*fn)(void *arg);
    void *arg;
} osp_fiber_entry;

/* Saves as a switch does and calls fn(arg) on the new stack with the control words of a fresh
 * process.  When fn returns, continues at what *ret_sp holds by then.  entry: borrowed until fn
 * runs. */
OSP_INDIRECT_RETURN void osp_fiber_enter(void **ret_sp, const osp_fiber_entry *entry);

/* ---------------------------------------------------------------- the loop */

enum { OSP_LOOP_EVENTS = 512 };

struct osp_loop {
    int epoll_fd;
    osp_watch wake; /* an eventfd, edge-triggered and never read */
    int64_t now_us, unix_s;
    osp_timer **heap; /* [0] is the earliest */
    size_t heap_len, heap_cap;
    _Atomic(osp_post *) posts; /* from other threads, newest first */
    osp_post *deferred;        /* from this thread, oldest first */
    osp_post **deferred_end;
    void (*turn)(void *arg);
    void *turn_arg;
    _Atomic bool stopped;
    bool running;
    size_t event_at, event_count; /* the batch that is being dispatched */
    struct epoll_event events[OSP_LOOP_EVENTS];
};

/* Fires what is due at loop->now_us. */
void osp_loop_timers_fire(osp_loop *loop);

#endif
