/* Actions of a page: which one runs, what it is given, and what becomes of it. */
#include "app/action.h"
#include "tests/unit/fault.h"
#include "tests/unit/unit.h"

typedef struct WriteIn {
    osp_str slug, title;
    int32_t page;
} WriteIn;
OSP_TYPE(WriteIn, PATH(slug), FORM(title, .min_len = 1, .max_len = 5),
         QUERY(page, .fallback = "1"));

typedef struct View {
    osp_str told;
} View;
OSP_TYPE(View, FIELD(told));

typedef struct SendIn {
    osp_upload file;
} SendIn;
OSP_TYPE(SendIn, FORM(file, .max_len = 3));

static int calls;

static osp_status save(osp_ctx *ctx, const WriteIn *in, View *out)
{
    calls++;
    out->told = osp_format(ctx, "%.*s %.*s %d", OSP_ARG(in->slug), OSP_ARG(in->title), in->page);
    if (osp_str_equal(in->title, OSP_STR("away"))) {
        return osp_redirect(ctx, 303, OSP_STR("/away"));
    }
    if (osp_str_equal(in->title, OSP_STR("text"))) {
        return osp_text(ctx, OSP_STR("hello"));
    }
    if (osp_str_equal(in->title, OSP_STR("taken"))) {
        return osp_fail_field(ctx, "/title", "is %s", "taken");
    }
    if (osp_str_equal(in->title, OSP_STR("bug"))) {
        return OSP_E_INVALID;
    }
    if (osp_str_equal(in->title, OSP_STR("db"))) {
        return osp_task_fail(&ctx->task, OSP_E_DB, "no table");
    }
    const int status = atoi(osp_format(ctx, "%.*s", OSP_ARG(in->title)).ptr);
    return status != 0 ? osp_fail(ctx, status, "It is %d.", status) : OSP_OK;
}

static osp_status send(osp_ctx *ctx, const SendIn *in, void *out)
{
    (void)out;
    calls++;
    return osp_flash(ctx, "%.*s", OSP_ARG(in->file.content));
}

static osp_status delete_it(osp_ctx *ctx, const void *in, void *out)
{
    (void)ctx;
    (void)in;
    (void)out;
    calls++;
    return OSP_OK;
}

OSP_ACTION(save, WriteIn, View);
OSP_ACTION(send, SendIn, void);
OSP_ACTION(delete_it, void, void);
static const osp_route *const actions[] = { &osp_action_editor__save, &osp_action_editor__send,
                                            &osp_action_editor__delete_it, NULL };

static osp_refused refused;
static bool shown;

static osp_status run(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    const osp_status status = osp_action_run(ctx, actions, &refused);
    if (status != OSP_DONE) {
        return status;
    }
    shown = true;
    OSP_CHECK(osp_failure_of(ctx) == NULL && ctx->task.error.status == OSP_OK);
    osp_set_status(ctx, refused.status);
    return osp_html(ctx, OSP_STR("the page"));
}

static const osp_route post = {
    .in_ = &osp_type_osp_action_in, .out_ = &osp_type_void, .call_ = run, .handler_ = "action"
};
static const char *const names[] = { "slug" };
static const osp_route_leaf leaf = { .pattern = "/[slug]",
                                     .file = "page.c",
                                     .param_names = names,
                                     .param_count = 1,
                                     .by_method = { [OSP_METHOD_POST] = &post } };
static const osp_route_leaf rest = { .pattern = "/[...slug]",
                                     .file = "page.c",
                                     .param_names = names,
                                     .param_count = 1,
                                     .rest = OSP_REST_SOME,
                                     .by_method = { [OSP_METHOD_POST] = &post } };
static const osp_route_node child = { .leaf = &leaf }, root = { .param = &child, .rest = &rest };
static const osp_app_def app = { .name = "test", .root = &root };

#define TOKEN "AAAAAAAAAAAAAAAAAAAAAA"
#define GOOD "_csrf=" TOKEN "&"
#define URLENCODED "application/x-www-form-urlencoded"

static osp_arena arena;
static osp_ctx ctx;
static osp_header_field headers[8];

static void begin(const char *target, const char *type, osp_str body)
{
    osp_arena_done(&arena);
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_ctx_init(&ctx, &app, &arena);
    calls = 0;
    shown = false;
    headers[0] = (osp_header_field){ OSP_STR("Content-Type"), osp_str_from(type) };
    headers[1] = (osp_header_field){ OSP_STR("Cookie"), OSP_STR("osp-form=" TOKEN) };
    headers[2] = (osp_header_field){ OSP_STR("Host"), OSP_STR("a.example") };
    ctx.request.method = OSP_METHOD_POST;
    ctx.request.target = osp_str_from(target);
    ctx.request.headers = headers;
    ctx.request.header_count = 3;
    ctx.request.body = body;
}

static void header(const char *name, const char *value)
{
    headers[ctx.request.header_count++] =
        (osp_header_field){ osp_str_from(name), osp_str_from(value) };
}

static int answer(void)
{
    osp_app_handle(&ctx);
    return ctx.response.status;
}

