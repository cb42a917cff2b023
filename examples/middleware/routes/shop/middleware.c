#include "lib/words.h"

OSP_USE(osp_request_ids);
OSP_USE(osp_timing);
OSP_USE(osp_language, .offers = { "en", "de" }, .query = "lang", .cookie = "lang");
OSP_USE(osp_cache_control, .value = "private, no-cache");
OSP_USE(osp_csrf, .origins = "https://pay.example");
OSP_USE(osp_method_override);
OSP_MIDDLEWARE(osp_run, .needs = NEEDS(signing_keys));
OSP_USE(osp_signed_cookies, .names = "theme", .keys = cookie_keys);
