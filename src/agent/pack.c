/* Numbers as they stand in memory, texts with their length and a 0 behind them.  Everything is
 * copied in the order in which it is read again; nothing points anywhere. */
#include "agent/pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "type/json.h"

#define MAGIC UINT32_C(0x4f535031) /* changes with the form */
#define WALK_DEPTH 6
#define WALK_MAX 512

typedef struct fixed {
    uint32_t magic, span_count, span_lost, line_count, line_lost, text_len, secret_count;
    int32_t status, line, error, method;
    int64_t at_us, us;
    uint64_t bytes_in, bytes_out, memory, stack;
    uint8_t has_leaf, has_route, body_pends, cut, minor;
} fixed;

/* A span without what points, and without what may hold two values alone. */
typedef struct span_form {
    int64_t began_us, ended_us, rows;
    uint32_t parent;
    int32_t line;
    uint8_t kind, offloaded, failed;
} span_form;

/* ---------------------------------------------------------------- writing */

static void put_str(osp_buf *out, osp_str text)
{
    const uint32_t len = (uint32_t)text.len;
    OSP_ASSERT(text.len == len); /* whoever calls has cut it */
    osp_buf_append(out, &len, sizeof len);
    osp_buf_append(out, text.ptr, text.len);
    osp_buf_byte(out, 0);
}

static void put_cstr(osp_buf *out, const char *text, size_t most)
{
    put_str(out, text != NULL ? (osp_str){ text, strnlen(text, most) } : (osp_str){ 0 });
}

static void put_part(osp_buf *out, osp_str text, size_t most)
{
    put_str(out, (osp_str){ text.ptr, text.len < most ? text.len : most });
}

typedef struct names {
    osp_str items[OSP_PACK_SECRETS_MAX];
    uint32_t count;
} names;

/* The names of secret members, at any depth in one list: descriptors stay in the worker, and what
 * hides secrets goes by names alone.  Types may lead back to themselves: depth and steps end the
 * walk. */
static void find_secrets(const osp_type *type, names *found, unsigned depth, unsigned *left)
{
    for (uint16_t i = 0; *left > 0 && i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        (*left)--;
        if (field->secret && found->count < OSP_PACK_SECRETS_MAX) {
            found->items[found->count++] = osp_field_name(field);
        }
        if (field->type_ != NULL && depth < WALK_DEPTH) {
            find_secrets(field->type_, found, depth + 1, left);
        }
    }
}

/* Statements are long and may be many: the first ones go whole, then only the beginning of each. */
static void put_spans(const osp_trace *trace, osp_buf *out)
{
    size_t left = OSP_PACK_TEXT_MAX;
    for (uint32_t i = 0; i < trace->span_count; i++) {
        const osp_span *span = &trace->spans[i];
        const size_t most = left > OSP_RECORD_SQL_MAX ? OSP_RECORD_SQL_MAX : OSP_PACK_NAME_CUT;
        const size_t begin = out->len;
        const span_form form = { .began_us = span->began_us,
                                 .ended_us = span->ended_us,
                                 .rows = span->rows,
                                 .parent = span->parent,
                                 .line = span->line,
                                 .kind = span->kind,
                                 .offloaded = span->offloaded,
                                 .failed = span->failed };
        osp_buf_append(out, &form, sizeof form);
        put_cstr(out, span->name, most);
        put_cstr(out, span->file, OSP_RECORD_VALUE_MAX);
        const size_t used = out->len - begin;
        left -= used < left ? used : left;
    }
}

static void put_lines(const osp_trace *trace, osp_buf *out)
{
    for (uint32_t i = 0; i < trace->line_count; i++) {
        osp_buf_append(out, &trace->lines[i], sizeof trace->lines[i]);
        put_cstr(out, trace->lines[i].file, OSP_RECORD_VALUE_MAX);
    }
    osp_buf_append(out, trace->text, trace->text_len);
}

/* What was sent as it came has no head that is still there. */
static void put_answer(const osp_ctx *ctx, const osp_record_facts *facts, osp_buf *out)
{
    const osp_response *response = &ctx->response;
    const bool sent = facts->answer.len == 0;
    const uint32_t fields = sent ? response->header_count : 0;
    osp_buf_append(out, &fields, sizeof fields);
    for (uint32_t i = 0; i < fields; i++) {
        put_part(out, response->headers[i].name, OSP_RECORD_VALUE_MAX);
        put_part(out, response->headers[i].value, OSP_RECORD_VALUE_MAX);
    }
    put_part(out, sent ? response->media_type : (osp_str){ 0 }, OSP_RECORD_VALUE_MAX);
    put_part(out, facts->sent, OSP_RECORD_BODY_MAX + 4);
    put_part(out, facts->answer, OSP_H1_HEAD_MAX + OSP_RECORD_BODY_MAX);
}

