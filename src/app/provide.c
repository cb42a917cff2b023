/* What a request needs, made in order and closed in reverse.
 *
 *     needs of the route --> needs of its input --> each provider: its own needs first
 *
 *     ctx->made -> newest -> ... -> oldest          found by the provider's address; they are few
 *
 * Each value is made once.  It is entered into the list before it is made, so that one which is
 * asked for while it is made, a cycle that no build has proved away, is seen.
 *
 * A value is closed once, the newest first: those that close before the response when the handler,
 * or the middleware that needs them, has ended (osp_provided_close), the others as work after the
 * response (app/after.c).  A closer is code that must do its work whatever became of the request;
 * so the failure and the cancelling of the request are put aside while it runs, and put back.
 *
 * Values that outlive requests are those of a context of their own, of the worker (osp_life): the
 * same list, made before the worker serves and only read from then on.
 *
 * What is absent is so for all that NEED it, up to the route or to the first WANT. */
#include "app/provide.h"

#include <string.h>

#include "app/graph.h"
#include "base/trace.h"

enum made_state {
    MADE_MAKING = 0,
    MADE_ABSENT,
    MADE_OPEN,
    MADE_CLOSED /* or it has failed: there is nothing to close */
};

const char osp_life_key = 0;

static osp_status provide_all(osp_ctx *ctx, const osp_need *needs, char *in,
                              const osp_provider **ret_absent);

/* ---------------------------------------------------------------- finding */

/* A value that is closed is none: what asks for it then, as what shows a failure, has its own. */
static osp_made *find(osp_made *made, const osp_provider *provider)
{
    while (made != NULL && (made->provider != provider || made->state == MADE_CLOSED)) {
        made = made->older;
    }
    return made;
}

/* NULL: nothing stands for it. */
static const osp_provider_override *find_override(const osp_ctx *ctx, const osp_provider *provider)
{
    const osp_provider_override *at = ctx->overrides;
    while (at != NULL && at->provider != NULL && at->provider != provider) {
        at++;
    }
    return at != NULL && at->provider != NULL ? at : NULL;
}

/* A value that is there, or was tried for: of the request, or of the worker. */
static osp_made *find_made(osp_ctx *ctx, const osp_provider *provider)
{
    osp_made *made = find(ctx->made, provider);
    if (made == NULL && provider->scope != OSP_PER_REQUEST) {
        const osp_life *life = osp_task_service(&ctx->task, &osp_life_key);
        made = life != NULL ? find(life->ctx.made, provider) : NULL;
    }
    return made;
}

const void *osp_provided(osp_ctx *ctx, const osp_provider *provider, const char *name)
{
    if (provider != NULL) {
        const osp_provider_override *override = find_override(ctx, provider);
        if (override != NULL) {
            return override->value;
        }
        const osp_made *made = find_made(ctx, provider);
        if (made != NULL && (made->state == MADE_OPEN || made->state == MADE_ABSENT)) {
            return made->value;
        }
    }
    osp_task_fail(&ctx->task, OSP_E_INVALID, "%s() was called where nothing needs %s", name, name);
    return NULL;
}

/* ---------------------------------------------------------------- closing */

/* What became of the request, as closers hear it. */
static osp_status outcome_of(const osp_ctx *ctx, osp_status status)
{
    if (ctx->task.error.status != OSP_OK) {
        return ctx->task.error.status;
    }
    if (status < 0) {
        return status;
    }
    return ctx->failed || ctx->response.status >= 400 ? OSP_E_FAILED : OSP_OK;
}

/* What a call into the application has come to, also where it has not said so. */
static osp_status verdict_of(osp_ctx *ctx, osp_status status, const osp_provider *provider,
                             const char *verb)
{
    if (ctx->task.error.status == OSP_OK && status < 0 && !ctx->failed) {
        osp_task_fail(&ctx->task, status, "%s %s returned %d (%s)", verb, provider->name_,
                      (int)status, osp_status_text(status));
    }
    return ctx->task.error.status != OSP_OK ? ctx->task.error.status : status;
}

