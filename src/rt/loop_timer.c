/* The timers of a loop: a binary heap, the earliest on top.
 *
 * A server has one timer a connection and moves it at every request, so moving must be cheap and
 * cancelling must not search: each timer knows its place (heap_at, from 1; 0 is "not set").
 *
 * Invariant: heap[i] is not earlier than heap[(i - 1) / 2], and heap[i]->heap_at == i + 1.
 * Cost: O(log n) a change, one pointer a timer.  Rejected: a wheel, which is O(1) but either wakes
 * up for empty slots or is coarse. */
#include "rt/rt_impl.h"
#include <stdlib.h>

#define TIMER_HEAP_FIRST ((size_t)64)

static void place(osp_loop *loop, size_t at, osp_timer *timer)
{
    loop->heap[at] = timer;
    timer->heap_at = at + 1;
}

static void sift_up(osp_loop *loop, size_t at, osp_timer *timer)
{
    while (at != 0) {
        const size_t parent = (at - 1) / 2;
        if (loop->heap[parent]->at_us <= timer->at_us) {
            break;
        }
        place(loop, at, loop->heap[parent]);
        at = parent;
    }
    place(loop, at, timer);
}

static void sift_down(osp_loop *loop, size_t at, osp_timer *timer)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= loop->heap_len) {
            break;
        }
        if (child + 1 < loop->heap_len && loop->heap[child + 1]->at_us < loop->heap[child]->at_us) {
            child++;
        }
        if (timer->at_us <= loop->heap[child]->at_us) {
            break;
        }
        place(loop, at, loop->heap[child]);
        at = child;
    }
    place(loop, at, timer);
}

static void sift(osp_loop *loop, size_t at, osp_timer *timer)
{
    if (at != 0 && timer->at_us < loop->heap[(at - 1) / 2]->at_us) {
        sift_up(loop, at, timer);
        return;
    }
    sift_down(loop, at, timer);
}

static osp_status grow(osp_loop *loop)
{
    const size_t cap = loop->heap_cap != 0 ? loop->heap_cap * 2 : TIMER_HEAP_FIRST;
    osp_timer **heap;

    if (cap > PTRDIFF_MAX / sizeof(*heap)) {
        return OSP_E_NOMEM;
    }
    heap = realloc(loop->heap, cap * sizeof(*heap));
    if (heap == NULL) {
        return OSP_E_NOMEM;
    }
    loop->heap = heap;
    loop->heap_cap = cap;
    return OSP_OK;
}

osp_status osp_loop_timer(osp_loop *loop, osp_timer *timer, int64_t at_us)
{
    OSP_ASSERT(timer->fire != NULL);
    if (timer->heap_at != 0) {
        OSP_ASSERT(timer->heap_at <= loop->heap_len);
        OSP_ASSERT(loop->heap[timer->heap_at - 1] == timer);
        timer->at_us = at_us;
        sift(loop, timer->heap_at - 1, timer);
        return OSP_OK;
    }
    if (loop->heap_len == loop->heap_cap) {
        OSP_TRY(grow(loop));
    }
    timer->at_us = at_us;
    sift_up(loop, loop->heap_len++, timer);
    return OSP_OK;
}

void osp_loop_timer_cancel(osp_loop *loop, osp_timer *timer)
{
    const size_t at = timer->heap_at - 1;
    osp_timer *last;

    if (timer->heap_at == 0) {
        return;
    }
    OSP_ASSERT(at < loop->heap_len);
    OSP_ASSERT(loop->heap[at] == timer);
    timer->heap_at = 0;
    last = loop->heap[--loop->heap_len];
    if (last != timer) {
        sift(loop, at, last);
    }
}

void osp_loop_timers_fire(osp_loop *loop)
{
    /* A timer that sets itself for the past waits for the next turn. */
    for (size_t left = loop->heap_len; left != 0 && loop->heap_len != 0; left--) {
        osp_timer *timer = loop->heap[0];
        if (timer->at_us > loop->now_us) {
            return;
        }
        osp_loop_timer_cancel(loop, timer);
        timer->fire(timer);
    }
}
