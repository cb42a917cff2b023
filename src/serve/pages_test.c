/* Pages whose loads wait, in a worker whose clock the test moves: all of them at once, in the order
 * of the document, and with clients that go away meanwhile. */
#include <openspeed/mw.h>
#include <openspeed/page.h>

#include "app/page_keeper.h"
#include "tests/unit/rig.h"

#define OUTER_S 2
#define INNER_S 3
#define SLOT_S 1

typedef struct View {
    osp_str text;
} View;
OSP_TYPE(View, FIELD(text));

/* What happens at the end of a load; NULL: nothing. */
static osp_status (*outer_end)(osp_ctx *ctx);
static osp_status (*inner_end)(osp_ctx *ctx);
static unsigned running, ended;
static osp_str ids[3];

static osp_status load(osp_ctx *ctx, int number, int seconds, View *out,
                       osp_status (*at_end)(osp_ctx *ctx))
{
    running++;
    ids[number] = osp_request_id(ctx);
    OSP_CHECK(osp_client_address(ctx).len == 0); /* a unix socket has none */
    const osp_status status = osp_sleep_ms(ctx, seconds * 1000);
    running--;
    OSP_TRY(status);
    ended++;
    out->text = osp_format(ctx, "load %d", number);
    return at_end != NULL ? at_end(ctx) : OSP_OK;
}

static osp_status load_outer(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    OSP_TRY(osp_set_header(ctx, S("X-Who"), S("outer")));
    OSP_TRY(osp_vary(ctx, S("X-Outer")));
    return load(ctx, 0, OUTER_S, out, outer_end);
}

static osp_status load_inner(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    OSP_TRY(osp_set_header(ctx, S("X-Who"), S("inner")));
    OSP_TRY(osp_vary(ctx, S("X-Inner")));
    OSP_TRY(osp_set_cookie(ctx, S("inner"), S("1")));
    OSP_TRY(osp_flash(ctx, "flashed"));
    return load(ctx, 1, INNER_S, out, inner_end);
}

static osp_status load_slot(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    OSP_TRY(osp_set_cookie(ctx, S("slot"), S("1")));
    OSP_TIME_SPAN(ctx, "slot", NULL)
    {
        OSP_TRY(load(ctx, 2, SLOT_S, out, NULL));
    }
    return OSP_OK;
}

#define LOAD(fn)                                                                                   \
    {                                                                                              \
        .in_ = &osp_type_void, .out_ = &osp_type_View, .call_ = osp_page_show_, .fills_ = (fn),    \
        .handler_ = #fn, .file_ = "pages_test.c", .line_ = 1, .method_ = OSP_METHOD_GET,           \
        .view_ = true                                                                              \
    }

static const osp_route outer_load = LOAD(load_outer), slot_load = LOAD(load_slot);
static osp_route inner_load = LOAD(load_inner);

#define HTML(name, number, html)                                                                   \
    {                                                                                              \
        .file = "routes/" name, .text = html, .len = sizeof(html) - 1, .index = number             \
    }
static const osp_template_file layout_file =
    HTML("layout.html", 0, "<body>[{{text}}]{{outlet}}({{outlet @side}})</body>");
static const osp_template_file page_file = HTML("page.html", 1, "<p>{{text}}</p>{{page.flash}}");
static const osp_template_file side_file = HTML("@side/page.html", 2, "<i>{{text}}</i>");
static const osp_template_file wait_file = HTML("loading.html", 3, "<s>wait</s>");
static const osp_template_file *const templates[] = { &layout_file, &page_file, &side_file,
                                                      &wait_file };

static const osp_page_part layout = { .html = &layout_file, .load = &outer_load };
static osp_page_part page = { .html = &page_file, .load = &inner_load };
static const osp_page_part side = { .html = &side_file, .load = &slot_load };
static const osp_page_part *const parts[] = { &layout, &page };
static const osp_page_slot slots[] = { { 0, "side", &side } };
static const osp_page_def def = {
    .parts = parts, .part_count = 2, .slots = slots, .slot_count = 1
};
static const osp_page_def *const pages[] = { &def };
static osp_status times(osp_ctx *ctx, osp_next *next)
{
    static const osp_timing_options options = { .name = NULL };
    return osp_timing(ctx, next, &options);
}

