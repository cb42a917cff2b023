/* Streams without a socket: bodies that are whole, and a front door made of arrays. */
#include "app/ctx.h"
#include "tests/unit/unit.h"

#define PARTS_MAX 16

/* A door that gives the parts of a list and notes what it is asked for. */
static struct {
    const char *parts[PARTS_MAX]; /* up to NULL */
    size_t next;
    osp_status end;      /* of reading; OSP_OK: OSP_DONE */
    osp_status on_write; /* what writing answers */
    char text[4096];
    size_t text_len;
    int begun, flushed, informed, upgraded, closed;
} door;

static osp_status door_read(osp_ctx *ctx, osp_str *ret_part)
{
    (void)ctx;
    if (door.parts[door.next] == NULL) {
        return door.end != OSP_OK ? door.end : OSP_DONE;
    }
    *ret_part = osp_str_from(door.parts[door.next++]);
    return OSP_OK;
}

static osp_status door_begin(osp_ctx *ctx)
{
    OSP_CHECK(ctx->response.status != 0 && ctx->response.media_type.len > 0);
    door.begun++;
    return OSP_OK;
}

static bool door_withdraw(osp_ctx *ctx)
{
    (void)ctx;
    return false;
}

static osp_status door_write(osp_ctx *ctx, osp_str part)
{
    (void)ctx;
    OSP_CHECK(door.begun + door.upgraded == 1 && part.len > 0);
    OSP_CHECK(part.len <= sizeof door.text - door.text_len);
    if (door.on_write == OSP_OK) {
        memcpy(door.text + door.text_len, part.ptr, part.len);
        door.text_len += part.len;
    }
    return door.on_write;
}

static osp_status door_flush(osp_ctx *ctx)
{
    (void)ctx;
    door.flushed++;
    return OSP_OK;
}

static osp_status door_inform(osp_ctx *ctx, int status)
{
    (void)ctx;
    door.informed = status;
    return OSP_OK;
}

static osp_status door_upgrade(osp_ctx *ctx, osp_str protocol)
{
    (void)ctx;
    OSP_CHECK_STR(protocol, OSP_STR("echo"));
    door.upgraded++;
    return OSP_OK;
}

static void door_close(osp_ctx *ctx)
{
    (void)ctx;
    door.closed++;
}

static void door_origin(const osp_ctx *ctx, osp_origin *ret_origin)
{
    (void)ctx;
    *ret_origin = (osp_origin){ .trust = NULL };
}

static void door_name(const osp_ctx *ctx, char text[OSP_REQUEST_NAME_LEN])
{
    (void)ctx;
    memset(text, 'n', OSP_REQUEST_NAME_LEN);
}

static void door_log(osp_ctx *ctx, const osp_place *here, osp_log_level level, const char *format,
                     va_list args)
{
    (void)ctx, (void)here, (void)level, (void)format, (void)args;
    OSP_CHECK(!"a stream says nothing");
}

static const osp_door array_door = { door_read,   door_begin,  door_withdraw, door_write,
                                     door_flush,  door_inform, door_upgrade,  door_close,
                                     door_origin, door_name,   door_log };

/* ---------------------------------------------------------------- the application */

typedef struct UploadIn {
    osp_str id;
    osp_body body;
} UploadIn;
OSP_TYPE(UploadIn, PATH(id, .max_len = 2, .nomatch = true), BODY(body, osp_body));

typedef struct WholeIn {
    osp_str id, text;
} WholeIn;
OSP_TYPE(WholeIn, PATH(id), FIELD(text));

typedef struct Told {
    osp_str text;
} Told;
OSP_TYPE(Told, FIELD(text));

/* What a test wants its handler to do. */
static osp_status (*act)(osp_ctx *ctx, osp_stream *out);

static osp_status upload(osp_ctx *ctx, const void *raw_in, void *raw_out)
{
    const UploadIn *in = raw_in;
    osp_stream *out = raw_out;
    out->media_type = in->body.media_type;
    out->length = in->body.length > 0 ? in->body.length : 0;
    return act(ctx, out);
}

