/* What a worker keeps of the files of public/.
 *
 *     small   bytes in memory, read once and held against the hash of the build
 *     large   a descriptor, which many answers use at once; sendfile has its own offset
 *
 * A file is served as it was built, or not at all: its ETag, length and type stand in constant
 * tables.  Nobody replaces a file under a running server and keeps those promises, so one of
 * another size, or whose bytes or times have changed since, is an error of the log and a 500.  Of a
 * file that was replaced as a whole the old one is served on, for it is the one that was built.
 *
 * No more than OSP_FILES_OPEN_MAX descriptors stay open: the next one that nobody uses makes
 * room.  When all are in use the answer has one of its own.
 *
 * Names come from the table alone, never from a request.  The kernel is asked to stay below the
 * folder all the same: a link that was put there meanwhile leads nowhere.
 *
 * Rejected: mmap of files.  One that somebody makes shorter ends the process. */
#include "app/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SYS_OPENAT2 437 /* the same on every architecture */
#define OPEN_TRIES 64
#define LOOK_US 1000000 /* between two looks whether an open file has changed */

/* One form of a file. */
typedef struct form {
    char *bytes;              /* room for them; NULL: there is none */
    bool loaded;              /* they are there */
    bool spoilt;              /* somebody has written to the open file: it is served no more */
    int fd;                   /* -1: it is not open */
    uint32_t users;           /* of fd */
    int64_t looked_us;        /* when it was last asked for its time; 0: never */
    struct timespec modified; /* of the file that was opened first */
} form;

struct osp_files {
    osp_arena arena; /* of this and of bytes */
    int folder;
    uint32_t form_count;
    form *forms;
    uint32_t open[OSP_FILES_OPEN_MAX]; /* forms with a descriptor */
    uint32_t open_count, hand;
    osp_codings codings;
};

const char osp_files_key;

void osp_asset_etag(const uint8_t digest[OSP_SHA256_SIZE], char ret_etag[OSP_ASSET_ETAG_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char *at = ret_etag;
    *at++ = '"';
    for (size_t i = 0; i < OSP_SHA256_SIZE / 2; i++) {
        *at++ = digits[digest[i] >> 4];
        *at++ = digits[digest[i] & 15];
    }
    *at++ = '"';
    *at++ = 0;
    OSP_ASSERT(at == ret_etag + OSP_ASSET_ETAG_SIZE);
}

osp_status osp_files_new(const osp_app_def *app, int folder, osp_files **ret_files, osp_error *err)
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0,
                   OSP_FILES_MEMORY_MAX + app->asset_form_count * sizeof(form) + 4096);
    osp_files *files = osp_arena_zalloc(&arena, sizeof *files);
    form *forms = osp_arena_zalloc(&arena, app->asset_form_count * sizeof *forms);
    if (files == NULL || forms == NULL) {
        osp_arena_done(&arena);
        return osp_error_set(err, OSP_E_NOMEM, "no memory for the files of public/");
    }
    for (uint32_t i = 0; i < app->asset_form_count; i++) {
        forms[i].fd = -1;
    }
    files->arena = arena;
    files->folder = folder;
    files->forms = forms;
    files->form_count = app->asset_form_count;
    *ret_files = files;
    return OSP_OK;
}

void osp_files_free(osp_files *files)
{
    if (files == NULL) {
        return;
    }
    for (uint32_t i = 0; i < files->open_count; i++) {
        OSP_ASSERT(files->forms[files->open[i]].users == 0);
        close(files->forms[files->open[i]].fd);
    }
    osp_arena arena = files->arena;
    osp_arena_done(&arena);
}

osp_codings *osp_files_codings(osp_files *files)
{
    return &files->codings;
}

/* ---------------------------------------------------------------- opening */

/* One name; an empty one, as in front of "/etc", is nothing. */
static int open_step(int folder, osp_str name, bool last)
{
    char text[NAME_MAX + 1];
    const int flags = last ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH | O_DIRECTORY;
    if (name.len > NAME_MAX || osp_str_equal(name, OSP_STR(".."))) {
        errno = name.len > NAME_MAX ? ENAMETOOLONG : EXDEV;
        return -1;
    }
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    return openat(folder, text, flags | O_NOFOLLOW | O_CLOEXEC);
}

/* As osp_file_open_below where there is no openat2, or a container refuses it: one name after the
 * other, and no links at all, for nobody could say where they lead. */
