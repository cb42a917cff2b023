/* Who ran, in order, in a header field of the answer. */
#include <openspeed/openspeed.h>

osp_status trace(osp_ctx *ctx, osp_next *next, const char *name);

/* A middleware that leaves its name on the way in and the status on the way out. */
#define TRACE(name)                                                                                \
    static osp_status name(osp_ctx *ctx, osp_next *next)                                           \
    {                                                                                              \
        return trace(ctx, next, #name);                                                            \
    }
