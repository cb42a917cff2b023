/* Queries that stand in .sql files, as functions of C.
 *
 *     -- name: article_by_slug                                    lib/article.sql
 *     SELECT slug, title FROM article WHERE slug = :slug;
 *
 *     Article *article_by_slug(osp_ctx *ctx, osp_str slug);       lib/article.h, where others call
 * it
 *
 *     OSP_QUERY_ONE(Article, article_by_slug, (osp_str, slug));   lib/article.c
 *
 * The macro defines the function; its arguments fill the parameters of the statement by name.  They
 * are pairs of a type and a name, and names of described structs, each of whose members is one:
 *
 *     OSP_QUERY_EXEC(article_add, (int64_t, author_id), NewArticle);
 *     int64_t article_add(osp_ctx *ctx, int64_t author_id, const NewArticle *article);
 *
 * `openspeed build` runs the application's migrations in memory, prepares each query there and
 * compares it with its function: names of tables and columns, parameters and arguments, columns and
 * members of the row.  What does not fit is an error with its place in the .sql file, and nothing
 * that fails so is ever served.
 *
 * Rows, failures and waiting are those of osp_db_query, osp_db_one and osp_db_exec (data.h), and
 * the statement runs as fast: its text is a constant. */
#ifndef OPENSPEED_QUERY_H
#define OPENSPEED_QUERY_H

#include <openspeed/data.h>

/* Behind the includes, which would inherit it. */
#pragma GCC system_header

