/* The URLs of the devtools, and the records of requests on their way to whoever remembers them.
 *
 *     begin --> a record, spare or new --> end: its line --> channel, or history of our own
 *                                               summary --> pages that listen
 *
 * Nothing here changes state by GET.  A replay does: it is a POST with a token that only a page of
 * this origin can have read. */
#include "agent/devtools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/slice.h"
#include "http/params.h"
#include "serve/explain.h"
#include "serve/line.h"

#define API OSP_DEV_PREFIX "/api"
#define QUERY_PAIRS_MAX 16

/* ---------------------------------------------------------------- records */

static void record_free(osp_devtools_record *record)
{
    osp_buf_done(&record->sent);
    free(record);
}

static osp_devtools_record *record_of(const osp_ctx *ctx)
{
    osp_record *record = osp_record_of(&ctx->task);
    return record != NULL ? OSP_CONTAINER_OF(record, osp_devtools_record, record) : NULL;
}

_Static_assert(sizeof((osp_devtools){ 0 }.id) + 20 < OSP_RECORD_ID_MAX, "a number behind the PID");

osp_devtools_record *osp_devtools_take(osp_devtools *devtools, osp_ctx *ctx)
{
    char id[OSP_RECORD_ID_MAX];
    char *at = id + devtools->id_len; /* "PID-" is there already */
    osp_devtools_record *record = devtools->spare;
    if (record != NULL) {
        devtools->spare = record->next_spare;
        devtools->spare_count--;
    } else {
        record = calloc(1, sizeof *record);
    }
    memcpy(id, devtools->id, devtools->id_len);
    *osp_line_number(at, devtools->count + 1) = '\0';
    if (record != NULL && !osp_record_begin(&record->record, ctx, id)) {
        record_free(record);
        return NULL;
    }
    devtools->count++;
    return record;
}

static osp_status remember_record(osp_devtools *devtools, osp_str packed)
{
    return devtools->history != NULL ? osp_history_add(devtools->history, packed)
                                     : osp_channel_send_frame(&devtools->agent->channel, packed);
}

static osp_status remember_line(osp_devtools *devtools, osp_str line)
{
    return devtools->history != NULL ? osp_history_add(devtools->history, line)
                                     : osp_channel_send(&devtools->agent->channel, line);
}

/* The summary stands between its key and that of the record. */
static void put_summary(osp_str packed, osp_buf *out)
{
    static const char key[] = "\"summary\":", next[] = ",\"record\":";
    osp_buf line;
    osp_buf_init(&line, NULL, 0, OSP_RECORD_LINE_MAX);
    const bool written = osp_pack_write(packed, &line) == OSP_OK;
    const char *at = written ? memmem(line.ptr, line.len, key, sizeof key - 1) : NULL;
    const char *end =
        at != NULL ? memmem(at, line.len - (size_t)(at - line.ptr), next, sizeof next - 1) : NULL;
    if (end != NULL) {
        at += sizeof key - 1;
        osp_buf_append(out, at, (size_t)(end - at));
    } else {
        osp_buf_str(out, OSP_STR("null"));
    }
    osp_buf_done(&line);
}

/* Where none listens, nothing is written for them. */
static void tell_pages(osp_devtools *devtools, osp_str packed)
{
    OSP_ASSERT(devtools->told < devtools->count); /* each has begun */
    osp_buf *news = &devtools->news[++devtools->told % OSP_DEVTOOLS_NEWS_MAX];
    osp_buf_done(news);
    osp_buf_init(news, NULL, 0, OSP_RECORD_LINE_MAX);
    if (devtools->listeners > 0) {
        put_summary(packed, news);
    }
}

bool osp_devtools_give(osp_devtools *devtools, osp_devtools_record *record, const osp_ctx *ctx,
                       const osp_record_facts *facts)
{
    osp_buf *packed = &devtools->packed;
    packed->len = 0;
    bool told = osp_pack(&record->record, ctx, facts, packed) == OSP_OK;
    if (told) {
        const osp_str bytes = osp_buf_text(packed);
        told = remember_record(devtools, bytes) == OSP_OK;
        tell_pages(devtools, bytes);
    }
    osp_record_end(&record->record);
    if (devtools->spare_count >= OSP_DEVTOOLS_RECORDS_SPARE) {
        record_free(record);
        return told;
    }
    record->next_spare = devtools->spare;
    devtools->spare = record;
    devtools->spare_count++;
    return told;
}

