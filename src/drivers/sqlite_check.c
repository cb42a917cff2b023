/* Compares the queries of .sql files with the schema and with their functions, when the application
 * is built.
 *
 *     :memory: --migrations--> the schema --prepare each query--> columns, parameters
 *                                                                  |           |
 *                                       members of its row type <--+           +--> its arguments
 *                                       (sqlite_check_columns.c)     (sqlite_check_parameters.c)
 *
 * The database itself parses and resolves; here its findings get a place in the .sql file and,
 * where a name is near, the one that is meant.  All queries are looked at, so that one build tells
 * of all of them.
 *
 * Rejected: a database of the developer's (it may be of another version than the migrations, and CI
 * has none), a recorded schema (one more file that can be wrong). */
#include "drivers/sqlite_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/words.h"

/* ---------------------------------------------------------------- words of both checks */

/* The piece of the text in which a byte is, and its place: all of it where it has no parts. */
static osp_str piece_at(const osp_sqlite_checker *c, size_t at, osp_sql_place *ret_begin)
{
    const osp_query_text *text = c->query->text;
    size_t begin = 0, end = c->sql.len;
    *ret_begin = (osp_sql_place){ text->place.line, text->column };
    for (uint32_t i = 0; i < text->piece_count; i++) {
        const osp_query_piece *piece = &text->pieces[i];
        if (piece->at > at) {
            end = piece->at;
            break;
        }
        begin = piece->at;
        *ret_begin = (osp_sql_place){ piece->line, piece->column };
    }
    return (osp_str){ c->sql.ptr + begin, end - begin };
}

