/* The agent's own files, and its answers to what it has not. */
#include <string.h>

#include "agent/agent.h"

const osp_agent_file *osp_agent_file_find(osp_str name)
{
    for (const osp_agent_file *file = osp_agent_files; file->name != NULL; file++) {
        if (osp_str_equal(name, osp_str_from(file->name))) {
            return file;
        }
    }
    return NULL;
}

static osp_str media_type_of(osp_str name)
{
    static const struct {
        const char *end, *media_type;
    } types[] = { { ".js", "text/javascript; charset=utf-8" },
                  { ".css", "text/css; charset=utf-8" },
                  { ".html", "text/html; charset=utf-8" },
                  { ".svg", "image/svg+xml" } };
    for (size_t i = 0; i < OSP_ARRAY_LEN(types); i++) {
        const size_t len = strlen(types[i].end);
        if (name.len > len && memcmp(name.ptr + name.len - len, types[i].end, len) == 0) {
            return osp_str_from(types[i].media_type);
        }
    }
    return OSP_STR("application/octet-stream");
}

static osp_status send_file(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    const size_t prefix = sizeof OSP_DEV_PREFIX; /* and the '/' */
    const osp_str path = ctx->request.path;
    const osp_str name = { path.ptr + prefix, path.len - prefix };
    const osp_agent_file *file = osp_agent_file_find(name);
    OSP_ASSERT(file != NULL);
    OSP_TRY(osp_set_header(ctx, OSP_STR("Cache-Control"), OSP_STR("no-store")));
    return osp_send(ctx, media_type_of(name), ((osp_str){ file->text, file->len }));
}

/* Also to who is not to know more. */
static osp_status send_none(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_agent_is_local(ctx)
               ? osp_fail(ctx, 404, "There is nothing at this URL of the development tools.")
               : osp_fail(ctx, 403,
                          "Development tools answer to this machine alone, by a name of its own "
                          "such as localhost.");
}

/* There is no application yet. */
static osp_status send_blank(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    const char *type = osp_accepts(ctx, "application/json", "text/html");
    if (type == NULL || strcmp(type, "text/html") != 0) {
        return osp_fail(ctx, 503, "The application does not build yet; openspeed dev says why.");
    }
    osp_set_status(ctx, 503);
    OSP_TRY(osp_set_header(ctx, OSP_STR("Cache-Control"), OSP_STR("no-store")));
    return osp_html(ctx, OSP_STR("<!doctype html>\n<html lang=\"en\"><head>"
                                 "<meta charset=\"utf-8\"><title>Not built yet</title></head>"
                                 "<body><p>The application does not build yet; this page loads "
                                 "anew when it does.</p></body></html>\n"));
}

#define ROUTE(function)                                                                            \
    {                                                                                              \
        .in_ = &osp_type_void, .out_ = &osp_type_void, .call_ = function, .handler_ = #function,   \
        .file_ = "(openspeed)", .line_ = 1, .method_ = OSP_METHOD_GET                              \
    }
static const osp_route file_route = ROUTE(send_file), none_route = ROUTE(send_none),
                       blank_route = ROUTE(send_blank);
/* Whatever the method is: there is nothing, and nobody to do it. */
#define ALL_OF(route)                                                                              \
    {                                                                                              \
        [OSP_METHOD_GET] = route, [OSP_METHOD_HEAD] = route, [OSP_METHOD_POST] = route,            \
        [OSP_METHOD_PUT] = route, [OSP_METHOD_PATCH] = route, [OSP_METHOD_DELETE] = route          \
    }

const osp_route_leaf osp_agent_file_leaf = { .pattern = OSP_DEV_PREFIX "/[file]",
                                             .by_method = { [OSP_METHOD_GET] = &file_route } };
const osp_route_leaf osp_agent_none_leaf = { .pattern = OSP_DEV_PREFIX,
                                             .by_method = ALL_OF(&none_route) };
const osp_route_leaf osp_agent_blank_leaf = { .pattern = "/", .by_method = ALL_OF(&blank_route) };
