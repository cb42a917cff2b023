/* What is wrong now.
 *
 * There is one build, so there is one report of it; each request that fails has one, until the same
 * request is answered well; what crashed stays until a generation serves that was built behind it.
 * Browsers get the whole list each time: who comes late sees what all others do. */
#include "dev/shown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAW_MAX ((size_t)16384) /* bytes of what a program said that browsers get */

/* Whether a report is of a build, of which the last alone counts. */
static bool is_of_build(osp_report_kind kind)
{
    return kind == OSP_REPORT_COMPILE || kind == OSP_REPORT_CHECK || kind == OSP_REPORT_TEMPLATE ||
           kind == OSP_REPORT_START;
}

static void drop(osp_shown *shown, size_t at)
{
    free((void *)(uintptr_t)shown->items[at].request.ptr);
    osp_buf_done(&shown->items[at].json);
    shown->count--;
    memmove(&shown->items[at], &shown->items[at + 1],
            (shown->count - at) * sizeof(shown->items[0]));
}

/* "GET /users/7", owned; empty: without memory, and where there is no target. */
static osp_str name_request(osp_str method, osp_str target)
{
    char *text = target.len > 0 ? malloc(method.len + 1 + target.len) : NULL;
    if (text == NULL) {
        return (osp_str){ 0 };
    }
    memcpy(text, method.ptr, method.len);
    text[method.len] = ' ';
    memcpy(text + method.len + 1, target.ptr, target.len);
    return (osp_str){ text, method.len + 1 + target.len };
}

/* Takes away what a new report makes old. */
static void make_room(osp_shown *shown, osp_report_kind kind, osp_str request)
{
    for (size_t i = shown->count; i > 0; i--) {
        const osp_report_kind old = shown->items[i - 1].kind;
        const bool same = request.len > 0 && osp_str_equal(shown->items[i - 1].request, request);
        if ((is_of_build(kind) && is_of_build(old)) || (kind == old && same)) {
            drop(shown, i - 1);
        }
    }
    if (shown->count == OSP_SHOWN_MAX) {
        drop(shown, 0);
    }
}

osp_status osp_shown_add(osp_shown *shown, const osp_report *report)
{
    char id[24];
    const osp_report_request *of = &report->request.value;
    const int len = snprintf(id, sizeof(id), "%llu", (unsigned long long)++shown->ids);
    osp_buf json;
    osp_buf_init(&json, NULL, 0, OSP_SHOWN_JSON_MAX);
    osp_report told = *report;
    told.id = (osp_str){ id, (size_t)len };
    told.raw.len = told.raw.len < RAW_MAX ? told.raw.len : RAW_MAX;
    osp_status status = osp_report_write(&told, &json);
    if (status != OSP_OK) { /* it was cut within a character, or is too much */
        told.raw.len = 0;
        json.failed = false;
        status = osp_report_write(&told, &json);
    }
    if (status != OSP_OK) {
        osp_buf_done(&json);
        return status;
    }
    const osp_str request =
        report->request.is == OSP_SET ? name_request(of->method, of->target) : (osp_str){ 0 };
    make_room(shown, report->kind, request);
    shown->items[shown->count].id = shown->ids;
    shown->items[shown->count].kind = report->kind;
    shown->items[shown->count].request = request;
    shown->items[shown->count++].json = json;
    return OSP_OK;
}

bool osp_shown_recover(osp_shown *shown, osp_str method, osp_str target)
{
    const size_t before = shown->count;
    const osp_str request = name_request(method, target);
    for (size_t i = shown->count; request.len > 0 && i > 0; i--) {
        if (shown->items[i - 1].kind == OSP_REPORT_FAILURE &&
            osp_str_equal(shown->items[i - 1].request, request)) {
            drop(shown, i - 1);
        }
    }
    free((void *)(uintptr_t)request.ptr);
    return shown->count != before;
}

bool osp_shown_clear(osp_shown *shown)
{
    const bool any = shown->count > 0;
    while (shown->count > 0) {
        drop(shown, shown->count - 1);
    }
    return any;
}

void osp_shown_write(const osp_shown *shown, osp_buf *out)
{
    size_t first = shown->count, bytes = 2;
    while (first > 0 && bytes + shown->items[first - 1].json.len + 1 <= OSP_SHOWN_JSON_MAX) {
        bytes += shown->items[--first].json.len + 1;
    }
    osp_buf_byte(out, '[');
    for (size_t i = first; i < shown->count; i++) {
        if (i > first) {
            osp_buf_byte(out, ',');
        }
        osp_buf_str(out, (osp_str){ shown->items[i].json.ptr, shown->items[i].json.len });
    }
    osp_buf_byte(out, ']');
}
