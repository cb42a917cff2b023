/* Actions of pages: what a form does when it is sent.
 *
 *     POST /article/x?/comment
 *        the action of that name               404: there is none
 *        which site sends it                   403: another one
 *        what the action needs                 a failure of a provider is the answer
 *        the form, its token, the members      422 and others: the page again
 *        the action                            400, 401, 409, 413, 422, 429: the page again
 *     303 to the page, or where it sends the client
 *
 * A query is part of what a URL names (RFC 3986 3.4): where it names no action there is nothing,
 * which is 404.  A form that has the token of another time is shown again as well, with a new one,
 * for most of those are of pages that stood open too long.  What was typed is in it only where the
 * browser says that the form was ours: a stranger must not fill in our forms. */
#include "app/action.h"

#include "app/mw/mw.h"
#include "app/provide.h"
#include "base/slice.h"
#include "http/language.h"

#define FORM_BAD "Some fields are not as they must be."
#define FORM_OLD "This page was open for too long. Please send the form once more."

static const osp_field form_member[] = {
    { .member_ = "form", .member_len_ = 4, .kind_ = OSP_KIND_STR, .source_ = OSP_SOURCE_FORM }
};
const osp_type osp_type_osp_action_in = { .name = "osp_action_in",
                                          .fields = form_member,
                                          .field_count = 1,
                                          .kind = OSP_KIND_OBJECT,
                                          .form_ = &osp_form_parts };

/* One that is running. */
typedef struct acting {
    osp_ctx *ctx;
    const osp_route *action;
    void *in, *view;
    osp_form_content form;
    osp_issues issues;
    osp_site site;
    bool stale; /* its token is not good */
} acting;

/* ---------------------------------------------------------------- which one */

static bool names_action(osp_str pair)
{
    return pair.len > 0 && pair.ptr[0] == '/';
}

/* The name that a query has for an action; its ptr is NULL: none. */
static osp_str asked_for(osp_str query)
{
    osp_str pair;
    while (osp_str_take(&query, '&', &pair)) {
        if (names_action(pair)) {
            const char *equals = memchr(pair.ptr, '=', pair.len);
            const size_t len = equals != NULL ? (size_t)(equals - pair.ptr) : pair.len;
            return (osp_str){ pair.ptr + 1, len - 1 };
        }
    }
    return (osp_str){ NULL, 0 };
}

const osp_route *osp_action_choose(const osp_route *const *actions, osp_str query)
{
    const osp_str asked = asked_for(query);
    if (asked.ptr == NULL && actions[0] != NULL && actions[1] == NULL) {
        return actions[0];
    }
    const osp_str name = asked.ptr != NULL ? asked : OSP_STR("save");
    while (*actions != NULL && !osp_str_equal(osp_str_from((*actions)->handler_), name)) {
        actions++;
    }
    return *actions;
}

/* The pairs of a query that name no action, with '?' before them; nothing where there are none. */
static void put_other_pairs(osp_str query, osp_buf *out)
{
    const char *before = "?";
    osp_str pair;
    while (osp_str_take(&query, '&', &pair)) {
        if (pair.len > 0 && !names_action(pair)) {
            osp_buf_str(out, osp_str_from(before));
            osp_buf_str(out, pair);
            before = "&";
        }
    }
}

/* ---------------------------------------------------------------- running it */

/* Of the form's hidden field, or of a header that scripts send. */
static bool has_token(const acting *a)
{
    osp_str token = osp_header(a->ctx, OSP_STR(OSP_FORM_TOKEN_HEADER));
    for (size_t i = 0; i < a->form.pairs.count && token.len == 0; i++) {
        if (osp_str_equal(a->form.pairs.items[i].name, OSP_STR(OSP_FORM_TOKEN_NAME))) {
            token = a->form.pairs.items[i].value;
        }
    }
    return osp_form_token_fits(a->ctx, token);
}

static osp_status read_form(acting *a)
{
    osp_ctx *ctx = a->ctx;
    const osp_decoding how = { .arena = ctx->task.arena,
                               .issues = &a->issues,
                               .patterns = osp_task_service(&ctx->task, &osp_patterns_key) };
    const osp_str type = osp_request_header(&ctx->request, OSP_STR("content-type"));
    if (ctx->request.body_pends && !osp_multipart_is(type)) {
        OSP_TRY(osp_ctx_gather(ctx));
    }
    OSP_TRY(osp_form_read(ctx, &osp_form_parts, a->action->in_, &how, &a->form));
    a->stale = !has_token(a);
    return a->stale ? osp_fail_at(ctx, NULL, 403, FORM_OLD) : OSP_OK;
}

static osp_status bind(acting *a)
{
    osp_ctx *ctx = a->ctx;
    const osp_status status = osp_bind_form(ctx, a->action->in_, a->in, &a->form, &a->issues);
    if (status == OSP_DONE) {
        return osp_fail_at(ctx, NULL, 404, "There is nothing at this URL.");
    }
    if (status == OSP_OK && a->issues.count > 0) {
        ctx->failed = true;
        osp_problem(ctx, 422, OSP_STR(OSP_FIELDS_BAD), &a->issues);
        return OSP_E_FAILED;
    }
    return status;
}

