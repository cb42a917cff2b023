/* The rules that compilers write for make (-MD). */
#ifndef OSP_BUILD_DEPFILE_H
#define OSP_BUILD_DEPFILE_H

#include <openspeed/base.h>

/* Skips the target of a depfile's first rule.  False when there is no rule. */
bool osp_depfile_begin(osp_str *text);
/* Takes the next input off `text`.
 *
 * word     as many bytes as `text` had at first, and one more; ends with NUL
 * Returns  false at the end */
bool osp_depfile_next(osp_str *text, char *word);

#endif
