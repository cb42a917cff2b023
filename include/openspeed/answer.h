/* Answers beyond a typed output: header fields, cookies, what the client accepts, redirects, files to
 * download, JSON by hand, and failures with members of their own.
 *
 * What is set here may be set by a handler, before it by what stands around it, and after it: it can
 * be read back and changed until the answer is sent. */
#ifndef OPENSPEED_ANSWER_H
#define OPENSPEED_ANSWER_H

#include <openspeed/app.h>
#include <openspeed/base.h>
#include <openspeed/type.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- header fields */

/* Adds a header field beside those of its name, such as a second Link.  All else as osp_set_header,
 * which replaces them. */
OSP_API OSP_MUST_CHECK osp_status osp_add_header(osp_ctx *ctx, osp_str name, osp_str value);
/* Takes all fields of a name off the answer.  OSP_OK, also when there are none | OSP_E_INVALID (the
 * head has been sent).  Yields: no. */
OSP_API OSP_MUST_CHECK osp_status osp_remove_header(osp_ctx *ctx, osp_str name);
/* The value of the answer's first field of that name; empty when there is none. */
OSP_API osp_str osp_answer_header(const osp_ctx *ctx, osp_str name);
/* Goes through all fields that are set, in their order; false behind the last.
 *
 *     osp_str name, value;
 *     for (size_t at = 0; osp_answer_headers_next(ctx, &at, &name, &value);) { ... } */
OSP_API bool osp_answer_headers_next(const osp_ctx *ctx, size_t *at, osp_str *ret_name,
                                     osp_str *ret_value);
/* The status of the answer as it stands; 0: nothing has been said of it yet. */
OSP_API int osp_answer_status(const osp_ctx *ctx);
/* Says that the answer depends on a field of the request, for caches: adds its name to Vary, unless
 * it stands there (RFC 9110 12.5.5).  `name` is borrowed until the request ends.
 * Returns as osp_set_header, or OSP_E_NOMEM.  Yields: no. */
OSP_API OSP_MUST_CHECK osp_status osp_vary(osp_ctx *ctx, osp_str name);

/* Goes through the values of one header of the request, which may come in several fields; false
 * behind the last.  *at begins as 0. */
OSP_API bool osp_header_next(const osp_ctx *ctx, osp_str name, size_t *at, osp_str *ret_value);
/* The same for all headers of the request, names as they were sent. */
OSP_API bool osp_headers_next(const osp_ctx *ctx, size_t *at, osp_str *ret_name,
                              osp_str *ret_value);

/* ---------------------------------------------------------------- cookies */

/* What a cookie is sent for besides the site itself (RFC 6265bis 5.2). */
typedef enum osp_same_site {
    OSP_SAME_SITE_LAX = 0, /* links from other sites to this one */
    OSP_SAME_SITE_STRICT,  /* nothing */
    OSP_SAME_SITE_NONE     /* everything; Secure goes with it */
} osp_same_site;

/* What a cookie has besides name and value.  Nothing said: for all paths of this host alone, until
 * the browser closes, not readable by scripts, and Secure when the client speaks https. */
typedef struct osp_cookie_options {
    int zero_;             /* the macros' own */
    osp_str path;          /* empty: "/" */
    osp_str domain;        /* this host's or a parent's, for all hosts below it; empty: this host */
    int64_t max_age_s;     /* seconds to live; 0: not said */
    osp_time expires;      /* when it ends; 0: not said; browsers prefer max_age_s */
    osp_same_site same_site;
    bool secure;           /* Secure whatever the client speaks, as behind a proxy that hides it */
    bool for_scripts;      /* without HttpOnly: scripts may read it */
    bool partitioned;      /* apart for each site that embeds this one; Secure goes with it */
} osp_cookie_options;

/* Sets a cookie in the browser: `osp_set_cookie(ctx, S("theme"), S("dark"), .max_age_s = 86400)`.
 * A cookie of this name, domain and path that was set before is replaced.
 *
 * name     a token (RFC 9110 5.6.2).  One that begins with __Secure-, __Host-, __Http- or
 *          __Host-Http- makes the promises of that prefix (RFC 6265bis 4.1.3): it is Secure by
 *          itself, and options that break the others are refused
 * value    UTF-8 without NUL; what a cookie cannot hold is percent-encoded, as are percent signs
 * Returns  OSP_OK | OSP_E_INVALID (what browsers would drop or misread: the log says what, with the
 *          line of the call, and the request fails with 500) | OSP_E_LIMIT (no room for another
 *          header, or more than OSP_COOKIE_PAIR_MAX bytes of name and encoded value) | OSP_E_NOMEM.
 * Yields: no.
 * Source   RFC 6265bis 4.1 */
