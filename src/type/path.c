/* Paths into values: JSON pointers, and the way one writes them in C.
 *
 *     /house/lines/2/a~1b       house.lines[2]["a/b"]
 *
 * A step is copied out, for the escapes of a pointer must be resolved.
 * Source: RFC 6901. */
#include "type/path.h"

#include <string.h>

static void advance(osp_str *path, size_t bytes)
{
    path->ptr += bytes;
    path->len -= bytes;
}

static osp_status add(osp_path_step *step, char byte)
{
    if (step->len == OSP_PATH_STEP_MAX) {
        return OSP_E_LIMIT;
    }
    step->text[step->len++] = byte;
    return OSP_OK;
}

/* A whole number in decimal, without leading zeros. */
static void look_for_index(osp_path_step *step)
{
    size_t value = 0;
    if (step->len == 0 || (step->len > 1 && step->text[0] == '0')) {
        return;
    }
    for (size_t i = 0; i < step->len; i++) {
        const char c = step->text[i];
        if (c < '0' || c > '9' || __builtin_mul_overflow(value, (size_t)10, &value) ||
            __builtin_add_overflow(value, (size_t)(c - '0'), &value)) {
            return;
        }
    }
    step->index = value;
    step->is_index = true;
}

/* Behind the slash. */
static osp_status pointer_step(osp_str *path, osp_path_step *step)
{
    while (path->len != 0 && path->ptr[0] != '/') {
        char byte = path->ptr[0];
        if (byte == '~') {
            if (path->len < 2 || (path->ptr[1] != '0' && path->ptr[1] != '1')) {
                return OSP_E_INVALID;
            }
            byte = path->ptr[1] == '0' ? '~' : '/';
            advance(path, 1);
        }
        advance(path, 1);
        OSP_TRY(add(step, byte));
    }
    return OSP_OK;
}

/* Behind an opening bracket. */
static osp_status bracket_step(osp_str *path, osp_path_step *step)
{
    const bool quoted = path->len != 0 && path->ptr[0] == '"';
    advance(path, quoted);
    while (path->len != 0 && path->ptr[0] != (quoted ? '"' : ']')) {
        OSP_TRY(add(step, path->ptr[0]));
        advance(path, 1);
    }
    const char *close = quoted ? "\"]" : "]";
    const size_t len = strlen(close);
    if (path->len < len || memcmp(path->ptr, close, len) != 0) {
        return OSP_E_INVALID;
    }
    advance(path, len);
    look_for_index(step);
    if (quoted) {
        step->is_index = false;
    }
    return quoted || step->is_index ? OSP_OK : OSP_E_INVALID;
}

/* A name up to a point or bracket. */
static osp_status name_step(osp_str *path, osp_path_step *step)
{
    while (path->len != 0 && path->ptr[0] != '.' && path->ptr[0] != '[') {
        OSP_TRY(add(step, path->ptr[0]));
        advance(path, 1);
    }
    return step->len != 0 ? OSP_OK : OSP_E_INVALID;
}

/* A point goes before a name: one that ends the path, or stands before a bracket, is none. */
static osp_status behind_step(osp_str *path)
{
    if (path->len == 0 || path->ptr[0] == '[') {
        return OSP_OK;
    }
    if (path->ptr[0] != '.' || path->len < 2 || path->ptr[1] == '[') {
        return OSP_E_INVALID;
    }
    advance(path, 1);
    return OSP_OK;
}

osp_status osp_path_next(osp_str *path, bool pointer, osp_path_step *ret_step)
{
    ret_step->len = ret_step->index = 0;
    ret_step->is_index = false;
    if (path->len == 0) {
        return OSP_DONE;
    }
    if (pointer) {
        if (path->ptr[0] != '/') {
            return OSP_E_INVALID;
        }
        advance(path, 1);
        OSP_TRY(pointer_step(path, ret_step));
        look_for_index(ret_step);
        return OSP_OK;
    }
    if (path->ptr[0] == '[') {
        advance(path, 1);
        OSP_TRY(bracket_step(path, ret_step));
    } else {
        OSP_TRY(name_step(path, ret_step));
    }
    return behind_step(path);
}
