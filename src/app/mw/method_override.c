/* A POST that stands for another method of its URL.
 *
 * What the URL answers was found before, so only what it does answer can be meant; a route that is
 * shut stays so, and one whose .nomatch the URL does not fit is none (osp_app_endpoint).  A header, and no
 * member of a form: a page of another site cannot send it without asking (Fetch 3.2). */
#include "app/mw/mw.h"

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
            const osp_route *route = leaf->by_method[methods[i]];
            ctx->request.method = methods[i];
            ctx->refusal = route == NULL                 ? OSP_REFUSAL_OTHER_METHOD
                           : osp_ctx_is_shut(ctx, route) ? OSP_REFUSAL_SHUT
                                                         : OSP_REFUSAL_NONE;
        }
    }
    return osp_run(ctx, next);
}
