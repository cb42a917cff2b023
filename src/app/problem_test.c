#include "app/ctx.h"
#include "tests/unit/fault.h"
#include "tests/unit/unit.h"

static const osp_message rows[] = { { "minimum", "mindestens {limit}" },
                                    { "is taken", "ist vergeben" },
                                    { "Not Found", "Nicht gefunden" },
                                    { "There is nothing \"here\".", "Hier ist nichts." } };
static const osp_messages de = { .language_ = "de_CH", .rows_ = rows, .count_ = 4 };
static const osp_messages *const tables[] = { &de };
static const osp_app_def app = { .messages = tables, .message_count = 1 };
static const osp_app_def english = { .name = "english" };

static osp_arena arena;

static void init(osp_ctx *ctx, const osp_app_def *of, const osp_header_field *language)
{
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    memset(ctx, 0, sizeof(*ctx));
    osp_ctx_init(ctx, of, &arena);
    ctx->request.headers = language;
    ctx->request.header_count = language != NULL;
}

/* The value of the only field of a name; empty when there is none. */
static osp_str field(const osp_ctx *ctx, const char *name)
{
    osp_str found = { NULL, 0 };
    for (uint32_t i = 0; i < ctx->response.header_count; i++) {
        if (osp_str_equal(ctx->response.headers[i].name, osp_str_from(name))) {
            OSP_CHECK(found.ptr == NULL);
            found = ctx->response.headers[i].value;
        }
    }
    return found;
}

static const osp_header_field german = { OSP_STR("Accept-Language"), OSP_STR("DE-ch") };