/* Keeps the beginning of an answer that goes out as it comes: afterwards nobody has it. */
static osp_status hear_write(osp_ctx *ctx, osp_str part)
{
    osp_devtools_record *record = record_of(ctx);
    if (record != NULL) {
        const size_t room = record->sent.max - record->sent.len;
        osp_buf_append(&record->sent, part.ptr, part.len < room ? part.len : room);
    }
    return osp_conn_door.write(ctx, part);
}

static bool hear_withdraw(osp_ctx *ctx)
{
    osp_devtools_record *record = record_of(ctx);
    const bool withdrawn = osp_conn_door.withdraw(ctx);
    if (record != NULL && withdrawn) {
        record->sent.len = 0;
    }
    return withdrawn;
}

void osp_devtools_begin(osp_devtools *devtools, osp_ctx *ctx)
{
    const osp_exchange *exchange = OSP_CONTAINER_OF(ctx, osp_exchange, ctx);
    osp_devtools_record *record = osp_devtools_take(devtools, ctx);
    if (record == NULL) {
        return;
    }
    if (record->sent.max == 0) {
        osp_buf_init(&record->sent, NULL, 0, OSP_RECORD_BODY_MAX + 4);
    }
    record->sent.len = 0;
    ctx->door = &devtools->door;
    if (exchange->fiber != NULL) {
        osp_fiber_stack_mark(exchange->fiber);
    }
}

/* An answer that was written as a whole stands at the end of the connection's buffer, where nothing
 * has come behind it yet; of one that went out as it came, `sent` is all that there is. */
static osp_record_facts facts_of(const osp_ctx *ctx, uint64_t bytes)
{
    const osp_exchange *exchange = OSP_CONTAINER_OF(ctx, const osp_exchange, ctx);
    const osp_conn *conn = exchange->conn;
    osp_record_facts facts = { .status = ctx->response.status, .bytes_out = bytes };
    if (exchange->has_head) {
        facts.head = (osp_str){ exchange->in + exchange->in_at, exchange->head.size };
        facts.bytes_in = exchange->head.size + ctx->request.body.len;
    }
    if (exchange->stream.status != 0) {
        facts.status = exchange->stream.status;
        facts.cut = exchange->stream.cut;
    } else if (conn != NULL && bytes > 0 && bytes <= conn->out.len) {
        facts.answer = (osp_str){ conn->out.ptr + conn->out.len - bytes, (size_t)bytes };
        facts.bytes_out += conn->filed ? exchange->file.left : 0; /* a file follows */
    }
    facts.cut |= conn == NULL || conn->broken;
    facts.stack = exchange->fiber != NULL ? osp_fiber_stack_peak(exchange->fiber) : 0;
    return facts;
}

bool osp_devtools_end(osp_devtools *devtools, osp_ctx *ctx, uint64_t bytes)
{
    osp_devtools_record *record = record_of(ctx);
    if (record == NULL) {
        return false;
    }
    osp_record_facts facts = facts_of(ctx, bytes);
    if (facts.answer.len == 0) {
        facts.sent = osp_buf_text(&record->sent);
    }
    return osp_devtools_give(devtools, record, ctx, &facts);
}

/* The line of a journal, as JSON with its end. */
static void hear_line(void *arg, osp_str line)
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, (size_t)2 * OSP_LOG_LINE_MAX);
    osp_buf_str(&out, OSP_STR("{\"t\":\"log\",\"line\":"));
    osp_buf_append(&out, line.ptr, line.len - 1);
    osp_buf_byte(&out, '}');
    if (!out.failed) {
        (void)!remember_line(arg, osp_buf_text(&out)); /* lost: not shown */
    }
    osp_buf_done(&out);
}

/* ---------------------------------------------------------------- its life */

