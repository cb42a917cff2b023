#include "lib/dice.h"

static osp_status make(osp_ctx *ctx, const void *in, Dice *out)
{
    (void)in;
    out->state = osp_new(ctx, uint64_t);
    OSP_TRY(out->state != NULL ? OSP_OK : OSP_E_NOMEM);
    osp_random_bytes(out->state, sizeof *out->state);
    return OSP_OK;
}
OSP_PROVIDER(dice, make, void, Dice, .scope = OSP_PER_WORKER);

/* splitmix64 */
int64_t dice_throw(const Dice *dice, uint32_t sides)
{
    uint64_t z = *dice->state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (int64_t)(((z ^ (z >> 31)) >> 32) * sides >> 32) + 1;
}
