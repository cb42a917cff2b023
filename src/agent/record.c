/* Writes what a request did.
 *
 * Times of spans are told from the beginning of the request on, in microseconds.  Which statement
 * ran again and again is counted here, so that nobody who reads it has to: OSP_RECORD_REPEATS of
 * one text are what an ORM's N+1 looks like.
 *
 * Everything from outside is a text that may be no UTF-8: then it is told as Latin-1, byte by byte.
 */
#include "agent/record.h"

#include <stdio.h>
#include <string.h>

#include "agent/redact.h"
#include "base/base64.h"
#include "base/utf8.h"
#include "type/json.h"

#define SCRATCH_MAX ((size_t)16 << 20) /* bytes that texts without secrets may take */
#define NAME_SHORT 160 /* bytes of the name of a span, where the whole would be too long */

static const char *const kinds[OSP_SPAN_KINDS] = {
    [OSP_SPAN_MIDDLEWARE] = "middleware",
    [OSP_SPAN_PROVIDER] = "provider",
    [OSP_SPAN_CLOSER] = "closer",
    [OSP_SPAN_INPUT] = "input",
    [OSP_SPAN_HANDLER] = "handler",
    [OSP_SPAN_LOAD] = "load",
    [OSP_SPAN_TEMPLATE] = "template",
    [OSP_SPAN_SQL] = "sql",
    [OSP_SPAN_ROWS] = "sql",
    [OSP_SPAN_TRANSACTION] = "transaction",
    [OSP_SPAN_TASK] = "task",
    [OSP_SPAN_WAIT] = "wait",
    [OSP_SPAN_BLOCK] = "block",
    [OSP_SPAN_ANSWER] = "answer",
};

typedef struct writing {
    const osp_record *record;
    const osp_ctx *ctx;
    const osp_record_facts *facts;
    const osp_route *route; /* NULL: none has answered */
    const osp_type *in;     /* its input; NULL */
    osp_arena scratch;
    bool bodies;     /* are written */
    size_t name_max; /* bytes of the name of a span */
    osp_buf *out;
} writing;

bool osp_record_begin(osp_record *record, osp_ctx *ctx, const char *id)
{
    const osp_service *old = ctx->task.services;
    const size_t count = osp_services_count(old);
    osp_service *all = osp_arena_zalloc(ctx->task.arena, (count + 2) * sizeof *all);
    record->ref = osp_arena_zalloc(ctx->task.arena, sizeof *record->ref);
    if (all == NULL || record->ref == NULL) {
        return false;
    }
    osp_trace_init(&record->trace);
    record->ref->trace = &record->trace;
    all[0] = (osp_service){ &osp_trace_key, record->ref };
    if (count > 0) {
        memcpy(all + 1, old, count * sizeof *old);
    }
    ctx->task.services = all;
    record->own_memory = (count + 2) * sizeof *all + sizeof *record->ref;
    record->began_us = osp_task_now_us(&ctx->task);
    record->at_us = osp_now_us();
    memcpy(record->id, id, strlen(id) + 1);
    record->replay_of[0] = '\0';
    return true;
}

void osp_record_end(osp_record *record)
{
    OSP_ASSERT(record->ref->trace == &record->trace);
    record->ref->trace = NULL;
}

uint64_t osp_record_memory(const osp_record *record, const osp_ctx *ctx)
{
    const osp_arena *arena = ctx->task.arena;
    const bool in_first = arena->at >= arena->first && arena->at <= arena->first_end;
    const size_t used =
        arena->bytes + (size_t)((in_first ? arena->at : arena->first_end) - arena->first);
    return used > record->own_memory ? used - record->own_memory : 0;
}

/* ---------------------------------------------------------------- texts */

/* A JSON string of any bytes. */
static void put_text(osp_buf *out, osp_str text)
{
    if (osp_utf8_valid(text) && osp_json_string(text, out) == OSP_OK) {
        return;
    }
    osp_buf_byte(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') {
            osp_buf_printf(out, "\\u%04x", c);
        } else {
            osp_buf_byte(out, (char)c);
        }
    }
    osp_buf_byte(out, '"');
}

static void put_key(osp_buf *out, const char *key, osp_str text)
{
    osp_buf_printf(out, ",\"%s\":", key);
    put_text(out, text);
}

