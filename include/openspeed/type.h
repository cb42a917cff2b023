/* Types are data: a struct is described once, and decoding, validation, encoding, documentation
 * and row mapping all read that description.
 *
 *     typedef struct User { int64_t id; osp_str email; osp_opt_str bio; } User;
 *     OSP_TYPE(User, FIELD(id), FIELD(email, .max_len = 254), FIELD(bio));
 *
 * OSP_TYPE defines `static const osp_type osp_type_User`.  It also declares a shadow struct of the
 * listed members and asserts that size and offsets are equal: a member that is left out, or out of
 * order, does not compile.
 *
 *     C member                              item
 *     bool, integers, float, double,        FIELD(m)         of the JSON object
 *     osp_str, osp_bytes, osp_decimal,      PATH(m) QUERY(m) HEADER(m) COOKIE(m) FORM(m)
 *     osp_time, osp_date, osp_duration,
 *     osp_uuid, osp_json, osp_opt_*
 *     osp_markup, osp_opt_markup            FIELD(m)         of what is written alone
 *     osp_upload, osp_opt_upload            FORM(m)          a file of a form; FORM_LIST(m, osp_upload)
 *     T with OSP_ENUM(T, ...)               ENUM(m, T)       also PATH_ENUM ... FORM_ENUM, and of
 *                                                            T_opt QUERY_OPT_ENUM ... FORM_OPT_ENUM
 *     T with OSP_TYPE or OSP_UNION          OBJECT(m, T)     also PATH_OBJECT ... ; BODY(m, T)
 *     T *m, NULL is absent                  MAYBE(m, T)
 *     T_opt with OSP_OPT_OF(T)              OPT(m, T), OPT_ENUM(m, T), OPT_LIST(m, T) for T_list
 *     T_list with OSP_LIST_OF(T)            LIST(m, T)       also PATH_LIST ... FORM_LIST
 *     T m[N]                                ARRAY(m, T)
 *     T_map with OSP_MAP_OF(T)              MAP(m, T)        members whose names are data
 *     osp_json_map                          EXTRA(m)         members that no other item names
 *     const T *m                            NEED(m, p)       what provider p gives, and WANT(m, p)
 *                                                            (provider.h)
 *     anything                              SKIP(m)          private to the application
 *     -                                     OPTIONS(...)     of the type itself, such as
 *                                                            .additional = OSP_REJECT, CHECK(fn) */
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

/* In JSON: base64 with padding (RFC 4648 section 4). */
typedef struct osp_bytes { const uint8_t *ptr; size_t len; } osp_bytes;
/* Microseconds since 1970-01-01T00:00:00Z.  In JSON: RFC 3339, "2026-01-31T12:00:00.5Z". */
typedef struct osp_time { int64_t us; } osp_time;
/* A day of the Gregorian calendar, years 0 to 9999.  In JSON: RFC 3339, "2026-01-31". */
typedef struct osp_date { int16_t year; uint8_t month, day; } osp_date;
/* In JSON: the part of ISO 8601 that is always the same time, "P3DT4H5M6.5S" or "P2W". */
typedef struct osp_duration { int64_t us; } osp_duration;
/* In JSON: RFC 9562, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6". */
typedef struct osp_uuid { uint8_t b[16]; } osp_uuid;
/* A decimal number of any size, exact: its own text, a number of JSON without exponent.  In JSON:
 * a string, "12.50". */
typedef struct osp_decimal { osp_str text; } osp_decimal;
/* HTML that is written as it stands where templates escape all else: whoever makes one promises that no
 * markup in it comes from outside.  Nothing is read as one.  In JSON: a string. */
typedef struct osp_markup { osp_str text; } osp_markup;
/* Any JSON value: its own text, checked.  osp_json_* of <openspeed/reflect.h> read it. */
typedef struct osp_json { osp_str text; } osp_json;
/* A file that a client sent in a form; lives as long as the request.  osp_upload_read and
 * osp_upload_save of <openspeed/form.h> read it.  What the client says of it may be a lie. */
typedef struct osp_upload {
    osp_str name;       /* as the client named it: any UTF-8, with folders; may be empty */
    osp_str safe_name;  /* one that is good for a file: osp_file_name_safe */
    osp_str media_type; /* as the client said; empty: nothing */
    uint64_t size;      /* bytes */
    osp_str content;    /* all of it; ptr is NULL: it is in a file */
    const struct osp_upload_file *file_;
} osp_upload;

/* The three states of an optional value. */
typedef enum osp_presence { OSP_ABSENT = 0, OSP_SET = 1, OSP_NULL = 2 } osp_presence;

/* A scalar that may be absent or null: `value` counts where `is` is OSP_SET. */
typedef struct osp_opt_bool { osp_presence is; bool value; } osp_opt_bool;
typedef struct osp_opt_int { osp_presence is; int64_t value; } osp_opt_int;
typedef struct osp_opt_uint { osp_presence is; uint64_t value; } osp_opt_uint;
typedef struct osp_opt_double { osp_presence is; double value; } osp_opt_double;
typedef struct osp_opt_str { osp_presence is; osp_str value; } osp_opt_str;
typedef struct osp_opt_bytes { osp_presence is; osp_bytes value; } osp_opt_bytes;
typedef struct osp_opt_decimal { osp_presence is; osp_decimal value; } osp_opt_decimal;
typedef struct osp_opt_markup { osp_presence is; osp_markup value; } osp_opt_markup;
typedef struct osp_opt_time { osp_presence is; osp_time value; } osp_opt_time;
typedef struct osp_opt_date { osp_presence is; osp_date value; } osp_opt_date;
typedef struct osp_opt_duration { osp_presence is; osp_duration value; } osp_opt_duration;
typedef struct osp_opt_uuid { osp_presence is; osp_uuid value; } osp_opt_uuid;
typedef struct osp_opt_json { osp_presence is; osp_json value; } osp_opt_json;
typedef struct osp_opt_upload { osp_presence is; osp_upload value; } osp_opt_upload;

/* Declares `T_opt`, an optional enum or object, for OPT and OPT_ENUM. */
#define OSP_OPT_OF(T) typedef struct T##_opt { osp_presence is; T value; } T##_opt

/* A present value for any optional: `.bio = SET(S("hello"))`. */
#define OSP_SET_TO(v) { OSP_SET, v }
#ifndef OSP_NO_SHORT_NAMES
#define SET(v) OSP_SET_TO(v)
#endif

/* Declares `T_list`, a counted array of T, for LIST members and query results. */
#define OSP_LIST_OF(T) typedef struct T##_list { T *items; size_t count; } T##_list

/* Those of the scalars. */
OSP_LIST_OF(osp_str);
OSP_LIST_OF(_Bool);
typedef _Bool_list bool_list; /* `bool` is a macro for _Bool: LIST(m, bool) takes it for either */
OSP_LIST_OF(int32_t);
OSP_LIST_OF(int64_t);
OSP_LIST_OF(uint32_t);
OSP_LIST_OF(uint64_t);
OSP_LIST_OF(double);
OSP_LIST_OF(osp_bytes);
OSP_LIST_OF(osp_decimal);
OSP_LIST_OF(osp_markup);
OSP_LIST_OF(osp_time);
OSP_LIST_OF(osp_date);
OSP_LIST_OF(osp_duration);
OSP_LIST_OF(osp_uuid);
OSP_LIST_OF(osp_json);
OSP_LIST_OF(osp_upload);

/* How every T_list and T_map looks in memory; generic code reads them through it. */
typedef struct osp_list { void *items; size_t count; } osp_list;

