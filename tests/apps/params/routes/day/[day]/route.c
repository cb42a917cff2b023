#include "../../../lib/shapes.h"

typedef struct In {
    osp_date day;
    osp_opt_int hour;
} In;
OSP_TYPE(In, PATH(day, .nomatch = true), QUERY(hour));

typedef struct DayOut {
    osp_date day;
} DayOut;
OSP_TYPE(DayOut, FIELD(day));

static osp_status show(osp_ctx *ctx, const In *in, DayOut *out)
{
    (void)ctx;
    out->day = in->day;
    return OSP_OK;
}
OSP_ROUTE(GET, show, In, DayOut);
