/* A row that is read one by one belongs to the database.
 *
 * EXPECT: read-only
 * EXPECT-clang: read-only
 * EXPECT-tcc: read-only */
#include <openspeed/openspeed.h>

void change(osp_ctx *ctx);
void change(osp_ctx *ctx)
{
    OSP_DB_EACH(ctx, int64_t, one, "SELECT 1")
    {
        *one = 2;
    }
}
