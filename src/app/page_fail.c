/* Failures within the pages of the application.
 *
 *     failure --> problem document --> error.html or not-found.html of the failing item,
 *                                      within the layouts that stand outside of it
 *
 * The document comes first, and stays where nobody has a template for the failure, or likes JSON
 * better.  What fails is put aside while the layouts around are loaded, as if nothing had happened;
 * the answer keeps its status.  One of those layouts may refuse as well, or send the client
 * elsewhere: then that is the answer, for it stands further out.  Each time fewer layouts are left,
 * so this ends. */
#include "app/page.h"

#include <string.h>

#include "app/chain.h"
#include "app/provide.h"

/* A failure that has become the answer. */
typedef struct aside {
    osp_error error;
    const osp_place *place;
    osp_failure failure;
    int status;
    osp_str media_type, bytes;
} aside;

static void put_aside(osp_ctx *ctx, aside *to)
{
    osp_task *task = &ctx->task;
    osp_response *response = &ctx->response;
    *to = (aside){ task->error,      task->place,          ctx->failure,
                   response->status, response->media_type, response->bytes };
    task->error.status = OSP_OK;
    task->place = NULL;
    task->refused = false;
    ctx->failed = false;
    response->status = 0;
    response->media_type = (osp_str){ 0 };
    response->bytes = (osp_str){ 0 };
}

/* The cause of a failure, for the log; the first one stays. */
static void put_cause_back(osp_ctx *ctx, const aside *from)
{
    if (from->error.status != OSP_OK) {
        ctx->task.error = from->error;
        ctx->task.place = from->place;
    }
}

static void put_back(osp_ctx *ctx, const aside *from)
{
    osp_response *response = &ctx->response;
    put_cause_back(ctx, from);
    ctx->task.refused = true;
    ctx->failed = true;
    ctx->failure = from->failure;
    response->status = from->status;
    response->media_type = from->media_type;
    response->bytes = from->bytes;
}

/* Whether the answer is a problem document for people.  One that was a page already is drawn anew.
 */
static bool is_for_people(const osp_ctx *ctx)
{
    return ctx->failed && ctx->response.type == NULL &&
           osp_str_equal(ctx->response.media_type, OSP_PAGE_HTML);
}

/* ---------------------------------------------------------------- which template */

osp_page_failure osp_page_failure_of(const osp_page_part *part, int status)
{
    const bool found = status == 404 && part->not_found.html != NULL;
    return found ? part->not_found : part->error;
}

static osp_page_failure failure_of(const osp_page_plan *plan, uint32_t item, int status)
{
    return osp_page_failure_of(plan->items[item].part, status);
}

/* Whether a layout can be shown though a middleware has failed: nothing has to be loaded for it, or
 * the middleware is not around it. */
static bool is_outside(const osp_page_plan *plan, uint32_t layout, const osp_middleware *step)
{
    return !osp_page_loads(plan, layout) || !osp_page_is_around(step, plan, layout);
}

/* How many layouts can be shown. */
static uint32_t allowed(const osp_page_plan *plan, const osp_middleware *step)
{
    uint32_t count = 0;
    const uint32_t most = plan->fails ? plan->open_depth : plan->depth;
    while (count < most && (step == NULL || is_outside(plan, count, step))) {
        count++;
    }
    return count;
}

/* The innermost template for a failure that stands within no more than `most` layouts. */
static osp_page_failure within(const osp_page_plan *plan, osp_page_failure failure, uint32_t most,
                               int status)
{
    OSP_ASSERT(failure.html == NULL ||
               failure.depth <= plan->depth); /* not of a slot in its place */
    while (failure.html != NULL && failure.depth > most) {
        failure = failure_of(plan, failure.depth - 1, status);
    }
    return failure;
}

/* ---------------------------------------------------------------- showing */

static osp_failure_view *view_failure(osp_ctx *ctx)
{
    osp_failure_view *view = osp_new(ctx, osp_failure_view);
    if (view != NULL) {
        const osp_failure said = osp_problem_said(ctx);
        *view = (osp_failure_view){ said.status, said.title, said.detail, osp_request_id(ctx) };
    }
    return view;
}

/* The head of the document as it is now. */
static osp_status put_heads(osp_page_doc *doc)
{
    osp_page_head_list list;
    (void)osp_page_heads(doc->plan, doc->depth, doc->inner, &list); /* those beyond are left out */
    osp_page_head *heads = osp_task_alloc(&doc->ctx->task, (list.count + 1) * sizeof *heads);
    if (heads == NULL) {
        return OSP_E_NOMEM;
    }
    memcpy(heads, list.heads, list.count * sizeof *heads);
    doc->heads = heads;
    doc->head_count = list.count;
    return OSP_OK;
}

