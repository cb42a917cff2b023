/* Draws a document.
 *
 *     layout 0  <html> ... <!--osp:head--> of all <!--/osp:head--> ... <!--osp:1 HASH-->
 *     layout 1      ... slots ... <!--osp:2 HASH-->
 *     page              ...
 *                   <!--/osp:2--> ...
 *               <!--/osp:1--> ...
 *
 * The number of a marker is that of the layouts around what is between.  HASH tells of the layout
 * right around it (page_mark.c): two documents in which it is the same differ only within.  It
 * stands in front of some of what it is of, so its place is kept and filled when the layout has
 * ended.
 *
 * What streams is left out, and its place remembered; loading.html stands there meanwhile.  Both
 * are in the slots of a shadow root, which shows the one that waits until the other has come:
 * neither a script nor a style is needed, which a policy could forbid (HTML 4.12.3, DOM 4.2.2.3).
 */
#include "app/page_mark.h"

#include <string.h>

#include "app/dev.h"
#include "base/trace.h"

/* A template that is being drawn, which others are within. */
typedef struct level {
    osp_page_drawing *drawing;
    uint32_t item,
        layout; /* layout: it, or that which its slot is in; of the page itself there is none */
} level;

static const char waiting_begin[] =
    "<div data-osp-part><template shadowrootmode=\"open\"><slot name=\"part\"><slot "
    "name=\"loading\"></slot></slot></template><div slot=\"loading\">";
static const char waiting_end[] = "</div></div>";

static osp_status draw_item(osp_page_drawing *d, uint32_t item, uint32_t layout, osp_buf *out);

static void put(osp_buf *out, const char *text)
{
    osp_buf_str(out, osp_str_from(text));
}

/* ---------------------------------------------------------------- templates */

/* What an item shows; values: in the order of the scopes that page_plan.c names. */
static const osp_template *values_of(const osp_page_doc *doc, uint32_t item,
                                     const void *values[OSP_PAGE_SCOPES])
{
    const osp_page_plan *plan = doc->plan;
    const osp_page_fill *fill = &doc->fills[item];
    const bool innermost = item == plan->depth;
    const osp_failure_view *failure = innermost && doc->fails ? doc->failure : fill->failure;
    values[0] = failure != NULL ? (const void *)failure : fill->view;
    values[1] = &doc->page;
    values[2] = doc->form;
    values[3] = doc->errors;
    if (innermost && fill->failure == NULL) {
        return doc->inner;
    }
    return failure != NULL ? fill->failed : plan->items[item].template;
}

static osp_status render(const osp_page_doc *doc, uint32_t item, const osp_template_hooks *hooks,
                         osp_buf *out)
{
    const void *values[OSP_PAGE_SCOPES];
    osp_task *task = &doc->ctx->task;
    const osp_template *template = values_of(doc, item, values);
    const uint32_t span =
        osp_span_begin(task, OSP_SPAN_TEMPLATE, doc->plan->items[item].part->html->file, NULL);
    const osp_status status = osp_template_render(template, values, hooks, task, out);
    osp_span_end(task, span, status);
    return status;
}

/* ---------------------------------------------------------------- the head */

static osp_status draw_heads(const osp_page_doc *doc, osp_buf *out)
{
    const osp_template_hooks hooks = { .nonce = doc->page.nonce };
    for (uint32_t i = 0; i < doc->head_count; i++) {
        const osp_page_head *head = &doc->heads[i];
        const osp_page_fill *fill = &doc->fills[head->item];
        if (fill->broken || fill->failure != NULL) {
            continue; /* what it would name is not there */
        }
        const void *values[OSP_PAGE_SCOPES];
        const osp_template *template = values_of(doc, head->item, values);
        OSP_TRY(
            osp_template_render_head(template, head->index, values, &hooks, &doc->ctx->task, out));
        osp_buf_byte(out, '\n');
    }
    return OSP_OK;
}