static int open_by_steps(int folder, const char *path)
{
    int fd = folder;
    for (bool last = false; !last;) {
        const int from = fd;
        const size_t len = strcspn(path, "/");
        last = path[len] == '\0';
        fd = open_step(from, (osp_str){ path, len }, last);
        if (from != folder) {
            const int why = errno;
            close(from);
            errno = why;
        }
        last = last || fd < 0;
        path += len + 1;
    }
    return fd;
}

int osp_file_open_below(int folder, const char *path)
{
    const struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                                  .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
    int fd;
    unsigned tries = OPEN_TRIES; /* EAGAIN: a rename came in between; of a leased file it stays */
    do {
        fd = (int)syscall(SYS_OPENAT2, folder, path, &how, sizeof how);
    } while (fd < 0 && (errno == EINTR || (errno == EAGAIN && --tries > 0)));
    return fd < 0 && (errno == ENOSYS || errno == EPERM) ? open_by_steps(folder, path) : fd;
}

static osp_status failed(osp_ctx *ctx, const osp_asset_form *of, const char *why)
{
    return osp_task_fail(&ctx->task, OSP_E_IO, "public/%.150s: %s", of->path, why);
}

static osp_status changed(osp_ctx *ctx, const osp_asset_form *of)
{
    return failed(ctx, of, "it has changed since the application was built; build it again");
}

/* Opens a file that is as it was built, for all that its size tells. */
static osp_status open_form(osp_ctx *ctx, const osp_files *files, const osp_asset_form *of,
                            int *ret_fd, struct stat *ret_about)
{
    const int fd = osp_file_open_below(files->folder, of->path);
    if (fd < 0) {
        const bool short_of = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
        return short_of ? osp_task_fail(&ctx->task, OSP_E_BUSY, "public/%.150s: %s", of->path,
                                        strerror(errno))
                        : failed(ctx, of, strerror(errno));
    }
    if (fstat(fd, ret_about) != 0 || !S_ISREG(ret_about->st_mode) ||
        (uint64_t)ret_about->st_size != of->size) {
        close(fd);
        return changed(ctx, of);
    }
    *ret_fd = fd;
    return OSP_OK;
}

/* ---------------------------------------------------------------- small files */

static bool read_all(int fd, char *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t some = pread(fd, bytes + done, size - done, (off_t)done);
        if (some <= 0 && !(some < 0 && errno == EINTR)) {
            return false;
        }
        done += some > 0 ? (size_t)some : 0;
    }
    return true;
}

/* Whether the bytes are those that the tag was made of. */
static bool is_as_built(const osp_asset_form *of, osp_str bytes)
{
    osp_sha256 sha;
    uint8_t digest[OSP_SHA256_SIZE];
    char tag[OSP_ASSET_ETAG_SIZE];
    osp_sha256_init(&sha);
    osp_sha256_add(&sha, bytes);
    osp_sha256_end(&sha, digest);
    osp_asset_etag(digest, tag);
    return osp_str_equal((osp_str){ tag, OSP_ASSET_ETAG_SIZE - 1 }, of->etag);
}

/* OSP_OK | OSP_DONE (there is no more memory for it: it is sent from its file) | a failure, after
 * which it is tried anew. */
static osp_status load(osp_ctx *ctx, osp_files *files, const osp_asset_form *of, form *at)
{
    struct stat about;
    int fd = -1;
    const size_t size = (size_t)of->size;
    if (at->bytes == NULL) {
        at->bytes = osp_arena_try(&files->arena, size > 0 ? size : 1);
    }
    if (at->bytes == NULL) {
        return OSP_DONE;
    }
    OSP_TRY(open_form(ctx, files, of, &fd, &about));
    at->loaded = read_all(fd, at->bytes, size) && is_as_built(of, (osp_str){ at->bytes, size });
    close(fd);
    return at->loaded ? OSP_OK : changed(ctx, of);
}

/* ---------------------------------------------------------------- open files */

void osp_file_release(int fd, uint32_t *users)
{
    OSP_ASSERT(fd >= 0 && (users == NULL || *users > 0));
    if (users == NULL) {
        close(fd);
    } else {
        (*users)--;
    }
}

static void release(void *arg)
{
    const osp_file_body *body = arg;
    if (body->fd >= 0) {
        osp_file_release(body->fd, body->users);
    }
}

