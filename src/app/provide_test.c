/* What requests need: made once and in order, closed once and in reverse, whatever becomes of them.
 */
#define OSP_UNIT provide_test /* its routes are its own */
#include "app/provide.h"

#include <openspeed/provider.h>

#include "tests/unit/unit.h"

/* What was called, a letter each: small when it is made, capital when it is closed; 'h' for the
 * handler.  Behind a capital: whether it heard of a success ('+'). */
static char diary[256];
/* The letter of the step that fails, and how; 0: none. */
static char failing;
static osp_status (*fail_by)(osp_ctx *ctx);

static osp_status note(osp_ctx *ctx, char letter)
{
    const size_t len = strlen(diary);
    OSP_CHECK(len + 2 < sizeof(diary));
    diary[len] = letter;
    return failing == letter ? fail_by(ctx) : OSP_OK;
}

static osp_status note_close(osp_ctx *ctx, char letter, osp_status outcome)
{
    const osp_status status = note(ctx, letter);
    diary[strlen(diary)] = outcome == OSP_OK ? '+' : '-';
    return status;
}

/* ---------------------------------------------------------------- an application */

typedef struct Pool {
    int64_t number;
} Pool;
typedef struct Session {
    const Pool *pool;
    int64_t user_id;
} Session;
typedef struct User {
    int64_t id;
} User;
typedef struct Work {
    const Session *session;
} Work;

OSP_PROVIDES(pool, Pool);
OSP_PROVIDES(session, Session);
OSP_PROVIDES(asking_user, User);
OSP_PROVIDES(work, Work);
OSP_PROVIDES(guard, void);

static osp_status make_pool(osp_ctx *ctx, const void *in, Pool *out)
{
    (void)in;
    out->number = 7;
    return note(ctx, 'p');
}
static osp_status pool_close(osp_ctx *ctx, Pool *pool, osp_status outcome)
{
    OSP_CHECK(pool->number == 7);
    return note_close(ctx, 'P', outcome);
}
OSP_CLOSER(pool_close, Pool);
OSP_PROVIDER(pool, make_pool, void, Pool, .scope = OSP_PER_WORKER, .close = OSP_CLOSE(pool_close));

typedef struct SessionIn {
    const Pool *pool;
    osp_opt_int user;
    osp_opt_str bad;
} SessionIn;
OSP_TYPE(SessionIn, NEED(pool, pool), HEADER(user), HEADER(bad, .max_len = 2));
static osp_status make_session(osp_ctx *ctx, const SessionIn *in, Session *out)
{
    OSP_CHECK(in->pool->number == 7);
    OSP_TRY(note(ctx, 's'));
    if (in->user.is != OSP_SET) {
        return OSP_DONE;
    }
    *out = (Session){ in->pool, in->user.value };
    return in->user.value > 0 ? OSP_OK : osp_fail(ctx, 401, "who is %d?", (int)in->user.value);
}
static osp_status session_close(osp_ctx *ctx, Session *value, osp_status outcome)
{
    OSP_CHECK(value->pool->number == 7);
    return note_close(ctx, 'S', outcome);
}
OSP_CLOSER(session_close, Session);
OSP_PROVIDER(session, make_session, SessionIn, Session, .authenticates = true, .challenge = "Token",
             .close = OSP_CLOSE(session_close));

typedef struct UserIn {
    const Session *session;
} UserIn;
OSP_TYPE(UserIn, NEED(session, session));
static osp_status make_user(osp_ctx *ctx, const UserIn *in, User *out)
{
    out->id = in->session->user_id;
    return note(ctx, 'u');
}
OSP_PROVIDER(asking_user, make_user, UserIn, User);

typedef struct WorkIn {
    const Session *session;
} WorkIn;
OSP_TYPE(WorkIn, NEED(session, session));
static osp_status make_work(osp_ctx *ctx, const WorkIn *in, Work *out)
{
    out->session = in->session;
    return note(ctx, 'w');
}
static osp_status work_close(osp_ctx *ctx, Work *value, osp_status outcome)
{
    OSP_CHECK(value->session->user_id > 0); /* what it is made of is open */
    return note_close(ctx, 'W', outcome);
}
OSP_CLOSER(work_close, Work);
OSP_PROVIDER(work, make_work, WorkIn, Work, .close = OSP_CLOSE(work_close),
             .close_when = OSP_BEFORE_RESPONSE);

static osp_status make_guard(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return note(ctx, 'g');
}
OSP_PROVIDER(guard, make_guard, void, void);

typedef struct In {
    const User *me;
    const Session *session;
    const Work *work;
    int32_t limit;
    int64_t id;
} In;
OSP_TYPE(In, NEED(me, asking_user), NEED(session, session), NEED(work, work),
         QUERY(limit, RANGE(1, 10), .fallback = "5"), PATH(id, .nomatch = true));

