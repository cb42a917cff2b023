#include <openspeed/openspeed.h>

typedef struct AsideView {
    osp_str sentence;
} AsideView;
OSP_TYPE(AsideView, FIELD(sentence));

static osp_status load(osp_ctx *ctx, const void *in, AsideView *out)
{
    out->sentence = S("Coffee is free today.");
    return OSP_OK;
}
OSP_PAGE(load, void, AsideView);
