/* A 5xx of a handler: the client reads that something went wrong, the developer what.
 *
 * The place is that of the call which failed, or else where the route is declared, as in the error
 * log.  The source is read by `openspeed dev`: a worker need not be allowed to. */
#include "agent/failure.h"

#include <string.h>
#include <unistd.h>

#include "agent/redact.h"

#define FAILED_ARENA_MAX ((size_t)4 << 20) /* bytes that telling of one request may take */

/* A copy that can stand in a report. */
static osp_str words(osp_arena *arena, osp_str text)
{
    return osp_report_text(arena, text, OSP_REPORT_TEXT_MAX);
}

/* The body as far as it is a text: JSON, a form, anything of text/. */
static osp_str body_of(osp_arena *arena, const osp_ctx *ctx, const osp_type *in)
{
    static const char *const texts[] = { "application/json", "application/x-www-form-urlencoded",
                                         "multipart/form-data", "text/" };
    const osp_request *request = &ctx->request;
    const osp_str type = osp_request_header(request, OSP_STR("Content-Type"));
    bool is_text = type.len > 0 && memmem(type.ptr, type.len, "+json", 5) != NULL;
    for (size_t i = 0; i < OSP_ARRAY_LEN(texts); i++) {
        const osp_str name = osp_str_from(texts[i]);
        is_text |=
            type.len >= name.len && osp_str_equal_nocase((osp_str){ type.ptr, name.len }, name);
    }
    if (!is_text || request->body_pends || request->body.len == 0) {
        return (osp_str){ 0 };
    }
    /* Nobody reads more of it than that, and a secret that is cut off is one still. */
    const size_t seen =
        request->body.len < 2 * OSP_REPORT_BODY_MAX ? request->body.len : 2 * OSP_REPORT_BODY_MAX;
    const osp_str shown = osp_redact_body(arena, type, (osp_str){ request->body.ptr, seen }, in);
    return osp_report_text(arena, shown, OSP_REPORT_BODY_MAX);
}

/* What a request is, without its secrets.  All of it is copied. */
static void report_request(osp_arena *arena, const osp_ctx *ctx, osp_report_request *ret_request)
{
    const osp_request *request = &ctx->request;
    const osp_route *route = osp_ctx_route(ctx);
    const osp_type *in = route != NULL ? route->in_ : NULL;
    const char *pattern = ctx->match.leaf != NULL ? ctx->match.leaf->pattern : NULL;
    const size_t count = request->header_count < OSP_REPORT_HEADERS_MAX ? request->header_count
                                                                        : OSP_REPORT_HEADERS_MAX;
    osp_report_header *headers = osp_arena_zalloc(arena, count * sizeof(*headers) + 1);
    const osp_str method = osp_str_from(osp_method_name(request->method));
    *ret_request = (osp_report_request){
        .method = words(arena, method),
        .target = words(arena, osp_redact_target(arena, request->target, pattern, in)),
        .id = words(arena, osp_request_id((osp_ctx *)(uintptr_t)ctx)),
        .headers = { headers, headers != NULL ? count : 0 },
        .body = body_of(arena, ctx, in)
    };
    for (size_t i = 0; i < ret_request->headers.count; i++) {
        const osp_header_field *field = &request->headers[i];
        headers[i].name = words(arena, field->name);
        headers[i].value = words(arena, osp_redact_header(arena, field->name, field->value, in));
    }
    if (route != NULL) {
        const size_t len = strlen(pattern);
        char *both = osp_arena_try(arena, method.len + 1 + len);
        if (both != NULL) {
            memcpy(both, method.ptr, method.len);
            both[method.len] = ' ';
            memcpy(both + method.len + 1, pattern, len);
            ret_request->route = words(arena, (osp_str){ both, method.len + 1 + len });
        }
    }
}

