/* What an application adds to the language of templates: filters.
 *
 *     static osp_status euros(osp_task *task, const int64_t *cents, osp_str *out)
 *     {
 *         *out = osp_format(task, "%lld,%02lld €", (long long)(*cents / 100), (long long)(*cents % 100));
 *         return out->ptr != NULL ? OSP_OK : OSP_E_NOMEM;
 *     }
 *     OSP_FILTER(euros, int64_t, osp_str);
 *
 * in a file of the application, and {{article.price | euros}} in a template is what it makes of that. */
#ifndef OPENSPEED_TEMPLATE_H
#define OPENSPEED_TEMPLATE_H

#include <openspeed/base.h>
#include <openspeed/each.h>
#include <openspeed/type.h>

/* Behind the includes, which would inherit it: their functions that must be checked would not be. */
#pragma GCC system_header

#ifdef __cplusplus
extern "C" {
#endif

/* Arguments that a filter takes at most. */
#define OSP_FILTER_ARGUMENTS_MAX 3

/* What OSP_FILTER declares.  Names that end in `_` are written by the macro alone. */
typedef struct osp_filter {
    const char *name_;
    const osp_type *in_, *out_;
    const osp_type *arguments_[OSP_FILTER_ARGUMENTS_MAX + 1]; /* up to a NULL */
    osp_status (*call_)(osp_task *task, const void *in, const void *const *arguments, void *out);
    const char *file_;
    int line_;
} osp_filter;

/* Declares a filter of templates, once in the application: {{value | fn argument argument}}.
 *
 * fn       static osp_status fn(osp_task *task, const In *in, const A *a, ..., Out *out)
 *          `out` is zeroed.  What it points at lives in the task's memory (osp_alloc, osp_format,
 *          osp_copy), for ever, or in `in`.  It may not wait.  Where it fails the page fails with 500.
 * In       a scalar such as osp_str, int64_t, double, bool, osp_time, or a struct of OSP_TYPE.  A value
 *          of another type is an error of the build, but that every scalar can be read as an osp_str,
 *          and a number as a wider one.  A value that is not there is not filtered: it stays away
 * Out      osp_str, which is escaped where it stands, osp_markup, which is not, or another scalar
 * A, ...   types of up to OSP_FILTER_ARGUMENTS_MAX arguments, which must all be given */
#define OSP_FILTER(...) OSP_CAT(OSP_FILTER_, OSP_FILTER_COUNT_(__VA_ARGS__, , , 3, 2, 1, 0, , , ))(__VA_ARGS__)
#define OSP_FILTER_COUNT_(fn, In, Out, a, b, c, d, e, n, ...) n
#define OSP_FILTER_(...)                                                                           \
    _Static_assert(0, "OSP_FILTER takes a function, the type of the value, that of the result and " \
                      "those of up to 3 arguments")
#define OSP_FILTER_0(fn, In, Out)                                                                  \
    OSP_FILTER_OF_(fn, In, Out, (osp_task *, const In *, Out *),                                   \
                   (task, (const In *)in, (Out *)out), )
#define OSP_FILTER_1(fn, In, Out, A)                                                               \
    OSP_FILTER_OF_(fn, In, Out, (osp_task *, const In *, const A *, Out *),                        \
                   (task, (const In *)in, (const A *)arguments[0], (Out *)out), &osp_type_##A, )
#define OSP_FILTER_2(fn, In, Out, A, B)                                                            \
    OSP_FILTER_OF_(fn, In, Out, (osp_task *, const In *, const A *, const B *, Out *),             \
                   (task, (const In *)in, (const A *)arguments[0], (const B *)arguments[1],        \
                    (Out *)out),                                                                   \
                   &osp_type_##A, &osp_type_##B, )
#define OSP_FILTER_3(fn, In, Out, A, B, C)                                                         \
    OSP_FILTER_OF_(fn, In, Out, (osp_task *, const In *, const A *, const B *, const C *, Out *),  \
                   (task, (const In *)in, (const A *)arguments[0], (const B *)arguments[1],        \
                    (const C *)arguments[2], (Out *)out),                                          \
                   &osp_type_##A, &osp_type_##B, &osp_type_##C, )
#define OSP_FILTER_OF_(fn, In, Out, parameters, given, ...)                                        \
    _Static_assert(_Generic(&fn, osp_status(*) parameters: 1, default: 0),                         \
                   "the filter must be: static osp_status " #fn #parameters);                      \
    static osp_status osp_filters_##fn(osp_task *task, const void *in,                             \
                                       const void *const *arguments, void *out)                    \
    {                                                                                              \
        (void)arguments;                                                                           \
        return fn given;                                                                           \
    }                                                                                              \
    extern const osp_filter osp_filter_##fn;                                                       \
    const osp_filter osp_filter_##fn = { .name_ = #fn, .in_ = &osp_type_##In,                      \
                                         .out_ = &osp_type_##Out,                                  \
                                         .arguments_ = { __VA_ARGS__ NULL },                       \
                                         .call_ = osp_filters_##fn, .file_ = __FILE__,             \
                                         .line_ = __LINE__ }

#ifdef __cplusplus
}
#endif
#endif
