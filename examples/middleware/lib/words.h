/* Who knows which word. */
#include <openspeed/openspeed.h>

osp_status knows_password(osp_ctx *ctx, osp_str name, osp_str password, bool *ret_match);
osp_status knows_token(osp_ctx *ctx, osp_str token, bool *ret_match);

OSP_PROVIDES(signing_keys, osp_str_list); /* of cookies */
osp_str_list cookie_keys(osp_ctx *ctx);
