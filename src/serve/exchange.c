/* One request and its answer, from bytes to bytes.
 *
 *     in:  | answered ... | head | body or next requests ... | free |
 *                         ^in_at ^rest_at                    ^in_len
 *
 * The bytes of a request stay where they were received until it has been answered, so that no slice
 * of its head can dangle.  A body that does not fit behind its head gets memory of its own; so does
 * a chunked one, whose raw bytes pass through the room behind the head.  A request that is not
 * whole is moved to the front of `in` before anything points into it, and its head parsed again:
 * the room behind a head at the front is never empty.
 *
 * Pipelined requests are answered by one fiber in one go, and all their answers are sent at once.
 */
#include <stdlib.h>
#include <string.h>

#include "app/chain.h"
#include "app/dev.h"
#include "app/promise.h"
#include "base/trace.h"
#include "serve/worker.h"

#define PROMISE_ARENA_MAX (1 << 22) /* bytes that judging an answer may take */
#define BODY_FIRST 64               /* the smallest buffer of a body */
#define BODY_STEP 16384             /* room for more of a body that has begun to come */

static osp_exchange *exchange_new(osp_worker *worker)
{
    osp_exchange *exchange = malloc(sizeof *exchange);
    if (exchange != NULL) {
        exchange->worker = worker;
        exchange->after = OSP_AFTER_NONE;
        exchange->in_at = exchange->in_len = exchange->rest_at = 0;
        exchange->has_head = exchange->head_begun = false;
        exchange->seen = exchange->body_counted = 0;
        exchange->began_us = 0;
        exchange->fiber = NULL;
        exchange->head.method = OSP_METHOD_OTHER;
        exchange->head.known_len = 0;
        exchange->head.known_fields_len = exchange->head.last_fields_len = 0;
        exchange->stream = (osp_stream_state){ 0 };
        exchange->in_pace = exchange->out_pace = (osp_pace){ 0 };
        exchange->out_waited = 0;
        osp_buf_init(&exchange->body, NULL, 0, worker->config->limits.body);
        osp_arena_init(&exchange->arena, exchange->first, sizeof exchange->first,
                       worker->config->limits.request_memory);
    }
    return exchange;
}

osp_exchange *osp_exchange_take(osp_worker *worker)
{
    osp_exchange *exchange = worker->spare_exchanges;
    if (exchange == NULL) {
        return exchange_new(worker);
    }
    worker->spare_exchanges = exchange->next_spare;
    worker->spare_exchange_count--;
    return exchange;
}

/* After the memory of the body at hand has changed. */
static void body_count(osp_worker *worker, osp_exchange *exchange, size_t bytes)
{
    OSP_ASSERT(worker->bodies >= exchange->body_counted);
    worker->bodies = worker->bodies - exchange->body_counted + bytes;
    exchange->body_counted = bytes;
}

bool osp_exchange_body_reserve(osp_worker *worker, osp_exchange *exchange, size_t more)
{
    osp_buf *body = &exchange->body;
    if (more <= body->cap - body->len) {
        return true;
    }
    /* No growth is larger than to twice the size, or to what is needed, or to the first size. */
    const size_t need = body->len + more;
    size_t cap = body->cap * 2 < body->max ? body->cap * 2 : body->max;
    cap = cap < need ? need : cap;
    cap = cap < BODY_FIRST ? BODY_FIRST : cap;
    if (cap - exchange->body_counted > worker->config->limits.bodies - worker->bodies ||
        !osp_buf_reserve(body, more)) {
        return false;
    }
    OSP_ASSERT(body->cap <= cap);
    body_count(worker, exchange, body->cap);
    return true;
}

static void body_free(osp_worker *worker, osp_exchange *exchange)
{
    body_count(worker, exchange, 0);
    osp_buf_done(&exchange->body);
    osp_buf_init(&exchange->body, NULL, 0, worker->config->limits.body);
}

static inline void body_drop(osp_worker *worker, osp_exchange *exchange)
{
    if (exchange->body.ptr != NULL || exchange->body.failed) { /* failing is sticky */
        body_free(worker, exchange);
    }
    OSP_DEBUG_ASSERT(exchange->body_counted == 0);
}

void osp_exchange_end_stream(const osp_worker *worker, osp_exchange *exchange)
{
    osp_buf_done(&exchange->stream.trailers);
    exchange->stream = (osp_stream_state){ 0 };
    exchange->body.max = worker->config->limits.body;
}

