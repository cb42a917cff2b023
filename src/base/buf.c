/* An owned, growable run of bytes with a maximum given at the start.
 *
 *     ptr            ptr + len            ptr + cap           max
 *      | bytes        | free                |  not yet there    |
 *
 * Invariants: len <= cap <= max.  Growth doubles, so n appends copy at most 2n bytes.
 *
 * Failure is sticky and leaves no hole: a failed append pulls cap down to len, which sends every
 * later append here again to be refused, while the inline fast path stays one comparison.  So a
 * writer appends freely and looks at `failed` once, at the end. */
#include "base/buf.h"

#include "base/size.h"

#include <stdio.h>
#include <stdlib.h>

#define CAP_MIN ((size_t)64)

static osp_status fail(osp_buf *buf, osp_status status)
{
    buf->failed = true;
    buf->cap = buf->len;
    return status;
}

osp_status osp_buf_reserve_slow(osp_buf *buf, size_t more)
{
    OSP_ASSERT(buf->len <= buf->cap);
    size_t need;
    if (buf->failed || !osp_size_add(buf->len, more, &need) || need > buf->max) {
        return fail(buf, OSP_E_LIMIT);
    }
    if (need <= buf->cap) {
        return OSP_OK;
    }
    size_t cap = buf->cap <= buf->max / 2 ? buf->cap * 2 : buf->max;
    cap = cap < CAP_MIN ? CAP_MIN : cap;
    cap = cap < need ? need : cap;
    cap = cap > buf->max ? buf->max : cap;
    char *ptr = realloc(buf->borrowed ? NULL : buf->ptr, cap);
    if (ptr == NULL) {
        return fail(buf, OSP_E_NOMEM);
    }
    if (buf->borrowed && buf->len != 0) {
        memcpy(ptr, buf->ptr, buf->len);
    }
    buf->ptr = ptr;
    buf->cap = cap;
    buf->borrowed = false;
    return OSP_OK;
}

void osp_buf_done(osp_buf *buf)
{
    if (!buf->borrowed) {
        free(buf->ptr);
    }
    *buf = (osp_buf){ .ptr = NULL };
}

/* The text does not fit with its NUL; without it, it may still. */
static void printf_slow(osp_buf *buf, size_t len, const char *format, va_list args)
{
    char *text = malloc(len + 1);
    if (text == NULL) {
        (void)fail(buf, OSP_E_NOMEM);
        return;
    }
    (void)vsnprintf(text, len + 1, format, args);
    osp_buf_append(buf, text, len);
    free(text);
}

void osp_buf_printf(osp_buf *buf, const char *format, ...)
{
    const size_t room = buf->cap - buf->len;
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    const int len = vsnprintf(room != 0 ? buf->ptr + buf->len : NULL, room, format, args);
    if (len < 0) {
        (void)fail(buf, OSP_E_LIMIT);
    } else if ((size_t)len < room) {
        buf->len += (size_t)len;
    } else if (len != 0 && (size_t)len <= buf->max - buf->len) {
        printf_slow(buf, (size_t)len, format, again);
    } else if (len != 0) {
        (void)fail(buf, OSP_E_LIMIT);
    }
    va_end(again);
    va_end(args);
}
