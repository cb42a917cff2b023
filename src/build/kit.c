/* Text and files for the builder.
 *
 * Invariants: files are written beside their target and renamed over it, so an interrupted build
 * leaves no half file that a later one would take for fresh. */
#include "build/kit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void *osp_kit_alloc(osp_arena *arena, size_t size)
{
    void *memory = osp_arena_zalloc(arena, size);
    if (memory == NULL) {
        fputs("openspeed: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

char *osp_kit_format(osp_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    OSP_ASSERT(len >= 0);
    char *text = osp_kit_alloc(arena, (size_t)len + 1);
    va_start(args, format);
    (void)vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}

char *osp_kit_string(osp_arena *arena, osp_str text)
{
    char *copy = osp_kit_alloc(arena, text.len + 1);
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    return copy;
}

char *osp_kit_take(osp_arena *arena, osp_buf *text)
{
    OSP_ASSERT(!text->failed); /* half a name is another one */
    char *copy = osp_kit_string(arena, osp_buf_text(text));
    osp_buf_done(text);
    return copy;
}

const char *osp_kit_below(osp_arena *arena, const char *folder, const char *path)
{
    return strcmp(folder, ".") == 0 ? path : osp_kit_format(arena, "%s/%s", folder, path);
}

void osp_kit_push(osp_arena *arena, osp_kit_list *list, const void *item)
{
    if (list->count == list->cap) {
        const size_t cap = list->cap == 0 ? 16 : list->cap * 2;
        const void **items = osp_kit_alloc(arena, cap * sizeof(*items));
        if (list->count != 0) {
            memcpy(items, list->items, list->count * sizeof(*items));
        }
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = item;
}

void osp_kit_sort(osp_kit_list *list, int (*compare)(const void *a, const void *b))
{
    if (list->count > 1) { /* an empty one has no places */
        qsort(list->items, list->count, sizeof(list->items[0]), compare);
    }
}

int osp_kit_by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void osp_kit_push_words(osp_arena *arena, osp_kit_list *list, const char *text)
{
    while (*text != '\0') {
        text += strspn(text, " ");
        const size_t len = strcspn(text, " ");
        if (len != 0) {
            osp_kit_push(arena, list, osp_kit_format(arena, "%.*s", (int)len, text));
        }
        text += len;
    }
}

static osp_status read_open(osp_arena *arena, int fd, const char *path, osp_str *ret_bytes,
                            osp_error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        return osp_error_set(err, OSP_E_IO, "%s is not a regular file", path);
    }
    if (info.st_size > (off_t)OSP_BUILD_FILE_MAX) {
        return osp_error_set(err, OSP_E_LIMIT, "%s is larger than %u bytes", path,
                             OSP_BUILD_FILE_MAX);
    }
    const size_t size = (size_t)info.st_size;
    char *bytes = osp_kit_alloc(arena, size + 1);
    size_t at = 0;
    while (at < size) {
        const ssize_t got = read(fd, bytes + at, size - at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return osp_error_set(err, OSP_E_IO, "%s: %s", path, strerror(errno));
        }
        if (got == 0) {
            break;
        }
        at += (size_t)got;
    }
    /* Half of a file that is being saved must not pass for the whole. */
    if (at < size || fstat(fd, &info) != 0 || info.st_size != (off_t)size) {
        return osp_error_set(err, OSP_E_IO, "%s was changed while it was read; try again", path);
    }
    *ret_bytes = (osp_str){ bytes, at };
    return OSP_OK;
}

osp_status osp_kit_read(osp_arena *arena, const char *path, osp_str *ret_bytes, osp_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        const osp_status status = errno == ENOENT ? OSP_E_NOT_FOUND : OSP_E_IO;
        return osp_error_set(err, status, "%s: %s", path, strerror(errno));
    }
    const osp_status status = read_open(arena, fd, path, ret_bytes, err);
    (void)close(fd);
    return status;
}

osp_status osp_kit_write(osp_arena *arena, const char *path, osp_str bytes, osp_error *err)
{
    const char *part = osp_kit_format(arena, "%s.part", path);
    const int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) {
        return osp_error_set(err, OSP_E_IO, "%s: %s", part, strerror(errno));
    }
    size_t at = 0;
    bool good = true;
    while (good && at < bytes.len) {
        const ssize_t put = write(fd, bytes.ptr + at, bytes.len - at);
        good = put >= 0 || errno == EINTR;
        at += put > 0 ? (size_t)put : 0;
    }
    good = close(fd) == 0 && good && rename(part, path) == 0;
    return good ? OSP_OK : osp_error_set(err, OSP_E_IO, "%s: %s", path, strerror(errno));
}

osp_status osp_kit_mkdir(osp_arena *arena, const char *path, osp_error *err)
{
    char *at = osp_kit_format(arena, "%s", path);
    for (char *slash = at + 1; slash != NULL;) {
        slash = strchr(slash, '/');
        if (slash != NULL) {
            *slash = '\0';
        }
        if (mkdir(at, 0755) != 0 && errno != EEXIST) {
            return osp_error_set(err, OSP_E_IO, "cannot make %s: %s", at, strerror(errno));
        }
        if (slash != NULL) {
            *slash++ = '/';
        }
    }
    return OSP_OK;
}

osp_status osp_kit_create(osp_arena *arena, const char *path, osp_str bytes, osp_error *err)
{
    struct stat info;
    const char *slash = strrchr(path, '/');
    if (lstat(path, &info) == 0) {
        return osp_error_set(err, OSP_E_INVALID, "%s is there already", path);
    }
    if (slash != NULL && slash != path) {
        OSP_TRY(
            osp_kit_mkdir(arena, osp_kit_format(arena, "%.*s", (int)(slash - path), path), err));
    }
    return osp_kit_write(arena, path, bytes, err);
}
