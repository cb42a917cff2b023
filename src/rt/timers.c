/* Timers: a binary heap, the earliest on top.
 *
 * A server has one timer a connection and moves it at every request, so moving must be cheap and
 * cancelling must not search: each timer knows its place (heap_at, from 1; 0 is "not set").
 *
 * Invariant: heap[i] is not earlier than heap[(i - 1) / 2], and heap[i]->heap_at == i + 1.
 * Cost: O(log n) a change, one pointer a timer.  Rejected: a wheel, which is O(1) but either wakes
 * up for empty slots or is coarse. */
#include "rt/timers.h"
#include <stdlib.h>

#define TIMER_HEAP_FIRST ((size_t)64)

void osp_timers_done(osp_timers *timers)
{
    free(timers->heap);
    *timers = (osp_timers){ .heap = NULL };
}

static void place(osp_timers *timers, size_t at, osp_timer *timer)
{
    timers->heap[at] = timer;
    timer->heap_at = at + 1;
}

static void sift_up(osp_timers *timers, size_t at, osp_timer *timer)
{
    while (at != 0) {
        const size_t parent = (at - 1) / 2;
        if (timers->heap[parent]->at_us <= timer->at_us) {
            break;
        }
        place(timers, at, timers->heap[parent]);
        at = parent;
    }
    place(timers, at, timer);
}

static void sift_down(osp_timers *timers, size_t at, osp_timer *timer)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= timers->len) {
            break;
        }
        if (child + 1 < timers->len &&
            timers->heap[child + 1]->at_us < timers->heap[child]->at_us) {
            child++;
        }
        if (timer->at_us <= timers->heap[child]->at_us) {
            break;
        }
        place(timers, at, timers->heap[child]);
        at = child;
    }
    place(timers, at, timer);
}

static void sift(osp_timers *timers, size_t at, osp_timer *timer)
{
    if (at != 0 && timer->at_us < timers->heap[(at - 1) / 2]->at_us) {
        sift_up(timers, at, timer);
        return;
    }
    sift_down(timers, at, timer);
}

static osp_status grow(osp_timers *timers)
{
    const size_t cap = timers->cap != 0 ? timers->cap * 2 : TIMER_HEAP_FIRST;
    osp_timer **heap;

    if (cap > PTRDIFF_MAX / sizeof(*heap)) {
        return OSP_E_NOMEM;
    }
    heap = realloc(timers->heap, cap * sizeof(*heap));
    if (heap == NULL) {
        return OSP_E_NOMEM;
    }
    timers->heap = heap;
    timers->cap = cap;
    return OSP_OK;
}

osp_status osp_timers_set(osp_timers *timers, osp_timer *timer, int64_t at_us)
{
    OSP_ASSERT(timer->fire != NULL);
    if (timer->heap_at != 0) {
        OSP_ASSERT(timer->heap_at <= timers->len);
        OSP_ASSERT(timers->heap[timer->heap_at - 1] == timer);
        timer->at_us = at_us;
        sift(timers, timer->heap_at - 1, timer);
        return OSP_OK;
    }
    if (timers->len == timers->cap) {
        OSP_TRY(grow(timers));
    }
    OSP_ASSERT(timers->len < timers->cap);
    timer->at_us = at_us;
    sift_up(timers, timers->len++, timer);
    return OSP_OK;
}

void osp_timers_cancel(osp_timers *timers, osp_timer *timer)
{
    const size_t at = timer->heap_at - 1;
    osp_timer *last;

    if (timer->heap_at == 0) {
        return;
    }
    OSP_ASSERT(at < timers->len);
    OSP_ASSERT(timers->heap[at] == timer);
    timer->heap_at = 0;
    last = timers->heap[--timers->len];
    if (last != timer) {
        sift(timers, at, last);
    }
}

void osp_timers_fire(osp_timers *timers, int64_t now_us)
{
    /* A timer that sets itself for the past waits for the next turn. */
    for (size_t left = timers->len; left != 0 && timers->len != 0; left--) {
        osp_timer *timer = timers->heap[0];
        OSP_ASSERT(timer->heap_at == 1);
        if (timer->at_us > now_us) {
            return;
        }
        osp_timers_cancel(timers, timer);
        timer->fire(timer);
    }
}
