/* Routes, requests and answers: what a route file of an application uses.
 *
 *     typedef struct HelloIn { osp_str name; } HelloIn;
 *     OSP_TYPE(HelloIn, PATH(name));
 *     typedef struct Hello { osp_str message; } Hello;
 *     OSP_TYPE(Hello, FIELD(message));
 *
 *     static osp_status hello(osp_ctx *ctx, const HelloIn *in, Hello *out)
 *     {
 *         out->message = osp_format(ctx, "Hello, %.*s", OSP_ARG(in->name));
 *         return OSP_OK;
 *     }
 *     OSP_ROUTE(GET, hello, HelloIn, Hello);
 */
#ifndef OPENSPEED_APP_H
#define OPENSPEED_APP_H

#include <openspeed/base.h>
#include <openspeed/type.h>

/* Behind the includes, which would inherit it: their functions that must be checked would not be. */
#pragma GCC system_header

#ifdef __cplusplus
extern "C" {
#endif

/* What OSP_ROUTE declares.  Names that end in `_` are written by the macro alone. */
typedef struct osp_route {
    const osp_type *in_, *out_;
    osp_status (*call_)(osp_ctx *ctx, const void *in, void *out);
    const char *handler_, *file_;
    int line_;
    osp_method method_;
    const char *summary; /* one line for people */
    const char *doc;
    int status;    /* of a success; 0: 200, or 204 when the output is void and nothing was sent */
    int errors[8]; /* statuses this route may fail with, for the documentation */
    bool deprecated;
    bool is_public;        /* it needs no authenticating provider, also where that is asked for */
    const osp_need *needs; /* NEEDS(a, b): made before the handler is called; NULL: none */
    bool hidden;           /* left out of the document of the API; it answers all the same */
    bool view_;            /* its output is what a template shows: page.h */
    bool streams;          /* of a page: what is around it is sent before it is filled */
    /* Of a page: what call_, which shows it, calls to fill it. */
    osp_status (*fills_)(osp_ctx *ctx, const void *in, void *out);
} osp_route;

/* The build passes the mangled path of the file, so that every route has its own symbol. */
#ifndef OSP_UNIT
#define OSP_UNIT editor
#endif
#define OSP_SYMBOL_(kind, unit, name) kind##unit##__##name
#define OSP_SYMBOL(kind, unit, name) OSP_SYMBOL_(kind, unit, name)

/* Declares `handler` for a method of the URL that the file's folder stands for. */
#define OSP_ROUTE(...) OSP_ROUTE_(__VA_ARGS__, )
#define OSP_ROUTE_(METHOD, handler, In, Out, ...)                                                  \
    _Static_assert(                                                                                \
        _Generic(&handler, osp_status(*)(osp_ctx *, const In *, Out *): 1, default: 0),            \
        "the handler must be: static osp_status " #handler "(osp_ctx *ctx, const " #In             \
        " *in, " #Out " *out)");                                                                   \
    static osp_status osp_thunk_##METHOD(osp_ctx *ctx, const void *in, void *out)                  \
    {                                                                                              \
        return handler(ctx, (const In *)in, (Out *)out);                                           \
    }                                                                                              \
    extern const osp_route OSP_SYMBOL(osp_route_, OSP_UNIT, METHOD);                               \
    const osp_route OSP_SYMBOL(osp_route_, OSP_UNIT, METHOD) = {                                   \
        .in_ = &osp_type_##In, .out_ = &osp_type_##Out, .call_ = osp_thunk_##METHOD,               \
        .handler_ = #handler, .file_ = __FILE__, .line_ = __LINE__,                                \
        .method_ = OSP_METHOD_##METHOD, __VA_ARGS__ }

/* ---------------------------------------------------------------- the application */

/* What becomes of a URL that nothing answers but for a '/' at its end. */
typedef enum osp_slash {
    OSP_SLASH_STRICT = 0, /* 404: it is another URL */
    OSP_SLASH_REDIRECT,   /* 308 to the one without (RFC 9110 15.4.9) */
    OSP_SLASH_IGNORE      /* it is answered like the one without */
} osp_slash;

#define OSP_BASE_MAX 128 /* bytes of the base, with its end */

/* What OSP_APP declares.  Names that end in `_` are written by the macro alone. */
typedef struct osp_app_info {
    const char *file_;
    int line_;
    const char *title;   /* for people; NULL: the name of the folder */
    const char *version; /* of what clients see; NULL: 0.0.0 */
    const char *doc;     /* what it is for: Markdown, in the documentation */
    /* What all URLs of the application begin with, such as "/shop"; empty: nothing.  An array, for the
     * build reads it in the object and writes it into the table. */
    char base[OSP_BASE_MAX];
    osp_slash trailing_slash; /* with another than the first, a catch-all takes no '/' at its end */
    /* Pages are always asked for and sent as a whole: no script, and no marks for it, stand in them. */
    bool whole_pages;
} osp_app_info;

/* Says what the application is, once, in a file below lib/ or routes/, such as lib/app.c:
 * OSP_APP(.title = "Orders", .version = "1.2.0"); */
#define OSP_APP(...)                                                                               \
    extern const osp_app_info osp_app_info_;                                                       \
    const osp_app_info osp_app_info_ = { .file_ = __FILE__, .line_ = __LINE__, __VA_ARGS__ }

/* What a client reads in place of an English sentence.
 *
 * key   the code of an error, as in a problem document, or a longer one that says more closely
 *       which, such as "type.date"; or an English sentence of the application itself: what a
 *       CHECK returns, what osp_fail and osp_fail_field say
 * text  UTF-8; where the English has a value, with its placeholder: "muss mindestens {limit} sein" */
typedef struct osp_message {
    const char *key, *text;
} osp_message;

/* What OSP_MESSAGES declares. */
typedef struct osp_messages {
    const char *language_; /* "de_CH" */
    const osp_message *rows_;
    const char *file_;
    uint32_t count_;
    int line_;
} osp_messages;

/* Declares what is said in a language, once each, in a file below lib/ or routes/.  The language is
 * its tag with underscores (RFC 5646): de, de_CH, zh_Hant.  Clients choose by Accept-Language. */
#define OSP_MESSAGES(language, ...)                                                                \
    static const osp_message osp_message_rows_##language[] = { __VA_ARGS__ };                      \
    extern const osp_messages osp_messages_##language;                                             \
    const osp_messages osp_messages_##language = {                                                 \
        .language_ = #language, .rows_ = osp_message_rows_##language, .file_ = __FILE__,           \
        .count_ = sizeof(osp_message_rows_##language) / sizeof(osp_message), .line_ = __LINE__ }

typedef struct osp_failure osp_failure; /* answer.h */

/* What OSP_FAILURES declares.  Names that end in `_` are written by the macro alone. */
typedef struct osp_failures {
    const osp_type *type_;
    osp_status (*tell_)(osp_ctx *ctx, const osp_failure *failure, void *out);
    const char *file_;
    int line_;
} osp_failures;

/* Says, once, in a file below lib/ or routes/, how the application tells of failures where its clients
 * expect another JSON than RFC 9457's:
 *
 *     typedef struct Failure { osp_str error; } Failure;
 *     OSP_TYPE(Failure, FIELD(error));
 *     static osp_status tell(osp_ctx *ctx, const osp_failure *failure, Failure *out)
 *     {
 *         out->error = failure->detail.len != 0 ? failure->detail : failure->title;
 *         return OSP_OK;
 *     }
 *     OSP_FAILURES(tell, Failure);
 *
 * It is called for whatever the application answers with 400 to 599 by failing, and its value sent as
 * application/json; who likes application/problem+json, text/html or text/plain better by Accept gets
 * that.  Both stand in the OpenAPI document.  What a server refuses because too much is asked of it
 * stays a problem document.
 *
 * failure   title, detail and what is said of fields are in the client's language; borrowed until the
 *           request ends
 * out       zeroed, in the request's memory
 * Returns   OSP_OK, or a failure: then it is logged, and the problem document told in its place
 * It must not wait; it may set header fields, and cannot fail the request once more. */
#define OSP_FAILURES(fn, T)                                                                        \
    _Static_assert(                                                                                \
        _Generic(&fn, osp_status(*)(osp_ctx *, const osp_failure *, T *): 1, default: 0),          \
        "the function must be: static osp_status " #fn                                             \
        "(osp_ctx *ctx, const osp_failure *failure, " #T " *out)");                                \
    static osp_status osp_tell_##fn(osp_ctx *ctx, const osp_failure *failure, void *out)           \
    {                                                                                              \
        return fn(ctx, failure, (T *)out);                                                         \
    }                                                                                              \
    extern const osp_failures osp_failures_;                                                       \
    const osp_failures osp_failures_ = { .type_ = &osp_type_##T, .tell_ = osp_tell_##fn,           \
                                         .file_ = __FILE__, .line_ = __LINE__ }

/* ---------------------------------------------------------------- answering */

/* Makes the answer a problem document (RFC 9457) with this status and detail, and returns
 * OSP_E_FAILED: `return osp_fail(ctx, 404, "no article \"%.*s\"", OSP_ARG(slug));`
 * The detail is shown to the client.  The first failure of a request wins: it is the answer whatever
 * is sent or returned later, and an OSP_TRANSACTION that ends after it rolls back.  A status that
 * is not 400 to 599 is a mistake of the handler: it is logged with its line and answered 500.
 * Yields: no. */
#define osp_fail(ctx, status, ...) osp_fail_at((ctx), OSP_HERE, (status), __VA_ARGS__)
/* What this macro calls; `here` is named by the log.  NULL: not known. */
OSP_API osp_status osp_fail_at(osp_ctx *ctx, const osp_place *here, int status, const char *format,
                               ...) OSP_PRINTF(4, 5);
/* As osp_fail with 422, naming one bad field by its JSON pointer, such as "/user/email". */
OSP_API osp_status osp_fail_field(osp_ctx *ctx, const char *pointer, const char *format, ...)
    OSP_PRINTF(3, 4);

/* Answers with `body` as text/plain; charset=utf-8, also in place of an output that is not void.
 * `body` is borrowed until the request ends. */
OSP_API osp_status osp_text(osp_ctx *ctx, osp_str body);
/* The same as `media_type`; both are borrowed until the request ends.  Behind the first osp_write it is
 * too late: OSP_E_INVALID. */
OSP_API osp_status osp_send(osp_ctx *ctx, osp_str media_type, osp_str body);
/* Sets the status of a success, 200 to 599; another one is logged with its line and answered 500. */
#define osp_set_status(ctx, status) osp_set_status_at((ctx), OSP_HERE, (status))
/* What this macro calls; `here` is named by the log.  NULL: not known. */
OSP_API void osp_set_status_at(osp_ctx *ctx, const osp_place *here, int status);
/* Sets a header field, in place of those of its name; Set-Cookie alone is added to the others, for
 * each is a cookie of its own.  Name and value are borrowed until the request ends.  Bytes that
 * cannot stand in a field, the framing fields, Content-Type (which osp_send says), more than 32
 * fields, and any behind the first osp_write are refused: OSP_E_INVALID, OSP_E_LIMIT.
 * <openspeed/answer.h> adds, removes and reads fields.
 *
 * ETag and Last-Modified of an answer to GET or HEAD are held against the conditions of the request
 * (If-None-Match and its kin), which may make it a 304 or 412; a stream is by its first osp_write.
 * Nothing is known before a method that changes something: with a tag in If-Match, and with
 * If-None-Match where the URL has a GET, it is refused with 412, and the handler not called.  A route
 * whose input has a HEADER for one of these fields judges all of them by itself (RFC 9110 13).
 *
 * With Upgrade the answer also says `Connection: upgrade` (RFC 9110 7.8). */
OSP_API OSP_MUST_CHECK osp_status osp_set_header(osp_ctx *ctx, osp_str name, osp_str value);

/* ---------------------------------------------------------------- streams */

/* An input, or a member `BODY(m, osp_body)` of one: the handler starts when the head is there, and
 * reads the body as it comes.  Its length has no limit but what the handler makes of it. */
typedef struct osp_body {
    osp_str media_type; /* Content-Type as it was sent; empty when there is none */
    int64_t length;     /* bytes; -1: only the end will tell */
} osp_body;

/* An output: the answer is what the handler writes.  Both members are read by the first osp_write. */
typedef struct osp_stream {
    osp_str media_type; /* empty: application/octet-stream */
    int64_t length;     /* bytes that will be written, all of them; 0: not known yet */
} osp_stream;

/* Their descriptors. */
OSP_API extern const osp_type osp_type_osp_body, osp_type_osp_stream;

/* The next bytes of the body, as many as have come; OSP_DONE behind the last.
 *
 *     osp_str part;
 *     osp_status status;
 *     while ((status = osp_read(ctx, &part)) == OSP_OK) {
 *         OSP_TRY(osp_write(ctx, part));
 *     }
 *     return status;
 *
 * ret_part   written on OSP_OK, never empty; borrowed until the next osp_read
 * Returns    OSP_OK | OSP_DONE | OSP_E_CANCELLED (the client went away) | OSP_E_FAILED (the body is
 *            malformed or does not come; the answer is set) | OSP_E_NOMEM | OSP_E_DEADLINE (behind
 *            osp_upgrade only: nothing came for a while; the connection is as it was)
 * A client that asked to be told (Expect: 100-continue) is told by the first call.  What a handler
 * leaves unread costs the connection, which ends behind the answer.
 * Yields: yes, while nothing has come. */
OSP_API OSP_MUST_CHECK osp_status osp_read(osp_ctx *ctx, osp_str *ret_part);

/* Sends a part of the answer; the first call sends the head with the status and the header fields
 * that are set, after which neither can change.
 *
 * part       borrowed until the call returns
 * Returns    OSP_OK | OSP_E_CANCELLED (the client went away or does not read) | OSP_E_LIMIT (more than
 *            the length that was told) | OSP_E_NOMEM | OSP_E_FAILED (osp_fail was called before)
 * An answer of which a part is missing ends with its connection, so that no client takes it for
 * whole.  osp_fail puts a problem in place of an answer of which nothing has been sent; else it is for
 * the log alone.
 * To HEAD nothing is sent and OSP_OK returned.  Parts that are small are sent together: when the
 * handler waits (for more of its body: only when some have been sent), when they are many, or by
 * osp_flush.
 * Yields: yes, while the client has too much to read. */
OSP_API OSP_MUST_CHECK osp_status osp_write(osp_ctx *ctx, osp_str part);
/* Sends what has been written so far.  Returns as osp_write.  Yields: no. */
OSP_API OSP_MUST_CHECK osp_status osp_flush(osp_ctx *ctx);

/* Adds a field behind the body of a stream whose length was not told (RFC 9110 6.5); it is sent when
 * the client said `TE: trailers` and `Connection: TE`, and left out otherwise.  The header Trailer, set
 * before the first osp_write, announces it (6.6.2).  Name and value as with osp_set_header;
 * up to the end of the handler. */
OSP_API OSP_MUST_CHECK osp_status osp_set_trailer(osp_ctx *ctx, osp_str name, osp_str value);
/* The value of a field behind the request's body; empty when there is none, and before osp_read has
 * answered OSP_DONE. */
OSP_API osp_str osp_trailer(const osp_ctx *ctx, osp_str name);

/* Sends an interim answer, 102 or 103, with the header fields set so far (RFC 9110 15.2, RFC 8297);
 * they stay set.  Nothing is sent to HTTP/1.0.  Returns as osp_write, or OSP_E_INVALID for
 * another status and behind the first osp_write.  Yields: no. */
OSP_API OSP_MUST_CHECK osp_status osp_inform(osp_ctx *ctx, int status);

/* Turns the connection into one of `protocol`, when the client asked for it (RFC 9110 7.8): answers
 * 101 with the header fields set so far.  From then on osp_read and osp_write are the bare bytes of
 * the connection, and it ends with the handler.
 * Returns    OSP_OK | OSP_E_UNSUPPORTED (the client did not ask, speaks HTTP/1.0, or sends a body;
 *            nothing is sent) | as osp_write.  Where the client did ask, it may have gone on in the
 *            protocol: the connection closes behind the answer. */
OSP_API OSP_MUST_CHECK osp_status osp_upgrade(osp_ctx *ctx, osp_str protocol);

/* ---------------------------------------------------------------- reading the request */

/* The first value of a request header, by its name in any case; the empty slice when there is none. */
OSP_API osp_str osp_header(const osp_ctx *ctx, osp_str name);
OSP_API osp_method osp_request_method(const osp_ctx *ctx);
/* The path after normalisation, without the query. */
OSP_API osp_str osp_path(const osp_ctx *ctx);
/* The target of the request line as it was sent (RFC 9112 3.2), before anything of it is decoded:
 * mostly "/a%20b?c=d", of a proxy maybe "http://host/a".  Borrowed until the request ends.  Empty
 * when the request was malformed in front of it. */
OSP_API osp_str osp_request_target(const osp_ctx *ctx);
/* The query of the target as it was sent, without its '?'; for what is signed or passed on as a
 * whole, as its parameters are QUERY.  Borrowed until the request ends.  Empty when there is none, or
 * the target is malformed. */
OSP_API osp_str osp_request_query(const osp_ctx *ctx);
/* Who sent the request, as text without a port: "192.0.2.7", "2001:db8::7".  It is the peer of the
 * connection, unless that is one of proxies.trusted: then it is whom those name, by the PROXY
 * protocol or by headers, read from the right up to the first that is not trusted (RFC 7239 7.1,
 * 8.1).  Headers of others are never read.  In the request's memory.  Empty when nobody can tell: over a
 * unix socket without a trusted proxy, or when the connection is gone.  Yields: no. */
OSP_API osp_str osp_client_address(osp_ctx *ctx);
/* "https" when a trusted proxy says that its client speaks TLS, else "http"; static. */
OSP_API osp_str osp_client_scheme(const osp_ctx *ctx);
/* The host, and the port if there is one, that the client asked for: of the target or Host
 * (RFC 9112 3.2), or what a trusted proxy says it was.  Borrowed until the request ends. */
OSP_API osp_str osp_client_host(const osp_ctx *ctx);
/* The path as a pattern, such as "/users/[id]"; empty when no route matched. */
OSP_API osp_str osp_route_pattern(const osp_ctx *ctx);

/* ---------------------------------------------------------------- the log */

/* How much a line of the log matters. */
typedef enum osp_log_level {
    OSP_LOG_DEBUG = 0,
    OSP_LOG_INFO,
    OSP_LOG_WARNING,
    OSP_LOG_ERROR
} osp_log_level;

/* Says a line in the error log of the server, as printf, with the route and the id of the request:
 * `osp_log(ctx, OSP_LOG_WARNING, "no stock of %.*s", OSP_ARG(in->name));`
 * Levels below `log.level` of the configuration are left out.  What would break the line is
 * replaced, and what is longer than 2047 bytes cut.  Without a server, in tests, it goes to standard
 * error.  Yields: no. */
#define osp_log(task, level, ...)                                                                  \
    osp_task_log_at(OSP_TASK_OF(task), OSP_HERE, (level), __VA_ARGS__)
/* What this macro calls; `here` is named by the log.  NULL: not known. */
OSP_API void osp_task_log_at(osp_task *task, const osp_place *here, osp_log_level level,
                             const char *format, ...) OSP_PRINTF(4, 5);

#define OSP_REQUEST_ID_MAX 128 /* bytes */

/* What the logs call this request: X-Request-Id as one of --trusted-proxies sent it, if that is 1 to
 * 128 letters, digits and characters of "-_.:/+=@~"; else 32 hexadecimal digits that no other request
 * has.  Problem documents are sent with it, in X-Request-Id.  Borrowed until the request ends;
 * empty without a server.  Yields: no. */
OSP_API osp_str osp_request_id(osp_ctx *ctx);

/* ---------------------------------------------------------------- the application's own routes */

/* A route and what it answers.  All static. */
typedef struct osp_route_place {
    osp_str pattern; /* "/users/[id]" */
    osp_method method;
    const osp_route *route; /* in_ and out_ are its types: osp_types_walk goes on from there */
} osp_route_place;

/* Calls visit(place, arg) for each route of the application, by pattern and method, until it returns
 * false.  Files of public/ are left out.  Returns OSP_OK | OSP_DONE (ended by visit).  Yields: no. */
OSP_API OSP_MUST_CHECK osp_status osp_routes_walk(const osp_ctx *ctx,
                                                  bool (*visit)(const osp_route_place *place,
                                                                void *arg),
                                                  void *arg);
/* The route that answers a method of a pattern, written as "/users/[id]"; NULL: there is none. */
OSP_API const osp_route *osp_route_named(const osp_ctx *ctx, osp_method method, osp_str pattern);

#ifdef __cplusplus
}
#endif
#endif
