/* Problem documents (RFC 9457): what a client reads when a request failed.
 *
 *     failure, issues --> in the client's language --> JSON, of the application's own form if it
 * has one, or a page or a text for people
 *
 * The document is bytes in the request's arena.  Texts of the client are escaped; one that is not
 * valid UTF-8 is left out rather than repaired.  JSON is for whoever does not like another form
 * better (RFC 9110 section 12.5.1), as browsers do.
 *
 * Here, where all that is wrong is known, sentences are said in the language of the client. */
#include "app/problem.h"

#include <string.h>

#include "base/utf8.h"
#include "http/accept.h"
#include "http/language.h"

#define PROBLEM_MAX (64 * 1024)
#define PROBLEM_USUAL 1024 /* bytes that cost no allocation: who asks for nonsense costs little */

/* Forms of the document, each under the names that clients ask for it by.  The first is that of
 * OSP_FAILURES, where an application says it. */
static const struct {
    const char *accepted;
    osp_str media_type;
    void (*write)(const osp_problem_text *problem, osp_buf *out); /* NULL: tell_own does */
} forms[] = {
    { "application/json", { "application/json", 16 }, NULL },
    { "application/problem+json", { "application/problem+json", 24 }, osp_problem_write_json },
    { "application/json", { "application/problem+json", 24 }, osp_problem_write_json },
    { "text/html", { "text/html; charset=utf-8", 24 }, osp_problem_write_html },
    { "text/plain", { "text/plain; charset=utf-8", 25 }, osp_problem_write_plain },
};

/* Names that the document has by itself, which members must not have. */
static const osp_str own_names[] = { { "type", 4 },   { "title", 5 },    { "status", 6 },
                                     { "detail", 6 }, { "instance", 8 }, { "errors", 6 } };

const char *osp_problem_flaw(const osp_failure *failure)
{
    const osp_type *type = failure->members_;
    if (type == NULL) {
        return NULL;
    }
    if (type->kind != OSP_KIND_OBJECT || failure->members_value_ == NULL) {
        return "OSP_MEMBERS is of no object";
    }
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        if (field->source_ == OSP_SOURCE_EXTRA) {
            return "OSP_MEMBERS has members whose names are not known";
        }
        for (size_t n = 0; n < OSP_ARRAY_LEN(own_names); n++) {
            if (osp_str_equal(osp_field_name(field), own_names[n])) {
                return "OSP_MEMBERS has a member that every problem has";
            }
        }
    }
    return NULL;
}

/* The fields that tell of a problem.  A later one finds them by where these names are, which a
 * literal would share with others. */
static const char language_name[] = "Content-Language", id_name[] = "X-Request-Id";
static const osp_str content_language = { language_name, sizeof(language_name) - 1 };

/* Takes back what an earlier problem of the request set. */
static void forget_fields(osp_response *response)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < response->header_count; i++) {
        const char *name = response->headers[i].name.ptr;
        if (name != language_name && name != id_name) {
            response->headers[kept++] = response->headers[i];
        }
    }
    response->header_count = kept;
}

/* In which words.  Every problem of an application with translations varies, also the English ones.
 */
static osp_wording choose_language(osp_ctx *ctx)
{
    const size_t tables = ctx->app->message_count;
    const bool told = tables != 0 && osp_vary(ctx, OSP_STR("Accept-Language")) == OSP_OK &&
                      ctx->response.header_count < OSP_ANSWER_HEADERS_MAX;
    return osp_language_choose(&ctx->request, ctx->app->messages, told ? tables : 0);
}

static void tell_language(osp_response *response, osp_str tag)
{
    if (tag.len != 0) {
        OSP_ASSERT(response->header_count < OSP_ANSWER_HEADERS_MAX);
        response->headers[response->header_count++] = (osp_header_field){ content_language, tag };
    }
}

/* The language of what has been said; empty: English. */
static osp_str language_of(osp_ctx *ctx, const osp_wording *wording)
{
    const osp_messages *table =
        osp_wording_table(wording->tables, wording->table_count, wording->language);
    const osp_str tag = wording->used && table != NULL
                            ? osp_task_copy(&ctx->task, osp_str_from(table->language_))
                            : (osp_str){ 0 };
    for (size_t i = 0; i < tag.len; i++) { /* the name of the table, not what the client sent */
        char *at = (char *)(uintptr_t)tag.ptr + i;
        *at = *at == '_' ? '-' : *at;
    }
    return tag;
}

/* By which the log finds what a client complains of. */
static void tell_request(osp_ctx *ctx, osp_str id)
{
    osp_response *response = &ctx->response;
    const osp_str name = osp_str_from(id_name);
    bool told = id.len == 0 || response->header_count == OSP_ANSWER_HEADERS_MAX;
    for (uint32_t i = 0; i < response->header_count; i++) {
        told |= osp_str_equal_nocase(response->headers[i].name, name);
    }
    if (!told) {
        response->headers[response->header_count++] = (osp_header_field){ name, id };
    }
}

/* Drops what is said of an answer that will not be sent. */
static void forget_answer(osp_response *response)
{
    osp_response_drop(response, OSP_STR("Content-Encoding"));
    osp_response_drop(response, OSP_STR("Content-Language"));
    osp_response_drop(response, OSP_STR("Content-Disposition"));
    osp_response_drop(response, OSP_STR("Trailer"));
    forget_fields(response);
    response->file = NULL;
}

