/* The clock and the random bytes of a test, in the place of base/clock.c and base/random.c: the
 * linker takes the first that it is shown.  So nothing in a server asks whether it is a test.
 *
 * A clock that was not set goes as it does.  One that was set stands still, and a wait moves it on.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "test/test_impl.h"

/* Of the process, which runs one test. */
static struct {
    bool set;
    int64_t now_us, monotonic_us;
} held;
static uint64_t random_state;

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;
    OSP_ASSERT(clock_gettime(clock, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t osp_now_us(void)
{
    return held.set ? held.now_us : clock_us(CLOCK_REALTIME);
}

int64_t osp_monotonic_us(void)
{
    return held.set ? held.monotonic_us : clock_us(CLOCK_MONOTONIC);
}

static void advance(int64_t us)
{
    if (__builtin_add_overflow(held.now_us, us, &held.now_us) ||
        __builtin_add_overflow(held.monotonic_us, us, &held.monotonic_us)) {
        osp_test_fail(NULL, 0, "the clock is moved to where no time is");
    }
}

void osp_monotonic_wait(int64_t us)
{
    const struct timespec at = { .tv_sec = (time_t)(us / 1000000),
                                 .tv_nsec = (long)(us % 1000000) * 1000 };
    if (held.set) {
        advance(us > held.monotonic_us ? us - held.monotonic_us : 0);
        return;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR) {
    }
}

void osp_test_set_clock(osp_test *test, int64_t us)
{
    OSP_ASSERT(test != NULL);
    if (!held.set) {
        held.monotonic_us = clock_us(CLOCK_MONOTONIC);
        held.set = true;
    }
    held.now_us = us;
}

void osp_test_advance_ms(osp_test *test, int64_t ms)
{
    if (!held.set) {
        osp_test_set_clock(test, clock_us(CLOCK_REALTIME));
    }
    if (ms < 0 || ms > INT64_MAX / 1000) {
        osp_test_fail(NULL, 0, "a clock moves on, and by no more than there is of time");
    }
    advance(ms * 1000);
}

/* Splitmix64: every number gives a row of its own. */
static uint64_t next_random(void)
{
    random_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = random_state;
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

void osp_random_bytes(void *bytes, size_t size)
{
    char *at = bytes;
    while (size > 0) {
        const uint64_t word = next_random();
        const size_t part = size < sizeof(word) ? size : sizeof(word);
        memcpy(at, &word, part);
        at += part;
        size -= part;
    }
}

void osp_test_seed(osp_test *test, uint64_t seed)
{
    OSP_ASSERT(test != NULL);
    random_state = seed;
}
