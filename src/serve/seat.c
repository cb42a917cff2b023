/* When a worker that ended is started again.
 *
 * One that served is replaced at once: every moment without it costs answers, and a client that can
 * crash workers must not be able to make that moment grow.  Only where it lived not much longer
 * than a start takes, there is a blink of a pause, or starts alone could take a processor.  One
 * that ends before it serves would burn it for nothing, so each such end doubles the pause before
 * the next start.
 *
 * No clock and no process here: the supervisor brings both. */
#include "serve/seat.h"

void osp_seat_taken(osp_seat *seat, pid_t pid, int64_t now_ms)
{
    OSP_ASSERT(seat->pid == 0);
    OSP_ASSERT(pid > 0);
    seat->pid = pid;
    seat->started_ms = now_ms;
    seat->restart_ms = seat->kill_ms = 0;
    seat->pulse = (osp_pulse){ .looked_ms = now_ms };
}

static int64_t pause_after(osp_seat *seat, bool served, int64_t now_ms)
{
    if (served) {
        seat->failed_starts = 0;
        return now_ms - seat->started_ms >= OSP_SEAT_YOUNG_MS ? 0 : OSP_SEAT_PAUSE_MIN_MS;
    }
    const bool more = seat->failed_starts++ > 0;
    const int64_t next_ms = more ? seat->pause_ms * 2 : OSP_SEAT_PAUSE_MIN_MS;
    return next_ms < OSP_SEAT_PAUSE_MAX_MS ? next_ms : OSP_SEAT_PAUSE_MAX_MS;
}

void osp_seat_vacated(osp_seat *seat, bool served, int64_t now_ms)
{
    OSP_ASSERT(seat->pid != 0);
    seat->pid = 0;
    seat->pause_ms = pause_after(seat, served, now_ms);
    seat->restart_ms = now_ms + seat->pause_ms;
}

bool osp_seat_start_hangs(osp_seat *seat, int64_t now_ms)
{
    OSP_ASSERT(seat->pid != 0);
    if (seat->kill_ms != 0 || now_ms - seat->started_ms < OSP_WORKER_START_S * INT64_C(1000)) {
        return false;
    }
    seat->kill_ms = now_ms;
    return true;
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
