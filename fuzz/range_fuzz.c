/* Range: a part lies within the file and is read the same when it is asked for by itself.  A weight
 * of Accept-Encoding is one. */
#include <stdio.h>
#include <string.h>

#include "http/range.h"

static void check_part(osp_byte_range range, uint64_t size)
{
    char text[OSP_CONTENT_RANGE_SIZE];
    OSP_ASSERT(range.length > 0 && range.length <= size && range.at <= size - range.length);
    OSP_ASSERT(osp_content_range(&range, size, text) == strlen(text));
}

static void check_again(osp_byte_range range, uint64_t size)
{
    char text[64];
    osp_byte_range again;
    const int len = snprintf(text, sizeof text, "bytes=%llu-%llu", (unsigned long long)range.at,
                             (unsigned long long)(range.at + range.length - 1));
    OSP_ASSERT(osp_range_read((osp_str){ text, (size_t)len }, size, &again) == OSP_RANGE_PART);
    OSP_ASSERT(again.at == range.at && again.length == range.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const osp_str value = { (const char *)data, size };
    static const uint64_t sizes[] = { 0, 1, 10, 1000, UINT64_MAX };
    for (size_t i = 0; i < OSP_ARRAY_LEN(sizes); i++) {
        osp_byte_range range;
        const osp_range_verdict verdict = osp_range_read(value, sizes[i], &range);
        if (verdict == OSP_RANGE_PART) {
            check_part(range, sizes[i]);
            check_again(range, sizes[i]);
        }
        OSP_ASSERT(sizes[i] != 0 || verdict != OSP_RANGE_PART);
    }
    return 0;
}