OSP_UNIT_TEST(problem_translated, "title, detail and errors are said in the client's language")
{
    osp_ctx ctx;
    osp_issues issues = { .count = 0 };
    init(&ctx, &app, &german);
    osp_issues_add(&issues, NULL, OSP_STR("/n"),
                   osp_flaw_with(OSP_SAY(MINIMUM), &arena, OSP_STR("1")));
    osp_issues_add(&issues, "query", OSP_STR("q"), osp_flaw_of(OSP_SAY(REQUIRED)));
    osp_problem(&ctx, 404, OSP_STR("There is nothing \"here\"."), &issues);
    OSP_CHECK_STR(
        ctx.response.bytes,
        OSP_STR("{\"type\":\"about:blank\",\"status\":404,\"title\":\"Nicht gefunden\","
                "\"detail\":\"Hier ist nichts.\",\"errors\":["
                "{\"pointer\":\"/n\",\"code\":\"minimum\",\"detail\":\"mindestens 1\"},"
                "{\"in\":\"query\",\"name\":\"q\",\"code\":\"required\",\"detail\":\"is required\"}"
                "]}"));
    OSP_CHECK_STR(field(&ctx, "Content-Language"), OSP_STR("de-CH"));
    OSP_CHECK_STR(field(&ctx, "Vary"), OSP_STR("Accept, Accept-Language"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(problem_own_sentence, "what osp_fail_field says is translated when it is known")
{
    osp_ctx ctx;
    init(&ctx, &app, &german);
    OSP_CHECK(osp_fail_field(&ctx, "/name", "is %s", "taken") == OSP_E_FAILED);
    OSP_CHECK(memmem(ctx.response.bytes.ptr, ctx.response.bytes.len, "ist vergeben", 12) != NULL);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(problem_untranslated, "English has no Content-Language and varies all the same")
{
    osp_ctx ctx;
    init(&ctx, &app, NULL);
    osp_problem(&ctx, 404, OSP_STR(""), NULL);
    OSP_CHECK(memmem(ctx.response.bytes.ptr, ctx.response.bytes.len, "Not Found", 9) != NULL);
    OSP_CHECK(field(&ctx, "Content-Language").ptr == NULL);
    OSP_CHECK_STR(field(&ctx, "Vary"), OSP_STR("Accept, Accept-Language"));
    osp_arena_done(&arena);
    init(&ctx, &english, &german);
    osp_problem(&ctx, 404, OSP_STR(""), NULL);
    OSP_CHECK_STR(field(&ctx, "Vary"), OSP_STR("Accept"));
    OSP_CHECK(ctx.response.header_count == 1);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(problem_again, "a later problem takes back what the first said of its language")
{
    osp_ctx ctx;
    init(&ctx, &app, &german);
    osp_problem(&ctx, 404, OSP_STR(""), NULL);
    OSP_CHECK(osp_vary(&ctx, OSP_STR("Cookie")) == OSP_OK);
    OSP_CHECK_STR(field(&ctx, "Content-Language"), OSP_STR("de-CH"));
    osp_problem(&ctx, 500, OSP_STR(""), NULL);
    OSP_CHECK(ctx.response.header_count == 1);
    OSP_CHECK_STR(field(&ctx, "Vary"), OSP_STR("Accept, Accept-Language, Cookie"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(problem_no_room, "where both fields have no room the problem is English")
{
    for (uint32_t room = 0; room <= 2; room++) {
        osp_ctx ctx;
        init(&ctx, &app, &german);
        for (uint32_t i = 0; i < OSP_ANSWER_HEADERS_MAX - room; i++) {
            OSP_CHECK(osp_add_header(&ctx, OSP_STR("X"), OSP_STR("y")) == OSP_OK);
        }
        osp_problem(&ctx, 404, OSP_STR(""), NULL);
        const osp_str body = ctx.response.bytes;
        OSP_CHECK((memmem(body.ptr, body.len, "Nicht gefunden", 14) != NULL) == (room == 2));
        OSP_CHECK((field(&ctx, "Vary").ptr != NULL) == (room > 0));
        OSP_CHECK(ctx.response.header_count == OSP_ANSWER_HEADERS_MAX);
        osp_arena_done(&arena);
    }
}

/* ---------------------------------------------------------------- a form of its own */

typedef struct Told {
    int32_t code;
    osp_str_list errors;
} Told;
OSP_TYPE(Told, FIELD(code), LIST(errors, osp_str));

static osp_status tell(osp_ctx *ctx, const osp_failure *failure, Told *out)
{
    const size_t count = failure->fields.count;
    osp_str *lines = osp_new_array(ctx, osp_str, count + 1);
    for (size_t i = 0; i < count && lines != NULL; i++) {
        const osp_bad_field *bad = &failure->fields.items[i];
        lines[i] = osp_format(ctx, "%s %.*s %s: %.*s", bad->in != NULL ? bad->in : "body",
                              OSP_ARG(bad->where), bad->code, OSP_ARG(bad->detail));
    }
    if (lines == NULL) {
        return OSP_E_NOMEM;
    }
    lines[count] = failure->title;
    *out = (Told){ failure->status, { lines, count + 1 } };
    return failure->status == 418 ? osp_fail(ctx, 500, "not this one") : OSP_OK;
}
OSP_FAILURES(tell, Told);
static const osp_app_def telling = { .failures = &osp_failures_ };
static const osp_app_def telling_german = { .messages = tables,
                                            .message_count = 1,
                                            .failures = &osp_failures_ };

OSP_UNIT_TEST(problem_own_form,
              "a failure is told as the application says, in the client's language")
{
    osp_ctx ctx;
    osp_issues issues = { .count = 0 };
    init(&ctx, &telling_german, &german);
    osp_issues_add(&issues, NULL, OSP_STR("/n"),
                   osp_flaw_with(OSP_SAY(MINIMUM), &arena, OSP_STR("1")));
    osp_issues_add(&issues, "query", OSP_STR("q"), osp_flaw_of(OSP_SAY(REQUIRED)));
    osp_problem(&ctx, 404, OSP_STR(""), &issues);
    OSP_CHECK_STR(ctx.response.bytes,
                  OSP_STR("{\"code\":404,\"errors\":[\"body /n minimum: mindestens 1\","
                          "\"query q required: is required\",\"Nicht gefunden\"]}"));
    OSP_CHECK_STR(ctx.response.media_type, OSP_STR("application/json"));
    OSP_CHECK_STR(field(&ctx, "Content-Language"), OSP_STR("de-CH"));
    OSP_CHECK(ctx.response.status == 404 && !ctx.failed);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(problem_own_choice, "who likes another form better gets that")
{
    static const struct {
        osp_str accept, media_type;
    } cases[] = {
        { OSP_STR("*/*"), OSP_STR("application/json") },
        { OSP_STR("application/json, text/plain, */*"), OSP_STR("application/json") },
        { OSP_STR("image/png"), OSP_STR("application/json") },
        { OSP_STR("application/problem+json"), OSP_STR("application/problem+json") },
        { OSP_STR("text/html, */*;q=0.8"), OSP_STR("text/html; charset=utf-8") },
        { OSP_STR("text/plain"), OSP_STR("text/plain; charset=utf-8") },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const osp_header_field accept = { OSP_STR("Accept"), cases[i].accept };
        osp_ctx ctx;
        init(&ctx, &telling, &accept);
        (void)osp_fail(&ctx, 404, "gone");
        OSP_CHECK_STR(ctx.response.media_type, cases[i].media_type);
        OSP_CHECK_STR(field(&ctx, "Vary"), OSP_STR("Accept"));
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(problem_own_fails,
              "a form that fails is a problem document, of the failure that it was for")
{
    osp_ctx ctx;
    init(&ctx, &telling, NULL);
    OSP_CHECK(osp_fail(&ctx, 418, "a pot") == OSP_E_FAILED);
    OSP_CHECK_STR(ctx.response.media_type, OSP_STR("application/problem+json"));
    OSP_CHECK_STR(ctx.response.bytes, OSP_STR("{\"type\":\"about:blank\",\"status\":418,"
                                              "\"title\":\"Error\",\"detail\":\"a pot\"}"));
    OSP_CHECK(ctx.response.status == 418 && ctx.failed);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(problem_own_bytes,
              "bytes that are no text are left out, and a long text is cut between characters")
{
    osp_ctx ctx;
    osp_issues issues = { .count = 0 };
    init(&ctx, &telling, NULL);
    osp_issues_add(&issues, "query", OSP_STR("\xff"), osp_flaw_of(OSP_SAY(REQUIRED)));
    osp_problem(&ctx, 422, OSP_STR("\xff"), &issues);
    OSP_CHECK_STR(ctx.response.bytes,
                  OSP_STR("{\"code\":422,\"errors\":[\"query  required: is required\","
                          "\"Unprocessable Content\"]}"));
    osp_arena_done(&arena);
    for (size_t before = 0; before < 4; before++) {
        init(&ctx, &telling, NULL);
        char text[600];
        memset(text, 'a', before);
        for (size_t at = before; at + 3 < sizeof(text); at += 3) {
            memcpy(text + at, "\xe0\xb8\x81", 4);
        }
        (void)osp_fail(&ctx, 404, "%s", text);
        const size_t len = osp_failure_of(&ctx)->detail.len;
        OSP_CHECK(len == 510 - (510 - before) % 3);
        OSP_CHECK_STR(ctx.response.media_type, OSP_STR("application/json"));
        osp_arena_done(&arena);
    }
}

static void begin_telling(void *arg)
{
    init(arg, &telling, NULL);
}

static void tell_starving(void *arg)
{
    osp_ctx *ctx = arg;
    (void)osp_fail_field(ctx, "/a", "is %s", "taken");
}

/* Short of memory it may say less, or fail in another way, and never half a document. */
static void judge_telling(void *arg, bool starved)
{
    osp_ctx *ctx = arg;
    const osp_response *answer = &ctx->response;
    const bool own = osp_str_equal(answer->bytes, OSP_STR("{\"code\":422,\"errors\":["
                                                          "\"body /a check: is taken\","
                                                          "\"Unprocessable Content\"]}"));
    OSP_CHECK(own || starved);
    OSP_CHECK(answer->bytes.len == 0 || answer->bytes.ptr[answer->bytes.len - 1] == '}');
    OSP_CHECK(answer->status == 422 || ctx->task.error.status == OSP_E_NOMEM);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(problem_own_memory,
              "a form of one's own is whole, or a problem document is, or nothing")
{
    osp_ctx ctx;
    OSP_CHECK(
        osp_fault_each(&(osp_fault_trial){
            .begin = begin_telling, .work = tell_starving, .judge = judge_telling, .arg = &ctx }) >
        3);
}

OSP_UNIT_TEST(problem_fields, "osp_fail_with names fields, up to 32, and middleware reads them")
{
    osp_bad_field fields[OSP_ISSUES_MAX + 1];
    for (size_t count = 1; count <= OSP_ARRAY_LEN(fields); count++) {
        osp_ctx ctx;
        init(&ctx, &app, &german);
        fields[count - 1] =
            (osp_bad_field){ .where = OSP_STR("/a"), .detail = OSP_STR("is taken") };
        (void)osp_fail_with(&ctx, .status = 422, .fields = { fields, count });
        const osp_failure *failure = osp_failure_of(&ctx);
        OSP_CHECK(failure->fields.count == (count < OSP_ISSUES_MAX ? count : OSP_ISSUES_MAX));
        OSP_CHECK_STR(failure->fields.items[0].detail, OSP_STR("ist vergeben"));
        OSP_CHECK(count != 1 ||
                  osp_str_equal(
                      ctx.response.bytes,
                      OSP_STR("{\"type\":\"about:blank\",\"status\":422,\"title\":"
                              "\"Unprocessable Content\",\"errors\":[{\"pointer\":\"/a\",\"code\":"
                              "\"check\",\"detail\":\"ist vergeben\"}]}")));
        osp_arena_done(&arena);
    }
}
