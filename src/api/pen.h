/* Writes JSON that this room makes up: commas by themselves, nothing escaped by hand. */
#ifndef OSP_API_PEN_H
#define OSP_API_PEN_H

#include "base/buf.h"
#include "type/json.h"

/* The comma before a member or an item, unless it is the first. */
static inline void osp_pen_comma(osp_buf *out)
{
    const char last = out->len != 0 ? out->ptr[out->len - 1] : '[';
    if (last != '{' && last != '[' && last != ':') {
        osp_buf_byte(out, ',');
    }
}

/* `{` or `[`, as a value; closed by osp_pen_close. */
static inline void osp_pen_open(osp_buf *out, char bracket)
{
    osp_pen_comma(out);
    osp_buf_byte(out, bracket);
}

static inline void osp_pen_close(osp_buf *out, char bracket)
{
    osp_buf_byte(out, bracket);
}

/* Text in quotes, without a comma before it.  What is not UTF-8 becomes the empty string: JSON
 * cannot say it. */
void osp_pen_text(osp_buf *out, osp_str text);
/* The same as a value. */
void osp_pen_str(osp_buf *out, osp_str text);
/* A value that is JSON already. */
void osp_pen_raw(osp_buf *out, osp_str json);
/* The name of a member; its value follows. */
void osp_pen_key(osp_buf *out, osp_str name);

/* Whole members. */
void osp_pen_member(osp_buf *out, const char *name, osp_str text);
void osp_pen_member_raw(osp_buf *out, const char *name, const char *json);
void osp_pen_member_uint(osp_buf *out, const char *name, uint64_t value);
void osp_pen_member_double(osp_buf *out, const char *name, double value);
/* The name of a member whose value opens with `bracket`. */
void osp_pen_member_open(osp_buf *out, const char *name, char bracket);

#endif
