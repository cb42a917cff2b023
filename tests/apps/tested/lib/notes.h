#include <openspeed/openspeed.h>

/* How many there are; -1: it is not known. */
int64_t notes_count(osp_ctx *ctx);
