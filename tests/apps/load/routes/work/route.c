/* Costs the processor so many microseconds, whoever else has it meanwhile. */
#include <openspeed/openspeed.h>
#include <time.h>

typedef struct WorkIn {
    int64_t us;
} WorkIn;
OSP_TYPE(WorkIn, QUERY(us, RANGE(0, 100000)));

static int64_t used_us(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

static osp_status work(osp_ctx *ctx, const WorkIn *in, void *out)
{
    (void)out;
    const int64_t until_us = used_us() + in->us;
    while (used_us() < until_us) {
    }
    return osp_text(ctx, S("worked\n"));
}
OSP_ROUTE(GET, work, WorkIn, void);