static bool closes_before(const osp_provider *provider)
{
    return provider->scope == OSP_PER_REQUEST && provider->close_when == OSP_BEFORE_RESPONSE;
}

static void log_closing(osp_ctx *ctx, const osp_provider *provider, osp_status status)
{
    const osp_place place = { provider->file_, provider->line_ };
    osp_task_log_at(&ctx->task, &place, OSP_LOG_ERROR, "closing %s failed: %s", provider->name_,
                    ctx->task.error.status != OSP_OK ? ctx->task.error.message
                                                     : osp_status_text(status));
}

/* Runs a closer as if the request had neither failed nor been cancelled.
 *
 * is_answer  whether its failure is the answer; else it is logged, and the context is as before */
static osp_status close_one(osp_ctx *ctx, osp_made *made, osp_status outcome, bool is_answer)
{
    osp_task *task = &ctx->task;
    const osp_error error = task->error;
    const osp_place *place = task->place;
    const bool refused = task->refused;
    OSP_ASSERT(made->state == MADE_OPEN && made->provider->close != NULL);
    made->state = MADE_CLOSED;
    task->error.status = OSP_OK;
    task->refused = false;
    osp_task_shield(task);
    const bool failed = ctx->failed;
    ctx->failed = !is_answer; /* then osp_fail and osp_write do nothing */
    const osp_place here = { made->provider->file_, made->provider->line_ };
    const uint32_t span = osp_span_begin(task, OSP_SPAN_CLOSER, made->provider->name_, &here);
    osp_status status = made->provider->close(ctx, made->value, outcome);
    if (task->kin != NULL) { /* what it has spawned is part of it */
        status = osp_task_settle(task, status);
    }
    status = verdict_of(ctx, status, made->provider, "closing");
    osp_span_end(task, span, status);
    if (is_answer) {
        status = ctx->failed ? OSP_E_FAILED : status;
    } else {
        if (status < 0) {
            log_closing(ctx, made->provider, status);
        }
        ctx->failed = failed;
        task->error = error;
        task->place = place;
    }
    task->refused |= refused;
    osp_task_unshield(task);
    return status;
}

static osp_status close_provided(osp_ctx *ctx, const osp_made *until, osp_status status)
{
    for (osp_made *made = ctx->made; made != until; made = made->older) {
        if (made->state == MADE_OPEN && made->provider->close != NULL &&
            closes_before(made->provider)) {
            const osp_status outcome = outcome_of(ctx, status);
            const osp_status closed = close_one(ctx, made, outcome, outcome == OSP_OK);
            status = status >= 0 && closed < 0 ? closed : status;
        }
    }
    for (osp_made *made = ctx->made; made != until; made = made->older) {
        made->outcome = made->outcome == OSP_OK ? outcome_of(ctx, status) : made->outcome;
    }
    return status;
}

/* The answer is out; who closes now hears what became of it. */
static osp_status close_after(osp_task *task, void *arg)
{
    osp_made *made = arg;
    (void)task;
    (void)close_one(made->ctx, made, made->outcome, false);
    return OSP_OK; /* it has been logged */
}

/* The end of a worker. */
static void close_long(void *arg)
{
    (void)close_after(NULL, arg);
}

/* ---------------------------------------------------------------- making */

/* A 401 tells what credentials would do (RFC 9110 15.5.2). */
static void challenge(osp_ctx *ctx, const osp_provider *provider)
{
    if (provider->challenge != NULL &&
        !osp_response_has(&ctx->response, OSP_STR("WWW-Authenticate")) &&
        osp_set_header(ctx, OSP_STR("WWW-Authenticate"), osp_str_from(provider->challenge)) !=
            OSP_OK) {
        osp_task_fail(&ctx->task, OSP_E_INVALID, "%s has a challenge that cannot be sent",
                      provider->name_);
    }
}

/* The maker's input: what it needs, then what it reads of the request.  OSP_OK | OSP_DONE
 * (something that it needs is absent: ret_absent) | a failure. */
