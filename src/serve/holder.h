/* Who has the address that we want. */
#ifndef OSP_SERVE_HOLDER_H
#define OSP_SERVE_HOLDER_H

#include "serve/address.h"

#define OSP_HOLDER_PROCESSES_MAX 65536 /* processes that are looked at */

/* Writes " by NAME (process N)" for a process that listens at the address, and nothing when /proc
 * does not tell: another user's processes do not show what they hold.  text ends with NUL. */
void osp_holder_text(const osp_address *address, char *text, size_t size);

#endif
