/* Which route kills workers.
 *
 * One client that repeats one bad request would otherwise hold the whole service down: each worker
 * that starts dies of the next copy.  So a route that crashed too often within a while is shut for
 * a while, and the others go on.  Afterwards it begins anew.  No clock and no process here: the
 * supervisor brings both.  The table is small and fixed; numbers in it come from dying processes.
 */
#include "serve/crashes.h"

#include <string.h>

/* The row of a route; a new one takes the place that matters least. */
static size_t row_of(osp_crashes *crashes, uint32_t route, int64_t now_ms)
{
    size_t least = 0;
    for (size_t i = 0; i < OSP_CRASHES_ROUTES; i++) {
        if (crashes->routes[i].route == route) {
            return i;
        }
        const bool shut = crashes->routes[i].shut_until_ms > now_ms;
        const bool least_shut = crashes->routes[least].shut_until_ms > now_ms;
        if (shut != least_shut ? least_shut
                               : crashes->routes[i].last_ms < crashes->routes[least].last_ms) {
            least = i;
        }
    }
    memset(&crashes->routes[least], 0, sizeof crashes->routes[least]);
    crashes->routes[least].route = route;
    return least;
}

int osp_crashes_add(osp_crashes *crashes, uint32_t route, unsigned weight, int64_t now_ms)
{
    OSP_ASSERT(route != 0 && now_ms > 0);
    const size_t row = row_of(crashes, route, now_ms);
    int64_t *at_ms = crashes->routes[row].at_ms;
    crashes->routes[row].last_ms = now_ms;
    for (; weight > 0; weight--) {
        if (crashes->routes[row].count == OSP_CRASHES_MAX) {
            memmove(at_ms, at_ms + 1, (OSP_CRASHES_MAX - 1) * sizeof *at_ms);
            crashes->routes[row].count--;
        }
        at_ms[crashes->routes[row].count++] = now_ms;
    }
    if (crashes->routes[row].count < OSP_CRASHES_MAX ||
        now_ms - at_ms[0] >= (int64_t)OSP_CRASHES_WINDOW_S * 1000) {
        return -1;
    }
    crashes->routes[row].count = 0;
    crashes->routes[row].shut_until_ms = now_ms + (int64_t)OSP_CRASHES_SHUT_S * 1000;
    return (int)row;
}
