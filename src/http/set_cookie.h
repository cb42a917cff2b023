/* What Set-Cookie says, and what signs a cookie's value.
 * Source: RFC 6265bis sections 4.1 and 5.6, RFC 2104. */
#ifndef OSP_HTTP_SET_COOKIE_H
#define OSP_HTTP_SET_COOKIE_H

#include <openspeed/answer.h>

#include "base/buf.h"
#include "wire/cookie.h"

#define OSP_COOKIE_PAIR_MAX 4096      /* bytes of name and value, as they are sent */
#define OSP_COOKIE_ATTRIBUTE_MAX 1024 /* bytes of a path or a domain */
#define OSP_COOKIE_KEY_MIN 32         /* bytes of a key, at least */

/* Why browsers would drop or misread a cookie: a sentence for the log, static.  NULL: they will
 * not. */
const char *osp_cookie_flaw(osp_str name, osp_str value, const osp_cookie_options *options);

/* Appends the value of Set-Cookie for a cookie without flaws.
 *
 * secure    the client speaks https
 * Returns   OSP_OK | OSP_E_LIMIT (OSP_COOKIE_PAIR_MAX, or out->failed) */
OSP_MUST_CHECK osp_status osp_cookie_write(osp_str name, osp_str value,
                                           const osp_cookie_options *options, bool secure,
                                           osp_buf *out);
/* The same for one that the browser is to forget. */
OSP_MUST_CHECK osp_status osp_cookie_write_end(osp_str name, const osp_cookie_options *options,
                                               bool secure, osp_buf *out);
/* Whether a value that was written is of a cookie with this name, path and domain. */
bool osp_cookie_is_same(osp_str written, osp_str name, const osp_cookie_options *options);

/* Why keys cannot sign; static.  NULL: they can. */
const char *osp_cookie_keys_flaw(osp_str_list keys);

#define OSP_COOKIE_MAC_LEN 43 /* characters of base64url */
/* pair  name "=" value; a name has no '=', so that no other pair is spelt the same. */
void osp_cookie_mac(osp_str key, osp_str pair, char out[OSP_COOKIE_MAC_LEN]);

#endif
