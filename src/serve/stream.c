/* The front door of a handler that reads and writes while its message comes and goes.
 *
 *     in:  | head (pinned) | part that was given | raw | free |
 *                          ^room_at              ^rest_at     ^in_len
 *
 * The fiber itself reads the socket and sends; when the kernel has nothing to give or takes no more
 * it parks, in a state of the connection whose time is limited (OSP_CONN_READING, OSP_CONN_FULL),
 * and an event or that time wakes it.  So back-pressure goes both ways: what is not read stays in
 * the kernel, and a handler never runs ahead of its client by more than one output buffer.
 *
 * A part with a length is given where it was received; a chunked one is decoded beside it.  Before
 * more is received the part given before is forgotten, so a body of any length passes through a
 * connection's one input buffer.
 *
 * A handler whose client never makes it wait lets the loop go round after OSP_STREAM_TURN bytes. */
#include <string.h>
#include <sys/socket.h>

#include "serve/worker.h"

static osp_exchange *exchange_of(osp_ctx *ctx)
{
    return OSP_CONTAINER_OF(ctx, osp_exchange, ctx);
}

/* Takes an answer that has begun out of the output buffer; false: some of it has been sent. */
static bool forget_answer(osp_conn *conn)
{
    osp_stream_state *stream = &conn->exchange->stream;
    const bool unsent = stream->unsent;
    if (unsent) {
        OSP_ASSERT(stream->answer_at <= conn->out.len);
        conn->out.len = stream->answer_at;
        stream->unsent = false;
        stream->status = 0;
        stream->sent = 0;
    }
    return unsent;
}

/* The client went away: what becomes of the handler is no failure of ours.  Half a request has no
 * answer, not even half a one.  One whose time was over still has a client to answer. */
static osp_status gone(osp_conn *conn)
{
    const osp_flow *flow = conn->exchange->ctx.flow;
    conn->broken |= !conn->overdue || (flow != NULL && flow->begun);
    (void)forget_answer(conn);
    osp_task_cancel(&conn->exchange->ctx.task);
    return OSP_E_CANCELLED;
}

static bool is_gone(const osp_conn *conn)
{
    return conn->broken || osp_task_is_cancelled(&conn->exchange->ctx.task);
}

/* Parks in a state of the connection until something has happened to it. */
static osp_status wait_for(osp_conn *conn, osp_conn_state state)
{
    osp_task *task = &conn->exchange->ctx.task;
    conn->exchange->stream.turn = 0;
    osp_conn_begin(conn, state);
    task->waits->park(task);
    osp_conn_begin(conn, OSP_CONN_BUSY);
    return is_gone(conn) ? gone(conn) : OSP_OK;
}

/* Lets the loop go round when much has been moved without a wait. */
static osp_status take_turns(osp_conn *conn, size_t moved)
{
    osp_stream_state *stream = &conn->exchange->stream;
    stream->turn += (uint32_t)moved;
    if (stream->turn < OSP_STREAM_TURN) {
        return OSP_OK;
    }
    stream->turn = 0;
    return osp_task_sleep_us(&conn->exchange->ctx.task, 0);
}

/* ---------------------------------------------------------------- reading */

/* The fields behind a chunked body, for who asks; they last as long as the request. */
static osp_status keep_trailers(osp_exchange *exchange)
{
    osp_flow *flow = osp_ctx_flow(&exchange->ctx);
    osp_str lines = { exchange->stream.trailers.ptr, exchange->stream.trailers.len };
    osp_header_field field;
    if (flow == NULL) {
        return OSP_E_NOMEM;
    }
    while (flow->in_trailer_count < OSP_TRAILERS_MAX && osp_h1_trailer_next(&lines, &field)) {
        flow->in_trailers[flow->in_trailer_count++] = field;
    }
    return OSP_OK;
}

static osp_str take_here(osp_exchange *exchange, uint64_t most)
{
    const uint32_t here = exchange->in_len - exchange->rest_at;
    const uint32_t size = here < most ? here : (uint32_t)most;
    const osp_str part = { exchange->in + exchange->rest_at, size };
    exchange->rest_at += size;
    return part;
}

