/* GET /: where to go from here. */
#include <openspeed/openspeed.h>

typedef struct Index {
    osp_str title, notes, openapi;
} Index;
OSP_TYPE(Index, FIELD(title), FIELD(notes), FIELD(openapi));

static osp_status show_index(osp_ctx *ctx, const void *in, Index *out)
{
    *out = (Index){ .title = S("__TITLE__"), .notes = S("/api/notes"), .openapi = S("/openapi.json") };
    return OSP_OK;
}
OSP_ROUTE(GET, show_index, void, Index, .summary = "Where to go from here");
