/* What a browser sends to an action: the query that names it, the two cookies of forms, the form.
 *
 *     TARGET \n COOKIE \n BODY
 *
 * An action runs only when the token of the form is that of the cookie, the answer sends nobody to
 * another host, and what is shown of the flash is text. */
#include <string.h>

#include "app/action.h"
#include "base/utf8.h"

#define ARENA_MAX (1U << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct In {
    osp_str title;
    osp_str_list tags;
} In;
OSP_TYPE(In, FORM(title, .min_len = 1, .max_len = 20), FORM_LIST(tags, osp_str));

static osp_str token; /* of the request at hand */
static osp_form_scopes scopes;

static osp_status save(osp_ctx *ctx, const In *in, void *out)
{
    (void)out;
    OSP_ASSERT(osp_form_token_fits(ctx, token));
    return in->tags.count > 1 ? osp_fail_field(ctx, "/tags/1", "is one too many")
                              : osp_flash(ctx, "%.*s", OSP_ARG(in->title));
}
OSP_ACTION(save, In, void);
static const osp_route *const actions[] = { &osp_action_editor__save, NULL };

static osp_status run(osp_ctx *ctx, const void *in, void *out)
{
    osp_refused refused;
    const void *form, *errors;
    (void)in;
    (void)out;
    const osp_status status = osp_action_run(ctx, actions, &refused);
    if (status != OSP_DONE) {
        return status;
    }
    OSP_TRY(osp_form_scopes_fill(&scopes, &refused, &ctx->task, &form, &errors));
    osp_set_status(ctx, refused.status);
    return osp_html(ctx, ((const osp_opt_str *)form)->value);
}

static const osp_route post = {
    .in_ = &osp_type_osp_action_in, .out_ = &osp_type_void, .call_ = run, .handler_ = "action"
};
static const char *const names[] = { "rest" };
static const osp_route_leaf leaf = { .pattern = "/[...rest]",
                                     .file = "page.c",
                                     .param_names = names,
                                     .param_count = 1,
                                     .rest = OSP_REST_ANY,
                                     .by_method = { [OSP_METHOD_POST] = &post } };
static const osp_route_node root = { .rest = &leaf, .leaf = &leaf };
static const osp_app_def app = { .name = "fuzz", .root = &root };

static osp_str line(osp_str *rest)
{
    const char *end = memchr(rest->ptr, '\n', rest->len);
    const size_t len = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
    const osp_str found = { rest->ptr, len };
    *rest = (osp_str){ rest->ptr + len + (end != NULL), rest->len - len - (end != NULL) };
    return found;
}

/* The first field of that name, as nothing else reads it. */
static osp_str token_of(osp_ctx *ctx, osp_str body)
{
    osp_params pairs;
    if (osp_params_read(body, OSP_PARAM_FORM_PAIRS_MAX, ctx->task.arena, &pairs) != OSP_OK) {
        return (osp_str){ 0 };
    }
    for (size_t i = 0; i < pairs.count; i++) {
        if (osp_str_equal(pairs.items[i].name, S("_csrf")) && pairs.items[i].value.len > 0) {
            return pairs.items[i].value;
        }
    }
    return (osp_str){ 0 };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    osp_arena arena;
    osp_ctx ctx;
    osp_str rest = { (const char *)data, size };
    osp_arena_init(&arena, NULL, 0, ARENA_MAX);
    osp_ctx_init(&ctx, &app, &arena);
    const osp_status made = osp_form_scopes_make(actions, &arena, &scopes);
    OSP_ASSERT(made == OSP_OK);
    ctx.request.method = OSP_METHOD_POST;
    ctx.request.target = line(&rest);
    const osp_header_field headers[] = {
        { S("Content-Type"), S("application/x-www-form-urlencoded") }, { S("Cookie"), line(&rest) }
    };
    ctx.request.headers = headers;
    ctx.request.header_count = OSP_ARRAY_LEN(headers);
    ctx.request.body = rest;
    token = token_of(&ctx, rest);
    osp_app_handle(&ctx);
    const osp_str location = osp_answer_header(&ctx, S("Location"));
    OSP_ASSERT(ctx.response.status != 303 ||
               (location.len > 0 && (location.ptr[0] == '?' || osp_is_local_url(location))));
    OSP_ASSERT(osp_utf8_valid(osp_flash_take(&ctx)));
    OSP_ASSERT(osp_form_token(&ctx).len == OSP_FORM_TOKEN_LEN);
    osp_arena_done(&arena);
    return 0;
}
