/* A function that no OSP_TASK has declared, in a transaction.
 *
 * EXPECT: osp_task_def_move */
#include <openspeed/openspeed.h>

static osp_status move(osp_task *task, void *in)
{
    (void)task, (void)in;
    return OSP_OK;
}

osp_status go(osp_ctx *ctx);
osp_status go(osp_ctx *ctx)
{
    OSP_TRY(move(NULL, NULL));
    return osp_transaction(ctx, move, NULL);
}
