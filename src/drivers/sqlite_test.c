/* The SQLite driver on real files, first without a scheduler, then with fibers and threads. */
#include "drivers/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "drivers/sqlite_impl.h"
#include "tests/unit/world.h"

#define TASKS 40

typedef struct Author {
    osp_str username;
    osp_opt_str bio;
} Author;
OSP_TYPE(Author, FIELD(username), FIELD(bio));

typedef struct Card {
    int64_t id;
    osp_str title;
    osp_opt_str subtitle;
    osp_opt_double score;
    bool pinned;
    Author author;
    osp_str_list tags;
} Card;
OSP_LIST_OF(Card);
OSP_TYPE(Card, FIELD(id), FIELD(title), FIELD(subtitle), FIELD(score), FIELD(pinned),
         OBJECT(author, Author), LIST(tags, osp_str));

/* Some columns of a card. */
typedef struct Slim {
    int64_t id;
    osp_opt_str title;
} Slim;
OSP_LIST_OF(Slim);
OSP_TYPE(Slim, FIELD(id), FIELD(title));

typedef struct Named {
    osp_str title;
} Named;
OSP_LIST_OF(Named);
OSP_TYPE(Named, FIELD(title));

static void fill(world *w)
{
    osp_task *t = &w->task;
    OSP_CHECK(
        osp_db_exec(t, "INSERT INTO user(id, username, bio) VALUES (1, ?, NULL)", S("สมชาย")) == 1);
    OSP_CHECK(osp_db_exec(t,
                          "INSERT INTO card(title, subtitle, score, author_id, tags) VALUES"
                          " (?, ?, ?, 1, ?), ('b', NULL, NULL, 1, '[]')",
                          S("ภาษาไทย ๑๒๓"), "sub", 2.5, S("[\"ก\",\"x\"]")) == 2);
    OSP_CHECK(t->error.status == OSP_OK);
}

#define SELECT_CARDS                                                                               \
    "SELECT c.id, title, subtitle, score, pinned, username AS \"author.username\","                \
    " bio AS \"author.bio\", tags FROM card c JOIN user u ON u.id = author_id ORDER BY c.id"

OSP_UNIT_TEST(sqlite_rows, "rows are typed: optionals, nested columns, JSON lists, Thai text")
{
    world w;
    set_up(&w);
    fill(&w);
    for (int i = 0; i < 3; i++) {
        const Card_list cards = osp_db_query(&w.task, Card, SELECT_CARDS);
        OSP_CHECK(cards.count == 2);
        OSP_CHECK_STR(cards.items[0].title, S("ภาษาไทย ๑๒๓"));
        OSP_CHECK_STR(cards.items[0].subtitle.value, S("sub"));
        OSP_CHECK(cards.items[0].score.is == OSP_SET && cards.items[0].score.value == 2.5);
        OSP_CHECK_STR(cards.items[0].author.username, S("สมชาย"));
        OSP_CHECK(cards.items[0].author.bio.is == OSP_NULL);
        OSP_CHECK(cards.items[0].tags.count == 2);
        OSP_CHECK_STR(cards.items[0].tags.items[0], S("ก"));
        OSP_CHECK(cards.items[1].subtitle.is == OSP_NULL && cards.items[1].tags.count == 0);
    }
    const Slim *one = osp_db_one(&w.task, Slim, "SELECT id, title FROM card WHERE id = ?", 2);
    OSP_CHECK(one != NULL && one->id == 2);
    OSP_CHECK(osp_db_one(&w.task, Slim, "SELECT id FROM card WHERE id = ?", 99) == NULL);
    const int64_t *count = osp_db_one(&w.task, int64_t, "SELECT count(*) FROM card");
    OSP_CHECK(count != NULL && *count == 2);
    OSP_CHECK(w.task.error.status == OSP_OK);
    tear_down(&w);
}

