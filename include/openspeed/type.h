/* Types are data: a struct is described once, and decoding, validation, encoding, documentation
 * and row mapping all read that description.
 *
 *     typedef struct User { int64_t id; osp_str email; osp_opt_str bio; } User;
 *     OSP_TYPE(User, FIELD(id), FIELD(email, .max_len = 254), FIELD(bio));
 *
 * OSP_TYPE defines `static const osp_type osp_type_User`.  It also declares a shadow struct of the
 * listed members and asserts that size and offsets are equal: a member that is left out, or out of
 * order, does not compile. */
#ifndef OPENSPEED_TYPE_H
#define OPENSPEED_TYPE_H

#include <openspeed/base.h>
#include <openspeed/each.h>

/* Behind the includes, which would inherit it: their functions that must be checked would not be. */
#pragma GCC system_header

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- values */

/* The three states of an optional value. */
typedef enum osp_presence { OSP_ABSENT = 0, OSP_SET = 1, OSP_NULL = 2 } osp_presence;

typedef struct osp_opt_bool { osp_presence is; bool value; } osp_opt_bool;
typedef struct osp_opt_int { osp_presence is; int64_t value; } osp_opt_int;
typedef struct osp_opt_double { osp_presence is; double value; } osp_opt_double;
typedef struct osp_opt_str { osp_presence is; osp_str value; } osp_opt_str;

/* A present value for any optional: `.bio = SET(S("hello"))`. */
#define OSP_SET_TO(v) { OSP_SET, v }
#ifndef OSP_NO_SHORT_NAMES
#define SET(v) OSP_SET_TO(v)
#endif

/* Declares `T_list`, a counted array of T, for LIST members and query results. */
#define OSP_LIST_OF(T) typedef struct T##_list { T *items; size_t count; } T##_list

typedef struct osp_str_list { osp_str *items; size_t count; } osp_str_list;
typedef struct _Bool_list { bool *items; size_t count; } _Bool_list;
typedef struct int32_t_list { int32_t *items; size_t count; } int32_t_list;
typedef struct int64_t_list { int64_t *items; size_t count; } int64_t_list;
typedef struct double_list { double *items; size_t count; } double_list;

/* How every T_list looks in memory; generic code reads lists through it. */
typedef struct osp_list { void *items; size_t count; } osp_list;

/* ---------------------------------------------------------------- descriptors */

typedef enum osp_kind {
    OSP_KIND_NONE = 0, /* `void` */
    OSP_KIND_BOOL,
    OSP_KIND_INT32,
    OSP_KIND_INT64,
    OSP_KIND_UINT32,
    OSP_KIND_UINT64,
    OSP_KIND_DOUBLE,
    OSP_KIND_STR,
    OSP_KIND_OPT_BOOL,
    OSP_KIND_OPT_INT,
    OSP_KIND_OPT_DOUBLE,
    OSP_KIND_OPT_STR,
    OSP_KIND_OBJECT,  /* a nested struct; `type` describes it */
    OSP_KIND_POINTER, /* T *, NULL means absent; `type` describes T */
    OSP_KIND_LIST,    /* T_list; `type` describes T */
    OSP_KIND_COUNT
} osp_kind;

/* Where a member of an input comes from. */
typedef enum osp_source {
    OSP_SOURCE_FIELD = 0, /* a member of the JSON object */
    OSP_SOURCE_PATH,
    OSP_SOURCE_QUERY,
    OSP_SOURCE_HEADER,
    OSP_SOURCE_BODY, /* the whole body */
    OSP_SOURCE_COUNT
} osp_source;

typedef struct osp_type osp_type;

/* A bound with its presence: `.min = 0` could not be told from "no minimum". */
typedef struct osp_bound { bool is; double value; } osp_bound;
typedef struct osp_range { osp_bound min, max; } osp_range;

/* One member of a struct.  Names that end in `_` are written by the macros alone; the others are
 * the options of an item, zero being the default. */
typedef struct osp_field {
    const char *member_;
    const osp_type *type_; /* of the object, of the pointed-to or of the element; NULL for scalars */
    uint32_t offset_;
    uint16_t member_len_;
    uint8_t kind_;   /* osp_kind */
    uint8_t source_; /* osp_source */
    osp_range range_;
    const char *name;     /* on the wire; the member's own name if NULL, of a header with dashes for
                           * underscores: user_agent reads User-Agent */
    const char *doc;      /* one sentence for people */
    const char *fallback; /* the value when absent, as it would stand in a query; makes it optional */
    uint32_t min_len;     /* bytes of a string, items of a list */
    uint32_t max_len;     /* 0: no other limit than the body's */
} osp_field;