static osp_status handle(osp_ctx *ctx, const In *in, void *out)
{
    (void)out;
    OSP_CHECK(in->me->id == in->session->user_id && in->work->session == in->session);
    OSP_CHECK(asking_user(ctx) == in->me && session(ctx) == in->session);
    return note(ctx, 'h');
}
OSP_ROUTE(GET, handle, In, void, .needs = NEEDS(guard));

typedef struct WantIn {
    const User *me;
    const Session *session;
} WantIn;
OSP_TYPE(WantIn, WANT(me, asking_user), WANT(session, session));

static osp_status wants(osp_ctx *ctx, const WantIn *in, void *out)
{
    (void)out;
    OSP_CHECK((in->me == NULL) == (in->session == NULL) && asking_user(ctx) == in->me);
    return note(ctx, in->me == NULL ? '0' : '1');
}
OSP_ROUTE(POST, wants, WantIn, void);

static osp_status asks(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    OSP_CHECK(asking_user(ctx) == NULL);
    return OSP_OK;
}
OSP_ROUTE(PUT, asks, void, void);

/* ---------------------------------------------------------------- asking it */

#define ROUTE_OF(method) &OSP_SYMBOL(osp_route_, OSP_UNIT, method)

static const char *const names[] = { "id" };
static const osp_route_leaf leaf = { .pattern = "/[id]",
                                     .param_names = names,
                                     .param_count = 1,
                                     .by_method = { [OSP_METHOD_GET] = ROUTE_OF(GET),
                                                    [OSP_METHOD_POST] = ROUTE_OF(POST),
                                                    [OSP_METHOD_PUT] = ROUTE_OF(PUT) } };
static const osp_route_node end = { .leaf = &leaf }, root = { .param = &end };
static const osp_route_leaf *const leaves[] = { &leaf };
static const osp_app_def app = { .name = "test", .root = &root, .leaves = leaves, .leaf_count = 1 };

typedef struct asked {
    osp_arena arena;
    osp_ctx ctx;
    osp_life life;
    osp_service services[2];
    osp_header_field headers[2];
} asked;

static int answer_to(asked *a, osp_method method, const char *target, const char *user,
                     const osp_provider_override *overrides)
{
    a->headers[0] = (osp_header_field){ OSP_STR("User"), osp_str_from(user) };
    a->ctx.task.services = a->services;
    a->ctx.overrides = overrides;
    a->ctx.request.method = method;
    a->ctx.request.target = osp_str_from(target);
    a->ctx.request.headers = a->headers;
    a->ctx.request.header_count = user != NULL ? 1 : 0;
    osp_app_handle(&a->ctx);
    diary[strlen(diary)] = '.';
    while (osp_ctx_after_next(&a->ctx, 0)) {
    }
    osp_arena_done(&a->arena);
    return a->ctx.response.status;
}

/* As a front door does: answers, and then gives the request's memory back. */
static int ask_with(asked *a, osp_method method, const char *target, const char *user,
                    const osp_provider_override *overrides)
{
    osp_arena_init(&a->arena, NULL, 0, 1 << 20);
    osp_ctx_init(&a->ctx, &app, &a->arena);
    return answer_to(a, method, target, user, overrides);
}

static int ask_app(asked *a, const osp_app_def *of, osp_method method, const char *target,
                   const char *user)
{
    osp_arena_init(&a->arena, NULL, 0, 1 << 20);
    osp_ctx_init(&a->ctx, of, &a->arena);
    return answer_to(a, method, target, user, NULL);
}

static int ask(asked *a, osp_method method, const char *target, const char *user)
{
    memset(diary, 0, sizeof(diary));
    return ask_with(a, method, target, user, NULL);
}

static asked *begin(void)
{
    asked *a = calloc(1, sizeof(*a));
    OSP_CHECK(a != NULL);
    OSP_CHECK(osp_life_open(&a->life, &app, NULL, NULL, NULL) == OSP_OK);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("p"));
    a->services[0] = (osp_service){ &osp_life_key, &a->life };
    return a;
}

static void finish(asked *a)
{
    memset(diary, 0, sizeof(diary));
    osp_life_close(&a->life);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("P+"));
    free(a);
}

static bool says(const asked *a, const char *name, const char *value)
{
    for (uint32_t i = 0; i < a->ctx.response.header_count; i++) {
        const osp_header_field *field = &a->ctx.response.headers[i];
        if (osp_str_equal(field->name, osp_str_from(name))) {
            return osp_str_equal(field->value, osp_str_from(value));
        }
    }
    return value == NULL;
}

OSP_UNIT_TEST(provide_once, "each value is made once, what it needs first, and closed in reverse")
{
    asked *a = begin();
    OSP_CHECK(ask(a, OSP_METHOD_GET, "/1", "3") == 204);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("gsuwhW+.S+"));
    finish(a);
}

