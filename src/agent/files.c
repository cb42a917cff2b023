/* The agent's own files, and its answers to what it has not. */
#include <string.h>

#include "agent/agent.h"
#include "base/slice.h"
#include "http/media.h"

const osp_agent_file *osp_agent_file_find(osp_str name)
{
    for (const osp_agent_file *file = osp_agent_files; file->name != NULL; file++) {
        if (osp_str_equal(name, osp_str_from(file->name))) {
            return file;
        }
    }
    return NULL;
}

static osp_status send_file(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    const size_t prefix = sizeof OSP_DEV_PREFIX; /* and the '/' */
    const osp_agent_file *file = osp_agent_file_find(osp_str_skip(ctx->request.path, prefix));
    OSP_ASSERT(file != NULL);
    OSP_TRY(osp_set_header(ctx, OSP_STR("Cache-Control"), OSP_STR("no-store")));
    return osp_send(ctx, osp_str_from(osp_media_type(file->name)),
                    ((osp_str){ file->text, file->len }));
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
    return osp_html(
        ctx, OSP_STR("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                     "<meta name=\"viewport\" content=\"width=device-width\">"
                     "<meta name=\"color-scheme\" content=\"light dark\">"
                     "<title>Not built yet</title></head><body><main><h1>Not built yet</h1>"
                     "<p>The application does not build; this page loads anew when it does.</p>"
                     "</main></body></html>\n"));
}

static const osp_route file_route = OSP_AGENT_ROUTE(send_file, GET, void),
                       none_route = OSP_AGENT_ROUTE(send_none, GET, void),
                       blank_route = OSP_AGENT_ROUTE(send_blank, GET, void);
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