/* Declares `T_map`: names, in the order of the document, with a T each. */
#define OSP_MAP_OF(T)                                                                              \
    typedef struct T##_entry { osp_str key; T value; } T##_entry;                                  \
    typedef struct T##_map { T##_entry *items; size_t count; } T##_map

/* Those of some scalars. */
OSP_MAP_OF(osp_str);
OSP_MAP_OF(_Bool);
typedef _Bool_entry bool_entry;
typedef _Bool_map bool_map;
OSP_MAP_OF(int64_t);
OSP_MAP_OF(double);
OSP_MAP_OF(osp_json);

/* ---------------------------------------------------------------- descriptors */

/* What a member is in C. */
typedef enum osp_kind {
    OSP_KIND_NONE = 0, /* `void` */
    OSP_KIND_BOOL,
    OSP_KIND_INT32,
    OSP_KIND_INT64,
    OSP_KIND_UINT32,
    OSP_KIND_UINT64,
    OSP_KIND_FLOAT,
    OSP_KIND_DOUBLE,
    OSP_KIND_STR,
    OSP_KIND_DECIMAL,
    OSP_KIND_MARKUP, /* is written, and never read */
    OSP_KIND_BYTES,
    OSP_KIND_TIME,
    OSP_KIND_DATE,
    OSP_KIND_DURATION,
    OSP_KIND_UUID,
    OSP_KIND_ENUM,   /* an int with names; `type` has them */
    OSP_KIND_JSON,   /* text that is a JSON value */
    OSP_KIND_OBJECT, /* a struct; `type` describes it, and says whether it is a union */
    OSP_KIND_UNION,  /* a struct with a tag and a union; of a type, not of a field */
    OSP_KIND_LIST,   /* T_list; `type` describes T */
    OSP_KIND_ARRAY,  /* T[count_]; `type` describes T */
    OSP_KIND_MAP,    /* T_map; `type` describes T */
    OSP_KIND_STREAM, /* osp_body and osp_stream: bytes that are read or written as they come */
    OSP_KIND_UPLOAD, /* a file of a form */
    OSP_KIND_COUNT
} osp_kind;

/* Where a member of an input comes from. */
typedef enum osp_source {
    OSP_SOURCE_FIELD = 0, /* a member of the JSON object */
    OSP_SOURCE_PATH,
    OSP_SOURCE_QUERY,
    OSP_SOURCE_HEADER,
    OSP_SOURCE_COOKIE,
    OSP_SOURCE_FORM,  /* a pair of an urlencoded body, or a part of multipart/form-data */
    OSP_SOURCE_BODY,  /* the whole body */
    OSP_SOURCE_EXTRA, /* the members of the JSON object that nothing else names */
    OSP_SOURCE_COUNT
} osp_source;

/* What a string must look like. */
typedef enum osp_format {
    OSP_FORMAT_ANY = 0,
    OSP_FORMAT_EMAIL,    /* RFC 5321 section 4.1.2, without quoted local parts */
    OSP_FORMAT_URL,      /* http or https with a host (RFC 3986) */
    OSP_FORMAT_URI,      /* any scheme (RFC 3986 section 3) */
    OSP_FORMAT_HOSTNAME, /* RFC 1123 */
    OSP_FORMAT_IPV4,
    OSP_FORMAT_IPV6, /* RFC 4291 section 2.2 */
    OSP_FORMAT_SLUG, /* small letters, digits and single dashes between them */
    OSP_FORMAT_TIME, /* what an osp_time can be read from (RFC 3339), kept as it is */
    OSP_FORMAT_COUNT
} osp_format;

/* How lists and objects stand in a parameter: RFC 6570 as OpenAPI 3.1 section 4.8.12 names it. */
typedef enum osp_style {
    OSP_STYLE_DEFAULT = 0, /* form in queries, cookies and forms, simple in paths and headers */
    OSP_STYLE_FORM,        /* a=1&a=2, joined: a=1,2 */
    OSP_STYLE_SIMPLE,      /* 1,2 */
    OSP_STYLE_LABEL,       /* .1.2 */
    OSP_STYLE_MATRIX,      /* ;a=1;a=2, joined: ;a=1,2 */
    OSP_STYLE_SPACE,       /* a=1%202 */
    OSP_STYLE_PIPE,        /* a=1|2 */
    OSP_STYLE_DEEP,        /* a[x]=1&a[y]=2 */
    OSP_STYLE_COUNT
} osp_style;

/* What becomes of members of a JSON object that the type does not name. */
typedef enum osp_additional {
    OSP_IGNORE = 0, /* nothing; an EXTRA member keeps them */
    OSP_REJECT      /* each is an issue */
} osp_additional;

/* A type, a member of one, and what gives what a handler needs (provider.h). */
typedef struct osp_type osp_type;
typedef struct osp_field osp_field;
typedef struct osp_provider osp_provider;

/* What the library needs for some inputs alone: their types point at it, and no linker takes it
 * where none does. */
OSP_API extern const struct osp_form_parts osp_form_parts;

/* NULL when the value is good, else what is wrong, such as "must be even": static. */
typedef const char *(*osp_check_fn)(const void *value);

/* A bound with its presence: `.min = 0` could not be told from "no minimum". */
typedef struct osp_bound { bool is; double value; bool open; } osp_bound;
typedef struct osp_range { osp_bound min, max; } osp_range;

/* One member of a struct.  Names that end in `_` are written by the macros alone; the others are
 * the options of an item, zero being the default. */
struct osp_field {
    const char *member_;
    const osp_type *type_; /* of the object, enum or element; NULL for scalars */
    uint32_t offset_;
    uint32_t count_; /* items of an array */
    uint16_t member_len_;
    uint8_t kind_;     /* osp_kind */
    uint8_t source_;   /* osp_source */
    uint8_t value_at_; /* of an optional: bytes from its presence to its value; 0: none */
    bool indirect_;    /* the member is a pointer; NULL means absent */

    uint8_t format; /* osp_format of a string */
    uint8_t style;  /* osp_style of a list or object in a parameter */
    bool joined;    /* its items stand in one value: explode is false */
    bool nomatch;   /* a parameter that does not fit means that the URL is another's: 404 */
    bool secret;    /* read, but never written: to no answer, log, document or error */
    bool read_only, write_only; /* ignored on the way in; left out on the way out */
    bool deprecated;
    bool unique;    /* no two items of a list are equal */
    bool as_string; /* an integer stands in JSON as a string of digits */

    const char *name;     /* on the wire; the member's own name if NULL, of a header with dashes for
                           * underscores: user_agent reads User-Agent */
    const char *fallback; /* the value when absent, as it would stand in a query; makes it optional */
    uint32_t min_len;     /* characters of a string, bytes of osp_bytes or of a file, items */
    uint32_t max_len;     /* 0: no other limit than the body's */
    osp_range range_;
    double multiple_of;     /* 0: of any */
    const char *pattern;    /* PCRE2, found anywhere unless anchored */
    const osp_field *each_; /* what holds for each item of a list, array or map */
    osp_check_fn check_;
    const char *needs;   /* members that must be given with this one: "street,city" */
    const char *doc;     /* one sentence for people */
    const char *example; /* as it would stand in JSON */
    const char *media_types; /* of a file: "image/png, image/jpeg", of which any may end in a star */
};

/* What a NEED or WANT member of an input, or one of NEEDS, asks for. */
typedef struct osp_need {
    const osp_provider *provider; /* NULL: no OSP_PROVIDER makes it, or the end of the list */
    const char *name;             /* of the provider; NULL: the end of the list */
    const char *type;             /* of its value, as this file knows it */
    const char *member;           /* NULL: of NEEDS, which has none */
    uint32_t offset;              /* of the member, a pointer */
    bool optional;                /* WANT: it may be NULL */
} osp_need;