static void make_token(char token[OSP_DEVTOOLS_TOKEN_SIZE])
{
    uint8_t bytes[OSP_DEVTOOLS_TOKEN_SIZE / 2];
    osp_random_bytes(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        (void)snprintf(token + 2 * i, 3, "%02x", bytes[i]);
    }
}

osp_devtools *osp_devtools_open(osp_agent *agent)
{
    osp_devtools *devtools = calloc(1, sizeof *devtools);
    const bool remembers = agent->channel.fd < 0;
    if (devtools == NULL) {
        return NULL;
    }
    devtools->agent = agent;
    devtools->history = remembers ? calloc(1, sizeof *devtools->history) : NULL;
    devtools->began_us = osp_now_us();
    make_token(devtools->token);
    devtools->door = osp_conn_door;
    devtools->door.write = hear_write;
    devtools->door.withdraw = hear_withdraw;
    devtools->id_len = (size_t)snprintf(devtools->id, sizeof devtools->id, "%d-", (int)getpid());
    osp_buf_init(&devtools->packed, NULL, 0, 2 * OSP_PACK_MAX);
    if (remembers && devtools->history == NULL) {
        free(devtools);
        return NULL;
    }
    agent->worker->journal.heard = hear_line;
    agent->worker->journal.heard_arg = devtools;
    return devtools;
}

void osp_devtools_close(osp_devtools *devtools)
{
    OSP_ASSERT(devtools->asked == NULL);
    devtools->agent->worker->journal.heard = NULL;
    while (devtools->spare != NULL) {
        osp_devtools_record *record = devtools->spare;
        devtools->spare = record->next_spare;
        record_free(record);
    }
    for (size_t i = 0; i < OSP_DEVTOOLS_NEWS_MAX; i++) {
        osp_buf_done(&devtools->news[i]);
    }
    osp_buf_done(&devtools->packed);
    if (devtools->history != NULL) {
        osp_history_done(devtools->history);
        free(devtools->history);
    }
    free(devtools);
}

/* ---------------------------------------------------------------- answers */

static osp_devtools *devtools_of(const osp_ctx *ctx)
{
    return osp_agent_of(ctx)->devtools;
}

static osp_status send_json(osp_ctx *ctx, osp_str json)
{
    OSP_TRY(json.ptr != NULL ? OSP_OK : OSP_E_NOMEM);
    OSP_TRY(osp_set_header(ctx, OSP_STR("Cache-Control"), OSP_STR("no-store")));
    OSP_TRY(osp_set_header(ctx, OSP_STR("X-Content-Type-Options"), OSP_STR("nosniff")));
    OSP_TRY(osp_set_header(ctx, OSP_STR("Cross-Origin-Resource-Policy"), OSP_STR("same-origin")));
    return osp_send(ctx, OSP_STR("application/json"), json);
}

/* out: ended here. */
static osp_status send_buf(osp_ctx *ctx, osp_buf *out)
{
    const osp_str json = out->failed ? (osp_str){ 0 } : osp_copy(ctx, osp_buf_text(out));
    osp_buf_done(out);
    return send_json(ctx, json);
}