/* So many bytes at most, and no half of a character. */
static osp_str cut(osp_str text, size_t most)
{
    size_t len = text.len < most ? text.len : most;
    while (len > 0 && len < text.len && ((unsigned char)text.ptr[len] & 0xC0) == 0x80) {
        len--;
    }
    return (osp_str){ text.ptr, len };
}

/* Files of the library are no line that one could change. */
static void put_place(osp_buf *out, const char *file, int line)
{
    if (file != NULL && strncmp(file, "../", 3) != 0) {
        put_key(out, "file", osp_str_from(file));
        osp_buf_printf(out, ",\"line\":%d", line);
    }
}

/* ---------------------------------------------------------------- SQL */

static bool is_statement(const osp_span *span)
{
    return span->kind == OSP_SPAN_SQL || span->kind == OSP_SPAN_ROWS;
}

static bool is_same(const osp_span *one, const osp_span *other)
{
    return is_statement(other) && (one->name == other->name || strcmp(one->name, other->name) == 0);
}

/* How often the statement of a span was run; 0: an earlier span has counted it.  Each is compared
 * with each: there are OSP_TRACE_SPANS_MAX at most, and only what somebody looks at is counted. */
static uint32_t times_of(const osp_trace *trace, uint32_t at)
{
    uint32_t times = 1;
    for (uint32_t i = 0; i < at; i++) {
        if (is_same(&trace->spans[at], &trace->spans[i])) {
            return 0;
        }
    }
    for (uint32_t i = at + 1; i < trace->span_count; i++) {
        times += is_same(&trace->spans[at], &trace->spans[i]);
    }
    return times;
}

typedef struct sql_sum {
    uint32_t count, repeats; /* repeats: of the statement that ran most often */
    int64_t us;
} sql_sum;

static sql_sum sum_sql(const osp_trace *trace)
{
    sql_sum sum = { .count = 0 };
    for (uint32_t i = 0; i < trace->span_count; i++) {
        const osp_span *span = &trace->spans[i];
        if (is_statement(span)) {
            const uint32_t times = times_of(trace, i);
            sum.count++;
            sum.us += span->ended_us != 0 ? span->ended_us - span->began_us : 0;
            sum.repeats = times > sum.repeats ? times : sum.repeats;
        }
    }
    return sum;
}

static void put_repeated(writing *w)
{
    const osp_trace *trace = &w->record->trace;
    bool first = true;
    osp_buf_str(w->out, OSP_STR(",\"repeated\":["));
    for (uint32_t i = 0; i < trace->span_count; i++) {
        const uint32_t times = is_statement(&trace->spans[i]) ? times_of(trace, i) : 0;
        if (times >= OSP_RECORD_REPEATS) {
            osp_buf_printf(w->out, "%s{\"times\":%u", first ? "" : ",", times);
            put_key(w->out, "sql", cut(osp_str_from(trace->spans[i].name), w->name_max));
            osp_buf_byte(w->out, '}');
            first = false;
        }
    }
    osp_buf_byte(w->out, ']');
}

/* ---------------------------------------------------------------- spans and lines */

static void put_span(writing *w, uint32_t at, int64_t end_us)
{
    const osp_span *span = &w->record->trace.spans[at];
    OSP_ASSERT(span->kind < OSP_SPAN_KINDS && span->parent <= at);
    const int64_t ended_us = span->ended_us != 0 ? span->ended_us : end_us;
    osp_buf_printf(w->out, "%s{\"n\":%u,\"in\":%u,\"kind\":\"%s\"", at > 0 ? "," : "", at + 1,
                   span->parent, kinds[span->kind]);
    put_key(w->out, "name", cut(osp_str_from(span->name), w->name_max));
    put_place(w->out, span->file, span->line);
    osp_buf_printf(w->out, ",\"atUs\":%lld,\"us\":%lld",
                   (long long)(span->began_us - w->record->began_us),
                   (long long)(ended_us - span->began_us));
    if (span->rows >= 0) {
        osp_buf_printf(w->out, ",\"rows\":%lld", (long long)span->rows);
    }
    osp_buf_str(w->out, span->offloaded ? OSP_STR(",\"offloaded\":true") : (osp_str){ 0 });
    osp_buf_str(w->out, span->failed ? OSP_STR(",\"failed\":true") : (osp_str){ 0 });
    osp_buf_byte(w->out, '}');
}

