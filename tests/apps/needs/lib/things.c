#include "lib/things.h"

static osp_status begin(osp_ctx *ctx, Thing *thing, const char *name)
{
    thing->name = name;
    osp_log(ctx, OSP_LOG_WARNING, "made %s", name);
    return OSP_OK;
}

static osp_status end(osp_ctx *ctx, Thing *thing, osp_status outcome)
{
    OSP_TRY(osp_sleep_ms(ctx, thing->close_ms)); /* also when its client is gone */
    osp_log(ctx, OSP_LOG_WARNING, "closed %s (%s)", thing->name, osp_status_text(outcome));
    return OSP_OK;
}
OSP_CLOSER(end, Thing);

static osp_status make_app_wide(osp_ctx *ctx, const void *in, Thing *out)
{
    return begin(ctx, out, "app_wide");
}
OSP_PROVIDER(app_wide, make_app_wide, void, Thing, .scope = OSP_PER_APPLICATION,
             .close = OSP_CLOSE(end));

typedef struct WorkerIn { const Thing *app; } WorkerIn;
OSP_TYPE(WorkerIn, NEED(app, app_wide));
static osp_status make_worker_wide(osp_ctx *ctx, const WorkerIn *in, Thing *out)
{
    return begin(ctx, out, "worker_wide");
}
OSP_PROVIDER(worker_wide, make_worker_wide, WorkerIn, Thing, .scope = OSP_PER_WORKER,
             .close = OSP_CLOSE(end));

typedef struct OuterIn {
    const Thing *worker;
    int64_t make_ms, close_ms;
} OuterIn;
OSP_TYPE(OuterIn, NEED(worker, worker_wide), QUERY(make_ms, .fallback = "0"),
         QUERY(close_ms, .fallback = "1"));
static osp_status make_outer(osp_ctx *ctx, const OuterIn *in, Thing *out)
{
    out->close_ms = in->close_ms;
    if (in->make_ms > 0) {
        osp_log(ctx, OSP_LOG_WARNING, "begins outer");
        const osp_status status = osp_sleep_ms(ctx, in->make_ms);
        osp_log(ctx, OSP_LOG_WARNING, "ends outer: %s", osp_status_text(status));
        OSP_TRY(status);
    }
    return begin(ctx, out, "outer");
}
OSP_PROVIDER(outer, make_outer, OuterIn, Thing, .close = OSP_CLOSE(end));

typedef struct InnerIn { const Thing *outer; osp_opt_str fail; } InnerIn;
OSP_TYPE(InnerIn, NEED(outer, outer), QUERY(fail));
static osp_status make_inner(osp_ctx *ctx, const InnerIn *in, Thing *out)
{
    if (in->fail.is == OSP_SET && osp_str_equal(in->fail.value, S("inner"))) {
        return osp_fail(ctx, 409, "inner fails");
    }
    out->close_ms = in->outer->close_ms;
    return begin(ctx, out, "inner");
}
static osp_status end_inner(osp_ctx *ctx, Thing *thing, osp_status outcome)
{
    OSP_TRY(end(ctx, thing, outcome));
    return osp_header(ctx, S("X-Close")).len > 0 ? OSP_E_IO : OSP_OK;
}
OSP_CLOSER(end_inner, Thing);
OSP_PROVIDER(inner, make_inner, InnerIn, Thing, .close = OSP_CLOSE(end_inner),
             .close_when = OSP_BEFORE_RESPONSE);

typedef struct GuardIn { osp_opt_str authorization; } GuardIn;
OSP_TYPE(GuardIn, HEADER(authorization));
static osp_status check(osp_ctx *ctx, const GuardIn *in, void *out)
{
    return in->authorization.is == OSP_SET ? OSP_OK : OSP_DONE;
}
OSP_PROVIDER(guard, check, GuardIn, void, .authenticates = true);
