/* When a worker that ended is started again. */
#ifndef OSP_SERVE_SEAT_H
#define OSP_SERVE_SEAT_H

#include "serve/pulse.h"

#define OSP_SEAT_YOUNG_MS 100    /* who ends before is restarted after a pause */
#define OSP_SEAT_PAUSE_MIN_MS 20 /* the first; twice as long after each start that failed */
#define OSP_SEAT_PAUSE_MAX_MS 5000
#define OSP_WORKER_START_S 60  /* from the start of a worker until it serves; then SIGKILL */
#define OSP_STUCK_KILL_MS 2000 /* from SIGABRT, so that it can say where, to SIGKILL */

/* The place of one worker; zero it to start. */
typedef struct osp_seat {
    pid_t pid; /* 0: empty */
    int64_t started_ms;
    int64_t restart_ms;     /* of an empty seat; 0: at once */
    int64_t pause_ms;       /* the last one; 0: the last worker lived long */
    uint32_t failed_starts; /* in a row: workers that ended before they served */
    osp_pulse pulse;
    int64_t kill_ms; /* it hangs and dies then; 0: it does not */
} osp_seat;

void osp_seat_taken(osp_seat *seat, pid_t pid, int64_t now_ms);
/* The worker has ended: decides when the next one starts.  served: it had been ready. */
void osp_seat_vacated(osp_seat *seat, bool served, int64_t now_ms);
/* Whether the worker, which does not serve yet, should have by now; once for each worker. */
bool osp_seat_start_hangs(osp_seat *seat, int64_t now_ms);
/* No worker could be started. */
void osp_seat_refused(osp_seat *seat, int64_t now_ms);
/* Milliseconds until the first empty seat may be taken; -1: none is empty. */
int64_t osp_seats_due_ms(const osp_seat *seats, size_t count, int64_t now_ms);

#endif
