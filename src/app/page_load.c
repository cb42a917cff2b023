/* What fills a document: loads of layouts, of slots and of the page.
 *
 * All inputs are read before anything is loaded.  Whose load comes first in the order of the
 * document, outermost first, also speaks first: when a layout refuses, nobody hears what the page
 * within would have said. */
#include "app/page.h"

#include "app/provide.h"

/* The route that fills an item; NULL: nothing does. */
static const osp_route *load_of(const osp_page_doc *doc, uint32_t item)
{
    return doc->plan->items[item].part->load;
}

/* OSP_OK | a failure of the request. */
static osp_status bind(osp_page_doc *doc, uint32_t item)
{
    osp_ctx *ctx = doc->ctx;
    const osp_route *load = load_of(doc, item);
    osp_page_fill *fill = &doc->fills[item];
    OSP_TRY(osp_provide(ctx, load->needs, NULL));
    if (load->in_->size == 0) {
        return OSP_OK;
    }
    fill->in = osp_task_alloc(&ctx->task, load->in_->size);
    if (fill->in == NULL) {
        return OSP_E_NOMEM;
    }
    OSP_TRY(osp_provide(ctx, load->in_->needs_, fill->in));
    const osp_status status = osp_bind(ctx, load->in_, fill->in);
    return status == OSP_DONE ? osp_fail(ctx, 404, "There is nothing at this URL.") : status;
}

static osp_status call(osp_ctx *ctx, const osp_route *load, osp_page_fill *fill)
{
    if (load->out_->size > 0 && fill->view == NULL) {
        fill->view = osp_task_alloc(&ctx->task, load->out_->size);
        OSP_TRY(fill->view != NULL ? OSP_OK : OSP_E_NOMEM);
    }
    OSP_TRY(load->fills_(ctx, fill->in, fill->view));
    if (ctx->task.error.status != OSP_OK) {
        return ctx->task.error.status;
    }
    return ctx->failed ? OSP_E_FAILED : OSP_OK;
}

/* Whether an item is drawn, and has to be loaded before. */
static bool is_awaited(const osp_page_doc *doc, uint32_t item)
{
    const osp_page_plan *plan = doc->plan;
    bool drawn = item < doc->depth;
    if (item == plan->depth) {
        drawn = !doc->fails;
    } else if (item > plan->depth) {
        drawn = plan->def->slots[item - plan->depth - 1].layout < doc->depth;
    }
    return drawn && load_of(doc, item) != NULL && !doc->fills[item].done &&
           !(doc->streams && plan->items[item].streams);
}

/* What the page answers with without an item. */
typedef struct before {
    int status;
    uint32_t header_count;
} before;

static before before_item(const osp_page_doc *doc)
{
    const osp_response *response = &doc->ctx->response;
    return (before){ response->status, response->header_count };
}

/* A slot may show its failure by itself, and is left out of what shows another's. */
static osp_status end_item(osp_page_doc *doc, uint32_t item, osp_status status, before old)
{
    osp_response *response = &doc->ctx->response;
    if (status >= 0 || item <= doc->plan->depth) {
        return status;
    }
    doc->fills[item].broken = true;
    if (!osp_page_fail_in_place(doc, item, status)) {
        return status;
    }
    response->status = old.status;
    if (response->header_count > old.header_count) { /* Retry-After and the like */
        response->header_count = old.header_count;
    }
    return OSP_OK;
}

/* Whether a load has answered the request by itself. */
static bool has_answered(const osp_ctx *ctx)
{
    return ctx->response.media_type.ptr != NULL;
}

osp_status osp_page_load(osp_page_doc *doc, uint32_t *ret_item)
{
    const osp_page_plan *plan = doc->plan;
    for (uint32_t i = 0; i < plan->item_count; i++) {
        *ret_item = i;
        if (is_awaited(doc, i) && !(i == plan->depth && doc->bound)) {
            const before old = before_item(doc);
            OSP_TRY(end_item(doc, i, bind(doc, i), old));
        }
    }
    for (uint32_t i = 0; i < plan->item_count; i++) {
        *ret_item = i;
        if (is_awaited(doc, i) && !doc->fills[i].broken) {
            const before old = before_item(doc);
            OSP_TRY(end_item(doc, i, call(doc->ctx, load_of(doc, i), &doc->fills[i]), old));
            doc->fills[i].done = true;
            if (has_answered(doc->ctx)) {
                return OSP_DONE;
            }
        }
    }
    return OSP_OK;
}
