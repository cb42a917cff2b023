/* A pointer given for the number that it points at.
 *
 * EXPECT: a parameter of a query must be a bool, an integer, a float or double, an osp_str, a char
 * * */
#include <openspeed/openspeed.h>

int64_t drop(osp_ctx *ctx, const int64_t *id);
int64_t drop(osp_ctx *ctx, const int64_t *id)
{
    return osp_db_exec(ctx, "DELETE FROM person WHERE id = ?", id);
}