static int post_to(const char *target, const char *body)
{
    begin(target, URLENCODED, osp_str_from(body));
    return answer();
}

static osp_str location(void)
{
    return osp_answer_header(&ctx, OSP_STR("Location"));
}

OSP_UNIT_TEST(action_goes_back, "an action that is done sends to its page, without its own name")
{
    static const struct {
        const char *target, *location;
    } cases[] = {
        { "/x?/save", "/x" },
        { "/x", "/x" }, /* the one called save */
        { "/x?/save=", "/x" },
        { "/x?page=7&/save&&a=%20b", "/x?page=7&a=%20b" },
        { "/x?/save&/send", "/x" }, /* the first counts */
        { "/a%20b%C3%A9?/save", "/a%20b%C3%A9" },
        { "http://a.example/x?/save&q=1", "/x?q=1" },
        { "//b.example/x?/save&q=1", "/b.example/x?q=1" }, /* not to another host */
        { "http://a.example///b.example/x?/save", "/b.example/x" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        OSP_CHECK(post_to(cases[i].target, GOOD "title=t") == 303);
        OSP_CHECK_STR(location(), osp_str_from(cases[i].location));
        OSP_CHECK(calls == 1 && !shown);
    }
    OSP_CHECK(post_to("/x?/delete_it", GOOD) == 303 && calls == 1);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(action_unknown, "a name that no action has is nothing, and nothing runs")
{
    static const char *const targets[] = { "/x?/",      "/x?/Save",   "/x?/sav",
                                           "/x?/save2", "/x?/%73ave", "/x?/save/" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(targets); i++) {
        OSP_CHECK(post_to(targets[i], GOOD "title=t") == 404);
        OSP_CHECK(calls == 0 && !shown);
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(action_default, "without a name it is the only action, or the one called save")
{
    static const osp_route *const none[] = { NULL },
                                  *const one[] = { &osp_action_editor__send, NULL },
                                  *const two[] = { &osp_action_editor__send,
                                                   &osp_action_editor__delete_it, NULL };
    OSP_CHECK(osp_action_choose(none, OSP_STR("")) == NULL);
    OSP_CHECK(osp_action_choose(one, OSP_STR("")) == one[0]);
    OSP_CHECK(osp_action_choose(one, OSP_STR("a=b")) == one[0]);
    OSP_CHECK(osp_action_choose(one, OSP_STR("/other")) == NULL);
    OSP_CHECK(osp_action_choose(two, OSP_STR("")) == NULL);
    OSP_CHECK(osp_action_choose(two, OSP_STR("/delete_it")) == two[1]);
    OSP_CHECK(osp_action_choose(actions, OSP_STR("")) == actions[0]);
}

OSP_UNIT_TEST(action_answers, "what an action sends itself is the answer")
{
    OSP_CHECK(post_to("/x", GOOD "title=away") == 303);
    OSP_CHECK_STR(location(), OSP_STR("/away"));
    OSP_CHECK(post_to("/x", GOOD "title=text") == 200);
    OSP_CHECK_STR(ctx.response.bytes, OSP_STR("hello"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(action_bad_fields, "fields that are not valid show the page again, with all of them")
{
    OSP_CHECK(post_to("/x?page=none&/save", GOOD "title=too+long") == 422);
    OSP_CHECK(shown && calls == 0 && refused.action == actions[0]);
    OSP_CHECK_STR(refused.url, OSP_STR("/x?page=none"));
    OSP_CHECK_STR(refused.query, OSP_STR("page=none"));
    OSP_CHECK_STR(refused.failure, OSP_STR("Some fields are not as they must be."));
    OSP_CHECK(refused.fields.count == 2 && refused.typed.count == 2);
    OSP_CHECK_STR(refused.fields.items[1].where, OSP_STR("title"));
    OSP_CHECK_STR(refused.typed.items[1].value, OSP_STR("too long"));
    OSP_CHECK_STR(ctx.response.bytes, OSP_STR("the page"));
    OSP_CHECK(post_to("/x", GOOD "title=taken") == 422);
    OSP_CHECK(shown && calls == 1 && refused.fields.count == 1);
    OSP_CHECK_STR(refused.url, OSP_STR("/x"));
    OSP_CHECK(refused.query.len == 0);
    OSP_CHECK_STR(refused.fields.items[0].detail, OSP_STR("is taken"));
    OSP_CHECK_STR(((View *)refused.view)->told, OSP_STR("x taken 1"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(action_fails, "some failures show the page again, with their status, others do not")
{
    static const int again[] = { 400, 401, 409, 413, 422, 429 }, others[] = { 403, 404, 500, 503 };
    char body[64];
    for (size_t i = 0; i < OSP_ARRAY_LEN(again); i++) {
        snprintf(body, sizeof body, GOOD "title=%d", again[i]);
        OSP_CHECK(post_to("/x", body) == again[i] && shown);
        snprintf(body, sizeof body, "It is %d.", again[i]);
        OSP_CHECK_STR(refused.failure, osp_str_from(body));
    }
    OSP_CHECK(post_to("/x", GOOD "title=401") == 401);
    OSP_CHECK(osp_answer_header(&ctx, OSP_STR("WWW-Authenticate")).len > 0);
    for (size_t i = 0; i < OSP_ARRAY_LEN(others); i++) {
        snprintf(body, sizeof body, GOOD "title=%d", others[i]);
        OSP_CHECK(post_to("/x", body) == others[i] && !shown);
    }
    OSP_CHECK(post_to("/x", GOOD "title=bug") == 500 && !shown);
    OSP_CHECK(strstr(ctx.task.error.message, "save returned") != NULL);
    OSP_CHECK(post_to("/x", GOOD "title=db") == 500 && !shown);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(action_token, "an action wants the token of its client, in the form or in a header")
{
    static const char *const bad[] = { "title=t", "_csrf=&title=t",
                                       "_csrf=AAAAAAAAAAAAAAAAAAAAAQ&title=t",
                                       "title=t&_csrf=AAAAAAAAAAAAAAAAAAAAA&_csrf=" TOKEN };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        OSP_CHECK(post_to("/x", bad[i]) == 403);
        OSP_CHECK(calls == 0 && shown && refused.typed.count == 0);
    }
    begin("/x", URLENCODED, OSP_STR("title=t"));
    header("X-CSRF-Token", TOKEN);
    OSP_CHECK(answer() == 303 && calls == 1);
    begin("/x", URLENCODED, OSP_STR(GOOD "title=t"));
    headers[1].value = OSP_STR("a=b");
    OSP_CHECK(answer() == 403 && calls == 0);
    OSP_CHECK(post_to("/x?/delete_it", "") == 403 && calls == 0);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(action_sites, "an action is not run for another site, whatever it knows")
{
    static const struct {
        const char *name, *value;
        int with, without; /* the token */
    } cases[] = {
        { "Sec-Fetch-Site", "same-origin", 303, 403 }, { "Sec-Fetch-Site", "cross-site", 403, 403 },
        { "Sec-Fetch-Site", "same-site", 403, 403 },   { "Origin", "http://a.example", 303, 403 },
        { "Origin", "http://b.example", 403, 403 },    { "Origin", "null", 303, 403 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        begin("/x", URLENCODED, OSP_STR(GOOD "title=t"));
        header(cases[i].name, cases[i].value);
        OSP_CHECK(answer() == cases[i].with && calls == (cases[i].with == 303) && !shown);
        begin("/x", URLENCODED, OSP_STR("title=t"));
        header(cases[i].name, cases[i].value);
        OSP_CHECK(answer() == cases[i].without && calls == 0);
        /* What was typed is only filled in again where the browser says that the form was ours. */
        const bool ours = i == 0 || i == 3;
        OSP_CHECK(shown == (ours || i == 5));
        OSP_CHECK(!shown || refused.typed.count == ours);
    }
    osp_arena_done(&arena);
}

#define PART(disposition, content)                                                                 \
    "--X\r\nContent-Disposition: form-data; " disposition "\r\n\r\n" content "\r\n"

OSP_UNIT_TEST(action_parts, "a form in parts is read with its token and its files")
{
    const char *type = "multipart/form-data; boundary=X";
    begin("/x?/send", type,
          OSP_STR(PART("name=_csrf", TOKEN) PART("name=file; filename=f", "abc") "--X--\r\n"));
    OSP_CHECK(answer() == 303 && calls == 1);
    OSP_CHECK_STR(osp_flash_take(&ctx), OSP_STR("abc"));
    begin("/x?/send", type,
          OSP_STR(PART("name=_csrf", TOKEN) PART("name=file; filename=f", "abcd") "--X--\r\n"));
    OSP_CHECK(answer() == 422 && shown && calls == 0);
    OSP_CHECK(refused.fields.count == 1);
    begin("/x?/send", type, OSP_STR(PART("name=file; filename=f", "abc") "--X--\r\n"));
    OSP_CHECK(answer() == 403 && shown && calls == 0);
    /* of an action that takes no form */
    begin("/x?/delete_it", type, OSP_STR(PART("name=_csrf", TOKEN) "--X--\r\n"));
    OSP_CHECK(answer() == 303 && calls == 1);
    begin("/x?/send", type, OSP_STR(PART("name=_csrf", TOKEN)));
    OSP_CHECK(answer() == 400 && shown && calls == 0);
    begin("/x", "application/json", OSP_STR("{}"));
    OSP_CHECK(answer() == 415 && !shown && calls == 0);
    osp_arena_done(&arena);
}

static void starve_begin(void *arg)
{
    (void)arg;
    begin("/x?/save", URLENCODED, OSP_STR(GOOD "title=taken"));
}

static void starve_work(void *arg)
{
    (void)arg;
    (void)answer();
}

static void starve_judge(void *arg, bool starved)
{
    (void)arg;
    OSP_CHECK(ctx.response.status == 422 || (starved && ctx.response.status >= 403));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(action_memory, "an action that is short of memory is no success")
{
    OSP_CHECK(osp_fault_each(&(osp_fault_trial){
                  .begin = starve_begin, .work = starve_work, .judge = starve_judge }) > 3);
}
