/* The line of a text that something is wrong in, as compilers show it. */
#ifndef OSP_BASE_EXCERPT_H
#define OSP_BASE_EXCERPT_H

#include "base/buf.h"

#define OSP_EXCERPT_WIDTH                                                                          \
    100 /* bytes of the line that are shown; around the place, where it is longer */

/* Appends the line with a mark below it:
 *
 *     3 | <h1>{{titel}}</h1>
 *       |       ^~~~~
 *
 * at, len  of what is marked; at <= text.len
 * line     its number
 * indent   columns that stand before the text on its first line */
void osp_excerpt_write(osp_str text, size_t at, size_t len, int line, int indent, osp_buf *out);

#endif
