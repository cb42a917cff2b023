#include <openspeed/openspeed.h>

OSP_USE(osp_request_ids);
OSP_USE(osp_timing, .name = "api");
OSP_USE(osp_method_override);
OSP_USE(osp_cors, .origins = "https://shop.example https://a.example:8443", .credentials = true,
        .expose = "X-Trace", .max_age_s = 600);
OSP_USE(osp_cache_control, .value = "private, max-age=9");
OSP_USE(osp_etag);
OSP_BODY_LIMIT(100000);