OSP_UNIT_TEST(sqlite_bad_queries, "what does not fit is a schema error that names it")
{
    world w;
    set_up(&w);
    fill(&w);
    osp_task *t = &w.task;
#define BAD(call, want, text)                                                                      \
    do {                                                                                           \
        (void)(call);                                                                              \
        OSP_CHECK(strstr(t->error.message, (text)) != NULL);                                       \
        OSP_CHECK(osp_recover(t) == (want));                                                       \
    } while (0)
    BAD(osp_db_query(t, Named, "SELECT NULL AS title"), OSP_E_DB_SCHEMA, "title is not optional");
    BAD(osp_db_query(t, Card, "SELECT id FROM card"), OSP_E_DB_SCHEMA,
        "no column fills member title of Card; select it");
    BAD(osp_db_query(t, Card, "SELECT 1 AS id, 'a' AS title, 0 AS pinned"), OSP_E_DB_SCHEMA,
        "no column fills member username of Card");
    BAD(osp_db_query(t, Card, "SELECT 1 AS id, 'a' AS title, '{\"username\":\"u\"}' AS author"),
        OSP_E_DB_SCHEMA, "no column fills member pinned of Card");
    OSP_CHECK(osp_db_query(t, Card,
                           "SELECT 1 AS id, 'a' AS title, 0 AS pinned,"
                           " '{\"username\":\"u\"}' AS author")
                  .count == 1);
    BAD(osp_db_query(t, Slim, "SELECT 1 AS nobody"), OSP_E_DB_SCHEMA, "\"nobody\"");
    BAD(osp_db_query(t, Slim, "SELECT id, id FROM card"), OSP_E_DB_SCHEMA, "two columns");
    BAD(osp_db_query(t, Slim, "SELECT id FROM card WHERE id = ?"), OSP_E_DB_SCHEMA, "1 parameter");
    BAD(osp_db_query(t, Slim, "SELECT id FROM card", 1), OSP_E_DB_SCHEMA, "1 given");
    BAD(osp_db_query(t, Slim, "SELECT id FROM card WHERE id = ?", UINT64_MAX), OSP_E_INVALID,
        "parameter 1 is 18446744073709551615");
    OSP_CHECK(osp_db_query(t, Slim, "SELECT id FROM card WHERE id = ?", (size_t)1).count == 1);
    OSP_CHECK(osp_db_query(t, Slim, "SELECT id FROM card WHERE score = ?", 2.5f).count == 1);
    BAD(osp_db_query(t, Slim, "SELECT id FROM nowhere"), OSP_E_DB_SCHEMA, "no such table");
    BAD(osp_db_query(t, Slim, "SELECT 1 AS id; SELECT 2"), OSP_E_DB_SCHEMA, "more than one");
    BAD(osp_db_query(t, Slim, "-- nothing"), OSP_E_DB_SCHEMA, "no statement");
    BAD(osp_db_query(t, Slim, "DELETE FROM card"), OSP_E_DB_SCHEMA, "gives none");
    BAD(osp_db_exec(t, "BEGIN"), OSP_E_DB_SCHEMA, "OSP_TRANSACTION");
    BAD(osp_db_exec(t, "ATTACH 'x.db' AS x"), OSP_E_DB_SCHEMA, "not allowed");
    BAD(osp_db_exec(t, "UPDATE card SET title = \"b\""), OSP_E_DB_SCHEMA, "no such column");
    OSP_CHECK(osp_db_query(t, Slim, "SELECT id FROM card; -- the end").count == 2);
    OSP_CHECK(t->error.status == OSP_OK);
    tear_down(&w);
}

#define FAILS_HERE(t, call)                                                                        \
    do {                                                                                           \
        (void)(call);                                                                              \
        OSP_CHECK((t)->place != NULL && (t)->place->line == __LINE__);                             \
        OSP_CHECK(strcmp((t)->place->file, __FILE__) == 0);                                        \
        OSP_CHECK(osp_recover(t) != OSP_OK);                                                       \
    } while (0)

OSP_UNIT_TEST(sqlite_failure_place, "a failure names the line of the call, not one of the driver")
{
    world w;
    set_up(&w);
    fill(&w);
    osp_task *t = &w.task;
    FAILS_HERE(t, osp_db_query(t, Slim, "SELECT id FRM card"));
    FAILS_HERE(t, osp_db_one(t, Slim, "SELECT id FROM nowhere"));
    FAILS_HERE(t, osp_db_exec(t, "INSERT INTO user(username) VALUES (?)", S("สมชาย")));
    const int line = __LINE__ + 1;
    OSP_TRANSACTION(t)
    {
        (void)osp_db_exec(t, "INSERT OR ROLLBACK INTO user(id, username) VALUES (1, 'x')");
        OSP_CHECK(osp_recover(t) == OSP_E_DB_CONSTRAINT);
    }
    OSP_CHECK(t->error.status == OSP_E_DB && t->place != NULL && t->place->line == line);
    OSP_CHECK(osp_db_exec(t, "DELETE FROM card") == 0); /* the first failure's place stays */
    OSP_CHECK(t->place->line == line);
    OSP_CHECK(osp_recover(t) == OSP_E_DB);
    (void)osp_task_fail(t, OSP_E_IO, "elsewhere");
    OSP_CHECK(t->place == NULL);
    OSP_CHECK(osp_recover(t) == OSP_E_IO);
    tear_down(&w);
}

