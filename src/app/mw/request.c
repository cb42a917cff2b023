/* What requests say of where they come from and go to. */
#include "app/mw/mw.h"

osp_status osp_mw_only(const osp_ctx *ctx, osp_str name, osp_str *ret_value)
{
    osp_str other;
    size_t at = 0;
    *ret_value = (osp_str){ 0 };
    return osp_header_next(ctx, name, &at, ret_value) && osp_header_next(ctx, name, &at, &other)
               ? OSP_E_INVALID
               : OSP_OK;
}

bool osp_mw_is_host(osp_str host, osp_str scheme, osp_str other)
{
    const osp_str port = osp_str_equal(scheme, OSP_STR("https")) ? OSP_STR(":443") : OSP_STR(":80");
    const osp_str bare = { host.ptr, host.len > port.len ? host.len - port.len : 0 };
    return osp_str_equal_nocase(host, other) ||
           (bare.len > 0 && osp_str_equal_nocase(bare, other) &&
            osp_str_equal((osp_str){ host.ptr + bare.len, port.len }, port));
}
