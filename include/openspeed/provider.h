/* What handlers need before they are called, such as who is asking: made once a request, by a
 * function that has the shape of a handler, and given as a typed member of the input.
 *
 *     OSP_PROVIDES(current_user, User);                          in a header: what it gives
 *
 *     typedef struct UserIn { osp_opt_str authorization; } UserIn;
 *     OSP_TYPE(UserIn, HEADER(authorization));
 *     static osp_status make_user(osp_ctx *ctx, const UserIn *in, User *out);
 *     OSP_PROVIDER(current_user, make_user, UserIn, User, .authenticates = true);
 *
 *     typedef struct WriteIn { const User *me; NewArticle article; } WriteIn;
 *     OSP_TYPE(WriteIn, NEED(me, current_user), OBJECT(article, NewArticle));
 *
 * What a request needs is made in the order of its members, and what a provider needs before it;
 * all of it before the body is gathered and the rest of the input is judged.  The first failure is
 * the answer.  The build proves that all of it can be made (docs/providers.md). */
#ifndef OPENSPEED_PROVIDER_H
#define OPENSPEED_PROVIDER_H

#include <openspeed/base.h>
#include <openspeed/type.h>

/* Behind the includes, which would inherit it: their functions that must be checked would not be. */
#pragma GCC system_header