/* 0: not known. */
static uint64_t resident_bytes(void)
{
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    const bool read = statm != NULL && fscanf(statm, "%*u %lu", &pages) == 1;
    if (statm != NULL) {
        (void)fclose(statm);
    }
    return read ? (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static osp_status overview(osp_ctx *ctx, osp_str rest, osp_buf *out)
{
    const osp_devtools *devtools = devtools_of(ctx);
    (void)rest;
    osp_buf_byte(out, '{');
    osp_say_key(out, "application", osp_str_from(osp_app_title(ctx->app)));
    osp_say_key(out, "name", osp_str_from(ctx->app->name));
    osp_buf_printf(out,
                   ",\"generation\":%lld,\"pid\":%d,\"startedMs\":%lld,\"memory\":%llu,"
                   "\"requests\":%llu,\"sanitized\":%s,\"traced\":%s,\"token\":\"%s\"}",
                   (long long)devtools->agent->generation, (int)getpid(),
                   (long long)(devtools->began_us / 1000), (unsigned long long)resident_bytes(),
                   (unsigned long long)devtools->told, OSP_ASAN ? "true" : "false",
                   OSP_TRACED ? "true" : "false", devtools->token);
    return OSP_OK;
}

static osp_status routes(osp_ctx *ctx, osp_str rest, osp_buf *out)
{
    (void)rest;
    osp_catalog_routes(ctx->app, out);
    return OSP_OK;
}

static osp_status types(osp_ctx *ctx, osp_str rest, osp_buf *out)
{
    osp_arena arena;
    (void)rest;
    osp_arena_init(&arena, NULL, 0, OSP_EXPLAIN_ARENA_MAX);
    osp_catalog_types(ctx->app, &arena, out);
    osp_arena_done(&arena);
    return OSP_OK;
}

static osp_status templates(osp_ctx *ctx, osp_str rest, osp_buf *out)
{
    (void)rest;
    osp_catalog_templates(ctx->app, out);
    return OSP_OK;
}

/* A value of the query, in memory of the request; NULL: it is not there, or not once. */
static const char *query_value(osp_ctx *ctx, const char *name)
{
    osp_params params;
    const char *found = NULL;
    if (osp_params_read(ctx->request.query, QUERY_PAIRS_MAX, ctx->task.arena, &params) != OSP_OK) {
        return NULL;
    }
    for (size_t i = 0; i < params.count; i++) {
        if (osp_str_equal(params.items[i].name, osp_str_from(name))) {
            const osp_str value = params.items[i].value;
            const bool is_text = found == NULL && memchr(value.ptr, 0, value.len) == NULL;
            found = is_text ? osp_copy(ctx, value).ptr : NULL;
        }
    }
    return found;
}

/* Who answers a URL and what runs for it, by the functions of `openspeed why`. */
static osp_status why(osp_ctx *ctx, osp_str rest, osp_buf *out)
{
    const char *method = query_value(ctx, "method"), *target = query_value(ctx, "target");
    osp_error err = { 0 };
    (void)rest;
    if (target == NULL) {
        return osp_fail(ctx, 400, "Say what to look for: ?method=GET&target=/path");
    }
    osp_asked *asked = osp_arena_zalloc(ctx->task.arena, sizeof *asked);
    if (asked == NULL) {
        return OSP_E_NOMEM;
    }
    const osp_status status =
        osp_ask(asked, ctx->app, method != NULL ? method : "GET", target, &err);
    if (status == OSP_OK) {
        osp_buf_str(out, OSP_STR("{\"explain\":"));
        osp_explain(asked, true, out);
        osp_buf_str(out, OSP_STR(",\"why\":"));
        osp_why(asked, true, out);
        osp_buf_byte(out, '}');
    }
    osp_asked_done(asked);
    return status == OSP_OK ? OSP_OK : osp_fail(ctx, 400, "%s", err.message);
}

static osp_status remembered(osp_ctx *ctx, const char *what, osp_str arg, osp_buf *out)
{
    osp_str data = { 0 };
    OSP_TRY(osp_devtools_ask(devtools_of(ctx), ctx, what, arg, &data));
    if (osp_str_equal(data, OSP_STR("null"))) {
        return osp_fail(ctx, 404, "This request is not kept any more.");
    }
    osp_buf_str(out, data);
    return OSP_OK;
}

static osp_status requests(osp_ctx *ctx, osp_str rest, osp_buf *out)
{
    return remembered(ctx, rest.len > 0 ? "request" : "requests", rest, out);
}

static osp_status log_lines(osp_ctx *ctx, osp_str rest, osp_buf *out)
{
    (void)rest;
    return remembered(ctx, "log", (osp_str){ 0 }, out);
}

/* What there is below /_openspeed/api; `rest` is what stands behind it. */
static const struct {
    const char *name;
    bool takes_rest;
    osp_status (*answer)(osp_ctx *ctx, osp_str rest, osp_buf *out);
} resources[] = {
    { "", false, overview },     { "routes", false, routes },       { "why", false, why },
    { "types", false, types },   { "templates", false, templates }, { "requests", true, requests },
    { "log", false, log_lines },
};

/* ".../api/requests/4242-17": the segment below the API, and what is behind that. */
static osp_str take_resource(const osp_ctx *ctx, osp_str *ret_rest)
{
    const size_t prefix = sizeof API - 1;
    const osp_str path = ctx->request.path;
    osp_str name = { 0 };
    *ret_rest = path.len > prefix ? osp_str_skip(path, prefix + 1) : (osp_str){ 0 };
    (void)osp_str_take(ret_rest, '/', &name);
    return name;
}

static osp_status get(osp_ctx *ctx, const void *in, void *out)
{
    osp_str rest;
    osp_buf json;
    (void)in, (void)out;
    const osp_str name = take_resource(ctx, &rest);
    osp_buf_init(&json, NULL, 0, OSP_DEVTOOLS_ANSWER_MAX);
    for (size_t i = 0; i < OSP_ARRAY_LEN(resources); i++) {
        if (osp_str_equal(name, osp_str_from(resources[i].name)) &&
            (rest.len == 0 || resources[i].takes_rest)) {
            const osp_status status = resources[i].answer(ctx, rest, &json);
            if (status == OSP_OK) {
                return send_buf(ctx, &json);
            }
            osp_buf_done(&json);
            return status;
        }
    }
    return osp_fail(ctx, 404, "The devtools have nothing at this URL.");
}

/* ---------------------------------------------------------------- replaying */

static bool has_token(const osp_ctx *ctx)
{
    const osp_str sent = osp_request_header(&ctx->request, OSP_STR("OpenSpeed-Token"));
    const osp_str token = osp_str_from(devtools_of(ctx)->token);
    return osp_secret_equal(sent, token);
}

static osp_status post(osp_ctx *ctx, const void *in, void *out)
{
    osp_str rest, original = { 0 };
    osp_buf json;
    char id[OSP_RECORD_ID_MAX] = "";
    (void)in, (void)out;
    const osp_str name = take_resource(ctx, &rest);
    if (!osp_str_equal(name, OSP_STR("replay")) || rest.len == 0) {
        return osp_fail(ctx, 405, "This URL does not answer that method.");
    }
    if (!has_token(ctx)) {
        return osp_fail(ctx, 403, "A replay needs the token of " API " in OpenSpeed-Token.");
    }
    OSP_TRY(osp_devtools_ask(devtools_of(ctx), ctx, "original", rest, &original));
    OSP_TRY(osp_devtools_replay(devtools_of(ctx), ctx, original, rest, id));
    osp_buf_init(&json, NULL, 0, 4096);
    osp_buf_byte(&json, '{');
    osp_say_key(&json, "id", osp_str_from(id));
    osp_say_key(&json, "of", rest);
    osp_buf_byte(&json, '}');
    return send_buf(ctx, &json);
}

/* ---------------------------------------------------------------- news */

/* Those that are new, as a list.  Who is half a ring behind is told to ask anew: while this is sent
 * more come, which may take the places of those that it would read. */
static osp_status send_news(osp_ctx *ctx, const osp_devtools *devtools, uint64_t *seen)
{
    osp_buf list;
    OSP_ASSERT(*seen <= devtools->told);
    if (devtools->told - *seen > OSP_DEVTOOLS_NEWS_MAX / 2) {
        *seen = devtools->told;
        return osp_sse_send(ctx, .event = OSP_STR("missed"), .data = OSP_STR("{}"));
    }
    osp_buf_init(&list, NULL, 0, OSP_RECORD_LINE_MAX);
    osp_buf_byte(&list, '[');
    for (bool first = true; *seen < devtools->told; first = false) {
        const osp_buf *news = &devtools->news[++*seen % OSP_DEVTOOLS_NEWS_MAX];
        osp_buf_str(&list, first ? (osp_str){ 0 } : OSP_STR(","));
        osp_buf_append(&list, news->ptr, news->len);
    }
    osp_buf_byte(&list, ']');
    const osp_status status =
        list.failed ? OSP_E_NOMEM
                    : osp_sse_send(ctx, .event = OSP_STR("requests"), .data = osp_buf_text(&list));
    osp_buf_done(&list);
    return status;
}

static osp_status tell_all(osp_ctx *ctx, const osp_devtools *devtools)
{
    uint64_t seen = devtools->told;
    ctx->door->close(ctx); /* no page is asked for by it when it has ended: as in events.c */
    OSP_TRY(osp_sse_send(ctx, .event = OSP_STR("hello"), .data = OSP_STR("{}"), .retry_ms = 500));
    for (unsigned quiet = 0; !devtools->agent->leaving; quiet++) {
        OSP_TRY(osp_task_sleep_us(&ctx->task, OSP_DEVTOOLS_LOOK_MS * INT64_C(1000)));
        if (devtools->told != seen) {
            OSP_TRY(send_news(ctx, devtools, &seen));
            quiet = 0;
        } else if (quiet * OSP_DEVTOOLS_LOOK_MS >= OSP_AGENT_ALIVE_S * 1000) {
            OSP_TRY(osp_sse_comment(ctx, OSP_STR("")));
            quiet = 0;
        }
    }
    return OSP_OK;
}

static osp_status stream(osp_ctx *ctx, const void *in, void *out)
{
    osp_devtools *devtools = devtools_of(ctx);
    (void)in, (void)out;
    if (devtools->listeners == OSP_AGENT_BROWSERS_MAX) {
        return osp_fail(ctx, 503, "Too many pages listen.");
    }
    devtools->listeners++;
    const osp_status status = tell_all(ctx, devtools);
    devtools->listeners--;
    return status;
}

/* ---------------------------------------------------------------- the page */

static osp_status page(osp_ctx *ctx, const void *in, void *out)
{
    const osp_agent_file *file = osp_agent_file_find(OSP_STR("devtools.html"));
    (void)in, (void)out;
    OSP_ASSERT(file != NULL);
    OSP_TRY(osp_set_header(ctx, OSP_STR("Cache-Control"), OSP_STR("no-store")));
    OSP_TRY(osp_set_header(ctx, OSP_STR("Content-Security-Policy"),
                           OSP_STR("default-src 'none'; script-src 'self'; style-src 'self'; "
                                   "connect-src 'self'; img-src data:; base-uri 'none'; "
                                   "form-action 'none'; frame-ancestors 'none'")));
    OSP_TRY(osp_set_header(ctx, OSP_STR("X-Content-Type-Options"), OSP_STR("nosniff")));
    OSP_TRY(osp_set_header(ctx, OSP_STR("Referrer-Policy"), OSP_STR("no-referrer")));
    return osp_send(ctx, OSP_STR("text/html; charset=utf-8"), ((osp_str){ file->text, file->len }));
}

/* ---------------------------------------------------------------- URLs */

static const osp_route page_route = OSP_AGENT_ROUTE(page, GET, void),
                       get_route = OSP_AGENT_ROUTE(get, GET, void),
                       post_route = OSP_AGENT_ROUTE(post, POST, void),
                       stream_route = OSP_AGENT_ROUTE(stream, GET, osp_stream);

static const osp_route_leaf page_leaf = { .pattern = OSP_DEV_PREFIX,
                                          .by_method = { [OSP_METHOD_GET] = &page_route } };
static const osp_route_leaf api_leaf = {
    .pattern = API "/[[...rest]]",
    .by_method = { [OSP_METHOD_GET] = &get_route, [OSP_METHOD_POST] = &post_route }
};
static const osp_route_leaf stream_leaf = { .pattern = API "/stream",
                                            .by_method = { [OSP_METHOD_GET] = &stream_route } };

const osp_route_leaf *osp_devtools_leaf(osp_str path)
{
    if (osp_str_equal(path, OSP_STR(OSP_DEV_PREFIX)) ||
        osp_str_equal(path, OSP_STR(OSP_DEV_PREFIX "/"))) {
        return &page_leaf;
    }
    if (osp_str_equal(path, OSP_STR(API "/stream"))) {
        return &stream_leaf;
    }
    return osp_str_equal(path, OSP_STR(API)) || osp_str_starts_with(path, OSP_STR(API "/"))
               ? &api_leaf
               : NULL;
}
