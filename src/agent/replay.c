/* A request once more, without a connection.
 *
 *     original bytes --osp_h1_parse_head--> ctx --osp_app_handle--> answer --> record
 *
 * It runs on the fiber of the request that asks for it, with a context, an arena and a record of
 * its own; waits of one are waits of the other.  What it needs of a front door it gets from the one
 * below, which reads the whole body at once and collects the answer.  Who asked is its client.
 *
 * What it changes in a database it changes: it is the same request again and no rehearsal. */
#include <stdlib.h>
#include <string.h>

#include "agent/devtools.h"
#include "base/base64.h"
#include "wire/h1.h"

typedef struct replay {
    osp_ctx ctx; /* first: the door finds the rest by it */
    osp_ctx *outer;
    osp_arena arena;
    osp_h1_head head;
    osp_str body;
    char first[OSP_REQUEST_FIRST]; /* of the arena */
    bool body_given;
    bool headed; /* a streamed answer has begun */
    osp_buf out;
    osp_record_facts facts;
} replay;

typedef struct original {
    osp_bytes head, body;
} original;
OSP_TYPE(original, FIELD(head), FIELD(body));

static replay *replay_of(const osp_ctx *ctx)
{
    return (replay *)(uintptr_t)OSP_CONTAINER_OF(ctx, const replay, ctx);
}

/* ---------------------------------------------------------------- its front door */

static osp_status door_read(osp_ctx *ctx, osp_str *ret_part)
{
    replay *r = replay_of(ctx);
    if (r->body_given || r->body.len == 0) {
        return OSP_DONE;
    }
    r->body_given = true;
    *ret_part = r->body;
    return OSP_OK;
}

/* Without chunks: what ends the answer is its end. */
static osp_status door_begin(osp_ctx *ctx)
{
    replay *r = replay_of(ctx);
    const osp_reply_options options = { .close = true };
    r->headed = true;
    (void)osp_reply_begin_h1(&ctx->response, &options, ctx->flow->length, false, &r->out);
    return r->out.failed ? OSP_E_NOMEM : OSP_OK;
}

static bool door_withdraw(osp_ctx *ctx)
{
    replay *r = replay_of(ctx);
    r->out.len = 0;
    r->headed = false;
    return true;
}

static osp_status door_write(osp_ctx *ctx, osp_str part)
{
    replay *r = replay_of(ctx);
    osp_buf_str(&r->out, part);
    return r->out.failed ? OSP_E_CLOSED : OSP_OK; /* it has no end, such as that of events */
}

static osp_status door_flush(osp_ctx *ctx)
{
    return replay_of(ctx)->out.failed ? OSP_E_CLOSED : OSP_OK;
}

static osp_status door_inform(osp_ctx *ctx, int status)
{
    (void)ctx, (void)status;
    return OSP_OK;
}

static osp_status door_upgrade(osp_ctx *ctx, osp_str protocol)
{
    (void)ctx, (void)protocol;
    return OSP_E_UNSUPPORTED;
}

static void door_close(osp_ctx *ctx)
{
    (void)ctx;
}

static void door_origin(const osp_ctx *ctx, osp_origin *ret_origin)
{
    const replay *r = replay_of(ctx);
    r->outer->door->origin(r->outer, ret_origin);
}

static void door_name(const osp_ctx *ctx, char text[OSP_REQUEST_NAME_LEN])
{
    const replay *r = replay_of(ctx);
    r->outer->door->name(r->outer, text);
}

static void door_log(osp_ctx *ctx, const osp_place *here, osp_log_level level, const char *format,
                     va_list args)
{
    const replay *r = replay_of(ctx);
    r->outer->door->log(r->outer, here, level, format, args);
}

static const osp_door door = { .read = door_read,
                               .begin = door_begin,
                               .withdraw = door_withdraw,
                               .write = door_write,
                               .flush = door_flush,
                               .inform = door_inform,
                               .upgrade = door_upgrade,
                               .close = door_close,
                               .origin = door_origin,
                               .name = door_name,
                               .log = door_log };

const osp_ctx *osp_replay_asker(const osp_ctx *ctx)
{
    return ctx->door == &door ? replay_of(ctx)->outer : ctx;
}

/* ---------------------------------------------------------------- the request */

static void begin_request(replay *r)
{
    const osp_task *outer = &r->outer->task;
    osp_ctx *ctx = &r->ctx;
    OSP_ASSERT(outer->waits != NULL && r->outer->door != &door); /* a replay asks for none */
    osp_ctx_init(ctx, r->outer->app, &r->arena);
    ctx->task.services = osp_agent_of(r->outer)->worker->services;
    ctx->task.waits = outer->waits;
    ctx->task.scheduler = outer->scheduler;
    ctx->task.deadline_us = outer->waits->now_us(outer) + OSP_DEVTOOLS_REPLAY_S * INT64_C(1000000);
    ctx->door = &door;
    osp_request_take_head(&ctx->request, &r->head);
    ctx->request.body = r->body;
}

