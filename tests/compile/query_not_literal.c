/* SQL put together at run time: the statement must be a literal.
 *
 * EXPECT: the SQL of a query must be a string literal; what varies is a parameter
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

int64_t erase(osp_ctx *ctx, const char *sql);
int64_t erase(osp_ctx *ctx, const char *sql)
{
    return osp_db_exec(ctx, sql);
}
