/* Keys that sign cookies: the newest first. */
#ifndef ANSWERS_KEYS_H
#define ANSWERS_KEYS_H
#include <openspeed/openspeed.h>

osp_str_list cookie_keys(osp_ctx *ctx);

#endif
