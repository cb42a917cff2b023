/* The access log of one worker.
 *
 *     request --> a line in the worker's buffer --> at the end of the loop's turn, or some
 *                 milliseconds after the last write --> file, pipe or socket
 *
 * While little happens a line is there at once; under load many go in one call.  A line is written
 * straight into the buffer from what the request is made of: nothing is copied in between.
 *
 * A request that could not be read has neither method nor target, so its first line is taken apart
 * as it came, whatever it is: that tells a client of another protocol from a broken one. */
#include <stdlib.h>
#include <unistd.h>

#include "serve/worker.h"

#define VERSION_MAX OSP_LOG_PIECE_MIN
#define CLIENT_GONE 499 /* as nginx has it: no answer, for its client went away */

struct osp_access {
    osp_sink sink;
    osp_access_format format;
    osp_worker *worker;
    pid_t pid;
    bool due;           /* a write is on its way */
    osp_post soon;      /* at the end of this turn of the loop */
    osp_timer later;    /* some milliseconds after the last one */
    int64_t written_us; /* when that was */
    int64_t told_us;    /* when lost lines were last told of */
    char lines[OSP_LOG_BUFFER_MAX];
};

/* What a line tells. */
typedef struct record {
    int64_t time_us, duration_us;
    osp_str id, method, target, version;
    osp_str route, agent, referer; /* ptr NULL: none */
    osp_ip client;
    pid_t pid;
    int status;
    bool aborted; /* the client did not get all of it */
    uint64_t bytes;
} record;

_Static_assert(OSP_REQUEST_ID_MAX + OSP_LOG_METHOD_MAX + OSP_LOG_TARGET_MAX + OSP_LOG_ROUTE_MAX +
                       OSP_LOG_AGENT_MAX + OSP_LOG_REFERER_MAX + VERSION_MAX + OSP_IP_TEXT_SIZE +
                       400 <=
                   OSP_LOG_LINE_MAX,
               "every line has room");

/* ---------------------------------------------------------------- formats */

static char *put_client(char *at, const osp_ip *ip, osp_str unknown)
{
    if (ip->kind == OSP_IP_V4) {
        for (int i = 0; i < 4; i++) {
            at = osp_line_number(at, ip->bytes[i]);
            *at++ = '.';
        }
        return at - 1;
    }
    if (ip->kind == OSP_IP_LOCAL) {
        return osp_line_put(at, OSP_STR("unix"));
    }
    const size_t len = osp_ip_text(ip, at);
    return len > 0 ? at + len : osp_line_put(at, unknown);
}

/* A member; null when there is no text. */
static char *put_member(char *at, osp_str name, osp_str text, size_t max)
{
    at = osp_line_put(at, name);
    if (text.ptr == NULL) {
        return osp_line_put(at, OSP_STR("null"));
    }
    *at++ = '"';
    at = osp_line_text(at, text, max, OSP_LINE_JSON);
    *at++ = '"';
    return at;
}

static char *write_json(const record *r, char *at)
{
    at = osp_line_put(at, OSP_STR("{\"time\":\""));
    at = osp_line_time(at, r->time_us);
    at = osp_line_put(at, OSP_STR("\",\"request_id\":\""));
    at = osp_line_put(at, r->id);
    at = osp_line_put(at, OSP_STR("\",\"client\":\""));
    at = put_client(at, &r->client, (osp_str){ 0 });
    at = put_member(at, OSP_STR("\",\"method\":"), r->method, OSP_LOG_METHOD_MAX);
    at = put_member(at, OSP_STR(",\"target\":"), r->target, OSP_LOG_TARGET_MAX);
    at = put_member(at, OSP_STR(",\"version\":"), r->version, VERSION_MAX);
    at = osp_line_put(at, OSP_STR(",\"status\":"));
    at = osp_line_number(at, (uint64_t)r->status);
    at = osp_line_put(at, OSP_STR(",\"bytes\":"));
    at = osp_line_number(at, r->bytes);
    at = osp_line_put(at, OSP_STR(",\"duration_us\":"));
    at = osp_line_number(at, (uint64_t)r->duration_us);
    at =
        osp_line_put(at, r->aborted ? OSP_STR(",\"aborted\":true") : OSP_STR(",\"aborted\":false"));
    at = put_member(at, OSP_STR(",\"route\":"), r->route, OSP_LOG_ROUTE_MAX);
    at = put_member(at, OSP_STR(",\"user_agent\":"), r->agent, OSP_LOG_AGENT_MAX);
    at = put_member(at, OSP_STR(",\"referer\":"), r->referer, OSP_LOG_REFERER_MAX);
    at = osp_line_put(at, OSP_STR(",\"pid\":"));
    at = osp_line_number(at, (uint64_t)r->pid);
    return osp_line_put(at, OSP_STR("}\n"));
}

/* A text that quotes stand around, or a dash. */
static char *put_quoted(char *at, osp_str text, size_t max)
{
    return text.len > 0 ? osp_line_text(at, text, max, OSP_LINE_QUOTED)
                        : osp_line_put(at, OSP_STR("-"));
}

