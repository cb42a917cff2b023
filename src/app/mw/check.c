/* What the build says of options that cannot work. */
#include <string.h>

#include "app/mw/mw.h"

typedef struct checked {
    const char *name;
    const char *(*check)(const void *options);
} checked;

#define CHECKED(middleware)                                                                        \
    static const char *check_##middleware(const void *options)                                     \
    {                                                                                              \
        return middleware##_check(options);                                                        \
    }
CHECKED(osp_security_headers)
CHECKED(osp_allow_addresses)
CHECKED(osp_basic)
CHECKED(osp_bearer)
CHECKED(osp_csrf)
CHECKED(osp_language)
CHECKED(osp_signed_cookies)
CHECKED(osp_request_ids)
CHECKED(osp_method_override)
CHECKED(osp_cors)
CHECKED(osp_timing)
CHECKED(osp_timeout)
CHECKED(osp_cache_control)
CHECKED(osp_canonical)

static const checked all[] = {
    { "osp_security_headers", check_osp_security_headers },
    { "osp_allow_addresses", check_osp_allow_addresses },
    { "osp_basic", check_osp_basic },
    { "osp_bearer", check_osp_bearer },
    { "osp_csrf", check_osp_csrf },
    { "osp_language", check_osp_language },
    { "osp_signed_cookies", check_osp_signed_cookies },
    { "osp_request_ids", check_osp_request_ids },
    { "osp_method_override", check_osp_method_override },
    { "osp_cors", check_osp_cors },
    { "osp_timing", check_osp_timing },
    { "osp_timeout", check_osp_timeout },
    { "osp_cache_control", check_osp_cache_control },
    { "osp_canonical", check_osp_canonical },
};

const char *osp_mw_check(const osp_middleware *step)
{
    for (size_t i = 0; step->options_ != NULL && i < OSP_ARRAY_LEN(all); i++) {
        if (strcmp(step->name_, all[i].name) == 0) {
            return all[i].check(step->options_);
        }
    }
    return NULL;
}