OSP_UNIT_TEST(sqlite_sticky, "after a failure queries do nothing until the task recovers")
{
    world w;
    set_up(&w);
    fill(&w);
    osp_task *t = &w.task;
    OSP_CHECK(osp_db_exec(t, "INSERT INTO user(username) VALUES (?)", S("สมชาย")) == 0);
    OSP_CHECK(strstr(t->error.message, "user.username") != NULL);
    OSP_CHECK(osp_db_exec(t, "DELETE FROM card") == 0);
    OSP_CHECK(osp_db_query(t, Slim, "SELECT id FROM card").count == 0);
    OSP_CHECK(osp_recover(t) == OSP_E_DB_CONSTRAINT);
    OSP_CHECK(osp_db_query(t, Slim, "SELECT id FROM card").count == 2);
    (void)osp_db_exec(t, "INSERT INTO card(title, author_id) VALUES ('x', 77)");
    OSP_CHECK(osp_recover(t) == OSP_E_DB_CONSTRAINT);
    tear_down(&w);
}

OSP_UNIT_TEST(sqlite_returning, "a write whose row does not fit its type is undone")
{
    world w;
    set_up(&w);
    fill(&w);
    osp_task *t = &w.task;
    const Slim *card =
        osp_db_one(t, Slim, "INSERT INTO card(title) VALUES ('new') RETURNING id, title");
    OSP_CHECK(card != NULL && card->id == 3);
    (void)osp_db_one(t, Named, "INSERT INTO card(title) VALUES ('bad') RETURNING NULL AS title");
    OSP_CHECK(osp_recover(t) == OSP_E_DB_SCHEMA);
    OSP_CHECK(osp_db_query(t, Slim, "SELECT id FROM card").count == 3);
    OSP_CHECK(osp_db_exec(t, "UPDATE card SET pinned = 1") == 3);
    OSP_CHECK(osp_db_exec(t, "UPDATE card SET pinned = 1 WHERE id = 99") == 0);
    OSP_CHECK(osp_db_exec(t, "CREATE TABLE more(x)") == 0);
    OSP_CHECK(t->error.status == OSP_OK);
    tear_down(&w);
}

static void leave_inside(osp_task *t)
{
    OSP_TRANSACTION(t)
    {
        (void)osp_db_exec(t, "INSERT INTO note(body) VALUES ('returned')");
        return;
    }
}

static size_t notes(osp_task *t)
{
    const int64_t *count = osp_db_one(t, int64_t, "SELECT count(*) FROM note");
    OSP_CHECK(count != NULL);
    return (size_t)*count;
}

OSP_UNIT_TEST(sqlite_transaction, "a block commits at its end and rolls back when left or failed")
{
    world w;
    set_up(&w);
    osp_task *t = &w.task;
    OSP_TRANSACTION(t)
    {
        (void)osp_db_exec(t, "INSERT INTO note(body) VALUES ('one')");
        OSP_CHECK(notes(t) == 1); /* its reads see its writes */
    }
    OSP_CHECK(notes(t) == 1);
    leave_inside(t);
    OSP_CHECK(notes(t) == 1 && t->error.status == OSP_OK);
    OSP_TRANSACTION(t)
    {
        (void)osp_db_exec(t, "INSERT INTO note(id) VALUES (50)");
        (void)osp_db_exec(t, "INSERT INTO note(id) VALUES (50)");
    }
    OSP_CHECK(osp_recover(t) == OSP_E_DB_CONSTRAINT);
    OSP_CHECK(notes(t) == 1);
    OSP_TRANSACTION(t)
    {
        (void)osp_db_exec(t, "INSERT INTO note(id) VALUES (50)");
        (void)osp_db_exec(t, "INSERT INTO note(id) VALUES (50)");
        OSP_CHECK(osp_recover(t) == OSP_E_DB_CONSTRAINT);
        (void)osp_db_exec(t, "INSERT INTO note(id) VALUES (51)");
    }
    OSP_CHECK(notes(t) == 3 && t->error.status == OSP_OK);
    OSP_TRANSACTION(t)
    {
        (void)osp_db_exec(t, "INSERT INTO note(id) VALUES (52)");
        t->refused = true; /* as osp_fail does */
    }
    t->refused = false;
    OSP_CHECK(notes(t) == 3 && t->error.status == OSP_OK);
    OSP_TRANSACTION(t)
    {
        (void)osp_db_exec(t, "INSERT OR ROLLBACK INTO note(id) VALUES (50)");
        OSP_CHECK(osp_recover(t) == OSP_E_DB_CONSTRAINT);
        (void)osp_db_exec(t, "INSERT INTO note(id) VALUES (60)");
    }
    OSP_CHECK(osp_recover(t) == OSP_E_DB);
    OSP_CHECK(notes(t) == 3);
    tear_down(&w);
}

