/* COOKIE_KEY signs.  When it changes, the old one goes to COOKIE_KEY_OLD until its cookies end. */
#include "lib/keys.h"

osp_str_list cookie_keys(osp_ctx *ctx)
{
    osp_str_list keys = { osp_new_array(ctx, osp_str, 2), 0 };
    if (keys.items != NULL) {
        keys.items[keys.count++] = osp_secret(ctx, "COOKIE_KEY");
        keys.items[keys.count] = osp_secret(ctx, "COOKIE_KEY_OLD");
        keys.count += keys.items[keys.count].len != 0;
    }
    return keys;
}
