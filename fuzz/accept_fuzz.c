/* Accept and its kin: whatever is sent, what is chosen is an offer that some range takes, and the
 * order of the offers does not change how much it is liked.
 *
 * The first byte chooses the header, the rest is its value, in two lines where there is a line
 * break. */
#include <string.h>

#include "http/accept.h"

static const char *const types[] = { "text/html", "text/plain", "application/json;v=1", "a/b" };
static const char *const tags[] = { "de", "de-CH", "en-GB", "zh-Hant-TW" };
static const char *const codings[] = { "gzip", "br", "zstd", "identity" };
#define OFFERS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const *const offers_of[] = { types, tags, codings };
    if (size == 0) {
        return 0;
    }
    const osp_accept_kind kind = (osp_accept_kind)(data[0] % OSP_ACCEPT_KIND_COUNT);
    const char *text = (const char *)data + 1;
    const char *split = memchr(text, '\n', size - 1);
    const size_t first = split != NULL ? (size_t)(split - text) : size - 1;
    const osp_header_field lines[] = { { osp_accept_header(kind), { text, first } },
                                       { osp_accept_header(kind),
                                         { text + first, size - 1 - first } } };
    const osp_request request = { .headers = lines, .header_count = 2 };
    osp_accept accept;
    osp_accept_read(&request, kind, &accept);
    OSP_ASSERT(accept.count <= OSP_ACCEPT_RANGES_MAX);
    for (size_t i = 0; i < accept.count; i++) {
        OSP_ASSERT(accept.ranges[i].quality >= 0 && accept.ranges[i].quality <= 1000);
        OSP_ASSERT(accept.ranges[i].type.len > 0);
    }
    const char *const *offers = offers_of[kind];
    const size_t chosen = osp_accept_choose(&accept, offers, OFFERS);
    OSP_ASSERT(chosen <= OFFERS);
    for (size_t i = 0; i < OFFERS; i++) { /* alone it is taken when it was the best of all */
        const bool taken = osp_accept_choose(&accept, offers + i, 1) == 0;
        OSP_ASSERT(taken || i != chosen);
        OSP_ASSERT(!taken || chosen < OFFERS);
    }
    return 0;
}
