/* Parameters of a query against the arguments of its function.
 *
 * Names are compared both ways.  Which type a parameter has, SQLite does not say: it takes any
 * value anywhere.  But where a parameter meets a column of a table alone,
 *
 *     INSERT INTO article (slug, title) VALUES (:slug, :title)
 *     SET title = :title     WHERE author_id = :author_id     LIMIT :limit
 *
 * the declared type of the column tells what makes sense: a time that is bound as microseconds is
 * never equal to a text, and a STRICT table refuses it.  Any expression around it ends that:
 * CAST(:id AS INTEGER) is the way to say that another type is meant. */
#include "drivers/sqlite_check.h"

#include <string.h>

#include "base/words.h"
#include "type/json.h"

/* An argument as a parameter sees it. */
typedef struct filler {
    const char *name; /* NULL: there is none */
    osp_kind kind;
} filler;

/* What an argument of a kind is bound as. */
static unsigned bound_as(osp_kind kind)
{
    switch (kind) {
    case OSP_KIND_BOOL:
    case OSP_KIND_INT32:
    case OSP_KIND_INT64:
    case OSP_KIND_UINT32:
    case OSP_KIND_UINT64:
    case OSP_KIND_TIME:
    case OSP_KIND_DURATION:
    case OSP_KIND_ENUM:
        return OSP_SQLITE_INTEGER;
    case OSP_KIND_FLOAT:
    case OSP_KIND_DOUBLE:
        return OSP_SQLITE_REAL;
    case OSP_KIND_BYTES:
        return OSP_SQLITE_BLOB;
    case OSP_KIND_NONE:
        return 0;
    default:
        return OSP_SQLITE_TEXT;
    }
}

static bool fits(unsigned class, unsigned bound)
{
    return class == 0 || bound == 0 || class == OSP_SQLITE_BLOB || class == bound ||
           (class == OSP_SQLITE_REAL && bound == OSP_SQLITE_INTEGER);
}

static filler filler_of(const osp_sqlite_checker *c, const osp_sql_token *parameter)
{
    const osp_str name = { parameter->text.ptr + 1, parameter->text.len - 1 };
    const osp_field *member;
    size_t index = 0;
    if (parameter->text.ptr[0] != ':' || !osp_query_find(c->query, name, &index, &member)) {
        return (filler){ NULL, OSP_KIND_NONE };
    }
    if (member != NULL) {
        return (filler){ member->member_, osp_field_kind(member) };
    }
    for (size_t i = 0; i < c->query->arg_count; i++) {
        const osp_query_arg *arg = &c->query->args[i];
        if (arg->name != NULL && osp_str_equal(osp_str_from(arg->name), name)) {
            return (filler){ arg->name, (osp_kind)arg->kind };
        }
    }
    return (filler){ NULL, OSP_KIND_NONE };
}

/* ---------------------------------------------------------------- names */

static const osp_sql_token *find_parameter(const osp_sqlite_checker *c, const char *name)
{
    for (size_t i = 0; i < c->token_count; i++) {
        if (c->tokens[i].kind == OSP_SQL_PARAMETER &&
            osp_str_equal(c->tokens[i].text, osp_str_from(name))) {
            return &c->tokens[i];
        }
    }
    return &c->tokens[0];
}

static void say_unfilled(osp_sqlite_checker *c, const osp_sql_token *parameter)
{
    const osp_str text = parameter->text;
    osp_nearest nearest = { .word = { text.ptr + 1, text.len - 1 } };
    for (size_t i = 0; i < c->query->arg_count; i++) {
        const osp_query_arg *arg = &c->query->args[i];
        for (uint16_t k = 0; arg->type != NULL && k < arg->type->field_count; k++) {
            osp_nearest_try(&nearest, arg->type->fields[k].member_);
        }
        if (arg->name != NULL) {
            osp_nearest_try(&nearest, arg->name);
        }
    }
    if (nearest.name != NULL) {
        osp_sqlite_check_say(c, text, "no argument of %s fills %.*s; did you mean :%s?",
                             c->query->name, OSP_ARG(text), nearest.name);
    } else {
        osp_sqlite_check_say(c, text, "no argument of %s (%s:%d) fills %.*s", c->query->name,
                             c->query->file, c->query->line, OSP_ARG(text));
    }
}

static bool is_used(const osp_sqlite_checker *c, const char *name)
{
    const int count = sqlite3_bind_parameter_count(c->handle);
    for (int i = 1; i <= count; i++) {
        const char *parameter = sqlite3_bind_parameter_name(c->handle, i);
        if (parameter != NULL && strcmp(parameter + 1, name) == 0) {
            return true;
        }
    }
    return false;
}

