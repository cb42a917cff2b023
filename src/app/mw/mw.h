/* What the middleware of <openspeed/mw.h> shares. */
#ifndef OSP_APP_MW_MW_H
#define OSP_APP_MW_MW_H

#include <openspeed/mw.h>

#include "app/chain.h"

/* Sets a field to a static text; NULL and "" set none. */
OSP_MUST_CHECK static inline osp_status osp_mw_set(osp_ctx *ctx, osp_str name, const char *value)
{
    return value == NULL || value[0] == '\0' ? OSP_OK
                                             : osp_set_header(ctx, name, osp_str_from(value));
}

/* What of their options can be judged when an application is built; a sentence that goes on behind
 * the name.  NULL: nothing is wrong. */
const char *osp_cors_check(const osp_cors_options *options);
const char *osp_timing_check(const osp_timing_options *options);
const char *osp_timeout_check(const osp_timeout_options *options);
const char *osp_cache_control_check(const osp_cache_control_options *options);
const char *osp_canonical_check(const osp_canonical_options *options);

#endif