static osp_status show(osp_page_doc *doc, osp_page_failure failure)
{
    doc->failure = view_failure(doc->ctx);
    doc->inner = osp_page_template(doc->plan, failure.html);
    if (doc->failure == NULL) {
        return OSP_E_NOMEM;
    }
    OSP_TRY(put_heads(doc));
    return osp_page_answer(doc);
}

/* Makes what an item has failed of the answer.  What it only returned is of the line where it is
 * declared, which may be a layout's. */
static void settle(osp_page_doc *doc, uint32_t item, osp_status status)
{
    osp_ctx *ctx = doc->ctx;
    const osp_route *load = doc->plan->items[item].part->load;
    const char *who = load != NULL ? load->handler_ : "page";
    osp_place *here = NULL;
    if (load != NULL && !ctx->failed && ctx->task.error.status == OSP_OK) {
        here = osp_new(ctx, osp_place);
    }
    if (here != NULL) {
        osp_error cause = { 0 };
        *here = (osp_place){ load->file_, load->line_ };
        (void)osp_error_set(&cause, status, "%s returned %d (%s)", who, (int)status,
                            osp_status_text(status));
        osp_task_fail_here(&ctx->task, status, &cause, here);
    }
    osp_app_settle_failure(ctx, who, status);
}

/* Shows the failure that is the answer; false: something further out has answered in its place, and
 * *ret_item is what failed, or nothing has. */
static bool show_within(osp_page_doc *doc, osp_page_failure failure, uint32_t *ret_item)
{
    osp_ctx *ctx = doc->ctx;
    aside first;
    OSP_ASSERT(ctx->failed && failure.depth <= doc->depth);
    put_aside(ctx, &first);
    doc->depth = failure.depth;
    doc->fails = true;
    doc->streams = false;
    const osp_status status = osp_page_load(doc, ret_item);
    if (status < 0) {
        settle(doc, *ret_item, status);
        put_cause_back(ctx, &first);
        return false;
    }
    if (status == OSP_DONE) {
        put_cause_back(ctx, &first);
        ctx->told = false;
        ctx->response.status = ctx->response.status != 0 ? ctx->response.status : 200;
        return false;
    }
    put_back(ctx, &first);
    if (show(doc, failure) != OSP_OK) { /* no memory: the problem document stays */
        put_back(ctx, &first);
        ctx->response.type = NULL;
    }
    return true;
}

static void show_failure(osp_page_doc *doc, osp_page_failure failure, uint32_t most)
{
    uint32_t item = 0;
    bool shown = false;
    failure = within(doc->plan, failure, most, doc->ctx->response.status);
    while (!shown && failure.html != NULL) {
        shown = show_within(doc, failure, &item);
        if (!shown && !is_for_people(doc->ctx)) {
            return;
        }
        if (!shown) {
            failure = within(doc->plan, failure_of(doc->plan, item, doc->ctx->response.status),
                             most, doc->ctx->response.status);
            OSP_ASSERT(failure.html == NULL || failure.depth < doc->depth); /* so it ends */
        }
    }
}

/* ---------------------------------------------------------------- from within a page */

/* What a slot shows of a failure by itself: what is nearest for its status, or else its error.html;
 * NULL: the page fails. */
static const osp_template_file *own_failure(const osp_page_part *part, int status)
{
    const osp_page_failure nearest = osp_page_failure_of(part, status);
    const osp_page_failure own = nearest.depth == OSP_PAGE_IN_PLACE ? nearest : part->error;
    return own.depth == OSP_PAGE_IN_PLACE ? own.html : NULL;
}

bool osp_page_fail_in_place(osp_page_doc *doc, uint32_t item, osp_status status)
{
    osp_ctx *ctx = doc->ctx;
    osp_page_fill *fill = &doc->fills[item];
    const bool refused = ctx->failed && ctx->task.error.status == OSP_OK;
    const osp_template_file *own =
        own_failure(doc->plan->items[item].part, refused ? ctx->failure.status : 500);
    if (own == NULL && !doc->fails) {
        return false;
    }
    settle(doc, item, status);
    fill->failure = view_failure(ctx);
    fill->failed = own != NULL ? osp_page_template(doc->plan, own) : NULL;
    fill->broken = fill->failed == NULL || fill->failure == NULL;
    (void)osp_recover(ctx); /* says in the log what a 500 is of */
    return true;
}

osp_status osp_page_fail_item(osp_page_doc *doc, uint32_t item, osp_status status)
{
    osp_ctx *ctx = doc->ctx;
    settle(doc, item, status);
    if (is_for_people(ctx)) {
        show_failure(doc, failure_of(doc->plan, item, ctx->response.status), doc->plan->depth);
    }
    ctx->shown = ctx->failed;
    return ctx->failed ? status : OSP_OK;
}

