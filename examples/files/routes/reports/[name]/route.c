#include <openspeed/openspeed.h>

typedef struct ReportIn {
    osp_str name;
} ReportIn;
OSP_TYPE(ReportIn, PATH(name, .max_len = 80));

static osp_status report(osp_ctx *ctx, const ReportIn *in, void *out)
{
    (void)out;
    OSP_TRY(osp_set_header(ctx, S("Cache-Control"), S("private, max-age=60")));
    OSP_TRY(osp_attachment(ctx, in->name));
    return osp_send_file(ctx, S(""), "reports", in->name);
}
OSP_ROUTE(GET, report, ReportIn, void, .summary = "A report to save", .errors = { 404 });
