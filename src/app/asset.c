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
#include <openspeed/answer.h>

#include "app/files.h"

static osp_status no_room(osp_ctx *ctx)
{
    return osp_task_fail(&ctx->task, OSP_E_LIMIT, "no room for the headers of a file");
}

osp_status osp_file_field(osp_ctx *ctx, osp_str name, osp_str value)
{
    osp_response *response = &ctx->response;
    if (response->header_count == OSP_ANSWER_HEADERS_MAX) {
        return no_room(ctx);
    }
    response->headers[response->header_count++] = (osp_header_field){ name, value };
    return OSP_OK;
}

/* The form that the client likes best; of those that it likes as well, the smallest. */
static uint32_t choose(const osp_ctx *ctx, const osp_asset *asset, osp_codings *codings)
{
    uint32_t best = 0;
    int best_quality = 0;
    osp_codings_take(codings, &ctx->request);
    for (uint32_t i = 1; i <= asset->form_count; i++) { /* the first one, which is not, last */
        const uint32_t form = i % asset->form_count;
        const char *coding = asset->forms[form].coding;
        const int quality = osp_codings_quality(codings, coding != NULL ? osp_str_from(coding)
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
    const bool alone = response->header_count == 0; /* no middleware has said anything */
    const bool caches = alone || osp_answer_header(ctx, OSP_STR("Cache-Control")).len == 0;
    const bool chosen = asset->form_count > 1;
    const bool varies = chosen && (alone || osp_answer_header(ctx, OSP_STR("Vary")).len == 0);
    const uint32_t more = 3u + caches + (form->coding != NULL) + varies;
    if (response->header_count + more > OSP_ANSWER_HEADERS_MAX) {
        return no_room(ctx);
    }
    osp_header_field *at = response->headers + response->header_count;
    response->header_count += more;
    response->status = 200;
    response->media_type = asset->media_type;
    *at++ = (osp_header_field){ OSP_STR("ETag"), form->etag };
    *at++ = (osp_header_field){ OSP_STR("Last-Modified"), asset->modified };
    *at++ = (osp_header_field){ OSP_STR("Accept-Ranges"), OSP_STR("bytes") };
    if (caches) {
        *at++ = (osp_header_field){ OSP_STR("Cache-Control"), asset->cache_control };
    }
    if (form->coding != NULL) {
        *at++ = (osp_header_field){ OSP_STR("Content-Encoding"), osp_str_from(form->coding) };
    }
    if (varies) {
        *at++ = (osp_header_field){ OSP_STR("Vary"), OSP_STR("Accept-Encoding") };
    }
    return chosen && !varies ? osp_vary(ctx, OSP_STR("Accept-Encoding")) : OSP_OK;
}

static osp_status answer_file(osp_ctx *ctx, const osp_route_leaf *leaf)
{
    const osp_asset *asset = leaf->asset;
    osp_files *files = osp_task_service(&ctx->task, &osp_files_key);
    osp_byte_range part;
    if (files == NULL) {
        return osp_task_fail(&ctx->task, OSP_E_NOT_FOUND, "nobody has opened public/");
    }
    const uint32_t number =
        asset->form_count > 1 ? choose(ctx, asset, osp_files_codings(files)) : 0;
    const osp_asset_form *form = &asset->forms[number];
    OSP_TRY(describe(ctx, asset, form));
    if (ctx->request.conditional) { /* before Range: RFC 9110 13.2.2 */
        osp_conditions_after(ctx, leaf->by_method[OSP_METHOD_GET]);
        if (ctx->failed || ctx->response.status == 304) {
            return OSP_OK;
        }
    }
    const osp_validators validators = { form->etag, asset->modified, asset->form_count == 1 };
    OSP_TRY(osp_part_find(ctx, &validators, form->size, &part));
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
    return osp_file_field(ctx, OSP_STR("Location"), to);
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
    .is_public = true,
    .summary = "A file of public/",
};
