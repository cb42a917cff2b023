/* What time it is.
 *
 * An object of its own: a program that links other functions of these names before the library, as
 * the tests of an application do, decides what time it is for all of OpenSpeed. */
#include <errno.h>
#include <time.h>

#include "base/time.h"

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;
    OSP_ASSERT(clock_gettime(clock, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t osp_now_us(void)
{
    return clock_us(CLOCK_REALTIME);
}

int64_t osp_monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

void osp_monotonic_wait(int64_t us)
{
    const struct timespec at = { .tv_sec = (time_t)(us / 1000000),
                                 .tv_nsec = (long)(us % 1000000) * 1000 };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR) {
    }
}
