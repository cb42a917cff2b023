/* Scripts: files of many statements, whose failures are NAME:LINE:COLUMN: words in "statement".
 *
 * A script runs in a transaction that somebody else begins and ends; what cannot be in one is
 * refused there, also where SQLite itself would do nothing and say nothing.  A script outside of
 * one may only hold what can be repeated: where it stops half way, it is run again from its start,
 * and nothing has happened twice. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/time.h"
#include "drivers/sqlite_impl.h"

#define DIRECTIVE "-- openspeed:"
#define NO_TRANSACTION "no transaction"
#define EXCERPT_MAX 60
#define NOTE_EVERY_US 5000000 /* between two words about a script that takes long */
#define NOTE_LOOK_OPS 100000  /* operations of SQLite's machine between two looks at the clock */

/* Where a script is. */
typedef struct progress {
    const osp_sqlite_source *script;
    const char *begin; /* of the statement */
    const char *at;    /* where it fails */
} progress;

/* What SQLite ignores or refuses inside a transaction. */
static const char *const outside_pragmas[] = { "auto_vacuum", "journal_mode", "page_size",
                                               "synchronous", "wal_checkpoint" };
/* What changes nothing when it is run twice. */
static const char *const repeatable[] = { "PRAGMA", "VACUUM", "ANALYZE", "REINDEX" };

bool osp_sqlite_ticker_is_due(osp_sqlite_ticker *ticker, int64_t *ret_seconds)
{
    const int64_t now = osp_monotonic_us();
    if (ticker->note == NULL || now - ticker->said_us < NOTE_EVERY_US) {
        return false;
    }
    ticker->said_us = now;
    *ret_seconds = (now - ticker->begin_us) / 1000000;
    return true;
}

static int on_tick(void *arg)
{
    osp_sqlite_ticker *ticker = arg;
    int64_t seconds;
    if (osp_sqlite_ticker_is_due(ticker, &seconds)) {
        char text[200];
        (void)snprintf(text, sizeof(text), "%.100s: still at work, %lld s so far", ticker->what,
                       (long long)seconds);
        ticker->note(ticker->arg, text);
    }
    return 0;
}

void osp_sqlite_ticker_set(sqlite3 *handle, osp_sqlite_ticker *ticker)
{
    if (ticker != NULL && ticker->begin_us == 0) {
        ticker->begin_us = ticker->said_us = osp_monotonic_us();
    }
    sqlite3_progress_handler(handle, NOTE_LOOK_OPS, ticker != NULL ? on_tick : NULL, ticker);
}

osp_status osp_sqlite_script_mode(const char *name, const char *sql, bool *ret_outside,
                                  osp_error *err)
{
    *ret_outside = false;
    if (strncmp(sql, DIRECTIVE, strlen(DIRECTIVE)) != 0) {
        return OSP_OK;
    }
    const char *word = sql + strlen(DIRECTIVE);
    word += strspn(word, " \t");
    size_t len = strcspn(word, "\n");
    while (len > 0 && strchr(" \t\r", word[len - 1]) != NULL) {
        len--;
    }
    if (len == strlen(NO_TRANSACTION) && strncmp(word, NO_TRANSACTION, len) == 0) {
        *ret_outside = true;
        return OSP_OK;
    }
    return osp_error_set(err, OSP_E_DB_SCHEMA,
                         "%.100s:1:1: \"%.40s\" is not known; the only such line is "
                         "\"" DIRECTIVE " " NO_TRANSACTION "\"",
                         name, osp_sqlite_excerpt(sql, 40).text);
}

osp_sqlite_excerpt_text osp_sqlite_excerpt(const char *sql, size_t max)
{
    osp_sqlite_excerpt_text excerpt;
    const size_t line = strcspn(sql, "\r\n");
    size_t len = line;
    max = max < sizeof(excerpt.text) - 4 ? max : sizeof(excerpt.text) - 4;
    if (len > max) {
        len = max;
        while (len > 0 && ((unsigned char)sql[len] & 0xc0) == 0x80) {
            len--; /* no half of a character */
        }
    }
    const bool ends = len > 0 && sql[len - 1] == ';';
    const bool cut = !ends && (len < line || sql[line + strspn(sql + line, " \t\r\n")] != '\0');
    len -= ends;
    memcpy(excerpt.text, sql, len);
    memcpy(excerpt.text + len, cut ? "..." : "", cut ? 4 : 1);
    return excerpt;
}

/* Where the next statement begins: behind space, semicolons and comments. */
static const char *script_next(const char *at)
{
    for (;;) {
        const char *end = NULL;
        at += strspn(at, " \t\r\n;");
        if (strncmp(at, "--", 2) == 0) {
            end = strchr(at, '\n');
        } else if (strncmp(at, "/*", 2) == 0) {
            end = strstr(at + 2, "*/");
            end = end != NULL ? end + 2 : NULL;
        } else {
            return at;
        }
        at = end != NULL ? end : at + strlen(at);
    }
}

static bool is_word(const char *at, const char *word)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789$";
    const size_t len = strlen(word);
    return strncasecmp(at, word, len) == 0 && (at[len] == '\0' || !strchr(letters, at[len]));
}

