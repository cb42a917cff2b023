/* Secrets from where they are usually put.
 *
 *     NAME                       the environment itself
 *     NAME_FILE                  the path of a file: what containers mount
 *     $CREDENTIALS_DIRECTORY/NAME    what systemd hands to a service (systemd.exec(5))
 *
 * No text of a secret enters a message, and files are opened so that a pipe which nobody writes to
 * cannot hold the process. */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/task.h"

#define CHUNK 4096

/* Twice the room, up to one byte more than may be read: that byte tells that it is too much. */
static char *grow(osp_arena *arena, char *old, size_t len, size_t *room, size_t max)
{
    const size_t wanted = *room == 0 ? CHUNK : *room * 2;
    *room = wanted < max + 1 ? wanted : max + 1;
    char *text = osp_arena_try(arena, *room + 1);
    if (text != NULL && len != 0) {
        memcpy(text, old, len);
    }
    return text;
}

static osp_status read_all(osp_arena *arena, int fd, const char *path, size_t max,
                           osp_str *ret_text, osp_error *err)
{
    char *text = NULL;
    size_t len = 0, room = 0;
    for (;;) {
        if (len == room) {
            text = grow(arena, text, len, &room, max);
            if (text == NULL) {
                return osp_error_set(err, OSP_E_NOMEM, "%.200s: no memory to read it", path);
            }
        }
        const ssize_t got = read(fd, text + len, room - len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return osp_error_set(err, OSP_E_IO, "%.200s: %s", path, strerror(errno));
        }
        if (got == 0) {
            break;
        }
        len += (size_t)got;
        if (len > max) {
            return osp_error_set(err, OSP_E_LIMIT, "%.200s: has more than %zu bytes", path, max);
        }
    }
    text[len] = '\0';
    *ret_text = (osp_str){ text, len };
    return OSP_OK;
}

osp_status osp_file_read(osp_arena *arena, const char *path, size_t max, osp_str *ret_text,
                         osp_error *err)
{
    OSP_ASSERT(max < SIZE_MAX / 4);
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        const osp_status status = errno == ENOENT ? OSP_E_NOT_FOUND : OSP_E_IO;
        return osp_error_set(err, status, "%.200s: %s", path, strerror(errno));
    }
    const osp_status status = read_all(arena, fd, path, max, ret_text, err);
    close(fd);
    return status;
}

osp_status osp_secret_file(osp_arena *arena, const char *path, osp_str *ret_text, osp_error *err)
{
    osp_str text;
    OSP_TRY(osp_file_read(arena, path, OSP_SECRET_MAX, &text, err));
    if (text.len != 0 && text.ptr[text.len - 1] == '\n') {
        text.len--;
        text.len -= text.len != 0 && text.ptr[text.len - 1] == '\r';
    }
    ((char *)(uintptr_t)text.ptr)[text.len] = '\0';
    *ret_text = text;
    return OSP_OK;
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

osp_status osp_secret_find(osp_arena *arena, const char *name, osp_str *ret_text, osp_error *err)
{
    char text[512];
    if (snprintf(text, sizeof(text), "%s_FILE", name) >= (int)sizeof(text)) {
        return osp_error_set(err, OSP_E_LIMIT, "the name of the secret is too long");
    }
    const char *value = environment(name), *path = environment(text);
    if (value != NULL && path != NULL) {
        return osp_error_set(err, OSP_E_INVALID, "%.100s and %.100s are both given", name, text);
    }
    if (value != NULL) {
        *ret_text = osp_str_from(value);
        return OSP_OK;
    }
    if (path != NULL) {
        const osp_status status = osp_secret_file(arena, path, ret_text, err);
        return status == OSP_E_NOT_FOUND ? OSP_E_IO : status;
    }
    const char *folder = environment("CREDENTIALS_DIRECTORY");
    if (folder == NULL || strchr(name, '/') != NULL ||
        snprintf(text, sizeof(text), "%s/%s", folder, name) >= (int)sizeof(text)) {
        return OSP_E_NOT_FOUND;
    }
    return osp_secret_file(arena, text, ret_text, err);
}

osp_str osp_task_secret_at(osp_task *task, const osp_place *here, const char *name)
{
    osp_error cause = { 0 };
    osp_str text = { NULL, 0 };
    const osp_status status = osp_secret_find(task->arena, name, &text, &cause);
    if (status != OSP_OK && status != OSP_E_NOT_FOUND) {
        osp_task_fail_here(task, status, &cause, here);
    }
    return text;
}
