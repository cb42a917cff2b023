/* Loads that wait at the same time.
 *
 *     request's ctx --copy--> ctx of a load --load--> header fields, status, failure --+
 *          ^                                                                           |
 *          +------------------- in the order of the document --------------------------+
 *
 * A load takes an osp_ctx, and a wait is a task's: so each load has a context of its own, which
 * begins as a copy.  Its task waits by another one: the child that osp_spawn has made, on a fiber
 * of its own; or, where there is none to spare, and without a server, the request's own, which runs
 * the load when it comes to wait for it.
 *
 * What providers make is made before, for the request as a whole.  What a load says of the answer
 * is taken over in the order of the document, whoever ended first: so the answer does not depend on
 * which was quicker, and what a page within says is not heard where the layout around it refuses.
 */
#include "app/page_run.h"

#include <string.h>

#include "app/chain.h"
#include "app/mw/mw.h"
#include "base/slice.h"

struct osp_page_run {
    osp_ctx ctx;     /* first */
    osp_ctx *whole;  /* of the request */
    osp_task *real;  /* which waits */
    osp_task *child; /* of the request's task */
    osp_page_doc *doc;
    const osp_header_field *base; /* fields of the answer when it began */
    const osp_service *services;  /* that it could reach then */
    uint32_t base_count, item;
    osp_status status;
    bool begun, ended, unwanted, joined;
};

static osp_page_run *run_of(const osp_ctx *ctx)
{
    return (osp_page_run *)(uintptr_t)ctx;
}

/* ---------------------------------------------------------------- waiting */

static osp_page_run *run_of_task(const osp_task *task)
{
    return run_of(OSP_CONTAINER_OF(task, osp_ctx, task));
}

/* Waits by the real task, up to the deadline of the other. */
static osp_task *enter(osp_task *task)
{
    osp_task *real = run_of_task(task)->real;
    const int64_t deadline_us = real->deadline_us;
    real->deadline_us = task->deadline_us;
    task->deadline_us = deadline_us;
    return real;
}

static void leave(osp_task *task, osp_task *real)
{
    const int64_t deadline_us = real->deadline_us;
    real->deadline_us = task->deadline_us;
    task->deadline_us = deadline_us;
    if (osp_task_is_cancelled(real)) {
        osp_task_cancel(task);
    }
}

static osp_status run_offload(osp_task *task, osp_offload *queue, void (*fn)(void *arg), void *arg)
{
    osp_task *real = enter(task);
    const osp_status status = real->waits->offload(real, queue, fn, arg);
    leave(task, real);
    return status;
}

static osp_status run_sleep(osp_task *task, int64_t us)
{
    osp_task *real = enter(task);
    const osp_status status = real->waits->sleep(real, us);
    leave(task, real);
    return status;
}

static void run_park(osp_task *task)
{
    osp_task *real = enter(task);
    real->waits->park(real);
    leave(task, real);
}

static void run_wake(osp_task *task)
{
    osp_task *real = run_of_task(task)->real;
    real->waits->wake(real);
}

static osp_status run_park_until(osp_task *task, int64_t at_us)
{
    osp_task *real = enter(task);
    const osp_status status = real->waits->park_until(real, at_us);
    leave(task, real);
    return status;
}

static osp_status run_spawn(osp_task *task, osp_task *child, void (*fn)(void *arg), void *arg)
{
    osp_task *real = run_of_task(task)->real;
    return real->waits->spawn(real, child, fn, arg);
}

static int64_t run_now_us(const osp_task *task)
{
    const osp_task *real = run_of_task(task)->real;
    return real->waits->now_us(real);
}

static const osp_waits run_waits = {
    .offload = run_offload,
    .sleep = run_sleep,
    .park = run_park,
    .wake = run_wake,
    .park_until = run_park_until,
    .spawn = run_spawn,
    .now_us = run_now_us,
};

/* ---------------------------------------------------------------- the front door */

static osp_status door_read(osp_ctx *ctx, osp_str *ret_part)
{
    (void)ctx;
    (void)ret_part;
    return OSP_DONE; /* the page of a form that was sent has no use for it */
}

static osp_status door_begin(osp_ctx *ctx)
{
    return osp_task_fail(&ctx->task, OSP_E_INVALID, "a load of a page has written to its answer");
}

static bool door_withdraw(osp_ctx *ctx)
{
    (void)ctx;
    return true;
}

static osp_status door_write(osp_ctx *ctx, osp_str part)
{
    (void)part;
    return door_begin(ctx);
}

static osp_status door_flush(osp_ctx *ctx)
{
    (void)ctx;
    return OSP_OK;
}

static osp_status door_inform(osp_ctx *ctx, int status)
{
    (void)ctx;
    (void)status;
    return OSP_OK; /* the fields that are set are not those of the answer yet */
}

static osp_status door_upgrade(osp_ctx *ctx, osp_str protocol)
{
    (void)ctx;
    (void)protocol;
    return OSP_E_UNSUPPORTED;
}

