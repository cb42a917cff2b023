/* SQL in a variable where one row is asked for.
 *
 * EXPECT: the SQL of a query must be a string literal; what varies is a parameter
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

int64_t *one(osp_ctx *ctx, const char *sql, int64_t id);
int64_t *one(osp_ctx *ctx, const char *sql, int64_t id)
{
    return osp_db_one(ctx, int64_t, sql, id);
}