/* A spare one is as good as new, so that taking it costs nothing. */
void osp_exchange_give(osp_worker *worker, osp_exchange *exchange)
{
    OSP_ASSERT(exchange->fiber == NULL);
    if (exchange->stream.reads) { /* there was no fiber for it */
        osp_exchange_end_stream(worker, exchange);
    }
    body_drop(worker, exchange);
    osp_arena_reset(&exchange->arena);
    if (worker->spare_exchange_count >= OSP_EXCHANGES_SPARE) {
        osp_arena_done(&exchange->arena);
        free(exchange);
        return;
    }
    exchange->in_at = exchange->in_len = exchange->rest_at = 0;
    exchange->has_head = exchange->head_begun = false;
    exchange->seen = 0;
    exchange->began_us = 0;
    exchange->out_pace = (osp_pace){ 0 };
    exchange->next_spare = worker->spare_exchanges;
    worker->spare_exchanges = exchange;
    worker->spare_exchange_count++;
}

/* Behind a head whose body has a buffer of its own, or behind bytes that fill `in`. */
__attribute__((noinline)) static void make_room(osp_exchange *exchange, char **ret_at,
                                                size_t *ret_size)
{
    const osp_h1_head *head = &exchange->head;
    if (exchange->has_head && head->framing == OSP_H1_LENGTH && exchange->body.ptr != NULL) {
        const osp_buf *body = &exchange->body;
        *ret_at = body->ptr + body->len;
        *ret_size = (head->content_length < body->cap ? (size_t)head->content_length : body->cap) -
                    body->len;
        return;
    }
    if (exchange->in_len == OSP_INPUT_SIZE && !exchange->has_head) {
        memmove(exchange->in, exchange->in + exchange->in_at, exchange->in_len - exchange->in_at);
        exchange->in_len -= exchange->in_at;
        exchange->in_at = 0;
    }
    *ret_at = exchange->in + exchange->in_len;
    *ret_size = OSP_INPUT_SIZE - exchange->in_len;
}

void osp_exchange_room(osp_exchange *exchange, char **ret_at, size_t *ret_size)
{
    if (exchange->in_at == exchange->in_len && !exchange->has_head) { /* mostly */
        exchange->in_at = exchange->in_len = 0;
        *ret_at = exchange->in;
        *ret_size = OSP_INPUT_SIZE;
        return;
    }
    make_room(exchange, ret_at, ret_size);
    OSP_ASSERT(*ret_size > 0);
}

void osp_exchange_received(osp_exchange *exchange, size_t size)
{
    exchange->in_pace.moved += size;
    if (exchange->has_head && exchange->body.ptr != NULL &&
        exchange->head.framing == OSP_H1_LENGTH) {
        OSP_ASSERT(size <= exchange->head.content_length - exchange->body.len);
        exchange->body.len += size;
    } else {
        OSP_ASSERT(size <= OSP_INPUT_SIZE - exchange->in_len);
        exchange->in_len += (uint32_t)size;
    }
}

static void refresh_date(osp_worker *worker)
{
    const int64_t unix_s = osp_loop_unix_s(worker->loop);
    if (unix_s != worker->date_s) {
        worker->date_s = unix_s;
        osp_h1_date_line(unix_s, worker->date_line);
    }
}

const char *osp_worker_date(osp_worker *worker)
{
    refresh_date(worker);
    return worker->date_line;
}

/* Moves the unread bytes to the front of `in` and parses the head there again. */
static void pull_to_front(const osp_worker *worker, osp_exchange *exchange)
{
    if (exchange->in_at == 0) {
        return;
    }
    const uint32_t unread = exchange->in_len - exchange->in_at;
    const uint32_t head_size = exchange->rest_at - exchange->in_at;
    memmove(exchange->in, exchange->in + exchange->in_at, unread);
    exchange->in_at = 0;
    exchange->in_len = unread;
    exchange->in[unread] = 0; /* the end, to the parser */
    const osp_status status = osp_h1_parse_head((osp_str){ exchange->in, unread }, 0,
                                                &worker->wire_limits, &exchange->head);
    OSP_ASSERT(status == OSP_OK && exchange->head.size == head_size);
    exchange->rest_at = head_size;
}

static osp_progress out_of_memory(osp_conn *conn)
{
    osp_exchange_refuse(conn, 503);
    return OSP_NEXT_END;
}

