/* GET /boom: works after the answer, and crashes.  With ?spawned=true a task of that work does. */
#include <openspeed/openspeed.h>
#include <stdlib.h>

typedef struct BoomIn {
    bool spawned;
} BoomIn;
OSP_TYPE(BoomIn, QUERY(spawned, .fallback = "false"));

static osp_status blow_up(osp_task *task, void *arg)
{
    (void)task, (void)arg;
    abort();
}
OSP_TASK(blow_up, void);

static osp_status spawn_it(osp_task *task, void *arg)
{
    osp_spawn(task, blow_up, arg);
    return osp_join_all(task);
}
OSP_TASK(spawn_it, void);

static osp_status answer(osp_ctx *ctx, const BoomIn *in, void *out)
{
    (void)out;
    OSP_TRY(in->spawned ? osp_after(ctx, spawn_it, NULL) : osp_after(ctx, blow_up, NULL));
    return osp_text(ctx, S("answered"));
}
OSP_ROUTE(GET, answer, BoomIn, void);
