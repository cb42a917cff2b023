/* Request targets: one normal form of the path that routing, files and authorisation all see, and
 * the pairs of a query.  Source: RFC 3986, RFC 9112 3.2. */
#ifndef OSP_WIRE_URI_H
#define OSP_WIRE_URI_H

#include "base/arena.h"
#include "base/buf.h"

#define OSP_URI_PAIRS_MAX 100

typedef struct osp_target {
    osp_str path;      /* raw; begins with '/', or "*" */
    osp_str query;     /* raw, without '?' */
    osp_str authority; /* of absolute-form */
    bool is_https;     /* absolute-form with the scheme https */
    bool is_normal;    /* the path is its own normal form: osp_path_normalise would return it */
} osp_target;

/* Whether a target is a path and nothing else, and its own normal form; most are.  False may also
 * mean that a closer look is needed. */
bool osp_target_is_plain(osp_str target);
/* Splits origin-form, absolute-form (http, https) or "*".  OSP_OK | OSP_E_URI. */
OSP_MUST_CHECK osp_status osp_target_split(osp_str target, osp_target *ret_target);

/* uri-host [":" port] without user information, as Host and absolute-form carry it; not empty.
 * RFC 3986 3.2.2, 3.2.3. */
bool osp_authority_valid(osp_str authority);

/* The normal form of a raw path: dot segments removed, runs of '/' merged, percent-encodings
 * decoded once; %2F, %00, control bytes, a broken encoding and invalid UTF-8 are refused.  A path
 * that is normal already is returned as it is.  OSP_OK | OSP_E_URI | OSP_E_NOMEM. */
OSP_MUST_CHECK osp_status osp_path_normalise(osp_str raw, osp_arena *arena, osp_str *ret_path);

/* The segment of a raw path, not decoded, that is the one with `behind` others behind it in the
 * normal form; a last, empty segment does not count.  Who splits a segment further must do it
 * before it is decoded.  The empty slice when there are not so many. */
osp_str osp_path_raw_segment(osp_str raw, size_t behind);

/* Decodes percent-encodings, once, to valid UTF-8.
 *
 * raw       borrowed: a text without encodings is returned as it is
 * Returns   OSP_OK | OSP_E_URI (a broken encoding, invalid UTF-8) | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_percent_decode(osp_str raw, bool plus_is_space, osp_arena *arena,
                                             osp_str *ret_text);

/* ALPHA, DIGIT and "-._~", which are never encoded (RFC 3986 2.3). */
bool osp_uri_is_unreserved(char c);
/* Appends a byte as a percent-encoding. */
void osp_percent_put(osp_buf *out, char byte);
/* Appends a URI reference: what cannot stand in one is encoded, percent-encodings stay.
 * OSP_OK | OSP_E_URI (control bytes, or empty). */
OSP_MUST_CHECK osp_status osp_uri_write(osp_str reference, osp_buf *out);

/* One name=value pair of a query or urlencoded form, decoded ('+' is a space). */
typedef struct osp_pair {
    osp_str name, value;
    osp_str raw; /* the value as it was sent */
} osp_pair;

/* Reads the next pair off the front of `rest`.  OSP_OK | OSP_DONE | OSP_E_URI | OSP_E_NOMEM. */
OSP_MUST_CHECK osp_status osp_query_next(osp_str *rest, osp_arena *arena, osp_pair *ret_pair);

#endif
