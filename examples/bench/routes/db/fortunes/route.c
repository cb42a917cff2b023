/* As TechEmpower has it: the rows come from the database. */
#include "lib/fortune.h"

static osp_status fortunes(osp_ctx *ctx, const void *in, void *out)
{
    (void)in, (void)out;
    return fortunes_answer(ctx, osp_db_query(ctx, Fortune, "SELECT id, message FROM fortune"));
}
OSP_ROUTE(GET, fortunes, void, void);