static osp_status bare(osp_ctx *ctx, const void *raw_in, void *raw_out)
{
    const osp_body *in = raw_in;
    OSP_CHECK_STR(in->media_type, OSP_STR("text/x"));
    return act(ctx, raw_out);
}

static osp_status whole(osp_ctx *ctx, const void *raw_in, void *raw_out)
{
    (void)ctx;
    ((Told *)raw_out)->text = ((const WholeIn *)raw_in)->text;
    return OSP_OK;
}

static osp_status typed(osp_ctx *ctx, const void *raw_in, void *raw_out)
{
    (void)raw_in;
    ((Told *)raw_out)->text = OSP_STR("typed");
    return act(ctx, NULL);
}

#define ROUTE(call, in, out)                                                                       \
    {                                                                                              \
        .in_ = &osp_type_##in, .out_ = &osp_type_##out, .call_ = call, .handler_ = #call           \
    }
static const osp_route upload_route = ROUTE(upload, UploadIn, osp_stream),
                       bare_route = ROUTE(bare, osp_body, osp_stream),
                       whole_route = ROUTE(whole, WholeIn, Told),
                       typed_route = ROUTE(typed, void, Told);
static const char *const param_names[] = { "id" };
static const osp_route_leaf
    upload_leaf = { .pattern = "/[id]",
                    .param_names = param_names,
                    .param_count = 1,
                    .by_method = { [OSP_METHOD_POST] = &upload_route,
                                   [OSP_METHOD_GET] = &upload_route } },
    whole_leaf = { .pattern = "/[...id]",
                   .param_names = param_names,
                   .param_count = 1,
                   .by_method = { [OSP_METHOD_POST] = &whole_route } },
    bare_leaf = { .pattern = "/bare",
                  .by_method = {
                      [OSP_METHOD_POST] = &bare_route, [OSP_METHOD_GET] = &typed_route } };
static const osp_route_node bare_node = { .leaf = &bare_leaf },
                            upload_node = { .leaf = &upload_leaf };
static const osp_route_edge edge = { "bare", 4, &bare_node };
static const osp_route_node root = { .edges = &edge, .param = &upload_node, .rest = &whole_leaf };
static const osp_app_def app = { .name = "test", .root = &root };

/* ---------------------------------------------------------------- the tests */

typedef struct fixture {
    char first[8192];
    osp_arena arena;
    osp_ctx ctx;
} fixture;

static const osp_header_field headers[] = { { { "Content-Type", 12 }, { "text/x", 6 } },
                                            { { "Connection", 10 }, { "keep-alive, Upgrade", 19 } },
                                            { { "Upgrade", 7 }, { "h2c, echo", 9 } } };

static void start(fixture *f, const osp_door *way, osp_method method, const char *target)
{
    osp_arena_init(&f->arena, f->first, sizeof f->first, 64u << 20);
    osp_ctx_init(&f->ctx, &app, &f->arena);
    f->ctx.door = way;
    f->ctx.request.method = method;
    f->ctx.request.minor = 1;
    f->ctx.request.has_body = false;
    f->ctx.request.target = osp_str_from(target);
    f->ctx.request.headers = headers;
    f->ctx.request.header_count = OSP_ARRAY_LEN(headers);
    f->ctx.request.body_length = -1;
}

static int handle(fixture *f)
{
    osp_app_handle(&f->ctx);
    return f->ctx.response.status;
}

static osp_status echo(osp_ctx *ctx, osp_stream *out)
{
    (void)out;
    osp_str part;
    osp_status status;
    while ((status = osp_read(ctx, &part)) == OSP_OK) {
        OSP_TRY(osp_write(ctx, part));
    }
    OSP_CHECK(status < 0 || osp_read(ctx, &part) == OSP_DONE);
    return status;
}

static void use(const char *first, const char *second)
{
    memset(&door, 0, sizeof door);
    door.parts[0] = first;
    door.parts[1] = second;
}