OSP_UNIT_TEST(provide_again, "a request finds nothing of the one before it")
{
    asked *a = begin();
    for (int i = 0; i < 3; i++) {
        OSP_CHECK(ask(a, OSP_METHOD_GET, "/1", "3") == 204);
        OSP_CHECK_STR(osp_str_from(diary), OSP_STR("gsuwhW+.S+"));
    }
    finish(a);
}

OSP_UNIT_TEST(provide_401_before_422, "who may not ask is not told what is wrong with the question")
{
    asked *a = begin();
    OSP_CHECK(ask(a, OSP_METHOD_GET, "/1?limit=99", "0") == 401);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("gs."));
    OSP_CHECK(says(a, "WWW-Authenticate", "Token"));
    OSP_CHECK(ask(a, OSP_METHOD_GET, "/1?limit=99", NULL) == 401);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("gs."));
    OSP_CHECK(says(a, "WWW-Authenticate", "Token"));
    OSP_CHECK(ask(a, OSP_METHOD_GET, "/1?limit=99", "3") == 422);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("gsuwW-.S-"));
    finish(a);
}

OSP_UNIT_TEST(provide_nomatch, "a URL that is another's needs nothing")
{
    asked *a = begin();
    OSP_CHECK(ask(a, OSP_METHOD_GET, "/x", NULL) == 404);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("."));
    finish(a);
}

OSP_UNIT_TEST(provide_judges, "what a maker reads of the request is judged as any input is")
{
    asked *a = begin();
    a->headers[1] = (osp_header_field){ OSP_STR("Bad"), OSP_STR("long") };
    memset(diary, 0, sizeof(diary));
    osp_arena_init(&a->arena, NULL, 0, 1 << 20);
    osp_ctx_init(&a->ctx, &app, &a->arena);
    a->ctx.task.services = a->services;
    a->ctx.request.method = OSP_METHOD_GET;
    a->ctx.request.target = OSP_STR("/1");
    a->headers[0] = (osp_header_field){ OSP_STR("User"), OSP_STR("3") };
    a->ctx.request.headers = a->headers;
    a->ctx.request.header_count = 2;
    osp_app_handle(&a->ctx);
    OSP_CHECK(a->ctx.response.status == 422);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("g"));
    osp_arena_done(&a->arena);
    finish(a);
}

OSP_UNIT_TEST(provide_want,
              "what is wanted may be absent, and wrong credentials are a 401 all the same")
{
    asked *a = begin();
    OSP_CHECK(ask(a, OSP_METHOD_POST, "/1", NULL) == 204);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("s0."));
    OSP_CHECK(ask(a, OSP_METHOD_POST, "/1", "3") == 204);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("su1.S+"));
    OSP_CHECK(ask(a, OSP_METHOD_POST, "/1", "0") == 401);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("s."));
    finish(a);
}

OSP_UNIT_TEST(provide_undeclared,
              "asking for what nothing needs is a failure and not an absent value")
{
    asked *a = begin();
    OSP_CHECK(ask(a, OSP_METHOD_PUT, "/1", "3") == 500);
    finish(a);
}

OSP_UNIT_TEST(provide_override, "a test gives what it likes in place of what would be made")
{
    asked *a = begin();
    const User ann = { .id = 9 };
    const Session hers = { .user_id = 9 };
    const Work work = { .session = &hers };
    const osp_provider_override some[] = { { &osp_provider_asking_user, &ann },
                                           { &osp_provider_session, &hers },
                                           { &osp_provider_work, &work },
                                           { NULL, NULL } };
    memset(diary, 0, sizeof(diary));
    OSP_CHECK(ask_with(a, OSP_METHOD_GET, "/1", NULL, some) == 204);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("gh."));
    const osp_provider_override none[] = { { &osp_provider_session, NULL }, { NULL, NULL } };
    memset(diary, 0, sizeof(diary));
    OSP_CHECK(ask_with(a, OSP_METHOD_GET, "/1", "3", none) == 401);
    OSP_CHECK(ask_with(a, OSP_METHOD_POST, "/1", "3", none) == 204);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("g.0."));
    finish(a);
}

/* ---------------------------------------------------------------- ways to fail */

static osp_status by_answer(osp_ctx *ctx)
{
    return osp_fail(ctx, 409, "no");
}
static osp_status by_silence(osp_ctx *ctx)
{
    (void)ctx;
    return OSP_E_FAILED;
}
static osp_status by_status(osp_ctx *ctx)
{
    (void)ctx;
    return OSP_E_IO;
}
/* Forgets to return it. */
static osp_status by_memory(osp_ctx *ctx)
{
    (void)osp_task_fail(&ctx->task, OSP_E_DB, "a query failed");
    return OSP_OK;
}
/* The client goes away: waits end, but for those of closers. */
static osp_status by_cancel(osp_ctx *ctx)
{
    osp_task_cancel(&ctx->task);
    return osp_task_sleep_us(&ctx->task, 1000);
}
static osp_status by_cancel_unnoticed(osp_ctx *ctx)
{
    osp_task_cancel(&ctx->task);
    return OSP_OK;
}

