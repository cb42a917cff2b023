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
    /* Content-Security-Policy-Report-Only: a policy that is tried, of which browsers tell only what it
     * would keep out.  {nonce} is that of .csp.  Not sent */
    const char *csp_report_only;
    const char *embedder_policy; /* Cross-Origin-Embedder-Policy, such as require-corp: not sent */
    /* Reporting-Endpoints: where browsers tell to, by the names that policies have behind report-to:
     * "csp=\"https://reports.example/csp\"".  Not sent */
    const char *reporting_endpoints;
} osp_security_headers_options;
OSP_API OSP_MUST_CHECK osp_status osp_security_headers(osp_ctx *ctx, osp_next *next,
                                                       const osp_security_headers_options *options);
/* The nonce of this answer's policies, for the scripts and styles of its page; empty where they have none.
 * Borrowed until the request ends.  Yields: no.  Source: CSP 3, 7.1 */
OSP_API osp_str osp_csp_nonce(const osp_ctx *ctx);

/* ---------------------------------------------------------------- CORS */

/* Who of other origins may read answers (Fetch 3.2).  A preflight is answered here, before any inner
 * middleware: it never has credentials. */
typedef struct osp_cors_options {
    const char *origins; /* with spaces between: "https://shop.example"; "*": any.  Needed, or .verify */
    const char *headers; /* of requests, with commas between; NULL: what is asked for */
    const char *expose;  /* of answers, that scripts may read beyond the simple ones; NULL: none */
    int32_t max_age_s;   /* of what a preflight says; 0: not said */
    bool credentials;    /* cookies may come along; never with "*" */
    /* Judges an origin that .origins do not have, such as one of a customer: it may not until
     * *ret_match says so; a failure is the answer.  It is never "null", which every sandboxed page has.
     * .origins may be NULL then, but not "*".  NULL: the list is all */
    osp_status (*verify)(osp_ctx *ctx, osp_str origin, bool *ret_match);
} osp_cors_options;
OSP_API OSP_MUST_CHECK osp_status osp_cors(osp_ctx *ctx, osp_next *next,
                                           const osp_cors_options *options);

/* ---------------------------------------------------------------- requests of other sites */

/* Refuses with 403 what a page of another site lets a browser send, with the cookies of this one:
 * all but GET, HEAD and OPTIONS, and also those where they ask for an upgrade.  Browsers say so
 * themselves, by Sec-Fetch-Site, or by Origin where they send no such field (over http, or old
 * ones); who sends neither is no browser.  Other hosts of the same domain are other sites.
 * Source: Fetch Metadata 2.3, Fetch 3.1 */
typedef struct osp_csrf_options {
    const char *origins; /* that may all the same: "https://shop.example"; NULL: none */
} osp_csrf_options;
OSP_API OSP_MUST_CHECK osp_status osp_csrf(osp_ctx *ctx, osp_next *next,
                                           const osp_csrf_options *options);

/* A word that only this session's pages can know, for a hidden field of their forms: beside osp_csrf,
 * for clients that send none of its fields, or pass them through what removes them.  Fresh each
 * time, good for as long as the session.
 *
 * keys     as of osp_set_signed_cookie; the first signs
 * session  what makes it this session's, such as the value of its cookie; never empty
 * Returns  it, in the request's memory; empty when there is no memory, no session or no good key, the
 *          last two of which the request fails of.  Yields: no. */
OSP_API osp_str osp_csrf_token(osp_ctx *ctx, osp_str_list keys, osp_str session);
/* Whether one of the keys has signed a token for that session; in constant time.  False also where
 * osp_csrf_token would give none. */
OSP_API OSP_MUST_CHECK bool osp_csrf_token_fits(osp_ctx *ctx, osp_str_list keys, osp_str session,
                                                osp_str token);

/* ---------------------------------------------------------------- addresses */

/* Lets in who comes from some addresses alone, by osp_client_address: where proxies are trusted, it is
 * whom those name.  Others get 403, and a client whose address nobody knows. */
