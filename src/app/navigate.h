/* The script that goes from page to page by what differs: navigate.js, as tools/script has written
 * it. */
#ifndef OSP_APP_NAVIGATE_H
#define OSP_APP_NAVIGATE_H

#include <stddef.h>

extern const char osp_navigate_text[];
extern const size_t osp_navigate_len;
/* Where every application with layouts answers with it: "/_openspeed/navigate-HASH.js", HASH being
 * of its text, so that it can be kept for ever. */
extern const char osp_navigate_path[];

#endif
