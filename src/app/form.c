/* The parts of a form as they come.
 *
 *     osp_read --pieces--> osp_multipart_next --events--> osp_form_next, osp_part_read
 *
 * Whoever asks gets what is here and waits otherwise; nothing is kept but the piece at hand and the
 * head of the part.  Behind the last boundary the body is read to its end, so that the connection
 * can go on. */
#include "app/form.h"

#include <string.h>

const char osp_forms_key = 0;

static bool takes_form(const osp_type *in)
{
    for (uint16_t i = 0; i < in->field_count; i++) {
        if (in->fields[i].source_ == OSP_SOURCE_FORM) {
            return true;
        }
    }
    return false;
}

bool osp_route_may_stream(const osp_route *route)
{
    return osp_route_reads_stream(route) || takes_form(route->in_);
}

bool osp_request_streams(const osp_request *request, const osp_route *route)
{
    return osp_route_reads_stream(route) ||
           (takes_form(route->in_) &&
            osp_multipart_is(osp_request_header(request, OSP_STR("content-type"))));
}

osp_form *osp_form_open(osp_ctx *ctx, uint64_t max)
{
    const osp_str type = osp_request_header(&ctx->request, OSP_STR("content-type"));
    osp_flow *flow = osp_ctx_flow(ctx);
    if (!osp_multipart_is(type)) {
        (void)osp_fail_at(ctx, NULL, 415, "The body must be multipart/form-data.");
        return NULL;
    }
    osp_form *form = flow != NULL ? osp_arena_try(ctx->task.arena, sizeof *form) : NULL;
    if (form == NULL) {
        (void)osp_task_fail(&ctx->task, OSP_E_NOMEM, "no memory to read a form");
        return NULL;
    }
    form->rest = (osp_str){ 0 };
    form->taken = 0;
    form->max = max;
    form->in_part = form->ended = false;
    if (osp_multipart_init(&form->reader, type) != OSP_OK) {
        (void)osp_fail_at(ctx, NULL, 400, "%s", form->reader.reason);
        return NULL;
    }
    flow->form = form;
    return form;
}

/* The form at hand, or of the body; NULL: the failure is set. */
static osp_form *form_of(osp_ctx *ctx)
{
    return ctx->flow != NULL && ctx->flow->form != NULL ? ctx->flow->form : osp_form_open(ctx, 0);
}

static osp_status refuse(osp_ctx *ctx, const osp_form *form, osp_status status)
{
    return osp_fail_at(ctx, NULL, status == OSP_E_UNSUPPORTED ? 415 : 400, "%s",
                       form->reader.reason != NULL ? form->reader.reason
                                                   : "The form is malformed.");
}

/* More of the body.  OSP_OK | OSP_DONE (it has ended as it must) | a failure. */
static osp_status read_more(osp_ctx *ctx, osp_form *form)
{
    const osp_status status = osp_read(ctx, &form->rest);
    if (status == OSP_DONE) {
        const osp_status ended = osp_multipart_end(&form->reader);
        return ended == OSP_OK ? OSP_DONE : refuse(ctx, form, ended);
    }
    OSP_TRY(status);
    form->taken += form->rest.len;
    return form->max != 0 && form->taken > form->max
               ? osp_fail_at(ctx, NULL, 413, OSP_FORM_TOO_LARGE, (unsigned long long)form->max)
               : OSP_OK;
}

/* OSP_OK (an event) | OSP_DONE (the form has ended, and the body) | a failure. */
static osp_status next_event(osp_ctx *ctx, osp_form *form, osp_multipart_event *ret_event,
                             osp_str *ret_content)
{
    osp_status status = OSP_AGAIN;
    while (!form->ended && (status == OSP_AGAIN || status == OSP_DONE)) {
        status = osp_multipart_next(&form->reader, &form->rest, ret_event, ret_content);
        if (status == OSP_AGAIN || status == OSP_DONE) {
            const osp_status more = read_more(ctx, form);
            OSP_TRY(more);
            form->ended = more == OSP_DONE;
        }
    }
    if (form->ended) {
        return OSP_DONE;
    }
    return status == OSP_OK || ctx->failed ? status : refuse(ctx, form, status);
}

osp_status osp_form_next(osp_ctx *ctx, osp_part *ret_part)
{
    OSP_ASSERT(ret_part != NULL);
    if (ctx->failed) {
        return OSP_E_FAILED;
    }
    osp_form *form = form_of(ctx);
    if (form == NULL) {
        return ctx->failed ? OSP_E_FAILED : OSP_E_NOMEM;
    }
    osp_multipart_event event = OSP_MULTIPART_CONTENT;
    while (event != OSP_MULTIPART_PART) {
        osp_str content;
        const osp_status status = next_event(ctx, form, &event, &content);
        if (status != OSP_OK) {
            form->in_part = false;
            return status;
        }
    }
    const osp_multipart_part *part = &form->reader.part;
    const bool is_file = part->file_name.ptr != NULL;
    form->in_part = true;
    *ret_part = (osp_part){
        .name = part->name,
        .file_name = part->file_name,
        .media_type = part->media_type,
        .safe_name = { form->safe_name,
                       is_file ? osp_file_name_safe(part->file_name, form->safe_name) : 0 },
    };
    return OSP_OK;
}

osp_status osp_part_read(osp_ctx *ctx, osp_str *ret_bytes)
{
    OSP_ASSERT(ret_bytes != NULL);
    if (ctx->failed) {
        return OSP_E_FAILED;
    }
    osp_form *form = ctx->flow != NULL ? ctx->flow->form : NULL;
    if (form == NULL) {
        return OSP_E_INVALID;
    }
    if (!form->in_part) {
        return OSP_DONE;
    }
    osp_multipart_event event = OSP_MULTIPART_PART_END;
    const osp_status status = next_event(ctx, form, &event, ret_bytes);
    form->in_part = status == OSP_OK && event == OSP_MULTIPART_CONTENT;
    return status != OSP_OK || form->in_part ? status : OSP_DONE;
}