typedef struct osp_allow_addresses_options {
    /* Addresses and ranges with spaces between: "192.0.2.7 10.0.0.0/8 2001:db8::/32"; "unix" for who
     * comes over a unix socket, unless that is a trusted proxy.  NULL: all that are not denied */
    const char *allow;
    const char *deny; /* the same, of whom none is let in though .allow has it.  NULL: none */
} osp_allow_addresses_options;
OSP_API OSP_MUST_CHECK osp_status osp_allow_addresses(osp_ctx *ctx, osp_next *next,
                                                      const osp_allow_addresses_options *options);

/* ---------------------------------------------------------------- who asks */

/* These two keep a folder from who does not know a word.  They are no providers: a folder that denies
 * by default wants one (provider.h), and so does a handler that asks who it is; the functions behind
 * them are for its maker.  Both answer 401 with their challenge, and take one Authorization, no more.
 * Requests of osp_cors that ask beforehand carry no words: it stands outside. */

#define OSP_BASIC_MAX 2048 /* bytes of name and password, encoded */

/* HTTP Basic (RFC 7617), in UTF-8. */
typedef struct osp_basic_options {
    const char *realm; /* what it is for, shown to people; NULL: private */
    /* Needed.  Says whether it is them, which it is not until *ret_match says so; a failure is the
     * answer.  osp_password_check and osp_secret_equal compare without telling by their time. */
    osp_status (*verify)(osp_ctx *ctx, osp_str name, osp_str password, bool *ret_match);
} osp_basic_options;
OSP_API OSP_MUST_CHECK osp_status osp_basic(osp_ctx *ctx, osp_next *next,
                                            const osp_basic_options *options);
/* Whose password was good; empty where no osp_basic is around.  Borrowed until the request ends. */
OSP_API osp_str osp_basic_name(const osp_ctx *ctx);

/* Bearer tokens (RFC 6750 2.1), from a header alone: a URL stands in logs. */
typedef struct osp_bearer_options {
    const char *realm; /* NULL: private */
    /* As of osp_basic; osp_jwt_verify is for tokens that are signed. */
    osp_status (*verify)(osp_ctx *ctx, osp_str token, bool *ret_match);
    const char *header; /* such as X-Api-Key.  NULL: Authorization */
    const char *prefix; /* the scheme in front of it, as in "Token abc"; "": none.  NULL: Bearer */
} osp_bearer_options;
OSP_API OSP_MUST_CHECK osp_status osp_bearer(osp_ctx *ctx, osp_next *next,
                                             const osp_bearer_options *options);

/* Reads the value of Authorization as name and password.
 *
 * ret_name, ret_password  in the request's memory; UTF-8 without control characters
 * Returns   OSP_OK | OSP_DONE (empty, or another scheme) | OSP_E_INVALID (malformed, or more than
 *           OSP_BASIC_MAX bytes) | OSP_E_NOMEM.  Yields: no.
 * Source    RFC 7617 2 */
OSP_API OSP_MUST_CHECK osp_status osp_basic_read(osp_ctx *ctx, osp_str authorization,
                                                 osp_str *ret_name, osp_str *ret_password);
/* The same for a bearer token, which is borrowed of `authorization`.
 * Returns   OSP_OK | OSP_DONE | OSP_E_INVALID.  Yields: no.
 * Source    RFC 6750 2.1 */
OSP_API OSP_MUST_CHECK osp_status osp_bearer_read(osp_str authorization, osp_str *ret_token);

/* ---------------------------------------------------------------- signed cookies */

/* Says once for a folder which keys sign its cookies, and takes out of browsers those of them that
 * nobody has signed. */
