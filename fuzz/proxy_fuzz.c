/* Hostile words of proxies: the PROXY protocol, Forwarded, lists of ranges.
 *
 * What is said about a prefix of a PROXY header holds for the whole.  The first byte chooses. */
#include <stdlib.h>
#include <string.h>

#include "wire/forwarded.h"
#include "wire/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

static void fuzz_proxy(osp_str in)
{
    osp_proxy proxy, again;
    size_t whole = 0, part = 0;
    const osp_status status = osp_proxy_parse(in, &proxy, &whole);
    require(status != OSP_OK || (whole > 0 && whole <= in.len));
    for (size_t len = 0; len < in.len && len < 512; len++) {
        const osp_status early = osp_proxy_parse((osp_str){ in.ptr, len }, &again, &part);
        require(early == OSP_AGAIN || early == status);
        require(early != OSP_OK || part == whole);
        require(status != OSP_OK || len >= whole || early == OSP_AGAIN);
    }
}

static void fuzz_forwarded(osp_str in)
{
    osp_forwarded element;
    osp_ip ip;
    char text[OSP_IP_TEXT_SIZE];
    osp_str rest = in;
    size_t before = rest.len;
    while (osp_forwarded_next(&rest, &element) == OSP_OK) {
        require(rest.len < before);
        before = rest.len;
        if (osp_forwarded_ip(element.client, &ip)) {
            osp_ip again;
            const size_t len = osp_ip_text(&ip, text);
            require(osp_ip_parse((osp_str){ text, len }, &again));
            require(again.kind == ip.kind && memcmp(again.bytes, ip.bytes, sizeof ip.bytes) == 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const osp_str in = { (const char *)data + 1, size - 1 };
    if (data[0] % 3 == 0) {
        fuzz_proxy(in);
    } else if (data[0] % 3 == 1) {
        fuzz_forwarded(in);
    } else {
        osp_trust trust = { 0 };
        osp_str bad;
        (void)!osp_trust_add(&trust, in, &bad);
    }
    return 0;
}