/* ---------------------------------------------------------------- middleware */

static osp_status step(osp_ctx *ctx, osp_next *next)
{
    OSP_TRY(note(ctx, 'm'));
    const Session *before = session(ctx);
    OSP_CHECK(before != NULL);
    OSP_TRY(osp_run(ctx, next));
    OSP_CHECK(session(ctx) == before && before->user_id == 3); /* it is still open */
    return note(ctx, 'n');
}
static const osp_middleware needs_session = {
    .call_ = step,
    .name_ = "step",
    .needs =
        (const osp_need[]){
            { .provider = &osp_provider_session, .name = "session", .type = "Session" },
            { .name = NULL } }
};
static const osp_middleware *const wraps[] = { &needs_session, NULL };

/* The same application, with a middleware around it. */
static int ask_wrapped(asked *a, const char *target, const char *user)
{
    osp_route_leaf wrapped = leaf;
    wrapped.chain = wraps;
    const osp_route_node last = { .leaf = &wrapped }, first = { .param = &last };
    const osp_app_def wrapping = { .name = "test", .root = &first, .root_chain = wraps };
    memset(diary, 0, sizeof(diary));
    return ask_app(a, &wrapping, OSP_METHOD_GET, target, user);
}

OSP_UNIT_TEST(provide_middleware, "what a middleware needs is made before it and closed after it")
{
    asked *a = begin();
    OSP_CHECK(ask_wrapped(a, "/1", "3") == 204);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("smguwhW+n.S+"));
    OSP_CHECK(ask_wrapped(a, "/1", NULL) == 401);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("s."));
    OSP_CHECK(ask_wrapped(a, "/a/b", NULL) == 401); /* nor is anything told of what there is */
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("s."));
    OSP_CHECK(ask_wrapped(a, "/a/b", "3") == 404);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("smn.S-"));
    finish(a);
}

OSP_UNIT_TEST(provide_middleware_fails, "a middleware that fails behind the handler is heard of")
{
    asked *a = begin();
    failing = 'n';
    fail_by = by_status;
    OSP_CHECK(ask_wrapped(a, "/1", "3") == 500);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("smguwhW+n.S-"));
    failing = 'W';
    OSP_CHECK(ask_wrapped(a, "/1", "3") == 500);
    OSP_CHECK_STR(osp_str_from(diary), OSP_STR("smguwhW+n.S-"));
    failing = 0;
    finish(a);
}

/* ---------------------------------------------------------------- each step fails in turn */

typedef struct step_case {
    char step;
    const char *diary; /* when the step fails */
} step_case;

static const step_case steps[] = {
    { 'g', "g." },         { 's', "gs." },        { 'u', "gsu.S-" },     { 'w', "gsuw.S-" },
    { 'h', "gsuwhW-.S-" }, { 'W', "gsuwhW+.S-" }, { 'S', "gsuwhW+.S+" },
};

OSP_UNIT_TEST(provide_abort_everywhere,
              "whichever step fails, and how, what is open is closed once and in reverse")
{
    static osp_status (*const ways[])(osp_ctx *) = { by_answer, by_silence, by_status, by_memory,
                                                     by_cancel };
    asked *a = begin();
    for (size_t way = 0; way < OSP_ARRAY_LEN(ways); way++) {
        for (size_t i = 0; i < OSP_ARRAY_LEN(steps); i++) {
            failing = steps[i].step;
            fail_by = ways[way];
            const int status = ask(a, OSP_METHOD_GET, "/1", "3");
            const bool closes = failing == 'W' || failing == 'S';
            const bool works = failing == 'S' || (closes && ways[way] == by_cancel);
            OSP_CHECK(status == (works ? 204 : ways[way] == by_answer ? 409 : 500));
            OSP_CHECK_STR(osp_str_from(diary),
                          works ? OSP_STR("gsuwhW+.S+") : osp_str_from(steps[i].diary));
        }
    }
    failing = 0;
    finish(a);
}

OSP_UNIT_TEST(provide_client_gone_unnoticed,
              "a request that succeeds although its client is gone is closed as a success")
{
    asked *a = begin();
    for (size_t i = 0; i < OSP_ARRAY_LEN(steps); i++) {
        failing = steps[i].step;
        fail_by = by_cancel_unnoticed;
        OSP_CHECK(ask(a, OSP_METHOD_GET, "/1", "3") == 204);
        OSP_CHECK_STR(osp_str_from(diary), OSP_STR("gsuwhW+.S+"));
    }
    failing = 0;
    finish(a);
}
