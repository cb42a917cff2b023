/* How long an answer took, for whoever looks at it in a browser.  Source: Server Timing, 4.
 *
 * Spans of the application are summed up by name, in the order in which they first ended.  They are
 * kept where osp_timing is around, and nowhere else: a block finds nothing to tell, and has asked
 * for no time. */
#include <string.h>

#include "app/mw/mw.h"
#include "base/trace.h"

static const char spans_key = 0;

/* All blocks of one name. */
typedef struct span_sum {
    struct span_sum *next;
    const char *name, *doc;
    int64_t us;
} span_sum;

typedef struct span_sums {
    span_sum *first;
    uint32_t count;
} span_sums;

/* The sum of a name, which is made when it is new; NULL: it is left out. */
static span_sum *sum_of(osp_ctx *ctx, span_sums *sums, const char *name, const char *doc)
{
    span_sum **at = &sums->first;
    while (*at != NULL && strcmp((*at)->name, name) != 0) {
        at = &(*at)->next;
    }
    if (*at == NULL && sums->count < OSP_TIME_SPANS_MAX && osp_is_token(osp_str_from(name))) {
        span_sum *made = osp_task_alloc(&ctx->task, sizeof *made);
        if (made != NULL) {
            *made = (span_sum){ .name = name, .doc = doc };
            *at = made;
            sums->count++;
        }
    }
    return *at;
}

osp_time_span osp_time_span_begin(osp_ctx *ctx, const char *name, const char *doc)
{
    span_sums *sums = osp_task_service(&ctx->task, &spans_key);
    (void)osp_span_begin(&ctx->task, OSP_SPAN_BLOCK, name, NULL);
    return (osp_time_span){ .ctx = ctx,
                            .spans = sums,
                            .name = name,
                            .doc = doc,
                            .began_us = sums != NULL ? osp_task_now_us(&ctx->task) : 0,
                            .open = true };
}

void osp_time_span_end(osp_time_span *span)
{
    osp_span_end_open(&span->ctx->task, OSP_SPAN_BLOCK, OSP_OK);
    if (span->spans == NULL) {
        return;
    }
    span_sum *sum = sum_of(span->ctx, span->spans, span->name, span->doc);
    if (sum != NULL) {
        sum->us += osp_task_now_us(&span->ctx->task) - span->began_us;
    }
    span->spans = NULL;
}

/* One more item of the list; empty when there is no memory. */
static osp_str with_item(osp_ctx *ctx, osp_str list, const char *name, const char *doc, int64_t us)
{
    const bool says = doc != NULL && strpbrk(doc, "\"\\") == NULL &&
                      osp_header_is_free(OSP_STR("Server-Timing"), osp_str_from(doc));
    return osp_format(ctx, "%.*s%s%s%s%s%s;dur=%lld.%03lld", OSP_ARG(list),
                      list.len > 0 ? ", " : "", name, says ? ";desc=\"" : "", says ? doc : "",
                      says ? "\"" : "", (long long)(us / 1000), (long long)(us % 1000));
}

osp_status osp_timing(osp_ctx *ctx, osp_next *next, const osp_timing_options *options)
{
    const int64_t began_us = osp_task_now_us(&ctx->task);
    span_sums *sums = osp_task_alloc(&ctx->task, sizeof *sums);
    if (sums == NULL) {
        return OSP_E_NOMEM;
    }
    OSP_TRY(osp_mw_keep(ctx, &spans_key, sums));
    OSP_TRY(osp_run(ctx, next));
    const int64_t us = osp_task_now_us(&ctx->task) - began_us;
    if (ctx->flow != NULL && ctx->flow->begun) {
        return OSP_OK;
    }
    const char *own = options->name != NULL ? options->name : "app";
    osp_str value = with_item(ctx, (osp_str){ 0 }, own, NULL, us);
    for (const span_sum *sum = sums->first; sum != NULL && value.len > 0; sum = sum->next) {
        value = with_item(ctx, value, sum->name, sum->doc, sum->us);
    }
    return value.len > 0 ? osp_add_header(ctx, OSP_STR("Server-Timing"), value) : OSP_E_NOMEM;
}

const char *osp_timing_check(const osp_timing_options *options)
{
    const char *name = options->name != NULL ? options->name : "app";
    return osp_is_token(osp_str_from(name)) ? NULL : "has a .name that is no token";
}