static osp_status allocate(acting *a)
{
    osp_task *task = &a->ctx->task;
    const size_t in = a->action->in_->size, view = a->action->out_->size;
    a->in = in > 0 ? osp_task_alloc(task, in) : NULL;
    a->view = view > 0 ? osp_task_alloc(task, view) : NULL;
    return task->error.status;
}

static osp_status act(acting *a)
{
    osp_ctx *ctx = a->ctx;
    const osp_status status = a->action->call_(ctx, a->in, a->view);
    if (ctx->task.error.status != OSP_OK || ctx->failed) {
        return ctx->failed ? OSP_E_FAILED : ctx->task.error.status;
    }
    return status >= 0 ? OSP_OK
                       : osp_task_fail(&ctx->task, status, "%s returned %d (%s)",
                                       a->action->handler_, (int)status, osp_status_text(status));
}

/* The URL of the page that the form is of, without the name of the action, and its query. */
static osp_status page_url(osp_ctx *ctx, osp_str *ret_url, osp_str *ret_query)
{
    osp_target target;
    osp_buf url;
    OSP_TRY(osp_target_split(ctx->request.target, &target));
    target.path = osp_one_slash(target.path);
    const size_t room = target.path.len + target.query.len + 1;
    char *storage = osp_task_alloc(&ctx->task, room);
    if (storage == NULL) {
        return OSP_E_NOMEM;
    }
    osp_buf_init(&url, storage, room, room);
    osp_buf_str(&url, target.path);
    put_other_pairs(target.query, &url);
    OSP_ASSERT(!url.failed); /* what is left of the query fits where it was */
    const size_t query_at = url.len > target.path.len ? target.path.len + 1 : url.len;
    *ret_url = osp_buf_text(&url);
    *ret_query = (osp_str){ url.ptr + query_at, url.len - query_at };
    return OSP_OK;
}

static osp_status go_back(osp_ctx *ctx)
{
    osp_str url, query;
    OSP_TRY(page_url(ctx, &url, &query));
    return osp_redirect_at(ctx, NULL, 303, url);
}

/* ---------------------------------------------------------------- what has been refused */

static bool is_shown(const acting *a, int status)
{
    return status == 400 || status == 401 || status == 409 || status == 413 || status == 422 ||
           status == 429 || (a->stale && status == 403);
}

/* What the page says of the whole form: where fields are to blame, that they are, and what is said
 * of none in particular. */
static osp_str say(const acting *a, const osp_failure *failure)
{
    const osp_ctx *ctx = a->ctx;
    osp_wording wording =
        osp_language_choose(&ctx->request, ctx->app->messages, ctx->app->message_count);
    osp_str detail = failure->detail.len > 0 ? failure->detail : failure->title;
    if (osp_str_equal(detail, OSP_STR(OSP_FIELDS_BAD))) {
        detail = OSP_STR(FORM_BAD);
        for (size_t i = 0; i < failure->fields.count; i++) {
            if (failure->fields.items[i].where.len == 0) {
                return failure->fields.items[i].detail;
            }
        }
    }
    return osp_wording_sentence(&wording, detail);
}

/* RFC 9110 11.6.1: a 401 has a challenge, also where the answer is a page to sign in by. */
static osp_status challenge(osp_ctx *ctx, int status)
{
    return status != 401 || osp_response_has(&ctx->response, OSP_STR("WWW-Authenticate"))
               ? OSP_OK
               : osp_set_header(ctx, OSP_STR("WWW-Authenticate"), OSP_STR("Bearer"));
}

/* OSP_DONE, or the failure as it is. */
static osp_status refuse(const acting *a, osp_status status, osp_refused *ret)
{
    osp_ctx *ctx = a->ctx;
    if (!ctx->failed || ctx->task.error.status != OSP_OK || !is_shown(a, ctx->failure.status)) {
        return status;
    }
    const osp_failure failure = ctx->failure;
    *ret = (osp_refused){ .action = a->action,
                          .status = failure.status,
                          .failure = say(a, &failure),
                          .typed = a->form.pairs,
                          .fields = failure.fields,
                          .view = a->view };
    if (a->stale && a->site != OSP_SITE_OURS) {
        ret->typed.count = 0;
    }
    (void)osp_ctx_recover(ctx);
    OSP_TRY(page_url(ctx, &ret->url, &ret->query));
    OSP_TRY(challenge(ctx, failure.status));
    return OSP_DONE;
}

osp_status osp_action_run(osp_ctx *ctx, const osp_route *const *actions, osp_refused *ret_refused)
{
    acting a = { .ctx = ctx, .action = osp_action_choose(actions, ctx->request.query) };
    if (a.action == NULL) {
        return osp_fail_at(ctx, NULL, 404, "This page has no such action.");
    }
    a.site = osp_csrf_site(ctx, NULL);
    if (a.site == OSP_SITE_OTHER) {
        return osp_fail_at(ctx, NULL, 403, OSP_CSRF_REFUSED);
    }
    OSP_TRY(allocate(&a));
    OSP_TRY(osp_provide(ctx, a.action->needs, NULL));
    OSP_TRY(osp_provide(ctx, a.action->in_->needs_, a.in));
    osp_status status = read_form(&a);
    if (status == OSP_OK) {
        status = bind(&a);
    }
    if (status == OSP_OK) {
        status = act(&a);
    }
    if (status != OSP_OK) {
        return refuse(&a, status, ret_refused);
    }
    return osp_ctx_has_answered(ctx) ? OSP_OK : go_back(ctx);
}
