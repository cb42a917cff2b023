/* Text that stands in a page. */
#ifndef BENCH_HTML_H
#define BENCH_HTML_H

#include <openspeed/openspeed.h>
#include <string.h>

#define HTML_ESCAPE_MAX 6 /* what a byte becomes at most */

/* Both write at `at` and return where they end.  Escaped text is good between tags and in quotes. */
static inline char *html_put(char *at, osp_str text)
{
    memcpy(at, text.ptr, text.len); /* of a literal: a few moves */
    return at + text.len;
}
char *html_escape(char *at, osp_str text);

#endif
