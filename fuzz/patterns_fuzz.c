/* Patterns that anyone wrote, searched in texts from anyone.
 *
 * The bytes up to the first NUL are a pattern, those behind it a text.  A search ends within its
 * bounds and says the same with a set and without, again and again. */
#include "type/pattern.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "base/utf8.h"

#define PATTERN_MAX 200
#define SLOW_US (4 * INT64_C(1000000)) /* with sanitizers, on a busy machine */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

static void search(const osp_patterns *set, const char *pattern, osp_str text)
{
    const int64_t before = osp_monotonic_us();
    const osp_status status = osp_patterns_find(set, pattern, text);
    require(osp_monotonic_us() - before < SLOW_US);
    require(status == OSP_OK || status == OSP_DONE || status == OSP_E_LIMIT ||
            status == OSP_E_INVALID);
    require(osp_utf8_valid(text) || status == OSP_E_INVALID || status == OSP_E_LIMIT);
    require(text.len <= OSP_PATTERN_TEXT_MAX || status == OSP_E_LIMIT);
    require(osp_patterns_find(NULL, pattern, text) == status);
    require(osp_patterns_find(set, pattern, text) == status);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size != 0 ? memchr(data, 0, size) : NULL;
    if (nul == NULL || nul - data > PATTERN_MAX) {
        return 0;
    }
    const char *pattern = (const char *)data;
    const size_t len = size - (size_t)(nul - data) - 1;
    /* Exactly sized, so that a sanitizer sees every read past either end. */
    char *text = malloc(len);
    osp_patterns *set = osp_patterns_new();
    if (text != NULL && set != NULL) {
        memcpy(text, nul + 1, len);
        osp_error err = { .status = OSP_OK };
        const osp_status added = osp_patterns_add(set, pattern, &err);
        require(added == OSP_OK || (added == OSP_E_INVALID && err.message[0] != '\0'));
        if (added == OSP_OK) {
            search(set, pattern, (osp_str){ text, len });
        } else {
            require(osp_patterns_find(set, pattern, (osp_str){ text, len }) < 0);
        }
    }
    osp_patterns_free(set);
    free(text);
    return 0;
}