void osp_sqlite_check_say(osp_sqlite_checker *c, osp_str where, const char *format, ...)
{
    osp_sql_place begin;
    const osp_str piece = piece_at(c, (size_t)(where.ptr - c->sql.ptr), &begin);
    const size_t at = (size_t)(where.ptr - piece.ptr);
    const osp_sql_place place = osp_sql_place_of(piece, at, begin);
    const size_t said = c->out->len;
    char words[400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    osp_buf_printf(c->out, "%s:%d:%d: error: %s\n", c->query->text->place.file, place.line,
                   place.column, words);
    /* What is wrong with a part is wrong with each query that has it. */
    if (said > 0 && memmem(c->out->ptr, said, c->out->ptr + said, c->out->len - said) != NULL) {
        c->out->len = said;
        return;
    }
    c->found++;
    osp_sql_excerpt(piece, at, where.len, begin, c->out);
}

osp_str osp_sqlite_check_whole(const osp_sqlite_checker *c)
{
    return c->tokens[0].text;
}

static bool is_sign(const osp_sql_token *token, char sign)
{
    return token->kind == OSP_SQL_SIGN && token->text.ptr[0] == sign;
}

bool osp_sqlite_check_is_table(const osp_sqlite_checker *c, size_t at, osp_str name)
{
    static const char *const before[] = { "FROM", "JOIN", "INTO", "UPDATE", "REPLACE", "IGNORE" };
    if (at == 0 || !osp_sql_names(&c->tokens[at], name) || is_sign(&c->tokens[at + 1], '.')) {
        return false;
    }
    const osp_sql_token *previous = &c->tokens[at - 1];
    bool is = is_sign(previous, ',') || is_sign(previous, '(');
    for (size_t i = 0; i < OSP_ARRAY_LEN(before); i++) {
        is = is || osp_sql_is(previous, before[i]);
    }
    return is;
}

unsigned osp_sqlite_check_class(const char *type)
{
    static const struct {
        const char *part;
        unsigned class;
    } rules[] = { { "INT", OSP_SQLITE_INTEGER }, { "CHAR", OSP_SQLITE_TEXT },
                  { "CLOB", OSP_SQLITE_TEXT },   { "TEXT", OSP_SQLITE_TEXT },
                  { "BLOB", OSP_SQLITE_BLOB },   { "REAL", OSP_SQLITE_REAL },
                  { "FLOA", OSP_SQLITE_REAL },   { "DOUB", OSP_SQLITE_REAL } };
    for (size_t i = 0; type != NULL && i < OSP_ARRAY_LEN(rules); i++) {
        if (strcasestr(type, rules[i].part) != NULL) {
            return rules[i].class;
        }
    }
    return 0;
}

const char *osp_sqlite_check_type(osp_kind kind)
{
    static const char *const names[OSP_KIND_COUNT] = {
        [OSP_KIND_BOOL] = "a bool",
        [OSP_KIND_INT32] = "an int32_t",
        [OSP_KIND_INT64] = "an int64_t",
        [OSP_KIND_UINT32] = "a uint32_t",
        [OSP_KIND_UINT64] = "a uint64_t",
        [OSP_KIND_FLOAT] = "a float",
        [OSP_KIND_DOUBLE] = "a double",
        [OSP_KIND_STR] = "an osp_str",
        [OSP_KIND_DECIMAL] = "an osp_decimal",
        [OSP_KIND_MARKUP] = "an osp_markup",
        [OSP_KIND_BYTES] = "osp_bytes",
        [OSP_KIND_TIME] = "an osp_time",
        [OSP_KIND_DATE] = "an osp_date",
        [OSP_KIND_DURATION] = "an osp_duration",
        [OSP_KIND_UUID] = "an osp_uuid",
        [OSP_KIND_ENUM] = "an enum",
        [OSP_KIND_JSON] = "an osp_json",
        [OSP_KIND_OBJECT] = "an object",
        [OSP_KIND_UNION] = "a union",
        [OSP_KIND_LIST] = "a list",
        [OSP_KIND_ARRAY] = "an array",
        [OSP_KIND_MAP] = "a map",
    };
    return names[kind] != NULL ? names[kind] : "of another type";
}

/* ---------------------------------------------------------------- what SQLite refuses */

/* The name that was meant; it is copied, for SQLite's text does not last. */
typedef struct guess {
    osp_nearest nearest;
    char kept[OSP_SQLITE_CHECK_NAME_MAX];
} guess;

static void try_name(guess *g, const char *name)
{
    osp_nearest_try(&g->nearest, name);
    if (g->nearest.name == name) {
        (void)snprintf(g->kept, sizeof(g->kept), "%s", name);
        g->nearest.name = g->kept;
    }
}

static bool query_has_table(const osp_sqlite_checker *c, const char *name)
{
    for (size_t i = 0; i < c->token_count; i++) {
        if (osp_sqlite_check_is_table(c, i, osp_str_from(name))) {
            return true;
        }
    }
    return false;
}

/* Tries tables, or the columns of those in the query. */
static void try_schema(const osp_sqlite_checker *c, bool columns, guess *g)
{
    sqlite3_stmt *handle = NULL;
    const char *sql = columns ? "SELECT t.name, c.name FROM sqlite_schema t, "
                                "pragma_table_xinfo(t.name) c WHERE t.type IN ('table', 'view')"
                              : "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')";
    if (sqlite3_prepare_v2(c->conn.handle, sql, -1, &handle, NULL) != SQLITE_OK) {
        return;
    }
    while (sqlite3_step(handle) == SQLITE_ROW) {
        const char *table = (const char *)sqlite3_column_text(handle, 0);
        const char *name = columns ? (const char *)sqlite3_column_text(handle, 1) : table;
        if (name != NULL && (!columns || (table != NULL && query_has_table(c, table)))) {
            try_name(g, name);
        }
    }
    sqlite3_finalize(handle);
}

/* The name in SQLite's sentence, which ends with it, without what qualifies it; empty: none. */
static osp_str name_in(const char *message)
{
    static const char *const before[] = { "no such column: ", "no such table: ",
                                          "no such function: ", " has no column named " };
    for (size_t i = 0; i < OSP_ARRAY_LEN(before); i++) {
        const char *found = strstr(message, before[i]);
        if (found != NULL) {
            const char *name = found + strlen(before[i]), *dot = strrchr(name, '.');
            return osp_str_from(dot != NULL ? dot + 1 : name);
        }
    }
    return (osp_str){ "", 0 };
}

/* The token of the text in which the byte at `at` is, with those that a dot joins to it. */
static osp_str token_at(const osp_sqlite_checker *c, size_t at)
{
    for (size_t i = 0; i < c->token_count; i++) {
        const osp_str one = c->tokens[i].text;
        if ((size_t)(one.ptr - c->sql.ptr) + one.len <= at) {
            continue;
        }
        const osp_sql_token *last = &c->tokens[i];
        while (is_sign(last + 1, '.') && last[2].kind != OSP_SQL_END) {
            last += 2;
        }
        return (osp_str){ one.ptr, (size_t)(last->text.ptr + last->text.len - one.ptr) };
    }
    return osp_sqlite_check_whole(c);
}

/* Where the error stands that SQLite has just told. */
static osp_str error_place(const osp_sqlite_checker *c, const char *message)
{
#if SQLITE_VERSION_NUMBER >= 3038000
    const int offset = sqlite3_error_offset(c->conn.handle);
    if (offset >= 0 && (size_t)offset < c->sql.len) {
        return token_at(c, (size_t)offset);
    }
#endif
    const osp_str name = name_in(message);
    for (size_t i = 0; i < c->token_count; i++) {
        if (osp_sql_names(&c->tokens[i], name)) {
            return c->tokens[i].text;
        }
    }
    return osp_sqlite_check_whole(c);
}

static void say_refused(osp_sqlite_checker *c, int code)
{
    char message[256];
    (void)snprintf(message, sizeof(message), "%s", sqlite3_errmsg(c->conn.handle));
    const osp_str where = error_place(c, message);
    guess g = { .nearest.word = name_in(message) };
    if (strstr(message, "no such table: ") != NULL) {
        try_schema(c, false, &g);
    } else if (strstr(message, " column") != NULL) {
        try_schema(c, true, &g);
    }
    if ((code & 0xff) == SQLITE_AUTH) {
        osp_sqlite_check_say(c, where,
                             "this is not allowed here; transactions are "
                             "OSP_TRANSACTION");
    } else if (g.nearest.name != NULL) {
        osp_sqlite_check_say(c, where, "%s; did you mean %s?", message, g.nearest.name);
    } else {
        osp_sqlite_check_say(c, where, "%s", message);
    }
}

/* ---------------------------------------------------------------- one query */

static void read_tokens(osp_sqlite_checker *c)
{
    osp_str rest = c->sql;
    c->token_count = 0;
    do {
        c->tokens[c->token_count] = osp_sql_word(&rest);
    } while (c->tokens[c->token_count].kind != OSP_SQL_END &&
             ++c->token_count < OSP_SQLITE_CHECK_TOKENS_MAX);
    for (size_t i = c->token_count; i < c->token_count + 3; i++) {
        c->tokens[i] = (osp_sql_token){ OSP_SQL_END, { c->sql.ptr + c->sql.len, 0 }, false };
    }
}

/* What is behind the semicolon would never run. */
static bool is_alone(osp_sqlite_checker *c, const char *tail)
{
    osp_str rest = { tail, (size_t)(c->sql.ptr + c->sql.len - tail) };
    osp_sql_token token;
    do {
        token = osp_sql_word(&rest);
    } while (is_sign(&token, ';'));
    if (token.kind == OSP_SQL_END) {
        return true;
    }
    osp_sqlite_check_say(c, token.text,
                         "a second statement in the query %s; a line -- name: begins another query",
                         c->query->name);
    return false;
}

static void check_rows(osp_sqlite_checker *c)
{
    const bool has_rows = sqlite3_column_count(c->handle) > 0;
    if (c->query->row != NULL && has_rows) {
        osp_sqlite_check_columns(c);
    } else if (c->query->row != NULL) {
        osp_sqlite_check_say(c, osp_sqlite_check_whole(c),
                             "%s is declared to give rows of %s, but the statement gives none; "
                             "add RETURNING, or say OSP_QUERY_EXEC",
                             c->query->name, c->query->row->name);
    } else if (has_rows) {
        osp_sqlite_check_say(c, osp_sqlite_check_whole(c),
                             "the statement gives rows, and OSP_QUERY_EXEC(%s, ...) takes none; "
                             "say OSP_QUERY or OSP_QUERY_ONE with the type of a row",
                             c->query->name);
    }
}

static void check_query(osp_sqlite_checker *c, const osp_query *query)
{
    const char *tail = NULL;
    c->query = query;
    c->sql = osp_str_from(query->text->sql);
    c->handle = NULL;
    read_tokens(c);
    const int code = sqlite3_prepare_v3(c->conn.handle, c->sql.ptr, -1, 0, &c->handle, &tail);
    if (code != SQLITE_OK) {
        say_refused(c, code);
        return;
    }
    if (is_alone(c, tail)) {
        osp_sqlite_check_parameters(c);
        check_rows(c);
    }
    sqlite3_finalize(c->handle);
}

/* ---------------------------------------------------------------- all of them */

/* OSP_OK, or a failure whose message begins with a place. */
static osp_status migrate(osp_sqlite_checker *c, const osp_app_def *app, osp_error *err)
{
    for (size_t i = 0; i < app->migration_count; i++) {
        const osp_migration *migration = &app->migrations[i];
        char what[120];
        (void)snprintf(what, sizeof(what), "migrations/%s", migration->name);
        bool outside = false;
        OSP_TRY(osp_sqlite_script_mode(what, migration->sql, &outside, err));
        const osp_sqlite_source script = { .name = what,
                                           .sql = migration->sql,
                                           .outside = outside };
        OSP_TRY(osp_sqlite_script_run(&c->conn, &script, err));
    }
    return OSP_OK;
}

/* "FILE:LINE:COLUMN: words" as compilers write it. */
static void say_migration(osp_sqlite_checker *c, const char *message)
{
    const char *words = strstr(message, ": ");
    c->found++;
    if (words == NULL) {
        osp_buf_printf(c->out, "migrations:1: error: %s\n", message);
    } else {
        osp_buf_printf(c->out, "%.*s: error%s\n", (int)(words - message), message, words);
    }
}

size_t osp_sqlite_check_queries(const osp_app_def *app, osp_buf *out)
{
    osp_sqlite_checker c = { .out = out };
    osp_error err = { 0 };
    c.tokens = sqlite3_malloc64((OSP_SQLITE_CHECK_TOKENS_MAX + 4) * sizeof(*c.tokens));
    osp_status status = c.tokens != NULL
                            ? osp_sqlite_conn_open_scratch(&c.conn, &err)
                            : osp_error_set(&err, OSP_E_NOMEM, "no memory to check queries");
    if (status == OSP_OK) {
        status = migrate(&c, app, &err);
    }
    for (size_t i = 0; status == OSP_OK && i < app->query_count; i++) {
        check_query(&c, app->queries[i]);
    }
    if (status != OSP_OK) {
        say_migration(&c, err.message);
    }
    if (c.conn.handle != NULL) {
        osp_sqlite_conn_close(&c.conn);
    }
    sqlite3_free(c.tokens);
    return c.found;
}
