/* What a request is called, and what its handler says. */
#include "app/ctx.h"
#include "tests/unit/unit.h"

#define LONGEST                                                                                    \
    "aB3-_.:/+=@~aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
_Static_assert(sizeof(LONGEST) - 1 == OSP_REQUEST_ID_MAX, "as long as an id may be");

static struct {
    bool trusted;
    int named, asked;
    osp_place place;
    osp_log_level level;
    char text[4096];
} door;

static void door_origin(const osp_ctx *ctx, osp_origin *ret_origin)
{
    static const osp_trust everybody = { .ranges = { { { .kind = OSP_IP_V4 }, 0 } }, .count = 1 };
    (void)ctx;
    door.asked++;
    *ret_origin =
        (osp_origin){ .peer = { .kind = OSP_IP_V4 }, .trust = door.trusted ? &everybody : NULL };
}

static void door_name(const osp_ctx *ctx, char text[OSP_REQUEST_NAME_LEN])
{
    (void)ctx;
    memset(text, '0' + door.named++, OSP_REQUEST_NAME_LEN);
}

static void door_log(osp_ctx *ctx, const osp_place *here, osp_log_level level, const char *format,
                     va_list args)
{
    (void)ctx;
    door.place = *here;
    door.level = level;
    OSP_CHECK(vsnprintf(door.text, sizeof door.text, format, args) >= 0);
}

static const osp_door test_door = { .origin = door_origin, .name = door_name, .log = door_log };
static const osp_app_def app = { .name = "test" };

static void begin(osp_ctx *ctx, osp_arena *arena, const osp_header_field *headers, uint32_t count)
{
    osp_arena_init(arena, NULL, 0, 1 << 20);
    osp_ctx_init(ctx, &app, arena);
    ctx->door = &test_door;
    ctx->request.headers = headers;
    ctx->request.header_count = count;
    door.named = door.asked = 0;
}

static osp_str id_of(bool trusted, const char *name, const char *value, uint32_t count)
{
    static osp_ctx ctx;
    osp_arena arena;
    const osp_header_field field = { osp_str_from(name), osp_str_from(value) };
    const osp_header_field headers[] = { field, field };
    begin(&ctx, &arena, headers, count);
    door.trusted = trusted;
    const osp_str id = osp_request_id(&ctx);
    OSP_CHECK_STR(osp_request_id(&ctx), id); /* it stays */
    OSP_CHECK(osp_request_id(&ctx).ptr == id.ptr && door.named <= 1);
    osp_arena_done(&arena);
    return id;
}

OSP_UNIT_TEST(request_id_sent, "an id is taken from a trusted peer, if it is well-formed")
{
    const osp_str own = OSP_STR("00000000000000000000000000000000");
    static const char *const good[] = { "a", "3f9a0c5d-2b7e-4a10-8000-00000000002f", LONGEST };
    static const char *const bad[] = {
        "", LONGEST "a", "a b", "a\"", "a\\", "a,b", "\xc3\xa9", "a;"
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(good); i++) {
        OSP_CHECK_STR(id_of(true, "x-request-ID", good[i], 1), osp_str_from(good[i]));
        OSP_CHECK(door.named == 0);
        OSP_CHECK_STR(id_of(false, "X-Request-Id", good[i], 1), own);
        OSP_CHECK_STR(id_of(true, "X-Request-Ids", good[i], 1), own);
        OSP_CHECK_STR(id_of(true, "X-Request-Id", good[i], 2), own); /* which of them? */
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        OSP_CHECK_STR(id_of(true, "X-Request-Id", bad[i], 1), own);
        OSP_CHECK(door.asked == 0); /* who the peer is costs a system call */
    }
}

OSP_UNIT_TEST(request_id_nobody, "without a front door there is no id")
{
    osp_ctx ctx;
    osp_arena arena;
    begin(&ctx, &arena, NULL, 0);
    ctx.door = NULL;
    OSP_CHECK(osp_request_id(&ctx).len == 0);
    osp_problem(&ctx, 500, OSP_STR("bad"), NULL);
    OSP_CHECK(osp_answer_header(&ctx, S("X-Request-Id")).ptr == NULL);
    osp_arena_done(&arena);
}

static size_t count_ids(const osp_ctx *ctx, osp_str *ret_value)
{
    size_t count = 0;
    for (uint32_t i = 0; i < ctx->response.header_count; i++) {
        if (osp_str_equal_nocase(ctx->response.headers[i].name, OSP_STR("x-request-id"))) {
            *ret_value = ctx->response.headers[i].value;
            count++;
        }
    }
    return count;
}

OSP_UNIT_TEST(request_id_problem, "a problem is sent with the id of its request, once")
{
    osp_ctx ctx;
    osp_arena arena;
    osp_str value = { 0 };
    begin(&ctx, &arena, NULL, 0);
    osp_problem(&ctx, 404, (osp_str){ 0 }, NULL);
    osp_problem(&ctx, 500, (osp_str){ 0 }, NULL);
    OSP_CHECK(count_ids(&ctx, &value) == 1);
    OSP_CHECK_STR(value, osp_request_id(&ctx));
    osp_arena_done(&arena);

    begin(&ctx, &arena, NULL, 0);
    OSP_CHECK(osp_set_header(&ctx, OSP_STR("x-request-id"), OSP_STR("own")) == OSP_OK);
    osp_problem(&ctx, 500, (osp_str){ 0 }, NULL);
    OSP_CHECK(count_ids(&ctx, &value) == 1);
    OSP_CHECK_STR(value, OSP_STR("own"));
    osp_arena_done(&arena);

    begin(&ctx, &arena, NULL, 0);
    for (int i = 0; i < OSP_ANSWER_HEADERS_MAX; i++) {
        OSP_CHECK(osp_add_header(&ctx, OSP_STR("X-A"), OSP_STR("b")) == OSP_OK);
    }
    osp_problem(&ctx, 500, (osp_str){ 0 }, NULL); /* no room for one more */
    OSP_CHECK(count_ids(&ctx, &value) == 0);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(log_said, "a line of a handler reaches the front door with its level and its place")
{
    osp_ctx ctx;
    osp_arena arena;
    begin(&ctx, &arena, NULL, 0);
    osp_log(&ctx, OSP_LOG_WARNING, "%d of %s", 3, "them");
    OSP_CHECK(door.place.line == __LINE__ - 1 && strcmp(door.place.file, __FILE__) == 0);
    OSP_CHECK(door.level == OSP_LOG_WARNING && strcmp(door.text, "3 of them") == 0);
    osp_log(&ctx, OSP_LOG_DEBUG, "alone");
    OSP_CHECK(door.level == OSP_LOG_DEBUG && strcmp(door.text, "alone") == 0);
    osp_arena_done(&arena);
}
