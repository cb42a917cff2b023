/* /reports/2026-01-31: 404 for a day that does not exist. */
#include <openspeed/openspeed.h>

typedef struct ReportIn {
    osp_date day;
} ReportIn;
OSP_TYPE(ReportIn, PATH(day));

static osp_status show(osp_ctx *ctx, const ReportIn *in, void *out)
{
    return osp_text(ctx, osp_format(ctx, "day %d of month %d\n", in->day.day, in->day.month));
}
OSP_ROUTE(GET, show, ReportIn, void);
