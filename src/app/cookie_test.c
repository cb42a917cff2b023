/* Cookies of a request and of its answer. */
#include <openspeed/answer.h>

#include "app/ctx.h"
#include "http/set_cookie.h"
#include "tests/unit/unit.h"

static const osp_app_def app = { .name = "test" };

static osp_arena arena;
static osp_header_field lines[2];

static void begin(osp_ctx *ctx, osp_str first, const char *second)
{
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    memset(ctx, 0, sizeof(*ctx));
    osp_ctx_init(ctx, &app, &arena);
    lines[0] = (osp_header_field){ S("Cookie"), first };
    lines[1] = (osp_header_field){ S("cookie"), osp_str_from(second) };
    ctx->request.headers = lines;
    ctx->request.header_count = second != NULL ? 2 : first.ptr != NULL;
}

OSP_UNIT_TEST(cookie_read, "a cookie is read by name, decoded once, the first of several")
{
    osp_ctx ctx;
    begin(&ctx, S("a=1; b=x%20y; q=\"z\"; a=2; bad=\\; bad=3; odd=%zz; bin=%ff"), "c=4");
    OSP_CHECK_STR(osp_cookie(&ctx, S("a")), S("1"));
    OSP_CHECK_STR(osp_cookie(&ctx, S("b")), S("x y"));
    OSP_CHECK_STR(osp_cookie(&ctx, S("q")), S("z"));
    OSP_CHECK_STR(osp_cookie(&ctx, S("bad")), S(""));
    OSP_CHECK_STR(osp_cookie(&ctx, S("odd")), S("%zz"));
    OSP_CHECK_STR(osp_cookie(&ctx, S("bin")), S("%ff"));
    OSP_CHECK_STR(osp_cookie(&ctx, S("c")), S("4"));
    OSP_CHECK(osp_cookie(&ctx, S("A")).ptr == NULL);
    OSP_CHECK(osp_cookie(&ctx, S("")).ptr == NULL);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(cookie_set, "cookies are set beside each other, and each once")
{
    osp_ctx ctx;
    osp_str name, value;
    size_t count = 0;
    begin(&ctx, (osp_str){ 0 }, NULL);
    OSP_CHECK(osp_set_cookie(&ctx, S("a"), S("1")) == OSP_OK);
    OSP_CHECK(osp_set_cookie(&ctx, S("b"), S("2"), .path = S("/x")) == OSP_OK);
    OSP_CHECK(osp_set_cookie(&ctx, S("b"), S("3")) == OSP_OK);
    OSP_CHECK(osp_set_cookie(&ctx, S("a"), S("4"), .max_age_s = 9) == OSP_OK);
    OSP_CHECK(osp_delete_cookie(&ctx, S("b"), .path = S("/x")) == OSP_OK);
    static const char *const want[] = {
        "b=3; Path=/; HttpOnly; SameSite=Lax",
        "a=4; Path=/; Max-Age=9; HttpOnly; SameSite=Lax",
        "b=; Path=/x; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax",
    };
    for (size_t at = 0; osp_answer_headers_next(&ctx, &at, &name, &value); count++) {
        OSP_CHECK(count < OSP_ARRAY_LEN(want));
        OSP_CHECK_STR(value, osp_str_from(want[count]));
    }
    OSP_CHECK(count == OSP_ARRAY_LEN(want));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(cookie_misuse, "a cookie that browsers would drop fails the request at its line")
{
    osp_ctx ctx;
    begin(&ctx, (osp_str){ 0 }, NULL);
    OSP_CHECK(osp_set_cookie(&ctx, S("__Host-a"), S("1"), .domain = S("a.b")) == OSP_E_INVALID);
    OSP_CHECK(ctx.task.error.status == OSP_E_INVALID);
    OSP_CHECK(strstr(ctx.task.error.message, "\"__Host-a\" cannot be set: __Host- promises"));
    OSP_CHECK(ctx.task.place != NULL && strstr(ctx.task.place->file, "cookie_test.c") != NULL);
    OSP_CHECK(ctx.response.header_count == 0);
    osp_arena_done(&arena);
}

static const char first_key[] = "0123456789abcdef0123456789abcdef",
                  second_key[] = "ABCDEF0123456789ABCDEF0123456789";

/* The value of the only cookie that was set, as the client sends it back. */
static osp_str sent_back(const osp_ctx *ctx)
{
    const osp_str field = osp_answer_header(ctx, S("Set-Cookie"));
    const char *end = memchr(field.ptr, ';', field.len);
    return (osp_str){ field.ptr, (size_t)(end - field.ptr) };
}

OSP_UNIT_TEST(cookie_signed, "a signed cookie comes back with any of the keys, and only as it was")
{
    osp_str keys[] = { { first_key, 32 }, { second_key, 32 } };
    const osp_str_list both = { keys, 2 }, new_one = { keys, 1 }, old_one = { keys + 1, 1 };
    const osp_str value = { "u=1;\0\xc3\xa4.", 8 };
    static char text[256];
    osp_ctx ctx;
    osp_str got = { 0 };
    begin(&ctx, (osp_str){ 0 }, NULL);
    OSP_CHECK(osp_set_signed_cookie(&ctx, old_one, S("sid"), value, .secure = true) == OSP_OK);
    const osp_str pair = sent_back(&ctx);
    OSP_CHECK(pair.len < sizeof text);
    memcpy(text, pair.ptr, pair.len);
    osp_arena_done(&arena);

    begin(&ctx, (osp_str){ text, pair.len }, NULL);
    OSP_CHECK(osp_signed_cookie(&ctx, old_one, S("sid"), &got) == OSP_OK);
    OSP_CHECK_STR(got, value);
    got = (osp_str){ 0 };
    OSP_CHECK(osp_signed_cookie(&ctx, both, S("sid"), &got) == OSP_DONE);
    OSP_CHECK_STR(got, value);
    OSP_CHECK(osp_signed_cookie(&ctx, new_one, S("sid"), &got) == OSP_E_INVALID);
    OSP_CHECK(osp_signed_cookie(&ctx, both, S("other"), &got) == OSP_E_NOT_FOUND);
    osp_arena_done(&arena);

    for (size_t i = 4; i < pair.len; i++) { /* any other byte */
        text[i] ^= 1;
        begin(&ctx, (osp_str){ text, pair.len }, NULL);
        OSP_CHECK(osp_signed_cookie(&ctx, old_one, S("sid"), &got) < 0);
        osp_arena_done(&arena);
        text[i] ^= 1;
    }
    text[0] = 'x'; /* under another name */
    begin(&ctx, (osp_str){ text, pair.len }, NULL);
    OSP_CHECK(osp_signed_cookie(&ctx, old_one, S("xid"), &got) == OSP_E_INVALID);
    osp_arena_done(&arena);
    static const char *const short_ones[] = { "sid=", "sid=a", "sid=a.b",
                                              "sid=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(short_ones); i++) {
        begin(&ctx, osp_str_from(short_ones[i]), NULL);
        OSP_CHECK(osp_signed_cookie(&ctx, old_one, S("sid"), &got) == OSP_E_INVALID);
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(cookie_signed_behind,
              "a cookie that another host has put before ours does not hide it")
{
    static const char *const before[] = { "sid=evil; ", "sid=; ", "sid=\"; ", "sid=a.b; sid=c; ",
                                          "" };
    osp_str key = { first_key, 32 };
    const osp_str_list keys = { &key, 1 };
    for (size_t i = 0; i < OSP_ARRAY_LEN(before); i++) {
        char text[256];
        osp_ctx ctx;
        osp_str got = { 0 };
        begin(&ctx, (osp_str){ 0 }, NULL);
        OSP_CHECK(osp_set_signed_cookie(&ctx, keys, S("sid"), S("ada")) == OSP_OK);
        const osp_str pair = sent_back(&ctx);
        const int len = snprintf(text, sizeof text, "%s%.*s; sid=evil", before[i], OSP_ARG(pair));
        osp_arena_done(&arena);
        begin(&ctx, (osp_str){ text, (size_t)len }, NULL);
        OSP_CHECK(osp_signed_cookie(&ctx, keys, S("sid"), &got) == OSP_OK);
        OSP_CHECK_STR(got, S("ada"));
        osp_arena_done(&arena);
    }
}

OSP_UNIT_TEST(cookie_keys, "a key has at least OSP_COOKIE_KEY_MIN bytes, and there is one")
{
    for (size_t count = 0; count < 2; count++) {
        osp_str keys[] = { { first_key, OSP_COOKIE_KEY_MIN - 1 } };
        const osp_str_list list = { keys, count };
        osp_ctx ctx;
        osp_str got;
        begin(&ctx, S("sid=a"), NULL);
        OSP_CHECK(osp_set_signed_cookie(&ctx, list, S("sid"), S("1")) == OSP_E_INVALID);
        OSP_CHECK(ctx.task.error.status == OSP_E_INVALID && ctx.response.header_count == 0);
        OSP_CHECK(osp_signed_cookie(&ctx, list, S("sid"), &got) == OSP_E_INVALID);
        osp_arena_done(&arena);
    }
}
