/* Parameters: what a URL, a header, a cookie or an urlencoded form says, to the members of a struct
 * and back.
 *
 *                list                object             joined: list       object
 *     form       a=1&a=2             x=1&y=2            a=1,2              a=x,1,y,2
 *     simple     1,2                 x=1,y=2            1,2                x,1,y,2
 *     label      .1.2                .x=1.y=2           .1,2               .x,1,y,2
 *     matrix     ;a=1;a=2            ;x=1;y=2           ;a=1,2             ;a=x,1,y,2
 *     space      a=1%202 (always joined)                                   a=x%201%20y%202
 *     pipe       a=1|2 (always joined; "|" or "%7C")                       a=x|1|y|2
 *     deep                           a[x]=1&a[y]=2
 *
 * Paths take simple, label and matrix, queries and forms form, space, pipe and deep, headers
 * simple, cookies form.  `a[]=1` is no form of OpenAPI: it is a parameter whose name is "a[]".
 *
 * What has a meaning is looked for in the text as it was sent, and what it separates is decoded
 * after that, once: in "a=1%2C5,2" the first item is "1,5".  Paths and cookies are percent-decoded,
 * queries and forms also have '+' for a space, headers are taken as they are, without white space
 * around items and without empty items of lists (RFC 9110 section 5.6.1).
 *
 * Absent and empty: a scalar that is not given has its fallback, is absent when it may be, else an
 * issue; one that is given with an empty text is the empty string, or an issue for what is no
 * string.  A list that is not given, or joined and empty, has no items.
 *
 * Twice: only the items of a list may come in pairs of one name.  A scalar, a joined value, a
 * member of an object that is given more than once is an issue; header lines of a list or object
 * are one text (RFC 9110 section 5.3).  Members that an object's type does not name are ignored or,
 * when it is closed, an issue; in the form style nobody can tell them from other parameters.
 *
 * Source: OpenAPI 3.1.1 sections 4.8.12.2 to 4.8.12.6, RFC 6570, RFC 3986, RFC 6265, RFC 9110. */
#ifndef OSP_HTTP_PARAMS_H
#define OSP_HTTP_PARAMS_H

#include "type/json.h"
#include "wire/cookie.h"
#include "wire/h1.h"
#include "wire/uri.h"

#define OSP_PARAM_ITEMS_MAX 1000     /* items of one list, pieces of one joined value */
#define OSP_PARAM_LINES_MAX 16       /* header lines of one name */
#define OSP_PARAM_FORM_PAIRS_MAX 256 /* pairs of an urlencoded body */

/* The pairs of one source of a request, or those of one name. */
typedef struct osp_params {
    const osp_pair *items;
    size_t count;
} osp_params;

/* Reads a query or an urlencoded body into the arena.
 * Returns  OSP_OK | OSP_E_URI (malformed) | OSP_E_LIMIT (more than `max` pairs) | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_params_read(osp_str text, size_t max, osp_arena *arena,
                                          osp_params *ret);
/* Reads the Cookie headers into the arena.  A cookie whose value is malformed has a NULL value.
 * Returns  OSP_OK | OSP_E_LIMIT (more than OSP_COOKIES_MAX) | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_params_cookies(const osp_header_field *headers, size_t count,
                                             osp_arena *arena, osp_params *ret);

/* Sets one member from the pairs of its source, with all its constraints.
 *
 * field   of source PATH, QUERY, HEADER, COOKIE or FORM
 * slot    of the member, zeroed
 * params  of PATH: one pair, whose value is decoded and whose raw text is not; of HEADER: the lines
 *         with that name, which are given in the member's own spelling; else all pairs of the
 * source Returns OSP_OK (given) | OSP_DONE (not given) | OSP_E_TYPE_MISMATCH (how->issues, by `in`
 * and name, "ids[2]" for an item and "filter[x]" for a member) | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_param_decode(const osp_field *field, void *slot,
                                           const osp_params *params, const osp_decoding *how);

/* Appends one member as a client would send it, so that osp_param_decode reads the same value.
 *
 * PATH: a segment.  QUERY, FORM: pairs without '?'.  HEADER, COOKIE: the header's value.
 *
 * Returns  OSP_OK | OSP_DONE (absent, an empty list, secret: nothing to send) | OSP_E_INVALID (the
 *          style has no spelling for it, such as a comma in a header's list) | as osp_json_encode;
 *          but for OSP_OK, `out` keeps the length it had. */
OSP_MUST_CHECK osp_status osp_param_write(const osp_field *field, const void *slot, osp_buf *out);

/* The style of a field of a source: its own, or that of the source. */
osp_style osp_param_style(const osp_field *field);
/* NULL, or why no request could ever give this field a value: static. */
const char *osp_param_check(const osp_field *field);
/* Whether `asking` may be given only together with `other`, a member of the same type. */
bool osp_param_needs(const osp_field *asking, const osp_field *other);
/* The name by which a member is sent: that of a header has dashes where the member has underscores,
 * unless `.name` says another.  It is followed by a NUL; in arena or static.  NULL: no memory. */
osp_str osp_param_name(const osp_field *field, osp_arena *arena);
/* Whether a member of an input is read from this header, whose name is in small letters. */
bool osp_type_takes_header(const osp_type *in, osp_str lower);
/* "path", "query", "header", "cookie", "form"; NULL for other sources.  static */
const char *osp_source_name(osp_source source);

#endif
