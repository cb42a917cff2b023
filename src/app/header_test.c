/* Header fields of requests and answers, as handlers and what is around them see them. */
#include <openspeed/answer.h>

#include "app/ctx.h"
#include "tests/unit/fault.h"
#include "tests/unit/unit.h"

static const osp_app_def app = { .name = "test" };

static osp_arena arena;

static void begin(osp_ctx *ctx)
{
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    memset(ctx, 0, sizeof(*ctx));
    osp_ctx_init(ctx, &app, &arena);
}

/* All fields of the answer, as "name: value|". */
static osp_str all(const osp_ctx *ctx)
{
    static char text[4096];
    osp_str name, value;
    size_t len = 0;
    for (size_t at = 0; osp_answer_headers_next(ctx, &at, &name, &value);) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s: %.*s|", OSP_ARG(name),
                                OSP_ARG(value));
    }
    return (osp_str){ text, len };
}

OSP_UNIT_TEST(header_set, "setting replaces all fields of a name, where the first of them stands")
{
    osp_ctx ctx;
    begin(&ctx);
    OSP_CHECK(osp_set_header(&ctx, S("A"), S("1")) == OSP_OK);
    OSP_CHECK(osp_add_header(&ctx, S("B"), S("1")) == OSP_OK);
    OSP_CHECK(osp_add_header(&ctx, S("a"), S("2")) == OSP_OK);
    OSP_CHECK(osp_add_header(&ctx, S("b"), S("2")) == OSP_OK);
    OSP_CHECK_STR(all(&ctx), S("A: 1|B: 1|a: 2|b: 2|"));
    OSP_CHECK(osp_set_header(&ctx, S("B"), S("3")) == OSP_OK);
    OSP_CHECK_STR(all(&ctx), S("A: 1|B: 3|a: 2|"));
    OSP_CHECK_STR(osp_answer_header(&ctx, S("a")), S("1"));
    OSP_CHECK(osp_set_header(&ctx, S("a"), S("x\r\ny")) == OSP_E_INVALID);
    OSP_CHECK_STR(osp_answer_header(&ctx, S("a")), S("1"));
    OSP_CHECK(osp_remove_header(&ctx, S("A")) == OSP_OK);
    OSP_CHECK(osp_remove_header(&ctx, S("none")) == OSP_OK);
    OSP_CHECK_STR(all(&ctx), S("B: 3|"));
    OSP_CHECK(osp_answer_header(&ctx, S("A")).ptr == NULL);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(header_cookies, "each Set-Cookie is a field of its own")
{
    osp_ctx ctx;
    begin(&ctx);
    OSP_CHECK(osp_set_header(&ctx, S("Set-Cookie"), S("a=1")) == OSP_OK);
    OSP_CHECK(osp_set_header(&ctx, S("set-cookie"), S("b=2")) == OSP_OK);
    OSP_CHECK_STR(all(&ctx), S("Set-Cookie: a=1|set-cookie: b=2|"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(header_upgrade, "Upgrade comes and goes with its Connection")
{
    osp_ctx ctx;
    begin(&ctx);
    OSP_CHECK(osp_set_header(&ctx, S("Upgrade"), S("a")) == OSP_OK);
    OSP_CHECK(osp_set_header(&ctx, S("Upgrade"), S("b")) == OSP_OK);
    OSP_CHECK(osp_add_header(&ctx, S("upgrade"), S("c")) == OSP_OK);
    OSP_CHECK_STR(all(&ctx), S("Connection: upgrade|Upgrade: b|upgrade: c|"));
    OSP_CHECK(osp_set_header(&ctx, S("Connection"), S("x")) == OSP_E_INVALID);
    OSP_CHECK(osp_remove_header(&ctx, S("Upgrade")) == OSP_OK);
    OSP_CHECK_STR(all(&ctx), S(""));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(header_limit, "there is room for OSP_ANSWER_HEADERS_MAX fields; replacing needs none")
{
    osp_ctx ctx;
    begin(&ctx);
    for (int i = 0; i < OSP_ANSWER_HEADERS_MAX; i++) {
        OSP_CHECK(osp_add_header(&ctx, S("A"), S("1")) == OSP_OK);
    }
    OSP_CHECK(osp_add_header(&ctx, S("A"), S("1")) == OSP_E_LIMIT);
    OSP_CHECK(osp_set_header(&ctx, S("B"), S("1")) == OSP_E_LIMIT);
    OSP_CHECK(osp_vary(&ctx, S("Accept")) == OSP_E_LIMIT);
    OSP_CHECK(osp_set_header(&ctx, S("A"), S("2")) == OSP_OK);
    OSP_CHECK_STR(all(&ctx), S("A: 2|"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(header_vary, "Vary is one line that names each field once")
{
    osp_ctx ctx;
    begin(&ctx);
    OSP_CHECK(osp_vary(&ctx, S("Accept")) == OSP_OK);
    OSP_CHECK(osp_vary(&ctx, S("accept")) == OSP_OK);
    OSP_CHECK(osp_vary(&ctx, S("Accept-Encoding")) == OSP_OK);
    OSP_CHECK(osp_vary(&ctx, S("Cookie")) == OSP_OK);
    OSP_CHECK(osp_vary(&ctx, S("ACCEPT-ENCODING")) == OSP_OK);
    OSP_CHECK(osp_vary(&ctx, S("a\nb")) == OSP_E_INVALID);
    OSP_CHECK_STR(all(&ctx), S("Vary: Accept, Accept-Encoding, Cookie|"));
    OSP_CHECK(osp_set_header(&ctx, S("Vary"), S("*")) == OSP_OK);
    OSP_CHECK(osp_vary(&ctx, S("Accept")) == OSP_OK);
    OSP_CHECK_STR(all(&ctx), S("Vary: *|"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(header_late, "when the head has been sent nothing can be set, added or removed")
{
    osp_ctx ctx;
    osp_flow flow = { .begun = true };
    begin(&ctx);
    OSP_CHECK(osp_set_header(&ctx, S("A"), S("1")) == OSP_OK);
    OSP_CHECK(osp_vary(&ctx, S("Cookie")) == OSP_OK);
    ctx.flow = &flow;
    OSP_CHECK(osp_set_header(&ctx, S("A"), S("2")) == OSP_E_INVALID);
    OSP_CHECK(osp_add_header(&ctx, S("A"), S("2")) == OSP_E_INVALID);
    OSP_CHECK(osp_remove_header(&ctx, S("A")) == OSP_E_INVALID);
    OSP_CHECK(osp_vary(&ctx, S("Accept")) == OSP_E_INVALID);
    OSP_CHECK_STR(all(&ctx), S("A: 1|Vary: Cookie|"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(header_request, "all values of a header are seen in their order, and all headers")
{
    static const osp_header_field sent[] = { { { "X-A", 3 }, { "1", 1 } },
                                             { { "Host", 4 }, { "h", 1 } },
                                             { { "x-a", 3 }, { "", 0 } },
                                             { { "X-A", 3 }, { "3", 1 } } };
    osp_ctx ctx;
    osp_str name, value;
    char values[8] = "";
    size_t count = 0;
    begin(&ctx);
    ctx.request.headers = sent;
    ctx.request.header_count = OSP_ARRAY_LEN(sent);
    for (size_t at = 0; osp_header_next(&ctx, S("x-A"), &at, &value);) {
        values[count++] = value.len > 0 ? value.ptr[0] : '-';
    }
    OSP_CHECK_STR(((osp_str){ values, count }), S("1-3"));
    OSP_CHECK_STR(osp_header(&ctx, S("X-a")), S("1"));
    count = 0;
    for (size_t at = 0; osp_headers_next(&ctx, &at, &name, &value); count++) {
        OSP_CHECK_STR(name, sent[count].name);
    }
    OSP_CHECK(count == OSP_ARRAY_LEN(sent));
    osp_arena_done(&arena);
}
