/* When a route that kills workers is shut. */
#include "serve/crashes.h"
#include "tests/unit/unit.h"

#define WINDOW_MS (OSP_CRASHES_WINDOW_S * 1000)

OSP_UNIT_TEST(crashes_shut, "as many crashes within the window shut a route, one fewer does not")
{
    osp_crashes crashes = { 0 };
    int64_t now_ms = 1000;
    for (int round = 0; round < 3; round++) { /* it begins anew each time */
        for (int i = 1; i < OSP_CRASHES_MAX; i++) {
            OSP_CHECK(osp_crashes_add(&crashes, 7, 1, now_ms++) == -1);
        }
        OSP_CHECK(osp_crashes_add(&crashes, 7, 1, now_ms++) >= 0);
    }
}

OSP_UNIT_TEST(crashes_window, "crashes that lie further apart than the window shut nothing")
{
    osp_crashes crashes = { 0 };
    const int64_t step_ms = WINDOW_MS / (OSP_CRASHES_MAX - 1);
    int64_t now_ms = 1;
    for (int i = 0; i < 100; i++) {
        OSP_CHECK(osp_crashes_add(&crashes, 7, 1, now_ms) == -1);
        now_ms += step_ms;
    }
    now_ms -= step_ms;
    OSP_CHECK(osp_crashes_add(&crashes, 7, 1, now_ms + step_ms - 1) >= 0);
}

OSP_UNIT_TEST(crashes_hangs, "two hangs shut a route")
{
    osp_crashes crashes = { 0 };
    OSP_CHECK(osp_crashes_add(&crashes, 7, OSP_CRASHES_OF_HANG, 1000) == -1);
    OSP_CHECK(osp_crashes_add(&crashes, 7, OSP_CRASHES_OF_HANG, 12000) >= 0);
}

OSP_UNIT_TEST(crashes_apart, "routes are counted apart; a full table forgets who was quiet longest")
{
    osp_crashes crashes = { 0 };
    int64_t now_ms = 1000;
    for (int i = 0; i < OSP_CRASHES_MAX; i++) { /* the last is shut */
        OSP_CHECK((osp_crashes_add(&crashes, 1, 1, now_ms) >= 0) == (i + 1 == OSP_CRASHES_MAX));
    }
    const int first = 0;
    for (uint32_t route = 2; route <= OSP_CRASHES_ROUTES; route++) {
        for (int i = 1; i < OSP_CRASHES_MAX; i++) {
            OSP_CHECK(osp_crashes_add(&crashes, route, 1, ++now_ms) == -1);
        }
    }
    OSP_CHECK(osp_crashes_add(&crashes, 1000, 1, ++now_ms) == -1); /* in the place of 2 */
    OSP_CHECK(crashes.routes[first].route == 1 && crashes.routes[1].route == 1000);
    OSP_CHECK(osp_crashes_add(&crashes, 2, 1, ++now_ms) == -1); /* in the place of 3 */
    OSP_CHECK(osp_crashes_add(&crashes, 4, 1, ++now_ms) == 3);
}
