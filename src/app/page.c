/* Answers with a page.
 *
 *     inputs of layouts and slots --> loads, outermost first --> document --> the answer's buffer
 *                |                        |
 *                +------- a failure ------+--> page_fail.c: error.html or not-found.html
 *                                         +--> the client is sent elsewhere
 *
 * The dispatch has bound the input of the page itself, and calls what every route has, `call_`.
 * Nothing is drawn before all that can still fail has ended: a document is a value that writes
 * itself (osp_writing), and the reply draws it in its final place, as it would encode JSON. */
#include "app/page.h"

#include <openspeed/mw.h>

osp_page_doc *osp_page_doc_new(osp_ctx *ctx, const osp_page_def *def)
{
    const osp_page_plan *plan = osp_page_plan_of(ctx, def);
    osp_page_doc *doc =
        plan != NULL
            ? osp_task_alloc(&ctx->task, sizeof *doc + plan->item_count * sizeof doc->fills[0])
            : NULL;
    if (doc != NULL) {
        OSP_DEBUG_ASSERT(plan->items != NULL); /* one with too many would not have been opened */
        doc->ctx = ctx;
        doc->plan = plan;
        doc->depth = plan->depth;
        doc->inner = plan->items[plan->depth].template;
        doc->heads = plan->heads;
        doc->head_count = plan->head_count;
        doc->streams = plan->streams;
    }
    return doc;
}

static osp_status write(const osp_writing *writing, osp_buf *out)
{
    return osp_page_draw(OSP_CONTAINER_OF(writing, osp_page_doc, writing), out);
}

/* What was asked for, as it can stand in a link: it leads to this host, whichever form of target
 * has named another one. */
static osp_status view_target(osp_ctx *ctx, osp_page_view *page)
{
    osp_target target;
    const osp_request *request = &ctx->request;
    page->path = osp_one_slash(request->path);
    page->query = request->query;
    page->url = osp_one_slash(request->target);
    if (page->url.len == 0 || page->url.ptr[0] == '/') {
        return OSP_OK;
    }
    if (osp_target_split(request->target, &target) != OSP_OK) {
        page->url = page->path;
        return OSP_OK;
    }
    page->url = osp_format(ctx, "%.*s%s%.*s", OSP_ARG(osp_one_slash(target.path)),
                           target.query.len > 0 ? "?" : "", OSP_ARG(target.query));
    return page->url.len > 0 ? OSP_OK : OSP_E_NOMEM;
}

/* What the templates can name of the request.  What sets cookies is asked for here, before the
 * first byte of the answer. */
static osp_status view_request(osp_page_doc *doc)
{
    osp_ctx *ctx = doc->ctx;
    osp_page_view *page = &doc->page;
    const uint8_t wants = doc->plan->wants;
    OSP_TRY(view_target(ctx, page));
    page->development = ctx->app->dev != NULL;
    if (ctx->response.header_count != 0) {
        page->nonce = osp_csp_nonce(ctx);
    }
    if ((wants & OSP_PAGE_WANTS_REQUEST_ID) != 0) {
        page->request_id = osp_request_id(ctx);
    }
    if ((wants & OSP_PAGE_WANTS_FLASH) != 0) {
        page->flash = osp_flash_take(ctx);
    }
    if ((wants & OSP_PAGE_WANTS_TOKEN) != 0) {
        page->csrf = osp_form_token(ctx);
    }
    if (doc->refused != NULL) {
        page->failure = doc->refused->failure;
        page->url = doc->refused->url;
        page->query = doc->refused->query;
    }
    return doc->plan->scopes != NULL && !doc->fails
               ? osp_form_scopes_fill(doc->plan->scopes, doc->refused, &ctx->task, &doc->form,
                                      &doc->errors)
               : OSP_OK;
}

/* Whether the client shows something of the document, or says so: then another answer may be right
 * than for who does not. */
static bool shows_parts(const osp_page_doc *doc)
{
    return doc->marked &&
           osp_request_header(&doc->ctx->request, OSP_STR("OpenSpeed-Parts")).len > 0;
}