static osp_status take_chunked(osp_conn *conn, osp_str *ret_part)
{
    osp_exchange *exchange = conn->exchange;
    const osp_str raw = { exchange->in + exchange->rest_at, exchange->in_len - exchange->rest_at };
    size_t used = 0;
    exchange->body.len = 0;
    if (!osp_exchange_body_reserve(conn->worker, exchange, raw.len)) {
        return OSP_E_NOMEM;
    }
    osp_status status = osp_h1_chunked_decode(&exchange->chunked, &conn->worker->wire_limits, raw,
                                              &exchange->body, &exchange->stream.trailers, &used);
    if (status == OSP_E_H1_CHUNK && exchange->body.len > 0) {
        status = OSP_OK; /* what is good is given first; the decoder does not forget */
    } else if (status < 0) {
        return status;
    }
    exchange->rest_at += (uint32_t)used;
    if (status == OSP_DONE) {
        exchange->stream.body_ended = true;
        OSP_TRY(keep_trailers(exchange));
    }
    *ret_part = (osp_str){ exchange->body.ptr, exchange->body.len };
    return ret_part->len > 0 ? OSP_OK : status;
}

/* OSP_OK | OSP_DONE | OSP_AGAIN: nothing is here | a failure. */
static osp_status take_part(osp_conn *conn, osp_str *ret_part)
{
    osp_exchange *exchange = conn->exchange;
    osp_stream_state *stream = &exchange->stream;
    if (stream->body_ended) {
        return OSP_DONE;
    }
    if (!stream->raw && exchange->head.framing == OSP_H1_CHUNKED) {
        return take_chunked(conn, ret_part);
    }
    *ret_part = take_here(exchange, stream->raw ? UINT64_MAX : stream->left);
    if (!stream->raw) {
        stream->left -= ret_part->len;
        stream->body_ended = stream->left == 0;
    }
    return ret_part->len > 0 ? OSP_OK : stream->body_ended ? OSP_DONE : OSP_AGAIN;
}

/* The client has sent its last byte. */
static osp_status ended_early(osp_conn *conn)
{
    if (conn->exchange->stream.raw) {
        conn->exchange->stream.body_ended = true;
        return OSP_DONE;
    }
    return gone(conn);
}

/* Receives more, over what has been given before.  OSP_OK: something may have come. */
static osp_status receive_more(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    osp_exchange_expect(conn);
    if (!exchange->stream.unsent) {
        osp_conn_flush(conn);
    }
    OSP_ASSERT(exchange->rest_at == exchange->in_len);
    exchange->rest_at = exchange->in_len = exchange->stream.room_at;
    if (conn->readable && osp_conn_receive(conn)) {
        return take_turns(conn, exchange->in_len - exchange->rest_at);
    }
    if (is_gone(conn)) {
        return gone(conn);
    }
    return conn->ended ? ended_early(conn) : wait_for(conn, OSP_CONN_READING);
}

static osp_status refuse(osp_ctx *ctx, osp_status status)
{
    switch (status) {
    case OSP_E_H1_CHUNK:
        return osp_fail_at(ctx, NULL, 400, "The body is malformed.");
    case OSP_E_NOMEM:
        return osp_fail_at(ctx, NULL, 503, "The server is short of memory.");
    case OSP_E_DEADLINE:
        return osp_fail_at(ctx, NULL, 408, "The body did not come in time.");
    default:
        return status;
    }
}

static osp_status door_read(osp_ctx *ctx, osp_str *ret_part)
{
    osp_exchange *exchange = exchange_of(ctx);
    osp_conn *conn = exchange->conn;
    osp_status status = OSP_OK;
    while (status == OSP_OK) {
        status = take_part(conn, ret_part);
        if (status != OSP_AGAIN) {
            break;
        }
        status = receive_more(conn);
        if (status == OSP_OK && conn->late) {
            conn->late = false;
            status = OSP_E_DEADLINE;
        }
    }
    return status < 0 && !exchange->stream.raw ? refuse(ctx, status) : status;
}

/* ---------------------------------------------------------------- writing */

/* Sends all that waits; the handler waits with it. */
static osp_status drain(osp_conn *conn)
{
    while (!osp_conn_flush_busy(conn)) {
        if (conn->broken) {
            return gone(conn);
        }
        OSP_TRY(wait_for(conn, OSP_CONN_FULL));
    }
    return OSP_OK;
}