/* The body whole where it can be replayed, else as much as is shown, and a character's end. */
static void put_request(const osp_ctx *ctx, const osp_record_facts *facts, osp_buf *out)
{
    const osp_request *request = &ctx->request;
    const bool kept = !request->body_pends && facts->head.len > 0 &&
                      facts->head.len + request->body.len <= OSP_RECORD_ORIGINAL_MAX;
    const uint64_t whole = request->body.len;
    put_part(out, facts->head, OSP_H1_HEAD_MAX);
    put_part(out, request->target, OSP_H1_TARGET_MAX);
    osp_buf_append(out, &whole, sizeof whole);
    put_part(out, request->body, kept ? OSP_RECORD_ORIGINAL_MAX : OSP_RECORD_BODY_MAX + 4);
}

static fixed fixed_of(const osp_record *record, const osp_ctx *ctx, const osp_record_facts *facts)
{
    const osp_route *route = osp_ctx_route(ctx);
    return (fixed){ .magic = MAGIC,
                    .span_count = record->trace.span_count,
                    .span_lost = record->trace.span_lost,
                    .line_count = record->trace.line_count,
                    .line_lost = record->trace.line_lost,
                    .text_len = record->trace.text_len,
                    .status = facts->status,
                    .line = route != NULL ? route->line_ : 0,
                    .error = ctx->task.error.status,
                    .method = (int32_t)ctx->request.method,
                    .at_us = record->at_us,
                    .us = osp_task_now_us(&ctx->task) - record->began_us,
                    .bytes_in = facts->bytes_in,
                    .bytes_out = facts->bytes_out,
                    .memory = osp_record_memory(record, ctx),
                    .stack = facts->stack,
                    .has_leaf = ctx->match.leaf != NULL,
                    .has_route = route != NULL,
                    .body_pends = ctx->request.body_pends,
                    .cut = facts->cut,
                    .minor = ctx->request.minor };
}

osp_status osp_pack(const osp_record *record, const osp_ctx *ctx, const osp_record_facts *facts,
                    osp_buf *out)
{
    const size_t begin = out->len;
    const osp_route *route = osp_ctx_route(ctx);
    const osp_route_leaf *leaf = ctx->match.leaf;
    fixed head = fixed_of(record, ctx, facts);
    names secrets = { .count = 0 };
    unsigned left = WALK_MAX;
    if (route != NULL) {
        find_secrets(route->in_, &secrets, 0, &left);
    }
    head.secret_count = secrets.count;
    osp_buf_append(out, &head, sizeof head);
    osp_buf_append(out, &record->began_us, sizeof record->began_us);
    put_cstr(out, record->id, sizeof record->id);
    put_cstr(out, record->replay_of, sizeof record->replay_of);
    put_cstr(out, leaf != NULL ? leaf->pattern : NULL, OSP_RECORD_VALUE_MAX);
    put_cstr(out, route != NULL ? route->handler_ : NULL, OSP_RECORD_VALUE_MAX);
    put_cstr(out, route != NULL ? route->file_ : NULL, OSP_RECORD_VALUE_MAX);
    put_cstr(out, head.error < 0 ? ctx->task.error.message : NULL, sizeof ctx->task.error.message);
    for (uint32_t i = 0; i < secrets.count; i++) {
        put_part(out, secrets.items[i], OSP_RECORD_VALUE_MAX);
    }
    put_spans(&record->trace, out);
    put_lines(&record->trace, out);
    put_request(ctx, facts, out);
    put_answer(ctx, facts, out);
    if (out->failed || out->len - begin > OSP_PACK_MAX) {
        const osp_status status = out->failed ? OSP_E_NOMEM : OSP_E_LIMIT;
        out->len = begin;
        out->failed = false;
        return status;
    }
    return OSP_OK;
}

/* ---------------------------------------------------------------- reading */

/* So that no difference or sum of two is too large. */
static bool is_time(int64_t us)
{
    return us >= 0 && us < INT64_C(1) << 56;
}

typedef struct reader {
    osp_str rest;
    bool failed;
} reader;

static void take(reader *r, void *to, size_t size)
{
    if (size > r->rest.len) {
        r->failed = true;
        memset(to, 0, size);
        return;
    }
    memcpy(to, r->rest.ptr, size);
    r->rest = osp_str_skip(r->rest, size);
}

