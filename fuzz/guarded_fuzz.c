/* Hostile requests to a route that built-in middleware keeps others from.
 *
 * Whatever comes, there is an answer that can be written; who has not given the password does not
 * reach the handler, and neither does what a browser says comes from another site. */
#include <openspeed/mw.h>

#include <stdlib.h>
#include <string.h>

#include "app/ctx.h"

#define STEP(name, middleware, ...)                                                                \
    static const middleware##_options name##_options = { __VA_ARGS__ };                            \
    static osp_status name##_call(osp_ctx *ctx, osp_next *next)                                    \
    {                                                                                              \
        return middleware(ctx, next, &name##_options);                                             \
    }                                                                                              \
    static const osp_middleware name = { .call_ = name##_call,                                     \
                                         .options_ = &name##_options,                              \
                                         .name_ = #middleware }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool reached, good; /* the handler was called; the password was judged and found right */

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

static osp_status knows(osp_ctx *ctx, osp_str name, osp_str password, bool *ret_match)
{
    (void)ctx;
    good = *ret_match = osp_str_equal(name, S("u")) && osp_str_equal(password, S("p"));
    return OSP_OK;
}

static osp_status reach(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    reached = true;
    return osp_text(ctx,
                    osp_str_from(osp_language_of(ctx))); /* one of the offers, whatever was asked */
}

STEP(cors, osp_cors, .origins = "https://shop.example", .credentials = true);
STEP(override, osp_method_override, .header = NULL);
STEP(csrf, osp_csrf, .origins = "https://shop.example");
STEP(basic, osp_basic, .verify = knows);
STEP(language, osp_language, .offers = { "en", "de-CH" }, .query = "l", .cookie = "l");

static void check(const osp_h1_head *head, osp_str body)
{
    static const osp_middleware *const chain[] = {
        &cors, &override, &csrf, &basic, &language, NULL
    };
    static const osp_route route = {
        .in_ = &osp_type_void, .out_ = &osp_type_void, .call_ = reach, .handler_ = "reach"
    };
    static const osp_route_leaf leaf = { .pattern = "/",
                                         .chain = chain,
                                         .by_method = { [OSP_METHOD_GET] = &route,
                                                        [OSP_METHOD_POST] = &route,
                                                        [OSP_METHOD_PUT] = &route } };
    static const osp_route_node root = { .leaf = &leaf };
    static const osp_app_def app = { .name = "fuzz", .root = &root, .root_chain = chain };
    static char block[8192];
    osp_arena arena;
    osp_ctx ctx;
    osp_buf out;
    osp_arena_init(&arena, block, sizeof(block), 1 << 22);
    osp_buf_init(&out, NULL, 0, 1 << 22);
    osp_ctx_init(&ctx, &app, &arena);
    osp_request_take_head(&ctx.request, head);
    ctx.request.body = body;
    reached = good = false;
    osp_app_handle(&ctx);
    const osp_reply_options options = { .date_line = "Date: Tue, 15 Nov 1994 08:12:31 GMT\r\n" };
    require(osp_reply_write_h1(&ctx.response, &options, &out) == OSP_OK);
    require(ctx.response.status >= 200 && ctx.response.status <= 599);
    require(!reached || good);
    const bool changes = head->method == OSP_METHOD_POST || head->method == OSP_METHOD_PUT;
    const osp_str site = osp_request_header(&ctx.request, S("sec-fetch-site"));
    const osp_str origin = osp_request_header(&ctx.request, S("origin"));
    require(!reached || !changes || !osp_str_equal(site, S("cross-site")) ||
            osp_str_equal(origin, S("https://shop.example")));
    osp_buf_done(&out);
    osp_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static osp_h1_head head;
    char *text = calloc(1, size + OSP_H1_PADDING);
    require(text != NULL);
    if (size > 0) {
        memcpy(text, data, size);
    }
    const osp_str in = { text, size };
    if (osp_h1_parse_head(in, 0, &osp_h1_limits_default, &head) == OSP_OK) {
        check(&head, (osp_str){ in.ptr + head.size, in.len - head.size });
    }
    free(text);
    return 0;
}
