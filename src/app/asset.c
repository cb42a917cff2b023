/* Answers with a file of public/.
 *
 *     form (Accept-Encoding) --> conditions (If-None-Match and its kin) --> Range, unless If-Range
 *     is of another version --> bytes of memory, or a part of a file
 *
 * All that is said of a file stands in the tables of the application.  It is set as any handler
 * would set it, so that middleware sees and may change it.
 *
 * Each form has an ETag of its own.  A date does not tell them apart, so where a file has several
 * If-Range is by tag alone (RFC 9110 8.8.2.2, 13.1.5). */
#include <string.h>

#include "app/files.h"
#include "http/coding.h"

static bool has_header(const osp_response *response, osp_str name)
{
    for (uint32_t i = 0; i < response->header_count; i++) {
        if (osp_str_equal_nocase(response->headers[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* What middleware has set stands. */
static osp_status put(osp_ctx *ctx, osp_str name, osp_str value)
{
    osp_response *response = &ctx->response;
    if (response->header_count == OSP_ANSWER_HEADERS_MAX) {
        return osp_task_fail(&ctx->task, OSP_E_LIMIT, "no room for the headers of a file");
    }
    response->headers[response->header_count++] = (osp_header_field){ name, value };
    return OSP_OK;
}

/* The form that the client likes best; of those that it likes as well, the smallest. */
static uint32_t choose(const osp_ctx *ctx, const osp_asset *asset)
{
    uint32_t best = 0;
    int best_quality = 0;
    for (uint32_t i = 1; i <= asset->form_count; i++) { /* the compressed ones first */
        const uint32_t form = i % asset->form_count;
        const char *coding = asset->forms[form].coding;
        const int quality = osp_coding_quality(&ctx->request, coding != NULL ? osp_str_from(coding)
                                                                             : OSP_STR("identity"));
        if (quality > best_quality) {
            best = form;
            best_quality = quality;
        }
    }
    return best;
}

static osp_status describe(osp_ctx *ctx, const osp_asset *asset, const osp_asset_form *form)
{
    osp_response *response = &ctx->response;
    response->status = 200;
    response->media_type = osp_str_from(asset->media_type);
    OSP_TRY(put(ctx, OSP_STR("ETag"), osp_str_from(form->etag)));
    OSP_TRY(put(ctx, OSP_STR("Last-Modified"), osp_str_from(asset->modified)));
    OSP_TRY(put(ctx, OSP_STR("Accept-Ranges"), OSP_STR("bytes")));
    if (!has_header(response, OSP_STR("Cache-Control"))) {
        OSP_TRY(put(ctx, OSP_STR("Cache-Control"), osp_str_from(asset->cache_control)));
    }
    if (form->coding != NULL) {
        OSP_TRY(put(ctx, OSP_STR("Content-Encoding"), osp_str_from(form->coding)));
    }
    return asset->form_count > 1 ? put(ctx, OSP_STR("Vary"), OSP_STR("Accept-Encoding")) : OSP_OK;
}

/* Whether what the client has parts of is this version. */
static bool is_range_good(const osp_ctx *ctx, const osp_asset *asset, const osp_asset_form *form)
{
    const osp_str said = osp_request_header(&ctx->request, OSP_STR("If-Range"));
    return said.len == 0 || osp_str_equal(said, osp_str_from(form->etag)) ||
           (asset->form_count == 1 && osp_str_equal(said, osp_str_from(asset->modified)));
}

/* OSP_OK | OSP_DONE (416 is the answer) | a failure. */
static osp_status take_range(osp_ctx *ctx, const osp_asset *asset, const osp_asset_form *form,
                             osp_byte_range *part)
{
    char text[OSP_CONTENT_RANGE_SIZE];
    const osp_str said = osp_request_header(&ctx->request, OSP_STR("Range"));
    if (said.len == 0 || ctx->request.method != OSP_METHOD_GET ||
        !is_range_good(ctx, asset, form)) {
        return OSP_OK;
    }
    const osp_range_verdict verdict = osp_range_read(said, form->size, part);
    if (verdict == OSP_RANGE_WHOLE) {
        return OSP_OK;
    }
    const size_t len = osp_content_range(verdict == OSP_RANGE_PART ? part : NULL, form->size, text);
    const osp_str value = osp_task_copy(&ctx->task, (osp_str){ text, len });
    if (value.len == 0) {
        return OSP_E_NOMEM;
    }
    if (verdict == OSP_RANGE_NONE) {
        osp_response *response = &ctx->response;
        osp_response_drop(response, OSP_STR("ETag"));
        osp_response_drop(response, OSP_STR("Last-Modified"));
        osp_response_drop(response, OSP_STR("Cache-Control"));
        OSP_TRY(put(ctx, OSP_STR("Content-Range"), value));
        (void)osp_fail_at(ctx, NULL, 416, "The file has no such part.");
        return OSP_DONE;
    }
    ctx->response.status = 206;
    return put(ctx, OSP_STR("Content-Range"), value);
}

static osp_status answer_file(osp_ctx *ctx, const osp_route_leaf *leaf)
{
    const osp_asset *asset = leaf->asset;
    osp_files *files = osp_task_service(&ctx->task, &osp_files_key);
    const uint32_t number = asset->form_count > 1 ? choose(ctx, asset) : 0;
    const osp_asset_form *form = &asset->forms[number];
    osp_byte_range part = { 0, form->size };
    if (files == NULL) {
        return osp_task_fail(&ctx->task, OSP_E_NOT_FOUND, "nobody has opened public/");
    }
    OSP_TRY(describe(ctx, asset, form));
    if (ctx->request.conditional) { /* before Range: RFC 9110 13.2.2 */
        osp_conditions_after(ctx, leaf->by_method[OSP_METHOD_GET]);
        if (ctx->failed || ctx->response.status == 304) {
            return OSP_OK;
        }
    }
    const osp_status status = take_range(ctx, asset, form, &part);
    if (status != OSP_OK) {
        return status == OSP_DONE ? OSP_OK : status;
    }
    return osp_files_answer(files, ctx, asset, number, part);
}

/* To the URL that relative links of the file start from. */
static osp_status redirect(osp_ctx *ctx, const char *location)
{
    const osp_str query = ctx->request.query;
    const osp_str to = query.len == 0 ? osp_str_from(location)
                                      : osp_format(&ctx->task, "%s?%.*s", location, OSP_ARG(query));
    if (to.len == 0) {
        return OSP_E_NOMEM;
    }
    ctx->response.status = 308;
    return put(ctx, OSP_STR("Location"), to);
}

static osp_status serve(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    const osp_route_leaf *leaf = ctx->match.leaf;
    OSP_ASSERT(leaf != NULL && leaf->asset != NULL);
    return leaf->asset->location != NULL ? redirect(ctx, leaf->asset->location)
                                         : answer_file(ctx, leaf);
}

const osp_route osp_route_asset__GET = {
    .in_ = &osp_type_void,
    .out_ = &osp_type_void,
    .call_ = serve,
    .handler_ = "file",
    .file_ = "(openspeed)",
    .line_ = 1,
    .method_ = OSP_METHOD_GET,
    .summary = "A file of public/",
};
