/* A POST that stands for another method of its URL.
 *
 * What the URL answers was found before, so only what it does answer can be meant.  A header, and
 * no member of a form: a page of another site cannot send it without asking (Fetch 3.2). */
#include "app/mw/mw.h"

/* As looking for the route has judged the POST. */
static osp_refusal refusal_of(const osp_ctx *ctx, const osp_route *route)
{
    if (route == NULL) {
        return OSP_REFUSAL_OTHER_METHOD;
    }
    return osp_ctx_is_shut(ctx, route) ? OSP_REFUSAL_SHUT : OSP_REFUSAL_NONE;
}

osp_status osp_method_override(osp_ctx *ctx, osp_next *next,
                               const osp_method_override_options *options)
{
    static const osp_method methods[] = { OSP_METHOD_PUT, OSP_METHOD_PATCH, OSP_METHOD_DELETE };
    const char *header = options->header != NULL ? options->header : "X-HTTP-Method-Override";
    const osp_route_leaf *leaf = ctx->match.leaf;
    const osp_str asked = osp_header(ctx, osp_str_from(header));
    const bool may = ctx->request.method == OSP_METHOD_POST && leaf != NULL && asked.len > 0 &&
                     (ctx->refusal == OSP_REFUSAL_NONE || ctx->refusal == OSP_REFUSAL_OTHER_METHOD);
    for (size_t i = 0; may && i < OSP_ARRAY_LEN(methods); i++) {
        if (osp_str_equal_nocase(asked, osp_str_from(osp_method_name(methods[i])))) {
            ctx->request.method = methods[i];
            ctx->refusal = (uint8_t)refusal_of(ctx, leaf->by_method[methods[i]]);
        }
    }
    return osp_run(ctx, next);
}

const char *osp_method_override_check(const osp_method_override_options *options)
{
    return options->header == NULL ||
                   osp_header_is_free(osp_str_from(options->header), OSP_STR("1"))
               ? NULL
               : "has a .header that is no token, or not free";
}
