/* GET /api/tags: the tags in use, the most used first. */
#include <openspeed/openspeed.h>

typedef struct TagsOut { osp_str_list tags; } TagsOut;
OSP_TYPE(TagsOut, LIST(tags, osp_str));

static osp_status tags(osp_ctx *ctx, const void *in, TagsOut *out)
{
    (void)in;
    /* The database writes the list as JSON, and the row type reads it: one row is the answer. */
    const TagsOut *found = osp_db_one(ctx, TagsOut,
        "SELECT json_group_array(name) AS tags FROM (SELECT t.name FROM tag t"
        " JOIN article_tag x ON x.tag_id = t.id GROUP BY t.id"
        " ORDER BY count(*) DESC, t.name LIMIT 100)");
    if (found == NULL) {
        return OSP_E_DB;
    }
    *out = *found;
    return OSP_OK;
}
OSP_ROUTE(GET, tags, void, TagsOut, .summary = "The tags in use", .is_public = true);
