/* GET /openapi.json of every application.
 *
 * The document is constant, but large for a large application: a worker makes it at the first
 * request and keeps it, as the value of a service of its own.  Where nothing holds the service, as
 * in a test, it is made for the request. */
#include "api/openapi.h"
#include "app/ctx.h"

typedef struct kept {
    osp_arena arena; /* holds this struct */
    osp_buf text;
} kept;

static const char key;

static osp_status open_kept(void **ret_value, osp_error *err)
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 4096);
    kept *value = osp_arena_zalloc(&arena, sizeof(*value));
    if (value == NULL) {
        osp_arena_done(&arena);
        return osp_error_set(err, OSP_E_NOMEM, "no memory for the document of the routes");
    }
    value->arena = arena;
    osp_buf_init(&value->text, NULL, 0, OSP_OPENAPI_MAX);
    *ret_value = value;
    return OSP_OK;
}

static void close_kept(void *value)
{
    kept *document = value;
    osp_arena arena = document->arena;
    osp_buf_done(&document->text);
    osp_arena_done(&arena);
}

const osp_resource osp_resource_openapi = {
    .name = "openapi",
    .key = &key,
    .open = open_kept,
    .close = close_kept,
};

/* Into a buffer that is empty, and is so again when it fails: the next request makes it anew. */
static osp_status make(osp_ctx *ctx, osp_buf *out)
{
    osp_error err = { 0 };
    const osp_status status = osp_openapi_write(ctx->app, out, &err);
    if (status == OSP_OK) {
        return OSP_OK;
    }
    osp_buf_done(out);
    osp_buf_init(out, NULL, 0, OSP_OPENAPI_MAX);
    return osp_task_fail(&ctx->task, status, "%s", err.message);
}

static osp_status serve(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    kept *document = osp_task_service(&ctx->task, &key);
    osp_str text = { NULL, 0 };
    if (document != NULL) {
        if (document->text.len == 0) {
            OSP_TRY(make(ctx, &document->text));
        }
        text = (osp_str){ document->text.ptr, document->text.len };
    } else {
        osp_buf once;
        osp_buf_init(&once, NULL, 0, OSP_OPENAPI_MAX);
        const osp_status status = make(ctx, &once);
        text = status == OSP_OK ? osp_copy(ctx, ((osp_str){ once.ptr, once.len })) : text;
        osp_buf_done(&once);
        OSP_TRY(status);
    }
    return osp_send(ctx, OSP_STR("application/json"), text);
}

const osp_route osp_route_openapi__GET = {
    .in_ = &osp_type_void,
    .out_ = &osp_type_void,
    .call_ = serve,
    .handler_ = "openapi",
    .file_ = "(openspeed)",
    .line_ = 1,
    .method_ = OSP_METHOD_GET,
    .is_public = true,
    .summary = "This API as an OpenAPI document",
};