/* A part of the answer is missing: what follows it must not look as if it were whole. */
static osp_status lost(osp_conn *conn, osp_status status)
{
    conn->broken = true;
    return status;
}

static osp_status door_begin(osp_ctx *ctx)
{
    osp_exchange *exchange = exchange_of(ctx);
    osp_conn *conn = exchange->conn;
    const bool may_chunk = exchange->head.minor > 0;
    /* Where neither a length nor chunks tell the end of the body, that of the connection does. */
    const osp_reply_options options =
        osp_exchange_options(conn, !may_chunk && ctx->flow->length == 0);
    exchange->head.expect_continue = false; /* an interim answer cannot come behind this one */
    const bool reading = exchange->stream.reads && !exchange->stream.body_ended;
    if (reading) { /* this answer may wait for its request, earlier ones must not */
        osp_conn_flush(conn);
    }
    const bool waits_alone = !reading || conn->out.ptr == NULL;
    if (!osp_conn_out_open(conn)) {
        return OSP_E_NOMEM;
    }
    exchange->stream.status = (uint16_t)ctx->response.status; /* a failure changes that of ctx */
    exchange->stream.unsent = waits_alone;
    exchange->stream.answer_at = conn->out.len;
    exchange->stream.framing = (uint8_t)osp_reply_begin_h1(
        &ctx->response, &options, ctx->flow->length, may_chunk, &conn->out);
    return conn->out.failed ? lost(conn, OSP_E_NOMEM) : OSP_OK;
}

static bool door_withdraw(osp_ctx *ctx)
{
    osp_conn *conn = exchange_of(ctx)->conn;
    return !conn->broken && forget_answer(conn);
}

/* One piece of a part, as a chunk or as it is. */
static osp_status put(osp_conn *conn, osp_str piece)
{
    const bool chunked = conn->exchange->stream.framing == OSP_FRAMING_CHUNKED;
    if (chunked) {
        osp_h1_write_chunk_size(piece.len, &conn->out);
    }
    osp_buf_str(&conn->out, piece);
    conn->exchange->stream.sent += piece.len;
    if (chunked) {
        osp_buf_str(&conn->out, OSP_STR("\r\n"));
    }
    return conn->out.failed ? lost(conn, OSP_E_NOMEM) : OSP_OK;
}

/* A part of an answer without a body.  No send ever tells that its client has gone, so who writes
 * without end ends when there will be no other request. */
static osp_status pass_over(osp_conn *conn, size_t size)
{
    osp_task *task = &conn->exchange->ctx.task;
    OSP_TRY(take_turns(conn, size));
    if (conn->hung_up && conn->exchange->stream.turn == 0) {
        osp_task_cancel(task);
    }
    return osp_task_is_cancelled(task) ? OSP_E_CANCELLED : OSP_OK;
}

static osp_status door_write(osp_ctx *ctx, osp_str part)
{
    osp_exchange *exchange = exchange_of(ctx);
    osp_conn *conn = exchange->conn;
    if (exchange->stream.framing == OSP_FRAMING_NONE) {
        return pass_over(conn, part.len);
    }
    while (part.len > 0) {
        if (is_gone(conn)) {
            return gone(conn);
        }
        if (!osp_conn_out_open(conn)) {
            return OSP_E_NOMEM;
        }
        if (conn->out.len + OSP_STREAM_PIECE > OSP_OUTPUT_SIZE) {
            OSP_TRY(drain(conn));
            continue;
        }
        const size_t room = OSP_OUTPUT_SIZE - conn->out.len - OSP_STREAM_CHUNK_EXTRA;
        const size_t size = part.len < room ? part.len : room;
        OSP_TRY(put(conn, (osp_str){ part.ptr, size }));
        part = (osp_str){ part.ptr + size, part.len - size };
        const osp_status status = take_turns(conn, size);
        if (status != OSP_OK) {
            return lost(conn, status);
        }
    }
    return OSP_OK;
}

static osp_status door_flush(osp_ctx *ctx)
{
    osp_conn *conn = exchange_of(ctx)->conn;
    osp_conn_flush_busy(conn);
    return conn->broken ? gone(conn) : OSP_OK;
}

