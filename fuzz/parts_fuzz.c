/* OpenSpeed-Parts: whatever a client says that it shows, no more hashes are read than a page can
 * have layouts, each of them is one, and what is read of them again is the same. */
#include <string.h>

#include "app/page_mark.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char again[OSP_PAGE_LAYOUTS_MAX * (OSP_PAGE_HASH_LEN + 1)];
    osp_page_shown shown, second;
    size_t len = 0;
    osp_page_shown_read((osp_str){ (const char *)data, size }, &shown);
    OSP_ASSERT(shown.count <= OSP_PAGE_LAYOUTS_MAX);
    for (uint32_t i = 0; i < shown.count; i++) {
        for (size_t n = 0; n < OSP_PAGE_HASH_LEN; n++) {
            OSP_ASSERT(memchr("0123456789abcdef", shown.hashes[i][n], 16) != NULL);
        }
        again[len++] = ',';
        memcpy(again + len, shown.hashes[i], OSP_PAGE_HASH_LEN);
        len += OSP_PAGE_HASH_LEN;
    }
    osp_page_shown_read((osp_str){ again + (len > 0), len - (len > 0) }, &second);
    OSP_ASSERT(second.count == shown.count);
    OSP_ASSERT(memcmp(second.hashes, shown.hashes, shown.count * OSP_PAGE_HASH_LEN) == 0);
    return 0;
}