static osp_status make_input(osp_ctx *ctx, const osp_provider *provider, void **ret_in,
                             const osp_provider **ret_absent)
{
    const osp_type *in = provider->in_;
    *ret_in = NULL;
    if (in->size > 0) {
        *ret_in = osp_task_alloc(&ctx->task, in->size);
        if (*ret_in == NULL) {
            return OSP_E_NOMEM;
        }
    }
    osp_status status = provide_all(ctx, provider->needs, NULL, ret_absent);
    if (status == OSP_OK) {
        status = provide_all(ctx, in->needs_, *ret_in, ret_absent);
    }
    if (status != OSP_OK || in->field_count == 0) {
        return status;
    }
    OSP_TRY(osp_bind_matches(ctx, in, *ret_in));
    return osp_bind(ctx, in, *ret_in);
}

/* Whether the context is one of a worker and no request's. */
static bool is_life(const osp_ctx *ctx)
{
    return ctx->request.method == OSP_METHOD_COUNT;
}

static osp_status open_made(osp_ctx *ctx, osp_made *made)
{
    made->state = MADE_OPEN;
    if (made->provider->close == NULL || closes_before(made->provider)) {
        return OSP_OK;
    }
    const osp_status status = is_life(ctx) ? osp_defer(ctx, close_long, made)
                                           : osp_ctx_after(ctx, NULL, close_after, made);
    if (status != OSP_OK) {
        (void)close_one(ctx, made, status, false);
    }
    return status;
}

static osp_status make_one(osp_ctx *ctx, osp_made *made)
{
    const osp_provider *provider = made->provider;
    void *in;
    void *value = osp_task_alloc(&ctx->task, provider->size_ > 0 ? provider->size_ : 1);
    if (value == NULL) {
        return OSP_E_NOMEM;
    }
    osp_status status = make_input(ctx, provider, &in, &made->absent_by);
    if (status == OSP_OK) {
        status = verdict_of(ctx, provider->make_(ctx, in, value), provider, "the maker of");
        made->absent_by = status == OSP_DONE ? provider : NULL;
    }
    if (ctx->failed) {
        if (ctx->response.status == 401) {
            challenge(ctx, provider);
        }
        return OSP_E_FAILED;
    }
    if (status < 0) {
        return status;
    }
    if (made->absent_by != NULL) {
        made->state = MADE_ABSENT;
        return OSP_OK;
    }
    made->value = value;
    return open_made(ctx, made);
}

static osp_status make(osp_ctx *ctx, osp_made *made)
{
    const osp_place here = { made->provider->file_, made->provider->line_ };
    const uint32_t span =
        osp_span_begin(&ctx->task, OSP_SPAN_PROVIDER, made->provider->name_, &here);
    const osp_status status = make_one(ctx, made);
    osp_span_end(&ctx->task, span, status);
    return status;
}

/* OSP_OK (ret_value) | OSP_DONE (it is absent because of ret_absent) | a failure. */
static osp_status value_of(osp_ctx *ctx, const osp_need *need, const void **ret_value,
                           const osp_provider **ret_absent)
{
    const osp_provider *provider = need->provider;
    if (provider == NULL) {
        return osp_task_fail(&ctx->task, OSP_E_NOT_FOUND, "nothing makes %s", need->name);
    }
    const osp_provider_override *override = find_override(ctx, provider);
    if (override != NULL) {
        *ret_value = override->value;
        *ret_absent = override->value == NULL ? provider : NULL;
        return override->value == NULL ? OSP_DONE : OSP_OK;
    }
    osp_made *made = find_made(ctx, provider);
    if (made == NULL) {
        made = osp_new(ctx, osp_made);
        if (made == NULL) {
            return OSP_E_NOMEM;
        }
        made->provider = provider;
        made->ctx = ctx;
        made->older = ctx->made;
        ctx->made = made;
        const osp_status status = make(ctx, made);
        if (status < 0) {
            made->state = MADE_CLOSED;
            return status;
        }
    }
    if (made->state == MADE_MAKING) {
        return osp_task_fail(&ctx->task, OSP_E_INVALID, "%s needs itself", provider->name_);
    }
    *ret_value = made->value;
    *ret_absent = made->absent_by;
    return made->state == MADE_ABSENT ? OSP_DONE : OSP_OK;
}

