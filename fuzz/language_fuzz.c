/* Accept-Language: whatever is sent, what is chosen has a table and was asked for. */
#include <string.h>

#include "http/language.h"

static const osp_messages de = { .language_ = "de" }, de_ch = { .language_ = "de_CH" },
                          zh_hant = { .language_ = "zh_Hant" };
static const osp_messages *const tables[] = { &de, &de_ch, &zh_hant };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const osp_str value = { (const char *)data, size };
    const osp_header_field lines[] = { { { "Accept-Language", 15 }, value },
                                       { { "accept-language", 15 }, value } };
    const osp_request request = { .headers = lines, .header_count = 2 };
    const osp_wording wording = osp_language_choose(&request, tables, OSP_ARRAY_LEN(tables));
    const osp_str chosen = wording.language;
    OSP_ASSERT(chosen.len <= OSP_LANGUAGE_TAG_MAX);
    OSP_ASSERT(chosen.len == 0 || osp_str_equal_nocase(chosen, OSP_STR("en")) ||
               osp_wording_table(tables, OSP_ARRAY_LEN(tables), chosen) != NULL);
    OSP_ASSERT(chosen.len == 0 || memmem(data, size, chosen.ptr, chosen.len) != NULL);
    return 0;
}