struct osp_type {
    const char *name;
    size_t size;
    const osp_field *fields;
    uint16_t field_count; /* at most 64 */
    uint8_t kind;         /* OSP_KIND_OBJECT, or a scalar kind for the predefined types */
    int line_;            /* where it is described */
    const char *file_;    /* NULL for the predefined types */
};

/* The scalars as types, so that an element of a list is a type like any other. */
OSP_API extern const osp_type osp_type_void, osp_type_osp_str, osp_type__Bool, osp_type_int32_t,
    osp_type_int64_t, osp_type_uint32_t, osp_type_uint64_t, osp_type_double;

/* ---------------------------------------------------------------- items of OSP_TYPE */

/* Bounds of a number, both ends included. */
#define OSP_RANGE(lo, hi) .range_ = { { 1, (lo) }, { 1, (hi) } }
#define OSP_AT_LEAST(lo) .range_.min = { 1, (lo) }
#define OSP_AT_MOST(hi) .range_.max = { 1, (hi) }
#ifndef OSP_NO_SHORT_NAMES
#define RANGE(lo, hi) OSP_RANGE(lo, hi)
#define AT_LEAST(lo) OSP_AT_LEAST(lo)
#define AT_MOST(hi) OSP_AT_MOST(hi)
#endif

/* Which options an item takes.  Nothing is ever made of these structs: the options of each item
 * also initialise the one of its kind inside a sizeof, so that an option which would do nothing
 * does not compile.  Compilers print the tags, so these say what is wrong. */
#define OSP_OPTIONS_(tag, ...) struct tag { char none_; const char *name, *doc; __VA_ARGS__ }
OSP_OPTIONS_(osp_number_takes_RANGE_not_min_len_and_max_len, const char *fallback; osp_range range_;);
OSP_OPTIONS_(osp_string_takes_min_len_and_max_len_not_RANGE, const char *fallback;
             uint32_t min_len, max_len;);
OSP_OPTIONS_(osp_list_takes_min_len_and_max_len_not_RANGE, const char *fallback;
             uint32_t min_len, max_len;);
OSP_OPTIONS_(osp_query_list_takes_no_fallback_it_may_be_empty, uint32_t min_len, max_len;);
OSP_OPTIONS_(osp_query_list_of_numbers_takes_no_fallback_it_may_be_empty,
             uint32_t min_len, max_len; osp_range range_;);
OSP_OPTIONS_(osp_bool_takes_neither_RANGE_nor_min_len_and_max_len, const char *fallback;);
OSP_OPTIONS_(osp_object_takes_neither_RANGE_nor_min_len_and_max_len, const char *fallback;);
OSP_OPTIONS_(osp_body_takes_neither_a_fallback_nor_bounds, );
#define OSP_NO_OPTION_(tag) *(struct tag *)0
#define OSP_SCALAR_OPTIONS_(x)                                                                     \
    _Generic((x),                                                                                  \
        osp_str: OSP_NO_OPTION_(osp_string_takes_min_len_and_max_len_not_RANGE),                   \
        osp_opt_str: OSP_NO_OPTION_(osp_string_takes_min_len_and_max_len_not_RANGE),               \
        _Bool: OSP_NO_OPTION_(osp_bool_takes_neither_RANGE_nor_min_len_and_max_len),               \
        osp_opt_bool: OSP_NO_OPTION_(osp_bool_takes_neither_RANGE_nor_min_len_and_max_len),        \
        default: OSP_NO_OPTION_(osp_number_takes_RANGE_not_min_len_and_max_len))
#define OSP_LIST_OPTIONS_FIELD_(x) OSP_NO_OPTION_(osp_list_takes_min_len_and_max_len_not_RANGE)
#define OSP_LIST_OPTIONS_QUERY_(x)                                                                 \
    _Generic((x), osp_str_list: OSP_NO_OPTION_(osp_query_list_takes_no_fallback_it_may_be_empty),  \
        _Bool_list: OSP_NO_OPTION_(osp_query_list_takes_no_fallback_it_may_be_empty),              \
        default: OSP_NO_OPTION_(osp_query_list_of_numbers_takes_no_fallback_it_may_be_empty))