static const osp_middleware timing = { .call_ = times,
                                       .name_ = "times",
                                       .place_ = { "routes/middleware.c", 1 } };
static const osp_middleware *const chain[] = { &timing, NULL };

static const osp_route_leaf leaf = { .pattern = "/",
                                     .file = "routes/page.html",
                                     .chain = chain,
                                     .by_method = { [OSP_METHOD_GET] = &inner_load },
                                     .page = &def };
static const osp_route_leaf *const leaves[] = { &leaf };
static const osp_route_node root = { .leaf = &leaf };
static const osp_app_def app = { .name = "pages",
                                 .root = &root,
                                 .leaves = leaves,
                                 .leaf_count = 1,
                                 .templates = templates,
                                 .template_count = OSP_ARRAY_LEN(templates),
                                 .pages = pages,
                                 .page_count = 1,
                                 .page_keeper = &osp_page_keeper };

#define ASK OSP_RIG_GET("/")

static osp_client begin(osp_rig *rig)
{
    ended = 0;
    osp_rig_open_app(rig, &app);
    osp_client client = osp_client_open(rig);
    osp_client_send(&client, S(ASK));
    return client;
}

static void finish(osp_rig *rig, osp_client *client)
{
    osp_client_close(client);
    osp_rig_turns(rig, 8);
    OSP_CHECK(running == 0);
    osp_rig_close(rig);
}

OSP_UNIT_TEST(pages_at_once, "loads wait at the same time, and are taken in the document's order")
{
    osp_rig rig;
    osp_client client = begin(&rig);
    osp_rig_turns(&rig, 4);
    OSP_CHECK(running == 3);
    osp_rig_pass(&rig, INNER_S - 1);
    OSP_CHECK(osp_client_status(&client) == 0 && ended == 2);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(osp_client_status(&client) == 200 && ended == 3);
    OSP_CHECK(osp_client_count(&client, "[load 0]<!--osp:1 ") == 1);
    OSP_CHECK(osp_client_count(&client, "<p>load 1</p>flashed") == 1);
    OSP_CHECK(osp_client_count(&client, "Server-Timing: app;dur=3000.000, slot;dur=1000.000") == 1);
    OSP_CHECK(osp_client_count(&client, "(<i>load 2</i>)") == 1);
    OSP_CHECK(osp_client_count(&client, "X-Who: inner\r\n") == 1);
    OSP_CHECK(osp_client_count(&client, "X-Who: ") == 1);
    OSP_CHECK(osp_client_count(&client, "Vary: X-Outer, X-Inner, OpenSpeed-Parts\r\n") == 1);
    OSP_CHECK(osp_client_count(&client, "Set-Cookie: ") == 2);
    finish(&rig, &client);
}

static osp_status refuses(osp_ctx *ctx)
{
    return osp_fail(ctx, 403, "not for you");
}

static osp_status finds_nothing(osp_ctx *ctx)
{
    return osp_fail(ctx, 404, "nothing of that name");
}

static osp_status goes_away(osp_ctx *ctx)
{
    return osp_redirect(ctx, 303, S("/elsewhere"));
}

OSP_UNIT_TEST(pages_refusal, "a layout refuses, and what runs within it ends at once and unheard")
{
    osp_rig rig;
    outer_end = refuses;
    osp_client client = begin(&rig);
    osp_rig_pass(&rig, OUTER_S);
    OSP_CHECK(osp_client_status(&client) == 403 && running == 0 && ended == 2);
    OSP_CHECK(osp_client_count(&client, "X-Who: outer\r\n") == 1);
    OSP_CHECK(osp_client_count(&client, "Set-Cookie: ") == 0);
    outer_end = goes_away;
    osp_client_forget(&client);
    osp_client_send(&client, S(ASK));
    osp_rig_pass(&rig, OUTER_S);
    OSP_CHECK(osp_client_status(&client) == 303 && running == 0);
    OSP_CHECK(osp_client_count(&client, "Location: /elsewhere\r\n") == 1);
    outer_end = NULL;
    inner_end = finds_nothing;
    osp_client_forget(&client);
    osp_client_send(&client, S(ASK));
    osp_rig_pass(&rig, INNER_S);
    OSP_CHECK(osp_client_status(&client) == 404);
    inner_end = NULL;
    finish(&rig, &client);
}

