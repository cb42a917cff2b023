/* The files of a form: in memory while they are small, then in a file without a name.
 *
 *     content --> piece (arena) --beyond upload_memory--> O_TMPFILE, a piece of 64 KiB at a time
 *                      |                                        |
 *                 upload.content                          upload.file_, closed with the request
 *
 * A disk may be busy, so a thread makes, writes and reads the files, and the fiber waits for it;
 * the loop never does.  A piece is large enough that to hand it over costs little beside writing
 * it, and all that a request holds of a file.  Nothing in the folder ever has a name: when a worker
 * dies the kernel takes what it held.  To close a large file takes as long as to write it, so that
 * the one who has the folder does it, and knows then how much lies there.
 *
 * Saving links the file to its path; where the kernel cannot (another file system, a folder that
 * the worker may not link to, something to replace) its content is copied to a file beside the
 * path, which has no name either before it is whole, so that nobody ever sees half a file.  What is
 * to replace something has a name of its own then, for a moment, and is renamed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/form.h"

#define PIECE_SIZE ((size_t)65536)
#define PATH_SIZE 4096
#define TRIES 8 /* names beside a path */
#define BESIDE_SIZE 32

typedef struct osp_upload_file {
    osp_forms *forms;
    int fd;
    uint64_t size; /* bytes of it that are counted */
    bool has_name; /* it was linked to a path, and is somebody's file */
} osp_upload_file;

/* ---------------------------------------------------------------- on a thread */

/* One thing that is done with files. */
typedef struct job {
    int fd;           /* -1: none is open yet */
    int folder;       /* to make one in */
    const char *from; /* what is written */
    char *to;         /* where to what is read */
    uint64_t at;
    size_t size, done;
    const char *path;
    osp_str content; /* of an upload in memory */
    bool replaces, may_link, linked;
    int why; /* errno; 0: it is done */
} job;

static int write_all(int fd, const char *from, size_t size, uint64_t at)
{
    while (size > 0) {
        const ssize_t done = pwrite(fd, from, size, (off_t)at);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return done < 0 ? errno : ENOSPC;
        }
        from += done;
        size -= (size_t)done;
        at += (uint64_t)done;
    }
    return 0;
}

/* -1, and errno. */
static int open_file(int folder, const char *path, int flags)
{
    int fd;
    do {
        fd = openat(folder, path, flags | O_CLOEXEC, 0666); /* and the umask */
    } while (fd < 0 && errno == EINTR);
    return fd;
}

/* The first piece makes the file. */
static void write_piece(void *arg)
{
    job *j = arg;
    if (j->fd < 0) {
        j->fd = open_file(j->folder, ".", O_TMPFILE | O_RDWR);
    }
    j->why = j->fd < 0 ? errno : write_all(j->fd, j->from, j->size, j->at);
}

static void read_piece(void *arg)
{
    job *j = arg;
    j->why = 0;
    while (j->done < j->size && j->why == 0) {
        const ssize_t got =
            pread(j->fd, j->to + j->done, j->size - j->done, (off_t)(j->at + j->done));
        if (got == 0) {
            return;
        }
        j->why = got < 0 && errno != EINTR ? errno : 0;
        j->done += got > 0 ? (size_t)got : 0;
    }
}

static int copy_file(int from, int to, uint64_t size)
{
    char piece[16384];
    for (uint64_t at = 0; at < size;) {
        const size_t most = size - at < sizeof piece ? (size_t)(size - at) : sizeof piece;
        const ssize_t got = pread(from, piece, most, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        const int why = got > 0 ? write_all(to, piece, (size_t)got, at) : got < 0 ? errno : EIO;
        if (why != 0) {
            return why;
        }
        at += (uint64_t)got;
    }
    return 0;
}

/* Bytes of a path that name its folder, with the slash. */
static int folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? (int)(slash - path) + 1 : 0;
}

/* The i-th name beside a path; false, and errno, when it would be too long. */
static bool name_beside(const char *path, unsigned i, char beside[PATH_SIZE])
{
    const int len = snprintf(beside, PATH_SIZE, "%.*s.upload-%d-%p-%u", folder_of(path), path,
                             (int)getpid(), (void *)beside, i);
    if (len < 0 || len >= PATH_SIZE) {
        errno = ENAMETOOLONG;
        return false;
    }
    return true;
}

