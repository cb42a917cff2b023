/* What a database driver is to the rest of OpenSpeed. */
#ifndef OSP_DATA_DB_H
#define OSP_DATA_DB_H

#include <openspeed/manifest.h>
#include <openspeed/query.h>

#include "base/task.h"

typedef struct osp_db osp_db;
typedef struct osp_db_cursor osp_db_cursor; /* of data.h, each driver's own */

/* One statement to run.  The driver appends rows of `row` to the result. */
typedef struct osp_db_call {
    const osp_type *row;    /* NULL: rows are not wanted */
    const char *sql;        /* static */
    const osp_query *query; /* whose arguments the values are; NULL: they are in the SQL's order */
    const osp_value *values;
    size_t value_count;
    size_t rows_max;   /* 0: no limit but the arena's */
    bool wants_id;     /* of the row it inserts */
    osp_list ret_rows; /* in the task's arena */
    int64_t ret_changes;
    int64_t ret_id; /* 0: it inserted none, or nobody wants to know */
} osp_db_call;

typedef struct osp_db_driver {
    const char *name;
    osp_status (*run)(osp_db *db, osp_task *task, osp_db_call *call, osp_error *err);
    /* A transaction, or within one a savepoint; each begin that gives OSP_OK has its end. */
    osp_status (*begin)(osp_db *db, osp_task *task, osp_error *err);
    osp_status (*end)(osp_db *db, osp_task *task, bool commit, osp_error *err);
    /* Rows one by one.  call: what stays of it is copied. */
    osp_status (*each_open)(osp_db *db, osp_task *task, const osp_db_call *call,
                            osp_db_cursor **ret_cursor, osp_error *err);
    /* OSP_OK: *ret_row lasts until the next call | OSP_DONE | a failure.  Whatever it is, close
     * follows. */
    osp_status (*each_next)(osp_db_cursor *cursor, void **ret_row, osp_error *err);
    void (*each_close)(osp_db_cursor *cursor);
} osp_db_driver;

/* The head of every driver's own struct. */
struct osp_db {
    const osp_db_driver *driver;
};

/* Key of the osp_db * among a task's services. */
extern const char osp_db_key;

/* A column of a result, mapped to the place it fills. */
typedef struct osp_column {
    const osp_field *field;
    uint32_t offset; /* from the start of the row struct */
} osp_column;

/* Maps a column by name ("author.username" reaches into nested objects).
 * OSP_OK | OSP_E_DB_SCHEMA (err names the column). */
OSP_MUST_CHECK osp_status osp_column_find(const osp_type *row, osp_str name, osp_column *ret_column,
                                          osp_error *err);

/* Whether every member that cannot be absent has its column: a scalar that is not optional and has
 * no fallback would be empty as if that were its value.  Lists may be filled by another query.
 * OSP_OK | OSP_E_DB_SCHEMA (err names the member). */
OSP_MUST_CHECK osp_status osp_columns_check(const osp_type *row, const osp_column *columns,
                                            size_t count, osp_error *err);

/* Stores one value of a row; text is copied into the arena.  The kind must fit the member:
 * OSP_OK | OSP_E_DB_SCHEMA | OSP_E_NOMEM. */
OSP_MUST_CHECK osp_status osp_column_store(const osp_column *column, void *row, osp_value value,
                                           osp_arena *arena, osp_error *err);

/* The text that a value of a kind without a place in SQL is bound as: a date, a UUID.
 *
 * out      OSP_VALUE_TEXT_SIZE bytes
 * Returns  its length */
#define OSP_VALUE_TEXT_SIZE 40
size_t osp_value_text(const osp_value *value, char *out);
/* Whether a date is a day of the calendar, which alone has a text. */
bool osp_value_is_day(const osp_value *value);

/* The value that fills a parameter of a query.
 *
 * name        of the parameter, without its colon
 * ret_index   among the values that its function makes
 * ret_member  of a struct; NULL: an argument of its own
 * Returns     false when no argument has that name */
bool osp_query_find(const osp_query *query, osp_str name, size_t *ret_index,
                    const osp_field **ret_member);

/* Rows of one struct, growing in an arena. */
typedef struct osp_rows {
    const osp_type *type;
    osp_arena *arena;
    size_t most; /* that there will be; 0: not known */
    char *items;
    size_t count, cap;
} osp_rows;
/* A zeroed row at the end, or NULL. */
void *osp_rows_add(osp_rows *rows);

#endif