/* What shows parts of it gets another answer.  Mostly nothing has been said of the answer before.
 */
static osp_status vary(osp_ctx *ctx)
{
    const osp_str parts = OSP_STR("OpenSpeed-Parts");
    osp_response *response = &ctx->response;
    if (response->header_count > 0) {
        return osp_vary(ctx, parts);
    }
    response->headers[response->header_count++] = (osp_header_field){ OSP_STR("Vary"), parts };
    return OSP_OK;
}

osp_status osp_page_answer(osp_page_doc *doc)
{
    osp_ctx *ctx = doc->ctx;
    osp_response *response = &ctx->response;
    const osp_app_info *info = ctx->app->info;
    OSP_DEBUG_ASSERT(doc->depth <= doc->plan->depth);
    OSP_DEBUG_ASSERT(!doc->fails || !doc->streams); /* a failure is drawn when all has ended */
    OSP_TRY(view_request(doc));
    doc->marked = doc->depth > 0 && (info == NULL || !info->whole_pages);
    if (doc->marked) {
        OSP_TRY(vary(ctx));
    }
    response->media_type = OSP_PAGE_HTML;
    response->file = NULL;
    if (doc->streams || shows_parts(doc) || ctx->app->dev != NULL) { /* whose agent looks at it */
        return osp_page_send(doc);
    }
    doc->writing.write = write;
    response->type = &osp_type_osp_writing;
    response->value = &doc->writing;
    return OSP_OK;
}

static osp_status load_and_answer(osp_page_doc *doc)
{
    uint32_t item = 0;
    const osp_status status = osp_page_load(doc, &item);
    if (status < 0) {
        return osp_page_fail_item(doc, item, status);
    }
    return status == OSP_DONE ? OSP_OK : osp_page_answer(doc);
}

osp_status osp_page_show_(osp_ctx *ctx, const void *in, void *out)
{
    const osp_route_leaf *leaf = ctx->match.leaf;
    OSP_ASSERT(leaf != NULL && leaf->page != NULL);
    osp_page_doc *doc = osp_page_doc_new(ctx, leaf->page);
    if (doc == NULL) {
        return ctx->task.error.status;
    }
    osp_page_fill *page = &doc->fills[doc->plan->depth];
    doc->bound = true;
    page->in = (void *)(uintptr_t)in;
    page->view = out;
    return load_and_answer(doc);
}

/* What an action refuses, its page shows again. */
static osp_status act(osp_ctx *ctx, const void *in, void *out)
{
    const osp_route_leaf *leaf = ctx->match.leaf;
    (void)in;
    (void)out;
    OSP_ASSERT(leaf != NULL && leaf->page != NULL && leaf->page->actions != NULL);
    osp_refused refused;
    const osp_status status = osp_action_run(ctx, leaf->page->actions, &refused);
    if (status != OSP_DONE) {
        return status;
    }
    osp_page_doc *doc = osp_page_doc_new(ctx, leaf->page);
    osp_refused *kept = doc != NULL ? osp_new(ctx, osp_refused) : NULL;
    if (kept == NULL) {
        return ctx->task.error.status;
    }
    *kept = refused;
    doc->refused = kept;
    doc->fills[doc->plan->depth].view = refused.view;
    ctx->response.status = refused.status;
    return load_and_answer(doc);
}

const osp_route osp_route_page__GET = {
    .in_ = &osp_type_void,
    .out_ = &osp_type_void,
    .call_ = osp_page_show_,
    .handler_ = "page",
    .file_ = "(openspeed)",
    .line_ = 1,
    .method_ = OSP_METHOD_GET,
    .view_ = true,
};

const osp_route osp_route_page__POST = {
    .in_ = &osp_type_osp_action_in,
    .out_ = &osp_type_void,
    .call_ = act,
    .handler_ = "action",
    .file_ = "(openspeed)",
    .line_ = 1,
    .method_ = OSP_METHOD_POST,
    .view_ = true,
};