static osp_str take_str(reader *r)
{
    uint32_t len = 0;
    take(r, &len, sizeof len);
    if (r->failed || len >= r->rest.len || r->rest.ptr[len] != 0) {
        r->failed = true;
        return OSP_STR("");
    }
    const osp_str text = { r->rest.ptr, len };
    r->rest = (osp_str){ text.ptr + len + 1, r->rest.len - len - 1 };
    return text;
}

/* NULL for one that is empty. */
static const char *take_cstr(reader *r)
{
    const osp_str text = take_str(r);
    return text.len > 0 ? text.ptr : NULL;
}

static void take_into(reader *r, char *to, size_t size)
{
    const osp_str text = take_str(r);
    r->failed |= text.len >= size;
    if (!r->failed) {
        memcpy(to, text.ptr, text.len + 1);
    }
}

static void take_spans(reader *r, osp_trace *trace)
{
    for (uint32_t i = 0; i < trace->span_count && !r->failed; i++) {
        span_form form;
        take(r, &form, sizeof form);
        const char *name = take_cstr(r), *file = take_cstr(r);
        trace->spans[i] = (osp_span){ .name = name != NULL ? name : "",
                                      .file = file,
                                      .line = form.line,
                                      .began_us = form.began_us,
                                      .ended_us = form.ended_us,
                                      .rows = form.rows,
                                      .parent = form.parent,
                                      .kind = form.kind,
                                      .offloaded = form.offloaded != 0,
                                      .failed = form.failed != 0 };
        r->failed |= form.kind >= OSP_SPAN_KINDS || form.parent > i || !is_time(form.began_us) ||
                     !is_time(form.ended_us);
    }
}

static void take_lines(reader *r, osp_trace *trace)
{
    for (uint32_t i = 0; i < trace->line_count && !r->failed; i++) {
        osp_trace_line *line = &trace->lines[i];
        take(r, line, sizeof *line);
        line->file = take_cstr(r);
        r->failed |= !is_time(line->at_us) || line->level < 0 || line->level > 3 ||
                     line->text_at > trace->text_len ||
                     line->text_len > trace->text_len - line->text_at;
    }
    if (!r->failed) {
        take(r, trace->text, trace->text_len);
    }
}

/* Fields are slices of the head, so it is parsed once more: by the engine that took it at first. */
static void take_head(reader *r, osp_unpacked *u)
{
    osp_request *request = &u->ctx.request;
    uint64_t whole = 0;
    const osp_str head = take_str(r);
    u->facts.head = head;
    if (head.len > 0 && head.len <= OSP_H1_HEAD_MAX) {
        memcpy(u->head_text, head.ptr, head.len);
        memset(u->head_text + head.len, 0, OSP_H1_PADDING);
        if (osp_h1_parse_head((osp_str){ u->head_text, head.len }, 0, &osp_h1_limits_default,
                              &u->head) == OSP_OK) {
            osp_request_take_head(request, &u->head);
        }
    }
    request->target = take_str(r);
    take(r, &whole, sizeof whole);
    request->body = take_str(r);
    u->facts.body_bytes = whole;
}

static void take_answer(reader *r, osp_unpacked *u)
{
    osp_response *response = &u->ctx.response;
    uint32_t fields = 0;
    take(r, &fields, sizeof fields);
    r->failed |= fields > OSP_ANSWER_HEADERS_MAX;
    for (uint32_t i = 0; i < fields && !r->failed; i++) {
        response->headers[i].name = take_str(r);
        response->headers[i].value = take_str(r);
        response->header_count = i + 1;
    }
    response->media_type = take_str(r);
    u->facts.sent = take_str(r);
    u->facts.answer = take_str(r);
}

/* An input that has the secret members alone, for osp_redact_is_secret. */
static void take_secrets(reader *r, osp_unpacked *u, uint32_t count)
{
    u->in = (osp_type){ .name = "", .kind = OSP_KIND_OBJECT, .fields = u->secrets };
    for (uint32_t i = 0; i < count && !r->failed; i++) {
        const char *name = take_cstr(r);
        u->secrets[i] = (osp_field){
            .name = name != NULL ? name : "?", .member_ = "?", .kind_ = OSP_KIND_STR, .secret = true
        };
        u->in.field_count = (uint16_t)(i + 1);
    }
}

