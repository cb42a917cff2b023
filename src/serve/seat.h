/* When a worker that ended is started again. */
#ifndef OSP_SERVE_SEAT_H
#define OSP_SERVE_SEAT_H

#include <openspeed/base.h>
#include <sys/types.h>

#define OSP_SEAT_YOUNG_MS 1000   /* who ends before is restarted after a pause */
#define OSP_SEAT_PAUSE_MIN_MS 20 /* the first; each further one is twice as long */
#define OSP_SEAT_PAUSE_MAX_MS 5000

/* The place of one worker; zero it to start. */
typedef struct osp_seat {
    pid_t pid; /* 0: empty */
    int64_t started_ms;
    int64_t restart_ms; /* of an empty seat; 0: at once */
    int64_t pause_ms;   /* the last one; 0: the last worker lived long */
} osp_seat;

void osp_seat_taken(osp_seat *seat, pid_t pid, int64_t now_ms);
/* The worker has ended: decides when the next one starts. */
void osp_seat_vacated(osp_seat *seat, int64_t now_ms);
/* No worker could be started. */
void osp_seat_refused(osp_seat *seat, int64_t now_ms);
/* Milliseconds until the first empty seat may be taken; -1: none is empty. */
int64_t osp_seats_due_ms(const osp_seat *seats, size_t count, int64_t now_ms);

#endif