/* What a development build listens for changes by. */
static void put_agent(const osp_page_doc *doc, osp_buf *out)
{
    const struct osp_dev_hooks *dev = doc->ctx->app->dev;
    if (dev != NULL && dev->head != NULL) {
        osp_buf_str(out, dev->head(doc->ctx));
    }
}

/* What asks for parts of pages. */
static void put_script(const osp_page_doc *doc, osp_buf *out)
{
    if (doc->plan->script.len == 0) {
        return;
    }
    osp_buf_str(out, OSP_STR("<script src=\""));
    osp_buf_str(out, doc->plan->script);
    if (doc->page.nonce.len > 0) { /* base64, which nothing of has to be escaped */
        osp_buf_str(out, OSP_STR("\" nonce=\""));
        osp_buf_str(out, doc->page.nonce);
    }
    osp_buf_str(out, OSP_STR("\" defer></script>\n"));
}

static osp_status draw_head(void *arg, osp_buf *out)
{
    const level *at = arg;
    osp_page_drawing *d = at->drawing;
    put_agent(d->doc, out);
    if (!d->doc->marked) {
        return draw_heads(d->doc, out);
    }
    put_script(d->doc, out);
    const size_t begin = out->len;
    osp_buf_str(out, OSP_STR("<!--osp:head-->"));
    OSP_TRY(draw_heads(d->doc, out));
    osp_buf_str(out, OSP_STR("<!--/osp:head-->"));
    osp_page_hole_add(d, at->layout, begin, out->len);
    d->head = begin;
    d->head_end = out->len;
    return OSP_OK;
}

/* ---------------------------------------------------------------- outlets */

/* "<!--osp:1", or with '/' its end; the number has one digit or two. */
static void put_marker(osp_buf *out, osp_str begin, uint32_t number)
{
    osp_buf_str(out, begin);
    if (number >= 10) {
        osp_buf_byte(out, (char)('0' + number / 10));
    }
    osp_buf_byte(out, (char)('0' + number % 10));
}

/* What is within a layout.  A second outlet shows the same, but has no markers. */
static osp_status draw_within(osp_page_drawing *d, uint32_t layout, osp_buf *out)
{
    const osp_page_doc *doc = d->doc;
    OSP_DEBUG_ASSERT(layout < doc->depth);
    const bool more = layout + 1 < doc->depth;
    const uint32_t within = more ? layout + 1 : doc->plan->depth;
    const uint32_t of = more ? within : OSP_PAGE_NO_ITEM;
    osp_page_mark *mark = &d->marks[layout];
    const size_t begin = out->len;
    if (!d->doc->marked || mark->outlet_end != 0) {
        OSP_TRY(draw_item(d, within, of, out));
    } else {
        put_marker(out, OSP_STR("<!--osp:"), layout + 1);
        osp_buf_str(out, OSP_STR(" 0000000000000000-->"));
        OSP_TRY(draw_item(d, within, of, out));
        put_marker(out, OSP_STR("<!--/osp:"), layout + 1);
        osp_buf_str(out, OSP_STR("-->"));
        mark->outlet = begin;
        mark->outlet_end = out->len;
    }
    osp_page_hole_add(d, layout, begin, out->len);
    return OSP_OK;
}

static osp_status draw_outlet(void *arg, size_t slot, osp_buf *out)
{
    const level *at = arg;
    if (slot == 0) {
        return draw_within(at->drawing, at->item, out);
    }
    const osp_page_plan *plan = at->drawing->doc->plan;
    OSP_DEBUG_ASSERT(at->item < plan->depth); /* nothing but a layout has slots */
    const uint32_t item = plan->items[at->item].slots[slot - 1];
    return item == OSP_PAGE_NO_ITEM ? OSP_OK : draw_item(at->drawing, item, at->layout, out);
}

/* ---------------------------------------------------------------- items */

