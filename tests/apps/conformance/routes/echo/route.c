#include <openspeed/openspeed.h>

typedef struct Note { osp_str note; } Note;
OSP_TYPE(Note, FIELD(note));

static osp_status echo(osp_ctx *ctx, const Note *in, Note *out)
{
    (void)ctx;
    *out = *in;
    return OSP_OK;
}
OSP_ROUTE(POST, echo, Note, Note);
OSP_ROUTE(PUT, echo, Note, Note);