static void door_close(osp_ctx *ctx)
{
    osp_ctx *whole = run_of(ctx)->whole;
    whole->door->close(whole);
}

static void door_origin(const osp_ctx *ctx, osp_origin *ret_origin)
{
    const osp_ctx *whole = run_of(ctx)->whole;
    whole->door->origin(whole, ret_origin);
}

/* The request has one name, whoever asks for it first. */
static void door_name(const osp_ctx *ctx, char text[OSP_REQUEST_NAME_LEN])
{
    osp_ctx *whole = run_of(ctx)->whole;
    (void)osp_request_id(whole);
    memcpy(text, whole->name, OSP_REQUEST_NAME_LEN);
}

static void door_log(osp_ctx *ctx, const osp_place *here, osp_log_level level, const char *format,
                     va_list args)
{
    osp_ctx *whole = run_of(ctx)->whole;
    whole->door->log(whole, here, level, format, args);
}

static const osp_door run_door = {
    .read = door_read,
    .begin = door_begin,
    .withdraw = door_withdraw,
    .write = door_write,
    .flush = door_flush,
    .inform = door_inform,
    .upgrade = door_upgrade,
    .close = door_close,
    .origin = door_origin,
    .name = door_name,
    .log = door_log,
};

/* ---------------------------------------------------------------- running */

static void copy_request(osp_page_run *run)
{
    osp_ctx *ctx = &run->ctx, *whole = run->whole;
    osp_ctx_init(ctx, whole->app, whole->task.arena);
    ctx->task.services = run->services = whole->task.services;
    ctx->request = whole->request;
    ctx->request.body = (osp_str){ 0 };
    ctx->request.body_pends = false;
    ctx->door = whole->door != NULL ? &run_door : NULL;
    ctx->route = whole->route;
    ctx->gate = whole->gate;
    ctx->made = whole->made;
    ctx->overrides = whole->overrides;
    ctx->match = whole->match;
    ctx->id = whole->id;
    ctx->response.status = whole->response.status;
    ctx->response.header_count = run->base_count;
    memcpy(ctx->response.headers, run->base, run->base_count * sizeof run->base[0]);
}

/* On the fiber of the child, or of the request itself. */
static osp_status run_load(osp_task *real, osp_page_run *run)
{
    osp_task *task = &run->ctx.task;
    OSP_ASSERT(!run->begun && !run->joined);
    if (run->unwanted) {
        return OSP_OK;
    }
    run->real = real;
    run->begun = true;
    task->arena = real->arena;
    task->kin = real->kin;
    task->deadline_us = real->deadline_us;
    task->waits = real->waits != NULL ? &run_waits : NULL;
    if (osp_task_is_cancelled(real)) {
        osp_task_cancel(task);
    }
    run->status = osp_page_fill_item(&run->ctx, run->doc->plan->items[run->item].part->load,
                                     &run->doc->fills[run->item]);
    run->ended = true;
    return OSP_OK; /* a failure is told in its turn, and does not cancel others */
}
OSP_TASK(run_load, osp_page_run);

osp_page_run *osp_page_run_begin(osp_page_doc *doc, uint32_t item)
{
    osp_ctx *whole = doc->ctx;
    const osp_response *response = &whole->response;
    osp_page_run *run = osp_new(whole, osp_page_run);
    osp_header_field *base = osp_new_array(whole, osp_header_field, response->header_count + 1u);
    if (run == NULL || base == NULL) {
        return NULL;
    }
    memcpy(base, response->headers, response->header_count * sizeof base[0]);
    run->whole = whole;
    run->doc = doc;
    run->item = item;
    run->base = base;
    run->base_count = response->header_count;
    run->status = OSP_E_CANCELLED;
    copy_request(run);
    run->child = osp_spawn(whole, run_load, run);
    return run->child != NULL ? run : NULL;
}

/* ---------------------------------------------------------------- taking over */

static bool is_field(const osp_header_field *a, const osp_header_field *b)
{
    return a->name.ptr == b->name.ptr && a->value.ptr == b->value.ptr &&
           a->value.len == b->value.len;
}

static bool has_field(const osp_header_field *fields, uint32_t count, const osp_header_field *field)
{
    while (count > 0 && !is_field(&fields[count - 1], field)) {
        count--;
    }
    return count > 0;
}

/* Whether there is a field of the name among those that are there since before. */
static bool kept_one(const osp_page_run *run, osp_str name)
{
    const osp_response *response = &run->ctx.response;
    for (uint32_t i = 0; i < response->header_count; i++) {
        if (osp_name_is(response->headers[i].name, name) &&
            has_field(run->base, run->base_count, &response->headers[i])) {
            return true;
        }
    }
    return false;
}

static osp_status take_vary(osp_ctx *whole, osp_str list)
{
    osp_str name;
    while (osp_str_take(&list, ',', &name)) {
        OSP_TRY(osp_vary(whole, osp_str_trim(name)));
    }
    return OSP_OK;
}

