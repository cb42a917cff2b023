/* The front door of tests: from the bytes of a request to those of its answer, without a socket.
 *
 *     head --osp_h1_parse_head--> ctx --osp_app_handle--> answer --osp_reply_write_h1--> out
 *     body --osp_read, a part at a time--> handler --osp_write, chunk by chunk--> out
 *
 * It goes the way of serve/exchange.c and serve/stream.c, whose engines it uses: what one of them
 * refuses is refused here with the same words.  What it leaves out is what takes time or a
 * connection: deadlines, pipelining, upgrades, probes. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "test/test_impl.h"

#define MEMORY_MAX ((size_t)64 << 20) /* bytes that a request may use */
#define PART_MAX 1000                 /* bytes that a handler reads at a time */
#define SENT_AT 32768                 /* bytes of an answer behind which some have been sent */

typedef struct exchange {
    osp_ctx ctx; /* first: the door finds the rest by it */
    osp_test *test;
    osp_h1_head head;
    osp_str raw; /* what stands behind the head and is not read yet */
    osp_h1_chunked decoder;
    osp_buf part, trailers; /* of a body in chunks */
    osp_buf *out;
    size_t answer_at; /* where a streamed answer begins in `out` */
    osp_framing framing;
    bool streams; /* the body is read as it comes */
    bool ended;   /* and has been */
    bool sent, cut_off;
    bool answered; /* what runs now comes after the answer, and reads and writes nothing */
    char date_line[OSP_H1_DATE_SIZE];
} exchange;

static exchange *exchange_of(osp_ctx *ctx)
{
    return OSP_CONTAINER_OF(ctx, exchange, ctx);
}

/* ---------------------------------------------------------------- reading */

static osp_status keep_trailers(exchange *e)
{
    osp_flow *flow = osp_ctx_flow(&e->ctx);
    osp_str lines = osp_buf_text(&e->trailers);
    osp_header_field field;
    if (flow == NULL) {
        return OSP_E_NOMEM;
    }
    while (flow->in_trailer_count < OSP_TRAILERS_MAX && osp_h1_trailer_next(&lines, &field)) {
        flow->in_trailers[flow->in_trailer_count++] = field;
    }
    return OSP_OK;
}

static osp_str take_raw(exchange *e)
{
    const osp_str part = { e->raw.ptr, e->raw.len < PART_MAX ? e->raw.len : PART_MAX };
    e->raw = (osp_str){ e->raw.ptr + part.len, e->raw.len - part.len };
    return part;
}

static osp_status read_chunked(exchange *e, osp_str *ret_part)
{
    osp_status status = OSP_AGAIN;
    e->part.len = 0;
    while (status == OSP_AGAIN && e->part.len == 0) {
        size_t used = 0;
        const osp_str piece = take_raw(e);
        if (piece.len == 0) {
            return osp_fail_at(&e->ctx, NULL, 400, "The body is malformed."); /* it ends early */
        }
        status = osp_h1_chunked_decode(&e->decoder, &osp_h1_limits_default, piece, &e->part,
                                       &e->trailers, &used);
    }
    if (status < 0 && (status != OSP_E_H1_CHUNK || e->part.len == 0)) {
        return osp_fail_at(&e->ctx, NULL, 400, "The body is malformed.");
    }
    if (status == OSP_DONE) {
        e->ended = true;
        OSP_TRY(keep_trailers(e));
    }
    *ret_part = osp_buf_text(&e->part);
    return ret_part->len > 0 ? OSP_OK : OSP_DONE;
}

static osp_status door_read(osp_ctx *ctx, osp_str *ret_part)
{
    exchange *e = exchange_of(ctx);
    if (e->answered || e->ended) {
        return e->answered ? OSP_E_CLOSED : OSP_DONE;
    }
    if (e->head.framing == OSP_H1_CHUNKED) {
        return read_chunked(e, ret_part);
    }
    *ret_part = take_raw(e);
    e->ended = e->raw.len == 0;
    return ret_part->len > 0 ? OSP_OK : OSP_DONE;
}

/* ---------------------------------------------------------------- writing */

