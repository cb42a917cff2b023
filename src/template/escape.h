/* Writing values so that they stay what they are where they stand. */
#ifndef OSP_TEMPLATE_ESCAPE_H
#define OSP_TEMPLATE_ESCAPE_H

#include "base/buf.h"

/* Text between tags and in quotes. */
void osp_escape_html_text(osp_str text, osp_buf *out);

#endif