/* Before the first head: what a proxy says about its client.  Who should and does not is no client,
 * and gets no answer.  OSP_NEXT_REQUEST: bytes of a request follow. */
__attribute__((cold, noinline)) static osp_progress next_greeting(osp_conn *conn)
{
    const osp_exchange *exchange = conn->exchange;
    const osp_status status = osp_conn_greeted(conn);
    if (status < 0) {
        conn->broken = true;
        return OSP_NEXT_END;
    }
    return status == OSP_OK && exchange->in_at < exchange->in_len ? OSP_NEXT_REQUEST
                                                                  : OSP_NEXT_MORE;
}

static osp_progress next_head(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    const osp_str unread = { exchange->in + exchange->in_at, exchange->in_len - exchange->in_at };
    exchange->in[exchange->in_len] = 0; /* the end, to the parser */
    const osp_status status =
        osp_h1_parse_head(unread, exchange->seen, &conn->worker->wire_limits, &exchange->head);
    if (status == OSP_AGAIN) {
        exchange->seen = unread.len;
        return OSP_NEXT_MORE;
    }
    if (status != OSP_OK) {
        return osp_refusal_begin(conn, status);
    }
    exchange->seen = 0;
    exchange->has_head = true;
    exchange->rest_at = exchange->in_at + exchange->head.size;
    return OSP_NEXT_REQUEST;
}

void osp_exchange_continue(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    if (exchange->head.expect_continue && osp_conn_out_open(conn)) {
        osp_buf_str(&conn->out, OSP_STR("HTTP/1.1 100 Continue\r\n\r\n"));
        conn->broken |= conn->out.failed; /* behind answers that fill the buffer */
    }
    exchange->head.expect_continue = false;
}

void osp_exchange_expect(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    if (exchange->rest_at == exchange->in_len) {
        osp_exchange_continue(conn);
    }
    exchange->head.expect_continue = false;
}

/* A request for the handler, as far as it is here. */
static inline void begin_request(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    osp_worker *worker = conn->worker;
    osp_ctx *ctx = &exchange->ctx;
    osp_ctx_init(ctx, worker->app, &exchange->arena);
    ctx->task.services = worker->services;
    ctx->door = &osp_conn_door;
    if (atomic_load_explicit(&worker->page->shut_count, memory_order_relaxed) != 0) {
        ctx->gate = &worker->gate;
    }
    osp_request_take_head(&ctx->request, &exchange->head);
}

static bool begin_stream(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    const osp_h1_head *head = &exchange->head;
    const bool body_here = head->framing == OSP_H1_LENGTH &&
                           head->content_length <= exchange->in_len - exchange->rest_at;
    if (!conn->worker->reads_streams && !head->expect_continue &&
        (body_here || !conn->worker->has_needs)) {
        return false;
    }
    begin_request(conn);
    const osp_route *route = osp_app_find(&exchange->ctx);
    if (!osp_app_starts_early(&exchange->ctx, route, head->expect_continue, body_here)) {
        osp_arena_reset(&exchange->arena);
        return false;
    }
    const bool has_length = head->framing == OSP_H1_LENGTH;
    exchange->stream.reads = true;
    exchange->stream.left = has_length ? head->content_length : 0;
    exchange->stream.room_at = exchange->rest_at;
    osp_buf_init(&exchange->stream.trailers, NULL, 0, conn->worker->wire_limits.trailer);
    exchange->chunked = (osp_h1_chunked){ 0 };
    exchange->body.max = SIZE_MAX; /* of which one part at a time is held */
    exchange->ctx.request.body_pends = true;
    exchange->ctx.request.body_max = exchange->body_max;
    exchange->ctx.request.body_length = has_length ? (int64_t)head->content_length : -1;
    return true;
}

/* Bytes that the body of the request at hand may have. */
static uint64_t body_max_of(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    uint64_t max = 0;
    if (conn->worker->limits_bodies) {
        size_t passed;
        begin_request(conn);
        (void)osp_app_find_meant(&exchange->ctx, &passed); /* not that of a URL that does not fit */
        max = osp_chain_body_max(&exchange->ctx);
        osp_arena_reset(&exchange->arena);
    }
    return max != 0 ? max : conn->worker->config->limits.body;
}