/* The place of what streams. */
static osp_status draw_waiting(osp_page_drawing *d, uint32_t item, uint32_t layout, osp_buf *out)
{
    const osp_page_doc *doc = d->doc;
    const osp_template *loading = doc->plan->items[item].loading;
    const osp_template_hooks hooks = { .nonce = doc->page.nonce };
    const void *values[] = { NULL, &doc->page };
    if (loading != NULL) {
        put(out, waiting_begin);
        OSP_TRY(osp_template_render(loading, values, &hooks, &doc->ctx->task, out));
        put(out, waiting_end);
    }
    OSP_ASSERT(d->cut_count < OSP_PAGE_ITEMS_MAX);
    const size_t behind = loading != NULL ? strlen("</div>") : 0;
    d->cuts[d->cut_count++] = (osp_page_cut){ out->len - behind, item };
    if (layout != OSP_PAGE_NO_ITEM) {
        d->marks[layout].varies = true; /* what will stand here is not known */
    }
    return OSP_OK;
}

/* The hidden field that tells that a form is ours (token.c).  It is the client's, not the layout's.
 */
static osp_status draw_form(void *arg, osp_buf *out)
{
    const level *at = arg;
    const size_t begin = out->len;
    put(out, "<input type=\"hidden\" name=\"" OSP_FORM_TOKEN_NAME "\" value=\"");
    osp_buf_str(out, at->drawing->doc->page.csrf); /* base64url */
    osp_buf_str(out, OSP_STR("\">"));
    if (at->layout != OSP_PAGE_NO_ITEM) {
        osp_page_hole_add(at->drawing, at->layout, begin, out->len);
    }
    return OSP_OK;
}

static osp_status draw_item(osp_page_drawing *d, uint32_t item, uint32_t layout, osp_buf *out)
{
    const osp_page_doc *doc = d->doc;
    const bool is_layout = item < doc->plan->depth;
    if (doc->fills[item].broken) {
        return OSP_OK;
    }
    if (doc->streams && doc->plan->items[item].streams) {
        return draw_waiting(d, item, layout, out);
    }
    level here = { d, item, layout };
    const osp_template_hooks hooks = { .outlet = is_layout ? draw_outlet : NULL,
                                       .head = is_layout ? draw_head : NULL,
                                       .form = draw_form,
                                       .nonce = doc->page.nonce,
                                       .arg = &here };
    const size_t begin = out->len;
    OSP_TRY(render(doc, item, &hooks, out));
    if (out->failed) {
        return OSP_E_LIMIT;
    }
    if (is_layout && d->doc->marked) {
        osp_page_mark_close(d, item, begin, out);
    }
    return OSP_OK;
}

osp_status osp_page_draw_marked(const osp_page_doc *doc, osp_page_drawing *drawing, osp_buf *out)
{
    drawing->doc = doc;
    drawing->head = drawing->head_end = 0;
    drawing->hole_count = drawing->cut_count = 0;
    for (uint32_t i = 0; i < doc->depth; i++) { /* mostly none or one */
        drawing->marks[i] = (osp_page_mark){ .outlet = 0 };
    }
    const uint32_t first = doc->depth > 0 ? 0 : doc->plan->depth;
    return draw_item(drawing, first, doc->depth > 0 ? 0 : OSP_PAGE_NO_ITEM, out);
}

osp_status osp_page_draw(const osp_page_doc *doc, osp_buf *out)
{
    osp_page_drawing drawing;
    return osp_page_draw_marked(doc, &drawing, out);
}

osp_status osp_page_draw_late(const osp_page_doc *doc, uint32_t item, osp_buf *out)
{
    osp_page_drawing drawing = { .doc = doc };
    OSP_ASSERT(doc->plan->items[item].streams);
    level here = { &drawing, item, OSP_PAGE_NO_ITEM };
    const osp_template_hooks hooks = { .form = draw_form, .nonce = doc->page.nonce, .arg = &here };
    /* An empty one in front would fill the slot, and what waits would not be seen. */
    const bool waits = doc->plan->items[item].loading != NULL;
    put(out, waits ? "<div slot=\"part\">" : "");
    OSP_TRY(doc->fills[item].broken ? OSP_OK : render(doc, item, &hooks, out));
    put(out, waits ? "</div>" : "");
    return OSP_OK;
}
