/* As TechEmpower has it: the rows come from the database. */
#include "lib/fortune.h"

static osp_status load(osp_ctx *ctx, const void *in, FortunesView *out)
{
    (void)in;
    return fortunes_show(ctx, osp_db_query(ctx, Fortune, "SELECT id, message FROM fortune"), out);
}
OSP_PAGE(load, void, FortunesView);