static osp_progress begin_body(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    const osp_h1_head *head = &exchange->head;
    OSP_ASSERT(exchange->has_head && exchange->rest_at <= exchange->in_len);
    const uint64_t max = exchange->body_max = body_max_of(conn);
    if (head->framing == OSP_H1_LENGTH) {
        const size_t behind = exchange->in_len - exchange->rest_at;
        if (behind >= head->content_length && head->content_length <= max) {
            return OSP_NEXT_REQUEST;
        }
        if (head->content_length > INT64_MAX) { /* more than an osp_body can tell, of any limit */
            return osp_refusal_begin_as(conn, 413, osp_h1_error_detail(OSP_E_H1_BODY_LIMIT));
        }
    }
    exchange->in_pace = (osp_pace){ .looked = true };
    pull_to_front(conn->worker, exchange);
    if (begin_stream(conn)) {
        return OSP_NEXT_REQUEST;
    }
    if (head->framing == OSP_H1_LENGTH && head->content_length > max) {
        return osp_refusal_begin(conn, OSP_E_H1_BODY_LIMIT);
    }
    osp_exchange_expect(conn);
    exchange->chunked = (osp_h1_chunked){ 0 };
    exchange->body.max = max < SIZE_MAX ? (size_t)max : SIZE_MAX;
    osp_exchange_note_begin(exchange, conn->worker);
    exchange->body_since_s = conn->worker->now_s;
    if (head->framing == OSP_H1_LENGTH &&
        exchange->rest_at + head->content_length > OSP_INPUT_SIZE) {
        const size_t length = (size_t)head->content_length;
        const size_t soon = exchange->in_len - exchange->rest_at + BODY_STEP;
        if (!osp_exchange_body_reserve(conn->worker, exchange, soon < length ? soon : length)) {
            return out_of_memory(conn);
        }
        exchange->body.max = length; /* no growth is larger than what is needed */
        osp_buf_append(&exchange->body, exchange->in + exchange->rest_at,
                       exchange->in_len - exchange->rest_at);
        exchange->rest_at = exchange->in_len;
    }
    return OSP_NEXT_MORE;
}

/* Memory comes with the bytes: a length that is only told holds none that others need. */
static osp_progress next_length(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    const osp_buf *body = &exchange->body;
    const uint64_t length = exchange->head.content_length;
    const size_t have = body->ptr != NULL ? body->len : exchange->in_len - exchange->rest_at;
    if (have >= length) {
        return OSP_NEXT_REQUEST;
    }
    if (body->ptr != NULL && body->len == body->cap) {
        const size_t left = (size_t)length - have;
        if (!osp_exchange_body_reserve(conn->worker, exchange, left < have ? left : have)) {
            return out_of_memory(conn);
        }
    }
    return OSP_NEXT_MORE;
}

static osp_progress next_chunked(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    const osp_str raw = { exchange->in + exchange->rest_at, exchange->in_len - exchange->rest_at };
    size_t used = 0;
    /* The content is never longer than what is raw; a body at its limit is the decoder's. */
    const size_t room = exchange->body.max - exchange->body.len;
    if (!osp_exchange_body_reserve(conn->worker, exchange, raw.len < room ? raw.len : room)) {
        return out_of_memory(conn);
    }
    const osp_status status = osp_h1_chunked_decode(&exchange->chunked, &conn->worker->wire_limits,
                                                    raw, &exchange->body, NULL, &used);
    if (status == OSP_DONE) {
        exchange->rest_at += (uint32_t)used;
        return OSP_NEXT_REQUEST;
    }
    if (status == OSP_E_NOMEM) {
        return out_of_memory(conn);
    }
    if (status != OSP_AGAIN) {
        return osp_refusal_begin(conn, status);
    }
    exchange->in_len = exchange->rest_at; /* decoded: the room behind the head is free again */
    return OSP_NEXT_MORE;
}

/* Out of line: most requests have no body. */
__attribute__((noinline)) static osp_progress next_body(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    const osp_progress next =
        exchange->head.framing == OSP_H1_CHUNKED ? next_chunked(conn) : next_length(conn);
    if (next == OSP_NEXT_MORE && conn->worker->now_s - exchange->body_since_s >=
                                     conn->worker->config->deadlines.body_total_s) {
        osp_exchange_refuse(conn, 408); /* it drips, and holds memory */
        return OSP_NEXT_END;
    }
    return next;
}