static char *put_request(char *at, const record *r)
{
    at = put_quoted(at, r->method, OSP_LOG_METHOD_MAX);
    if (r->target.len > 0) {
        *at++ = ' ';
        at = osp_line_text(at, r->target, OSP_LOG_TARGET_MAX, OSP_LINE_QUOTED);
    }
    if (r->version.len > 0) {
        *at++ = ' ';
        at = osp_line_text(at, r->version, VERSION_MAX, OSP_LINE_QUOTED);
    }
    return at;
}

/* The "combined" of Apache and nginx. */
static char *write_combined(const record *r, char *at)
{
    at = put_client(at, &r->client, OSP_STR("-"));
    at = osp_line_put(at, OSP_STR(" - - ["));
    at = osp_line_clf_time(at, r->time_us);
    at = osp_line_put(at, OSP_STR("] \""));
    at = put_request(at, r);
    at = osp_line_put(at, OSP_STR("\" "));
    at = osp_line_number(at, (uint64_t)r->status);
    *at++ = ' ';
    at = osp_line_number(at, r->bytes);
    at = osp_line_put(at, OSP_STR(" \""));
    at = put_quoted(at, r->referer, OSP_LOG_REFERER_MAX);
    at = osp_line_put(at, OSP_STR("\" \""));
    at = put_quoted(at, r->agent, OSP_LOG_AGENT_MAX);
    return osp_line_put(at, OSP_STR("\"\n"));
}

/* For people: what they look for first stands first. */
static char *write_text(const record *r, char *at)
{
    at = osp_line_time(at, r->time_us);
    *at++ = ' ';
    at = osp_line_number(at, (uint64_t)r->status);
    *at++ = ' ';
    at = put_request(at, r);
    *at++ = ' ';
    at = osp_line_number(at, r->bytes);
    at = osp_line_put(at, OSP_STR(" B "));
    at = osp_line_number(at, (uint64_t)r->duration_us / 1000);
    *at++ = '.';
    *at++ = (char)('0' + r->duration_us / 100 % 10);
    at = osp_line_put(at, OSP_STR(" ms "));
    at = put_client(at, &r->client, OSP_STR("-"));
    *at++ = ' ';
    at = osp_line_put(at, r->id);
    return osp_line_put(at, r->aborted ? OSP_STR(" aborted\n") : OSP_STR("\n"));
}

static char *(*const formats[])(const record *r, char *at) = {
    [OSP_ACCESS_JSON] = write_json,
    [OSP_ACCESS_COMBINED] = write_combined,
    [OSP_ACCESS_TEXT] = write_text,
};

/* ---------------------------------------------------------------- what it tells */

/* The first line of a request that could not be read, as far as it came. */
static void take_raw(record *r, osp_str line)
{
    while (line.len > 0 && (line.ptr[0] == '\r' || line.ptr[0] == '\n')) {
        line = (osp_str){ line.ptr + 1, line.len - 1 };
    }
    size_t len = 0;
    while (len < line.len && line.ptr[len] != '\r' && line.ptr[len] != '\n') {
        len++;
    }
    const char *first = memchr(line.ptr, ' ', len), *last = memrchr(line.ptr, ' ', len);
    if (first == NULL) {
        r->method = (osp_str){ line.ptr, len };
        return;
    }
    r->method = (osp_str){ line.ptr, (size_t)(first - line.ptr) };
    const osp_str version = { last + 1, len - (size_t)(last + 1 - line.ptr) };
    const bool told = last > first && osp_str_starts_with(version, OSP_STR("HTTP/"));
    r->target = (osp_str){ first + 1, told ? (size_t)(last - first - 1) : len - r->method.len - 1 };
    r->version = told ? version : (osp_str){ 0 };
}

static void take_head(record *r, const osp_h1_head *head)
{
    r->method = head->method_text;
    r->target = head->target;
    r->version = head->minor == 0 ? OSP_STR("HTTP/1.0") : OSP_STR("HTTP/1.1");
    for (uint32_t i = 0; i < head->header_count; i++) {
        const osp_header_field *field = &head->headers[i];
        if (field->name.len == 10 && osp_str_equal_nocase(field->name, OSP_STR("User-Agent"))) {
            r->agent = field->value;
        } else if (field->name.len == 7 && osp_str_equal_nocase(field->name, OSP_STR("Referer"))) {
            r->referer = field->value;
        }
    }
}

/* Bytes of the body of an answer that was appended whole.  Of a value only the encoder knew how
 * many it would become; it stands behind the head. */
static uint64_t body_of(const osp_conn *conn, size_t answer_at)
{
    const osp_response *response = &conn->exchange->ctx.response;
    const char *begin = conn->out.ptr + answer_at;
    const size_t len = conn->out.len - answer_at;
    if (!osp_status_has_body(response->status) || conn->exchange->head.method == OSP_METHOD_HEAD) {
        return 0;
    }
    if (response->file != NULL) {
        return response->file->length;
    }
    if (response->type == NULL) {
        return response->bytes.len;
    }
    const char *end = memmem(begin, len, "\r\n\r\n", 4);
    return end != NULL ? len - 4 - (size_t)(end - begin) : 0;
}

