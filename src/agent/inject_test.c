#include "agent/agent.h"
#include "tests/unit/unit.h"

OSP_UNIT_TEST(inject_policy, "a policy lets the script in, and keeps all else that it says")
{
    static const struct {
        const char *policy, *want;
    } rows[] = {
        { "", "" },
        { "upgrade-insecure-requests", "upgrade-insecure-requests" },
        { "default-src 'self'", "default-src 'self'" },
        { "default-src *", "default-src *" },
        { "default-src 'none'",
          "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'" },
        { "default-src https:; connect-src api.example",
          "default-src https:; script-src https: 'self'; connect-src api.example 'self'; "
          "style-src https: 'self'" },
        { "script-src 'nonce-a' 'strict-dynamic'; object-src 'none'",
          "object-src 'none'; script-src 'nonce-a' 'strict-dynamic' 'self'" },
        { " ; Script-Src\t'SELF' ;; ", " ; Script-Src\t'SELF' ;; " },
        { "script-src", "script-src 'self'" },
    };
    osp_arena arena;
    osp_app_def app = { .name = "x" };
    osp_ctx *ctx = calloc(1, sizeof *ctx);
    OSP_CHECK(ctx != NULL);
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_ctx_init(ctx, &app, &arena);
    for (size_t i = 0; i < OSP_ARRAY_LEN(rows); i++) {
        OSP_CHECK_STR(osp_agent_policy(ctx, osp_str_from(rows[i].policy)),
                      osp_str_from(rows[i].want));
        /* What lets it in already stays as it is. */
        OSP_CHECK_STR(osp_agent_policy(ctx, osp_str_from(rows[i].want)),
                      osp_str_from(rows[i].want));
    }
    osp_arena_done(&arena);
    free(ctx);
}

OSP_UNIT_TEST(inject_streamed, "a page that was sent piece by piece is left as it is")
{
    osp_arena arena;
    osp_app_def app = { .name = "x" };
    osp_flow flow = { .begun = true };
    osp_ctx *ctx = calloc(1, sizeof *ctx);
    OSP_CHECK(ctx != NULL);
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_ctx_init(ctx, &app, &arena);
    ctx->flow = &flow;
    ctx->response.status = 200;
    ctx->response.media_type = OSP_STR("text/html; charset=utf-8");
    osp_agent_inject(ctx); /* nobody is asked who the client is: there is no connection here */
    OSP_CHECK(ctx->response.bytes.len == 0 && ctx->response.header_count == 0);
    osp_arena_done(&arena);
    free(ctx);
}
