#include <openspeed/openspeed.h>

static osp_status show(osp_ctx *ctx, const void *in, void *out)
{
    return osp_text(ctx, OSP_STR("root"));
}
OSP_ROUTE(GET, show, void, void);

typedef struct Note {
    osp_str text;
} Note;
OSP_TYPE(Note, FIELD(text, .min_len = 1));

static osp_status take(osp_ctx *ctx, const Note *in, Note *out)
{
    *out = *in;
    return OSP_OK;
}
OSP_ROUTE(POST, take, Note, Note);