bool osp_report_of_failure(osp_arena *arena, const osp_ctx *ctx, osp_report *ret_report)
{
    const osp_error *error = &ctx->task.error;
    const bool caused = error->status != OSP_OK;
    if (ctx->response.status < 500 || ctx->task.cancelled || (!caused && !ctx->failed)) {
        return false;
    }
    const osp_route *route = osp_ctx_route(ctx);
    const osp_place *call = caused ? ctx->task.place : NULL;
    osp_report report = { .kind = OSP_REPORT_FAILURE, .status = ctx->response.status };
    osp_str sentence = caused ? osp_str_from(error->message) : ctx->failure.detail;
    sentence = sentence.len > 0 ? sentence : ctx->failure.title;
    report.sentence = words(arena, sentence.len > 0 ? sentence : OSP_STR("The handler failed."));
    report.file = words(arena, osp_str_from(call != NULL    ? call->file
                                            : route != NULL ? route->file_
                                                            : NULL));
    const int line = call != NULL ? call->line : route != NULL ? route->line_ : 0;
    report.line = line > 0 ? (uint32_t)line : 0;
    report.request.is = OSP_SET;
    report_request(arena, ctx, &report.request.value);
    *ret_report = report;
    return true;
}

/* ---------------------------------------------------------------- telling */

static void begin_line(osp_buf *line, const char *front)
{
    osp_buf_init(line, NULL, 0, OSP_CHANNEL_LINE_MAX);
    osp_buf_str(line, osp_str_from(front));
}

/* Ends a line and sends it.  One that finds the channel full or gone is of no use later: its end is
 * heard of elsewhere.
 *
 * written  what writing its JSON has come to */
static void send_line(osp_channel *channel, osp_buf *line, osp_status written)
{
    osp_buf_byte(line, '}');
    if (written == OSP_OK && !line->failed) {
        (void)!osp_channel_send(channel, osp_buf_text(line));
    }
    osp_buf_done(line);
}

/* FNV-1a: of two requests that meet, one is told of twice. */
static uint64_t hash_of(const osp_request *request)
{
    uint64_t hash = UINT64_C(14695981039346656037) + (uint64_t)request->method;
    for (size_t i = 0; i < request->target.len; i++) {
        hash = (hash ^ (unsigned char)request->target.ptr[i]) * UINT64_C(1099511628211);
    }
    return hash | 1; /* 0: none */
}

static uint64_t *find(osp_failed *failed, uint64_t hash)
{
    for (size_t i = 0; i < OSP_FAILED_MAX; i++) {
        if (failed->hashes[i] == hash) {
            return &failed->hashes[i];
        }
    }
    return NULL;
}

void osp_failed_crashed(osp_failed_memory *memory, int channel_fd, const osp_ctx *ctx)
{
    osp_arena arena;
    osp_buf line;
    osp_report_request request;
    osp_arena_init(&arena, memory->arena, sizeof(memory->arena), 0);
    osp_buf_init(&line, memory->line, sizeof(memory->line), sizeof(memory->line));
    report_request(&arena, ctx, &request);
    osp_buf_str(&line, OSP_STR("\n" OSP_FAILURE_CRASHED)); /* behind a line that was cut */
    if (osp_report_request_write(&request, &line) == OSP_OK) {
        osp_buf_str(&line, OSP_STR("}\n"));
        (void)!write(channel_fd, line.ptr, line.len);
    }
}

/* Under load all requests may fail for one reason. */
static bool may_tell(osp_failed *failed, uint32_t now_s)
{
    if (failed->told_s != now_s) {
        failed->told_s = now_s;
        failed->told = 0;
    }
    return failed->told++ < OSP_FAILED_TOLD_MAX;
}

void osp_failed_answered(osp_failed *failed, osp_channel *channel, const osp_ctx *ctx,
                         uint32_t now_s)
{
    osp_arena arena;
    osp_report report;
    osp_buf line;
    if (channel->fd < 0 || (ctx->response.status < 500 && failed->count == 0)) {
        return;
    }
    const uint64_t hash = hash_of(&ctx->request);
    uint64_t *known = find(failed, hash);
    osp_arena_init(&arena, NULL, 0, FAILED_ARENA_MAX);
    if (osp_report_of_failure(&arena, ctx, &report)) {
        if (!may_tell(failed, now_s)) {
            osp_arena_done(&arena);
            return;
        }
        if (known == NULL) {
            failed->hashes[failed->count++ % OSP_FAILED_MAX] = hash;
        }
        begin_line(&line, OSP_FAILURE_REPORT);
        send_line(channel, &line, osp_report_write(&report, &line));
    } else if (known != NULL && ctx->response.status < 500) {
        *known = 0;
        report_request(&arena, ctx, &report.request.value);
        begin_line(&line, OSP_FAILURE_OVER);
        send_line(channel, &line, osp_report_request_write(&report.request.value, &line));
    }
    osp_arena_done(&arena);
}
