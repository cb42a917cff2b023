/* One URL for what may be reached by several: over https, on one host. */
#include <string.h>

#include "app/mw/mw.h"
#include "wire/uri.h"

/* A target without its scheme and authority, as its origin-form is; empty: it has none. */
static osp_str path_of(osp_str target)
{
    osp_target parts;
    if (osp_str_starts_with(target, OSP_STR("/"))) {
        return target;
    }
    if (osp_target_split(target, &parts) != OSP_OK || parts.authority.len == 0) {
        return (osp_str){ 0 };
    }
    const char *end = parts.authority.ptr + parts.authority.len;
    const osp_str rest = { end, (size_t)(target.ptr + target.len - end) };
    return rest.len > 0 ? rest : OSP_STR("/");
}

osp_status osp_canonical(osp_ctx *ctx, osp_next *next, const osp_canonical_options *options)
{
    const osp_str path = path_of(ctx->request.target);
    const osp_str scheme = osp_client_scheme(ctx);
    const bool http = options->https && osp_str_equal(scheme, OSP_STR("http"));
    const bool here = osp_mw_is_host(osp_client_host(ctx), scheme, osp_str_from(options->host));
    if ((!http && here) || path.len == 0) {
        return osp_run(ctx, next);
    }
    const osp_str url =
        osp_format(ctx, "%.*s://%s%s%.*s", http ? 5 : (int)scheme.len, http ? "https" : scheme.ptr,
                   options->host, path.ptr[0] == '/' ? "" : "/", OSP_ARG(path));
    return url.len > 0 ? osp_redirect(ctx, options->status != 0 ? options->status : 308, url)
                       : OSP_E_NOMEM;
}

const char *osp_canonical_check(const osp_canonical_options *options)
{
    const int status = options->status;
    if (options->host == NULL || options->host[0] == '\0' ||
        strpbrk(options->host, "/ @") != NULL) {
        return "needs .host, such as \"www.example.com\"";
    }
    return status == 0 || status == 301 || status == 302 || status == 307 || status == 308
               ? NULL
               : "has a .status that is none of 301, 302, 307 and 308";
}
