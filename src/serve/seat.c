/* When a worker that ended is started again.
 *
 * One that served for a while is replaced at once: every moment without it costs answers.  One that
 * ends as soon as it starts would burn a processor for nothing, so each such end doubles the pause
 * before the next start.  No clock and no process here: the supervisor brings both. */
#include "serve/seat.h"

void osp_seat_taken(osp_seat *seat, pid_t pid, int64_t now_ms)
{
    OSP_ASSERT(seat->pid == 0);
    OSP_ASSERT(pid > 0);
    seat->pid = pid;
    seat->started_ms = now_ms;
    seat->restart_ms = 0;
}

void osp_seat_vacated(osp_seat *seat, int64_t now_ms)
{
    OSP_ASSERT(seat->pid != 0);
    seat->pid = 0;
    if (now_ms - seat->started_ms >= OSP_SEAT_YOUNG_MS) {
        seat->pause_ms = 0;
    } else {
        const int64_t next_ms = seat->pause_ms == 0 ? OSP_SEAT_PAUSE_MIN_MS : seat->pause_ms * 2;
        seat->pause_ms = next_ms < OSP_SEAT_PAUSE_MAX_MS ? next_ms : OSP_SEAT_PAUSE_MAX_MS;
    }
    seat->restart_ms = now_ms + seat->pause_ms;
}

void osp_seat_refused(osp_seat *seat, int64_t now_ms)
{
    OSP_ASSERT(seat->pid == 0);
    seat->restart_ms = now_ms + OSP_SEAT_PAUSE_MAX_MS;
}

int64_t osp_seats_due_ms(const osp_seat *seats, size_t count, int64_t now_ms)
{
    int64_t due_ms = -1;
    for (size_t i = 0; i < count; i++) {
        if (seats[i].pid != 0) {
            continue;
        }
        const int64_t left_ms = seats[i].restart_ms > now_ms ? seats[i].restart_ms - now_ms : 0;
        due_ms = due_ms < 0 || left_ms < due_ms ? left_ms : due_ms;
    }
    return due_ms;
}