static void put_line(writing *w, uint32_t at)
{
    static const char *const levels[] = { "debug", "info", "warning", "error" };
    const osp_trace *trace = &w->record->trace;
    const osp_trace_line *line = &trace->lines[at];
    OSP_ASSERT(line->level >= 0 && (size_t)line->level < OSP_ARRAY_LEN(levels));
    OSP_ASSERT(line->text_at + line->text_len <= trace->text_len); /* osp_unpack looks as well */
    osp_buf_printf(w->out, "%s{\"atUs\":%lld,\"level\":\"%s\"", at > 0 ? "," : "",
                   (long long)(line->at_us - w->record->began_us), levels[line->level]);
    put_key(w->out, "text", (osp_str){ trace->text + line->text_at, line->text_len });
    put_place(w->out, line->file, line->line);
    osp_buf_byte(w->out, '}');
}

static void put_timeline(writing *w, int64_t end_us)
{
    const osp_trace *trace = &w->record->trace;
    osp_buf_str(w->out, OSP_STR(",\"spans\":["));
    for (uint32_t i = 0; i < trace->span_count; i++) {
        put_span(w, i, end_us);
    }
    osp_buf_printf(w->out, "],\"spansLost\":%u,\"log\":[", trace->span_lost);
    for (uint32_t i = 0; i < trace->line_count; i++) {
        put_line(w, i);
    }
    osp_buf_printf(w->out, "],\"logLost\":%u", trace->line_lost);
}

/* ---------------------------------------------------------------- messages */

static void put_header(writing *w, osp_header_field field, bool first)
{
    osp_buf_str(w->out, first ? OSP_STR("{\"name\":") : OSP_STR(",{\"name\":"));
    put_text(w->out, cut(field.name, OSP_RECORD_VALUE_MAX));
    put_key(
        w->out, "value",
        cut(osp_redact_header(&w->scratch, field.name, field.value, w->in), OSP_RECORD_VALUE_MAX));
    osp_buf_byte(w->out, '}');
}

typedef enum body_form { BODY_TEXT, BODY_JSON, BODY_FORM, BODY_BINARY, BODY_PARTS } body_form;

static bool has(osp_str media_type, const char *part)
{
    return media_type.len > 0 && memmem(media_type.ptr, media_type.len, part, strlen(part)) != NULL;
}

static body_form form_of(osp_str media_type, osp_str body)
{
    if (has(media_type, "multipart/")) {
        return BODY_PARTS;
    }
    if (!osp_utf8_valid(cut(body, OSP_RECORD_BODY_MAX)) || memchr(body.ptr, 0, body.len) != NULL) {
        return BODY_BINARY;
    }
    return has(media_type, "json")                                ? BODY_JSON
           : has(media_type, "application/x-www-form-urlencoded") ? BODY_FORM
                                                                  : BODY_TEXT;
}

/* What is under no name, such as the parts of a form, is not shown at all. */
static void put_body(writing *w, osp_str media_type, osp_str body, uint64_t whole)
{
    static const char *const names[] = { "text", "json", "form", "binary", "parts" };
    const body_form form = body.len > 0 ? form_of(media_type, body) : BODY_TEXT;
    const osp_str shown = cut(body, OSP_RECORD_BODY_MAX);
    osp_buf_printf(w->out, ",\"body\":{\"bytes\":%llu,\"form\":\"%s\"", (unsigned long long)whole,
                   names[form]);
    if (w->bodies && form <= BODY_FORM) {
        put_key(w->out, "text", osp_redact_body(&w->scratch, media_type, shown, w->in));
        osp_buf_str(w->out, shown.len < whole ? OSP_STR(",\"cut\":true") : (osp_str){ 0 });
    }
    osp_buf_byte(w->out, '}');
}

static void put_request(writing *w)
{
    const osp_request *request = &w->ctx->request;
    osp_buf_str(w->out, OSP_STR(",\"request\":{\"headers\":["));
    for (uint32_t i = 0; i < request->header_count && i < OSP_RECORD_HEADERS_MAX; i++) {
        put_header(w, request->headers[i], i == 0);
    }
    osp_buf_byte(w->out, ']');
    put_body(w, osp_request_header(request, OSP_STR("Content-Type")), request->body,
             w->facts->body_bytes);
    osp_buf_byte(w->out, '}');
}

