/* When workers are restarted: at once, or after a pause that doubles. */
#include "serve/seat.h"
#include "tests/unit/unit.h"

OSP_UNIT_TEST(seat_long_life, "a worker that lived is replaced at once")
{
    osp_seat seat = { 0 };
    OSP_CHECK(osp_seats_due_ms(&seat, 1, 5000) == 0);
    osp_seat_taken(&seat, 7, 5000);
    OSP_CHECK(osp_seats_due_ms(&seat, 1, 5000) == -1);
    osp_seat_vacated(&seat, 5000 + OSP_SEAT_YOUNG_MS);
    OSP_CHECK(osp_seats_due_ms(&seat, 1, 5000 + OSP_SEAT_YOUNG_MS) == 0);
}

OSP_UNIT_TEST(seat_pauses,
              "each early end doubles the pause, up to its maximum; a long life ends it")
{
    osp_seat seat = { 0 };
    int64_t now_ms = 1000, want_ms = OSP_SEAT_PAUSE_MIN_MS;
    for (int i = 0; i < 20; i++) {
        osp_seat_taken(&seat, 7, now_ms);
        now_ms += OSP_SEAT_YOUNG_MS - 1;
        osp_seat_vacated(&seat, now_ms);
        OSP_CHECK(osp_seats_due_ms(&seat, 1, now_ms) == want_ms);
        OSP_CHECK(osp_seats_due_ms(&seat, 1, now_ms + want_ms - 1) == 1);
        now_ms += want_ms;
        OSP_CHECK(osp_seats_due_ms(&seat, 1, now_ms) == 0);
        want_ms = want_ms * 2 < OSP_SEAT_PAUSE_MAX_MS ? want_ms * 2 : OSP_SEAT_PAUSE_MAX_MS;
    }
    osp_seat_taken(&seat, 7, now_ms);
    osp_seat_vacated(&seat, now_ms + OSP_SEAT_YOUNG_MS);
    osp_seat_taken(&seat, 8, now_ms);
    osp_seat_vacated(&seat, now_ms);
    OSP_CHECK(osp_seats_due_ms(&seat, 1, now_ms) == OSP_SEAT_PAUSE_MIN_MS);
}

OSP_UNIT_TEST(seat_first_due, "of several empty seats the first that is due counts")
{
    osp_seat seats[3] = { 0 };
    for (size_t i = 0; i < 3; i++) {
        osp_seat_taken(&seats[i], (pid_t)i + 1, 0);
    }
    OSP_CHECK(osp_seats_due_ms(seats, 3, 0) == -1);
    osp_seat_vacated(&seats[2], 10);
    OSP_CHECK(osp_seats_due_ms(seats, 3, 10) == OSP_SEAT_PAUSE_MIN_MS);
    osp_seat_refused(&seats[2], 10);
    OSP_CHECK(osp_seats_due_ms(seats, 3, 10) == OSP_SEAT_PAUSE_MAX_MS);
    osp_seat_vacated(&seats[0], 15);
    OSP_CHECK(osp_seats_due_ms(seats, 3, 20) == OSP_SEAT_PAUSE_MIN_MS - 5);
}
