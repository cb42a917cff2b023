/* Problem documents (RFC 9457): what a client reads when a request failed.
 *
 * The document is bytes in the request's arena.  Texts of the client are JSON-escaped by the
 * codec; a detail that is not valid UTF-8 is left out rather than repaired.
 *
 * Here, where all that is wrong is known, sentences are said in the language of the client. */
#include "app/ctx.h"
#include "http/language.h"

#define PROBLEM_MAX (64 * 1024)
#define PROBLEM_USUAL 512 /* bytes that cost no allocation: who asks for nonsense costs little */

static void member(osp_buf *out, const char *name, osp_str value)
{
    const size_t before = out->len;
    osp_buf_str(out, osp_str_from(name));
    if (osp_json_string(value, out) != OSP_OK) {
        out->len = before;
    }
}

static void issue(osp_buf *out, const osp_issue *item, osp_wording *wording, osp_arena *arena)
{
    if (item->in != NULL) {
        member(out, "{\"in\":", osp_str_from(item->in));
        member(out, ",\"name\":", item->where);
    } else {
        member(out, "{\"pointer\":", item->where);
    }
    member(out, ",\"code\":", osp_str_from(osp_issue_code_name(item->flaw.says->code)));
    member(out, ",\"detail\":", osp_flaw_text(&item->flaw, wording, arena));
    osp_buf_byte(out, '}');
}

/* The fields that tell of languages.  A later problem finds them by where these names are, which a
 * literal would share with others. */
static const char vary_name[] = "Vary", language_name[] = "Content-Language";
static const osp_str vary = { vary_name, sizeof(vary_name) - 1 };
static const osp_str content_language = { language_name, sizeof(language_name) - 1 };

static const char id_name[] = "X-Request-Id";

/* Takes back what an earlier problem of the request set. */
static void forget_fields(osp_response *response)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < response->header_count; i++) {
        const char *name = response->headers[i].name.ptr;
        if (name != vary.ptr && name != content_language.ptr && name != id_name) {
            response->headers[kept++] = response->headers[i];
        }
    }
    response->header_count = kept;
}

/* Every problem of an application with translations varies, also the English ones. */
static void tell_language(osp_ctx *ctx, const osp_wording *wording)
{
    osp_response *response = &ctx->response;
    if (wording->table_count == 0) {
        return;
    }
    response->headers[response->header_count++] =
        (osp_header_field){ vary, OSP_STR("Accept-Language") };
    const osp_messages *table =
        osp_wording_table(wording->tables, wording->table_count, wording->language);
    const osp_str tag = wording->used && table != NULL
                            ? osp_task_copy(&ctx->task, osp_str_from(table->language_))
                            : (osp_str){ 0 };
    if (tag.len != 0) { /* the name of the table, not what the client sent */
        for (char *at = (char *)(uintptr_t)tag.ptr; at < tag.ptr + tag.len; at++) {
            *at = *at == '_' ? '-' : *at;
        }
        response->headers[response->header_count++] = (osp_header_field){ content_language, tag };
    }
}

/* By which the log finds what a client complains of. */
static void tell_request(osp_ctx *ctx)
{
    osp_response *response = &ctx->response;
    const osp_str name = osp_str_from(id_name), id = osp_request_id(ctx);
    bool told = id.len == 0 || response->header_count == OSP_ANSWER_HEADERS_MAX;
    for (uint32_t i = 0; i < response->header_count; i++) {
        told |= osp_str_equal_nocase(response->headers[i].name, name);
    }
    if (!told) {
        response->headers[response->header_count++] = (osp_header_field){ name, id };
    }
}

static osp_wording choose_language(osp_ctx *ctx)
{
    forget_fields(&ctx->response);
    const bool room = ctx->response.header_count + 2 <= OSP_ANSWER_HEADERS_MAX;
    return osp_language_choose(&ctx->request, ctx->app->messages,
                               room ? ctx->app->message_count : 0);
}

void osp_problem(osp_ctx *ctx, int status, osp_str detail, const osp_issues *issues)
{
    OSP_ASSERT(status >= 400 && status <= 599);
    char storage[PROBLEM_USUAL];
    osp_buf out;
    osp_buf_init(&out, storage, sizeof storage, PROBLEM_MAX);
    osp_response_drop(&ctx->response, OSP_STR("Content-Encoding")); /* of what was to be sent */
    osp_response_drop(&ctx->response, OSP_STR("Trailer"));
    osp_wording wording = choose_language(ctx);
    const osp_str reason = osp_http_reason(status);
    const osp_str title =
        osp_wording_sentence(&wording, reason.len != 0 ? reason : OSP_STR("Error"));
    osp_buf_printf(&out, "{\"type\":\"about:blank\",\"status\":%d", status);
    member(&out, ",\"title\":", title);
    if (detail.len > 0) {
        member(&out, ",\"detail\":", osp_wording_sentence(&wording, detail));
    }
    if (issues != NULL && issues->count > 0) {
        osp_buf_str(&out, OSP_STR(",\"errors\":["));
        for (size_t i = 0; i < issues->count; i++) {
            if (i > 0) {
                osp_buf_byte(&out, ',');
            }
            issue(&out, &issues->items[i], &wording, ctx->task.arena);
        }
        osp_buf_byte(&out, ']');
    }
    osp_buf_byte(&out, '}');
    tell_language(ctx, &wording);
    tell_request(ctx);
    ctx->response.status = status;
    ctx->response.type = NULL;
    ctx->response.media_type = OSP_STR("application/problem+json");
    ctx->response.bytes =
        out.failed ? (osp_str){ 0 } : osp_task_copy(&ctx->task, (osp_str){ out.ptr, out.len });
    osp_buf_done(&out);
}
