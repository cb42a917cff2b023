/* /releases/v2.11.json: two parameters in one segment. */
#include <openspeed/openspeed.h>

typedef struct ReleaseIn {
    int64_t major, minor;
} ReleaseIn;
OSP_TYPE(ReleaseIn, PATH(major), PATH(minor));

typedef struct Release {
    int64_t major, minor;
} Release;
OSP_TYPE(Release, FIELD(major), FIELD(minor));

static osp_status show(osp_ctx *ctx, const ReleaseIn *in, Release *out)
{
    *out = (Release){ in->major, in->minor };
    return OSP_OK;
}
OSP_ROUTE(GET, show, ReleaseIn, Release);