OSP_UNIT_TEST(sqlite_script, "a script runs as a whole or not at all")
{
    world w;
    set_up(&w);
    osp_error err = { 0 };
    OSP_CHECK(run_script(NULL, "x.sql",
                         "INSERT INTO note VALUES (1, 'a');INSERT INTO note VALUES "
                         "(2, 'b');",
                         &err) == OSP_OK);
    OSP_CHECK(run_script(NULL, "x.sql",
                         "DELETE FROM note; INSERT INTO note VALUES (1, 'a'), (1, 'b')",
                         &err) == OSP_E_DB_CONSTRAINT);
    OSP_CHECK(strcmp(err.message, "x.sql:1:19: UNIQUE constraint failed: note.id in "
                                  "\"INSERT INTO note VALUES (1, 'a'), (1, 'b')\"") == 0);
    OSP_CHECK(run_script(NULL, "x.sql", "DELETE FROM note; COMMIT;", &err) == OSP_E_DB_SCHEMA);
    OSP_CHECK(osp_str_starts_with(osp_str_from(err.message), S("x.sql:1:19: it runs in")));
    OSP_CHECK(run_script(NULL, "x.sql", "/* */ ; -- end", &err) == OSP_OK);
    OSP_CHECK(run_script(NULL, "x.sql", "/* */\n SELEC 1 -- end", &err) == OSP_E_DB_SCHEMA);
    OSP_CHECK(osp_str_starts_with(osp_str_from(err.message), S("x.sql:2:2: near")));
    OSP_CHECK(notes(&w.task) == 2);
    static const char *const bad[] = { "postgres://u:p@h/d", "file:", "app.db",
                                       "file::memory:", "file:x?mode=memory" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        OSP_CHECK(run_script(bad[i], "x.sql", "SELECT 1", &err) == OSP_E_INVALID);
        OSP_CHECK(strstr(err.message, "file:app.db") != NULL);
    }
    OSP_CHECK(run_script("file:/nowhere/at/all.db", "x.sql", "SELECT 1", &err) == OSP_E_DB);
    OSP_CHECK(strstr(err.message, "file:/nowhere/at/all.db: unable to open") != NULL);
    OSP_CHECK(strstr(err.message, "No such file or directory") != NULL);
    tear_down(&w);
}

OSP_UNIT_TEST(sqlite_url_shown, "a URL that cannot be used is shown without its secrets")
{
    static const struct {
        const char *url, *shown;
    } rows[] = {
        { "app.db", "\"app.db\"" },
        { "file:", "\"file:\"" },
        { "postgres://h/d", "\"postgres://h/d\"" },
        { "postgres://u:hush@h/d?x=hush", "\"postgres://***@h/d***\"" },
        { "postgres://u:hu@sh@h/d", "\"postgres://***@h/d\"" },
        { "u:hush@tcp(h)/d", "\"***@tcp(h)/d\"" },
        { "host=h Password=hush dbname=d", "\"host=h ***\"" },
        { "libsql://h?authToken=hush", "\"libsql://h***\"" },
        { "file::memory:?cache=shared", "\"file::memory:***\"" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(rows); i++) {
        osp_error err = { 0 };
        OSP_CHECK(run_script(rows[i].url, "x.sql", "SELECT 1", &err) == OSP_E_INVALID);
        OSP_CHECK(strstr(err.message, rows[i].shown) != NULL);
        OSP_CHECK(strstr(err.message, "hush") == NULL);
    }
}

OSP_UNIT_TEST(sqlite_schema_change, "a cached statement follows a change of the schema")
{
    world w;
    set_up(&w);
    osp_task *t = &w.task;
    OSP_CHECK(run_script(NULL, "x.sql", "CREATE TABLE thing(id); INSERT INTO thing VALUES (1)",
                         NULL) == OSP_OK);
    for (int i = 0; i < 2; i++) {
        const Slim *card = osp_db_one(t, Slim, "SELECT * FROM thing");
        OSP_CHECK(card != NULL && card->id == 1 && card->title.value.len == (i == 0 ? 0 : 3));
        if (i == 0) {
            OSP_CHECK(run_script(NULL, "x.sql",
                                 "DROP TABLE thing; CREATE TABLE thing(title, id);"
                                 "INSERT INTO thing VALUES ('new', 1)",
                                 NULL) == OSP_OK);
        }
    }
    OSP_CHECK(osp_db_exec(t, "ALTER TABLE thing ADD COLUMN stranger") == 0);
    OSP_CHECK(osp_db_one(t, Slim, "SELECT * FROM thing") == NULL);
    OSP_CHECK(osp_recover(t) == OSP_E_DB_SCHEMA);
    tear_down(&w);
}

OSP_UNIT_TEST(sqlite_cache_bound, "more statements than the cache holds still work")
{
    world w;
    set_up(&w);
    osp_db_call call = { .row = &osp_type_int64_t };
    osp_db *db = w.db;
    static char sql[OSP_SQLITE_STATEMENTS_MAX + 20][40];
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < OSP_ARRAY_LEN(sql); i++) {
            snprintf(sql[i], sizeof(sql[i]), "SELECT %zu", i);
            call.sql = sql[i];
            OSP_CHECK(db->driver->run(db, &w.task, &call, &w.err) == OSP_OK);
            OSP_CHECK(*(int64_t *)call.ret_rows.items == (int64_t)i);
        }
    }
    /* The same address with another text is another statement. */
    snprintf(sql[300 % OSP_ARRAY_LEN(sql)], sizeof(sql[0]), "SELECT 12345");
    call.sql = sql[300 % OSP_ARRAY_LEN(sql)];
    OSP_CHECK(db->driver->run(db, &w.task, &call, &w.err) == OSP_OK);
    OSP_CHECK(*(int64_t *)call.ret_rows.items == 12345);
    tear_down(&w);
}

