/* When workers are restarted: at once, or after a pause that doubles. */
#include "serve/seat.h"

#include "serve/config.h"
#include "tests/unit/unit.h"

OSP_UNIT_TEST(seat_long_life, "a worker that lived is replaced at once")
{
    osp_seat seat = { 0 };
    OSP_CHECK(osp_seats_due_ms(&seat, 1, 5000) == 0);
    osp_seat_taken(&seat, 7, 5000);
    OSP_CHECK(osp_seats_due_ms(&seat, 1, 5000) == -1);
    osp_seat_vacated(&seat, true, 5000 + OSP_SEAT_YOUNG_MS);
    OSP_CHECK(osp_seats_due_ms(&seat, 1, 5000 + OSP_SEAT_YOUNG_MS) == 0);
}

OSP_UNIT_TEST(seat_served, "one that served and fell is replaced after a blink, however often")
{
    osp_seat seat = { 0 };
    int64_t now_ms = 1000;
    for (int i = 0; i < 20; i++) {
        osp_seat_taken(&seat, 7, now_ms);
        osp_seat_vacated(&seat, true, ++now_ms);
        OSP_CHECK(osp_seats_due_ms(&seat, 1, now_ms) == OSP_SEAT_PAUSE_MIN_MS);
        OSP_CHECK(seat.failed_starts == 0);
        now_ms += OSP_SEAT_PAUSE_MIN_MS;
    }
}

OSP_UNIT_TEST(seat_pauses,
              "each start that fails doubles the pause, up to its maximum; to serve ends it")
{
    osp_seat seat = { 0 };
    int64_t now_ms = 1000, want_ms = OSP_SEAT_PAUSE_MIN_MS;
    for (uint32_t i = 0; i < 20; i++) {
        osp_seat_taken(&seat, 7, now_ms);
        now_ms += i % 2 != 0 ? OSP_SEAT_YOUNG_MS * 3 : 1; /* how long it tried is nothing to it */
        osp_seat_vacated(&seat, false, now_ms);
        OSP_CHECK(seat.failed_starts == i + 1);
        OSP_CHECK(osp_seats_due_ms(&seat, 1, now_ms) == want_ms);
        OSP_CHECK(osp_seats_due_ms(&seat, 1, now_ms + want_ms - 1) == 1);
        now_ms += want_ms;
        OSP_CHECK(osp_seats_due_ms(&seat, 1, now_ms) == 0);
        want_ms = want_ms * 2 < OSP_SEAT_PAUSE_MAX_MS ? want_ms * 2 : OSP_SEAT_PAUSE_MAX_MS;
    }
    osp_seat_taken(&seat, 7, now_ms);
    osp_seat_vacated(&seat, true, now_ms + OSP_SEAT_YOUNG_MS);
    osp_seat_taken(&seat, 8, now_ms);
    osp_seat_vacated(&seat, false, now_ms);
    OSP_CHECK(osp_seats_due_ms(&seat, 1, now_ms) == OSP_SEAT_PAUSE_MIN_MS);
}

OSP_UNIT_TEST(seat_silence, "a worker hangs when looks pass without a beat, not when time does")
{
    osp_seat seat = { 0 };
    int64_t now_ms = 1000;
    osp_seat_taken(&seat, 7, now_ms);
    OSP_CHECK(!osp_pulse_look(&seat.pulse, 1, now_ms + OSP_LOOK_MS - 1));
    for (uint32_t i = 1; i <= OSP_STUCK_S; i++) {
        now_ms += OSP_LOOK_MS;
        OSP_CHECK(osp_pulse_look(&seat.pulse, 1, now_ms));
        OSP_CHECK(seat.pulse.silent == i - 1); /* the first heard the beat */
        OSP_CHECK(!osp_pulse_look(&seat.pulse, 1, now_ms));
    }
    now_ms += 3600000; /* frozen */
    OSP_CHECK(osp_pulse_look(&seat.pulse, 1, now_ms) && seat.pulse.silent == OSP_STUCK_S);
    OSP_CHECK(osp_pulse_look(&seat.pulse, 2, now_ms + OSP_LOOK_MS) && seat.pulse.silent == 0);
    osp_seat_vacated(&seat, true, now_ms);
    osp_seat_taken(&seat, 8, now_ms);
    OSP_CHECK(seat.pulse.silent == 0 && seat.kill_ms == 0);
}

OSP_UNIT_TEST(seat_start_hangs, "who does not serve in its time hangs, which is said once")
{
    const int64_t late_ms = 500 + OSP_WORKER_START_S * INT64_C(1000);
    osp_seat seat = { 0 };
    osp_seat_taken(&seat, 7, 500);
    OSP_CHECK(!osp_seat_start_hangs(&seat, late_ms - 1) && seat.kill_ms == 0);
    OSP_CHECK(osp_seat_start_hangs(&seat, late_ms) && seat.kill_ms == late_ms);
    OSP_CHECK(!osp_seat_start_hangs(&seat, late_ms + 1));
    osp_seat_vacated(&seat, false, late_ms);
    OSP_CHECK(seat.restart_ms == late_ms + OSP_SEAT_PAUSE_MIN_MS);
}

OSP_UNIT_TEST(seat_first_due, "of several empty seats the first that is due counts")
{
    osp_seat seats[3] = { 0 };
    for (size_t i = 0; i < 3; i++) {
        osp_seat_taken(&seats[i], (pid_t)i + 1, 0);
    }
    OSP_CHECK(osp_seats_due_ms(seats, 3, 0) == -1);
    osp_seat_vacated(&seats[2], false, 10);
    OSP_CHECK(osp_seats_due_ms(seats, 3, 10) == OSP_SEAT_PAUSE_MIN_MS);
    osp_seat_refused(&seats[2], 10);
    OSP_CHECK(osp_seats_due_ms(seats, 3, 10) == OSP_SEAT_PAUSE_MAX_MS);
    osp_seat_vacated(&seats[0], false, 15);
    OSP_CHECK(osp_seats_due_ms(seats, 3, 20) == OSP_SEAT_PAUSE_MIN_MS - 5);
}
