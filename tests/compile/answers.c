/* Answers by hand, with options and without.
 *
 * EXPECT: nothing */
#include <openspeed/openspeed.h>

typedef struct Credit {
    int32_t balance;
} Credit;
OSP_TYPE(Credit, FIELD(balance));

osp_status answer(osp_ctx *ctx, osp_str_list keys);
osp_status answer(osp_ctx *ctx, osp_str_list keys)
{
    const Credit credit = { 30 };
    OSP_TRY(osp_set_cookie(ctx, S("a"), S("1")));
    OSP_TRY(osp_set_cookie(ctx, S("a"), S("1"), .same_site = OSP_SAME_SITE_NONE, .path = S("/a")));
    OSP_TRY(osp_set_signed_cookie(ctx, keys, S("b"), S("1"), .expires = { 1 }, .secure = true));
    OSP_TRY(osp_delete_cookie(ctx, S("a")));
    OSP_TRY(osp_delete_cookie(ctx, S("a"), .path = S("/a")));
    OSP_TRY(osp_send_json(ctx, Credit, &credit));
    if (osp_accepts(ctx, "text/html") == NULL || osp_accepts_language(ctx, "de", "en") == NULL) {
        return osp_redirect(ctx, 303, (osp_str){ "/", 1 });
    }
    (void)osp_recover(ctx);
    return osp_fail_with(ctx, .status = 403, .type = S("/problems/credit"),
                         OSP_MEMBERS(Credit, &credit));
}
