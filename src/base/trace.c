/* The spans of a request, kept in one table without holes.
 *
 *     spans:  1 middleware  2 provider  3 handler  4 task  5 SQL
 *     parent: 0             1           1          3       4
 *
 * A span is within the one that its task has begun last and not ended; the first one of a task that
 * was spawned is within that of its parent.  Tasks of a request run on one thread, so nothing here
 * is locked; what is offloaded says so before it leaves.
 *
 * Rejected: a list of open spans in each task, which would be a word in all of them also where
 * nobody looks. */
#include "base/trace.h"

#include <stdio.h>

const char osp_trace_key = 0;

void osp_trace_init(osp_trace *trace)
{
    trace->span_count = trace->span_lost = 0;
    trace->line_count = trace->line_lost = 0;
    trace->text_len = 0;
}

osp_trace *osp_trace_of(const osp_task *task)
{
    const osp_trace_ref *ref = osp_task_service(task, &osp_trace_key);
    return ref != NULL ? ref->trace : NULL;
}

/* The innermost open span of a task; 0: none. */
static uint32_t open_of(const osp_trace *trace, const osp_task *task, osp_span_kind kind)
{
    for (uint32_t i = trace->span_count; i > 0; i--) {
        const osp_span *span = &trace->spans[i - 1];
        if (span->task == task && span->ended_us == 0 &&
            (kind == OSP_SPAN_KINDS || span->kind == kind)) {
            return i;
        }
    }
    return 0;
}

static uint32_t parent_of(const osp_trace *trace, const osp_task *task)
{
    uint32_t found = 0;
    while (task != NULL && found == 0) {
        found = open_of(trace, task, OSP_SPAN_KINDS);
        task = task->kin != NULL ? task->kin->parent : NULL;
    }
    return found;
}

uint32_t osp_trace_begin(osp_task *task, osp_span_kind kind, const char *name, const char *file,
                         int line)
{
    osp_trace *trace = osp_trace_of(task);
    OSP_ASSERT(name != NULL && kind < OSP_SPAN_KINDS);
    if (trace == NULL) {
        return 0;
    }
    if (trace->span_count == OSP_TRACE_SPANS_MAX) {
        trace->span_lost++;
        return 0;
    }
    const uint32_t parent = parent_of(trace, task);
    trace->spans[trace->span_count++] = (osp_span){ .task = task,
                                                    .name = name,
                                                    .file = file,
                                                    .line = line,
                                                    .kind = (uint8_t)kind,
                                                    .began_us = osp_task_now_us(task),
                                                    .rows = -1,
                                                    .parent = parent };
    return trace->span_count;
}

void osp_trace_end(osp_task *task, uint32_t span, osp_status status)
{
    osp_trace *trace = span != 0 ? osp_trace_of(task) : NULL;
    if (trace != NULL) {
        OSP_ASSERT(span <= trace->span_count);
        trace->spans[span - 1].ended_us = osp_task_now_us(task);
        trace->spans[span - 1].failed = status < 0;
    }
}

void osp_trace_rows(osp_task *task, uint32_t span, size_t rows)
{
    osp_trace *trace = span != 0 ? osp_trace_of(task) : NULL;
    if (trace != NULL) {
        osp_span *of = &trace->spans[span - 1];
        OSP_ASSERT(span <= trace->span_count);
        of->rows = (of->rows < 0 ? 0 : of->rows) + (int64_t)rows;
    }
}

uint32_t osp_trace_open(osp_task *task, osp_span_kind kind)
{
    const osp_trace *trace = osp_trace_of(task);
    return trace != NULL ? open_of(trace, task, kind) : 0;
}

void osp_trace_offloaded(osp_task *task)
{
    osp_trace *trace = osp_trace_of(task);
    const uint32_t span = trace != NULL ? open_of(trace, task, OSP_SPAN_KINDS) : 0;
    if (span != 0) {
        trace->spans[span - 1].offloaded = true;
    }
}

void osp_trace_say(osp_task *task, const osp_place *here, int level, const char *format,
                   va_list args)
{
    osp_trace *trace = osp_trace_of(task);
    if (trace == NULL) {
        return;
    }
    if (trace->line_count == OSP_TRACE_LINES_MAX) {
        trace->line_lost++;
        return;
    }
    const size_t room = OSP_TRACE_TEXT_MAX - trace->text_len;
    const int wanted = vsnprintf(trace->text + trace->text_len, room, format, args);
    const size_t len = wanted < 0 || room == 0 ? 0
                       : (size_t)wanted < room ? (size_t)wanted
                                               : room - 1;
    trace->lines[trace->line_count++] = (osp_trace_line){ .at_us = osp_task_now_us(task),
                                                          .file = here != NULL ? here->file : NULL,
                                                          .line = here != NULL ? here->line : 0,
                                                          .level = level,
                                                          .text_at = trace->text_len,
                                                          .text_len = (uint32_t)len };
    trace->text_len += (uint32_t)len;
}
