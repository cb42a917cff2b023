/* What waits for a time, ordered by it. */
#ifndef OSP_RT_TIMERS_H
#define OSP_RT_TIMERS_H

#include <openspeed/base.h>

/* Embedded in whatever waits for a time. */
typedef struct osp_timer {
    void (*fire)(struct osp_timer *timer);
    int64_t at_us;  /* monotonic */
    size_t heap_at; /* 1-based index in the heap; 0: not set */
} osp_timer;

/* Zero it to start. */
typedef struct osp_timers {
    osp_timer **heap; /* [0] is the earliest */
    size_t len, cap;
} osp_timers;

void osp_timers_done(osp_timers *timers);
/* The time of the earliest; INT64_MAX: none is set. */
static inline int64_t osp_timers_first_us(const osp_timers *timers)
{
    return timers->len != 0 ? timers->heap[0]->at_us : INT64_MAX;
}

/* Sets or moves a timer.  timer: borrowed until it fires or is cancelled.  OSP_OK | OSP_E_NOMEM. */
OSP_MUST_CHECK osp_status osp_timers_set(osp_timers *timers, osp_timer *timer, int64_t at_us);
void osp_timers_cancel(osp_timers *timers, osp_timer *timer);
/* Fires what is due at now_us. */
void osp_timers_fire(osp_timers *timers, int64_t now_us);

#endif