static osp_status provide_all(osp_ctx *ctx, const osp_need *needs, char *in,
                              const osp_provider **ret_absent)
{
    for (const osp_need *need = needs; need != NULL && need->name != NULL; need++) {
        const void *value = NULL;
        const osp_status status = value_of(ctx, need, &value, ret_absent);
        if (status < 0 || (status == OSP_DONE && !need->optional)) {
            return status;
        }
        if (need->member != NULL) {
            memcpy(in + need->offset, &value, sizeof(value));
        }
        *ret_absent = NULL;
    }
    return OSP_OK;
}

bool osp_leaf_has_needs(const osp_route_leaf *leaf, const osp_route *route)
{
    const osp_middleware *const *step = leaf->chain;
    while (step != NULL && *step != NULL && (*step)->needs == NULL) {
        step++;
    }
    return osp_route_has_needs(route) || (step != NULL && *step != NULL);
}

static osp_status provide(osp_ctx *ctx, const osp_need *needs, void *in)
{
    const osp_provider *absent = NULL;
    const osp_status status = provide_all(ctx, needs, in, &absent);
    if (status != OSP_DONE) {
        return status;
    }
    if (!absent->authenticates) {
        return osp_task_fail(&ctx->task, OSP_E_NOT_FOUND, "%s is absent, and not only wanted",
                             absent->name_);
    }
    challenge(ctx, absent);
    return osp_fail(ctx, 401, "This needs credentials.");
}

/* ---------------------------------------------------------------- longer lives */

typedef struct opening {
    osp_life *life;
    osp_scope scope;
    osp_status status;
    osp_error *err;
} opening;

/* Why a maker has failed, in the words of the database or of its own osp_fail. */
static osp_str reason_of(const osp_ctx *ctx, osp_status status)
{
    if (ctx->task.error.status != OSP_OK) {
        return osp_str_from(ctx->task.error.message);
    }
    const bool told = ctx->failed && ctx->failure.detail.len != 0;
    return told ? ctx->failure.detail : osp_str_from(osp_status_text(status));
}

static bool open_long(const osp_provider *provider, void *arg)
{
    opening *o = arg;
    osp_ctx *ctx = &o->life->ctx;
    const osp_need need = { .provider = provider, .name = provider->name_, .optional = true };
    const osp_provider *absent;
    const void *value;
    if (provider->scope != o->scope) {
        return true;
    }
    const osp_status status = value_of(ctx, &need, &value, &absent);
    if (status < 0) {
        const osp_str reason = reason_of(ctx, status);
        o->status = osp_error_set(o->err, status, "%s:%d: %s cannot be made: %.*s", provider->file_,
                                  provider->line_, provider->name_, OSP_ARG(reason));
        return false;
    }
    return true;
}

static osp_status open_life(osp_life *life, const osp_app_def *app, const osp_service *services,
                            const osp_provider_override *overrides, osp_error *err)
{
    opening o = { .life = life, .scope = OSP_PER_APPLICATION, .status = OSP_OK, .err = err };
    osp_arena_init(&life->arena, NULL, 0, OSP_LIFE_MEMORY_MAX);
    osp_ctx_init(&life->ctx, app, &life->arena);
    life->ctx.request = (osp_request){ .method = OSP_METHOD_COUNT };
    life->ctx.task.services = services;
    life->ctx.overrides = overrides;
    osp_graph_walk(app, open_long, &o);
    if (o.status == OSP_OK) {
        o.scope = OSP_PER_WORKER;
        osp_graph_walk(app, open_long, &o);
    }
    if (o.status != OSP_OK || life->ctx.made == NULL) {
        osp_life_close(life);
    }
    return o.status == OSP_OK && life->ctx.made == NULL ? OSP_DONE : o.status;
}

void osp_life_close(osp_life *life)
{
    osp_arena_done(&life->arena);
    life->ctx.made = NULL;
}

const struct osp_provision osp_provision = { provide, close_provided, open_life };