#define COUNT_TO(n)                                                                                \
    "WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c WHERE id < " #n ") "
#define LONG_STEP COUNT_TO(50000) "SELECT count(*) FROM c"
#define MANY_STEPS COUNT_TO(10000) "SELECT id FROM c"

static void check_long_reads(osp_task *t)
{
    const int64_t *count = osp_db_one(t, int64_t, LONG_STEP);
    OSP_CHECK(count != NULL && *count == 50000);
    const int64_t_list all = osp_db_query(t, int64_t, MANY_STEPS);
    OSP_CHECK(all.count == 10000);
    for (size_t i = 0; i < all.count; i++) {
        OSP_CHECK(all.items[i] == (int64_t)i + 1);
    }
}

OSP_UNIT_TEST(sqlite_budget,
              "a read beyond its budget gives all its rows, in one long step or many")
{
    world w;
    set_up(&w);
    check_long_reads(&w.task);
    tear_down(&w);
}

OSP_UNIT_TEST(sqlite_deadline, "a read off the loop ends at the task's deadline")
{
    world w;
    set_up(&w);
    w.task.deadline_us = 1;
    OSP_CHECK(osp_db_one(&w.task, int64_t, LONG_STEP) == NULL);
    OSP_CHECK(osp_recover(&w.task) == OSP_E_DEADLINE);
    w.task.deadline_us = 0;
    check_long_reads(&w.task);
    tear_down(&w);
}

OSP_UNIT_TEST(sqlite_statement_limit, "a statement without an end is ended, read or write")
{
    world w;
    OSP_CHECK(setenv("OSP_DB_STATEMENT_S", "1", 1) == 0);
    set_up(&w);
    OSP_CHECK(osp_db_one(&w.task, int64_t, COUNT_TO(4000000000) "SELECT count(*) FROM c") == NULL);
    OSP_CHECK(strstr(w.task.error.message, "OSP_DB_STATEMENT_S") != NULL);
    OSP_CHECK(osp_recover(&w.task) == OSP_E_DEADLINE);
    (void)osp_db_exec(&w.task, COUNT_TO(4000000000) "INSERT INTO note(id) SELECT id FROM c");
    OSP_CHECK(strstr(w.task.error.message, "OSP_DB_STATEMENT_S") != NULL);
    OSP_CHECK(osp_recover(&w.task) == OSP_E_DEADLINE);
    const int64_t *count = osp_db_one(&w.task, int64_t, "SELECT count(*) FROM note");
    OSP_CHECK(count != NULL && *count == 0);
    OSP_CHECK(osp_db_exec(&w.task, "INSERT INTO note(id) VALUES (1)") == 1);
    tear_down(&w);
    static const char *const wrong[] = { "0", "-1", "86401", "1s", "x" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(wrong); i++) {
        osp_error err = { 0 };
        void *db = NULL;
        OSP_CHECK(setenv("OSP_DB_STATEMENT_S", wrong[i], 1) == 0);
        OSP_CHECK(osp_resource_sqlite.open(&db, &err) == OSP_E_INVALID);
        OSP_CHECK(strstr(err.message, "OSP_DB_STATEMENT_S") != NULL);
    }
    OSP_CHECK(unsetenv("OSP_DB_STATEMENT_S") == 0);
}