/* The lines of a head that we have written ourselves, behind the first. */
static osp_str put_answer_headers(writing *w, osp_str head)
{
    osp_str media_type = { 0 };
    const char *at = memchr(head.ptr, '\n', head.len), *end = head.ptr + head.len;
    for (size_t count = 0; at != NULL && at + 1 < end && count < OSP_RECORD_HEADERS_MAX; count++) {
        const char *line = at + 1, *colon;
        at = memchr(line, '\n', (size_t)(end - line));
        const char *stop = at != NULL ? at - 1 : end;
        colon = stop > line ? memchr(line, ':', (size_t)(stop - line)) : NULL;
        if (colon == NULL) {
            break;
        }
        const char *value = colon + 1 < stop && colon[1] == ' ' ? colon + 2 : colon + 1;
        const osp_header_field field = { { line, (size_t)(colon - line) },
                                         { value, (size_t)(stop - value) } };
        put_header(w, field, count == 0);
        media_type = osp_name_is(field.name, OSP_STR("Content-Type")) ? field.value : media_type;
    }
    return media_type;
}

static void put_answer(writing *w)
{
    const osp_response *response = &w->ctx->response;
    const osp_str raw = w->facts->answer;
    const char *end = raw.len > 0 ? memmem(raw.ptr, raw.len, "\r\n\r\n", 4) : NULL;
    osp_buf_str(w->out, OSP_STR(",\"answer\":{\"headers\":["));
    if (end != NULL) {
        const size_t head = (size_t)(end - raw.ptr) + 2;
        const osp_str type = put_answer_headers(w, (osp_str){ raw.ptr, head });
        osp_buf_byte(w->out, ']');
        const osp_str body = { end + 4, raw.len - head - 2 };
        const uint64_t whole = w->facts->bytes_out > head + 2 ? w->facts->bytes_out - head - 2 : 0;
        put_body(w, type, body, whole > body.len ? whole : body.len);
    } else {
        for (uint32_t i = 0; i < response->header_count; i++) {
            put_header(w, response->headers[i], i == 0);
        }
        osp_buf_byte(w->out, ']');
        put_body(w, response->media_type, w->facts->sent, w->facts->bytes_out);
    }
    osp_buf_byte(w->out, '}');
}

/* ---------------------------------------------------------------- the whole */

static void put_target(writing *w)
{
    const osp_route_leaf *leaf = w->ctx->match.leaf;
    const osp_str target = w->ctx->request.target;
    put_key(w->out, "target",
            target.len == 0 ? target
                            : osp_redact_target(&w->scratch, target,
                                                leaf != NULL ? leaf->pattern : NULL, w->in));
}

static osp_str method_of(const writing *w)
{
    const osp_str head = w->facts->head;
    const char *blank = head.len > 0 ? memchr(head.ptr, ' ', head.len) : NULL;
    const osp_method method = w->ctx->request.method;
    if ((unsigned)method < OSP_METHOD_OTHER) {
        return osp_str_from(osp_method_name(method));
    }
    return blank != NULL ? cut((osp_str){ head.ptr, (size_t)(blank - head.ptr) }, OSP_H1_METHOD_MAX)
                         : OSP_STR("?");
}

/* What a list of requests shows; the same members begin the record. */
static void put_summary(writing *w, int64_t end_us)
{
    const osp_trace *trace = &w->record->trace;
    const sql_sum sum = sum_sql(trace);
    uint32_t worst = 0;
    for (uint32_t i = 0; i < trace->line_count; i++) {
        worst = (uint32_t)trace->lines[i].level > worst ? (uint32_t)trace->lines[i].level : worst;
    }
    osp_buf_str(w->out, OSP_STR("\"id\":"));
    put_text(w->out, osp_str_from(w->record->id));
    osp_buf_printf(w->out, ",\"atMs\":%lld", (long long)(w->record->at_us / 1000));
    put_key(w->out, "method", method_of(w));
    put_target(w);
    if (w->ctx->match.leaf != NULL) {
        put_key(w->out, "pattern", osp_str_from(w->ctx->match.leaf->pattern));
    }
    osp_buf_printf(w->out,
                   ",\"status\":%d,\"us\":%lld,\"bytesIn\":%llu,\"bytesOut\":%llu,\"memory\":%zu,"
                   "\"stack\":%zu,\"sql\":{\"count\":%u,\"us\":%lld,\"repeats\":%u},"
                   "\"level\":%u",
                   w->facts->status, (long long)(end_us - w->record->began_us),
                   (unsigned long long)w->facts->bytes_in, (unsigned long long)w->facts->bytes_out,
                   (size_t)w->facts->memory, w->facts->stack, sum.count, (long long)sum.us,
                   sum.repeats, worst);
    osp_buf_str(w->out, w->facts->cut ? OSP_STR(",\"cut\":true") : (osp_str){ 0 });
    if (w->record->replay_of[0] != '\0') {
        put_key(w->out, "replayOf", osp_str_from(w->record->replay_of));
    }
}

