/* URLs of the application's own routes.
 *
 * The build writes <openspeed/urls.h>, with a function for each route.c:
 *
 *     routes/api/articles/[slug]/route.c    osp_str osp_url_api_articles_slug(osp_ctx *ctx, osp_str slug);
 *     routes/users/[id=int]/route.c         osp_str osp_url_users_id(osp_ctx *ctx, int64_t id);
 *     routes/route.c                        osp_str osp_url(osp_ctx *ctx);
 *
 * Who renames a folder renames the function, and what links to it does not compile.  Matchers give
 * the types: int is an int64_t, uuid an osp_uuid, date an osp_date, all else an osp_str.  A
 * catch-all is an osp_str whose '/' part it; that of [[...name]] may be empty.
 *
 * The URL is a path with percent-encodings, in the request's memory, and begins with the base of the
 * application.  It is read back as a request would be: where it would come to another route, or to
 * other values, as with a text that a matcher refuses, the request fails (OSP_E_INVALID, the answer
 * is a 500, the log says why) and the URL is empty. */
#ifndef OPENSPEED_LINK_H
#define OPENSPEED_LINK_H

#include <openspeed/base.h>
#include <openspeed/type.h>

/* Behind the includes, which would inherit it. */
#pragma GCC system_header

#ifdef __cplusplus
extern "C" {
#endif

/* What a function of urls.h is made of.  In `text`, which is not encoded, stand for a value: */
#define OSP_LINK_VALUE '\1'    /* a part of a segment */
#define OSP_LINK_REST '\2'     /* a catch-all */
#define OSP_LINK_OPTIONAL '\3' /* one that may be empty, with the '/' in front */
typedef struct osp_link {
    const char *name; /* of the function */
    const char *file; /* of the route */
    const char *text; /* "/users/\1" */
    const char *host; /* one that the route is on; NULL: it is on all of them */
} osp_link;

/* What those functions call.
 *
 * values    one for each mark in the text
 * Returns   the URL; empty when the request has failed.  Yields: no. */
OSP_API osp_str osp_link_make(osp_ctx *ctx, const osp_link *link, const osp_str *values);
/* A value as text; empty when there is no memory. */
OSP_API osp_str osp_link_int(osp_ctx *ctx, int64_t value);
OSP_API osp_str osp_link_uuid(osp_ctx *ctx, osp_uuid value);
OSP_API osp_str osp_link_date(osp_ctx *ctx, osp_date value);

#ifdef __cplusplus
}
#endif
#endif