#define osp_set_cookie(...) OSP_SET_COOKIE_(__VA_ARGS__, )
#define OSP_SET_COOKIE_(ctx, name, value, ...)                                                     \
    osp_set_cookie_at((ctx), OSP_HERE, (name), (value),                                            \
                      &(const osp_cookie_options){ .zero_ = 0, __VA_ARGS__ })
/* Takes a cookie out of the browser: path and domain must be those that it was set with.  Returns as
 * osp_set_cookie. */
#define osp_delete_cookie(...) OSP_DELETE_COOKIE_(__VA_ARGS__, )
#define OSP_DELETE_COOKIE_(ctx, name, ...)                                                         \
    osp_delete_cookie_at((ctx), OSP_HERE, (name),                                                  \
                         &(const osp_cookie_options){ .zero_ = 0, __VA_ARGS__ })
/* The value of a cookie of the request, percent-decoded once; as it was sent where that gives no
 * UTF-8, and without the quotes around it.  Of several with one name the first, which browsers send
 * for the longest path.  In the request's memory.  Empty: there is none, or it is malformed. */
OSP_API osp_str osp_cookie(osp_ctx *ctx, osp_str name);

/* Sets a cookie whose value a client can read, but not make or change: behind it stands a dot and its
 * HMAC-SHA-256 together with the name.  Signs with the first of the keys.
 *
 * keys     an osp_str_list; 32 random bytes or more each, or the request fails as above.  A new key
 *          is put in front, and the old one stays behind it until its cookies have ended
 * Returns  as osp_set_cookie */
#define osp_set_signed_cookie(...) OSP_SET_SIGNED_COOKIE_(__VA_ARGS__, )
#define OSP_SET_SIGNED_COOKIE_(ctx, keys, name, value, ...)                                        \
    osp_set_signed_cookie_at((ctx), OSP_HERE, (keys), (name), (value),                             \
                             &(const osp_cookie_options){ .zero_ = 0, __VA_ARGS__ })
/* The value of a signed cookie that one of the keys has signed: of several of that name the first such.
 *
 * ret_value  written on OSP_OK; may be empty
 * Returns    OSP_OK | OSP_DONE (signed by a key behind the first: set it again; ret_value is
 *            written) | OSP_E_NOT_FOUND | OSP_E_INVALID (nobody has signed this).  Yields: no. */
OSP_API OSP_MUST_CHECK osp_status osp_signed_cookie(osp_ctx *ctx, osp_str_list keys, osp_str name,
                                                    osp_str *ret_value);

/* What these macros call; `here` is named by the log.  NULL: not known. */
OSP_API OSP_MUST_CHECK osp_status osp_set_cookie_at(osp_ctx *ctx, const osp_place *here,
                                                    osp_str name, osp_str value,
                                                    const osp_cookie_options *options);
OSP_API OSP_MUST_CHECK osp_status osp_delete_cookie_at(osp_ctx *ctx, const osp_place *here,
                                                       osp_str name,
                                                       const osp_cookie_options *options);
OSP_API OSP_MUST_CHECK osp_status osp_set_signed_cookie_at(osp_ctx *ctx, const osp_place *here,
                                                           osp_str_list keys, osp_str name,
                                                           osp_str value,
                                                           const osp_cookie_options *options);

/* ---------------------------------------------------------------- what the client accepts */

/* Which of some media types the client likes best by its Accept: one of the arguments, or NULL when
 * it takes none of them (406 is for that).  Without Accept it is the first.  What can be served
 * should be offered best first: where the client likes two the same, its order counts, then this.
 * Says `Vary: Accept`.
 *
 *     const char *best = osp_accepts(ctx, "application/json", "text/csv;header=present");
 *
 * Yields: no.
 * Source: RFC 9110 12.5.1 */
#define osp_accepts(ctx, ...) OSP_ACCEPTS_(osp_accepts_type, ctx, __VA_ARGS__)
/* The same for language tags, by Accept-Language: "en" fits a client that asks for en-GB, and "en-GB"
 * one that asks for en (RFC 4647 3). */
#define osp_accepts_language(ctx, ...) OSP_ACCEPTS_(osp_accepts_tag, ctx, __VA_ARGS__)
/* The same for content codings, by Accept-Encoding; a client that does not send it takes "identity"
 * alone. */
#define osp_accepts_encoding(ctx, ...) OSP_ACCEPTS_(osp_accepts_coding, ctx, __VA_ARGS__)

/* What these macros call. */
#define OSP_ACCEPTS_(function, ctx, ...)                                                           \
    function((ctx), (const char *const[]){ __VA_ARGS__ },                                          \
             sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))