#define OSP_OBJECT_OPTIONS_FIELD_                                                                  \
    OSP_NO_OPTION_(osp_object_takes_neither_RANGE_nor_min_len_and_max_len)
#define OSP_OBJECT_OPTIONS_BODY_ OSP_NO_OPTION_(osp_body_takes_neither_a_fallback_nor_bounds)
/* 0 when the struct of options that `like` is one of has all the options. */
#define OSP_ONLY_(like, ...) (0 * (int)sizeof((__typeof__(like)){ .none_ = 0, __VA_ARGS__ }))

/* Each item pastes to the form that describes it: form, source, member, options... */
#define OSP_ITEM_FIELD(...) SCALAR, FIELD, __VA_ARGS__,
#define OSP_ITEM_PATH(...) SCALAR, PATH, __VA_ARGS__,
#define OSP_ITEM_QUERY(...) SCALAR, QUERY, __VA_ARGS__,
#define OSP_ITEM_HEADER(...) SCALAR, HEADER, __VA_ARGS__,
#define OSP_ITEM_OBJECT(...) OBJECT, FIELD, __VA_ARGS__,
#define OSP_ITEM_BODY(...) OBJECT, BODY, __VA_ARGS__,
#define OSP_ITEM_MAYBE(...) POINTER, FIELD, __VA_ARGS__,
#define OSP_ITEM_LIST(...) LIST, FIELD, __VA_ARGS__,
#define OSP_ITEM_QUERY_LIST(...) LIST, QUERY, __VA_ARGS__,

#define OSP_HEAD_(T, source, member, kind, type)                                                   \
    .member_ = #member, .member_len_ = sizeof(#member) - 1, .offset_ = offsetof(T, member),        \
    .source_ = OSP_SOURCE_##source, .kind_ = (kind), .type_ = (type)

#define OSP_FORM_SCALAR(T, source, m, ...)                                                         \
    { OSP_HEAD_(T, source, m,                                                                      \
                OSP_KIND_OF(((T *)0)->m) +                                                         \
                    OSP_REQUIRE(OSP_KIND_OF(((T *)0)->m) != OSP_KIND_NONE,                         \
                                #T "." #m ": this C type is not a scalar; say OBJECT, LIST or "    \
                                          "MAYBE") +                                               \
                    OSP_ONLY_(OSP_SCALAR_OPTIONS_(((T *)0)->m), __VA_ARGS__),                      \
                NULL), __VA_ARGS__ },
