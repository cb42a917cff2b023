/* GET /api/tags: the tags in use, the most used first. */
#include "lib/tag.h"

static osp_status tags(osp_ctx *ctx, const void *in, TagsOut *out)
{
    (void)in;
    const TagsOut *found = tags_in_use(ctx);
    if (found == NULL) {
        return OSP_E_DB;
    }
    *out = *found;
    return OSP_OK;
}
OSP_ROUTE(GET, tags, void, TagsOut, .summary = "The tags in use", .is_public = true);