OSP_UNIT_TEST(sqlite_memory_limit,
              "rows beyond the task's memory are a failure, and the next query works")
{
    world w;
    set_up(&w);
    osp_arena_done(&w.arena);
    osp_arena_init(&w.arena, NULL, 0, 1 << 16);
    OSP_CHECK(osp_db_query(&w.task, int64_t, MANY_STEPS).count == 0);
    OSP_CHECK(osp_recover(&w.task) == OSP_E_NOMEM);
    osp_arena_reset(&w.arena);
    OSP_CHECK(notes(&w.task) == 0);
    tear_down(&w);
}

static int deny_all(void *arg, int action, const char *a, const char *b, const char *c,
                    const char *d)
{
    (void)arg, (void)action, (void)a, (void)b, (void)c, (void)d;
    return SQLITE_DENY;
}

OSP_UNIT_TEST(sqlite_rollback_fails, "a transaction that cannot be rolled back ends all the same")
{
    world w;
    set_up(&w);
    osp_sqlite_conn conn = { 0 };
    OSP_CHECK(osp_sqlite_conn_open(&conn, NULL, OSP_SQLITE_WRITE, NULL) == OSP_OK);
    OSP_CHECK(osp_sqlite_conn_do(&conn, "BEGIN IMMEDIATE", NULL) == OSP_OK);
    OSP_CHECK(osp_sqlite_conn_do(&conn, "INSERT INTO note(body) VALUES ('x')", NULL) == OSP_OK);
    OSP_CHECK(sqlite3_set_authorizer(conn.handle, deny_all, NULL) == SQLITE_OK);
    osp_sqlite_conn_rollback(&conn);
    OSP_CHECK(conn.handle == NULL);
    /* Neither its lock nor its row is left. */
    OSP_CHECK(osp_db_exec(&w.task, "INSERT INTO note(body) VALUES ('y')") == 1);
    OSP_CHECK(notes(&w.task) == 1);
    tear_down(&w);
}

/* Holds the write lock in another process for 200 ms. */
static pid_t hold_lock(int *ret_ready)
{
    int fds[2];
    OSP_CHECK(pipe(fds) == 0);
    const pid_t child = fork();
    if (child == 0) {
        osp_sqlite_conn conn = { 0 };
        osp_status status = osp_sqlite_conn_open(&conn, NULL, OSP_SQLITE_WRITE, NULL);
        status = status < 0 ? status : osp_sqlite_conn_do(&conn, "BEGIN IMMEDIATE", NULL);
        const bool told = write(fds[1], "x", 1) == 1;
        usleep(200 * 1000);
        osp_sqlite_conn_rollback(&conn);
        osp_sqlite_conn_close(&conn);
        _exit(status == OSP_OK && told ? 0 : 1);
    }
    *ret_ready = fds[0];
    return child;
}

