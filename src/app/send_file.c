/* Answers with a file of the application's own, which may change at any time: its size, its date
 * and its tag are asked for with each request. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openspeed/answer.h>
#include <openspeed/file.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/files.h"
#include "http/media.h"
#include "wire/date.h"

#define PATH_SIZE 4096
#define YOUNG_S 2 /* within which a file may be written to twice and keep its time */

static osp_status failed(osp_ctx *ctx, const osp_place *here, osp_status status, const char *path,
                         const char *why)
{
    osp_error cause = { 0 };
    (void)osp_error_set(&cause, status, "osp_send_file: %.150s: %s", path, why);
    osp_task_fail_here(&ctx->task, status, &cause, here);
    return status;
}

static bool is_absent(int why)
{
    return why == ENOENT || why == ENOTDIR || why == EXDEV || why == ELOOP || why == ENAMETOOLONG;
}

/* ret_fd: owned by caller.  OSP_OK | OSP_E_NOT_FOUND | a failure, which the task remembers. */
static osp_status open_any(osp_ctx *ctx, const osp_place *here, const char *folder,
                           const char *path, int *ret_fd)
{
    int dir;
    do {
        dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    } while (dir < 0 && errno == EINTR);
    if (dir < 0) {
        return failed(ctx, here, OSP_E_IO, folder, strerror(errno));
    }
    *ret_fd = osp_file_open_below(dir, path);
    const int why = errno;
    close(dir);
    if (*ret_fd >= 0) {
        return OSP_OK;
    }
    if (is_absent(why)) {
        return OSP_E_NOT_FOUND;
    }
    const bool short_of = why == EMFILE || why == ENFILE || why == ENOMEM;
    return failed(ctx, here, short_of ? OSP_E_BUSY : OSP_E_IO, path, strerror(why));
}

/* The same of a regular file. */
static osp_status open_file(osp_ctx *ctx, const osp_place *here, const char *folder,
                            const char *path, int *ret_fd, struct stat *ret_about)
{
    int fd = -1;
    OSP_TRY(open_any(ctx, here, folder, path, &fd));
    osp_status status = OSP_OK;
    if (fstat(fd, ret_about) != 0) {
        status = failed(ctx, here, OSP_E_IO, path, strerror(errno));
    } else if (!S_ISREG(ret_about->st_mode)) {
        status = OSP_E_NOT_FOUND;
    }
    if (status != OSP_OK) {
        close(fd);
        return status;
    }
    *ret_fd = fd;
    return OSP_OK;
}

/* Sets what is said of the file. */
static osp_status describe(osp_ctx *ctx, const struct stat *about, osp_validators *ret)
{
    char date[OSP_HTTP_DATE_LEN];
    const int64_t age_s = osp_now_us() / 1000000 - about->st_mtim.tv_sec;
    const bool young = age_s < YOUNG_S;
    osp_http_date_write(about->st_mtim.tv_sec, date);
    ret->modified = osp_copy(ctx, ((osp_str){ date, sizeof date }));
    ret->etag = osp_format(ctx, "%s\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 ".%lx\"", young ? "W/" : "",
                           (uint64_t)about->st_ino, (uint64_t)about->st_size,
                           (uint64_t)about->st_mtim.tv_sec, (unsigned long)about->st_mtim.tv_nsec);
    ret->is_date_strong = !young;
    if (ret->modified.len == 0 || ret->etag.len == 0) {
        return OSP_E_NOMEM;
    }
    if (osp_answer_header(ctx, OSP_STR("Cache-Control")).len == 0) {
        OSP_TRY(osp_set_header(ctx, OSP_STR("Cache-Control"), OSP_STR("no-cache")));
    }
    OSP_TRY(osp_set_header(ctx, OSP_STR("Last-Modified"), ret->modified));
    OSP_TRY(osp_set_header(ctx, OSP_STR("Accept-Ranges"), OSP_STR("bytes")));
    return osp_set_header(ctx, OSP_STR("ETag"), ret->etag);
}

/* Takes fd. */
static osp_status answer(osp_ctx *ctx, const struct stat *about, int fd)
{
    osp_validators validators;
    osp_byte_range part = { 0, 0 };
    osp_status status = describe(ctx, about, &validators);
    ctx->response.status = ctx->response.status != 0 ? ctx->response.status : 200;
    bool sends = status == OSP_OK;
    if (sends && ctx->request.conditional) { /* before Range: RFC 9110 13.2.2 */
        osp_conditions_after(ctx, osp_ctx_route(ctx));
        sends = !ctx->failed && ctx->response.status != 304;
        status = ctx->failed ? OSP_E_FAILED : OSP_OK;
    }
    if (sends && ctx->response.status == 200) {
        status = osp_part_find(ctx, &validators, (uint64_t)about->st_size, &part);
    } else {
        part.length = (uint64_t)about->st_size;
    }
    if (status == OSP_OK && sends && part.length > 0) {
        return osp_file_send(ctx,
                             (osp_file_body){ .fd = fd, .at = part.at, .length = part.length });
    }
    close(fd);
    return status;
}

osp_status osp_send_file_at(osp_ctx *ctx, const osp_place *here, osp_str media_type,
                            const char *folder, osp_str path)
{
    char name[PATH_SIZE];
    struct stat about;
    int fd = -1;
    OSP_TRY(osp_send(ctx, media_type, (osp_str){ 0 })); /* neither failed nor begun */
    if (path.len == 0 || path.len >= sizeof name || memchr(path.ptr, '\0', path.len) != NULL) {
        return osp_fail_at(ctx, here, 404, "There is no such file.");
    }
    memcpy(name, path.ptr, path.len);
    name[path.len] = '\0';
    const osp_status status = open_file(ctx, here, folder, name, &fd, &about);
    if (status == OSP_E_NOT_FOUND) {
        return osp_fail_at(ctx, here, 404, "There is no such file.");
    }
    OSP_TRY(status);
    if (media_type.len == 0) {
        ctx->response.media_type = osp_str_from(osp_media_type(name));
    }
    return answer(ctx, &about, fd);
}
