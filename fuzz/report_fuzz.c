/* What a compiler, a sanitizer or a worker says: whatever it is, reports of it can be written as
 * JSON, come back as they were, and move no cursor of a terminal. */
#include <string.h>

#include "dev/report.h"

static void check(osp_arena *arena, const osp_report *report)
{
    osp_report back;
    osp_buf json, again, text;
    osp_buf_init(&json, NULL, 0, OSP_REPORT_JSON_MAX);
    osp_buf_init(&again, NULL, 0, OSP_REPORT_JSON_MAX);
    osp_buf_init(&text, NULL, 0, OSP_REPORT_JSON_MAX);
    OSP_ASSERT(osp_report_write(report, &json) == OSP_OK);
    OSP_ASSERT(osp_report_read(arena, (osp_str){ json.ptr, json.len }, &back) == OSP_OK);
    OSP_ASSERT(osp_report_write(&back, &again) == OSP_OK);
    OSP_ASSERT(osp_str_equal((osp_str){ json.ptr, json.len }, (osp_str){ again.ptr, again.len }));
    osp_report_print(report, ".", false, &text);
    for (size_t i = 0; i < text.len; i++) {
        OSP_ASSERT((unsigned char)text.ptr[i] >= ' ' || text.ptr[i] == '\n');
    }
    osp_buf_done(&json);
    osp_buf_done(&again);
    osp_buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const osp_str all = { (const char *)data, size };
    const char *end = size > 0 ? memchr(data, '\0', size) : NULL;
    const size_t first = end != NULL ? (size_t)(end - all.ptr) : size;
    const osp_str output = { all.ptr, first }, error = { all.ptr + first, size - first };
    osp_arena arena;
    osp_reporter reporter;
    osp_report report;
    osp_arena_init(&arena, NULL, 0, OSP_REPORT_ARENA_MAX);
    osp_reporter_init(&reporter, &arena, "fuzz");
    osp_report_of_build(&reporter, output, error, &report);
    check(&arena, &report);
    osp_report_of_end(&reporter, &(osp_report_end){ .how = size % 64, .output = all }, &report);
    check(&arena, &report);
    osp_arena_done(&arena);
    return 0;
}