OSP_UNIT_TEST(pages_one_request, "loads beside each other are of one request")
{
    osp_rig rig;
    osp_client client = begin(&rig);
    osp_rig_turns(&rig, 4);
    OSP_CHECK(ids[0].len == OSP_REQUEST_NAME_LEN);
    OSP_CHECK_STR(ids[1], ids[0]);
    OSP_CHECK_STR(ids[2], ids[0]);
    osp_rig_pass(&rig, INNER_S);
    OSP_CHECK(osp_client_status(&client) == 200);
    finish(&rig, &client);
}

/* Asks, and goes away after so many tenths of a second. */
static void abort_after(int tenths)
{
    osp_rig rig;
    osp_client client = begin(&rig);
    osp_rig_pass_ms(&rig, tenths * 100);
    osp_client_close(&client);
    osp_rig_turns(&rig, 8);
    osp_rig_pass(&rig, INNER_S + 1);
    OSP_CHECK(running == 0);
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(pages_aborts, "a client may go away at any time")
{
    for (int tenths = 0; tenths <= 10 * INNER_S + 1; tenths += 5) {
        abort_after(tenths);
    }
}

OSP_UNIT_TEST(pages_late, "loads that take too long are ended with their request")
{
    osp_rig rig;
    osp_config config = osp_rig_patient();
    config.deadlines.handler_s = 1;
    ended = 0;
    osp_rig_open_app_with(&rig, &app, &config);
    osp_client client = osp_client_open(&rig);
    osp_client_send(&client, S(ASK));
    osp_rig_pass(&rig, 4);
    OSP_CHECK(osp_client_status(&client) == 503 && running == 0);
    finish(&rig, &client);
}

OSP_UNIT_TEST(pages_no_fibers, "where no fiber is to spare, loads wait one after the other")
{
    osp_config config = osp_rig_patient();
    config.limits.requests = 1;
    for (int seconds = 0; seconds <= OUTER_S + INNER_S + SLOT_S; seconds++) {
        osp_rig rig;
        ended = 0;
        osp_rig_open_app_with(&rig, &app, &config);
        osp_client client = osp_client_open(&rig);
        osp_client_send(&client, S(ASK));
        osp_rig_pass(&rig, seconds);
        OSP_CHECK(running == (seconds < OUTER_S + INNER_S + SLOT_S));
        if (running == 0) {
            OSP_CHECK(osp_client_status(&client) == 200 && ended == 3);
            OSP_CHECK(osp_client_count(&client, "<p>load 1</p>flashed") == 1);
        }
        osp_client_close(&client); /* it may go away meanwhile */
        osp_rig_turns(&rig, 8);
        OSP_CHECK(running == 0);
        osp_rig_close(&rig);
    }
}

/* ---------------------------------------------------------------- streams */

static void stream(bool on)
{
    inner_load.streams = on;
    page.loading = on ? &wait_file : NULL;
}

OSP_UNIT_TEST(pages_stream, "what is around comes before the slow page has ended, which has begun")
{
    osp_rig rig;
    stream(true);
    osp_client client = begin(&rig);
    osp_rig_turns(&rig, 4);
    OSP_CHECK(osp_client_status(&client) == 0 && running == 2); /* what may refuse is awaited */
    osp_rig_pass(&rig, OUTER_S);
    OSP_CHECK(osp_client_status(&client) == 200);
    OSP_CHECK(osp_client_count(&client, "[load 0]<!--osp:1 ") == 1);
    OSP_CHECK(osp_client_count(&client, "<s>wait</s></div>") == 1);
    OSP_CHECK(osp_client_count(&client, "<div slot=\"part\">") == 0); /* it would hide that */
    OSP_CHECK(osp_client_count(&client, "load 1") == 0 && running == 1);
    osp_rig_pass(&rig, INNER_S);
    OSP_CHECK(osp_client_status(&client) == 200);
    OSP_CHECK(osp_client_count(&client, "<div slot=\"part\"><p>load 1</p></div>") == 1);
    OSP_CHECK(osp_client_count(&client, "</body>\r\n0\r\n\r\n") == 1);
    OSP_CHECK(osp_client_count(&client, "X-Who: outer\r\n") == 1);
    finish(&rig, &client);
    for (int tenths = 0; tenths <= 10 * (OUTER_S + INNER_S) + 1; tenths += 5) {
        abort_after(tenths);
    }
    stream(false);
}