/* A route that reads its body as it comes gets it in one part. */
static void begin_body(replay *r)
{
    const osp_route *route = osp_app_find(&r->ctx);
    const bool streams = osp_app_starts_early(&r->ctx, route, false, true);
    osp_arena_reset(&r->arena);
    begin_request(r);
    if (streams) {
        r->ctx.request.body = (osp_str){ 0 };
        r->ctx.request.body_pends = true;
        r->ctx.request.body_max = OSP_RECORD_ORIGINAL_MAX;
        r->ctx.request.body_length = (int64_t)r->body.len;
    }
}

static void write_answer(replay *r)
{
    const osp_reply_options options = { .close = true,
                                        .head_only = r->head.method == OSP_METHOD_HEAD };
    osp_response *response = &r->ctx.response;
    const uint32_t span = osp_span_begin(&r->ctx.task, OSP_SPAN_ANSWER, "answer", NULL);
    if (response->file != NULL) { /* its bytes would stay where they are, too */
        (void)osp_reply_begin_h1(response, &options, response->file->length, false, &r->out);
    } else if (osp_reply_write_h1(response, &options, &r->out) != OSP_OK) {
        osp_task_fail(&r->ctx.task, OSP_E_LIMIT, "the answer cannot be written");
        osp_problem(&r->ctx, 500, OSP_STR("The server failed to answer this request."), NULL);
        (void)!osp_reply_write_h1(response, &options, &r->out);
    }
    osp_span_end(&r->ctx.task, span, OSP_OK);
}

static void answer(replay *r)
{
    osp_app_handle(&r->ctx);
    if (!r->headed) {
        osp_agent_inject(&r->ctx); /* as of any page */
        write_answer(r);
    }
    r->facts.status = r->ctx.response.status;
    r->facts.answer = osp_buf_text(&r->out);
    r->facts.bytes_out = r->out.len;
    r->facts.cut = r->out.failed;
}

static osp_status perform(osp_devtools *devtools, replay *r, const original *from, osp_str of,
                          char *ret_id)
{
    osp_buf head;
    const osp_str bytes = { (const char *)from->head.ptr, from->head.len };
    osp_buf_init(&head, NULL, 0, OSP_H1_HEAD_MAX + OSP_H1_PADDING);
    osp_buf_str(&head, bytes);
    for (size_t i = 0; i < OSP_H1_PADDING; i++) {
        osp_buf_byte(&head, 0);
    }
    const osp_str in = { head.ptr, bytes.len };
    osp_status status =
        head.failed ? OSP_E_NOMEM : osp_h1_parse_head(in, 0, &osp_h1_limits_default, &r->head);
    if (status == OSP_OK) {
        r->body = (osp_str){ (const char *)from->body.ptr, from->body.len };
        begin_request(r);
        if (r->head.framing != OSP_H1_NO_BODY) {
            begin_body(r);
        }
        osp_devtools_record *record = osp_devtools_take(devtools, &r->ctx);
        answer(r);
        if (record != NULL) {
            r->ctx.request.body = r->body;
            r->ctx.request.body_pends = false;
            r->facts.head = in;
            r->facts.bytes_in = in.len + r->body.len;
            (void)snprintf(ret_id, OSP_RECORD_ID_MAX, "%s", record->record.id);
            (void)snprintf(record->record.replay_of, sizeof record->record.replay_of, "%.*s",
                           OSP_ARG(of));
            osp_devtools_give(devtools, record, &r->ctx, &r->facts);
        }
        while (osp_ctx_after_next(&r->ctx, 0)) {
        }
        status = record != NULL ? OSP_OK : OSP_E_NOMEM;
    }
    osp_arena_done(&r->arena);
    osp_buf_done(&head);
    return status;
}

osp_status osp_devtools_replay(osp_devtools *devtools, osp_ctx *ctx, osp_str text, osp_str of,
                               char *ret_id)
{
    original from = { 0 };
    const osp_decoding how = { .arena = ctx->task.arena };
    if (osp_json_decode(&osp_type_original, &from, text, &how, NULL) != OSP_OK) {
        return osp_fail(ctx, 404, "This request is not kept any more, or cannot be replayed.");
    }
    replay *r = calloc(1, sizeof *r); /* a head is larger than a stack shall hold */
    if (r == NULL) {
        return OSP_E_NOMEM;
    }
    r->outer = ctx;
    osp_arena_init(&r->arena, r->first, sizeof r->first,
                   osp_agent_of(ctx)->worker->config->limits.request_memory);
    osp_buf_init(&r->out, NULL, 0, OSP_DEVTOOLS_REPLAY_MAX);
    const osp_status status = perform(devtools, r, &from, of, ret_id);
    osp_buf_done(&r->out);
    free(r);
    return status;
}
