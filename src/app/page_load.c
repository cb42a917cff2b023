/* What fills a document: loads of layouts, of slots and of the page.
 *
 * All inputs are read before anything is loaded.  Whose load comes first in the order of the
 * document, outermost first, also speaks first: when a layout refuses, nobody hears what the page
 * within would have said. */
#include "app/page_run.h"

#include <string.h>

#include "app/provide.h"
#include "base/trace.h"

/* The route that fills an item; NULL: nothing does. */
static const osp_route *load_of(const osp_page_doc *doc, uint32_t item)
{
    return doc->plan->items[item].part->load;
}

/* Reads the input of an item, for which providers make what it needs.  An input that does not fit
 * the URL is 404 and not another URL: the route of the page has been settled, and this is a layout
 * or a slot of it.  OSP_OK | a failure of the request. */
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

osp_status osp_page_fill_item(osp_ctx *ctx, const osp_route *load, osp_page_fill *fill)
{
    osp_task *task = &ctx->task;
    OSP_DEBUG_ASSERT(load->fills_ !=
                     NULL); /* the build refuses what is no OSP_PAGE: page_check.c */
    if (load->out_->size > 0 && fill->view == NULL) {
        fill->view = osp_task_alloc(task, load->out_->size);
        OSP_TRY(fill->view != NULL ? OSP_OK : OSP_E_NOMEM);
    }
    const osp_place here = { load->file_, load->line_ };
    const uint32_t span = osp_span_begin(task, OSP_SPAN_LOAD, load->handler_, &here);
    osp_status status = load->fills_(ctx, fill->in, fill->view);
    osp_span_end(task, span, status);
    if (task->error.status != OSP_OK) {
        return task->error.status;
    }
    return ctx->failed ? OSP_E_FAILED : status;
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
           !(doc->streams && plan->items[item].streams) && !doc->fills[item].broken;
}

/* Whether its input has to be read: also that of what streams. */
static bool needs_input(const osp_page_doc *doc, uint32_t item)
{
    const bool is_page = item == doc->plan->depth;
    return is_page ? !doc->bound && !doc->fails && load_of(doc, item) != NULL
                   : is_awaited(doc, item) || (doc->streams && doc->plan->items[item].streams);
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

static osp_status bind_all(osp_page_doc *doc, uint32_t *ret_item)
{
    const osp_page_plan *plan = doc->plan;
    for (uint32_t i = 0; i < plan->item_count; i++) {
        *ret_item = i;
        if (needs_input(doc, i)) {
            const before old = before_item(doc);
            OSP_TRY(end_item(doc, i, bind(doc, i), old));
        }
    }
    return OSP_OK;
}

/* Loads of a document: a bit for each item. */
typedef struct loading {
    uint64_t awaited, begun; /* begun: beside the request, which `runs` has */
    osp_page_run *runs[OSP_PAGE_ITEMS_MAX];
} loading;
_Static_assert(OSP_PAGE_ITEMS_MAX <= 64, "each item has a bit");

static uint64_t awaited_of(const osp_page_doc *doc)
{
    uint64_t awaited = 0;
    for (uint32_t i = 0; i < doc->plan->item_count; i++) {
        awaited |= (uint64_t)is_awaited(doc, i) << i;
    }
    return awaited;
}

/* Takes the first item out of a set that is not empty. */
static uint32_t take_item(uint64_t *items)
{
    const uint32_t item = (uint32_t)__builtin_ctzll(*items);
    *items &= *items - 1;
    return item;
}

/* Begins all but the first load beside the request, where something can run beside it.  That this
 * cannot be is the fault of none of them. */
static osp_status begin_others(osp_page_doc *doc, loading *l)
{
    uint64_t others = doc->ctx->task.waits != NULL ? l->awaited & (l->awaited - 1) : 0;
    while (others != 0) {
        const uint32_t item = take_item(&others);
        l->runs[item] = osp_page_run_begin(doc, item);
        OSP_TRY(l->runs[item] != NULL ? OSP_OK : doc->ctx->task.error.status);
        l->begun |= UINT64_C(1) << item;
    }
    return OSP_OK;
}

/* Takes what the loads have come to in the order of the document. */
static osp_status end_all(osp_page_doc *doc, const loading *l, uint32_t *ret_item)
{
    for (uint64_t left = l->awaited; left != 0;) {
        const uint32_t item = take_item(&left);
        osp_page_fill *fill = &doc->fills[item];
        const before old = before_item(doc);
        const bool begun = (l->begun >> item & 1) != 0;
        *ret_item = item;
        fill->done = true;
        const osp_status status = begun ? osp_page_run_end(l->runs[item])
                                        : osp_page_fill_item(doc->ctx, load_of(doc, item), fill);
        OSP_TRY(end_item(doc, item, status, old));
        if (osp_ctx_has_answered(doc->ctx)) {
            return OSP_DONE;
        }
    }
    return OSP_OK;
}

osp_status osp_page_load(osp_page_doc *doc, uint32_t *ret_item)
{
    if (!doc->plan->loads) {
        return OSP_OK;
    }
    OSP_TRY(bind_all(doc, ret_item));
    loading l; /* not zeroed: a run is read where it has begun */
    l.awaited = awaited_of(doc);
    l.begun = 0;
    *ret_item = 0;
    osp_status status = begin_others(doc, &l);
    if (status == OSP_OK) {
        status = end_all(doc, &l, ret_item);
    }
    while (status != OSP_OK && l.begun != 0) {
        osp_page_run_drop(l.runs[take_item(&l.begun)]);
    }
    return status;
}