OSP_UNIT_TEST(sqlite_busy,
              "a lock of another process is waited for, by statements and transactions")
{
    world w;
    set_up(&w);
    for (int round = 0; round < 2; round++) {
        int ready = -1, status = 1;
        char byte;
        const pid_t child = hold_lock(&ready);
        OSP_CHECK(read(ready, &byte, 1) == 1);
        const int64_t begin = osp_now_us();
        OSP_CHECK(notes(&w.task) == (size_t)round); /* a read does not wait */
        OSP_CHECK(osp_now_us() - begin < 150000);
        if (round == 0) {
            OSP_CHECK(osp_db_exec(&w.task, "INSERT INTO note(body) VALUES ('x')") == 1);
        } else {
            OSP_TRANSACTION(&w.task)
            {
                OSP_CHECK(osp_db_exec(&w.task, "INSERT INTO note(body) VALUES ('y')") == 1);
            }
        }
        OSP_CHECK(osp_now_us() - begin > 100000);
        OSP_CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
    OSP_CHECK(notes(&w.task) == 2);
    tear_down(&w);
}

/* Acts as a process that recovers the WAL's index and takes 200 ms for it: holds the locks of the
 * writer and of the recovery, bytes 120 and 122 of the index, whose header is not valid meanwhile.
 * A reader that comes then gets SQLITE_BUSY, which no ordinary write makes it get. */
static pid_t hold_index(const world *w, int *ret_ready)
{
    int fds[2];
    OSP_CHECK(pipe(fds) == 0);
    const pid_t child = fork();
    if (child == 0) {
        char path[256], header[48], broken[48];
        snprintf(path, sizeof(path), "%s/test.db-shm", w->folder);
        const int fd = open(path, O_RDWR);
        bool good = fd >= 0 && pread(fd, header, sizeof(header), 0) == (ssize_t)sizeof(header);
        for (off_t at = 120; at <= 122; at += 2) {
            struct flock lock = {
                .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1
            };
            good = good && fcntl(fd, F_SETLK, &lock) == 0;
        }
        memset(broken, 0x5a, sizeof(broken));
        good = good && pwrite(fd, broken, sizeof(broken), 0) == (ssize_t)sizeof(broken);
        good = good && write(fds[1], "x", 1) == 1;
        usleep(200 * 1000);
        good = good && pwrite(fd, header, sizeof(header), 0) == (ssize_t)sizeof(header);
        _exit(good ? 0 : 1); /* which gives the locks */
    }
    *ret_ready = fds[0];
    return child;
}

/* Reads while the index is held; the rows come when it is free again. */
static void read_while_held(const world *w, osp_task *task)
{
    int ready = -1, status = 1;
    char byte;
    const pid_t child = hold_index(w, &ready);
    OSP_CHECK(read(ready, &byte, 1) == 1);
    const int64_t begin = osp_now_us();
    OSP_CHECK(osp_db_query(task, Card, SELECT_CARDS).count == 2);
    OSP_CHECK(osp_now_us() - begin > 100000);
    OSP_CHECK(task->error.status == OSP_OK);
    OSP_CHECK(waitpid(child, &status, 0) == child && status == 0);
    close(ready);
}

OSP_UNIT_TEST(sqlite_busy_read, "a read that another process locks out waits and gives its rows")
{
    world w;
    set_up(&w);
    fill(&w);
    osp_resource_sqlite.close(w.db);
    OSP_CHECK(osp_resource_sqlite.open(&w.db, &w.err) == OSP_OK);
    w.services[0].value = w.db;
    read_while_held(&w, &w.task); /* prepares under the lock: the schema is not read yet */
    read_while_held(&w, &w.task); /* steps under the lock */
    tear_down(&w);
}

/* ---------------------------------------------------------------- with a scheduler */

static void long_body(runner *my)
{
    check_long_reads(&my->task);
    OSP_CHECK(my->task.error.status == OSP_OK);
}

OSP_UNIT_TEST_THREADED(sqlite_fibers_read, "more long reads than connections wait in line")
{
    world w;
    static runner all[TASKS];
    set_up(&w);
    run_all(&w, all, 12, long_body);
    tear_down(&w);
}

/* Wakes all that came before, of whom some wait in line, and reads. */
static void waking_body(runner *my)
{
    for (int i = 0; i < my->number; i++) {
        runner *other = my - my->number + i;
        if (!other->ended) {
            other->task.waits->wake(&other->task);
        }
    }
    long_body(my);
}

OSP_UNIT_TEST_THREADED(sqlite_fibers_woken, "a task that is woken in line goes on waiting")
{
    world w;
    static runner all[TASKS];
    set_up(&w);
    run_all(&w, all, 12, waking_body);
    tear_down(&w);
}

#define ENDLESS COUNT_TO(4000000000) "SELECT count(*) FROM c"

/* As set_up; on a slow machine, too, what is endless is ended by the test alone. */
static void let_run(world *w)
{
    OSP_CHECK(setenv("OSP_DB_STATEMENT_S", "3600", 1) == 0);
    set_up(w);
}

/* Reads without an end, until the last task marks all of them as not wanted any more. */
static void vanishing_body(runner *my)
{
    if (my->number < 11) {
        OSP_CHECK(osp_db_one(&my->task, int64_t, ENDLESS) == NULL);
        OSP_CHECK(osp_recover(&my->task) == OSP_E_CANCELLED);
        OSP_CHECK(osp_db_one(&my->task, int64_t, "SELECT 1") == NULL);
        OSP_CHECK(osp_recover(&my->task) == OSP_E_CANCELLED);
        return;
    }
    OSP_CHECK(osp_sleep_ms(&my->task, 20) == OSP_OK);
    for (runner *other = my - my->number; other < my; other++) {
        osp_task_cancel(&other->task);
        other->task.waits->wake(&other->task);
    }
    long_body(my);
}

OSP_UNIT_TEST_THREADED(sqlite_fibers_cancelled,
                       "reads of tasks that nobody waits for end, whether they run or wait in line")
{
    world w;
    static runner all[12];
    let_run(&w);
    run_all(&w, all, OSP_ARRAY_LEN(all), vanishing_body);
    tear_down(&w);
}

/* The first holds the writer until the last has been refused. */
static void crowding_body(runner *my)
{
    osp_task *t = &my->task;
    if (my->number == 0) {
        OSP_TRANSACTION(t)
        {
            (void)osp_db_exec(t, "INSERT INTO note(body) VALUES ('held')");
            OSP_CHECK(osp_sleep_ms(t, 200) == OSP_OK);
        }
        OSP_CHECK(t->error.status == OSP_OK);
    } else if (my->number <= OSP_SQLITE_WAITING_MAX) {
        OSP_CHECK(osp_db_exec(t, "INSERT INTO note(body) VALUES ('waited')") == 1);
        OSP_CHECK(t->error.status == OSP_OK);
    } else {
        (void)osp_db_exec(t, "INSERT INTO note(body) VALUES ('one too many')");
        OSP_CHECK(osp_recover(t) == OSP_E_BUSY);
    }
}

OSP_UNIT_TEST_THREADED(sqlite_fibers_crowd,
                       "the line for the writer has an end, beyond which it is busy")
{
    world w;
    static runner all[OSP_SQLITE_WAITING_MAX + 2];
    set_up(&w);
    (void)osp_db_exec(&w.task, "INSERT INTO note(body) VALUES ('waited')"); /* known as writing */
    run_all(&w, all, OSP_ARRAY_LEN(all), crowding_body);
    OSP_CHECK(*osp_db_one(&w.task, int64_t, "SELECT count(*) FROM note WHERE body = 'waited'") ==
              OSP_SQLITE_WAITING_MAX + 1);
    tear_down(&w);
}

/* All connections are taken and the line is full; the last one is refused and ends the others. */
static void crowding_reader(runner *my)
{
    osp_task *t = &my->task;
    if (my->number < OSP_SQLITE_WAITING_MAX + 4) {
        OSP_CHECK(osp_db_one(t, int64_t, ENDLESS) == NULL && osp_recover(t) == OSP_E_CANCELLED);
        return;
    }
    OSP_CHECK(osp_db_one(t, int64_t, "SELECT 1") == NULL && osp_recover(t) == OSP_E_BUSY);
    for (runner *other = my - my->number; other < my; other++) {
        osp_task_cancel(&other->task);
        other->task.waits->wake(&other->task);
    }
}

OSP_UNIT_TEST_THREADED(sqlite_fibers_crowd_read, "so has the line for a connection to read with")
{
    world w;
    static runner all[OSP_SQLITE_WAITING_MAX + 5];
    let_run(&w);
    run_all(&w, all, OSP_ARRAY_LEN(all), crowding_reader);
    tear_down(&w);
}

static void mixed_body(runner *my)
{
    osp_task *t = &my->task;
    (void)notes(t);
    switch (my->number % 4) {
    case 0:
        OSP_CHECK(osp_db_exec(t, "INSERT INTO note(body) VALUES ('one')") == 1);
        break;
    case 1:
        OSP_TRANSACTION(t)
        {
            const size_t before = notes(t);
            (void)osp_db_exec(t, "INSERT INTO note(body) VALUES ('two')");
            (void)osp_db_exec(t, "INSERT INTO note(body) VALUES ('three')");
            OSP_CHECK(notes(t) == before + 2); /* nobody writes in between */
        }
        break;
    case 2:
        leave_inside(t);
        break;
    default:
        check_long_reads(t);
        break;
    }
    OSP_CHECK(t->error.status == OSP_OK);
}

OSP_UNIT_TEST_THREADED(sqlite_fibers_mixed,
                       "reads, writes and transactions of many tasks do not mix")
{
    world w;
    static runner all[TASKS];
    set_up(&w);
    run_all(&w, all, TASKS, mixed_body);
    OSP_CHECK(notes(&w.task) == TASKS / 4 * 3);
    tear_down(&w);
}

static void held_body(runner *my)
{
    if (my->number == 0) {
        read_while_held(my->w, &my->task);
        my->w->held_end_us = osp_now_us();
        return;
    }
    /* It begins when the read above has left the loop, and ends long before it. */
    OSP_CHECK(osp_sleep_ms(&my->task, 1) == OSP_OK);
    my->w->other_end_us = osp_now_us();
}

OSP_UNIT_TEST_THREADED(sqlite_fibers_busy,
                       "a read that another process locks out does not hold the loop")
{
    world w;
    static runner all[2];
    set_up(&w);
    fill(&w);
    run_all(&w, all, OSP_ARRAY_LEN(all), held_body);
    OSP_CHECK(w.other_end_us != 0 && w.held_end_us - w.other_end_us > 50000);
    tear_down(&w);
}
