/* Queries: SQL in, typed rows out.
 *
 *     Card_list cards = osp_db_query(ctx, Card, "SELECT slug, title FROM article WHERE author_id = ?", me->id);
 *     const User *user = osp_db_one(ctx, User, "SELECT * FROM user WHERE email = ?", in->email);
 *
 * Columns are mapped to the members of the row type by name: the member's C name first, its wire
 * name second.  A column named "author.username" fills a member of a nested object; a text column
 * that meets a list or an object is decoded as JSON.  A column without a member is an error, and
 * so is a NULL that meets a member that is not optional, or such a member (but for lists and those
 * with a fallback) without a column.
 *
 * Failure is sticky: a failed query marks the task, later queries do nothing and give nothing, and
 * the request answers 500 whatever the handler returns.  So "no row" and "database down" cannot be
 * taken for each other.  The log names the line of the call that failed.  osp_recover() reads and
 * clears the mark. */
#ifndef OPENSPEED_DATA_H
#define OPENSPEED_DATA_H

#include <openspeed/base.h>
#include <openspeed/transaction.h>
#include <openspeed/type.h>

/* Behind the includes, which would inherit it: their functions that must be checked would not be. */
#pragma GCC system_header

#ifdef __cplusplus
extern "C" {
#endif

/* One bound parameter, or one column of a row. */
typedef enum osp_value_kind {
    OSP_VALUE_NULL = 0,
    OSP_VALUE_INT,
    OSP_VALUE_DOUBLE,
    OSP_VALUE_TEXT,
    OSP_VALUE_BYTES,    /* in `s`: a BLOB */
    OSP_VALUE_DATE,     /* bound as its text, 2026-01-31 */
    OSP_VALUE_UUID,     /* bound as its text */
    OSP_VALUE_TOO_LARGE /* an integer above INT64_MAX, in `u`: the query fails with OSP_E_INVALID */
} osp_value_kind;

/* Its value; OSP_VALUE makes it. */
typedef struct osp_value {
    osp_value_kind kind;
    union { int64_t i; uint64_t u; double d; osp_str s; osp_date date; osp_uuid uuid; } as;
} osp_value;

/* An instant and a duration are bound as their microseconds, a decimal and JSON as their text: what
 * a member of the same type reads back.  So is an enum, as its integer. */
OSP_API osp_value osp_value_of_int(int64_t v);
OSP_API osp_value osp_value_of_uint(uint64_t v);
OSP_API osp_value osp_value_of_double(double v);
OSP_API osp_value osp_value_of_str(osp_str v);
OSP_API osp_value osp_value_of_text(const char *v); /* NULL binds SQL's NULL */
OSP_API osp_value osp_value_of_bytes(osp_bytes v);
OSP_API osp_value osp_value_of_decimal(osp_decimal v);
OSP_API osp_value osp_value_of_time(osp_time v);
OSP_API osp_value osp_value_of_date(osp_date v);
OSP_API osp_value osp_value_of_duration(osp_duration v);
OSP_API osp_value osp_value_of_uuid(osp_uuid v);
OSP_API osp_value osp_value_of_json(osp_json v);
OSP_API osp_value osp_value_of_opt_bool(osp_opt_bool v);
OSP_API osp_value osp_value_of_opt_int(osp_opt_int v);
OSP_API osp_value osp_value_of_opt_uint(osp_opt_uint v);
OSP_API osp_value osp_value_of_opt_double(osp_opt_double v);
OSP_API osp_value osp_value_of_opt_str(osp_opt_str v);
OSP_API osp_value osp_value_of_opt_bytes(osp_opt_bytes v);
OSP_API osp_value osp_value_of_opt_decimal(osp_opt_decimal v);
OSP_API osp_value osp_value_of_opt_time(osp_opt_time v);
OSP_API osp_value osp_value_of_opt_date(osp_opt_date v);
OSP_API osp_value osp_value_of_opt_duration(osp_opt_duration v);
OSP_API osp_value osp_value_of_opt_uuid(osp_opt_uuid v);
OSP_API osp_value osp_value_of_opt_json(osp_opt_json v);

/* The types that can be a parameter: X(type, what makes a value of it). */
#define OSP_VALUE_TYPES(X)                                                                         \
    X(_Bool, int) X(signed char, int) X(unsigned char, int) X(short, int) X(unsigned short, int)   \
    X(int, int) X(unsigned, int) X(long, int) X(unsigned long, uint) X(long long, int)             \
    X(unsigned long long, uint) X(float, double) X(double, double) X(osp_str, str) X(char *, text) \
    X(const char *, text) X(osp_bytes, bytes) X(osp_decimal, decimal) X(osp_time, time)            \
    X(osp_date, date) X(osp_duration, duration) X(osp_uuid, uuid) X(osp_json, json)                \
    X(osp_opt_bool, opt_bool) X(osp_opt_int, opt_int) X(osp_opt_uint, opt_uint)                    \
    X(osp_opt_double, opt_double) X(osp_opt_str, opt_str) X(osp_opt_bytes, opt_bytes)              \
    X(osp_opt_decimal, opt_decimal) X(osp_opt_time, opt_time) X(osp_opt_date, opt_date)            \
    X(osp_opt_duration, opt_duration) X(osp_opt_uuid, opt_uuid) X(osp_opt_json, opt_json)

/* The parameter made of any scalar; absent and null optionals bind SQL's NULL. */
#define OSP_VALUE(x) _Generic((x) OSP_VALUE_TYPES(OSP_VALUE_CASE_))(x)
#define OSP_VALUE_CASE_(T, name) , T: osp_value_of_##name
#define OSP_VALUE_ITEM(unused, x) OSP_VALUE(x),
/* One message for a parameter of any other type, whatever the compiler calls the rest. */
#define OSP_VALUE_CHECK(unused, x)                                                                 \
    _Static_assert(_Generic((x) OSP_VALUE_TYPES(OSP_VALUE_IS_), default: 0),                       \
                   "a parameter of a query must be a bool, an integer, a float or double, "        \
                   "an osp_str, a char *, an osp_bytes or other scalar, or an osp_opt_*: not so " #x);
#define OSP_VALUE_IS_(T, name) , T: 1

/* Without it a variable is a syntax error, which says nothing.  tcc has no such question. */
#ifdef __TINYC__
#define OSP_SQL_CHECK_(sql)
#else
#define OSP_SQL_CHECK_(sql)                                                                        \
    _Static_assert(__builtin_constant_p(sql),                                                      \
                   "the SQL of a query must be a string literal; what varies is a parameter");
#endif

/* All rows of a statement as a T_list in the task's arena.  Parameters follow the SQL, which is a
 * string literal (it is the key of the statement cache).  Yields: only when the statement is a
 * write, runs beyond the step budget, or must wait for a connection. */
#define osp_db_query(task, T, ...) OSP_DB_QUERY_(task, T, __VA_ARGS__, )
#define OSP_DB_QUERY_(task, T, sql, ...)                                                           \
    __extension__({                                                                                \
        OSP_SQL_CHECK_(sql)                                                                        \
        OSP_EACH(OSP_VALUE_CHECK, , __VA_ARGS__)                                                   \
        const osp_value osp_values_[OSP_COUNT(__VA_ARGS__) + 1] = { OSP_EACH(OSP_VALUE_ITEM, , __VA_ARGS__) { 0 } };         \
        T##_list osp_rows_ = { 0 };                                                                \
        osp_list osp_list_ = osp_db_rows(OSP_TASK_OF(task), &osp_type_##T, "" sql, osp_values_,    \
                                         OSP_COUNT(__VA_ARGS__), OSP_HERE);                        \
        osp_rows_.items = (T *)osp_list_.items;                                                    \
        osp_rows_.count = osp_list_.count;                                                         \
        osp_rows_;                                                                                 \
    })

/* The first row of a statement, or NULL when there is none.  Yields: as osp_db_query. */
#define osp_db_one(task, T, ...) OSP_DB_ONE_(task, T, __VA_ARGS__, )
#define OSP_DB_ONE_(task, T, sql, ...)                                                             \
    __extension__({                                                                                \
        OSP_SQL_CHECK_(sql)                                                                        \
        OSP_EACH(OSP_VALUE_CHECK, , __VA_ARGS__)                                                   \
        const osp_value osp_values_[OSP_COUNT(__VA_ARGS__) + 1] = { OSP_EACH(OSP_VALUE_ITEM, , __VA_ARGS__) { 0 } };         \
        (T *)osp_db_row(OSP_TASK_OF(task), &osp_type_##T, "" sql, osp_values_,                     \
                        OSP_COUNT(__VA_ARGS__), OSP_HERE);                                         \
    })

/* Runs a statement for its effect.  Returns the number of rows changed, 0 after a failure.
 * Yields: yes. */
#define osp_db_exec(task, ...) OSP_DB_EXEC_(task, __VA_ARGS__, )
#define OSP_DB_EXEC_(task, sql, ...)                                                               \
    __extension__({                                                                                \
        OSP_SQL_CHECK_(sql)                                                                        \
        OSP_EACH(OSP_VALUE_CHECK, , __VA_ARGS__)                                                   \
        const osp_value osp_values_[OSP_COUNT(__VA_ARGS__) + 1] = { OSP_EACH(OSP_VALUE_ITEM, , __VA_ARGS__) { 0 } };         \
        osp_db_change(OSP_TASK_OF(task), "" sql, osp_values_,                                      \
                      OSP_COUNT(__VA_ARGS__), OSP_HERE);                                           \
    })

/* Runs an INSERT.  Returns the rowid of the row that it inserted last, which is the value of its
 * INTEGER PRIMARY KEY; 0 when it inserted none (ON CONFLICT) or failed.  Yields: yes. */
#define osp_db_insert(task, ...) OSP_DB_INSERT_(task, __VA_ARGS__, )
#define OSP_DB_INSERT_(task, sql, ...)                                                             \
    __extension__({                                                                                \
        OSP_SQL_CHECK_(sql)                                                                        \
        OSP_EACH(OSP_VALUE_CHECK, , __VA_ARGS__)                                                   \
        const osp_value osp_values_[OSP_COUNT(__VA_ARGS__) + 1] = { OSP_EACH(OSP_VALUE_ITEM, , __VA_ARGS__) { 0 } };         \
        osp_db_add(OSP_TASK_OF(task), "" sql, osp_values_,                                         \
                   OSP_COUNT(__VA_ARGS__), OSP_HERE);                                              \
    })

/* What these macros call; `here` is named by the log. */
OSP_API osp_list osp_db_rows(osp_task *task, const osp_type *row, const char *sql,
                             const osp_value *values, size_t count, const osp_place *here);
OSP_API void *osp_db_row(osp_task *task, const osp_type *row, const char *sql,
                         const osp_value *values, size_t count, const osp_place *here);
OSP_API int64_t osp_db_change(osp_task *task, const char *sql, const osp_value *values,
                              size_t count, const osp_place *here);
OSP_API int64_t osp_db_add(osp_task *task, const char *sql, const osp_value *values, size_t count,
                           const osp_place *here);

/* Runs the block that follows for each row of a statement that reads, however many there are: they
 * are in memory by OSP_SQLITE_BATCH_MAX and no more.
 *
 *     OSP_DB_EACH(ctx, Card, card, "SELECT slug, title FROM article WHERE author_id = ?", id) {
 *         OSP_TRY(osp_write(ctx, osp_format(...)));
 *     }
 *
 * `card`, a const Card *, and what it points at last until the next row.  All rows are of one moment:
 * what others write meanwhile is not seen, nor is what this task writes, but in a transaction.  The
 * block may wait, and be left by break, return and goto.  After a failure it is not run again: the
 * failure is sticky, as that of any query.
 *
 * That moment does not last for ever: OSP_DB_STATEMENT_S behind the first row the database lets go
 * of it, and the next row is a failure, OSP_E_DEADLINE.  At most OSP_SQLITE_STREAMS_MAX of a worker are
 * read so at once, others wait for their turn; who reads one already does not wait, but fails with
 * OSP_E_BUSY.  Yields: yes. */
#define OSP_DB_EACH(task, T, row, ...) OSP_DB_EACH_(task, T, row, __VA_ARGS__, )
#define OSP_DB_EACH_(task, T, row, sql, ...)                                                       \
    for (osp_db_each osp_each_ __attribute__((cleanup(osp_db_each_close))) = __extension__({       \
             OSP_SQL_CHECK_(sql)                                                                   \
             OSP_EACH(OSP_VALUE_CHECK, , __VA_ARGS__)                                              \
             const osp_value osp_values_[OSP_COUNT(__VA_ARGS__) + 1] = { OSP_EACH(OSP_VALUE_ITEM, , __VA_ARGS__) { 0 } };    \
             osp_db_each_open(OSP_TASK_OF(task), &osp_type_##T, "" sql, osp_values_,               \
                              OSP_COUNT(__VA_ARGS__), OSP_HERE);                                   \
         });                                                                                       \
         osp_each_.cursor != NULL; osp_db_each_close(&osp_each_))                                  \
        for (const T *row = (const T *)osp_db_each_next(&osp_each_); row != NULL;                  \
             row = (const T *)osp_db_each_next(&osp_each_))

/* Rows that are read one by one; of OSP_DB_EACH alone. */
typedef struct osp_db_each {
    osp_task *task;
    const osp_place *here;
    struct osp_db_cursor *cursor; /* NULL: there are no more */
} osp_db_each;
OSP_API osp_db_each osp_db_each_open(osp_task *task, const osp_type *row, const char *sql,
                                     const osp_value *values, size_t count, const osp_place *here);
OSP_API void *osp_db_each_next(osp_db_each *each);
OSP_API void osp_db_each_close(osp_db_each *each);

/* Runs the block that follows in one write transaction.  It commits at the end of the block.  It
 * rolls back when the block is left by return, break or goto, when a query in it failed, and when
 * osp_fail or osp_fail_field was called before its end: a client that reads of a failure may believe
 * that nothing has changed.  A failed commit is a sticky failure.
 * Within another transaction it is a savepoint: rolling back undoes the block alone, and what it
 * has changed lasts when all around it commit.  What has failed in it fails those around it too,
 * unless osp_recover is called behind it.
 * The writer is held meanwhile: do not wait for anything slow inside.  Yields: yes. */
#define OSP_TRANSACTION(task)                                                                      \
    for (osp_transaction osp_tx_ __attribute__((cleanup(osp_transaction_leave))) =                 \
             osp_transaction_enter(OSP_TASK_OF(task), OSP_HERE);                                   \
         osp_tx_.open; osp_transaction_commit(&osp_tx_))

/* What this macro is made of: enter begins, commit ends well, leave rolls back what has not ended. */
typedef struct osp_transaction { osp_task *task; const osp_place *here; bool open; } osp_transaction;
OSP_API osp_transaction osp_transaction_enter(osp_task *task, const osp_place *here);
OSP_API void osp_transaction_commit(osp_transaction *tx);
OSP_API void osp_transaction_leave(osp_transaction *tx);

#ifdef __cplusplus
}
#endif
#endif