/* Gives a name to a file that has none.  False, and errno: it has not got it. */
static bool give_name(int fd, const char *path)
{
    char self[BESIDE_SIZE];
    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
}

/* A new file beside the path, whose name is written behind its folder. */
static int open_beside(const char *path, char beside[PATH_SIZE])
{
    int fd = -1;
    for (unsigned i = 0; i < TRIES && fd < 0 && name_beside(path, i, beside); i++) {
        fd = open_file(AT_FDCWD, beside, O_CREAT | O_EXCL | O_WRONLY);
        if (fd < 0 && errno != EEXIST) {
            return -1;
        }
    }
    return fd;
}

/* The same for a file that has no name yet. */
static bool link_beside(int fd, const char *path, char beside[PATH_SIZE])
{
    bool has = false;
    for (unsigned i = 0; i < TRIES && !has && name_beside(path, i, beside); i++) {
        has = give_name(fd, beside);
        if (!has && errno != EEXIST) {
            return false;
        }
    }
    return has;
}

/* Gives the path to a whole file that is at `beside`, or removes that. */
static int give_path(const job *j, const char *beside)
{
    if (j->replaces && renameat(AT_FDCWD, beside, AT_FDCWD, j->path) == 0) {
        return 0;
    }
    const bool has = !j->replaces && linkat(AT_FDCWD, beside, AT_FDCWD, j->path, 0) == 0;
    const int why = has ? 0 : errno;
    (void)unlinkat(AT_FDCWD, beside, 0);
    return why;
}

static int fill(const job *j, int fd)
{
    return j->fd >= 0 ? copy_file(j->fd, fd, j->size)
                      : write_all(fd, j->content.ptr, j->content.len, 0);
}

/* A copy that has a name when it is whole, and not before: a process that ends meanwhile leaves
 * nothing. */
static int save_unnamed(const job *j)
{
    char beside[PATH_SIZE];
    (void)snprintf(beside, sizeof beside, "%.*s.", folder_of(j->path), j->path);
    const int fd = open_file(AT_FDCWD, beside, O_TMPFILE | O_WRONLY);
    if (fd < 0) {
        return errno;
    }
    int why = fill(j, fd);
    if (why == 0 && !j->replaces) {
        why = give_name(fd, j->path) ? 0 : errno;
    } else if (why == 0) {
        why = link_beside(fd, j->path, beside) ? give_path(j, beside) : errno;
    }
    close(fd);
    return why;
}

static int save_named(const job *j)
{
    char beside[PATH_SIZE];
    const int fd = open_beside(j->path, beside);
    if (fd < 0) {
        return errno;
    }
    int why = fill(j, fd);
    why = close(fd) != 0 && why == 0 ? errno : why;
    if (why == 0) {
        return give_path(j, beside);
    }
    (void)unlinkat(AT_FDCWD, beside, 0);
    return why;
}

static void save(void *arg)
{
    job *j = arg;
    struct stat there;
    if (!j->replaces && fstatat(AT_FDCWD, j->path, &there, AT_SYMLINK_NOFOLLOW) == 0) {
        j->why = EEXIST;
        return;
    }
    j->linked = j->may_link && give_name(j->fd, j->path);
    j->why = j->linked ? 0 : save_unnamed(j);
    if (j->why != 0 && j->why != EEXIST) { /* not every file system has files without a name */
        j->why = save_named(j);
    }
}

/* ---------------------------------------------------------------- keeping */

static void close_file(void *arg)
{
    const osp_upload_file *file = arg;
    osp_forms *forms = file->forms;
    if (file->fd < 0) {
        return;
    }
    if (forms->close != NULL) {
        forms->close(forms, file->fd, file->size);
    } else {
        close(file->fd);
        OSP_ASSERT(forms->held >= file->size);
        forms->held -= file->size;
    }
}

static osp_status disk_failed(osp_ctx *ctx, int why)
{
    osp_task_log_at(&ctx->task, NULL, OSP_LOG_ERROR, "an upload cannot be kept: %s", strerror(why));
    return osp_fail_at(ctx, NULL, 503, "The server has no room for uploads now.");
}

