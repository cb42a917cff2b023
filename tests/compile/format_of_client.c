/* Bytes of a client as a format: they would read the stack.
 *
 * EXPECT-gcc: format not a string literal and no format arguments
 * EXPECT-clang: format string is not a string literal
 * EXPECT-tcc: nothing */
#include <openspeed/openspeed.h>

typedef struct In {
    osp_str q;
} In;
OSP_TYPE(In, QUERY(q));

static osp_status tell(osp_ctx *ctx, const In *in, void *out)
{
    (void)out;
    return osp_fail(ctx, 400, in->q.ptr);
}
OSP_ROUTE(GET, tell, In, void);