/* A struct may have more than one statement needs; an argument of its own is there for it alone. */
static void check_arguments(osp_sqlite_checker *c)
{
    const osp_query *query = c->query;
    for (size_t i = 0; i < query->arg_count; i++) {
        const char *name = query->args[i].name;
        if (name != NULL && !is_used(c, name)) {
            c->found++;
            osp_buf_printf(c->out,
                           "%s:%d: error: %s has an argument %s, which no parameter of the query "
                           "takes (%s:%d)\n",
                           query->file, query->line, query->name, name, query->text->place.file,
                           query->text->place.line);
        }
    }
}

/* ---------------------------------------------------------------- kinds */

static bool is_sign(const osp_sql_token *token, char sign)
{
    return token->kind == OSP_SQL_SIGN && token->text.ptr[0] == sign;
}

/* A column's name as SQLite says it, in `out`; false when the token is none. */
static bool read_name(const osp_sql_token *token, char *out, size_t size)
{
    osp_str text = token->text;
    if (token->kind == OSP_SQL_NAME) {
        text = (osp_str){ text.ptr + 1, text.len - 2 };
    } else if (token->kind != OSP_SQL_WORD) {
        return false;
    }
    if (text.len == 0 || text.len >= size) {
        return false;
    }
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return true;
}

/* Whether the table at token `at` goes by that name: its own, or the one that follows it. */
static bool is_called(const osp_sqlite_checker *c, size_t at, const osp_sql_token *name)
{
    const size_t alias = at + 1 + osp_sql_is(&c->tokens[at + 1], "AS");
    char called[OSP_SQLITE_CHECK_NAME_MAX];
    return read_name(name, called, sizeof(called)) &&
           (osp_sql_names(&c->tokens[at], osp_str_from(called)) ||
            osp_sql_names(&c->tokens[alias], osp_str_from(called)));
}

/* What the tables of the query say of a column of that name; 0 when they disagree or have none.
 *
 * of  what stands before the dot; NULL: nothing */
static unsigned class_of(const osp_sqlite_checker *c, const osp_sql_token *column,
                         const osp_sql_token *of)
{
    char name[OSP_SQLITE_CHECK_NAME_MAX], table[OSP_SQLITE_CHECK_NAME_MAX];
    unsigned class = 0;
    bool any = false;
    /* A common table expression may have a column of any name. */
    if (!read_name(column, name, sizeof(name)) ||
        (of == NULL && osp_sql_is(&c->tokens[0], "WITH"))) {
        return 0;
    }
    for (size_t i = 0; i < c->token_count; i++) {
        const char *type = NULL;
        if (!read_name(&c->tokens[i], table, sizeof(table)) ||
            !osp_sqlite_check_is_table(c, i, osp_str_from(table)) ||
            (of != NULL && !is_called(c, i, of)) ||
            sqlite3_table_column_metadata(c->conn.handle, NULL, table, name, &type, NULL, NULL,
                                          NULL, NULL) != SQLITE_OK) {
            continue;
        }
        const unsigned one = osp_sqlite_check_class(type);
        class = any && one != class ? 0 : one;
        if (class == 0) {
            return 0;
        }
        any = true;
    }
    return class;
}

static void judge_kind(osp_sqlite_checker *c, const osp_sql_token *parameter,
                       const osp_sql_token *column, const osp_sql_token *of)
{
    static const char *const classes[] = {
        [OSP_SQLITE_INTEGER] = "INTEGER", [OSP_SQLITE_REAL] = "REAL", [OSP_SQLITE_TEXT] = "TEXT"
    };
    static const char *const bound[] = { [OSP_SQLITE_INTEGER] = "an integer",
                                         [OSP_SQLITE_REAL] = "a number",
                                         [OSP_SQLITE_TEXT] = "a text",
                                         [OSP_SQLITE_BLOB] = "a BLOB" };
    const filler by = filler_of(c, parameter);
    const unsigned class = class_of(c, column, of);
    if (by.name != NULL && !fits(class, bound_as(by.kind))) {
        osp_sqlite_check_say(c, parameter->text, "%s is %s, bound as %s, and the column %.*s is %s",
                             by.name, osp_sqlite_check_type(by.kind), bound[bound_as(by.kind)],
                             OSP_ARG(column->text), classes[class]);
    }
}

/* Whether an expression may begin behind the token. */
static bool begins(const osp_sql_token *token)
{
    static const char *const words[] = {
        "WHERE", "AND", "OR", "NOT", "ON", "SET", "HAVING", "WHEN"
    };
    bool is = is_sign(token, '(') || is_sign(token, ',');
    for (size_t i = 0; i < OSP_ARRAY_LEN(words); i++) {
        is = is || osp_sql_is(token, words[i]);
    }
    return is;
}