/* The same of a body whose head has just been read. */
__attribute__((noinline)) static osp_progress first_body(osp_conn *conn)
{
    const osp_progress next = begin_body(conn);
    return next == OSP_NEXT_MORE ? next_body(conn) : next;
}

/* Inline: one of its two callers is every request of a pipeline. */
static inline osp_progress advance(osp_conn *conn)
{
    const osp_exchange *exchange = conn->exchange;
    if (exchange->has_head) {
        return next_body(conn);
    }
    if (conn->greets) {
        const osp_progress next = next_greeting(conn);
        if (next != OSP_NEXT_REQUEST) {
            return next;
        }
    }
    const osp_progress next = next_head(conn);
    return next == OSP_NEXT_REQUEST && exchange->head.framing != OSP_H1_NO_BODY ? first_body(conn)
                                                                                : next;
}

osp_progress osp_exchange_advance(osp_conn *conn)
{
    return advance(conn);
}

static void take_body(osp_exchange *exchange, osp_request *request)
{
    const osp_h1_head *head = &exchange->head;
    OSP_DEBUG_ASSERT(head->framing != OSP_H1_NO_BODY);
    if (head->framing == OSP_H1_CHUNKED || exchange->body.ptr != NULL) {
        request->body = (osp_str){ exchange->body.ptr, exchange->body.len };
        return;
    }
    OSP_ASSERT(head->content_length <= exchange->in_len - exchange->rest_at);
    request->body = (osp_str){ exchange->in + exchange->rest_at, (size_t)head->content_length };
    exchange->rest_at += (uint32_t)head->content_length;
}

static inline osp_reply_options options_of(osp_conn *conn, bool last)
{
    const osp_h1_head *head = &conn->exchange->head;
    conn->closing = last || !head->keep_alive || conn->worker->drain_until_us != 0 ||
                    ++conn->asked >= conn->worker->config->limits.requests_per_connection;
    return (osp_reply_options){
        .date_line = osp_worker_date(conn->worker),
        .head_only = head->method == OSP_METHOD_HEAD,
        .close = conn->closing,
        .keep_alive_1_0 = !conn->closing && head->minor == 0,
        .width = &conn->worker->length_width,
    };
}

osp_reply_options osp_exchange_options(osp_conn *conn, bool last)
{
    return options_of(conn, last);
}

/* The head of an answer whose body is a part of a file, which follows it (file_part.c). */
__attribute__((noinline)) static osp_status write_file(osp_conn *conn,
                                                       const osp_reply_options *options)
{
    osp_response *response = &conn->exchange->ctx.response;
    osp_file_body *body = response->file;
    const size_t begin = conn->out.len;
    OSP_ASSERT(body->fd >= 0 && !conn->filed);
    const osp_framing framing =
        osp_reply_begin_h1(response, options, body->length, false, &conn->out);
    if (conn->out.failed) {
        conn->out.len = begin;
        conn->out.failed = false;
        return OSP_E_LIMIT;
    }
    if (framing == OSP_FRAMING_PLAIN) {
        conn->exchange->file = (osp_file_part){
            .fd = body->fd, .at = (int64_t)body->at, .left = body->length, .users = body->users
        };
        conn->filed = true;
        body->fd = -1;
    }
    return OSP_OK;
}

/* Leaves the buffer as it was on failure. */
static inline osp_status write_reply(osp_conn *conn, const osp_reply_options *options)
{
    const osp_response *response = &conn->exchange->ctx.response;
    return response->file != NULL ? write_file(conn, options)
                                  : osp_reply_write_h1(response, options, &conn->out);
}

/* The answer did not fit, or cannot be written.  Earlier answers that wait for the same client must
 * not take its room. */
__attribute__((cold, noinline)) static osp_status
write_failed(osp_conn *conn, const osp_reply_options *options, osp_status status)
{
    osp_ctx *ctx = &conn->exchange->ctx;
    if (status == OSP_E_LIMIT && conn->out.len > 0) {
        conn->out.max = conn->out.len + conn->worker->config->limits.answers;
        status = write_reply(conn, options);
    }
    if (status != OSP_OK) {
        osp_task_fail(&ctx->task, status, "the answer cannot be written: %s",
                      osp_status_text(status));
        osp_problem(ctx, 500, OSP_STR("The server failed to answer this request."), NULL);
        status = osp_reply_write_h1(&ctx->response, options, &conn->out);
    }
    return status;
}

