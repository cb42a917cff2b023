#include "base/trace.h"

#include "tests/unit/unit.h"

typedef struct fixture {
    osp_arena arena;
    osp_task task;
    osp_trace trace;
    osp_trace_ref ref;
    osp_service services[2];
} fixture;

static void setup(fixture *f)
{
    osp_arena_init(&f->arena, NULL, 0, 1 << 20);
    osp_task_init(&f->task, &f->arena);
    osp_trace_init(&f->trace);
    f->services[0] = (osp_service){ &osp_trace_key, &f->ref };
    f->ref.trace = &f->trace;
    f->services[1] = (osp_service){ NULL, NULL };
    f->task.services = f->services;
}

static uint32_t begin(osp_task *task, osp_span_kind kind, const char *name)
{
    return osp_trace_begin(task, kind, name, "routes/route.c", 7);
}

OSP_PRINTF(2, 3) static void say(osp_task *task, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    osp_trace_say(task, NULL, 1, format, args);
    va_end(args);
}

OSP_UNIT_TEST(trace_nothing, "a task that nobody records takes spans and keeps none")
{
    fixture f;
    setup(&f);
    f.task.services = NULL;
    OSP_CHECK(begin(&f.task, OSP_SPAN_SQL, "SELECT 1") == 0);
    osp_trace_end(&f.task, 0, OSP_OK);
    osp_trace_rows(&f.task, 0, 3);
    osp_trace_offloaded(&f.task);
    say(&f.task, "nobody hears this");
    OSP_CHECK(osp_trace_open(&f.task, OSP_SPAN_KINDS) == 0);
    OSP_CHECK(f.trace.span_count == 0 && f.trace.line_count == 0);
}

OSP_UNIT_TEST(trace_over, "and so does one whose recording has ended")
{
    fixture f;
    setup(&f);
    OSP_CHECK(begin(&f.task, OSP_SPAN_HANDLER, "get") == 1);
    f.ref.trace = NULL;
    OSP_CHECK(begin(&f.task, OSP_SPAN_SQL, "SELECT 1") == 0);
    osp_trace_end(&f.task, 1, OSP_OK);
    OSP_CHECK(f.trace.span_count == 1 && f.trace.spans[0].ended_us == 0);
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(trace_nests, "a span is within the last one of its task that has not ended")
{
    fixture f;
    setup(&f);
    const uint32_t outer = begin(&f.task, OSP_SPAN_MIDDLEWARE, "outer");
    const uint32_t before = begin(&f.task, OSP_SPAN_SQL, "SELECT 1");
    osp_trace_rows(&f.task, before, 2);
    osp_trace_rows(&f.task, before, 1);
    osp_trace_end(&f.task, before, OSP_OK);
    const uint32_t inner = begin(&f.task, OSP_SPAN_HANDLER, "get");
    osp_trace_offloaded(&f.task);
    OSP_CHECK(osp_trace_open(&f.task, OSP_SPAN_MIDDLEWARE) == outer);
    OSP_CHECK(osp_trace_open(&f.task, OSP_SPAN_KINDS) == inner);
    osp_trace_end(&f.task, inner, OSP_E_DB);
    osp_trace_end(&f.task, outer, OSP_OK);
    const osp_span *spans = f.trace.spans;
    OSP_CHECK(f.trace.span_count == 3 && outer == 1 && before == 2 && inner == 3);
    OSP_CHECK(spans[0].parent == 0 && spans[1].parent == outer && spans[2].parent == outer);
    OSP_CHECK(spans[0].rows == -1 && spans[1].rows == 3);
    OSP_CHECK(!spans[0].failed && spans[2].failed);
    OSP_CHECK(spans[2].offloaded && !spans[0].offloaded);
    OSP_CHECK(spans[0].ended_us >= spans[2].ended_us && spans[2].began_us >= spans[1].ended_us);
    OSP_CHECK(osp_trace_open(&f.task, OSP_SPAN_KINDS) == 0);
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(trace_children, "spans of tasks beside each other are within that of their parent")
{
    fixture f;
    setup(&f);
    osp_kin kin = { 0 };
    osp_child one = { .state = 0 }, other = { .state = 0 };
    f.task.kin = &kin;
    osp_task_init(&one.task, &f.arena);
    osp_task_init(&other.task, &f.arena);
    one.task.kin = &one.kin, other.task.kin = &other.kin;
    one.kin.parent = other.kin.parent = &f.task;
    one.task.services = other.task.services = f.services;
    const uint32_t handler = begin(&f.task, OSP_SPAN_HANDLER, "get");
    const uint32_t a = begin(&one.task, OSP_SPAN_SQL, "SELECT 1");
    const uint32_t b = begin(&other.task, OSP_SPAN_SQL, "SELECT 2");
    const uint32_t c = begin(&one.task, OSP_SPAN_SQL, "SELECT 3");
    OSP_CHECK(f.trace.spans[a - 1].parent == handler && f.trace.spans[b - 1].parent == handler);
    OSP_CHECK(f.trace.spans[c - 1].parent == a);
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(trace_limit, "spans and lines beyond their limits are counted")
{
    fixture f;
    setup(&f);
    for (size_t i = 0; i < OSP_TRACE_SPANS_MAX; i++) {
        const uint32_t span = begin(&f.task, OSP_SPAN_SQL, "SELECT 1");
        OSP_CHECK(span == i + 1);
        osp_trace_end(&f.task, span, OSP_OK);
    }
    OSP_CHECK(f.trace.span_lost == 0);
    OSP_CHECK(begin(&f.task, OSP_SPAN_SQL, "SELECT 1") == 0 && f.trace.span_lost == 1);
    for (size_t i = 0; i < OSP_TRACE_LINES_MAX; i++) {
        say(&f.task, "line %zu", i);
    }
    OSP_CHECK(f.trace.line_count == OSP_TRACE_LINES_MAX && f.trace.line_lost == 0);
    const osp_trace_line *last = &f.trace.lines[OSP_TRACE_LINES_MAX - 1];
    OSP_CHECK(osp_str_equal((osp_str){ f.trace.text + last->text_at, last->text_len },
                            OSP_STR("line 63")));
    say(&f.task, "one more");
    OSP_CHECK(f.trace.line_count == OSP_TRACE_LINES_MAX && f.trace.line_lost == 1);
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(trace_text, "the text of lines is cut where it has no more room")
{
    fixture f;
    setup(&f);
    static char long_text[OSP_TRACE_TEXT_MAX];
    memset(long_text, 'x', sizeof long_text - 1);
    say(&f.task, "%s", long_text); /* with its end it fits */
    OSP_CHECK(f.trace.lines[0].text_len == OSP_TRACE_TEXT_MAX - 1);
    say(&f.task, "more");
    OSP_CHECK(f.trace.line_count == 2 && f.trace.lines[1].text_len == 0);
    OSP_CHECK(f.trace.text_len <= OSP_TRACE_TEXT_MAX);
    osp_arena_done(&f.arena);
}