OSP_API const char *osp_accepts_type(osp_ctx *ctx, const char *const *offers, size_t count);
OSP_API const char *osp_accepts_tag(osp_ctx *ctx, const char *const *offers, size_t count);
OSP_API const char *osp_accepts_coding(osp_ctx *ctx, const char *const *offers, size_t count);

/* ---------------------------------------------------------------- answering */

/* Sends the client elsewhere: `return osp_redirect(ctx, 303, S("/orders"));`
 *
 * status   301, 302, 303 (after a form: the client asks by GET), 307, 308 (as 302 and 301, with the
 *          same method); another one is logged with its line and answered 500
 * url      absolute or relative.  What cannot stand in a URL, such as spaces and letters beyond
 *          ASCII, is percent-encoded; percent-encodings that are there stay.  One that comes from a
 *          client must be asked about first: osp_is_local_url
 * Returns  OSP_OK | OSP_E_INVALID (empty, or control bytes: a line break would end the header) |
 *          OSP_E_LIMIT | OSP_E_NOMEM | OSP_E_FAILED (the answer is a failure).  Yields: no.
 * Source   RFC 9110 10.2.2, 15.4 */
#define osp_redirect(ctx, status, ...) osp_redirect_at((ctx), OSP_HERE, (status), __VA_ARGS__)
OSP_API OSP_MUST_CHECK osp_status osp_redirect_at(osp_ctx *ctx, const osp_place *here, int status,
                                                  osp_str url);
/* Whether a URL stays on this host for every browser: it begins with one '/', and has neither a
 * backslash nor control bytes, which some read as a second '/' or pass over.  For
 * `?next=...` of a sign-in: osp_redirect(ctx, 303, osp_is_local_url(next) ? next : S("/")) */
OSP_API bool osp_is_local_url(osp_str url);

/* Answers with `body` as text/html; charset=utf-8.  As osp_text; nothing is escaped. */
OSP_API osp_status osp_html(osp_ctx *ctx, osp_str body);
/* A text as it can stand in a page, between tags and in an attribute within quotes: & < > " and '
 * become &amp; &lt; &gt; &quot; and &#39;, all else stays as it is.  In a script, a style, the name
 * of a tag or an attribute without quotes it is not enough, nor for a URL of a client, whose scheme
 * may be javascript.
 *
 * Returns  `text` itself where nothing changes, else one in the request's memory; empty when that is
 *          exhausted.  Yields: no.
 * Source   HTML 13.3 */
OSP_API osp_str osp_escape_html(osp_ctx *ctx, osp_str text);
/* Answers with a value of a described type as JSON, also in place of another output.  It is written
 * at once, so that it may be gone when the call returns.
 * Returns  as osp_send, or OSP_E_JSON_* (it cannot be written) | OSP_E_LIMIT | OSP_E_NOMEM. */
