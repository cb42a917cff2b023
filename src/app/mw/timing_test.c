/* What Server-Timing says, by a clock that handlers turn. */
#include "app/mw/mw.h"
#include "tests/unit/unit.h"

static const osp_timing_options options = { .name = "total" };

static osp_status timing_call(osp_ctx *ctx, osp_next *next)
{
    return osp_timing(ctx, next, &options);
}

static osp_status (*act)(osp_ctx *ctx);

static osp_status answers(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    OSP_TRY(act(ctx));
    return osp_text(ctx, OSP_STR("done"));
}

static const osp_middleware step = { .call_ = timing_call, .name_ = "osp_timing" };
static const osp_middleware *const chain[] = { &step, NULL };
static const osp_route route = {
    .in_ = &osp_type_void, .out_ = &osp_type_void, .call_ = answers, .handler_ = "answers"
};

static void give_name(const osp_ctx *ctx, char text[OSP_REQUEST_NAME_LEN])
{
    (void)ctx;
    memset(text, 'n', OSP_REQUEST_NAME_LEN);
}

static const osp_door door = { .name = give_name };

static int64_t clock_us;

static int64_t tell_time(const osp_task *task)
{
    (void)task;
    return clock_us;
}

static const osp_waits waits = { .now_us = tell_time };

/* What is said of a request whose handler does `what`. */
static const char *said_of(osp_status (*what)(osp_ctx *ctx), bool timed)
{
    static char text[2048];
    const osp_route_leaf leaf = { .pattern = "/",
                                  .chain = timed ? chain : NULL,
                                  .by_method = { [OSP_METHOD_GET] = &route } };
    const osp_route_node root = { .leaf = &leaf };
    const osp_app_def app = { .name = "test", .root = &root };
    osp_arena arena;
    osp_ctx ctx;
    act = what;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_ctx_init(&ctx, &app, &arena);
    ctx.task.waits = &waits;
    ctx.door = &door;
    ctx.request.method = OSP_METHOD_GET;
    ctx.request.target = OSP_STR("/");
    ctx.request.headers = NULL;
    ctx.request.header_count = 0;
    osp_app_handle(&ctx);
    snprintf(text, sizeof text, "%.*s", OSP_ARG(osp_answer_header(&ctx, S("Server-Timing"))));
    osp_arena_done(&arena);
    return text;
}

static osp_status nothing(osp_ctx *ctx)
{
    (void)ctx;
    clock_us += 1042;
    return OSP_OK;
}

static osp_status spans(osp_ctx *ctx)
{
    OSP_TIME_SPAN(ctx, "db", "reading orders")
    {
        clock_us += 1000;
        OSP_TIME_SPAN(ctx, "date", NULL)
        { /* which is no field that could be set */
            clock_us += 500;
        }
    }
    clock_us += 7;
    OSP_TIME_SPAN(ctx, "db", "other words")
    {
        clock_us += 20;
    }
    OSP_TIME_SPAN(ctx, "quoted", "a \"b\"")
    {
        clock_us += 1;
    }
    OSP_TIME_SPAN(ctx, "no token", NULL)
    {
        clock_us += 1;
    }
    return OSP_OK;
}

static osp_status fails(osp_ctx *ctx)
{
    OSP_TIME_SPAN(ctx, "db", NULL)
    {
        clock_us += 9;
        return osp_fail(ctx, 404, "not there");
    }
    return OSP_OK;
}

static osp_status by_hand(osp_ctx *ctx)
{
    osp_time_span span = osp_time_span_begin(ctx, "once", NULL);
    clock_us += 3;
    osp_time_span_end(&span);
    clock_us += 3;
    osp_time_span_end(&span); /* which it has */
    return OSP_OK;
}

static osp_status many(osp_ctx *ctx)
{
    static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i",
                                         "j", "k", "l", "m", "n", "o", "p", "q" };
    _Static_assert(OSP_ARRAY_LEN(names) == OSP_TIME_SPANS_MAX + 1, "one too many");
    for (size_t i = 0; i < OSP_ARRAY_LEN(names); i++) {
        OSP_TIME_SPAN(ctx, names[i], NULL)
        {
            clock_us += 1;
        }
    }
    OSP_TIME_SPAN(ctx, "p", NULL)
    { /* which is there */
        clock_us += 1;
    }
    return OSP_OK;
}

#define CHECK_SAID(what, timed, want)                                                              \
    OSP_CHECK_STR(osp_str_from(said_of((what), (timed))), osp_str_from(want))

OSP_UNIT_TEST(timing_spans, "a span is beside the whole, with the sum of all of its name")
{
    CHECK_SAID(nothing, true, "total;dur=1.042");
    CHECK_SAID(spans, true,
               "total;dur=1.529, date;dur=0.500, db;desc=\"reading orders\";dur=1.520, "
               "quoted;dur=0.001");
    CHECK_SAID(fails, true, "total;dur=0.009, db;dur=0.009");
    CHECK_SAID(by_hand, true, "total;dur=0.006, once;dur=0.003");
}

OSP_UNIT_TEST(timing_spans_max, "of one name more than there may be nothing is said")
{
    const char *said = said_of(many, true);
    OSP_CHECK(strstr(said, ", o;dur=0.001, p;dur=0.002") != NULL && strstr(said, "q;") == NULL);
}

OSP_UNIT_TEST(timing_elsewhere, "without osp_timing a span is its block alone")
{
    CHECK_SAID(spans, false, "");
    CHECK_SAID(fails, false, "");
}