static void take_answer(record *r, const osp_conn *conn, size_t answer_at)
{
    const osp_exchange *exchange = conn->exchange;
    const osp_ctx *ctx = &exchange->ctx;
    r->status = ctx->response.status;
    r->aborted = conn->broken;
    if (exchange->stream.status != 0) {
        const uint64_t waits = conn->out.len - conn->out_at; /* of it and of earlier ones */
        r->status = exchange->stream.status;
        r->bytes = exchange->stream.sent;
        r->bytes -= conn->broken ? (waits < r->bytes ? waits : r->bytes) : 0;
        r->aborted |= exchange->stream.cut;
    } else if (answer_at == OSP_ACCESS_NO_ANSWER) {
        r->status = CLIENT_GONE;
        r->aborted = true;
    } else if (conn->out.len > answer_at) { /* else there was no memory for it */
        r->bytes = body_of(conn, answer_at);
    }
}

/* ---------------------------------------------------------------- writing */

static void write_now(osp_access *access)
{
    access->due = false;
    access->written_us = osp_loop_now_us(access->worker->loop);
    osp_sink_flush(&access->sink);
}

static void write_soon(osp_post *post)
{
    write_now(OSP_CONTAINER_OF(post, osp_access, soon));
}

static void write_later(osp_timer *timer)
{
    write_now(OSP_CONTAINER_OF(timer, osp_access, later));
}

/* Without memory for the timer, the next tick writes. */
static void schedule(osp_access *access)
{
    osp_loop *loop = access->worker->loop;
    const int64_t next_us = access->written_us + OSP_LOG_BATCH_MS * 1000;
    access->due = true;
    if (osp_loop_now_us(loop) >= next_us) {
        osp_loop_defer(loop, &access->soon);
    } else {
        access->due = osp_loop_timer(loop, &access->later, next_us) == OSP_OK;
    }
}

void osp_access_add(osp_conn *conn, size_t answer_at)
{
    osp_exchange *exchange = conn->exchange;
    osp_access *access = conn->worker->access;
    osp_ctx *ctx = &exchange->ctx;
    char *at = osp_sink_room(&access->sink);
    if (at == NULL) {
        exchange->began_us = 0;
        return;
    }
    record r = { .time_us = osp_now_us(),
                 .duration_us = osp_loop_clock_us(conn->worker->loop) - exchange->began_us,
                 .pid = access->pid,
                 .id = osp_request_id(ctx),
                 .client = osp_client_ip(ctx) };
    if (exchange->has_head) {
        take_head(&r, &exchange->head);
    } else {
        take_raw(&r,
                 (osp_str){ exchange->in + exchange->in_at, exchange->in_len - exchange->in_at });
    }
    if (ctx->match.leaf != NULL) {
        r.route = osp_str_from(ctx->match.leaf->pattern);
    }
    take_answer(&r, conn, answer_at);
    exchange->began_us = 0;
    osp_sink_add(&access->sink, formats[access->format](&r, at));
    OSP_ASSERT(access->sink.len <= access->sink.cap);
    if (!access->due) {
        schedule(access);
    }
}

void osp_access_tick(osp_access *access)
{
    const int64_t now_us = osp_loop_now_us(access->worker->loop);
    if (access->sink.len > 0) {
        osp_sink_flush(&access->sink);
    }
    if (access->sink.lost > 0 && now_us - access->told_us >= OSP_LOG_LOST_S * INT64_C(1000000)) {
        access->told_us = now_us;
        osp_journal_say_lost(&access->worker->journal, &access->sink, "access log");
    }
}

void osp_access_crash(osp_access *access)
{
    osp_sink_flush(&access->sink);
}

/* ---------------------------------------------------------------- begin and end */

osp_status osp_access_begin(osp_worker *worker, int fd)
{
    osp_access *access = malloc(sizeof *access);
    if (access == NULL) {
        return OSP_E_NOMEM;
    }
    access->format = worker->config->log.access_format;
    access->worker = worker;
    access->pid = getpid(); /* a system call, which no line shall cost */
    access->due = false;
    access->soon = (osp_post){ .run = write_soon };
    access->later = (osp_timer){ .fire = write_later };
    access->written_us = access->told_us = INT64_MIN / 2;
    osp_sink_begin(&access->sink, fd, access->lines, sizeof access->lines);
    worker->access = access;
    worker->watched = true;
    return OSP_OK;
}

void osp_access_end(osp_worker *worker)
{
    osp_access *access = worker->access;
    if (access != NULL) {
        osp_sink_finish(&access->sink);
        osp_journal_say_lost(&worker->journal, &access->sink, "access log");
        osp_loop_timer_cancel(worker->loop, &access->later);
        worker->access = NULL;
        free(access);
    }
}
