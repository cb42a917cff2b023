#include <openspeed/openspeed.h>

#include "lib/quiet_hours.h"

OSP_USE(osp_cors, .origins = "https://shop.example https://shop.example:8443", .credentials = true);
OSP_USE(osp_timeout, .ms = 2000);
OSP_USE(quiet_hours, .from = 2, .to = 4);
OSP_USE(osp_etag);
OSP_BODY_LIMIT(64 << 10);
