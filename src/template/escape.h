/* Writing values so that they stay what they are where they stand. */
#ifndef OSP_TEMPLATE_ESCAPE_H
#define OSP_TEMPLATE_ESCAPE_H

#include "base/buf.h"
#include "template/context.h"

/* In place of a value that could do harm where it stands. */
#define OSP_ESCAPE_UNSAFE "osp-unsafe"

/* Room in which a text can be escaped without a look at what is left: a byte becomes six at most,
 * and a block is copied before it is known how much of it stands. */
#define OSP_ESCAPED_SIZE(len) (8 * (len) + 16)
static inline bool osp_escape_has_room(size_t room, size_t len)
{
    return room / 8 >= len + 2;
}
/* Text between tags and in quotes, where there is as much room; its end. */
char *osp_escape_markup_to(char *to, osp_str text);

/* Writes a text as `escape` says, which is not that of a value of a script. */
void osp_escape_text(uint8_t escape, osp_str text, osp_buf *out);

/* Text between tags and in quotes. */
void osp_escape_markup(osp_str text, osp_buf *out);
void osp_escape_markup_twice(osp_str text, osp_buf *out);
/* A URL or a part of one; attribute: its ampersands are &amp;. */
void osp_escape_url(osp_escape how, osp_str text, bool attribute, osp_buf *out);
void osp_escape_srcset(osp_str text, osp_buf *out);
void osp_escape_css(osp_escape how, osp_str text, osp_buf *out);
/* In the quotes of a script, in a template literal or in a regular expression. */
void osp_escape_js(osp_escape how, osp_str text, osp_buf *out);
/* A text as a value of a script, in quotes. */
void osp_escape_js_string(osp_str text, bool attribute, osp_buf *out);
/* What stands behind `from` in `out`, which is JSON, made fit for a script. */
void osp_escape_js_json(osp_buf *out, size_t from, bool attribute);

/* Whether a browser that follows a URL runs nothing by that. */
bool osp_url_is_safe(osp_str url);

#endif