osp_status osp_file_send(osp_ctx *ctx, osp_file_body body)
{
    OSP_ASSERT(body.fd >= 0 && body.length > 0);
    osp_file_body *kept = osp_arena_try(ctx->task.arena, sizeof *kept);
    if (kept == NULL || osp_arena_defer(ctx->task.arena, release, kept) != OSP_OK) {
        osp_file_release(body.fd, body.users);
        return osp_task_fail(&ctx->task, OSP_E_NOMEM, "no memory for an answer from a file");
    }
    *kept = body;
    ctx->response.file = kept;
    ctx->response.bytes = (osp_str){ 0 };
    ctx->response.type = NULL;
    return OSP_OK;
}

/* The place in the list for one more; OSP_FILES_OPEN_MAX: all are in use. */
static uint32_t make_place(osp_files *files)
{
    if (files->open_count < OSP_FILES_OPEN_MAX) {
        return files->open_count++;
    }
    for (uint32_t i = 0; i < OSP_FILES_OPEN_MAX; i++) {
        const uint32_t place = files->hand;
        form *at = &files->forms[files->open[place]];
        files->hand = (files->hand + 1) % OSP_FILES_OPEN_MAX;
        if (at->users == 0) {
            close(at->fd);
            at->fd = -1;
            return place;
        }
    }
    return OSP_FILES_OPEN_MAX;
}

/* Whether the open file has the time that it had when it was first opened. */
static bool has_its_time(const form *at, const struct stat *about)
{
    return about->st_mtim.tv_sec == at->modified.tv_sec &&
           about->st_mtim.tv_nsec == at->modified.tv_nsec;
}

/* Whether nobody has written to an open file, as far as was looked lately. */
static bool is_still(form *at)
{
    struct stat about;
    const int64_t now_us = osp_now_us();
    if (now_us < at->looked_us || now_us - at->looked_us >= LOOK_US) {
        at->looked_us = now_us;
        at->spoilt |= fstat(at->fd, &about) != 0 || !has_its_time(at, &about);
    }
    return !at->spoilt;
}

/* To note when a file was last read costs a hundredth of what it takes to send 100 KB.  The kernel
 * lets its owner leave that out; of others' files it goes on. */
static void forget_reads(int fd)
{
    (void)fcntl(fd, F_SETFL, O_NONBLOCK | O_NOATIME);
}

/* Opens a file, for the first time or because others needed its descriptor.  ret_body: the caller
 * has a use of it, and gives that up. */
static osp_status open_anew(osp_ctx *ctx, osp_files *files, const osp_asset_form *of, form *at,
                            osp_file_body *ret_body)
{
    struct stat about;
    int fd = -1;
    OSP_TRY(open_form(ctx, files, of, &fd, &about));
    at->spoilt = at->looked_us != 0 && !has_its_time(at, &about);
    if (at->spoilt) {
        close(fd);
        return changed(ctx, of);
    }
    at->looked_us = osp_now_us();
    at->modified = about.st_mtim;
    const uint32_t place = make_place(files);
    if (place == OSP_FILES_OPEN_MAX) {
        *ret_body = (osp_file_body){ .fd = fd };
        return OSP_OK;
    }
    forget_reads(fd);
    files->open[place] = (uint32_t)(at - files->forms);
    at->fd = fd;
    at->users = 1;
    *ret_body = (osp_file_body){ .fd = fd, .users = &at->users };
    return OSP_OK;
}

/* The same unless it is open. */
static osp_status open_once(osp_ctx *ctx, osp_files *files, const osp_asset_form *of, form *at,
                            osp_file_body *ret_body)
{
    if (at->fd < 0) {
        return open_anew(ctx, files, of, at, ret_body);
    }
    if (!is_still(at)) {
        return changed(ctx, of);
    }
    at->users++;
    *ret_body = (osp_file_body){ .fd = at->fd, .users = &at->users };
    return OSP_OK;
}

osp_status osp_files_answer(osp_files *files, osp_ctx *ctx, const osp_asset *asset, uint32_t number,
                            osp_byte_range part)
{
    const osp_asset_form *of = &asset->forms[number];
    OSP_ASSERT(number < asset->form_count && asset->first + number < files->form_count);
    form *at = &files->forms[asset->first + number];
    osp_status status = at->loaded ? OSP_OK : OSP_DONE;
    if (!at->loaded && of->size <= OSP_FILE_SMALL_MAX) {
        status = load(ctx, files, of, at);
    }
    if (status == OSP_OK) {
        ctx->response.bytes = (osp_str){ at->bytes + part.at, (size_t)part.length };
    }
    if (status != OSP_DONE) {
        return status;
    }
    osp_file_body body;
    OSP_TRY(open_once(ctx, files, of, at, &body));
    body.at = part.at;
    body.length = part.length;
    return osp_file_send(ctx, body);
}