/* Returns where it begins in conn->out.  Always inline: one of its two callers is every request. */
__attribute__((always_inline)) static inline size_t write_answer(osp_conn *conn)
{
    const osp_exchange *exchange = conn->exchange;
    const bool unread = exchange->stream.reads && !exchange->stream.body_ended;
    const osp_reply_options options = options_of(conn, unread);
    /* What was there may have been sent while the handler waited. */
    if (conn->out.ptr == NULL && !osp_conn_out_open(conn)) {
        return 0;
    }
    const size_t begin = conn->out.len;
    osp_task *task = &conn->exchange->ctx.task;
    const uint32_t span = osp_span_begin(task, OSP_SPAN_ANSWER, "answer", NULL);
    osp_status status = write_reply(conn, &options);
    osp_span_end(task, span, status);
    if (status != OSP_OK) {
        status = write_failed(conn, &options, status);
    }
    if (status != OSP_OK) {
        conn->broken = true;
    }
    return begin;
}

/* One line for the application's writer: the route, what went wrong, and a line of the application:
 * that of the call which failed, or else of the route's declaration.  The path is left out, for it
 * may be the client's.  That a client went away is no failure of ours. */
__attribute__((cold, noinline)) void osp_exchange_log_failure(osp_worker *worker, osp_ctx *ctx)
{
    const osp_error *error = &ctx->task.error;
    if (ctx->task.cancelled) {
        return;
    }
    const osp_route *route = osp_ctx_route(ctx);
    const osp_place *call = ctx->task.place;
    const char *file = call != NULL ? call->file : route != NULL ? route->file_ : error->file;
    const int line = call != NULL ? call->line : route != NULL ? route->line_ : error->line;
    osp_about about = osp_conn_about(ctx);
    about.place = (osp_place){ file, line };
    osp_journal_say_about(&worker->journal, OSP_LOG_ERROR, &about, osp_str_from(error->message));
}

/* In development: a line when a successful answer is not what its type tells clients. */
static void log_promise(osp_worker *worker, osp_ctx *ctx)
{
    const osp_route *route = osp_ctx_route(ctx);
    if (route == NULL || ctx->response.type == NULL) {
        return;
    }
    char storage[OSP_PROMISE_WHERE_MAX], said[OSP_LOG_MESSAGE_MAX];
    osp_buf where, message;
    osp_arena arena;
    osp_buf_init(&where, storage, sizeof(storage), sizeof(storage));
    osp_arena_init(&arena, NULL, 0, PROMISE_ARENA_MAX);
    const osp_flaw flaw =
        osp_promise_judge(ctx->response.type, ctx->response.value, &arena, &where);
    if (flaw.says != NULL && osp_flaw_failure(flaw) != OSP_E_NOMEM) {
        const osp_str text = osp_flaw_text(&flaw, NULL, &arena);
        osp_about about = osp_conn_about(ctx);
        about.place = (osp_place){ route->file_, route->line_ };
        osp_buf_init(&message, said, sizeof(said), sizeof(said));
        osp_buf_printf(&message, "the answer breaks its own type: %s %.*s %.*s", route->out_->name,
                       (int)where.len, where.ptr, OSP_ARG(text));
        osp_journal_say_about(&worker->journal, OSP_LOG_WARNING, &about,
                              (osp_str){ message.ptr, message.len });
    }
    osp_arena_done(&arena);
}

/* The request has been answered; the next may begin. */
static inline void end_request(osp_worker *worker, osp_exchange *exchange)
{
    osp_arena_reset(&exchange->arena);
    body_drop(worker, exchange);
    exchange->has_head = exchange->head_begun = false;
    exchange->in_at = exchange->rest_at;
}

void osp_exchange_shed(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    osp_ctx *ctx = &exchange->ctx;
    osp_worker *worker = conn->worker;
    osp_overload_refused(worker);
    if (exchange->stream.reads) {
        osp_exchange_refuse(conn, 503); /* its body is still to come */
        return;
    }
    if (worker->access != NULL) {
        osp_exchange_note_begin(exchange, worker);
    }
    begin_request(conn);
    if (exchange->head.framing != OSP_H1_NO_BODY) {
        take_body(exchange, &ctx->request);
    }
    /* Who asks whether the process is well must not hear that it is to be ended. */
    if (!osp_health_may(worker, ctx->request.target) || !osp_health_answer(worker, ctx)) {
        osp_overload_answer(ctx);
    }
    const size_t answer_at = write_answer(conn);
    if (worker->access != NULL) {
        osp_access_add(conn, answer_at);
    }
    end_request(worker, exchange);
}