#ifdef __cplusplus
extern "C" {
#endif

#define OSP_QUERY_ARGS_MAX 64 /* pairs and structs of one query */

/* What a query gives. */
typedef enum osp_query_gives {
    OSP_QUERY_GIVES_ROWS = 1, /* all of them, as a list */
    OSP_QUERY_GIVES_ONE,      /* the first one, or NULL */
    OSP_QUERY_GIVES_CHANGES   /* how many rows it has changed */
} osp_query_gives;

/* An argument of a query: one value, or the members of a struct. */
typedef struct osp_query_arg {
    uint8_t kind;         /* osp_kind of a value */
    const char *name;     /* of a value; NULL: of a struct */
    const osp_type *type; /* of a struct; NULL: of a value */
} osp_query_arg;

/* Where a piece of a statement stands that is put together of parts. */
typedef struct osp_query_piece {
    uint32_t at; /* its first byte in the statement */
    int line, column;
} osp_query_piece;

/* A statement and where it stands; the build writes it. */
typedef struct osp_query_text {
    const char *sql;
    osp_place place; /* of its first word in the .sql file */
    int column;
    uint32_t piece_count;
    const osp_query_piece *pieces; /* in their order; NULL: it stands there as it is */
} osp_query_text;

/* A query as its declaration says it. */
typedef struct osp_query {
    int line; /* of the declaration; the build reads it in the object */
    osp_query_gives gives;
    const char *file;
    const char *name;
    const osp_type *row; /* NULL: it gives changes */
    const osp_query_arg *args;
    size_t arg_count;
    const osp_query_text *text;
} osp_query;

/* T_list name(osp_ctx *ctx, ...): all rows, in the task's arena; none after a failure.
 * Yields: as osp_db_query. */
#define OSP_QUERY(T, ...) OSP_QUERY_1(T, __VA_ARGS__, )
#define OSP_QUERY_1(T, name, ...)                                                                  \
    OSP_QUERY_DECLARE(OSP_QUERY_GIVES_ROWS, &osp_type_##T, name, __VA_ARGS__)                      \
    T##_list name(osp_any_task osp_task_ OSP_EACH(OSP_QUERY_PARAMETER, , __VA_ARGS__));            \
    T##_list name(osp_any_task osp_task_ OSP_EACH(OSP_QUERY_PARAMETER, , __VA_ARGS__))             \
    {                                                                                              \
        T##_list osp_rows_ = { 0 };                                                                \
        OSP_QUERY_VALUES(name, __VA_ARGS__)                                                        \
        osp_list osp_list_ =                                                                       \
            osp_db_query_rows(OSP_ANY_TASK_OF(osp_task_), &osp_query_##name, osp_values_);         \
        osp_rows_.items = (T *)osp_list_.items;                                                    \
        osp_rows_.count = osp_list_.count;                                                         \
        return osp_rows_;                                                                          \
    }                                                                                              \
    extern const osp_query osp_query_##name

/* T *name(osp_ctx *ctx, ...): the first row, in the task's arena; NULL when there is none and after
 * a failure.  Yields: as osp_db_one. */
#define OSP_QUERY_ONE(T, ...) OSP_QUERY_ONE_1(T, __VA_ARGS__, )
#define OSP_QUERY_ONE_1(T, name, ...)                                                              \
    OSP_QUERY_DECLARE(OSP_QUERY_GIVES_ONE, &osp_type_##T, name, __VA_ARGS__)                       \
    T *name(osp_any_task osp_task_ OSP_EACH(OSP_QUERY_PARAMETER, , __VA_ARGS__));                  \
    T *name(osp_any_task osp_task_ OSP_EACH(OSP_QUERY_PARAMETER, , __VA_ARGS__))                   \
    {                                                                                              \
        OSP_QUERY_VALUES(name, __VA_ARGS__)                                                        \
        return (T *)osp_db_query_row(OSP_ANY_TASK_OF(osp_task_), &osp_query_##name, osp_values_);  \
    }                                                                                              \
    extern const osp_query osp_query_##name

/* int64_t name(osp_ctx *ctx, ...): the number of rows changed, 0 after a failure.  Yields: yes. */
#define OSP_QUERY_EXEC(...) OSP_QUERY_EXEC_1(__VA_ARGS__, )
#define OSP_QUERY_EXEC_1(name, ...)                                                                \
    OSP_QUERY_DECLARE(OSP_QUERY_GIVES_CHANGES, NULL, name, __VA_ARGS__)                            \
    int64_t name(osp_any_task osp_task_ OSP_EACH(OSP_QUERY_PARAMETER, , __VA_ARGS__));             \
    int64_t name(osp_any_task osp_task_ OSP_EACH(OSP_QUERY_PARAMETER, , __VA_ARGS__))              \
    {                                                                                              \
        OSP_QUERY_VALUES(name, __VA_ARGS__)                                                        \
        return osp_db_query_change(OSP_ANY_TASK_OF(osp_task_), &osp_query_##name, osp_values_);    \
    }                                                                                              \
    extern const osp_query osp_query_##name

/* What a query takes first: an osp_ctx * or an osp_task *, whichever the application's own
 * declaration of the function says; without one, either.  tcc knows no such type: there it is an
 * osp_ctx *. */
#ifdef __TINYC__
typedef osp_ctx *osp_any_task;
#define OSP_ANY_TASK_OF(any) OSP_TASK_OF(any)
#else
typedef union osp_any_task {
    osp_ctx *ctx;
    osp_task *task;
} osp_any_task __attribute__((transparent_union));
#define OSP_ANY_TASK_OF(any) ((any).task)
#endif

/* ---------------------------------------------------------------- inside: declaring a query */

#define OSP_QUERY_DECLARE(what, row_type, query, ...)                                              \
    extern const osp_query_text osp_sql_##query;                                                   \
    extern const osp_query osp_query_##query;                                                      \
    static const osp_query_arg osp_args_##query[] = {                                              \
        OSP_EACH(OSP_QUERY_ARG, , __VA_ARGS__) { .name = NULL } }; /* no array is empty */         \
    const osp_query osp_query_##query = {                                                          \
        .line = __LINE__, .gives = what, .file = __FILE__, .name = #query, .row = row_type,        \
        .args = osp_args_##query, .arg_count = OSP_COUNT(__VA_ARGS__), .text = &osp_sql_##query }; \
    OSP_EACH(OSP_QUERY_CHECK, , __VA_ARGS__)

/* Which of the two forms an item has: 1 for (type, name), 0 for a struct. */
#define OSP_QUERY_IS_PAIR(item) OSP_QUERY_IS_PAIR_1(OSP_QUERY_PROBE item, 0, )
#define OSP_QUERY_IS_PAIR_1(...) OSP_QUERY_IS_PAIR_2(__VA_ARGS__)
#define OSP_QUERY_IS_PAIR_2(a, is, ...) is
#define OSP_QUERY_PROBE(...) , 1

#define OSP_QUERY_PARAMETER(unused, item)                                                          \
    OSP_CAT(OSP_QUERY_PARAMETER_, OSP_QUERY_IS_PAIR(item))(item)
#define OSP_QUERY_PARAMETER_1(pair) OSP_QUERY_PARAMETER_2 pair
#define OSP_QUERY_PARAMETER_2(T, name) , T name
#define OSP_QUERY_PARAMETER_0(T) , const T *osp_of_##T

#define OSP_QUERY_ARG(unused, item) OSP_CAT(OSP_QUERY_ARG_, OSP_QUERY_IS_PAIR(item))(item)
#define OSP_QUERY_ARG_1(pair) OSP_QUERY_ARG_2 pair
#define OSP_QUERY_ARG_2(T, name) { OSP_QUERY_KIND_OF(*(T *)0), #name, NULL },
#define OSP_QUERY_ARG_0(T)                                                                         \
    { OSP_KIND_OBJECT + 0 * sizeof(osp_fields_##T), NULL, &osp_type_##T },
#define OSP_QUERY_KIND_OF(x)                                                                       \
    (uint8_t)(OSP_IS(x, char *) || OSP_IS(x, const char *) ? OSP_KIND_STR : OSP_KIND_OF(x))

#define OSP_QUERY_CHECK(unused, item) OSP_CAT(OSP_QUERY_CHECK_, OSP_QUERY_IS_PAIR(item))(item)
#define OSP_QUERY_CHECK_1(pair) OSP_QUERY_CHECK_2 pair
#define OSP_QUERY_CHECK_2(T, name)                                                                 \
    _Static_assert(_Generic(*(T *)0 OSP_VALUE_TYPES(OSP_VALUE_IS_), default : 0),                  \
                   "an argument of a query must be a bool, an integer, a float or double, "        \
                   "an osp_str, a char *, osp_bytes or another scalar, or an osp_opt_*: not so "   \
                   #name);
#define OSP_QUERY_CHECK_0(T)

/* The values of all arguments, those of structs member by member. */
#define OSP_QUERY_VALUES(query, ...)                                                               \
    osp_value osp_values_[1 OSP_EACH(OSP_QUERY_COUNT, , __VA_ARGS__)];                             \
    osp_value *osp_next_ = osp_values_;                                                            \
    OSP_EACH(OSP_QUERY_VALUE, query, __VA_ARGS__)                                                  \
    (void)osp_next_;
#define OSP_QUERY_COUNT(unused, item) OSP_CAT(OSP_QUERY_COUNT_, OSP_QUERY_IS_PAIR(item))(item)
#define OSP_QUERY_COUNT_1(pair) +1
#define OSP_QUERY_COUNT_0(T) +(sizeof(osp_fields_##T) / sizeof(osp_field) - 1)
#define OSP_QUERY_VALUE(query, item) OSP_CAT(OSP_QUERY_VALUE_, OSP_QUERY_IS_PAIR(item))(query, item)
#define OSP_QUERY_VALUE_1(query, pair) OSP_QUERY_VALUE_2 pair
#define OSP_QUERY_VALUE_2(T, name) *osp_next_++ = OSP_VALUE(name);
#define OSP_QUERY_VALUE_0(query, T)                                                                \
    osp_next_ = osp_query_members(OSP_ANY_TASK_OF(osp_task_), &osp_query_##query, &osp_type_##T,   \
                                  osp_of_##T, osp_next_);

/* What the functions call. */
OSP_API osp_list osp_db_query_rows(osp_task *task, const osp_query *query, const osp_value *values);
OSP_API void *osp_db_query_row(osp_task *task, const osp_query *query, const osp_value *values);
OSP_API int64_t osp_db_query_change(osp_task *task, const osp_query *query,
                                    const osp_value *values);
/* Writes a value for each member; returns the place behind the last one.  What has a text form is
 * written as text, what has not as JSON, in the task's arena; want of memory is a sticky failure.
 */
OSP_API osp_value *osp_query_members(osp_task *task, const osp_query *query, const osp_type *type,
                                     const void *members, osp_value *values);

#ifdef __cplusplus
}
#endif
#endif
