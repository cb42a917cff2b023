#include <openspeed/openspeed.h>

OSP_USE(osp_security_headers, .csp = "default-src 'self'; script-src 'nonce-{nonce}'",
        .csp_report_only = "default-src 'none'; script-src 'nonce-{nonce}'; report-to csp",
        .reporting_endpoints = "csp=\"https://reports.example/csp\"");

/* A page in place of a problem document. */
static osp_status pages(osp_ctx *ctx, osp_next *next)
{
    OSP_TRY(osp_run(ctx, next));
    const osp_failure *failure = osp_failure_of(ctx);
    if (failure == NULL) {
        return OSP_OK;
    }
    const osp_str page = osp_format(ctx, "<h1>%d</h1>", failure->status);
    (void)osp_recover(ctx);
    return osp_html(ctx, page);
}
OSP_MIDDLEWARE(pages);
