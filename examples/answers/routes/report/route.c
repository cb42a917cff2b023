/* One thing in three forms. */
#include <openspeed/openspeed.h>
#include <string.h>

typedef struct Report {
    osp_str month;
    int32_t orders;
} Report;
OSP_TYPE(Report, FIELD(month), FIELD(orders));

static osp_status report(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    const Report may = { .month = S("May"), .orders = 31 };
    const char *best = osp_accepts(ctx, "application/json", "text/html", "text/csv");
    if (best == NULL) {
        return osp_fail(ctx, 406, "There is JSON, HTML and CSV.");
    }
    if (strcmp(best, "text/html") == 0) {
        return osp_html(ctx, S("<!doctype html>\n<title>May</title>\n<p>31 orders</p>\n"));
    }
    if (strcmp(best, "text/csv") == 0) {
        OSP_TRY(osp_attachment(ctx, S("Report May \xe2\x82\xac.csv")));
        return osp_send(ctx, S("text/csv; charset=utf-8"), S("month,orders\r\nMay,31\r\n"));
    }
    return osp_send_json(ctx, Report, &may);
}
OSP_ROUTE(GET, report, void, void, .summary = "Orders of a month", .errors = { 406 });
