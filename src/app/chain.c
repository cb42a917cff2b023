/* Runs middleware as an onion.
 *
 *     osp_chain_run --> step 0 --osp_run--> step 1 --osp_run--> endpoint
 *                          |                   |                   |
 *     settled <------------+  settled <--------+   settled <-------+
 *
 * A chain is an array of constant pointers that the build wrote, and a step a frame on the stack of
 * the request's fiber: nothing is allocated or registered, so nothing can be left out or run in
 * another order.
 *
 * After each step the answer is settled: a failure has become its problem document.  What failed is
 * put aside, so that an outer step runs as if nothing had happened: it may ask a database, set
 * header fields, or fail by itself, which replaces the answer.  The log gets what failed last.
 *
 * An answer that is being streamed is beyond all that: its failure stays. */
#include "app/chain.h"

#include "app/provide.h"
#include "base/trace.h"

/* The failure that was put aside, one for the whole chain. */
typedef struct aside {
    const osp_place *place;
    osp_error error; /* its status is OSP_OK: none */
} aside;

struct osp_next {
    const osp_middleware *const *rest; /* what is wrapped; at its NULL: the endpoint */
    const osp_middleware *step;        /* whose it is */
    aside *failure;
    bool ran;
};

static bool has_begun(const osp_ctx *ctx)
{
    return ctx->flow != NULL && ctx->flow->begun;
}

/* Puts the failure aside: an outer step is not the one that failed. */
__attribute__((noinline)) static void settle_failure(osp_ctx *ctx, aside *failure, const char *who,
                                                     osp_status status, const osp_middleware *step)
{
    osp_app_answer_failure(ctx, who, status, step);
    if (has_begun(ctx)) {
        return; /* it stays failed: what was sent cannot be taken back */
    }
    osp_task *task = &ctx->task;
    if (task->error.status != OSP_OK) {
        failure->error = task->error;
        failure->place = task->place;
        task->error.status = OSP_OK;
        task->place = NULL;
    }
    task->refused = false;
    ctx->told = ctx->failed; /* else a layout has answered in its place */
    ctx->failed = false;
    ctx->shown = false; /* what fails next is another failure */
}

static inline bool is_good(const osp_ctx *ctx, osp_status status)
{
    return status >= 0 && !ctx->failed && ctx->task.error.status == OSP_OK;
}

/* What a step has begun ends with it: other tasks, and values of providers that are not `older`. */
static inline osp_status end_step(osp_ctx *ctx, const osp_made *older, osp_status status)
{
    if (ctx->task.kin != NULL) {
        status = osp_task_settle(&ctx->task, status);
    }
    return ctx->made != older ? osp_provided_close(ctx, older, status) : status;
}

static void run_endpoint(osp_ctx *ctx, aside *failure)
{
    const char *who = NULL;
    const osp_made *older = ctx->made;
    const osp_status status = end_step(ctx, older, osp_app_endpoint(ctx, &who));
    if (!is_good(ctx, status)) {
        settle_failure(ctx, failure, who, status, NULL);
    }
}

/* A step that neither ran what it wraps nor said anything must not be taken for an answer. */
__attribute__((noinline)) static osp_status judge_silence(osp_ctx *ctx, const osp_middleware *step)
{
    osp_response *response = &ctx->response;
    if (response->media_type.ptr != NULL && response->status == 0) {
        response->status = 200;
    }
    if (response->status == 0) {
        osp_error cause = { 0 };
        (void)osp_error_set(&cause, OSP_E_INVALID,
                            "%s neither called osp_run nor answered the request", step->name_);
        osp_task_fail_here(&ctx->task, OSP_E_INVALID, &cause, &step->place_);
        return OSP_E_INVALID;
    }
    return OSP_OK;
}

static inline void run_rest(osp_ctx *ctx, const osp_middleware *const *rest, aside *failure)
{
    const osp_middleware *step = *rest;
    if (step == NULL) {
        run_endpoint(ctx, failure);
        return;
    }
    osp_next next = { .rest = rest + 1, .step = step, .failure = failure, .ran = false };
    const osp_made *older = ctx->made;
    const uint32_t span =
        osp_span_begin(&ctx->task, OSP_SPAN_MIDDLEWARE, step->name_, &step->place_);
    osp_status status = step->needs != NULL ? osp_provide(ctx, step->needs, NULL) : OSP_OK;
    status = status == OSP_OK ? step->call_(ctx, &next) : status;
    if (!next.ran && is_good(ctx, status)) {
        status = judge_silence(ctx, step);
    }
    status = end_step(ctx, older, status);
    osp_span_end(&ctx->task, span, is_good(ctx, status) ? OSP_OK : OSP_E_FAILED);
    if (!is_good(ctx, status)) {
        settle_failure(ctx, failure, step->name_, status, step);
    }
}

__attribute__((cold, noinline)) static osp_status refuse_again(osp_ctx *ctx,
                                                               const osp_middleware *step)
{
    osp_error cause = { 0 };
    (void)osp_error_set(&cause, OSP_E_INVALID, "%s called osp_run a second time", step->name_);
    osp_task_fail_here(&ctx->task, OSP_E_INVALID, &cause, &step->place_);
    return OSP_E_INVALID;
}

osp_status osp_run(osp_ctx *ctx, osp_next *next)
{
    if (next->ran) {
        return refuse_again(ctx, next->step);
    }
    next->ran = true;
    run_rest(ctx, next->rest, next->failure);
    return OSP_OK;
}

void osp_chain_run(osp_ctx *ctx, const osp_middleware *const *chain)
{
    aside failure;
    failure.error.status = OSP_OK;
    run_rest(ctx, chain, &failure);
    if (failure.error.status != OSP_OK && ctx->task.error.status == OSP_OK) {
        ctx->task.error = failure.error;
        ctx->task.place = failure.place;
    }
    OSP_DEBUG_ASSERT(ctx->response.status != 0);
    const osp_route *route = ctx->refusal == OSP_REFUSAL_NONE ? osp_ctx_route(ctx) : NULL;
    if (ctx->request.conditional && route != NULL && !ctx->failed) {
        osp_conditions_after(ctx, route); /* again, or for the first time: osp_app_endpoint */
    }
}

static uint64_t body_max_of(const osp_middleware *const *chain)
{
    uint64_t max = 0;
    for (; chain != NULL && *chain != NULL; chain++) {
        max = (*chain)->body_max != 0 ? (*chain)->body_max : max;
    }
    return max;
}

uint64_t osp_chain_body_max(const osp_ctx *ctx)
{
    return body_max_of(osp_chain_of(ctx));
}

bool osp_chain_limits_bodies(const osp_app_def *app)
{
    bool limits = body_max_of(app->root_chain) != 0;
    for (size_t i = 0; i < app->leaf_count; i++) {
        limits |= body_max_of(app->leaves[i]->chain) != 0;
    }
    return limits;
}

bool osp_chain_wraps(const osp_app_def *app)
{
    bool wraps = app->root_chain != NULL;
    for (size_t i = 0; i < app->leaf_count; i++) {
        wraps |= app->leaves[i]->chain != NULL;
    }
    return wraps;
}
