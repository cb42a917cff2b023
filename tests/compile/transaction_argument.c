/* Another argument for a transaction than its function takes.
 *
 * EXPECT: incompatible pointer type
 * EXPECT-tcc: incompatible pointer type */
#include <openspeed/openspeed.h>

typedef struct Move {
    int64_t from, to;
} Move;
typedef struct Other {
    int64_t id;
} Other;

static osp_status move(osp_task *task, Move *in)
{
    (void)task, (void)in;
    return OSP_OK;
}
OSP_TASK(move, Move);

osp_status go(osp_ctx *ctx, Other *other);
osp_status go(osp_ctx *ctx, Other *other)
{
    return osp_transaction(ctx, move, other);
}