/* ---------------------------------------------------------------- from elsewhere */

/* What is shown where there is nothing: of the longest part of the URL that there is. */
static const osp_page_def *find_not_found(const osp_ctx *ctx, osp_route_reach *reach)
{
    const osp_app_def *app = ctx->app;
    const osp_route_node *roots[OSP_HOST_ROOTS] = { app->root, NULL, NULL };
    if (app->hosts != NULL) {
        osp_route_roots(app->hosts, osp_client_host(ctx), roots);
    }
    for (size_t i = 0; i < OSP_HOST_ROOTS; i++) {
        if (roots[i] != NULL) {
            osp_route_reach_find(roots[i], ctx->request.path, reach);
        }
    }
    return reach->not_found != NULL ? reach->not_found : app->failure;
}

const osp_template_file *osp_page_not_found(const osp_ctx *ctx)
{
    osp_route_reach reach = { 0 };
    const osp_page_def *def = find_not_found(ctx, &reach);
    return def != NULL ? def->parts[def->part_count - 1]->html : NULL;
}

/* A leaf with the names of the parameters in front of what was not found: those of a page that has
 * the same layout. */
static osp_route_leaf leaf_of_reach(const osp_app_def *app, const osp_page_def *def,
                                    const osp_route_reach *reach)
{
    osp_route_leaf leaf = { .pattern = "", .file = "" };
    const uint32_t depth = def->part_count - 1;
    for (size_t i = 0; i < app->leaf_count && depth > 0 && reach->param_count > 0; i++) {
        const osp_route_leaf *other = app->leaves[i];
        if (other->page != NULL && other->page->part_count > depth &&
            other->page->parts[depth - 1] == def->parts[depth - 1] &&
            other->param_count >= reach->param_count) {
            leaf.param_names = other->param_names;
            leaf.param_count = reach->param_count;
            break;
        }
    }
    return leaf;
}

/* Nothing was found; layouts around what is said of that read the parameters of the URL so far. */
static void show_not_found(osp_page_doc *doc, osp_page_failure failure, uint32_t most,
                           const osp_route_reach *reach)
{
    osp_ctx *ctx = doc->ctx;
    const osp_route_leaf leaf = leaf_of_reach(ctx->app, doc->plan->def, reach);
    OSP_ASSERT(ctx->match.leaf == NULL && leaf.param_count <= OSP_PATH_PARAMS_MAX);
    ctx->match.leaf = &leaf;
    ctx->match.param_count = leaf.param_count;
    memcpy(ctx->match.params, reach->params, leaf.param_count * sizeof reach->params[0]);
    show_failure(doc, failure, most);
    ctx->match.leaf = NULL;
    ctx->match.param_count = 0;
}

/* What loads have made ends with them: it was asked for when all else had been closed. */
static void end_loads(osp_ctx *ctx, const osp_made *older)
{
    osp_status status = OSP_OK;
    if (ctx->task.kin != NULL) {
        status = osp_task_settle(&ctx->task, status);
    }
    if (ctx->made != older) {
        status = osp_provided_close(ctx, older, status);
    }
    if (status < 0 && ctx->response.type != NULL) {
        osp_app_settle_failure(ctx, "closing", status);
    }
}

void osp_page_fail(osp_ctx *ctx, const osp_middleware *step)
{
    osp_route_reach reach = { 0 };
    const osp_route_leaf *leaf = ctx->match.leaf;
    if (!is_for_people(ctx)) {
        return;
    }
    const osp_page_def *def = leaf != NULL && leaf->page != NULL ? leaf->page : ctx->app->failure;
    if (leaf == NULL && ctx->refusal == OSP_REFUSAL_NOT_FOUND) {
        def = find_not_found(ctx, &reach);
    }
    const osp_error error = ctx->task.error;
    ctx->task.error.status = OSP_OK;
    osp_page_doc *doc = def != NULL ? osp_page_doc_new(ctx, def) : NULL;
    if (error.status != OSP_OK) {
        ctx->task.error = error;
    }
    if (doc == NULL) {
        return;
    }
    const osp_page_plan *plan = doc->plan;
    const osp_made *older = ctx->made;
    const uint32_t most = allowed(plan, step);
    osp_page_failure failure = { plan->items[plan->depth].part->html, plan->depth };
    if (!plan->fails) {
        failure = failure_of(plan, plan->depth, ctx->response.status);
    }
    if (leaf == NULL) {
        show_not_found(doc, failure, most, &reach);
    } else {
        show_failure(doc, failure, most);
    }
    ctx->shown = ctx->failed;
    end_loads(ctx, older);
}
