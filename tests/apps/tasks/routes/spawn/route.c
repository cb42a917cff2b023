/* GET /spawn?count=N&bad=I: so many tasks that meet each other; the one of that number fails. */
#include <openspeed/openspeed.h>

typedef struct SpawnIn {
    int64_t count, bad;
} SpawnIn;
OSP_TYPE(SpawnIn, QUERY(count, RANGE(1, 256)), QUERY(bad, .fallback = "-1"));

typedef struct Meeting {
    int64_t expected, here, cancelled;
} Meeting;

typedef struct Guest {
    Meeting *meeting;
    bool bad;
} Guest;

/* Waits until all are here, which no one of them would see alone. */
static osp_status meet(osp_task *task, Guest *guest)
{
    Meeting *meeting = guest->meeting;
    meeting->here++;
    while (meeting->here < meeting->expected || guest->bad) {
        if (guest->bad && meeting->here == meeting->expected) {
            return OSP_E_IO;
        }
        const osp_status status = osp_sleep_ms(task, 1);
        meeting->cancelled += status == OSP_E_CANCELLED;
        OSP_TRY(status);
    }
    return OSP_OK;
}
OSP_TASK(meet, Guest);

static osp_status answer(osp_ctx *ctx, const SpawnIn *in, void *out)
{
    (void)out;
    Meeting meeting = { .expected = in->count };
    Guest *guests = osp_new_array(ctx, Guest, (size_t)in->count);
    if (guests == NULL) {
        return OSP_E_NOMEM;
    }
    for (int64_t i = 0; i < in->count; i++) {
        guests[i] = (Guest){ &meeting, i == in->bad };
        osp_spawn(ctx, meet, &guests[i]);
    }
    const osp_status status = osp_join_all(ctx);
    return osp_text(ctx, osp_format(ctx, "%d: %d met", (int)status, (int)meeting.here));
}
OSP_ROUTE(GET, answer, SpawnIn, void);
