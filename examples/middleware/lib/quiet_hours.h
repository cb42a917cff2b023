#include <openspeed/openspeed.h>

typedef struct quiet_hours_options {
    int from, to; /* hours of the day, in UTC */
} quiet_hours_options;
osp_status quiet_hours(osp_ctx *ctx, osp_next *next, const quiet_hours_options *options);
