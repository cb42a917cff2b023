/* A transaction of a function whose failure nobody looks at.
 *
 * EXPECT: osp_transaction
 * EXPECT-tcc: nothing */
#include <openspeed/openspeed.h>

static osp_status move(osp_task *task, int *in)
{
    (void)task, (void)in;
    return OSP_OK;
}
OSP_TASK(move, int);

void go(osp_ctx *ctx);
void go(osp_ctx *ctx)
{
    int n = 0;
    osp_transaction(ctx, move, &n);
}