/* A leaf with one route, so that osp_ctx_route finds it as in the worker. */
static void take_route(reader *r, osp_unpacked *u, const fixed *head)
{
    const char *pattern = take_cstr(r), *handler = take_cstr(r), *file = take_cstr(r);
    const unsigned method = (unsigned)head->method;
    u->route = (osp_route){ .in_ = &u->in,
                            .out_ = &osp_type_void,
                            .handler_ = handler != NULL ? handler : "?",
                            .file_ = file,
                            .line_ = head->line };
    u->leaf = (osp_route_leaf){ .pattern = pattern != NULL ? pattern : "?" };
    if (head->has_route && method < OSP_METHOD_OTHER) {
        u->leaf.by_method[method] = &u->route;
    }
    u->ctx.match.leaf = head->has_leaf ? &u->leaf : NULL;
}

static bool is_sound(const fixed *head)
{
    return head->magic == MAGIC && head->span_count <= OSP_TRACE_SPANS_MAX &&
           head->line_count <= OSP_TRACE_LINES_MAX && head->text_len <= OSP_TRACE_TEXT_MAX &&
           head->secret_count <= OSP_PACK_SECRETS_MAX && head->method >= 0 &&
           head->method <= OSP_METHOD_OTHER && is_time(head->us);
}

static void take_fixed(osp_unpacked *u, const fixed *head)
{
    osp_trace *trace = &u->record.trace;
    trace->span_count = head->span_count;
    trace->span_lost = head->span_lost;
    trace->line_count = head->line_count;
    trace->line_lost = head->line_lost;
    trace->text_len = head->text_len;
    u->record.at_us = head->at_us;
    u->facts = (osp_record_facts){ .bytes_in = head->bytes_in,
                                   .bytes_out = head->bytes_out,
                                   .memory = head->memory,
                                   .us = head->us,
                                   .stack = head->stack,
                                   .status = head->status,
                                   .cut = head->cut };
}

osp_status osp_unpack(osp_str packed, osp_unpacked *ret)
{
    reader r = { .rest = packed };
    fixed head;
    memset(&head, 0, sizeof head);
    take(&r, &head, sizeof head);
    if (r.failed || !is_sound(&head)) {
        return OSP_E_INVALID;
    }
    osp_arena_init(&ret->arena, NULL, 0, 0);
    ret->app = (osp_app_def){ .name = "" };
    ret->head.known_len = 0;
    ret->head.known_fields_len = 0;
    osp_ctx_init(&ret->ctx, &ret->app, &ret->arena);
    osp_request_take_none(&ret->ctx.request);
    take_fixed(ret, &head);
    take(&r, &ret->record.began_us, sizeof ret->record.began_us);
    r.failed |= !is_time(ret->record.began_us);
    take_into(&r, ret->record.id, sizeof ret->record.id);
    take_into(&r, ret->record.replay_of, sizeof ret->record.replay_of);
    take_route(&r, ret, &head);
    ret->ctx.task.error.status = head.error < 0 ? (osp_status)head.error : OSP_OK;
    take_into(&r, ret->ctx.task.error.message, sizeof ret->ctx.task.error.message);
    take_secrets(&r, ret, head.secret_count);
    take_spans(&r, &ret->record.trace);
    take_lines(&r, &ret->record.trace);
    take_head(&r, ret);
    take_answer(&r, ret);
    ret->ctx.request.method = (osp_method)head.method;
    ret->ctx.request.body_pends = head.body_pends;
    return r.failed || r.rest.len > 0 ? OSP_E_INVALID : OSP_OK;
}

bool osp_pack_is(osp_str packed)
{
    uint32_t magic = 0;
    if (packed.len >= sizeof magic) {
        memcpy(&magic, packed.ptr, sizeof magic);
    }
    return magic == MAGIC;
}

osp_str osp_pack_id(osp_str packed)
{
    reader r = { .rest = packed };
    fixed head;
    int64_t began_us;
    take(&r, &head, sizeof head);
    take(&r, &began_us, sizeof began_us);
    const osp_str id = take_str(&r);
    return r.failed || head.magic != MAGIC || id.len >= OSP_RECORD_ID_MAX ? (osp_str){ 0 } : id;
}

osp_status osp_pack_write(osp_str packed, osp_buf *out)
{
    osp_unpacked *u = malloc(sizeof *u);
    if (u == NULL) {
        return OSP_E_NOMEM;
    }
    osp_status status = osp_unpack(packed, u);
    if (status == OSP_OK) {
        status = osp_record_write(&u->record, &u->ctx, &u->facts, out);
    }
    free(u);
    return status;
}