static osp_reply_options options_of(const exchange *e, bool last)
{
    return (osp_reply_options){ .date_line = e->date_line,
                                .head_only = e->head.method == OSP_METHOD_HEAD,
                                .close = last || !e->head.keep_alive,
                                .keep_alive_1_0 =
                                    !last && e->head.keep_alive && e->head.minor == 0 };
}

static osp_status door_begin(osp_ctx *ctx)
{
    exchange *e = exchange_of(ctx);
    if (e->answered) {
        return OSP_E_CLOSED;
    }
    const bool may_chunk = e->head.minor > 0;
    const osp_reply_options options = options_of(e, !may_chunk && ctx->flow->length == 0);
    e->answer_at = e->out->len;
    e->framing = osp_reply_begin_h1(&ctx->response, &options, ctx->flow->length, may_chunk, e->out);
    return e->out->failed ? OSP_E_NOMEM : OSP_OK;
}

static bool door_withdraw(osp_ctx *ctx)
{
    exchange *e = exchange_of(ctx);
    if (e->answered) {
        return true; /* nothing that is done now can be missing from the answer */
    }
    if (!e->sent) {
        e->out->len = e->answer_at;
    }
    return !e->sent;
}

static osp_status door_write(osp_ctx *ctx, osp_str part)
{
    exchange *e = exchange_of(ctx);
    if (e->answered || e->framing == OSP_FRAMING_NONE) {
        return e->answered ? OSP_E_CLOSED : OSP_OK;
    }
    if (e->framing == OSP_FRAMING_CHUNKED) {
        osp_h1_write_chunk_size(part.len, e->out);
    }
    osp_buf_str(e->out, part);
    if (e->framing == OSP_FRAMING_CHUNKED) {
        osp_buf_str(e->out, OSP_STR("\r\n"));
    }
    e->sent |= e->out->len - e->answer_at > SENT_AT;
    return e->out->failed ? OSP_E_NOMEM : OSP_OK;
}

static osp_status door_flush(osp_ctx *ctx)
{
    exchange *e = exchange_of(ctx);
    e->sent = true;
    return e->answered ? OSP_E_CLOSED : OSP_OK;
}

static osp_status door_inform(osp_ctx *ctx, int status)
{
    exchange *e = exchange_of(ctx);
    if (e->answered) {
        return OSP_E_CLOSED;
    }
    const osp_h1_answer answer = { .status = status,
                                   .headers = ctx->response.headers,
                                   .header_count = ctx->response.header_count };
    osp_h1_write_head(&answer, e->out);
    return e->out->failed ? OSP_E_NOMEM : OSP_OK;
}

static osp_status door_upgrade(osp_ctx *ctx, osp_str protocol)
{
    (void)ctx;
    (void)protocol;
    return OSP_E_UNSUPPORTED;
}

static void door_close(osp_ctx *ctx)
{
    exchange_of(ctx)->head.keep_alive = false;
}

/* RFC 9110 7.6.1. */
static bool wants_trailers(const osp_request *request)
{
    return osp_request_lists(request, OSP_STR("TE"), OSP_STR("trailers")) &&
           osp_request_lists(request, OSP_STR("Connection"), OSP_STR("TE"));
}

static void end_stream(exchange *e)
{
    const osp_ctx *ctx = &e->ctx;
    if (e->framing == OSP_FRAMING_NONE) {
        return;
    }
    e->cut_off = ctx->failed || ctx->task.error.status != OSP_OK;
    if (!e->cut_off && e->framing == OSP_FRAMING_CHUNKED) {
        const bool wanted = wants_trailers(&ctx->request);
        osp_h1_write_chunks_end(ctx->flow->trailers, wanted ? ctx->flow->trailer_count : 0, e->out);
    }
}

/* ---------------------------------------------------------------- what else a handler asks */

static void door_origin(const osp_ctx *ctx, osp_origin *ret_origin)
{
    static const uint8_t peer[] = { 127, 0, 0, 1 };
    (void)ctx;
    *ret_origin = (osp_origin){ .peer = osp_ip_v4(peer) };
}