static bool can_replay(const writing *w)
{
    const osp_request *request = &w->ctx->request;
    return w->bodies && w->facts->head.len > 0 && !request->body_pends &&
           request->body.len == w->facts->body_bytes &&
           w->facts->head.len + request->body.len <= OSP_RECORD_ORIGINAL_MAX;
}

static void put_base64(osp_buf *out, osp_str bytes)
{
    const size_t size = OSP_BASE64_SIZE(bytes.len);
    if (osp_buf_reserve(out, size)) {
        out->len += bytes.len > 0 ? osp_base64_encode(bytes, out->ptr + out->len) : 0;
    }
}

static void put_record(writing *w, int64_t end_us)
{
    const osp_route *route = w->route;
    const osp_error *error = &w->ctx->task.error;
    put_summary(w, end_us);
    if (route != NULL) {
        put_key(w->out, "handler", osp_str_from(route->handler_));
        put_place(w->out, route->file_, route->line_);
    }
    if (error->status != OSP_OK) {
        put_key(w->out, "error", osp_str_from(error->message));
    }
    osp_buf_str(w->out,
                can_replay(w) ? OSP_STR(",\"replayable\":true") : OSP_STR(",\"replayable\":false"));
    put_repeated(w);
    put_timeline(w, end_us);
    put_request(w);
    put_answer(w);
}

static void put_all(writing *w, int64_t end_us)
{
    osp_buf_str(w->out, OSP_STR("{\"t\":\"request\""));
    put_key(w->out, "id", osp_str_from(w->record->id));
    osp_buf_str(w->out, OSP_STR(",\"summary\":{"));
    put_summary(w, end_us);
    osp_buf_str(w->out, OSP_STR("},\"record\":{"));
    put_record(w, end_us);
    osp_buf_byte(w->out, '}');
    if (can_replay(w)) {
        osp_buf_str(w->out, OSP_STR(",\"original\":{\"head\":\""));
        put_base64(w->out, w->facts->head);
        osp_buf_str(w->out, OSP_STR("\",\"body\":\""));
        put_base64(w->out, w->ctx->request.body);
        osp_buf_str(w->out, OSP_STR("\"}"));
    }
    osp_buf_byte(w->out, '}');
}

osp_status osp_record_write(const osp_record *record, const osp_ctx *ctx,
                            const osp_record_facts *facts, osp_buf *out)
{
    const size_t begin = out->len;
    const int64_t end_us = record->began_us + facts->us;
    writing w = { .record = record,
                  .ctx = ctx,
                  .facts = facts,
                  .route = osp_ctx_route(ctx),
                  .bodies = true,
                  .name_max = OSP_RECORD_SQL_MAX,
                  .out = out };
    w.in = w.route != NULL ? w.route->in_ : NULL;
    osp_arena_init(&w.scratch, NULL, 0, SCRATCH_MAX);
    put_all(&w, end_us);
    if (out->failed || out->len - begin > OSP_RECORD_LINE_MAX) {
        out->len = begin;
        out->failed = false;
        w.bodies = false;
        w.name_max = NAME_SHORT;
        put_all(&w, end_us);
    }
    osp_arena_done(&w.scratch);
    if (out->failed || out->len - begin > OSP_RECORD_LINE_MAX) {
        out->len = begin;
        out->failed = false;
        return OSP_E_LIMIT;
    }
    return OSP_OK;
}