/* Line and column of a place, from 1. */
static void place_of(const char *sql, const char *at, int *ret_line, int *ret_column)
{
    *ret_line = *ret_column = 1;
    for (const char *before = sql; before < at; before++) {
        *ret_column = *before == '\n' ? 1 : *ret_column + 1;
        *ret_line += *before == '\n';
    }
}

static osp_status fail_at(const progress *p, osp_status status, const char *words, osp_error *err)
{
    int line, column;
    place_of(p->script->sql, p->at, &line, &column);
    return osp_error_set(err, status, "%.100s:%d:%d: %.210s", p->script->name, line, column, words);
}

/* The pragma that stands at a statement and wants no transaction; NULL: none. */
static const char *outside_pragma(const char *at)
{
    if (!is_word(at, "PRAGMA")) {
        return NULL;
    }
    const char *name = at + strlen("PRAGMA");
    name += strspn(name, " \t\r\n");
    if (is_word(name, "main")) {
        name += strlen("main");
        name += strspn(name, " \t\r\n.");
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(outside_pragmas); i++) {
        if (is_word(name, outside_pragmas[i])) {
            return outside_pragmas[i];
        }
    }
    return NULL;
}

/* Whether the statement may stand in such a script. */
static osp_status check_statement(const progress *p, osp_error *err)
{
    bool allowed = false;
    for (size_t i = 0; i < OSP_ARRAY_LEN(repeatable) && p->script->outside; i++) {
        allowed |= is_word(p->at, repeatable[i]);
    }
    if (p->script->outside) {
        return allowed ? OSP_OK
                       : fail_at(p, OSP_E_DB_SCHEMA,
                                 "without a transaction only PRAGMA, VACUUM, ANALYZE and REINDEX "
                                 "may stand in a file, which can be repeated",
                                 err);
    }
    const char *name = is_word(p->at, "VACUUM") ? "VACUUM" : outside_pragma(p->at);
    if (name == NULL) {
        return OSP_OK;
    }
    char words[160];
    (void)snprintf(words, sizeof(words),
                   "%s does nothing in a transaction; give it a file that begins with "
                   "\"" DIRECTIVE " " NO_TRANSACTION "\"",
                   name);
    return fail_at(p, OSP_E_DB_SCHEMA, words, err);
}

/* Prepares and runs the statement at p->at, and moves behind it.  After a failure p->at is where it
 * is. */
static int step(osp_sqlite_conn *conn, progress *p)
{
    sqlite3_stmt *handle = NULL;
    const char *tail = NULL;
    p->begin = p->at;
    conn->trusted = p->script->outside; /* VACUUM attaches a file, and nothing else there can */
    int code = sqlite3_prepare_v2(conn->handle, p->at, -1, &handle, &tail);
    if (code != SQLITE_OK) {
#if SQLITE_VERSION_NUMBER >= 3038000
        const int offset = sqlite3_error_offset(conn->handle);
        p->at += offset > 0 ? offset : 0;
#endif
        conn->trusted = false;
        return code;
    }
    do {
        code = handle != NULL ? sqlite3_step(handle) : SQLITE_DONE;
    } while (code == SQLITE_ROW);
    code = sqlite3_finalize(handle);
    p->at = code == SQLITE_OK ? tail : p->at;
    conn->trusted = false;
    return code;
}

static osp_status fail(osp_sqlite_conn *conn, const progress *p, int code, osp_error *err)
{
    osp_error cause = { 0 };
    char words[220];
    osp_status status = osp_sqlite_error(conn, code, NULL, &cause);
    if ((code & 0xff) == SQLITE_AUTH) {
        return fail_at(p, status,
                       "it runs in a transaction already; BEGIN, COMMIT, ROLLBACK, SAVEPOINT and "
                       "ATTACH are refused",
                       err);
    }
    if ((code & 0xff) == SQLITE_ERROR) {
        status = OSP_E_DB_SCHEMA;
    }
    (void)snprintf(words, sizeof(words), "%.120s in \"%.66s\"", cause.message,
                   osp_sqlite_excerpt(p->begin, EXCERPT_MAX).text);
    return fail_at(p, status, words, err);
}

osp_status osp_sqlite_script_run(osp_sqlite_conn *conn, const osp_sqlite_source *script,
                                 osp_error *err)
{
    progress p = { .script = script, .at = script->sql };
    osp_sqlite_ticker ticker = { .what = script->name };
    int code = SQLITE_OK;
    osp_status status = OSP_OK;
    if (script->watch != NULL) {
        ticker.note = script->watch->note;
        ticker.arg = script->watch->arg;
    }
    osp_sqlite_ticker_set(conn->handle, &ticker);
    while (code == SQLITE_OK && status == OSP_OK && *(p.at = script_next(p.at)) != '\0') {
        status = check_statement(&p, err);
        code = status == OSP_OK ? step(conn, &p) : SQLITE_OK;
    }
    osp_sqlite_ticker_set(conn->handle, NULL);
    return code == SQLITE_OK ? status : fail(conn, &p, code, err);
}