#ifdef __cplusplus
extern "C" {
#endif

/* How long a value lives.  What lives longer cannot need what lives shorter, nor anything of a
 * request.  Workers are processes that share nothing: each has a value of its own of both longer
 * scopes, made before it serves, those of the application first; a failure ends its start. */
typedef enum osp_scope {
    OSP_PER_REQUEST = 0,
    OSP_PER_WORKER,      /* it may depend on which worker it is in, such as a connection */
    OSP_PER_APPLICATION, /* it is equal in all workers, such as a key or a table */
    OSP_SCOPE_COUNT
} osp_scope;

/* When the value of a request is closed. */
typedef enum osp_close_when {
    OSP_AFTER_RESPONSE = 0, /* when the client has the answer, as osp_after does its work */
    OSP_BEFORE_RESPONSE     /* when the handler has ended; a closer that fails makes the answer a 500 */
} osp_close_when;

/* Closes a value, once, whatever became of the request.
 *
 * value     what the maker has made; it may change it
 * outcome   OSP_OK when the answer is a success, else why not: OSP_E_FAILED (osp_fail, or a status from
 *           400 on), OSP_E_CANCELLED (the client went away, or the time was over), or what failed
 * Returns   OSP_OK, or a failure.  Before the response that is the answer, 500 unless the closer called
 *           osp_fail; where the request has failed already, and after it, it is logged alone.
 * It may wait and ask databases also when the request was cancelled or has failed. */
typedef osp_status (*osp_close_fn)(osp_ctx *ctx, void *value, osp_status outcome);

/* What OSP_PROVIDER declares.  Names that end in `_` are written by the macro alone. */
struct osp_provider {
    const osp_type *in_;
    size_t size_; /* of the value */
    osp_status (*make_)(osp_ctx *ctx, const void *in, void *out);
    const struct osp_provision *by_; /* what calls it, which is not linked without a provider */
    const char *name_, *type_, *file_;
    int line_;
    osp_scope scope;
    osp_close_when close_when;
    osp_close_fn close;    /* OSP_CLOSE(fn); NULL: nothing to do */
    const osp_need *needs; /* NEEDS(a, b): made before, for its effect alone; NULL: none */
    bool authenticates;    /* what it gives proves who asks */
    const char *challenge; /* WWW-Authenticate of its 401 (RFC 9110 11.6.1); NULL: "Bearer" */
};

/* What calls makers and closers. */
OSP_API extern const struct osp_provision osp_provision;

#ifdef __cplusplus
#define OSP_MAY_BE_MISSING
#else
#define OSP_MAY_BE_MISSING __attribute__((weak)) /* the build says so better than a linker */
#endif

/* Says, in a header, that provider `p` gives a T, which OSP_PROVIDER makes in one file.  T may be
 * void: a guard, which is needed for its effect alone.
 *
 * Declares `const T *p(osp_ctx *ctx)`, for what has no input of its own: the value, borrowed until it
 * is closed; NULL where it is absent.  Where nothing of the request has needed it that is a
 * failure of the request, so that nobody takes it for absent. */
#define OSP_PROVIDES(p, T)                                                                         \
    typedef T osp_provided_by_##p;                                                                 \
    static const char osp_provided_type_##p[] __attribute__((unused)) = #T;                        \
    extern const osp_provider osp_provider_##p OSP_MAY_BE_MISSING;                                 \
    static inline __attribute__((unused)) const T *p(osp_ctx *ctx)                                 \
    {                                                                                              \
        return (const T *)osp_provided(ctx, &osp_provider_##p, #p);                                \
    }                                                                                              \
    _Static_assert(1, "")

/* Makes `make` the provider `p`, in one file of the application.
 *
 * make   static osp_status make(osp_ctx *ctx, const In *in, Out *out)
 *        Returns OSP_OK; OSP_DONE when there is nothing, such as no credentials: then what WANTs it
 *        gets NULL, what NEEDs it is absent too, and a route that NEEDs it answers 401 if it
 *        authenticates, else 500; or a failure, which is the answer of the request.
 *        `out` is zeroed and lives as long as the scope says, as does the memory of ctx.
 * In     a type with HEADER, QUERY, COOKIE, PATH, NEED and WANT members, or void
 * Out    what OSP_PROVIDES says */
#define OSP_PROVIDER(...) OSP_PROVIDER_(__VA_ARGS__, )
#define OSP_PROVIDER_(p, make, In, Out, ...)                                                       \
    _Static_assert(                                                                                \
        _Generic(&make, osp_status(*)(osp_ctx *, const In *, Out *): 1, default: 0),               \
        "the maker must be: static osp_status " #make "(osp_ctx *ctx, const " #In " *in, " #Out    \
        " *out)");                                                                                 \
    _Static_assert(_Generic((osp_provided_by_##p *)0, Out *: 1, default: 0),                       \
                   "OSP_PROVIDES(" #p ", ...) says that it gives something else than " #Out);      \
    static osp_status osp_make_##p(osp_ctx *ctx, const void *in, void *out)                        \
    {                                                                                              \
        return make(ctx, (const In *)in, (Out *)out);                                              \
    }                                                                                              \
    extern const char osp_there_are_two_OSP_PROVIDER_of_##p;                                       \
    const char osp_there_are_two_OSP_PROVIDER_of_##p = 0;                                          \
    const osp_provider osp_provider_##p = {                                                        \
        .in_ = &osp_type_##In, .size_ = __extension__ sizeof(Out) + OSP_ONLY_CLOSES_(Out, __VA_ARGS__),          \
        .make_ = osp_make_##p, .by_ = &osp_provision, .name_ = #p, .type_ = osp_provided_type_##p, .file_ = __FILE__, .line_ = __LINE__, __VA_ARGS__ }

/* Makes `static osp_status fn(osp_ctx *ctx, T *value, osp_status outcome)` a closer of values of
 * type T, for OSP_CLOSE: see osp_close_fn. */
#define OSP_CLOSER(fn, T)                                                                          \
    _Static_assert(_Generic(&fn, osp_status(*)(osp_ctx *, T *, osp_status): 1, default: 0),        \
                   "the closer must be: static osp_status " #fn "(osp_ctx *ctx, " #T               \
                   " *value, osp_status outcome)");                                                \
    typedef T osp_closed_by_##fn;                                                                  \
    static osp_status osp_close_##fn(osp_ctx *ctx, void *value, osp_status outcome)                \
    {                                                                                              \
        return fn(ctx, (T *)value, outcome);                                                       \
    }                                                                                              \
    _Static_assert(1, "")

/* `.close = OSP_CLOSE(fn)`: one of another type does not compile. */
#define OSP_CLOSE(fn)                                                                              \
    _Generic(osp_member_, osp_any_member *: osp_close_##fn, osp_closed_by_##fn *: osp_close_##fn,  \
             default: *(struct osp_closer_of_another_type *)0)
struct osp_closer_of_another_type { char none_; }; /* compilers print it */
/* 0 when the closer among the options is one of T. */
#define OSP_ONLY_CLOSES_(T, ...)                                                                   \
    (0 * sizeof(void (*)(T *osp_member_,                                                           \
                         char (*)[sizeof((osp_provider){ .size_ = 0, __VA_ARGS__ })])))

/* `.needs = NEEDS(a, b)` of a route or a provider: what must be made before, for its effect. */
#define OSP_NEEDS(...) (const osp_need[]) { OSP_EACH(OSP_NEEDS_ROW, , __VA_ARGS__, ) { .name = NULL } }
#define OSP_NEEDS_ROW(none, p) { .provider = &osp_provider_##p, .name = #p, .type = osp_provided_type_##p },
#ifndef OSP_NO_SHORT_NAMES
#define NEEDS(...) OSP_NEEDS(__VA_ARGS__)
#endif

/* What the function of OSP_PROVIDES calls. */
OSP_API const void *osp_provided(osp_ctx *ctx, const osp_provider *provider, const char *name);

#ifdef __cplusplus
}
#endif
#endif
