#include "agent/agent.h"

#include "tests/unit/unit.h"

static osp_str answer(const char *accept)
{
    static osp_arena arena;
    static osp_ctx ctx;
    static const osp_app_def app = { .name = "app" };
    const osp_header_field field = { OSP_STR("Accept"), osp_str_from(accept) };
    osp_arena_init(&arena, NULL, 0, 1 << 16);
    osp_ctx_init(&ctx, &app, &arena);
    ctx.request.headers = &field;
    ctx.request.header_count = 1;
    return osp_agent_last_answer(&ctx);
}

static bool says(osp_str text, const char *words)
{
    return memmem(text.ptr, text.len, words, strlen(words)) != NULL;
}

OSP_UNIT_TEST(last_answer, "of a worker that dies a browser gets a page, others a problem document")
{
    const osp_str page = answer("text/html,*/*;q=0.8"), problem = answer("application/json");
    OSP_CHECK(osp_str_starts_with(page, OSP_STR("HTTP/1.1 500 Internal Server Error\r\n")));
    OSP_CHECK(says(page, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
    OSP_CHECK(says(page, "\r\nConnection: close\r\n"));
    OSP_CHECK(says(page, "<script src=\"/_openspeed/client.js\""));
    OSP_CHECK(says(problem, "\r\n\r\n{\"type\":\"about:blank\",\"status\":500,"));
    OSP_CHECK(says(answer(""), "problem+json"));
}
