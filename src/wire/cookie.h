/* The Cookie header of a request, pair by pair, and what a cookie may be made of.
 * Source: RFC 6265 sections 4.1.1, 4.2.1 and 5.4. */
#ifndef OSP_WIRE_COOKIE_H
#define OSP_WIRE_COOKIE_H

#include "base/buf.h"

#define OSP_COOKIE_NAME_MAX 256   /* bytes */
#define OSP_COOKIE_VALUE_MAX 4096 /* bytes; what browsers keep of name and value together */
#define OSP_COOKIES_MAX 100       /* pairs of one request, for those who gather them */

/* One cookie: slices of the header, nothing decoded; quotes belong to the value. */
typedef struct osp_cookie_pair {
    osp_str name, value;
} osp_cookie_pair;

/* Reads the next cookie off the front of `rest`, which is the value of a Cookie header.
 *
 * A piece that is no cookie says nothing of its neighbours, which may be another application's, so
 * it costs itself alone: `rest` is behind it whatever is returned.
 *
 * ret_cookie  written on OSP_OK, and on OSP_E_INVALID with what name there is and no value
 * Returns     OSP_OK | OSP_DONE (nothing is left) | OSP_E_INVALID (not name "=" value by section
 *             4.1.1, but for a comma, which lists in one value need; or longer than the limits) */
OSP_MUST_CHECK osp_status osp_cookie_next(osp_str *rest, osp_cookie_pair *ret_cookie);

/* Whether it is a token of up to OSP_COOKIE_NAME_MAX bytes. */
bool osp_cookie_name_valid(osp_str name);
/* Appends a value with all percent-encoded that is no cookie-octet, and percent signs themselves.
 */
void osp_cookie_encode(osp_str value, osp_buf *out);

#endif
