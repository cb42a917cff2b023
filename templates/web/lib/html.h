/* Pages as text. */
#ifndef LIB_HTML_H
#define LIB_HTML_H

#include <openspeed/openspeed.h>

/* Begins a page, of which osp_write sends the parts; then ends it.  What comes from outside stands in
 * one through osp_escape_html. */
osp_status html_begin(osp_ctx *ctx, osp_stream *out, osp_str title);
osp_status html_end(osp_ctx *ctx);

#endif
