/* Middleware: what runs around all that is answered at and below a folder.
 *
 * routes/admin/middleware.c wraps routes/admin/route.c and every route below; so does one in a group,
 * such as routes/(members)/middleware.c.  Those of outer folders run outside, and in one file those
 * that stand higher up:
 *
 *     routes/middleware.c         guard --+            +-- sees the answer
 *     routes/admin/middleware.c     audit --+        +--
 *     routes/admin/route.c                  +-- GET --+
 *
 *     static osp_status guard(osp_ctx *ctx, osp_next *next)
 *     {
 *         if (osp_header(ctx, OSP_STR("Authorization")).len == 0) {
 *             return osp_fail(ctx, 401, "Say who you are.");
 *         }
 *         OSP_TRY(osp_run(ctx, next));
 *         return osp_set_header(ctx, OSP_STR("Cache-Control"), OSP_STR("private"));
 *     }
 *     OSP_MIDDLEWARE(guard);
 *
 * What no route answers passes the middleware of routes/ itself: a URL that there is not, a target or
 * a head that is malformed, OPTIONS that is about the whole server.  A method that a URL does not
 * have, and OPTIONS, pass that of the URL. */
#ifndef OPENSPEED_MIDDLEWARE_H
#define OPENSPEED_MIDDLEWARE_H

#include <openspeed/app.h>

#pragma GCC system_header

#ifdef __cplusplus
extern "C" {
#endif

/* What a middleware wraps. */
typedef struct osp_next osp_next;

/* What OSP_MIDDLEWARE and OSP_USE declare.  Names that end in `_` are written by them alone. */
typedef struct osp_middleware {
    osp_status (*call_)(osp_ctx *ctx, osp_next *next);
    const void *options_; /* of OSP_USE; NULL: of OSP_MIDDLEWARE */
    /* What is wrong with them; NULL: nobody judges. */
    const char *(*check_)(const struct osp_middleware *step);
    const char *name_;
    osp_place place_;
    /* Bytes that a body may have, in place of limits.body: more or fewer.  The innermost that says so
     * counts, also for what no route answers.  A route that takes its body as it comes has no such
     * limit.  0: as further out. */
    uint64_t body_max;
    const osp_need *needs; /* NEEDS(a, b): made before it is called; NULL: none (provider.h) */
    /* A route at or below the folder for which no authenticating provider is needed, by the route, its
     * input or a middleware around it, does not build unless it says .is_public. */
    bool deny_by_default;
} osp_middleware;

/* What is wrong with the options of a step that comes with OpenSpeed; static.  NULL: nothing, or it
 * is of the application.  For OSP_USE. */
OSP_API const char *osp_mw_check(const osp_middleware *step);

/* Declares `middleware` for the folder of the file, which is a middleware.c at or below routes/. */
#define OSP_MIDDLEWARE(...) OSP_MIDDLEWARE_(__VA_ARGS__, )
#define OSP_MIDDLEWARE_(middleware, ...)                                                           \
    _Static_assert(                                                                                \
        _Generic(&middleware, osp_status(*)(osp_ctx *, osp_next *): 1, default: 0),                \
        "the middleware must be: static osp_status " #middleware "(osp_ctx *ctx, osp_next *next)"); \
    extern const osp_middleware OSP_SYMBOL(osp_middleware_, OSP_UNIT, __LINE__);                   \
    const osp_middleware OSP_SYMBOL(osp_middleware_, OSP_UNIT, __LINE__) = {                       \
        .call_ = middleware, .name_ = #middleware, .place_ = { __FILE__, __LINE__ }, __VA_ARGS__ }

/* The same for one that takes options, as those of <openspeed/mw.h> do:
 * `OSP_USE(osp_cors, .origins = "https://shop.example", .credentials = true);`
 * An application writes its own in lib/ as
 * `osp_status NAME(osp_ctx *ctx, osp_next *next, const NAME_options *options);` */
#define OSP_USE(...) OSP_USE_(__VA_ARGS__, )
#define OSP_USE_(middleware, ...)                                                                  \
    _Static_assert(_Generic(&middleware,                                                           \
                            osp_status(*)(osp_ctx *, osp_next *, const middleware##_options *): 1, \
                            default: 0),                                                           \
                   "the middleware must be: osp_status " #middleware                               \
                   "(osp_ctx *ctx, osp_next *next, const " #middleware "_options *options)");      \
    static const middleware##_options OSP_SYMBOL(osp_options, _, __LINE__) = { __VA_ARGS__ };      \
    static osp_status OSP_SYMBOL(osp_use, _, __LINE__)(osp_ctx * ctx, osp_next * next)             \
    {                                                                                              \
        return middleware(ctx, next, &OSP_SYMBOL(osp_options, _, __LINE__));                       \
    }                                                                                              \
    extern const osp_middleware OSP_SYMBOL(osp_middleware_, OSP_UNIT, __LINE__);                   \
    const osp_middleware OSP_SYMBOL(osp_middleware_, OSP_UNIT, __LINE__) = {                       \
        .call_ = OSP_SYMBOL(osp_use, _, __LINE__),                                                 \
        .options_ = &OSP_SYMBOL(osp_options, _, __LINE__), .check_ = osp_mw_check,                 \
        .name_ = #middleware,                                                                      \
        .place_ = { __FILE__, __LINE__ } }

/* A limit of its own for the bodies of a folder, and nothing else: `OSP_BODY_LIMIT(16 << 20);` */
#define OSP_BODY_LIMIT(bytes)                                                                      \
    _Static_assert((bytes) > 0, "a body limit is a number of bytes");                              \
    extern const osp_middleware OSP_SYMBOL(osp_middleware_, OSP_UNIT, __LINE__);                   \
    const osp_middleware OSP_SYMBOL(osp_middleware_, OSP_UNIT, __LINE__) = {                       \
        .call_ = osp_run, .name_ = "OSP_BODY_LIMIT", .place_ = { __FILE__, __LINE__ },             \
        .body_max = (bytes) }

/* Runs what the middleware wraps, once, up to its whole answer: whatever failed in there is a problem
 * document by now, with its status, and header fields can be set.  Not calling it answers in place
 * of what is wrapped, by osp_fail, osp_send, osp_set_status and their kin.
 *
 * Returns   OSP_OK: there is an answer, of any status | OSP_E_INVALID: called again, which makes the
 *           answer a 500
 * A middleware that fails afterwards replaces the answer, unless some of it was sent: a route that
 * streams sends before this returns.
 * Yields: if what is wrapped does. */
OSP_API OSP_MUST_CHECK osp_status osp_run(osp_ctx *ctx, osp_next *next);

#ifdef __cplusplus
}
#endif
#endif