/* Whether the expression ends before the token: neither an operator nor a cast goes on. */
static bool ends(const osp_sql_token *token)
{
    return token->kind == OSP_SQL_END || token->kind == OSP_SQL_WORD || is_sign(token, ')') ||
           is_sign(token, ',') || is_sign(token, ';');
}

/* `of.column = :parameter`, with any comparison; NULL: something else stands before it. */
static const osp_sql_token *compared(const osp_sqlite_checker *c, size_t at,
                                     const osp_sql_token **ret_of)
{
    size_t i = at;
    while (i > 0 && c->tokens[i - 1].kind == OSP_SQL_SIGN &&
           strchr("=<>!", c->tokens[i - 1].text.ptr[0]) != NULL) {
        i--;
    }
    if (i == at || i < 2) {
        return NULL;
    }
    const osp_sql_token *column = &c->tokens[i - 1];
    const bool qualified = i >= 4 && is_sign(&c->tokens[i - 2], '.');
    *ret_of = qualified ? &c->tokens[i - 3] : NULL;
    return begins(&c->tokens[qualified ? i - 4 : i - 2]) ? column : NULL;
}

/* VALUES (...): each parameter that stands alone meets the column of the same number. */
static void judge_insert(osp_sqlite_checker *c)
{
    size_t column = 0, value = 0;
    for (size_t i = 0; i + 3 < c->token_count && value == 0; i++) {
        if (osp_sql_is(&c->tokens[i], "INTO") && is_sign(&c->tokens[i + 2], '(')) {
            column = i + 3;
        } else if (column != 0 && osp_sql_is(&c->tokens[i], "VALUES") &&
                   is_sign(&c->tokens[i - 1], ')') && is_sign(&c->tokens[i + 1], '(')) {
            value = i + 2;
        }
    }
    unsigned depth = 0;
    for (; value != 0 && value < c->token_count; value++) {
        const osp_sql_token *token = &c->tokens[value];
        if (depth == 0 && token->kind == OSP_SQL_PARAMETER && ends(token + 1) &&
            begins(token - 1)) {
            judge_kind(c, token, &c->tokens[column], NULL);
        }
        if (depth == 0 && is_sign(token, ')')) {
            return;
        }
        if (depth == 0 && is_sign(token, ',')) {
            if (!is_sign(&c->tokens[column + 1], ',')) {
                return; /* more values than columns: SQLite has said so */
            }
            column += 2;
        }
        depth += is_sign(token, '(') ? 1 : 0;
        depth -= is_sign(token, ')') ? 1 : 0;
    }
}

static void judge_number(osp_sqlite_checker *c, const osp_sql_token *parameter, const char *word)
{
    const filler by = filler_of(c, parameter);
    if (by.name != NULL && bound_as(by.kind) != OSP_SQLITE_INTEGER) {
        osp_sqlite_check_say(c, parameter->text, "%s is %s, and %s takes an integer", by.name,
                             osp_sqlite_check_type(by.kind), word);
    }
}

static void check_kinds(osp_sqlite_checker *c)
{
    for (size_t i = 1; i < c->token_count; i++) {
        const osp_sql_token *token = &c->tokens[i];
        if (token->kind != OSP_SQL_PARAMETER || !ends(token + 1)) {
            continue;
        }
        const osp_sql_token *of = NULL, *column = compared(c, i, &of);
        if (column != NULL) {
            judge_kind(c, token, column, of);
        } else if (osp_sql_is(token - 1, "LIMIT")) {
            judge_number(c, token, "LIMIT");
        } else if (osp_sql_is(token - 1, "OFFSET")) {
            judge_number(c, token, "OFFSET");
        }
    }
    judge_insert(c);
}

void osp_sqlite_check_parameters(osp_sqlite_checker *c)
{
    const int count = sqlite3_bind_parameter_count(c->handle);
    for (int i = 1; i <= count; i++) {
        const char *name = sqlite3_bind_parameter_name(c->handle, i);
        const osp_sql_token *parameter = find_parameter(c, name != NULL ? name : "?");
        if (name == NULL || name[0] != ':') {
            osp_sqlite_check_say(c, parameter->text,
                                 "a parameter of a query has a colon and the name of an argument, "
                                 "such as :slug");
        } else if (filler_of(c, parameter).name == NULL) {
            say_unfilled(c, parameter);
        }
    }
    check_arguments(c);
    check_kinds(c);
}
