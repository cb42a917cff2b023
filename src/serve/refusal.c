/* Requests that no handler sees: what cannot be read, what passes a limit, what came too slowly.
 *
 *     osp_refusal_begin --no middleware in the application--> osp_exchange_refuse_alone
 *                       --a fiber of its own, or that of the pipeline--> osp_exchange_run_refused
 *
 * The middleware around its URL sees such a request, for access logs and headers must not leave it
 * out; where the head is not whole, that is the middleware around routes/.  What is refused because
 * the server is short of something costs no fiber.  The connection ends behind all of them.
 */
#include <stdio.h>
#include <string.h>

#include "serve/worker.h"

#define REFUSAL_SIZE 192 /* of the words that name a header and a limit */

/* What there is of a request that no handler has seen or will see. */
static void begin_without_handler(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    osp_ctx *ctx = &exchange->ctx;
    osp_ctx_init(ctx, conn->worker->app, &exchange->arena);
    ctx->door = &osp_conn_door;
    /* The problem is said in the client's language, if its head is whole; what stands in the
     * context is an earlier request's, or nobody's. */
    if (exchange->has_head) {
        osp_request_take_head(&ctx->request, &exchange->head);
    } else {
        osp_request_take_none(&ctx->request);
    }
    osp_exchange_note_begin(exchange, conn->worker);
}

/* Appends the answer to what was refused. */
static void write_refusal(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    conn->closing = true;
    if (!osp_conn_out_open(conn)) {
        return;
    }
    const size_t answer_at = conn->out.len;
    const osp_reply_options options = { .date_line = osp_worker_date(conn->worker),
                                        .head_only = exchange->head.method == OSP_METHOD_HEAD,
                                        .close = true };
    if (osp_reply_write_h1(&exchange->ctx.response, &options, &conn->out) != OSP_OK) {
        conn->broken = true;
    }
    if (conn->worker->access != NULL) {
        osp_access_add(conn, answer_at);
    }
}

static void refuse_because(osp_conn *conn, int status, osp_str detail)
{
    osp_ctx *ctx = &conn->exchange->ctx;
    OSP_ASSERT(status >= 400 && status <= 599);
    begin_without_handler(conn);
    osp_problem(ctx, status, detail, NULL);
    if (status == 503) {
        osp_retry_later(ctx);
    }
    write_refusal(conn);
    osp_arena_reset(&conn->exchange->arena);
}

void osp_exchange_refuse(osp_conn *conn, int status)
{
    refuse_because(conn, status,
                   status == 408 ? OSP_STR("The request did not come in time.")
                                 : OSP_STR("The server is short of resources; try again later."));
}

void osp_exchange_abandon(osp_conn *conn)
{
    begin_without_handler(conn);
    osp_access_add(conn, OSP_ACCESS_NO_ANSWER);
}

/* A head has two limits: without that of its bytes, what is wrong is the number of its headers. */
static bool too_many_headers(osp_conn *conn, osp_str head)
{
    osp_h1_limits limits = conn->worker->wire_limits;
    limits.head = UINT32_MAX;
    return osp_h1_parse_head(head, 0, &limits, &conn->exchange->head) == OSP_E_H1_HEAD_LIMIT;
}

/* Names the header that alone is too large (RFC 6585 5). */
static int say_head_limit(osp_conn *conn, char text[REFUSAL_SIZE])
{
    const osp_exchange *exchange = conn->exchange;
    const osp_h1_limits *limits = &conn->worker->wire_limits;
    const osp_str head = { exchange->in + exchange->in_at, exchange->in_len - exchange->in_at };
    if (too_many_headers(conn, head)) {
        return snprintf(text, REFUSAL_SIZE, "There are too many headers: limits.headers is %u.",
                        (unsigned)limits->headers);
    }
    const osp_str name = osp_h1_large_header(head);
    return name.len == 0
               ? snprintf(text, REFUSAL_SIZE,
                          "The headers are too large: limits.request_head is %u bytes.",
                          (unsigned)limits->head)
               : snprintf(text, REFUSAL_SIZE,
                          "The header %.*s is too large: limits.request_head is %u bytes.",
                          OSP_ARG(name), (unsigned)limits->head);
}