#define OSP_FORM_OBJECT(T, source, m, M, ...)                                                      \
    { OSP_HEAD_(T, source, m,                                                                      \
                OSP_KIND_OBJECT + OSP_REQUIRE(OSP_IS(((T *)0)->m, M), #T "." #m " must be " #M) +  \
                    OSP_ONLY_(OSP_OBJECT_OPTIONS_##source##_, __VA_ARGS__),                        \
                &osp_type_##M), __VA_ARGS__ },
#define OSP_FORM_POINTER(T, source, m, M, ...)                                                     \
    { OSP_HEAD_(T, source, m,                                                                      \
                OSP_KIND_POINTER +                                                                 \
                    OSP_REQUIRE(OSP_IS(((T *)0)->m, M *), #T "." #m " must be " #M " *") +         \
                    OSP_ONLY_(OSP_OBJECT_OPTIONS_##source##_, __VA_ARGS__),                        \
                &osp_type_##M), __VA_ARGS__ },
#define OSP_FORM_LIST(T, source, m, M, ...)                                                        \
    { OSP_HEAD_(T, source, m,                                                                      \
                OSP_KIND_LIST +                                                                    \
                    OSP_REQUIRE(OSP_IS(((T *)0)->m, M##_list), #T "." #m " must be " #M "_list") + \
                    OSP_ONLY_(OSP_LIST_OPTIONS_##source##_(((T *)0)->m), __VA_ARGS__),             \
                &osp_type_##M), __VA_ARGS__ },

#define OSP_DESCRIBE(T, item) OSP_DESCRIBE_1(T, OSP_ITEM_##item)
#define OSP_DESCRIBE_1(T, ...) OSP_DESCRIBE_2(T, __VA_ARGS__)
#define OSP_DESCRIBE_2(T, form, ...) OSP_FORM_##form(T, __VA_ARGS__)

/* An unknown item pastes to one argument; what stands behind it then takes the place of the member
 * and names the mistake. */
#define OSP_SHADOW(T, item) OSP_SHADOW_1(T, OSP_ITEM_##item)
#define OSP_SHADOW_1(T, ...) OSP_SHADOW_2(T, __VA_ARGS__, , osp_unknown_item, )
#define OSP_SHADOW_2(T, form, source, m, ...) __typeof__(((T *)0)->m) m;

#define OSP_DRIFT(T, item) OSP_DRIFT_1(T, OSP_ITEM_##item)
#define OSP_DRIFT_1(T, ...) OSP_DRIFT_2(T, __VA_ARGS__, , osp_unknown_item, )
#define OSP_DRIFT_2(T, form, source, m, ...)                                                       \
    _Static_assert(offsetof(T, m) == offsetof(struct osp_shadow_##T, m),                           \
                   "OSP_TYPE(" #T "): a member of the struct is not listed, or not in the "        \
                   "struct's order; look before " #m);

/* Describes struct T by its items, in the order of its members. */
#define OSP_TYPE(T, ...)                                                                           \
    struct osp_shadow_##T { OSP_EACH(OSP_SHADOW, T, __VA_ARGS__, ) };                              \
    OSP_EACH(OSP_DRIFT, T, __VA_ARGS__, )                                                          \
    _Static_assert(sizeof(T) == sizeof(struct osp_shadow_##T),                                     \
                   "OSP_TYPE(" #T "): a member of the struct is not listed, or not in the "        \
                   "struct's order; look behind the last one listed");                             \
    static const osp_field osp_fields_##T[] = { OSP_EACH(OSP_DESCRIBE, T, __VA_ARGS__, ) };        \
    static const osp_type osp_type_##T __attribute__((unused)) = {                                 \
        .name = #T, .size = sizeof(T), .fields = osp_fields_##T,                                   \
        .field_count = sizeof(osp_fields_##T) / sizeof(osp_field), .kind = OSP_KIND_OBJECT,        \
        .file_ = __FILE__, .line_ = __LINE__ }

/* For types that refer to each other: makes `osp_type_T` known before it is described. */
#define OSP_FORWARD_TYPE(T) static const osp_type osp_type_##T

/* The kind of a scalar expression, found at compile time; OSP_KIND_NONE for anything else.  The
 * standard types are named, not int64_t and friends: those are other types on other targets. */
#define OSP_KIND_OF(x)                                                                             \
    _Generic((x), _Bool: OSP_KIND_BOOL, int: OSP_KIND_INT32, unsigned: OSP_KIND_UINT32,            \
             long: (sizeof(long) == 8 ? OSP_KIND_INT64 : OSP_KIND_INT32),                          \
             unsigned long: (sizeof(long) == 8 ? OSP_KIND_UINT64 : OSP_KIND_UINT32),               \
             long long: OSP_KIND_INT64, unsigned long long: OSP_KIND_UINT64,                       \
             double: OSP_KIND_DOUBLE, osp_str: OSP_KIND_STR, osp_opt_bool: OSP_KIND_OPT_BOOL,      \
             osp_opt_int: OSP_KIND_OPT_INT, osp_opt_double: OSP_KIND_OPT_DOUBLE,                   \
             osp_opt_str: OSP_KIND_OPT_STR, default: OSP_KIND_NONE)

#define OSP_IS(x, T) _Generic((x), T: 1, default: 0)

/* 0, or a compile error with `message` when `cond` is false. */
#ifdef __TINYC__
#define OSP_REQUIRE(cond, message) (0 * sizeof(struct { int osp_require_ : (cond) ? 1 : -1; }))
#else
#define OSP_REQUIRE(cond, message)                                                                 \
    (0 * sizeof(struct { int osp_require_; _Static_assert(cond, message); }))
#endif

/* ---------------------------------------------------------------- JSON for application code */

/* Encodes the T at `value` as JSON in the task's arena.  Returns the empty slice when it cannot be
 * written (invalid UTF-8, NaN, memory).  Yields: no. */
#define osp_json_of(task, T, value)                                                                \
    osp_task_json_encode(OSP_TASK_OF(task), &osp_type_##T,                                         \
                         (0 ? (const T *)0 : (value)))
OSP_API osp_str osp_task_json_encode(osp_task *task, const osp_type *type, const void *value);

#ifdef __cplusplus
}
#endif
#endif
