/* Answers without a look at the body; `fail` as its status. */
#include <openspeed/openspeed.h>

typedef struct UnreadIn {
    int32_t fail;
    osp_body body;
} UnreadIn;
OSP_TYPE(UnreadIn, QUERY(fail, .fallback = "0"), BODY(body, osp_body));

static osp_status unread(osp_ctx *ctx, const UnreadIn *in, void *out)
{
    (void)out;
    return in->fail != 0 ? osp_fail(ctx, in->fail, "not read") : osp_text(ctx, S("not read"));
}
OSP_ROUTE(POST, unread, UnreadIn, void);