/* Names the limit that was passed, by which the server's operator finds it; 0: it was none. */
static int say_limit(osp_conn *conn, osp_status status, char text[REFUSAL_SIZE])
{
    switch (status) {
    case OSP_E_LIMIT:
        return snprintf(text, REFUSAL_SIZE, "The URL is too long: limits.target is %u bytes.",
                        (unsigned)conn->worker->wire_limits.target);
    case OSP_E_H1_HEAD_LIMIT:
        return say_head_limit(conn, text);
    case OSP_E_H1_BODY_LIMIT:
        return conn->exchange->body_max == conn->worker->config->limits.body
                   ? snprintf(text, REFUSAL_SIZE, OSP_BODY_TOO_LARGE,
                              (unsigned long long)conn->exchange->body_max)
                   : snprintf(text, REFUSAL_SIZE, OSP_BODY_TOO_LARGE_HERE,
                              (unsigned long long)conn->exchange->body_max);
    default:
        return 0;
    }
}

osp_progress osp_refusal_begin_as(osp_conn *conn, int status, osp_str detail)
{
    osp_exchange *exchange = conn->exchange;
    exchange->refused = status;
    exchange->refused_detail = detail;
    if (!conn->worker->wraps) {
        osp_exchange_refuse_alone(conn);
        return OSP_NEXT_END;
    }
    if (exchange->fiber == NULL) {
        return OSP_NEXT_REFUSED;
    }
    osp_exchange_run_refused(conn); /* behind others in a pipeline, whose fiber this is */
    return OSP_NEXT_END;
}

__attribute__((cold, noinline)) osp_progress osp_refusal_begin(osp_conn *conn, osp_status status)
{
    osp_exchange *exchange = conn->exchange;
    char text[REFUSAL_SIZE];
    const int len = say_limit(conn, status, text);
    osp_str detail = osp_h1_error_detail(status);
    OSP_ASSERT(len >= 0 && (size_t)len < sizeof(text));
    char *copy = len > 0 ? osp_arena_try(&exchange->arena, (size_t)len) : NULL;
    if (copy != NULL) {
        memcpy(copy, text, (size_t)len);
        detail = (osp_str){ copy, (size_t)len };
    }
    return osp_refusal_begin_as(conn, osp_h1_error_http(status), detail);
}

void osp_exchange_refuse_alone(osp_conn *conn)
{
    refuse_because(conn, conn->exchange->refused, conn->exchange->refused_detail);
}

/* Of what is refused before its body is here the URL may be known, and with it what wraps that. */
static void begin_refused(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    osp_ctx *ctx = &exchange->ctx;
    begin_without_handler(conn);
    ctx->task.services = conn->worker->services;
    if (exchange->has_head) {
        (void)osp_app_find(ctx);
        ctx->route = NULL;
    }
    ctx->refusal = OSP_REFUSAL_MESSAGE;
    ctx->refused = exchange->refused;
    ctx->refused_detail = exchange->refused_detail;
}

void osp_exchange_run_refused(void *arg)
{
    osp_conn *conn = arg;
    osp_exchange *exchange = conn->exchange;
    osp_ctx *ctx = &exchange->ctx;
    osp_page_beat(conn->worker->page);
    exchange->handler_since_s = conn->worker->now_s;
    begin_refused(conn);
    osp_task_schedule(&ctx->task, &exchange->waits);
    osp_app_handle(ctx);
    if (conn->overdue) {
        osp_exchange_answer_overdue(conn);
    }
    if (ctx->task.error.status != OSP_OK) {
        osp_exchange_log_failure(conn->worker, ctx);
    }
    if (ctx->flow != NULL && ctx->flow->begun) {
        conn->closing = true;
        osp_stream_end(conn);
    } else if (!conn->broken) {
        write_refusal(conn);
    }
    if (ctx->flow != NULL) {
        osp_exchange_end_stream(conn->worker, exchange);
    }
    exchange->has_head = false;
    exchange->in_at = exchange->rest_at = exchange->in_len; /* none of which is a request */
    if (ctx->after == NULL || osp_after_run(exchange)) {
        osp_arena_reset(&exchange->arena);
    }
}