/* A name of an enum's value. */
typedef struct osp_name {
    int64_t value;
    const char *text;
    size_t len;
} osp_name;

/* A case of a union: what `name` in the discriminator means. */
typedef struct osp_case {
    int64_t value;
    const char *name;
    uint32_t offset;
    const osp_type *type;
} osp_case;

/* The description of a struct, union or enum, or of a predefined type. */
struct osp_type {
    const char *name;
    size_t size;
    const osp_field *fields;
    uint16_t field_count; /* at most 64 */
    uint8_t kind;         /* OSP_KIND_OBJECT, _UNION, _ENUM, or that of a predefined type */
    uint8_t additional;   /* osp_additional */
    int line_;            /* where it is described */
    const char *file_;    /* NULL for the predefined types */

    const osp_name *names; /* of an enum */
    const osp_case *cases; /* of a union */
    uint16_t name_count, case_count;
    uint32_t tag_offset;       /* of the union's tag, an int */
    const char *discriminator; /* the member of the JSON object that names the case */

    const osp_need *needs_; /* those that the members are; NULL: none */
    const struct osp_form_parts *form_; /* what reads a form in parts; NULL: no member is of a form */

    osp_check_fn check_; /* of the whole, when its members are good */
    const char *doc;     /* one sentence for people */
    const char *example; /* as JSON */
};

/* The scalars as types, so that an element of a list is a type like any other. */
OSP_API extern const osp_type osp_type_void, osp_type_osp_str, osp_type__Bool, osp_type_int32_t,
    osp_type_int64_t, osp_type_uint32_t, osp_type_uint64_t, osp_type_float, osp_type_double,
    osp_type_osp_decimal, osp_type_osp_markup, osp_type_osp_bytes, osp_type_osp_time, osp_type_osp_date,
    osp_type_osp_duration, osp_type_osp_uuid, osp_type_osp_json, osp_type_osp_upload;

/* ---------------------------------------------------------------- options of items */

/* Bounds of a number: both ends included, or excluded by ABOVE and BELOW. */
#define OSP_RANGE(lo, hi) .range_ = { { 1, (lo), 0 }, { 1, (hi), 0 } }
#define OSP_AT_LEAST(lo) .range_.min = { 1, (lo), 0 }
#define OSP_AT_MOST(hi) .range_.max = { 1, (hi), 0 }
#define OSP_ABOVE(lo) .range_.min = { 1, (lo), 1 }
#define OSP_BELOW(hi) .range_.max = { 1, (hi), 1 }
/* What holds for each item of a list, array or map: EACH(.max_len = 20). */
#define OSP_EACH_ITEM(...)                                                                         \
    .each_ = &(const osp_field){                                                                   \
        .kind_ = 0 * sizeof((__typeof__(*osp_item_options_)){ __VA_ARGS__ }), __VA_ARGS__          \
    }
/* A check of the application's own, made known before by OSP_CHECKER.  Where options are looked
 * through, osp_member_ and osp_item_ are pointers to what they are of, osp_item_options_ to what
 * EACH takes, and what is of another type does not compile; elsewhere they are the three below, of
 * which there are none. */
#define OSP_CHECKED_BY(fn)                                                                         \
    .check_ = _Generic(osp_member_, osp_any_member *: osp_check_##fn,                              \
                       osp_checked_by_##fn *: osp_check_##fn,                                      \
                       default: _Generic(osp_item_, osp_checked_by_##fn *: osp_check_##fn,         \
                                         default: *(struct osp_check_of_another_type *)0))
struct osp_check_of_another_type { char none_; }; /* compilers print it */
typedef struct osp_any_member osp_any_member;
extern osp_any_member *const osp_member_, *const osp_item_;
extern const osp_field *const osp_item_options_;
#ifndef OSP_NO_SHORT_NAMES
#define RANGE(lo, hi) OSP_RANGE(lo, hi)
#define AT_LEAST(lo) OSP_AT_LEAST(lo)
#define AT_MOST(hi) OSP_AT_MOST(hi)
#define ABOVE(lo) OSP_ABOVE(lo)
#define BELOW(hi) OSP_BELOW(hi)
#define EACH(...) OSP_EACH_ITEM(__VA_ARGS__)
#define CHECK(fn) OSP_CHECKED_BY(fn)
#endif

/* Makes `static const char *fn(const T *value)` a check of members of type T, or of T itself: it
 * returns NULL, or a sentence such as "must be even" that lives for ever. */
