/* What is newer on disk than in the executable: templates, and files of public/.
 *
 * A build writes both into the tables of the application.  While it is being written the file on
 * disk is what counts: an edit of one needs no build, unless it came, went or has another name. */
#include <fcntl.h>
#include <openspeed/file.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/agent.h"
#include "app/page_keeper.h"
#include "wire/h1.h"

/* ---------------------------------------------------------------- templates */

/* text: of the template at hand, which the one before it was; owned by whoever reads all of them */
static osp_status read_text(char **text, int fd, osp_str *ret_text)
{
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        return OSP_E_IO;
    }
    if (info.st_size > OSP_AGENT_TEMPLATE_MAX) {
        return OSP_E_LIMIT;
    }
    free(*text);
    *text = malloc((size_t)info.st_size + 1);
    if (*text == NULL) {
        return OSP_E_NOMEM;
    }
    size_t len = 0;
    ssize_t got;
    while (len < (size_t)info.st_size &&
           (got = read(fd, *text + len, (size_t)info.st_size - len)) > 0) {
        len += (size_t)got;
    }
    *ret_text = (osp_str){ *text, len };
    return OSP_OK;
}

static osp_status read_template(void *arg, const osp_template_file *file, osp_str *ret_text)
{
    const int fd = open(file->file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return OSP_E_NOT_FOUND;
    }
    const osp_status status = read_text(arg, fd, ret_text);
    (void)close(fd);
    return status;
}

osp_status osp_agent_read_templates(osp_agent *agent, osp_buf *said)
{
    const osp_app_def *app = agent->worker->app;
    char *text = NULL;
    const osp_page_reader reader = { read_template, &text };
    if (app->page_keeper == NULL || agent->worker->pages == NULL) {
        return OSP_E_NOT_FOUND;
    }
    const osp_status status = app->page_keeper->reload(agent->worker->pages, &reader, said);
    free(text);
    return status;
}

bool osp_agent_templates_are_newer(const osp_agent *agent)
{
    const osp_app_def *app = agent->worker->app;
    struct stat own, info;
    if (app->template_count == 0 || stat("/proc/self/exe", &own) != 0) {
        return false;
    }
    for (size_t i = 0; i < app->template_count; i++) {
        if (stat(app->templates[i]->file, &info) == 0 &&
            (info.st_mtim.tv_sec > own.st_mtim.tv_sec ||
             (info.st_mtim.tv_sec == own.st_mtim.tv_sec &&
              info.st_mtim.tv_nsec > own.st_mtim.tv_nsec))) {
            return true;
        }
    }
    return false;
}

/* ---------------------------------------------------------------- files of public/ */

/* Whether the file is not the one that the tables tell of. */
static bool has_changed(const osp_asset *asset, const struct stat *now)
{
    char date[OSP_H1_DATE_SIZE];
    osp_h1_date_line(now->st_mtim.tv_sec, date);
    return (uint64_t)now->st_size != asset->forms[0].size ||
           memmem(date, sizeof date, asset->modified.ptr, asset->modified.len) == NULL;
}

/* The folder that files are in, as a string. */
static const char *public_folder(osp_ctx *ctx)
{
    const osp_str own = osp_agent_of(ctx)->worker->config->public_folder;
    return own.len > 0 ? osp_format(ctx, "%.*s%c", OSP_ARG(own), '\0').ptr : "public";
}

static osp_status send_fresh(osp_ctx *ctx, const void *in, void *out)
{
    const osp_asset *asset = ctx->match.leaf->asset;
    (void)in;
    (void)out;
    const char *folder = public_folder(ctx);
    OSP_TRY(folder != NULL ? OSP_OK : OSP_E_NOMEM);
    OSP_TRY(osp_set_header(ctx, OSP_STR("Cache-Control"), OSP_STR("no-cache")));
    return osp_send_file(ctx, asset->media_type, folder, osp_str_from(asset->forms[0].path));
}

static const osp_route fresh_route = { .in_ = &osp_type_void,
                                       .out_ = &osp_type_void,
                                       .call_ = send_fresh,
                                       .handler_ = "file",
                                       .file_ = "(openspeed)",
                                       .line_ = 1,
                                       .method_ = OSP_METHOD_GET,
                                       .is_public = true };

void osp_agent_freshen(osp_ctx *ctx)
{
    const osp_method method = ctx->request.method;
    struct stat now;
    if (ctx->app->asset_form_count == 0 || ctx->route != NULL ||
        (method != OSP_METHOD_GET && method != OSP_METHOD_HEAD)) {
        return;
    }
    const osp_route *route = osp_app_find(ctx); /* once: the dispatch goes on from there */
    const osp_asset *asset = route != NULL ? ctx->match.leaf->asset : NULL;
    if (asset == NULL || asset->location != NULL) {
        return;
    }
    const char *folder = public_folder(ctx);
    const osp_str path = folder != NULL
                             ? osp_format(ctx, "%s/%s%c", folder, asset->forms[0].path, '\0')
                             : (osp_str){ 0 };
    if (path.len == 0 || stat(path.ptr, &now) != 0 || !has_changed(asset, &now)) {
        return;
    }
    osp_route_leaf *leaf = osp_task_alloc(&ctx->task, sizeof *leaf);
    if (leaf != NULL) {
        *leaf = *ctx->match.leaf; /* with its middleware */
        leaf->by_method[OSP_METHOD_GET] = &fresh_route;
        ctx->match.leaf = leaf;
        ctx->route = &fresh_route;
    }
}