__attribute__((cold, noinline)) void osp_exchange_answer_overdue(osp_conn *conn)
{
    osp_ctx *ctx = &conn->exchange->ctx;
    osp_task *task = &ctx->task;
    conn->overdue = false;
    if (task->error.status == OSP_OK || conn->broken || (ctx->flow != NULL && ctx->flow->begun)) {
        return;
    }
    task->cancelled = false;
    task->error.status = OSP_OK;
    osp_task_fail(task, OSP_E_DEADLINE, "the handler took longer than deadlines.handler_s, %u s",
                  (unsigned)conn->worker->config->deadlines.handler_s);
    osp_problem(ctx, 503, OSP_STR("The server could not answer in time; try again later."), NULL);
    osp_retry_later(ctx);
}

static inline void handle(const osp_worker *worker, osp_ctx *ctx)
{
    if (!osp_health_may(worker, ctx->request.target) || !osp_health_answer(worker, ctx)) {
        osp_app_handle(ctx);
    }
}

/* The same where somebody hears of it. */
__attribute__((noinline)) static void handle_watched(const osp_worker *worker,
                                                     osp_exchange *exchange)
{
    osp_exchange_note_begin(exchange, worker);
    if (worker->dev == NULL) {
        handle(worker, &exchange->ctx);
        return;
    }
    worker->dev->begin(&exchange->ctx);
    handle(worker, &exchange->ctx);
    worker->dev->answered(&exchange->ctx);
}

/* The request is over; see osp_access_add. */
__attribute__((noinline)) static void tell_watcher(osp_conn *conn, size_t answer_at)
{
    const osp_worker *worker = conn->worker;
    osp_exchange *exchange = conn->exchange;
    if (worker->access != NULL) {
        osp_access_add(conn, answer_at);
    }
    if (worker->dev != NULL) {
        const bool whole = answer_at != OSP_ACCESS_NO_ANSWER && conn->out.len >= answer_at;
        worker->dev->end(&exchange->ctx, whole ? conn->out.len - answer_at : exchange->stream.sent);
    }
}

/* False: the connection went on, and another fiber has it. */
static bool answer(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    osp_ctx *ctx = &exchange->ctx;
    osp_worker *worker = conn->worker;
    size_t answer_at = OSP_ACCESS_NO_ANSWER;
    osp_page_beat(worker->page); /* each handler has its time, however many wait in line */
    exchange->handler_since_s = worker->now_s;
    if (!exchange->stream.reads) {
        begin_request(conn);
        if (exchange->head.framing != OSP_H1_NO_BODY) {
            take_body(exchange, &ctx->request);
        }
    }
    osp_task_schedule(&ctx->task, &exchange->waits);
    if (worker->watched) {
        handle_watched(worker, exchange);
    } else {
        handle(worker, ctx);
    }
    if (conn->overdue) {
        osp_exchange_answer_overdue(conn);
    }
    if (ctx->flow != NULL && ctx->flow->begun) {
        osp_stream_end(conn);
    } else if (!conn->broken) {
        answer_at = write_answer(conn);
    }
    if (ctx->task.error.status != OSP_OK) {
        osp_exchange_log_failure(worker, ctx);
    }
    if (OSP_ANSWERS_ARE_JUDGED) {
        log_promise(worker, ctx);
    }
    if (worker->watched) {
        tell_watcher(conn, answer_at);
    }
    if (ctx->flow != NULL || exchange->stream.reads) {
        osp_exchange_end_stream(worker, exchange);
    }
    if (ctx->after != NULL && !osp_after_run(exchange)) {
        return false;
    }
    end_request(worker, exchange);
    return true;
}

void osp_exchange_run(void *arg)
{
    osp_conn *conn = arg;
    const uint32_t asked = conn->asked;
    while (answer(conn) && !conn->closing && !conn->broken && !conn->filed &&
           conn->asked - asked < OSP_CONN_TURN &&
           conn->out.len < conn->worker->config->limits.pipelined &&
           conn->exchange->in_at != conn->exchange->in_len && advance(conn) == OSP_NEXT_REQUEST) {
    }
}
