/* Pages as text. */
#ifndef LIB_HTML_H
#define LIB_HTML_H

#include <openspeed/openspeed.h>

/* A text as it stands in a page, between tags and in quoted attributes: everything that comes from
 * outside goes through this.  In the request's memory; empty when that is exhausted. */
osp_str html_text(osp_ctx *ctx, osp_str text);

/* Begins a page, of which osp_write sends the parts; then ends it. */
osp_status html_begin(osp_ctx *ctx, osp_stream *out, osp_str title);
osp_status html_end(osp_ctx *ctx);

#endif