osp_forms osp_forms_of(const osp_ctx *ctx)
{
    const osp_forms *forms = osp_task_service(&ctx->task, &osp_forms_key);
    return forms != NULL ? *forms
                         : (osp_forms){ .upload_file = OSP_UPLOAD_FILE_MAX,
                                        .upload_total = OSP_UPLOAD_TOTAL_MAX,
                                        .text_size = OSP_UPLOAD_TOTAL_MAX,
                                        .upload_files = OSP_UPLOAD_FILES_MAX,
                                        .form_fields = OSP_PARAM_FORM_PAIRS_MAX,
                                        .folder = -1 };
}

void osp_upload_sink_init(osp_upload_sink *sink, osp_ctx *ctx)
{
    *sink = (osp_upload_sink){ .ctx = ctx, .forms = osp_task_service(&ctx->task, &osp_forms_key) };
    osp_buf_init(&sink->piece, NULL, 0, 0);
}

/* Room for `more` bytes of a piece, in the arena. */
static osp_status make_room(osp_upload_sink *sink, size_t more)
{
    osp_buf *piece = &sink->piece;
    if (more <= piece->cap - piece->len) {
        return OSP_OK;
    }
    const size_t len = piece->len, twice = piece->cap * 2;
    const size_t cap = twice > len + more ? twice : len + more;
    char *bigger = osp_arena_try(sink->ctx->task.arena, cap);
    if (bigger == NULL) {
        return osp_task_fail(&sink->ctx->task, osp_arena_why(sink->ctx->task.arena, cap),
                             "no memory for an upload");
    }
    if (len > 0) {
        memcpy(bigger, piece->ptr, len);
    }
    osp_buf_init(piece, bigger, cap, cap);
    piece->len = len;
    return OSP_OK;
}

/* From here on the file at hand is one.  It is made with the first piece. */
static osp_status begin_file(osp_upload_sink *sink)
{
    osp_ctx *ctx = sink->ctx;
    if (sink->forms->folder < 0) {
        return osp_fail_at(ctx, NULL, 503, "The server has no room for uploads now.");
    }
    osp_upload_file *file = osp_arena_try(ctx->task.arena, sizeof *file);
    if (file == NULL) {
        return osp_task_fail(&ctx->task, OSP_E_NOMEM, "no memory for an upload");
    }
    *file = (osp_upload_file){ .forms = sink->forms, .fd = -1 };
    OSP_TRY(osp_arena_defer(ctx->task.arena, close_file, file));
    sink->file = file;
    return sink->piece.cap < PIECE_SIZE ? make_room(sink, PIECE_SIZE - sink->piece.len) : OSP_OK;
}

static osp_status write_out(osp_upload_sink *sink)
{
    osp_ctx *ctx = sink->ctx;
    osp_upload_file *file = sink->file;
    osp_forms *forms = sink->forms;
    if (sink->piece.len > forms->max - forms->held) {
        return osp_fail_at(ctx, NULL, 503,
                           "The server has no room for uploads now: limits.uploads is %llu bytes.",
                           (unsigned long long)forms->max);
    }
    job j = { .fd = file->fd,
              .folder = forms->folder,
              .from = sink->piece.ptr,
              .size = sink->piece.len,
              .at = file->size };
    forms->held += sink->piece.len;
    file->size += sink->piece.len;
    const osp_status status = osp_task_offload(&ctx->task, forms->queue, write_piece, &j);
    file->fd = j.fd;
    if (file->fd < 0) { /* nobody will close it */
        forms->held -= file->size;
        file->size = 0;
    }
    sink->piece.len = 0;
    OSP_TRY(status);
    return j.why == 0 ? OSP_OK : disk_failed(ctx, j.why);
}

/* Bytes that may still be gathered in memory. */
static uint64_t memory_left(const osp_upload_sink *sink)
{
    if (sink->forms == NULL) {
        return UINT64_MAX;
    }
    const uint64_t used = sink->memory + sink->piece.len;
    return used < sink->forms->upload_memory ? sink->forms->upload_memory - used : 0;
}