OSP_UNIT_TEST(stream_whole_body,
              "without a door a body is one part, and what is written one answer")
{
    static fixture f;
    act = echo;
    start(&f, NULL, OSP_METHOD_POST, "/ab");
    f.ctx.request.body = OSP_STR("the body");
    OSP_CHECK(handle(&f) == 200 && f.ctx.flow->length == 8);
    OSP_CHECK_STR(f.ctx.response.bytes, OSP_STR("the body"));
    OSP_CHECK_STR(f.ctx.response.media_type, OSP_STR("text/x"));
    osp_arena_done(&f.arena);
    start(&f, NULL, OSP_METHOD_POST, "/bare");
    OSP_CHECK(handle(&f) == 200 && f.ctx.response.bytes.len == 0);
    OSP_CHECK_STR(f.ctx.response.media_type, OSP_STR("application/octet-stream"));
    osp_arena_done(&f.arena);
}

static osp_status many(osp_ctx *ctx, osp_stream *out)
{
    static const char zeros[1 << 20];
    (void)out;
    for (int i = 0; i < 32; i++) {
        OSP_TRY(osp_write(ctx, (osp_str){ zeros, sizeof zeros }));
    }
    if (ctx->request.query.len > 0) {
        OSP_CHECK(osp_write(ctx, OSP_STR("x")) == OSP_E_LIMIT);
    }
    return OSP_OK; /* which does not undo it */
}

OSP_UNIT_TEST(stream_collected_max,
              "without a door 32 MiB are kept, and one byte more is a failure")
{
    static fixture f;
    act = many;
    start(&f, NULL, OSP_METHOD_GET, "/ab");
    f.arena.bytes_max = 256u << 20;
    OSP_CHECK(handle(&f) == 200 && f.ctx.response.bytes.len == 32u << 20);
    osp_arena_done(&f.arena);
    start(&f, NULL, OSP_METHOD_GET, "/ab?more");
    f.arena.bytes_max = 256u << 20;
    OSP_CHECK(handle(&f) == 503);
    osp_arena_done(&f.arena);
}

static osp_status forgets(osp_ctx *ctx, osp_stream *out)
{
    (void)out;
    OSP_TRY(osp_write(ctx, OSP_STR("begun")));
    OSP_CHECK(osp_fail(ctx, 409, "no") == OSP_E_FAILED);
    OSP_CHECK(osp_write(ctx, OSP_STR("more")) == OSP_E_FAILED);
    OSP_CHECK(osp_inform(ctx, 103) < 0 && osp_upgrade(ctx, OSP_STR("echo")) == OSP_E_FAILED);
    osp_str part;
    OSP_CHECK(osp_read(ctx, &part) == OSP_E_FAILED);
    return OSP_OK;
}

