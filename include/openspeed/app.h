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
/* The same as `media_type`; both are borrowed until the request ends. */
OSP_API osp_status osp_send(osp_ctx *ctx, osp_str media_type, osp_str body);
/* Sets the status of a success, 200 to 599; another one is logged with its line and answered 500. */
#define osp_set_status(ctx, status) osp_set_status_at((ctx), OSP_HERE, (status))
/* What this macro calls; `here` is named by the log.  NULL: not known. */
OSP_API void osp_set_status_at(osp_ctx *ctx, const osp_place *here, int status);
/* Adds a header field; name and value are borrowed until the request ends.  Bytes that cannot
 * stand in a field, the framing fields and more than 32 fields are refused: OSP_E_INVALID, OSP_E_LIMIT. */
OSP_API OSP_MUST_CHECK osp_status osp_set_header(osp_ctx *ctx, osp_str name, osp_str value);

/* ---------------------------------------------------------------- reading the request */

/* The value of a request header, by its name in any case; the empty slice when there is none. */
OSP_API osp_str osp_header(const osp_ctx *ctx, osp_str name);
OSP_API osp_method osp_request_method(const osp_ctx *ctx);
/* The path after normalisation, without the query. */
OSP_API osp_str osp_path(const osp_ctx *ctx);
/* The path as a pattern, such as "/users/[id]"; empty when no route matched. */
OSP_API osp_str osp_route_pattern(const osp_ctx *ctx);

#ifdef __cplusplus
}
#endif
#endif
