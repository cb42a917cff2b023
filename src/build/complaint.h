/* What a compiler said, made short. */
#ifndef OSP_BUILD_COMPLAINT_H
#define OSP_BUILD_COMPLAINT_H

#include "base/buf.h"

#define OSP_COMPLAINT_PLACES_MAX 64 /* lines of a source whose errors are told apart */
#define OSP_COMPLAINT_FIRST_MAX 224 /* bytes of the first error */

/* Copies the log of one compiler run without what does not help:
 *
 *     further errors and warnings of a line that has an error already: they follow from it
 *     notes that point into OpenSpeed's headers, and the files they were included from
 *
 * log      as gcc, clang or tcc wrote it, with or without colours.  Borrowed; nothing is trusted.
 * own      the folder of OpenSpeed's headers
 * source   the file that was compiled
 * out      takes the rest
 * first    OSP_COMPLAINT_FIRST_MAX bytes: the first error as "FILE:LINE:COLUMN: words" in one
 *          line, with our hint where we have one; empty when there is no error */
void osp_complaint_read(osp_str log, osp_str own, osp_str source, osp_buf *out, char *first);

#endif