#define osp_send_json(ctx, T, value)                                                               \
    osp_send_json_as((ctx), &osp_type_##T, OSP_IN_(T, value))
OSP_API OSP_MUST_CHECK osp_status osp_send_json_as(osp_ctx *ctx, const osp_type *type,
                                                   const void *value);
/* Writes a value as a line of JSON, with its line end, to an answer that is a stream.  Before the
 * first line an empty out->media_type becomes application/x-ndjson.
 * Returns  as osp_write, or OSP_E_JSON_* (it cannot be written; no part of it is sent).
 * Yields: as osp_write. */
#define osp_send_json_line(ctx, T, value)                                                          \
    osp_send_json_line_as((ctx), &osp_type_##T, OSP_IN_(T, value))
OSP_API OSP_MUST_CHECK osp_status osp_send_json_line_as(osp_ctx *ctx, const osp_type *type,
                                                        const void *value);
/* Says that the answer is a file to be saved under a name: Content-Disposition with the name in
 * ASCII, and in UTF-8 where that is not all of it.
 *
 * name     UTF-8; '/', '\' and control bytes become '_'.  Empty: the client chooses one
 * Returns  as osp_set_header, or OSP_E_INVALID (no UTF-8) | OSP_E_LIMIT (more than
 *          OSP_ATTACHMENT_NAME_MAX bytes) | OSP_E_NOMEM.  Yields: no.
 * Source   RFC 6266 4, RFC 8187 3.2 */
OSP_API OSP_MUST_CHECK osp_status osp_attachment(osp_ctx *ctx, osp_str name);

/* ---------------------------------------------------------------- events */

/* An event for EventSource of browsers, and for other clients that read such streams. */
typedef struct osp_sse_event {
    int zero_;        /* the macros' own */
    osp_str event;    /* its name, one line; empty: "message" */
    osp_str data;     /* UTF-8 of any length; every line end in it reaches a script as LF */
    osp_str id;       /* one line, which a client that comes back sends as Last-Event-ID; empty: that
                       * of the event before */
    int64_t retry_ms; /* after which a client comes back when the stream has ended; 0: as it was */
    const osp_type *type_; /* of OSP_EVENT_JSON */
    const void *value_;
} osp_sse_event;

/* The data of an event as JSON, from a value of a described type:
 * `osp_sse_send(ctx, .event = S("order"), OSP_EVENT_JSON(Order, &order))` */
#define OSP_EVENT_JSON(T, value) .type_ = &osp_type_##T, .value_ = OSP_IN_(T, value)

/* Sends an event at once, in a route whose output is osp_stream:
 *
 *     OSP_TRY(osp_sse_send(ctx, .event = S("tick"), .data = text));
 *
 * The first one makes an empty out->media_type text/event-stream, and says `Cache-Control: no-store`
 * where nothing is said of caches.  Data that is empty is an event all the same.  All of it is
 * borrowed until the call returns, and no memory of the request is used: it may go on for days.
 * Returns  as osp_write, or OSP_E_INVALID (a line end or NUL in .event or .id, .retry_ms below 0: the
 *          request fails) | OSP_E_JSON_* (it cannot be written); nothing of the event is sent then.
 * Yields: as osp_write.
 * Source: HTML 9.2.5, 9.2.6 */
#define osp_sse_send(ctx, ...)                                                                     \
    osp_sse_send_event((ctx), &(const osp_sse_event){ .zero_ = 0, __VA_ARGS__ })
OSP_API OSP_MUST_CHECK osp_status osp_sse_send_event(osp_ctx *ctx, const osp_sse_event *event);
/* Sends a comment, which no script sees: a sign of life where nothing happens, for proxies that close
 * what is silent, and to learn that a client has gone.  Lines as data; else as osp_sse_send. */
OSP_API OSP_MUST_CHECK osp_status osp_sse_comment(osp_ctx *ctx, osp_str text);

/* ---------------------------------------------------------------- failing */

/* What is wrong with one field of a request. */
typedef struct osp_bad_field {
    const char *in;   /* "path", "query", "header", "cookie" or "form"; NULL: the body */
    osp_str where;    /* of the body a JSON pointer, "/user/email" (RFC 6901); else the name */
    const char *code; /* for programs, such as "min_length"; NULL: "check" */
    osp_str detail;   /* for people: "must be at least 8 characters long" */
} osp_bad_field;
OSP_LIST_OF(osp_bad_field);

/* A failure as its problem document tells it (RFC 9457 3.1). */
struct osp_failure {
    int zero_;                   /* the macros' own */
    int status;                  /* 400 to 599 */
    osp_str type; /* a URI that names the kind of problem; empty: about:blank */
    osp_str title;               /* the same for all of this type; empty: the words of the status */
    osp_str detail;              /* what happened this time; for the client to read */
    osp_str instance;            /* a URI of this occurrence; empty: none */
    osp_bad_field_list fields;   /* every bad field, the first 32; none where no field is to blame */
    const osp_type *members_;    /* of OSP_MEMBERS */
    const void *members_value_;
};

/* Further members of the document, from a value of a described type:
 *
 *     return osp_fail_with(ctx, .status = 403, .type = S("/problems/no-credit"),
 *                          .detail = S("30 are missing."), OSP_MEMBERS(Credit, &credit));
 *
 * The type is an object without EXTRA, and has no member of a name that the document has already:
 * another one is logged and answered 500. */
#define OSP_MEMBERS(T, value)                                                                      \
    .members_ = &osp_type_##T, .members_value_ = OSP_IN_(T, value)

/* As osp_fail, with all that a problem document can say.  Texts are borrowed until the request ends,
 * members until the call returns. */
#define osp_fail_with(ctx, ...)                                                                    \
    osp_fail_with_at((ctx), OSP_HERE, &(const osp_failure){ .zero_ = 0, __VA_ARGS__ })
OSP_API osp_status osp_fail_with_at(osp_ctx *ctx, const osp_place *here,
                                    const osp_failure *failure);

/* What the request has failed with, in the request's memory; NULL: it has not.  osp_recover takes it
 * back, so that another answer can be given:
 *
 *     const osp_failure *failure = osp_failure_of(ctx);
 *     if (failure != NULL && failure->status == 404) {
 *         (void)osp_recover(ctx);
 *         return osp_html(ctx, page_not_found);
 *     } */
OSP_API const osp_failure *osp_failure_of(const osp_ctx *ctx);

#ifdef __cplusplus
}
#endif
#endif
