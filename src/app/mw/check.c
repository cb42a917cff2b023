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
CHECKED(osp_cors)
CHECKED(osp_timing)
CHECKED(osp_timeout)
CHECKED(osp_cache_control)
CHECKED(osp_canonical)

static const checked all[] = {
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