static osp_status take_field(osp_page_run *run, uint32_t index)
{
    const osp_header_field *field = &run->ctx.response.headers[index];
    if (has_field(run->base, run->base_count, field)) {
        return OSP_OK;
    }
    if (osp_name_is(field->name, OSP_STR("Vary"))) {
        return take_vary(run->whole, field->value);
    }
    bool more = kept_one(run, field->name);
    for (uint32_t i = 0; i < index; i++) {
        more |= osp_name_is(run->ctx.response.headers[i].name, field->name);
    }
    return more ? osp_add_header(run->whole, field->name, field->value)
                : osp_set_header(run->whole, field->name, field->value);
}

static osp_status take_fields(osp_page_run *run)
{
    const osp_response *own = &run->ctx.response;
    for (uint32_t i = 0; i < run->base_count; i++) {
        if (!osp_response_has(own, run->base[i].name)) {
            osp_response_drop(&run->whole->response, run->base[i].name);
        }
    }
    for (uint32_t i = 0; i < own->header_count; i++) {
        OSP_TRY(take_field(run, i));
    }
    return OSP_OK;
}

/* What comes after the answer is done for the whole of it. */
static void take_after(osp_page_run *run)
{
    osp_after *last = run->ctx.after;
    if (last == NULL) {
        return;
    }
    while (last->next != NULL) {
        last = last->next;
    }
    last->next = run->whole->after;
    run->whole->after = run->ctx.after;
    run->ctx.after = NULL;
}

/* What was kept for functions that are called later stands in front of what was there. */
static osp_status take_services(osp_page_run *run)
{
    const osp_service *own = run->ctx.task.services;
    const size_t old = osp_services_count(run->services);
    for (size_t more = osp_services_count(own) - old; more > 0; more--) {
        OSP_TRY(osp_mw_keep(run->whole, own[more - 1].key, own[more - 1].value));
    }
    return OSP_OK;
}

static void take_failure(osp_page_run *run)
{
    osp_ctx *own = &run->ctx, *whole = run->whole;
    if (own->failed) {
        whole->failed = true;
        whole->task.refused = true;
        whole->failure = own->failure;
    }
    if (own->task.error.status != OSP_OK) {
        osp_task_fail_here(&whole->task, own->task.error.status, &own->task.error, own->task.place);
    }
}

static osp_status take_over(osp_page_run *run)
{
    const osp_response *own = &run->ctx.response;
    osp_response *response = &run->whole->response;
    OSP_TRY(take_fields(run));
    OSP_TRY(take_services(run));
    response->status = own->status;
    if (osp_ctx_has_answered(&run->ctx)) {
        response->media_type = own->media_type;
        response->bytes = own->bytes;
        response->file = own->file;
        response->type = own->type;
        response->value = own->value;
    }
    take_failure(run);
    return run->status;
}

/* ---------------------------------------------------------------- the end */

static osp_status join(osp_page_run *run)
{
    const osp_status status = osp_join(run->whole, run->child);
    run->joined = true;
    take_after(run);
    if (!run->ended) { /* it was cancelled before it began */
        run->status = status < 0 ? status : OSP_E_CANCELLED;
    }
    return run->status;
}

osp_status osp_page_run_end(osp_page_run *run)
{
    OSP_ASSERT(!run->joined && !run->unwanted);
    (void)join(run);
    return run->ended ? take_over(run) : run->status;
}

void osp_page_run_drop(osp_page_run *run)
{
    if (run == NULL || run->joined) {
        return;
    }
    run->unwanted = true;
    if (run->begun && !run->ended) {
        osp_task_cancel(&run->ctx.task);
        osp_task_cancel(run->child);
        run->child->waits->wake(run->child);
    }
    (void)join(run);
    run->doc->fills[run->item].view = NULL; /* who loads it again begins with nothing */
}

osp_status osp_page_run_end_late(osp_page_run *run, osp_failure_view *ret_failure)
{
    osp_ctx *own = &run->ctx;
    const osp_route *load = run->doc->plan->items[run->item].part->load;
    const osp_place declared = { load->file_, load->line_ };
    OSP_ASSERT(!run->joined);
    osp_status status = join(run);
    if (status >= 0 && osp_ctx_has_answered(own)) {
        status =
            osp_task_fail(&own->task, OSP_E_INVALID,
                          "%s streams, and has answered when the page had begun", load->handler_);
    }
    if (status >= 0 || osp_task_is_cancelled(&run->whole->task)) {
        return status;
    }
    osp_app_settle_failure(own, load->handler_, status);
    if (own->task.error.status != OSP_OK) {
        osp_task_log_at(&run->whole->task, own->task.place != NULL ? own->task.place : &declared,
                        OSP_LOG_ERROR, "%s", own->task.error.message);
    }
    const osp_failure said = osp_problem_said(own);
    *ret_failure =
        (osp_failure_view){ said.status, said.title, said.detail, osp_request_id(run->whole) };
    return status;
}
