/* A slice given to a query that takes a number.
 *
 * EXPECT-gcc: incompatible type for argument 2 of 'person_erase'
 * EXPECT-clang: passing 'osp_str'
 * EXPECT-tcc: cannot convert */
#include <openspeed/openspeed.h>

OSP_QUERY_EXEC(person_erase, (int64_t, id));

int64_t use(osp_ctx *ctx);
int64_t use(osp_ctx *ctx)
{
    return person_erase(ctx, S("5"));
}
