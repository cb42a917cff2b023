/* SQL that is no literal, for rows one by one.
 *
 * EXPECT: the SQL of a query must be a string literal; what varies is a parameter
 * EXPECT-tcc: error */
#include <openspeed/openspeed.h>

int64_t sum(osp_ctx *ctx, const char *sql);
int64_t sum(osp_ctx *ctx, const char *sql)
{
    int64_t all = 0;
    OSP_DB_EACH(ctx, int64_t, one, sql)
    {
        all += *one;
    }
    return all;
}
