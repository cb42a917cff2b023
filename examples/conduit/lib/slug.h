/* Titles as they stand in a URL. */
#ifndef CONDUIT_SLUG_H
#define CONDUIT_SLUG_H

#include <openspeed/openspeed.h>

#define SLUG_BYTES_MAX 120

/* "Où est l'été?" gives "où-est-l-été": letters of every script stay, what stands between them
 * becomes one dash.  `title` is valid UTF-8, as every string that was decoded from JSON.  A title
 * whose slug is another route's, /api/articles/feed, gives a slug beside it.
 * Returns the slug in the request's arena, never empty but when memory is exhausted. */
osp_str slug_of(osp_ctx *ctx, osp_str title);

#endif
