/* Sends a document that is put together before: as a whole, or what of it a client does not show.
 *
 *     whole    | layout 0 ............... outlet ............... |
 *     part               | head |   | outlet of a layout that it has |
 *     streams  | ..... ^ .... | wait | what goes there | .... ^ .... |
 *
 * A client that shows a page of ours says of which layouts (page_mark.c); when the outer ones are
 * the same it gets the head and what is within the innermost of those.  To caches that is another
 * form of the same URL, so it has a tag of its own, and no date.
 *
 * What streams is left out of the document and loaded at once, all of it; the document is sent up
 * to the first place of these, flushed, and goes on when that has come, in order. */
#include "app/page_run.h"

#include <string.h>

#include "app/page_mark.h"

#define PIECES_MAX 2

/* What is sent of a document; offsets in its buffer. */
typedef struct piece_list {
    struct {
        size_t at, end;
    } of[PIECES_MAX];
    size_t count;
} piece_list;

/* What has been drawn does not fit. */
static osp_status too_large(osp_page_doc *doc)
{
    return osp_task_fail(&doc->ctx->task, OSP_E_LIMIT,
                         "a page is larger than %u bytes, or there is no memory for it",
                         OSP_PAGE_SIZE_MAX);
}

/* A tag of one form is not that of another: RFC 9110 8.8.3. */
static osp_status tell_part(osp_page_doc *doc, uint32_t same)
{
    osp_ctx *ctx = doc->ctx;
    const osp_str number = osp_format(ctx, "%u", (unsigned)same);
    osp_str tag = osp_answer_header(ctx, OSP_STR("ETag"));
    OSP_TRY(number.len > 0 ? OSP_OK : OSP_E_NOMEM);
    OSP_TRY(osp_set_header(ctx, OSP_STR("OpenSpeed-Part"), number));
    osp_response_drop(&ctx->response, OSP_STR("Last-Modified"));
    if (tag.len == 0) {
        return OSP_OK;
    }
    tag = osp_format(ctx, "%.*s/%u\"", (int)tag.len - 1, tag.ptr, (unsigned)same);
    return tag.len > 0 ? osp_set_header(ctx, OSP_STR("ETag"), tag) : OSP_E_NOMEM;
}

static osp_status choose(osp_page_doc *doc, const osp_page_drawing *drawing, const osp_buf *out,
                         piece_list *ret)
{
    osp_page_shown shown = { 0 };
    if (doc->marked) {
        osp_page_shown_read(osp_request_header(&doc->ctx->request, OSP_STR("OpenSpeed-Parts")),
                            &shown);
    }
    const uint32_t same = osp_page_same(drawing, out, &shown);
    *ret = (piece_list){ { { 0, out->len } }, 1 };
    if (same == 0) {
        return OSP_OK;
    }
    OSP_ASSERT(same <= doc->depth);
    const osp_page_mark *mark = &drawing->marks[same - 1];
    ret->count = 0;
    if (drawing->head_end <= mark->outlet) {
        ret->of[ret->count].at = drawing->head;
        ret->of[ret->count++].end = drawing->head_end;
    }
    ret->of[ret->count].at = mark->outlet;
    ret->of[ret->count++].end = mark->outlet_end;
    return tell_part(doc, same);
}

/* ---------------------------------------------------------------- at once */

static osp_status answer_pieces(osp_page_doc *doc, const osp_buf *out, const piece_list *pieces)
{
    size_t len = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        len += pieces->of[i].end - pieces->of[i].at;
    }
    char *bytes = osp_task_alloc(&doc->ctx->task, len > 0 ? len : 1);
    if (bytes == NULL) {
        return OSP_E_NOMEM;
    }
    doc->ctx->response.type = NULL;
    doc->ctx->response.bytes = (osp_str){ bytes, len };
    for (size_t i = 0; i < pieces->count; i++) {
        const size_t size = pieces->of[i].end - pieces->of[i].at;
        memcpy(bytes, out->ptr + pieces->of[i].at, size);
        bytes += size;
    }
    return OSP_OK;
}

/* ---------------------------------------------------------------- in parts */

static osp_status open_stream(osp_page_doc *doc)
{
    osp_ctx *ctx = doc->ctx;
    osp_flow *flow = osp_ctx_flow(ctx);
    osp_stream *stream = osp_new(ctx, osp_stream);
    if (flow == NULL || stream == NULL) {
        return OSP_E_NOMEM;
    }
    stream->media_type = ctx->response.media_type;
    flow->out = stream;
    return OSP_OK;
}