/* The number of the request in its test, so that a test can know it. */
static void door_name(const osp_ctx *ctx, char text[OSP_REQUEST_NAME_LEN])
{
    uint64_t number = OSP_CONTAINER_OF(ctx, const exchange, ctx)->test->requests;
    for (size_t i = OSP_REQUEST_NAME_LEN; i > 0; i--) {
        text[i - 1] = "0123456789abcdef"[number & 15];
        number >>= 4;
    }
}

static void door_log(osp_ctx *ctx, const osp_place *here, osp_log_level level, const char *format,
                     va_list args)
{
    static const char *const levels[] = { "debug", "info", "warning", "error" };
    (void)ctx;
    fprintf(stderr, "%s:%d: %s: ", here != NULL ? here->file : "?", here != NULL ? here->line : 0,
            levels[level]);
    (void)vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

static const osp_door door = {
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

/* ---------------------------------------------------------------- one request */

static void begin_request(exchange *e, osp_arena *arena)
{
    osp_ctx_init(&e->ctx, e->test->app, arena);
    e->ctx.task.services = e->test->services;
    e->ctx.door = &door;
    e->ctx.overrides = e->test->overrides;
    osp_request_take_head(&e->ctx.request, &e->head);
}

/* A problem for a request that no handler sees, but middleware: that of its URL where its head is
 * whole, else that of routes/.  The connection ends behind it. */
static void refuse(exchange *e, osp_status status, bool has_head)
{
    osp_ctx *ctx = &e->ctx;
    if (has_head) {
        (void)osp_app_find(ctx);
        ctx->route = NULL;
    }
    ctx->refusal = OSP_REFUSAL_MESSAGE;
    ctx->refused = osp_h1_error_http(status);
    ctx->refused_detail = osp_h1_error_detail(status);
    e->head.keep_alive = false;
    if (status == OSP_E_H1_BODY_LIMIT) {
        ctx->refused_detail =
            osp_format(&ctx->task, OSP_BODY_TOO_LARGE, (unsigned long long)OSP_BODY_MAX);
    }
}

/* The whole body, where its route does not read it as it comes. */
static osp_status take_body(exchange *e)
{
    osp_request *request = &e->ctx.request;
    if (e->head.framing == OSP_H1_LENGTH) {
        request->body = e->raw;
        return e->raw.len > OSP_BODY_MAX ? OSP_E_H1_BODY_LIMIT : OSP_OK;
    }
    size_t used = 0;
    osp_buf_init(&e->part, NULL, 0, OSP_BODY_MAX);
    const osp_status status =
        osp_h1_chunked_decode(&e->decoder, &osp_h1_limits_default, e->raw, &e->part, NULL, &used);
    request->body = osp_buf_text(&e->part);
    return status == OSP_AGAIN ? OSP_E_H1_CHUNK : status; /* it ends early */
}

static osp_status begin_body(exchange *e, osp_arena *arena)
{
    const bool has_length = e->head.framing == OSP_H1_LENGTH;
    if (has_length && e->head.content_length > e->raw.len) {
        osp_test_fail(NULL, 0, "the body of the request is shorter than its Content-Length");
    }
    e->raw.len = has_length ? (size_t)e->head.content_length : e->raw.len;
    const bool is_here = has_length && e->head.content_length <= OSP_BODY_MAX;
    const osp_route *route = osp_app_find(&e->ctx);
    e->streams = osp_app_starts_early(&e->ctx, route, e->head.expect_continue, is_here);
    if (!e->streams) {
        osp_arena_reset(arena);
        begin_request(e, arena);
        return take_body(e);
    }
    e->ctx.request.body_pends = true;
    e->ctx.request.body_max = OSP_BODY_MAX;
    e->ctx.request.body_length = has_length ? (int64_t)e->head.content_length : -1;
    return OSP_OK;
}

/* As a server's log would tell it. */
static void tell_failure(exchange *e)
{
    const osp_error *error = &e->ctx.task.error;
    const osp_route *route = osp_ctx_route(&e->ctx);
    const osp_place *call = e->ctx.task.place;
    if (error->status != OSP_OK) {
        fprintf(stderr, "%s:%d: error: %s\n",
                call != NULL    ? call->file
                : route != NULL ? route->file_
                                : error->file,
                call != NULL    ? call->line
                : route != NULL ? route->line_
                                : error->line,
                error->message);
    }
}

/* A part of a file, which a server would send from where it lies. */
static osp_status write_file(exchange *e, const osp_reply_options *options)
{
    const osp_file_body *body = e->ctx.response.file;
    const osp_framing framing =
        osp_reply_begin_h1(&e->ctx.response, options, body->length, false, e->out);
    uint64_t at = framing == OSP_FRAMING_PLAIN ? 0 : body->length;
    while (at < body->length && !e->out->failed) {
        char part[4096];
        const uint64_t left = body->length - at;
        const size_t most = left < sizeof(part) ? (size_t)left : sizeof(part);
        const ssize_t got = pread(body->fd, part, most, (off_t)(body->at + at));
        if (got <= 0) {
            e->cut_off = true;
            return OSP_OK;
        }
        osp_buf_append(e->out, part, (size_t)got);
        at += (uint64_t)got;
    }
    return e->out->failed ? OSP_E_LIMIT : OSP_OK;
}

static osp_status write_reply(exchange *e, const osp_reply_options *options)
{
    return e->ctx.response.file != NULL ? write_file(e, options)
                                        : osp_reply_write_h1(&e->ctx.response, options, e->out);
}

static void write_answer(exchange *e)
{
    const osp_reply_options options = options_of(e, e->streams && !e->ended);
    osp_status status = write_reply(e, &options);
    if (status != OSP_OK) {
        osp_task_fail(&e->ctx.task, status, "the answer cannot be written: %s",
                      osp_status_text(status));
        osp_problem(&e->ctx, 500, OSP_STR("The server failed to answer this request."), NULL);
        status = osp_reply_write_h1(&e->ctx.response, &options, e->out);
    }
    OSP_ASSERT(status == OSP_OK);
}

static void answer(exchange *e, osp_arena *arena, osp_status parsed)
{
    static const osp_h1_head unknown = { .method = OSP_METHOD_OTHER, .minor = 1 };
    osp_status status = parsed;
    if (parsed != OSP_OK) {
        e->head = unknown;
        osp_request_take_head(&e->ctx.request, &e->head);
    } else if (e->head.framing != OSP_H1_NO_BODY) {
        status = begin_body(e, arena);
    }
    if (status < 0) {
        refuse(e, status, parsed == OSP_OK);
    }
    osp_app_handle(&e->ctx);
    if (e->ctx.flow != NULL && e->ctx.flow->begun) {
        end_stream(e);
    } else {
        write_answer(e);
    }
    tell_failure(e);
    e->answered = true;
    while (osp_ctx_after_next(&e->ctx, 0)) {
        tell_failure(e);
    }
}

bool osp_test_exchange(osp_test *test, osp_str in, osp_buf *out, bool *ret_head_only)
{
    osp_arena arena;
    osp_test_open(test);
    test->requests++;
    exchange *e = osp_test_alloc(test, sizeof(*e));
    char *copy = osp_test_alloc(test, in.len + OSP_H1_PADDING); /* as a head wants it */
    memcpy(copy, in.ptr, in.len);
    in.ptr = copy;
    e->test = test;
    e->out = out;
    osp_h1_date_line(osp_now_us() / 1000000, e->date_line);
    osp_buf_init(&e->part, NULL, 0, SIZE_MAX);
    osp_buf_init(&e->trailers, NULL, 0, OSP_H1_TRAILER_MAX);
    osp_arena_init(&arena, NULL, 0, MEMORY_MAX);
    const osp_status parsed = osp_h1_parse_head(in, 0, &osp_h1_limits_default, &e->head);
    if (parsed == OSP_AGAIN) {
        osp_test_fail(NULL, 0, "the head of the request has no end");
    }
    e->raw = (osp_str){ in.ptr + e->head.size, parsed == OSP_OK ? in.len - e->head.size : 0 };
    begin_request(e, &arena);
    answer(e, &arena, parsed);
    *ret_head_only = parsed == OSP_OK && e->head.method == OSP_METHOD_HEAD;
    osp_arena_done(&arena);
    osp_buf_done(&e->part);
    osp_buf_done(&e->trailers);
    return !e->cut_off && !out->failed;
}