/* An interim answer, or one that ends HTTP on the connection: then 100 comes before it, also where
 * no content will follow (RFC 9110 7.8). */
static osp_status send_head(osp_ctx *ctx, int status, const osp_header_field *headers, size_t count)
{
    osp_conn *conn = exchange_of(ctx)->conn;
    if (!osp_conn_out_open(conn)) {
        return OSP_E_NOMEM;
    }
    if (status == 101) {
        osp_exchange_continue(conn);
    }
    const osp_h1_answer answer = { .status = status,
                                   .headers = headers,
                                   .header_count = (uint32_t)count };
    osp_h1_write_head(&answer, &conn->out);
    return conn->out.failed ? lost(conn, OSP_E_NOMEM) : door_flush(ctx);
}

static osp_status door_inform(osp_ctx *ctx, int status)
{
    return send_head(ctx, status, ctx->response.headers, ctx->response.header_count);
}

static osp_status door_upgrade(osp_ctx *ctx, osp_str protocol)
{
    osp_exchange *exchange = exchange_of(ctx);
    osp_stream_state *stream = &exchange->stream;
    osp_header_field headers[OSP_ANSWER_HEADERS_MAX + 2] = {
        { OSP_STR("Connection"), OSP_STR("upgrade") },
        { OSP_STR("Upgrade"), protocol },
    };
    if (OSP_INPUT_SIZE - exchange->rest_at < OSP_STREAM_PIECE) {
        return OSP_E_UNSUPPORTED; /* it stands behind too many others to receive behind it */
    }
    const size_t more = ctx->response.header_count;
    memcpy(headers + 2, ctx->response.headers, more * sizeof(headers[0]));
    stream->reads = stream->raw = true;
    stream->framing = OSP_FRAMING_PLAIN;
    stream->status = 101;
    stream->room_at = exchange->rest_at;
    exchange->conn->closing = true;
    return send_head(ctx, 101, headers, more + 2);
}

static void door_close(osp_ctx *ctx)
{
    exchange_of(ctx)->head.keep_alive = false;
}

const osp_door osp_conn_door = {
    .read = door_read,
    .begin = door_begin,
    .withdraw = door_withdraw,
    .write = door_write,
    .flush = door_flush,
    .inform = door_inform,
    .upgrade = door_upgrade,
    .close = door_close,
    .origin = osp_conn_origin,
    .name = osp_conn_name,
    .log = osp_conn_log,
};

/* ---------------------------------------------------------------- the end */

/* Whether all has been written that the head tells of. */
static bool is_whole(const osp_ctx *ctx, uint8_t framing)
{
    return framing == OSP_FRAMING_NONE || (!ctx->failed && ctx->task.error.status == OSP_OK);
}

/* The missing end tells the client; where it would be that of the connection, a reset does. */
static void cut_off(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    const osp_flow *flow = exchange->ctx.flow;
    conn->closing = true;
    exchange->stream.cut = true;
    if (exchange->stream.framing == OSP_FRAMING_PLAIN && flow->length == 0 && !flow->upgraded) {
        osp_conn_reset(conn);
        conn->broken = true;
    }
}

/* RFC 9110 7.6.1: who does not say that TE is about this connection may have passed on another's.
 */
static bool wants_trailers(const osp_request *request)
{
    return osp_request_lists(request, OSP_STR("TE"), OSP_STR("trailers")) &&
           osp_request_lists(request, OSP_STR("Connection"), OSP_STR("TE"));
}

void osp_stream_end(osp_conn *conn)
{
    osp_exchange *exchange = conn->exchange;
    osp_ctx *ctx = &exchange->ctx;
    const osp_stream_state *stream = &exchange->stream;
    if (stream->reads && !stream->body_ended) {
        conn->closing = true;
    }
    if (!is_whole(ctx, stream->framing)) {
        cut_off(conn);
        return;
    }
    if (stream->framing != OSP_FRAMING_CHUNKED || conn->broken || !osp_conn_out_open(conn)) {
        return;
    }
    const bool wanted = wants_trailers(&ctx->request);
    osp_h1_write_chunks_end(ctx->flow->trailers, wanted ? ctx->flow->trailer_count : 0, &conn->out);
    if (conn->out.failed) {
        conn->broken = true;
    }
}
