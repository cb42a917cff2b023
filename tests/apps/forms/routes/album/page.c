/* A page whose form has a file. */
#include "../../lib/seen.h"

typedef struct SendIn {
    osp_str title;
    osp_upload photo;
} SendIn;
OSP_TYPE(SendIn, FORM(title, .min_len = 1, .max_len = 20), FORM(photo, .media_types = "image/*"));

static osp_status send(osp_ctx *ctx, const SendIn *in, void *out)
{
    Seen seen;
    (void)out;
    OSP_TRY(seen_of(ctx, &in->photo, &seen));
    return osp_flash(ctx, "%.*s: %llu bytes of sum %u", OSP_ARG(in->title),
                     (unsigned long long)in->photo.size, (unsigned)seen.sum);
}
OSP_ACTION(send, SendIn, void);