/* Draws what a load that streams has given, or why it has not. */
static osp_status draw_late(osp_page_doc *doc, uint32_t item, osp_page_run *run, osp_buf *out)
{
    osp_page_fill *fill = &doc->fills[item];
    const osp_page_part *part = doc->plan->items[item].part;
    osp_failure_view *failure = osp_new(doc->ctx, osp_failure_view);
    OSP_TRY(failure != NULL ? OSP_OK : OSP_E_NOMEM);
    const osp_status status = osp_page_run_end_late(run, failure);
    if (status < 0) {
        const osp_template_file *html = osp_page_failure_of(part, failure->status).html;
        if (failure->status == 0) {
            return status; /* nobody is there to read it */
        }
        fill->failure = failure;
        fill->failed = html != NULL ? osp_page_template(doc->plan, html) : NULL;
        fill->broken = fill->failed == NULL;
    }
    return osp_page_draw_late(doc, item, out);
}

static osp_status write_late(osp_page_doc *doc, uint32_t item, osp_page_run *run)
{
    osp_buf out;
    OSP_TRY(osp_flush(doc->ctx));
    osp_buf_init(&out, NULL, 0, OSP_PAGE_SIZE_MAX);
    osp_status status = draw_late(doc, item, run, &out);
    if (out.failed) {
        status = too_large(doc);
    }
    if (status == OSP_OK && out.len > 0) {
        status = osp_write(doc->ctx, osp_buf_text(&out));
    }
    osp_buf_done(&out);
    return status;
}

/* The document with what streams in its places.  A place that is not in what is sent is passed
 * over: its load is dropped in the end. */
static osp_status write_pieces(osp_page_doc *doc, const osp_page_drawing *drawing,
                               const osp_buf *out, const piece_list *pieces,
                               osp_page_run *const *runs)
{
    osp_ctx *ctx = doc->ctx;
    for (size_t i = 0; i < pieces->count; i++) {
        size_t at = pieces->of[i].at;
        const size_t end = pieces->of[i].end;
        for (uint32_t n = 0; n < drawing->cut_count; n++) {
            const osp_page_cut *cut = &drawing->cuts[n];
            if (cut->at < at || cut->at > end || runs[n] == NULL) {
                continue;
            }
            OSP_TRY(osp_write(ctx, (osp_str){ out->ptr + at, cut->at - at }));
            OSP_TRY(write_late(doc, cut->item, runs[n]));
            at = cut->at;
        }
        OSP_TRY(osp_write(ctx, (osp_str){ out->ptr + at, end - at }));
    }
    return OSP_OK;
}

static osp_status stream(osp_page_doc *doc, const osp_page_drawing *drawing, const osp_buf *out,
                         const piece_list *pieces)
{
    osp_page_run *runs[OSP_PAGE_ITEMS_MAX] = { NULL };
    osp_status status = open_stream(doc);
    if (doc->ctx->request.method == OSP_METHOD_HEAD) {
        return status == OSP_OK ? osp_write(doc->ctx, (osp_str){ 0 }) : status;
    }
    for (uint32_t n = 0; n < drawing->cut_count && status == OSP_OK; n++) {
        runs[n] = osp_page_run_begin(doc, drawing->cuts[n].item);
        status = runs[n] != NULL ? OSP_OK : doc->ctx->task.error.status;
    }
    if (status == OSP_OK) {
        status = write_pieces(doc, drawing, out, pieces, runs);
    }
    for (uint32_t n = 0; n < drawing->cut_count; n++) {
        osp_page_run_drop(runs[n]);
    }
    return status;
}

osp_status osp_page_send(osp_page_doc *doc)
{
    osp_page_drawing drawing;
    piece_list pieces = { .count = 0 };
    osp_buf out;
    osp_buf_init(&out, NULL, 0, OSP_PAGE_SIZE_MAX);
    osp_status status = osp_page_draw_marked(doc, &drawing, &out);
    if (status == OSP_OK) {
        status = choose(doc, &drawing, &out, &pieces);
    } else if (out.failed) {
        status = too_large(doc);
    }
    if (status == OSP_OK) {
        status = drawing.cut_count > 0 ? stream(doc, &drawing, &out, &pieces)
                                       : answer_pieces(doc, &out, &pieces);
    }
    osp_buf_done(&out);
    return status;
}
