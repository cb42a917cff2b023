/* Middleware that comes with OpenSpeed.  Each is declared in a middleware.c, with its options:
 *
 *     OSP_USE(osp_security_headers, .hsts_s = 31536000);
 *     OSP_USE(osp_cors, .origins = "https://shop.example", .credentials = true);
 *
 * Options are constant data; what cannot work is refused by the build.  Texts are static.  What sets
 * header fields does so before what it wraps runs, so that streams have them and failures as well; a
 * handler that sets one of them has the last word. */
#ifndef OPENSPEED_MW_H
#define OPENSPEED_MW_H

#include <openspeed/middleware.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- security headers */

/* NULL: what stands beside it; "": the field is not sent. */
typedef struct osp_security_headers_options {
    /* Content-Security-Policy.  Each {nonce} becomes a fresh one: "script-src 'nonce-{nonce}'".
     * default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';
     * object-src 'none' */
    const char *csp;
    const char *frame_options;      /* DENY */
    const char *referrer_policy;    /* no-referrer */
    const char *opener_policy;      /* Cross-Origin-Opener-Policy: same-origin */
    const char *resource_policy;    /* Cross-Origin-Resource-Policy: same-origin */
    const char *permissions_policy; /* not sent */
    int32_t hsts_s;                 /* Strict-Transport-Security over https: seconds; 0: not sent */
    bool hsts_subdomains;           /* and all hosts below this one */
} osp_security_headers_options;
OSP_API OSP_MUST_CHECK osp_status osp_security_headers(osp_ctx *ctx, osp_next *next,
                                                       const osp_security_headers_options *options);
/* The nonce of this answer's policy, for the scripts and styles of its page; empty where it has none.
 * Borrowed until the request ends.  Yields: no.  Source: CSP 3, 7.1 */
OSP_API osp_str osp_csp_nonce(const osp_ctx *ctx);

/* ---------------------------------------------------------------- CORS */

/* Who of other origins may read answers (Fetch 3.2).  A preflight is answered here, before any inner
 * middleware: it never has credentials. */
typedef struct osp_cors_options {
    const char *origins; /* with spaces between: "https://shop.example"; "*": any.  Needed */
    const char *headers; /* of requests, with commas between; NULL: what is asked for */
    const char *expose;  /* of answers, that scripts may read beyond the simple ones; NULL: none */
    int32_t max_age_s;   /* of what a preflight says; 0: not said */
    bool credentials;    /* cookies may come along; never with "*" */
} osp_cors_options;
OSP_API OSP_MUST_CHECK osp_status osp_cors(osp_ctx *ctx, osp_next *next,
                                           const osp_cors_options *options);

/* ---------------------------------------------------------------- small ones */

/* Sends the request's id (osp_request_id) with every answer. */
typedef struct osp_request_ids_options {
    const char *header; /* NULL: X-Request-Id */
} osp_request_ids_options;
OSP_API OSP_MUST_CHECK osp_status osp_request_ids(osp_ctx *ctx, osp_next *next,
                                                  const osp_request_ids_options *options);

/* Says how long what it wraps took: `Server-Timing: app;dur=1.042`.  A stream has no such field. */
typedef struct osp_timing_options {
    const char *name; /* a token; NULL: app */
} osp_timing_options;
OSP_API OSP_MUST_CHECK osp_status osp_timing(osp_ctx *ctx, osp_next *next,
                                             const osp_timing_options *options);

/* Ends the waits of what it wraps after a time; a request that fails of it is answered 503. */
typedef struct osp_timeout_options {
    int32_t ms; /* needed */
} osp_timeout_options;
OSP_API OSP_MUST_CHECK osp_status osp_timeout(osp_ctx *ctx, osp_next *next,
                                              const osp_timeout_options *options);

/* Says to caches what they may do with answers that are no failures (RFC 9111 5.2). */
typedef struct osp_cache_control_options {
    const char *value; /* such as "public, max-age=60".  Needed */
} osp_cache_control_options;
OSP_API OSP_MUST_CHECK osp_status osp_cache_control(osp_ctx *ctx, osp_next *next,
                                                    const osp_cache_control_options *options);

/* Gives answers of 200 to GET and HEAD an ETag from their bytes, unless they have one or are streams,
 * and holds the conditions of the request against it: 304 where the client has them already. */
typedef struct osp_etag_options {
    bool weak; /* W/"...": the same content, maybe in other bytes (RFC 9110 8.8.1) */
} osp_etag_options;
OSP_API OSP_MUST_CHECK osp_status osp_etag(osp_ctx *ctx, osp_next *next,
                                           const osp_etag_options *options);

/* Sends clients to the one URL that a page has: over https, on one host (RFC 9110 15.4.9). */
typedef struct osp_canonical_options {
    const char *host; /* "www.example.com", with the port unless it is the usual one.  Needed */
    bool https;       /* what came over http goes there */
    int status;       /* 301, 302, 307 or 308; 0: 308 */
} osp_canonical_options;
OSP_API OSP_MUST_CHECK osp_status osp_canonical(osp_ctx *ctx, osp_next *next,
                                                const osp_canonical_options *options);

/* Lets a POST stand for PUT, PATCH or DELETE of the same URL, for clients that cannot send those. */
typedef struct osp_method_override_options {
    const char *header; /* NULL: X-HTTP-Method-Override */
} osp_method_override_options;
OSP_API OSP_MUST_CHECK osp_status osp_method_override(osp_ctx *ctx, osp_next *next,
                                                      const osp_method_override_options *options);

#ifdef __cplusplus
}
#endif
#endif
