/* An owned, growable run of bytes with a maximum given at the start. */
#ifndef OSP_BASE_BUF_H
#define OSP_BASE_BUF_H

#include <openspeed/base.h>
#include <string.h>

typedef struct osp_buf {
    char *ptr;
    size_t len, cap;
    size_t max;    /* never grows beyond */
    bool borrowed; /* ptr belongs to the caller: growing copies away from it, done leaves it */
    bool failed;   /* an append did not fit or memory was exhausted; sticky */
} osp_buf;

/* Starts with storage of the caller (NULL with cap 0 allowed). */
static inline void osp_buf_init(osp_buf *buf, void *storage, size_t cap, size_t max)
{
    OSP_ASSERT(storage != NULL || cap == 0);
    *buf = (osp_buf){
        .ptr = storage, .cap = cap < max ? cap : max, .max = max, .borrowed = storage != NULL
    };
}

/* Makes room for `more` bytes behind len.  Returns OSP_OK | OSP_E_LIMIT | OSP_E_NOMEM (and sets
 * failed). */
OSP_MUST_CHECK osp_status osp_buf_reserve_slow(osp_buf *buf, size_t more);
void osp_buf_done(osp_buf *buf);
/* printf at the end. */
void osp_buf_printf(osp_buf *buf, const char *format, ...) OSP_PRINTF(2, 3);

/* True when `more` bytes may be written at ptr + len. */
static inline bool osp_buf_reserve(osp_buf *buf, size_t more)
{
    return more <= buf->cap - buf->len || osp_buf_reserve_slow(buf, more) == OSP_OK;
}

static inline void osp_buf_append(osp_buf *buf, const void *bytes, size_t len)
{
    if (len != 0 && osp_buf_reserve(buf, len)) {
        memcpy(buf->ptr + buf->len, bytes, len);
        buf->len += len;
    }
}

static inline void osp_buf_str(osp_buf *buf, osp_str s)
{
    osp_buf_append(buf, s.ptr, s.len);
}

/* What stands in it; borrowed until it grows. */
static inline osp_str osp_buf_text(const osp_buf *buf)
{
    return (osp_str){ buf->ptr, buf->len };
}

static inline void osp_buf_byte(osp_buf *buf, char byte)
{
    if (osp_buf_reserve(buf, 1)) {
        buf->ptr[buf->len++] = byte;
    }
}

#endif