/* Which form; caches are told that there is a choice, or there is none. */
static size_t choose_form(osp_ctx *ctx)
{
    const size_t first = ctx->app->failures != NULL ? 0 : 1;
    const char *names[OSP_ARRAY_LEN(forms)];
    osp_accept accept;
    if (osp_vary(ctx, OSP_STR("Accept")) != OSP_OK) {
        return first;
    }
    osp_accept_read(&ctx->request, OSP_ACCEPT_MEDIA_TYPE, &accept);
    for (size_t i = 0; i < OSP_ARRAY_LEN(forms); i++) {
        names[i] = forms[i].accepted;
    }
    const size_t chosen =
        first + osp_accept_choose(&accept, names + first, OSP_ARRAY_LEN(forms) - first);
    return chosen < OSP_ARRAY_LEN(forms) ? chosen : first;
}

/* Texts may have bytes of the client; one that is no UTF-8 could be told in no form. */
static osp_str valid(osp_str text)
{
    return osp_utf8_valid(text) ? text : (osp_str){ 0 };
}

/* Every bad field in the client's words; none where there is no memory for them. */
static osp_bad_field_list fields_of(osp_ctx *ctx, const osp_failure *failure,
                                    const osp_issues *issues, osp_wording *wording)
{
    const size_t given = issues != NULL ? issues->count : failure->fields.count;
    const size_t count = given < OSP_ISSUES_MAX ? given : OSP_ISSUES_MAX;
    osp_bad_field *fields = count != 0 ? osp_task_alloc(&ctx->task, count * sizeof(*fields)) : NULL;
    for (size_t i = 0; fields != NULL && i < count; i++) {
        if (issues != NULL) {
            const osp_issue *issue = &issues->items[i];
            fields[i] = (osp_bad_field){
                .in = issue->in,
                .where = valid(issue->where),
                .code = osp_issue_code_name(issue->flaw.says->code),
                .detail = osp_flaw_text(&issue->flaw, wording, ctx->task.arena),
            };
            continue;
        }
        fields[i] = failure->fields.items[i];
        fields[i].where = valid(fields[i].where);
        fields[i].detail = valid(osp_wording_sentence(wording, fields[i].detail));
        if (fields[i].code == NULL) {
            fields[i].code = osp_issue_code_name(OSP_ISSUE_CHECK);
        }
    }
    return (osp_bad_field_list){ fields, fields != NULL ? count : 0 };
}

/* The application's own form.  What it fails of is no failure of the request, which has one. */
static bool tell_own(osp_ctx *ctx, const osp_failure *failure, osp_buf *out)
{
    const osp_failures *own = ctx->app->failures;
    const bool failed = ctx->failed;
    void *value = osp_task_alloc(&ctx->task, own->type_->size);
    ctx->failed = true;
    osp_status status = value != NULL ? own->tell_(ctx, failure, value) : OSP_E_NOMEM;
    ctx->failed = failed;
    if (status == OSP_OK) {
        status = osp_json_encode(own->type_, value, out);
    }
    if (status != OSP_OK) {
        const osp_place here = { own->file_, own->line_ };
        osp_task_log_at(&ctx->task, &here, OSP_LOG_ERROR, "a failure cannot be told as %s: %s",
                        own->type_->name, osp_status_text(status));
        out->len = 0;
    }
    return status == OSP_OK;
}

void osp_problem_tell(osp_ctx *ctx, const osp_failure *failure, const osp_issues *issues)
{
    OSP_ASSERT(failure->status >= 400 && failure->status <= 599);
    osp_response *response = &ctx->response;
    char storage[PROBLEM_USUAL];
    osp_buf out;
    osp_buf_init(&out, storage, sizeof storage, PROBLEM_MAX);
    forget_answer(response);
    ctx->shown = false;
    size_t form = choose_form(ctx);
    osp_wording wording = choose_language(ctx);
    const osp_str reason = osp_http_reason(failure->status);
    ctx->failure = *failure;
    if (failure->title.len == 0) {
        ctx->failure.title = reason.len != 0 ? reason : OSP_STR("Error");
    }
    osp_failure told = ctx->failure;
    told.title = valid(osp_wording_sentence(&wording, told.title));
    told.detail = valid(osp_wording_sentence(&wording, told.detail));
    osp_problem_text problem = { .failure = &told,
                                 .request_id = osp_request_id(ctx),
                                 .language = language_of(ctx, &wording) };
    told.fields = ctx->failure.fields = fields_of(ctx, failure, issues, &wording);
    if (forms[form].write == NULL && !tell_own(ctx, &told, &out)) {
        form++;
    }
    if (forms[form].write != NULL) {
        forms[form].write(&problem, &out);
    }
    tell_language(response,
                  problem.language.len != 0 ? problem.language : language_of(ctx, &wording));
    tell_request(ctx, problem.request_id);
    response->status = failure->status;
    response->type = NULL;
    response->media_type = forms[form].media_type;
    response->bytes = out.failed ? (osp_str){ 0 } : osp_task_copy(&ctx->task, osp_buf_text(&out));
    osp_buf_done(&out);
}

void osp_problem(osp_ctx *ctx, int status, osp_str detail, const osp_issues *issues)
{
    const osp_failure failure = { .status = status, .detail = detail };
    osp_problem_tell(ctx, &failure, issues);
}

osp_failure osp_problem_said(osp_ctx *ctx)
{
    osp_failure said = ctx->failure;
    osp_wording wording =
        osp_language_choose(&ctx->request, ctx->app->messages, ctx->app->message_count);
    said.title = valid(osp_wording_sentence(&wording, said.title));
    said.detail = valid(osp_wording_sentence(&wording, said.detail));
    return said;
}

void osp_problem_withdraw(osp_ctx *ctx)
{
    ctx->shown = false;
    ctx->response.type = NULL;
    forget_fields(&ctx->response);
    ctx->response.media_type = (osp_str){ 0 };
    ctx->response.bytes = (osp_str){ 0 };
}