osp_status osp_upload_sink_add(osp_upload_sink *sink, osp_str bytes)
{
    osp_buf *piece = &sink->piece;
    if (sink->file == NULL && bytes.len > memory_left(sink)) {
        OSP_TRY(begin_file(sink));
    }
    sink->size += bytes.len;
    if (sink->file == NULL) {
        OSP_TRY(make_room(sink, bytes.len));
        osp_buf_str(piece, bytes);
        return OSP_OK;
    }
    while (bytes.len > 0) {
        const size_t room = piece->cap - piece->len;
        const size_t len = bytes.len < room ? bytes.len : room;
        osp_buf_append(piece, bytes.ptr, len);
        bytes.ptr += len;
        bytes.len -= len;
        if (piece->len == piece->cap) {
            OSP_TRY(write_out(sink));
        }
    }
    return OSP_OK;
}

osp_status osp_upload_sink_end(osp_upload_sink *sink, osp_upload *ret)
{
    ret->size = sink->size;
    if (sink->file != NULL) {
        OSP_TRY(sink->piece.len > 0 ? write_out(sink) : OSP_OK);
        ret->content = (osp_str){ NULL, 0 };
        ret->file_ = sink->file;
    } else {
        ret->content = sink->size > 0 ? osp_buf_text(&sink->piece) : OSP_STR("");
        ret->file_ = NULL;
        sink->memory += sink->piece.len;
        osp_buf_init(&sink->piece, NULL, 0, 0); /* it is the upload's now */
    }
    sink->file = NULL;
    sink->size = 0;
    return OSP_OK;
}

void osp_upload_sink_drop(osp_upload_sink *sink)
{
    sink->piece.len = 0;
    sink->file = NULL; /* closed with the request */
    sink->size = 0;
}

/* ---------------------------------------------------------------- what handlers call */

static osp_status failed(osp_ctx *ctx, const char *what, int why)
{
    return osp_task_fail(&ctx->task, OSP_E_IO, "an upload cannot be %s: %s", what, strerror(why));
}

static osp_status run(osp_ctx *ctx, void (*fn)(void *arg), job *j)
{
    const osp_forms *forms = osp_task_service(&ctx->task, &osp_forms_key);
    if (forms == NULL || forms->queue == NULL) {
        fn(j);
        return OSP_OK;
    }
    const osp_status status = osp_task_offload(&ctx->task, forms->queue, fn, j);
    return status == OSP_OK ? OSP_OK : osp_task_fail(&ctx->task, status, "too many uploads wait");
}

osp_status osp_upload_read(osp_ctx *ctx, const osp_upload *upload, uint64_t at, void *to,
                           size_t size, size_t *ret_len)
{
    OSP_ASSERT(ret_len != NULL && (to != NULL || size == 0));
    if (at >= upload->size) {
        return OSP_DONE;
    }
    const size_t most = upload->size - at < size ? (size_t)(upload->size - at) : size;
    *ret_len = most;
    if (upload->file_ == NULL) {
        memcpy(to, upload->content.ptr + at, most);
        return OSP_OK;
    }
    job j = { .fd = upload->file_->fd, .to = to, .size = most, .at = at };
    OSP_TRY(run(ctx, read_piece, &j));
    return j.why != 0 || j.done < most ? failed(ctx, "read", j.why != 0 ? j.why : EIO) : OSP_OK;
}

osp_status osp_upload_save(osp_ctx *ctx, const osp_upload *upload, osp_str path, osp_save how)
{
    char text[PATH_SIZE];
    if (path.len == 0 || path.len >= sizeof text || memchr(path.ptr, 0, path.len) != NULL) {
        return OSP_E_INVALID;
    }
    memcpy(text, path.ptr, path.len);
    text[path.len] = '\0';
    osp_upload_file *file = (osp_upload_file *)upload->file_;
    job j = { .fd = file != NULL ? file->fd : -1,
              .size = (size_t)upload->size,
              .content = upload->content,
              .path = text,
              .replaces = how == OSP_SAVE_REPLACE,
              .may_link = file != NULL && how == OSP_SAVE_NEW && !file->has_name };
    OSP_TRY(run(ctx, save, &j));
    if (j.linked) {
        file->has_name = true;
    }
    return j.why == 0                               ? OSP_OK
           : j.why == EEXIST && how == OSP_SAVE_NEW ? OSP_DONE
                                                    : failed(ctx, "saved", j.why);
}
