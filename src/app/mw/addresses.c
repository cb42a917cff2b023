/* Who may come in by the address that he comes from.
 *
 * It is the address of osp_client_ip: of the peer, or of whom trusted proxies name.  The lists are
 * read for each request as they are written, which costs less than what would keep them otherwise
 * than as constant data; that they can be read the build has seen to. */
#include "app/mw/mw.h"
#include "wire/ip.h"

/* Whether a list has the address; NULL has none. */
static bool has(const char *list, const osp_ip *ip)
{
    osp_ip_range range;
    osp_str word;
    while (list != NULL && (word = osp_mw_next_word(&list)).len > 0) {
        if (osp_ip_range_parse(word, &range) && osp_ip_range_has(&range, ip)) {
            return true;
        }
    }
    return false;
}

osp_status osp_allow_addresses(osp_ctx *ctx, osp_next *next,
                               const osp_allow_addresses_options *options)
{
    const osp_ip ip = osp_client_ip(ctx);
    const bool allowed = options->allow == NULL ? ip.kind != OSP_IP_NONE : has(options->allow, &ip);
    if (!allowed || has(options->deny, &ip)) {
        return osp_fail(ctx, 403, "Nobody is let in from this address.");
    }
    return osp_run(ctx, next);
}

static bool is_list(const char *list)
{
    osp_ip_range range;
    osp_str word;
    bool good = true, any = false;
    while (list != NULL && good && (word = osp_mw_next_word(&list)).len > 0) {
        any = true;
        good = osp_ip_range_parse(word, &range);
    }
    return list == NULL || (good && any);
}

const char *osp_allow_addresses_check(const osp_allow_addresses_options *options)
{
    if (options->allow == NULL && options->deny == NULL) {
        return "needs .allow or .deny, such as \"192.0.2.7 10.0.0.0/8 2001:db8::/32\"";
    }
    return is_list(options->allow) && is_list(options->deny)
               ? NULL
               : "has a list that is not of addresses and ranges with spaces between, such as "
                 "\"192.0.2.7 10.0.0.0/8 2001:db8::/32 unix\", or a range with bits behind its "
                 "prefix";
}
