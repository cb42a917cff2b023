/* PCRE2's share of the memory that runs out; see fault.c.  It calls malloc in a library of its own,
 * so what is led here is each of its functions that needs memory. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "tests/unit/fault.h"

pcre2_code *__real_pcre2_compile_8(PCRE2_SPTR pattern, PCRE2_SIZE size, uint32_t options, int *code,
                                   PCRE2_SIZE *at, pcre2_compile_context *context);
pcre2_compile_context *__real_pcre2_compile_context_create_8(pcre2_general_context *general);
int __real_pcre2_match_8(const pcre2_code *code, PCRE2_SPTR text, PCRE2_SIZE size, PCRE2_SIZE start,
                         uint32_t options, pcre2_match_data *data, pcre2_match_context *context);
pcre2_match_data *__real_pcre2_match_data_create_8(uint32_t pairs, pcre2_general_context *general);
pcre2_match_context *__real_pcre2_match_context_create_8(pcre2_general_context *general);

pcre2_code *__wrap_pcre2_compile_8(PCRE2_SPTR pattern, PCRE2_SIZE size, uint32_t options, int *code,
                                   PCRE2_SIZE *at, pcre2_compile_context *context);
pcre2_compile_context *__wrap_pcre2_compile_context_create_8(pcre2_general_context *general);
int __wrap_pcre2_match_8(const pcre2_code *code, PCRE2_SPTR text, PCRE2_SIZE size, PCRE2_SIZE start,
                         uint32_t options, pcre2_match_data *data, pcre2_match_context *context);
pcre2_match_data *__wrap_pcre2_match_data_create_8(uint32_t pairs, pcre2_general_context *general);
pcre2_match_context *__wrap_pcre2_match_context_create_8(pcre2_general_context *general);

pcre2_code *__wrap_pcre2_compile_8(PCRE2_SPTR pattern, PCRE2_SIZE size, uint32_t options, int *code,
                                   PCRE2_SIZE *at, pcre2_compile_context *context)
{
    if (!osp_fault_refuses()) {
        return __real_pcre2_compile_8(pattern, size, options, code, at, context);
    }
    *code = PCRE2_ERROR_HEAP_FAILED;
    *at = 0;
    return NULL;
}

pcre2_compile_context *__wrap_pcre2_compile_context_create_8(pcre2_general_context *general)
{
    return osp_fault_refuses() ? NULL : __real_pcre2_compile_context_create_8(general);
}

int __wrap_pcre2_match_8(const pcre2_code *code, PCRE2_SPTR text, PCRE2_SIZE size, PCRE2_SIZE start,
                         uint32_t options, pcre2_match_data *data, pcre2_match_context *context)
{
    return osp_fault_refuses()
               ? PCRE2_ERROR_NOMEMORY
               : __real_pcre2_match_8(code, text, size, start, options, data, context);
}

pcre2_match_data *__wrap_pcre2_match_data_create_8(uint32_t pairs, pcre2_general_context *general)
{
    return osp_fault_refuses() ? NULL : __real_pcre2_match_data_create_8(pairs, general);
}

pcre2_match_context *__wrap_pcre2_match_context_create_8(pcre2_general_context *general)
{
    return osp_fault_refuses() ? NULL : __real_pcre2_match_context_create_8(general);
}