typedef struct osp_signed_cookies_options {
    const char *names; /* with spaces between: "sid cart".  Needed */
    /* Needed; as osp_set_signed_cookie wants them, such as those of a provider of the application. */
    osp_str_list (*keys)(osp_ctx *ctx);
    const char *path;   /* they were set with; NULL: "/" */
    const char *domain; /* the same; NULL: none */
    bool strict;        /* a request with such a cookie is refused: 400 */
} osp_signed_cookies_options;
OSP_API OSP_MUST_CHECK osp_status osp_signed_cookies(osp_ctx *ctx, osp_next *next,
                                                     const osp_signed_cookies_options *options);
/* The keys of the osp_signed_cookies around, the innermost, for osp_set_signed_cookie and
 * osp_signed_cookie; none where there is none, with which those fail.  Yields: if .keys does. */
OSP_API osp_str_list osp_cookie_keys(osp_ctx *ctx);

/* ---------------------------------------------------------------- language */

#define OSP_LANGUAGES_MAX 16 /* languages that a folder offers */

/* Chooses the language of pages, and says so to clients (Content-Language) and caches (Vary). */
typedef struct osp_language_options {
    /* Tags (RFC 5646), best first: .offers = { "en", "de-CH" }.  The first is for who likes none. */
    const char *offers[OSP_LANGUAGES_MAX + 1];
    const char *query;  /* a parameter of the URL that names one; it comes first.  NULL: none */
    const char *cookie; /* a cookie that does; before Accept-Language.  NULL: none */
} osp_language_options;
OSP_API OSP_MUST_CHECK osp_status osp_language(osp_ctx *ctx, osp_next *next,
                                               const osp_language_options *options);
/* One of the offers; static.  NULL where no osp_language is around. */
OSP_API const char *osp_language_of(const osp_ctx *ctx);

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

#define OSP_TIME_SPANS_MAX 16 /* names of spans beside that of osp_timing */

/* A block whose time stands beside that: `db;desc="reading orders";dur=0.731`, however it is left.  Of
 * several blocks with one name it is the sum.  Where no osp_timing is around, and for a stream, which
 * has no such field, it is the block alone.
 *
 *     OSP_TIME_SPAN(ctx, "db", "reading orders") {
 *         orders = osp_db_query(ctx, Order, "SELECT ...");
 *     }
 *
 * name  a token; static.  What is none, and what is one more than OSP_TIME_SPANS_MAX, is left out
 * doc   words for people, without quotes, backslashes and control characters, or it is left out;
 *       static.  NULL: none.  The first of a name counts
 * Yields: no.
 * Source: Server Timing, 4 */
#define OSP_TIME_SPAN(ctx, name, doc) OSP_TIME_SPAN_AT(ctx, name, doc, __LINE__)
#define OSP_TIME_SPAN_AT(ctx, name, doc, line) OSP_TIME_SPAN_AS(ctx, name, doc, line)
#define OSP_TIME_SPAN_AS(ctx, name, doc, line)                                                     \
    for (osp_time_span osp_time_span_##line __attribute__((cleanup(osp_time_span_end))) =          \
             osp_time_span_begin((ctx), (name), (doc));                                            \
         osp_time_span_##line.open; osp_time_span_##line.open = false)
typedef struct osp_time_span {
    osp_ctx *ctx;
    void *spans; /* NULL: nobody wants to know */
    const char *name, *doc;
    int64_t began_us;
    bool open;
} osp_time_span;
/* The same where a block cannot be: each span that has begun is ended once, before the handler
 * returns. */
OSP_API osp_time_span osp_time_span_begin(osp_ctx *ctx, const char *name, const char *doc);
OSP_API void osp_time_span_end(osp_time_span *span);

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

/* Lets a POST stand for PUT, PATCH or DELETE of the same URL, for clients that cannot send those.  A
 * header says so and no field of a form: no page of another site can send it without asking. */
typedef struct osp_method_override_options {
    const char *header; /* NULL: X-HTTP-Method-Override */
} osp_method_override_options;
OSP_API OSP_MUST_CHECK osp_status osp_method_override(osp_ctx *ctx, osp_next *next,
                                                      const osp_method_override_options *options);

#ifdef __cplusplus
}
#endif
#endif