OSP_UNIT_TEST(stream_fails, "the first failure ends a stream: without a door it is the answer")
{
    static fixture f;
    act = forgets;
    start(&f, NULL, OSP_METHOD_GET, "/ab");
    OSP_CHECK(handle(&f) == 409);
    OSP_CHECK(memmem(f.ctx.response.bytes.ptr, f.ctx.response.bytes.len, "\"detail\":\"no\"", 13));
    osp_arena_done(&f.arena);
    use(NULL, NULL);
    start(&f, &array_door, OSP_METHOD_GET, "/ab");
    (void)handle(&f);
    OSP_CHECK(f.ctx.failed && door.text_len == 5 && f.ctx.task.error.status == OSP_E_FAILED);
    OSP_CHECK(f.ctx.task.place != NULL); /* the line above */
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(stream_parts, "with a door parts go through one by one")
{
    static fixture f;
    act = echo;
    use("one ", "two");
    start(&f, &array_door, OSP_METHOD_POST, "/ab");
    f.ctx.request.body_pends = true;
    f.ctx.request.body_max = OSP_BODY_MAX;
    OSP_CHECK(handle(&f) == 200 && door.begun == 1);
    OSP_CHECK_STR(((osp_str){ door.text, door.text_len }), OSP_STR("one two"));
    osp_arena_done(&f.arena);
    for (int i = 0; i < 2; i++) { /* what a door answers is what the handler sees */
        use("one ", "two");
        *(i == 0 ? &door.end : &door.on_write) = OSP_E_CANCELLED;
        start(&f, &array_door, OSP_METHOD_POST, "/ab");
        f.ctx.request.body_pends = true;
        f.ctx.request.body_max = OSP_BODY_MAX;
        OSP_CHECK(handle(&f) == 500 && f.ctx.task.error.status == OSP_E_CANCELLED);
        osp_arena_done(&f.arena);
    }
}

OSP_UNIT_TEST(stream_gathers, "a route behind .nomatch that wants the whole body gets it")
{
    static fixture f;
    act = echo;
    use("{\"text\":", "\"t\"}");
    start(&f, &array_door, OSP_METHOD_POST, "/too-long");
    f.ctx.request.body_pends = true;
    f.ctx.request.body_max = OSP_BODY_MAX;
    f.ctx.request.header_count = 0;
    OSP_CHECK(handle(&f) == 200 && !f.ctx.request.body_pends);
    OSP_CHECK_STR(((const Told *)f.ctx.response.value)->text, OSP_STR("t"));
    osp_arena_done(&f.arena);
}

OSP_UNIT_TEST(stream_gathers_max, "a whole body has its limit, one byte past it is 413")
{
    static fixture f;
    static char text[OSP_BODY_MAX + 1];
    memset(text, ' ', sizeof text - 1);
    memcpy(text, "{\"text\":\"t\"}", 12);
    for (int more = 0; more < 2; more++) {
        use(text, more ? "\n" : NULL);
        start(&f, &array_door, OSP_METHOD_POST, "/too-long");
        f.ctx.request.body_pends = true;
        f.ctx.request.body_max = OSP_BODY_MAX;
        f.ctx.request.header_count = 0;
        OSP_CHECK(handle(&f) == (more ? 413 : 200));
        const osp_str answer = f.ctx.response.bytes;
        OSP_CHECK(!more || memmem(answer.ptr, answer.len, "limits.body is 1048576 bytes.", 29));
        osp_arena_done(&f.arena);
    }
    use("{", NULL);
    door.end = OSP_E_CANCELLED;
    start(&f, &array_door, OSP_METHOD_POST, "/too-long");
    f.ctx.request.body_pends = true;
    f.ctx.request.body_max = OSP_BODY_MAX;
    OSP_CHECK(handle(&f) == 500 && f.ctx.task.error.status == OSP_E_CANCELLED);
    osp_arena_done(&f.arena);
}

static osp_status says(osp_ctx *ctx, osp_stream *out)
{
    (void)out;
    OSP_CHECK(osp_flush(ctx) == OSP_OK && door.flushed == 0); /* nothing has begun */
    OSP_CHECK(osp_inform(ctx, 100) == OSP_E_INVALID && osp_inform(ctx, 200) == OSP_E_INVALID);
    OSP_CHECK(osp_inform(ctx, 103) == OSP_OK && osp_inform(ctx, 102) == OSP_OK);
    OSP_CHECK(osp_set_trailer(ctx, OSP_STR("Content-Length"), OSP_STR("1")) == OSP_E_INVALID);
    OSP_CHECK(osp_set_trailer(ctx, OSP_STR("A"), OSP_STR("1\n")) == OSP_E_INVALID);
    for (int i = 0; i < OSP_TRAILERS_MAX; i++) {
        OSP_CHECK(osp_set_trailer(ctx, OSP_STR("A"), OSP_STR("1")) == OSP_OK);
    }
    OSP_CHECK(osp_set_trailer(ctx, OSP_STR("A"), OSP_STR("1")) == OSP_E_LIMIT);
    OSP_CHECK(osp_write(ctx, (osp_str){ 0 }) == OSP_OK && door.begun == 1); /* the head alone */
    OSP_CHECK(osp_set_header(ctx, OSP_STR("Late"), OSP_STR("1")) == OSP_E_INVALID);
    OSP_CHECK(osp_text(ctx, OSP_STR("late")) == OSP_E_INVALID);
    OSP_CHECK(osp_inform(ctx, 103) == OSP_E_INVALID);
    OSP_CHECK(osp_upgrade(ctx, OSP_STR("echo")) == OSP_E_FAILED);
    OSP_CHECK(osp_flush(ctx) == OSP_OK && door.flushed == 1);
    return OSP_OK;
}

OSP_UNIT_TEST(stream_before_and_behind,
              "what may be said before the head of an answer, and behind it")
{
    static fixture f;
    act = says;
    use(NULL, NULL);
    start(&f, &array_door, OSP_METHOD_GET, "/ab");
    OSP_CHECK(handle(&f) == 200 && door.informed == 102 && door.text_len == 0);
    osp_arena_done(&f.arena);
    use(NULL, NULL);
    act = NULL;
    start(&f, &array_door, OSP_METHOD_GET, "/ab");
    f.ctx.request.minor = 0;
    OSP_CHECK(osp_inform(&f.ctx, 103) == OSP_OK && door.informed == 0); /* not to HTTP/1.0 */
    osp_arena_done(&f.arena);
}

static osp_status upgrades(osp_ctx *ctx, osp_stream *out)
{
    OSP_TRY(osp_upgrade(ctx, OSP_STR("echo")));
    return echo(ctx, out);
}

OSP_UNIT_TEST(stream_upgrades, "only who asks for the protocol is upgraded")
{
    static fixture f;
    act = upgrades;
    for (int i = 0; i < 5; i++) {
        use("raw", NULL);
        start(&f, i == 1 ? NULL : &array_door, OSP_METHOD_GET, "/bare");
        f.ctx.request.minor = i == 2 ? 0 : 1;
        f.ctx.request.has_body = i == 3;
        f.ctx.request.header_count = i == 4 ? 2 : 3;
        const int status = handle(&f);
        OSP_CHECK(door.upgraded == (i == 0) && status == (i == 0 ? 101 : 500));
        OSP_CHECK(i != 0 || door.text_len == 3);
        OSP_CHECK(door.closed == (i >= 2)); /* who asked may have gone on */
        osp_arena_done(&f.arena);
    }
}

static osp_status writes_typed(osp_ctx *ctx, osp_stream *out)
{
    (void)out;
    OSP_CHECK(osp_write(ctx, OSP_STR("x")) == OSP_E_INVALID);
    return OSP_OK;
}

OSP_UNIT_TEST(stream_not_told, "a route whose output is a type cannot write, and the log says so")
{
    static fixture f;
    act = writes_typed;
    start(&f, NULL, OSP_METHOD_GET, "/bare");
    OSP_CHECK(handle(&f) == 500 && strstr(f.ctx.task.error.message, "osp_stream") != NULL);
    osp_arena_done(&f.arena);
}

static osp_status tells(osp_ctx *ctx, osp_stream *out)
{
    out->length = 5;
    if (ctx->request.query.len > 0) {
        osp_set_status(ctx, 304);
    }
    return OSP_OK;
}

OSP_UNIT_TEST(stream_told_not_written,
              "a length without bytes is for HEAD and bodiless statuses only")
{
    static fixture f;
    static const struct {
        osp_method method;
        const char *target;
        int status, begun;
    } cases[] = { { OSP_METHOD_GET, "/ab", 500, 0 },
                  { OSP_METHOD_HEAD, "/ab", 200, 1 },
                  { OSP_METHOD_GET, "/ab?x", 304, 1 } };
    act = tells;
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        use(NULL, NULL);
        start(&f, &array_door, cases[i].method, cases[i].target);
        OSP_CHECK(handle(&f) == cases[i].status && door.begun == cases[i].begun);
        osp_arena_done(&f.arena);
    }
}