#define OSP_CHECKER(fn, T)                                                                         \
    _Static_assert(_Generic(&fn, const char *(*)(const T *): 1, default: 0),                       \
                   "the check must be: static const char *" #fn "(const " #T " *value)");          \
    typedef T osp_checked_by_##fn;                                                                 \
    static const char *osp_check_##fn(const void *value)                                           \
    {                                                                                              \
        return fn((const T *)value);                                                               \
    }                                                                                              \
    _Static_assert(1, "")

/* ---------------------------------------------------------------- inside: which options an item takes */

/* Which options an item takes.  Nothing is ever made of these structs: the options of each item
 * also initialise the one of its kind inside a sizeof, so that an option which would do nothing
 * does not compile.  Compilers print the tags, so these say what is wrong. */
#define OSP_OPTIONS_(tag, ...)                                                                     \
    struct tag {                                                                                   \
        char none_;                                                                                \
        const char *name, *doc, *example, *needs;                                                  \
        bool secret, read_only, write_only, deprecated, nomatch;                                   \
        osp_check_fn check_;                                                                       \
        __VA_ARGS__                                                                                \
    }
OSP_OPTIONS_(osp_number_takes_RANGE_not_min_len_and_max_len, const char *fallback;
             osp_range range_; double multiple_of; bool as_string;);
OSP_OPTIONS_(osp_string_takes_min_len_and_max_len_not_RANGE, const char *fallback;
             uint32_t min_len, max_len; const char *pattern; uint8_t format;);
OSP_OPTIONS_(osp_bytes_take_min_len_and_max_len_not_RANGE, const char *fallback;
             uint32_t min_len, max_len;);
OSP_OPTIONS_(osp_upload_takes_min_len_max_len_and_media_types_not_RANGE, uint32_t min_len, max_len;
             const char *media_types;);
OSP_OPTIONS_(osp_list_takes_min_len_and_max_len_not_RANGE, const char *fallback;
             uint32_t min_len, max_len; bool unique; const osp_field *each_;);
OSP_OPTIONS_(osp_map_takes_min_len_and_max_len_not_unique, const char *fallback;
             uint32_t min_len, max_len; const osp_field *each_;);
OSP_OPTIONS_(osp_parameter_list_takes_no_fallback_it_may_be_empty, uint32_t min_len, max_len;
             bool unique; const osp_field *each_; uint8_t style; bool joined;);
OSP_OPTIONS_(osp_scalar_takes_neither_RANGE_nor_min_len_and_max_len, const char *fallback;);
OSP_OPTIONS_(osp_array_has_a_fixed_length, bool unique; const osp_field *each_;);
OSP_OPTIONS_(osp_object_takes_neither_RANGE_nor_min_len_and_max_len, const char *fallback;);
OSP_OPTIONS_(osp_parameter_object_takes_neither_RANGE_nor_fallback, uint8_t style; bool joined;);
OSP_OPTIONS_(osp_body_takes_neither_a_fallback_nor_bounds, );
/* What comes from elsewhere than a member of JSON is always read and never written. */
struct osp_parameter_or_body_is_neither_read_only_nor_write_only {
    char none_;
    const char *name, *doc, *example, *needs, *fallback, *pattern, *media_types;
    bool secret, deprecated, nomatch, as_string, unique, joined;
    uint8_t format, style;
    uint32_t min_len, max_len;
    osp_range range_;
    double multiple_of;
    osp_check_fn check_;
    const osp_field *each_;
};
#define OSP_NO_OPTION_(tag) *(struct tag *)0
#define OSP_STRING_OPTIONS_ OSP_NO_OPTION_(osp_string_takes_min_len_and_max_len_not_RANGE)
#define OSP_BYTES_OPTIONS_ OSP_NO_OPTION_(osp_bytes_take_min_len_and_max_len_not_RANGE)
#define OSP_UPLOAD_OPTIONS_                                                                        \
    OSP_NO_OPTION_(osp_upload_takes_min_len_max_len_and_media_types_not_RANGE)
#define OSP_NUMBER_OPTIONS_ OSP_NO_OPTION_(osp_number_takes_RANGE_not_min_len_and_max_len)
#define OSP_PLAIN_OPTIONS_ OSP_NO_OPTION_(osp_scalar_takes_neither_RANGE_nor_min_len_and_max_len)
#define OSP_SCALAR_OPTIONS_(x)                                                                     \
    _Generic((x), osp_str: OSP_STRING_OPTIONS_, osp_opt_str: OSP_STRING_OPTIONS_,                  \
        osp_bytes: OSP_BYTES_OPTIONS_, osp_opt_bytes: OSP_BYTES_OPTIONS_,                          \
        _Bool: OSP_PLAIN_OPTIONS_, osp_opt_bool: OSP_PLAIN_OPTIONS_,                               \
        osp_time: OSP_PLAIN_OPTIONS_, osp_opt_time: OSP_PLAIN_OPTIONS_,                            \
        osp_date: OSP_PLAIN_OPTIONS_, osp_opt_date: OSP_PLAIN_OPTIONS_,                            \
        osp_duration: OSP_PLAIN_OPTIONS_, osp_opt_duration: OSP_PLAIN_OPTIONS_,                    \
        osp_uuid: OSP_PLAIN_OPTIONS_, osp_opt_uuid: OSP_PLAIN_OPTIONS_,                            \
        osp_json: OSP_PLAIN_OPTIONS_, osp_opt_json: OSP_PLAIN_OPTIONS_,                            \
        osp_upload: OSP_UPLOAD_OPTIONS_, osp_opt_upload: OSP_UPLOAD_OPTIONS_,                      \
        osp_markup: OSP_PLAIN_OPTIONS_, osp_opt_markup: OSP_PLAIN_OPTIONS_,                        \
        default: OSP_NUMBER_OPTIONS_)
/* Of items; enums pass for numbers. */
#define OSP_ITEM_OPTIONS_(x)                                                                       \
    _Generic((x), osp_str: OSP_STRING_OPTIONS_, osp_bytes: OSP_BYTES_OPTIONS_,                     \
        int: OSP_NUMBER_OPTIONS_, unsigned: OSP_NUMBER_OPTIONS_, long: OSP_NUMBER_OPTIONS_,        \
        unsigned long: OSP_NUMBER_OPTIONS_, long long: OSP_NUMBER_OPTIONS_,                        \
        unsigned long long: OSP_NUMBER_OPTIONS_, float: OSP_NUMBER_OPTIONS_,                       \
        double: OSP_NUMBER_OPTIONS_, osp_decimal: OSP_NUMBER_OPTIONS_,                             \
        osp_upload: OSP_UPLOAD_OPTIONS_,                                                           \
        default: OSP_PLAIN_OPTIONS_)
#define OSP_LIST_OPTIONS_FIELD_ OSP_NO_OPTION_(osp_list_takes_min_len_and_max_len_not_RANGE)
#define OSP_LIST_OPTIONS_QUERY_ OSP_NO_OPTION_(osp_parameter_list_takes_no_fallback_it_may_be_empty)
#define OSP_LIST_OPTIONS_PATH_ OSP_LIST_OPTIONS_QUERY_
#define OSP_LIST_OPTIONS_HEADER_ OSP_LIST_OPTIONS_QUERY_
#define OSP_LIST_OPTIONS_COOKIE_ OSP_LIST_OPTIONS_QUERY_
#define OSP_LIST_OPTIONS_FORM_ OSP_LIST_OPTIONS_QUERY_
#define OSP_OBJECT_OPTIONS_FIELD_                                                                  \
    OSP_NO_OPTION_(osp_object_takes_neither_RANGE_nor_min_len_and_max_len)
#define OSP_OBJECT_OPTIONS_QUERY_                                                                  \
    OSP_NO_OPTION_(osp_parameter_object_takes_neither_RANGE_nor_fallback)
#define OSP_OBJECT_OPTIONS_PATH_ OSP_OBJECT_OPTIONS_QUERY_
#define OSP_OBJECT_OPTIONS_HEADER_ OSP_OBJECT_OPTIONS_QUERY_
#define OSP_OBJECT_OPTIONS_COOKIE_ OSP_OBJECT_OPTIONS_QUERY_
#define OSP_OBJECT_OPTIONS_FORM_ OSP_OBJECT_OPTIONS_QUERY_
#define OSP_OBJECT_OPTIONS_BODY_ OSP_NO_OPTION_(osp_body_takes_neither_a_fallback_nor_bounds)
#define OSP_ARRAY_OPTIONS_ OSP_NO_OPTION_(osp_array_has_a_fixed_length)
#define OSP_MAP_OPTIONS_ OSP_NO_OPTION_(osp_map_takes_min_len_and_max_len_not_unique)
/* 0 when the struct of options that `like` is one of has all the options. */
#define OSP_ONLY_(like, ...) (0 * (int)sizeof((__typeof__(like)){ .none_ = 0, __VA_ARGS__ }))

/* The same for a member that checks see as *member, and for one that holds items. */
#define OSP_ONLY_OF_(like, member, ...)                                                            \
    (0 * (int)sizeof(void (*)(__typeof__(member) osp_member_,                                      \
                              char (*)[1 + OSP_ONLY_(like, __VA_ARGS__)])))
#define OSP_ONLY_OF_ITEMS_(like, member, item, ...)                                                \
    (0 * (int)sizeof(void (*)(member osp_member_, item osp_item_,                                  \
                              __typeof__(OSP_ITEM_OPTIONS_(*(item)0)) *osp_item_options_,          \
                              char (*)[1 + OSP_ONLY_(like, __VA_ARGS__)])))

/* The same for where a member comes from. */
#define OSP_ONLY_FROM_FIELD_(...) 0
#define OSP_ONLY_FROM_BODY_(...)                                                                   \
    OSP_ONLY_(OSP_NO_OPTION_(osp_parameter_or_body_is_neither_read_only_nor_write_only), __VA_ARGS__)
#define OSP_ONLY_FROM_PATH_(...) OSP_ONLY_FROM_BODY_(__VA_ARGS__)
#define OSP_ONLY_FROM_QUERY_(...) OSP_ONLY_FROM_BODY_(__VA_ARGS__)
#define OSP_ONLY_FROM_HEADER_(...) OSP_ONLY_FROM_BODY_(__VA_ARGS__)
#define OSP_ONLY_FROM_COOKIE_(...) OSP_ONLY_FROM_BODY_(__VA_ARGS__)
#define OSP_ONLY_FROM_FORM_(...) OSP_ONLY_FROM_BODY_(__VA_ARGS__)

/* ---------------------------------------------------------------- inside: items of OSP_TYPE */

/* Each item pastes to the form that describes it: form, source, member, options... */
#define OSP_ITEM_FIELD(...) SCALAR, FIELD, __VA_ARGS__,
#define OSP_ITEM_PATH(...) SCALAR, PATH, __VA_ARGS__,
#define OSP_ITEM_QUERY(...) SCALAR, QUERY, __VA_ARGS__,
#define OSP_ITEM_HEADER(...) SCALAR, HEADER, __VA_ARGS__,
#define OSP_ITEM_COOKIE(...) SCALAR, COOKIE, __VA_ARGS__,
#define OSP_ITEM_FORM(...) SCALAR, FORM, __VA_ARGS__,
#define OSP_ITEM_ENUM(...) ENUM, FIELD, __VA_ARGS__,
#define OSP_ITEM_PATH_ENUM(...) ENUM, PATH, __VA_ARGS__,
#define OSP_ITEM_QUERY_ENUM(...) ENUM, QUERY, __VA_ARGS__,
#define OSP_ITEM_HEADER_ENUM(...) ENUM, HEADER, __VA_ARGS__,
#define OSP_ITEM_COOKIE_ENUM(...) ENUM, COOKIE, __VA_ARGS__,
#define OSP_ITEM_FORM_ENUM(...) ENUM, FORM, __VA_ARGS__,
#define OSP_ITEM_LIST(...) LIST, FIELD, __VA_ARGS__,
#define OSP_ITEM_PATH_LIST(...) LIST, PATH, __VA_ARGS__,
#define OSP_ITEM_QUERY_LIST(...) LIST, QUERY, __VA_ARGS__,
#define OSP_ITEM_HEADER_LIST(...) LIST, HEADER, __VA_ARGS__,
#define OSP_ITEM_COOKIE_LIST(...) LIST, COOKIE, __VA_ARGS__,
#define OSP_ITEM_FORM_LIST(...) LIST, FORM, __VA_ARGS__,
#define OSP_ITEM_OBJECT(...) OBJECT, FIELD, __VA_ARGS__,
#define OSP_ITEM_PATH_OBJECT(...) OBJECT, PATH, __VA_ARGS__,
#define OSP_ITEM_QUERY_OBJECT(...) OBJECT, QUERY, __VA_ARGS__,
#define OSP_ITEM_HEADER_OBJECT(...) OBJECT, HEADER, __VA_ARGS__,
#define OSP_ITEM_COOKIE_OBJECT(...) OBJECT, COOKIE, __VA_ARGS__,
#define OSP_ITEM_FORM_OBJECT(...) OBJECT, FORM, __VA_ARGS__,
#define OSP_ITEM_BODY(...) OBJECT, BODY, __VA_ARGS__,
#define OSP_ITEM_MAYBE(...) POINTER, FIELD, __VA_ARGS__,
#define OSP_ITEM_OPT(...) OPT, FIELD, __VA_ARGS__,
#define OSP_ITEM_OPT_ENUM(...) OPT_ENUM, FIELD, __VA_ARGS__,
#define OSP_ITEM_QUERY_OPT_ENUM(...) OPT_ENUM, QUERY, __VA_ARGS__,
#define OSP_ITEM_HEADER_OPT_ENUM(...) OPT_ENUM, HEADER, __VA_ARGS__,
#define OSP_ITEM_COOKIE_OPT_ENUM(...) OPT_ENUM, COOKIE, __VA_ARGS__,
#define OSP_ITEM_FORM_OPT_ENUM(...) OPT_ENUM, FORM, __VA_ARGS__,
#define OSP_ITEM_OPT_LIST(...) OPT_LIST, FIELD, __VA_ARGS__,
#define OSP_ITEM_ARRAY(...) ARRAY, FIELD, __VA_ARGS__,
#define OSP_ITEM_MAP(...) MAP, FIELD, __VA_ARGS__,
#define OSP_ITEM_EXTRA(...) EXTRA, EXTRA, __VA_ARGS__,
#define OSP_ITEM_NEED(...) NEED, NEED, __VA_ARGS__,
#define OSP_ITEM_WANT(...) WANT, NEED, __VA_ARGS__,
#define OSP_ITEM_SKIP(...) SKIP, FIELD, __VA_ARGS__,
#define OSP_ITEM_OPTIONS(...) OPTIONS, TYPE, (__VA_ARGS__),

#define OSP_HEAD_(T, source, member, kind, type)                                                   \
    .member_ = #member, .member_len_ = sizeof(#member) - 1, .offset_ = offsetof(T, member),        \
    .source_ = OSP_SOURCE_##source, .kind_ = (kind), .type_ = (type)

#define OSP_MUST_BE_(T, m, C) OSP_REQUIRE(OSP_IS(((T *)0)->m, C), #T "." #m " must be " #C)

#define OSP_FORM_SCALAR(T, source, m, ...)                                                         \
    { OSP_HEAD_(T, source, m,                                                                      \
                OSP_KIND_OF(((T *)0)->m) +                                                         \
                    OSP_REQUIRE(OSP_KIND_OF(((T *)0)->m) != OSP_KIND_NONE,                         \
                                #T "." #m ": this C type is not a scalar such as int64_t, double " \
                                          "or osp_str; for others say OBJECT, LIST, ARRAY, MAP, "  \
                                          "ENUM or MAYBE") +                                       \
                    OSP_REQUIRE(OSP_SOURCE_##source == OSP_SOURCE_FORM ||                          \
                                    !OSP_IS_UPLOAD_(((T *)0)->m),                                  \
                                #T "." #m ": a file comes from a form: say FORM(" #m ")") +         \
                    OSP_REQUIRE(OSP_SOURCE_##source == OSP_SOURCE_FIELD ||                         \
                                    !OSP_IS_MARKUP_(((T *)0)->m),                                  \
                                #T "." #m ": markup is written and never read") +                  \
                    OSP_ONLY_OF_(OSP_SCALAR_OPTIONS_(((T *)0)->m), OSP_VALUE_OF_(((T *)0)->m),     \
                                 __VA_ARGS__) +                                                    \
                    OSP_ONLY_FROM_##source##_(__VA_ARGS__),                                        \
                NULL),                                                                             \
      .value_at_ = OSP_VALUE_AT(((T *)0)->m), __VA_ARGS__ },
#define OSP_FORM_ENUM(T, source, m, E, ...)                                                        \
    { OSP_HEAD_(T, source, m,                                                                      \
                OSP_KIND_ENUM + OSP_MUST_BE_(T, m, E) +                                            \
                    OSP_ONLY_OF_(OSP_PLAIN_OPTIONS_, E *, __VA_ARGS__) +                           \
                    OSP_ONLY_FROM_##source##_(__VA_ARGS__),                                        \
                &osp_type_##E), __VA_ARGS__ },
#define OSP_FORM_OBJECT(T, source, m, M, ...)                                                      \
    { OSP_HEAD_(T, source, m,                                                                      \
                OSP_KIND_OBJECT + OSP_MUST_BE_(T, m, M) +                                          \
                    OSP_ONLY_OF_(OSP_OBJECT_OPTIONS_##source##_, M *, __VA_ARGS__) +               \
                    OSP_ONLY_FROM_##source##_(__VA_ARGS__),                                        \
                &osp_type_##M), __VA_ARGS__ },
#define OSP_FORM_POINTER(T, source, m, M, ...)                                                     \
    { OSP_HEAD_(T, source, m,                                                                      \
                OSP_KIND_OBJECT +                                                                  \
                    OSP_REQUIRE(OSP_IS(((T *)0)->m, M *), #T "." #m " must be " #M " *") +         \
                    OSP_ONLY_OF_(OSP_OBJECT_OPTIONS_##source##_, M *, __VA_ARGS__),                \
                &osp_type_##M), .indirect_ = 1, __VA_ARGS__ },
#define OSP_FORM_LIST(T, source, m, M, ...)                                                        \
    { OSP_HEAD_(T, source, m,                                                                      \
                OSP_KIND_LIST + OSP_MUST_BE_(T, m, M##_list) +                                     \
                    OSP_ONLY_OF_ITEMS_(OSP_LIST_OPTIONS_##source##_, M##_list *, M *,              \
                                       __VA_ARGS__) +                                              \
                    OSP_ONLY_FROM_##source##_(__VA_ARGS__),                                        \
                &osp_type_##M), __VA_ARGS__ },
#define OSP_FORM_OPT(T, source, m, M, ...)                                                         \
    { OSP_HEAD_(T, source, m,                                                                      \
                OSP_KIND_OBJECT + OSP_MUST_BE_(T, m, M##_opt) +                                    \
                    OSP_ONLY_OF_(OSP_OBJECT_OPTIONS_##source##_, M *, __VA_ARGS__),                \
                &osp_type_##M), .value_at_ = offsetof(M##_opt, value), __VA_ARGS__ },
#define OSP_FORM_OPT_ENUM(T, source, m, E, ...)                                                    \
    { OSP_HEAD_(T, source, m,                                                                      \
                OSP_KIND_ENUM + OSP_MUST_BE_(T, m, E##_opt) +                                      \
                    OSP_ONLY_OF_(OSP_PLAIN_OPTIONS_, E *, __VA_ARGS__) +                           \
                    OSP_ONLY_FROM_##source##_(__VA_ARGS__),                                        \
                &osp_type_##E), .value_at_ = offsetof(E##_opt, value), __VA_ARGS__ },
#define OSP_FORM_OPT_LIST(T, source, m, M, ...)                                                    \
    { OSP_HEAD_(T, source, m,                                                                      \
                OSP_KIND_LIST + OSP_MUST_BE_(T, m, M##_list_opt) +                                 \
                    OSP_ONLY_OF_ITEMS_(OSP_LIST_OPTIONS_##source##_, M##_list *, M *,              \
                                       __VA_ARGS__),                                               \
                &osp_type_##M), .value_at_ = offsetof(M##_list_opt, value), __VA_ARGS__ },
#define OSP_FORM_ARRAY(T, source, m, M, ...)                                                       \
    { OSP_HEAD_(T, source, m,                                                                      \
                OSP_KIND_ARRAY +                                                                   \
                    OSP_REQUIRE(OSP_IS(&((T *)0)->m[0], M *), #T "." #m " must be " #M " [N]") +   \
                    OSP_ONLY_OF_ITEMS_(OSP_ARRAY_OPTIONS_, M *, M *, __VA_ARGS__),                 \
                &osp_type_##M), .count_ = sizeof(((T *)0)->m) / sizeof(M), __VA_ARGS__ },
#define OSP_FORM_MAP(T, source, m, M, ...)                                                         \
    { OSP_HEAD_(T, source, m,                                                                      \
                OSP_KIND_MAP + OSP_MUST_BE_(T, m, M##_map) +                                       \
                    OSP_ONLY_OF_ITEMS_(OSP_MAP_OPTIONS_, M##_map *, M *, __VA_ARGS__),             \
                &osp_type_##M), __VA_ARGS__ },
#define OSP_FORM_EXTRA(T, source, m, ...)                                                          \
    { OSP_HEAD_(T, source, m, OSP_KIND_MAP + OSP_MUST_BE_(T, m, osp_json_map),                     \
                &osp_type_osp_json), __VA_ARGS__ },
#define OSP_FORM_SKIP(T, source, m, ...)
#define OSP_FORM_NEED(T, source, m, ...)
#define OSP_FORM_WANT(T, source, m, ...)
#define OSP_FORM_OPTIONS(T, source, ...)

#define OSP_DESCRIBE(T, item) OSP_DESCRIBE_1(T, OSP_ITEM_##item)
#define OSP_DESCRIBE_1(T, ...) OSP_DESCRIBE_2(T, __VA_ARGS__)
#define OSP_DESCRIBE_2(T, form, ...) OSP_FORM_##form(T, __VA_ARGS__)

/* An unknown item pastes to one argument; what stands behind it then takes the place of the member
 * and names the mistake. */
#define OSP_SHADOW(T, item) OSP_SHADOW_1(T, OSP_ITEM_##item)
#define OSP_SHADOW_1(T, ...) OSP_SHADOW_2(T, __VA_ARGS__, , osp_unknown_item, )
#define OSP_SHADOW_2(T, form, source, m, ...) OSP_SHADOW_OF_##source(T, m) OSP_SHADOW_MARK_##form(m)
#define OSP_SHADOW_OF_(T, m) __typeof__(((T *)0)->m) m;
#define OSP_SHADOW_OF_FIELD(T, m) OSP_SHADOW_OF_(T, m)
#define OSP_SHADOW_OF_PATH(T, m) OSP_SHADOW_OF_(T, m)
#define OSP_SHADOW_OF_QUERY(T, m) OSP_SHADOW_OF_(T, m)
#define OSP_SHADOW_OF_HEADER(T, m) OSP_SHADOW_OF_(T, m)
#define OSP_SHADOW_OF_COOKIE(T, m) OSP_SHADOW_OF_(T, m)
#define OSP_SHADOW_OF_FORM(T, m) OSP_SHADOW_OF_(T, m)
#define OSP_SHADOW_OF_BODY(T, m) OSP_SHADOW_OF_(T, m)
#define OSP_SHADOW_OF_EXTRA(T, m) OSP_SHADOW_OF_(T, m)
#define OSP_SHADOW_OF_NEED(T, m) OSP_SHADOW_OF_(T, m)
#define OSP_SHADOW_OF_TYPE(T, option)
/* Notes for the build, which reads the compiler's own type information: the item is for an enum.
 * They have no size. */
#define OSP_SHADOW_MARK_ENUM(m) char osp_enum_##m[0];
#define OSP_SHADOW_MARK_SKIP(m) char osp_skip_##m[0];
#define OSP_SHADOW_MARK_OPT_ENUM(m)
#define OSP_SHADOW_MARK_SCALAR(m)
#define OSP_SHADOW_MARK_OBJECT(m)
#define OSP_SHADOW_MARK_POINTER(m)
#define OSP_SHADOW_MARK_OPT(m)
#define OSP_SHADOW_MARK_LIST(m)
#define OSP_SHADOW_MARK_OPT_LIST(m)
#define OSP_SHADOW_MARK_ARRAY(m)
#define OSP_SHADOW_MARK_MAP(m)
#define OSP_SHADOW_MARK_EXTRA(m)
#define OSP_SHADOW_MARK_NEED(m)
#define OSP_SHADOW_MARK_WANT(m)
#define OSP_SHADOW_MARK_OPTIONS(m)

#define OSP_DRIFT(T, item) OSP_DRIFT_1(T, OSP_ITEM_##item)
#define OSP_DRIFT_1(T, ...) OSP_DRIFT_2(T, __VA_ARGS__, , osp_unknown_item, )
#define OSP_DRIFT_2(T, form, source, m, ...) OSP_DRIFT_OF_##source(T, m)
#define OSP_DRIFT_OF_(T, m)                                                                        \
    _Static_assert(offsetof(T, m) == offsetof(struct osp_shadow_##T, m),                           \
                   "OSP_TYPE(" #T "): a member of the struct is not listed, or not in the "        \
                   "struct's order; look before " #m);
#define OSP_DRIFT_OF_FIELD(T, m) OSP_DRIFT_OF_(T, m)
#define OSP_DRIFT_OF_PATH(T, m) OSP_DRIFT_OF_(T, m)
#define OSP_DRIFT_OF_QUERY(T, m) OSP_DRIFT_OF_(T, m)
#define OSP_DRIFT_OF_HEADER(T, m) OSP_DRIFT_OF_(T, m)
#define OSP_DRIFT_OF_COOKIE(T, m) OSP_DRIFT_OF_(T, m)
#define OSP_DRIFT_OF_FORM(T, m) OSP_DRIFT_OF_(T, m)
#define OSP_DRIFT_OF_BODY(T, m) OSP_DRIFT_OF_(T, m)
#define OSP_DRIFT_OF_EXTRA(T, m) OSP_DRIFT_OF_(T, m)
#define OSP_DRIFT_OF_NEED(T, m) OSP_DRIFT_OF_(T, m)
#define OSP_DRIFT_OF_TYPE(T, option)

/* What OPTIONS says, and nothing for any other item. */
#define OSP_OPTION(T, item) OSP_OPTION_1(OSP_ITEM_##item)
#define OSP_OPTION_1(...) OSP_OPTION_2(__VA_ARGS__, FIELD, , )
#define OSP_OPTION_2(form, source, options, ...) OSP_OPTION_OF_##source(options)
#define OSP_OPTION_OF_FIELD(m)
#define OSP_OPTION_OF_PATH(m)
#define OSP_OPTION_OF_QUERY(m)
#define OSP_OPTION_OF_HEADER(m)
#define OSP_OPTION_OF_COOKIE(m)
#define OSP_OPTION_OF_FORM(m)
#define OSP_OPTION_OF_BODY(m)
#define OSP_OPTION_OF_EXTRA(m)
#define OSP_OPTION_OF_NEED(m)
#define OSP_OPTION_OF_TYPE(options) OSP_OPTION_LIST options,
#define OSP_OPTION_LIST(...) __VA_ARGS__
/* 0 when the check among the options is one of T. */
#define OSP_ONLY_OF_TYPE_(T, ...)                                                                  \
    (0 * sizeof(void (*)(T *osp_member_, char (*)[sizeof((osp_type){ .size = 0, __VA_ARGS__ })])))

/* "+ 1" for an item of a form, "+ 0" for any other. */
#define OSP_FORMED(T, item) OSP_FORMED_1(OSP_ITEM_##item)
#define OSP_FORMED_1(...) OSP_FORMED_2(__VA_ARGS__, , osp_unknown_item, )
#define OSP_FORMED_2(form, source, ...) + OSP_IS_FORM_##source
#define OSP_IS_FORM_ 0
#define OSP_IS_FORM_FIELD 0
#define OSP_IS_FORM_PATH 0
#define OSP_IS_FORM_QUERY 0
#define OSP_IS_FORM_HEADER 0
#define OSP_IS_FORM_COOKIE 0
#define OSP_IS_FORM_FORM 1
#define OSP_IS_FORM_BODY 0
#define OSP_IS_FORM_EXTRA 0
#define OSP_IS_FORM_TYPE 0
#define OSP_IS_FORM_NEED 0

/* What NEED and WANT ask for, and nothing for any other item. */
#define OSP_NEEDED(T, item) OSP_NEEDED_1(T, OSP_ITEM_##item)
#define OSP_NEEDED_1(T, ...) OSP_NEEDED_2(T, __VA_ARGS__, , osp_unknown_item, )
#define OSP_NEEDED_2(T, form, source, ...) OSP_NEEDED_OF_##source(T, form, __VA_ARGS__)
#define OSP_NEEDED_OF_(...)
#define OSP_NEEDED_OF_FIELD(...)
#define OSP_NEEDED_OF_PATH(...)
#define OSP_NEEDED_OF_QUERY(...)
#define OSP_NEEDED_OF_HEADER(...)
#define OSP_NEEDED_OF_COOKIE(...)
#define OSP_NEEDED_OF_FORM(...)
#define OSP_NEEDED_OF_BODY(...)
#define OSP_NEEDED_OF_EXTRA(...)
#define OSP_NEEDED_OF_TYPE(...)
#define OSP_NEEDED_OF_NEED(T, form, m, p, ...)                                                     \
    { .provider = &osp_provider_##p, .name = #p, .type = osp_provided_type_##p, .member = #m,      \
      .offset = offsetof(T, m) + OSP_REQUIRE(OSP_IS(((T *)0)->m, const osp_provided_by_##p *),     \
                                             #T "." #m " must be a const pointer to what " #p      \
                                             " provides"),                                         \
      .optional = OSP_IS_OPTIONAL_##form },
#define OSP_IS_OPTIONAL_NEED 0
#define OSP_IS_OPTIONAL_WANT 1

/* ---------------------------------------------------------------- describing types */

/* Describes struct T by its items, in the order of its members. */
#define OSP_TYPE(T, ...)                                                                           \
    struct osp_shadow_##T { char OSP_CAT(osp_line_, __LINE__)[0];                                  \
                            OSP_EACH(OSP_SHADOW, T, __VA_ARGS__, ) };                              \
    OSP_EACH(OSP_DRIFT, T, __VA_ARGS__, )                                                          \
    _Static_assert(sizeof(T) == sizeof(struct osp_shadow_##T),                                     \
                   "OSP_TYPE(" #T "): a member of the struct is not listed, or not in the "        \
                   "struct's order; look behind the last one listed");                             \
    static const osp_field osp_fields_##T[] = { OSP_EACH(OSP_DESCRIBE, T, __VA_ARGS__, )           \
                                                { .member_ = NULL } }; /* no array is empty */     \
    static const osp_need osp_needs_##T[] __attribute__((unused)) = {                              \
        OSP_EACH(OSP_NEEDED, T, __VA_ARGS__, ) { .name = NULL } };                                 \
    static const osp_type osp_type_##T __attribute__((unused)) = {                                 \
        .name = #T,                                                                                \
        .size = sizeof(T) + OSP_ONLY_OF_TYPE_(T, OSP_EACH(OSP_OPTION, T, __VA_ARGS__, )),          \
        .fields = osp_fields_##T,                                                                  \
        .field_count = sizeof(osp_fields_##T) / sizeof(osp_field) - 1, .kind = OSP_KIND_OBJECT,    \
        .needs_ = sizeof(osp_needs_##T) > sizeof(osp_need) ? osp_needs_##T : NULL,                 \
        .form_ = (0 OSP_EACH(OSP_FORMED, T, __VA_ARGS__, )) != 0 ? &osp_form_parts : NULL,         \
        .file_ = __FILE__, .line_ = __LINE__, OSP_EACH(OSP_OPTION, T, __VA_ARGS__, ) }

/* For types that refer to each other: makes `osp_type_T` known before it is described. */
#define OSP_FORWARD_TYPE(T) static const osp_type osp_type_##T

/* Names the values of an enum:
 *     typedef enum Role { ROLE_ADMIN, ROLE_USER } Role;
 *     OSP_ENUM(Role, (ROLE_ADMIN, "admin"), (ROLE_USER, "user")); */
#define OSP_ENUM(E, ...)                                                                           \
    _Static_assert(sizeof(E) == sizeof(int), "OSP_ENUM(" #E "): the enum must be an int");         \
    static const osp_name osp_names_##E[] = { OSP_EACH(OSP_ENUM_NAME, E, __VA_ARGS__, ) };         \
    static const osp_type osp_type_##E __attribute__((unused)) = {                                 \
        .name = #E, .size = sizeof(E), .kind = OSP_KIND_ENUM, .names = osp_names_##E,              \
        .name_count = sizeof(osp_names_##E) / sizeof(osp_name), .file_ = __FILE__,                 \
        .line_ = __LINE__ }
#define OSP_ENUM_NAME(E, pair) OSP_ENUM_NAME_1 pair,
#define OSP_ENUM_NAME_1(constant, words) { (constant), "" words, sizeof(words) - 1 }

/* A struct with a tag and an anonymous union, told apart by a member of the JSON object:
 *     typedef struct Shape { ShapeKind is; union { Circle circle; Square square; }; } Shape;
 *     OSP_UNION(Shape, is, "type", CASE(SHAPE_CIRCLE, "circle", circle, Circle),
 *                                  CASE(SHAPE_SQUARE, "square", square, Square)); */
#define OSP_UNION(T, tag, member, ...)                                                             \
    _Static_assert(sizeof(((T *)0)->tag) == sizeof(int), #T "." #tag " must be an enum or int");   \
    static const osp_case osp_cases_##T[] = { OSP_EACH(OSP_UNION_ROW, T, __VA_ARGS__, ) };        \
    static const osp_type osp_type_##T __attribute__((unused)) = {                                 \
        .name = #T, .size = sizeof(T), .kind = OSP_KIND_UNION, .cases = osp_cases_##T,             \
        .case_count = sizeof(osp_cases_##T) / sizeof(osp_case), .tag_offset = offsetof(T, tag),    \
        .discriminator = member, .file_ = __FILE__, .line_ = __LINE__ }
#define OSP_UNION_ROW(T, item) OSP_UNION_ROW_1(T, OSP_UNION_##item)
#define OSP_UNION_ROW_1(T, ...) OSP_UNION_ROW_2(T, __VA_ARGS__)
#define OSP_UNION_ROW_2(T, constant, words, m, M)                                                 \
    { (constant) + OSP_MUST_BE_(T, m, M), "" words, offsetof(T, m), &osp_type_##M },
#define OSP_UNION_CASE(constant, words, m, M) constant, words, m, M

/* ---------------------------------------------------------------- inside: what an expression is */

/* The kind of a scalar expression, found at compile time; OSP_KIND_NONE for anything else.  An
 * optional has the kind of its value.  The standard types are named, not int64_t and friends: those
 * are other types on other targets. */
#define OSP_KIND_OF(x)                                                                             \
    _Generic((x), _Bool: OSP_KIND_BOOL, int: OSP_KIND_INT32, unsigned: OSP_KIND_UINT32,            \
             long: (sizeof(long) == 8 ? OSP_KIND_INT64 : OSP_KIND_INT32),                          \
             unsigned long: (sizeof(long) == 8 ? OSP_KIND_UINT64 : OSP_KIND_UINT32),               \
             long long: OSP_KIND_INT64, unsigned long long: OSP_KIND_UINT64,                       \
             float: OSP_KIND_FLOAT, double: OSP_KIND_DOUBLE,                                       \
             osp_str: OSP_KIND_STR, osp_opt_str: OSP_KIND_STR,                                     \
             osp_decimal: OSP_KIND_DECIMAL, osp_opt_decimal: OSP_KIND_DECIMAL,                     \
             osp_markup: OSP_KIND_MARKUP, osp_opt_markup: OSP_KIND_MARKUP,                         \
             osp_bytes: OSP_KIND_BYTES, osp_opt_bytes: OSP_KIND_BYTES,                             \
             osp_time: OSP_KIND_TIME, osp_opt_time: OSP_KIND_TIME,                                 \
             osp_date: OSP_KIND_DATE, osp_opt_date: OSP_KIND_DATE,                                 \
             osp_duration: OSP_KIND_DURATION, osp_opt_duration: OSP_KIND_DURATION,                 \
             osp_uuid: OSP_KIND_UUID, osp_opt_uuid: OSP_KIND_UUID,                                 \
             osp_json: OSP_KIND_JSON, osp_opt_json: OSP_KIND_JSON,                                 \
             osp_upload: OSP_KIND_UPLOAD, osp_opt_upload: OSP_KIND_UPLOAD,                         \
             osp_opt_bool: OSP_KIND_BOOL, osp_opt_int: OSP_KIND_INT64,                             \
             osp_opt_uint: OSP_KIND_UINT64, osp_opt_double: OSP_KIND_DOUBLE,                       \
             default: OSP_KIND_NONE)

/* Bytes from an optional's presence to its value; 0 for what is none. */
#define OSP_VALUE_AT(x)                                                                            \
    _Generic((x), osp_opt_bool: offsetof(osp_opt_bool, value),                                     \
             osp_opt_int: offsetof(osp_opt_int, value),                                            \
             osp_opt_uint: offsetof(osp_opt_uint, value),                                          \
             osp_opt_double: offsetof(osp_opt_double, value),                                      \
             osp_opt_str: offsetof(osp_opt_str, value),                                            \
             osp_opt_decimal: offsetof(osp_opt_decimal, value),                                    \
             osp_opt_markup: offsetof(osp_opt_markup, value),                                      \
             osp_opt_bytes: offsetof(osp_opt_bytes, value),                                        \
             osp_opt_time: offsetof(osp_opt_time, value),                                          \
             osp_opt_date: offsetof(osp_opt_date, value),                                          \
             osp_opt_duration: offsetof(osp_opt_duration, value),                                  \
             osp_opt_uuid: offsetof(osp_opt_uuid, value),                                          \
             osp_opt_json: offsetof(osp_opt_json, value),                                          \
             osp_opt_upload: offsetof(osp_opt_upload, value), default: 0)

/* A pointer to what is behind an optional's presence, or to what is none. */
#define OSP_VALUE_OF_(x)                                                                           \
    _Generic((x), osp_opt_bool: (_Bool *)0, osp_opt_int: (int64_t *)0,                             \
             osp_opt_uint: (uint64_t *)0, osp_opt_double: (double *)0, osp_opt_str: (osp_str *)0,  \
             osp_opt_bytes: (osp_bytes *)0, osp_opt_decimal: (osp_decimal *)0,                     \
             osp_opt_markup: (osp_markup *)0,                                                      \
             osp_opt_time: (osp_time *)0, osp_opt_date: (osp_date *)0,                             \
             osp_opt_duration: (osp_duration *)0, osp_opt_uuid: (osp_uuid *)0,                     \
             osp_opt_json: (osp_json *)0, osp_opt_upload: (osp_upload *)0, default: &(x))

#define OSP_IS(x, T) _Generic((x), T: 1, default: 0)
#define OSP_IS_MARKUP_(x) _Generic((x), osp_markup: 1, osp_opt_markup: 1, default: 0)
#define OSP_IS_UPLOAD_(x) _Generic((x), osp_upload: 1, osp_opt_upload: 1, default: 0)

/* 0, or a compile error with `message` when `cond` is false. */
#ifdef __TINYC__
#define OSP_REQUIRE(cond, message) (0 * sizeof(struct { int osp_require_ : (cond) ? 1 : -1; }))
#else
#define OSP_REQUIRE(cond, message)                                                                 \
    (0 * sizeof(struct { int osp_require_; _Static_assert(cond, message); }))
#endif

/* A pointer to a T; anything else does not compile. */
#define OSP_IN_(T, value) _Generic((value), T * : (value), const T * : (value))

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
