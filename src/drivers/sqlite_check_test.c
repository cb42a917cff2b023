/* Queries against a schema and against their functions, without building an application. */
#include "drivers/sqlite_check.h"

#include "tests/unit/unit.h"

#define SCHEMA                                                                                     \
    "CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT NOT NULL, bio TEXT, age INTEGER NOT "    \
    "NULL, score REAL NOT NULL, seen INTEGER, odd ANY NOT NULL, raw BLOB NOT NULL) STRICT;"        \
    "CREATE TABLE article (id INTEGER PRIMARY KEY, slug TEXT NOT NULL, \"page count\" INT NOT "    \
    "NULL, author_id INTEGER NOT NULL REFERENCES user) STRICT;"                                    \
    "CREATE TABLE plain (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL, at DATETIME);"         \
    "CREATE TABLE pair (a INTEGER, b TEXT, PRIMARY KEY (a)) STRICT, WITHOUT ROWID;"                \
    "CREATE VIEW writer AS SELECT id, name, bio FROM user"

typedef struct Place {
    osp_str city;
} Place;
OSP_TYPE(Place, FIELD(city));

typedef struct Row {
    int64_t id;
    osp_opt_str name, bio;
    osp_opt_int age;
    osp_opt_double score;
} Row;
OSP_TYPE(Row, FIELD(id), FIELD(name), FIELD(bio), FIELD(age), FIELD(score));

typedef struct Name {
    osp_str name;
} Name;
OSP_TYPE(Name, FIELD(name));

typedef struct Bio {
    osp_str bio;
} Bio;
OSP_TYPE(Bio, FIELD(bio));

typedef struct Count {
    int64_t count;
} Count;
OSP_TYPE(Count, FIELD(count));

typedef struct Text {
    osp_str text;
} Text;
OSP_TYPE(Text, FIELD(text));

typedef struct Seen {
    osp_time seen;
} Seen;
OSP_TYPE(Seen, FIELD(seen));

typedef struct Home {
    osp_str name;
    Place home;
    osp_str_list tags;
} Home;
OSP_TYPE(Home, FIELD(name), OBJECT(home, Place), LIST(tags, osp_str));

typedef struct NewUser {
    osp_str name;
    osp_opt_str bio;
    int64_t age;
    osp_str_list tags;
} NewUser;
OSP_TYPE(NewUser, FIELD(name), FIELD(bio), FIELD(age), LIST(tags, osp_str));

#define NONE                                                                                       \
    {                                                                                              \
        {                                                                                          \
            0, NULL, NULL                                                                          \
        }                                                                                          \
    }
#define ONE(name, kind)                                                                            \
    {                                                                                              \
        {                                                                                          \
            kind, name, NULL                                                                       \
        }                                                                                          \
    }
#define STRUCT(T)                                                                                  \
    {                                                                                              \
        {                                                                                          \
            OSP_KIND_OBJECT, NULL, &osp_type_##T                                                   \
        }                                                                                          \
    }

/* A query and what is said of it: its first line without the file, or nothing. */
typedef struct sample {
    const osp_type *row; /* NULL: it gives changes */
    osp_query_arg args[3];
    const char *sql;
    const char *said;
} sample;

static const char *findings_of(const char *schema, const osp_type *row, const osp_query_arg *args,
                               size_t arg_count, const osp_query_text *sql)
{
    static char text[1 << 14];
    const osp_migration migration = { "0001_start.sql", schema, "" };
    const osp_query query = { .line = 7,
                              .gives = row != NULL ? OSP_QUERY_GIVES_ROWS : OSP_QUERY_GIVES_CHANGES,
                              .file = "a.c",
                              .name = "find",
                              .row = row,
                              .args = args,
                              .arg_count = arg_count,
                              .text = sql };
    const osp_query *queries[] = { &query };
    const osp_app_def app = {
        .migrations = &migration, .migration_count = 1, .queries = queries, .query_count = 1
    };
    osp_buf out;
    osp_buf_init(&out, text, sizeof(text) - 1, sizeof(text) - 1);
    const size_t found = osp_sqlite_check_queries(&app, &out);
    OSP_CHECK(!out.failed && (found != 0) == (out.len != 0));
    text[out.len] = '\0';
    return text;
}

/* The findings for one query, which stands at line 10 of a.sql. */
static const char *findings(const char *schema, const sample *s)
{
    const osp_query_text sql = { .sql = s->sql, .place = { "a.sql", 10 }, .column = 1 };
    size_t count = 0;
    while (count < 3 && (s->args[count].name != NULL || s->args[count].type != NULL)) {
        count++;
    }
    return findings_of(schema, s->row, s->args, count, &sql);
}

static void check_all(const sample *samples, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        const char *text = findings(SCHEMA, &samples[i]);
        const osp_str first = { text, strcspn(text, "\n") };
        const char *said = samples[i].said != NULL ? samples[i].said : "";
        if (!osp_str_equal(first, osp_str_from(said))) {
            fprintf(stderr, "%s\n got: %.*s\nwant: %s\n", samples[i].sql, OSP_ARG(first), said);
            wrong++;
        }
    }
    OSP_CHECK(wrong == 0);
}
#define CHECK_ALL(samples) check_all((samples), OSP_ARRAY_LEN(samples))

OSP_UNIT_TEST(query_check_names,
              "what the schema does not have is named at its place, with what is near")
{
    static const sample samples[] = {
        { &osp_type_Name, NONE, "SELECT name FROM user", NULL },
        { &osp_type_Name, NONE, "SELECT nam FROM user",
          "a.sql:10:8: error: no such column: nam; did you mean name?" },
        { &osp_type_Name, NONE, "SELECT\n  u.nmae AS name\n  FROM user u",
          "a.sql:11:3: error: no such column: u.nmae; did you mean name?" },
        { &osp_type_Name, NONE, "SELECT name FROM usr",
          "a.sql:10:18: error: no such table: usr; did you mean user?" },
        { &osp_type_Name, NONE, "SELECT name FROM nothing_like_it",
          "a.sql:10:18: error: no such table: nothing_like_it" },
        /* Only columns of tables that the query has are meant. */
        { &osp_type_Name, NONE, "SELECT slg AS name FROM user",
          "a.sql:10:8: error: no such column: slg" },
        { NULL, ONE("name", OSP_KIND_STR), "INSERT INTO user (nam) VALUES (:name)",
          "a.sql:10:19: error: table user has no column named nam; did you mean name?" },
        { &osp_type_Name, NONE, "SELECT name FORM user",
          "a.sql:10:18: error: near \"user\": syntax error" },
        { &osp_type_Name, NONE, "SELECT lenght(name) AS name FROM user",
          "a.sql:10:8: error: no such function: lenght" },
        { &osp_type_Name, NONE, "SELECT id, name FROM user JOIN article",
          "a.sql:10:8: error: ambiguous column name: id" },
        { &osp_type_Name, NONE, "SELECT name FROM user; SELECT 1",
          "a.sql:10:24: error: a second statement in the query find; a line -- name: begins "
          "another query" },
        { &osp_type_Name, NONE, "SELECT name FROM user;; -- done", NULL },
        { NULL, NONE, "COMMIT",
          "a.sql:10:1: error: this is not allowed here; transactions are OSP_TRANSACTION" },
        { NULL, NONE, "ATTACH 'x' AS y",
          "a.sql:10:1: error: this is not allowed here; transactions are OSP_TRANSACTION" },
        { &osp_type_Name, NONE, "SELECT name FROM", "a.sql:10:1: error: incomplete input" },
        { &osp_type_Name, NONE, "SELECT \"name FROM user",
          "a.sql:10:8: error: unrecognized token: \"\"name FROM user\"" },
    };
    CHECK_ALL(samples);
}

OSP_UNIT_TEST(query_check_parameters, "parameters and arguments are the same names")
{
    static const sample samples[] = {
        { &osp_type_Name, ONE("id", OSP_KIND_INT64), "SELECT name FROM user WHERE id = :id", NULL },
        { &osp_type_Name, ONE("id", OSP_KIND_INT64),
          "SELECT name FROM user WHERE id = :id OR :id = 0", NULL },
        { &osp_type_Name, ONE("user_id", OSP_KIND_INT64),
          "SELECT name FROM user WHERE id = :usr_id",
          "a.sql:10:34: error: no argument of find fills :usr_id; did you mean :user_id?" },
        { &osp_type_Name, NONE, "SELECT name FROM user WHERE id = :id",
          "a.sql:10:34: error: no argument of find (a.c:7) fills :id" },
        { &osp_type_Name, ONE("id", OSP_KIND_INT64), "SELECT name FROM user",
          "a.c:7: error: find has an argument id, which no parameter of the query takes "
          "(a.sql:10)" },
        { &osp_type_Name, ONE("id", OSP_KIND_INT64), "SELECT name FROM user WHERE id = ?",
          "a.sql:10:34: error: a parameter of a query has a colon and the name of an argument, "
          "such "
          "as :slug" },
        { &osp_type_Name, ONE("id", OSP_KIND_INT64), "SELECT name FROM user WHERE id = @id",
          "a.sql:10:34: error: a parameter of a query has a colon and the name of an argument, "
          "such "
          "as :slug" },
        /* A struct may have members that a statement does not need. */
        { NULL, STRUCT(NewUser), "UPDATE user SET name = :name, bio = :bio", NULL },
        { NULL, STRUCT(NewUser), "UPDATE user SET name = :nam",
          "a.sql:10:24: error: no argument of find fills :nam; did you mean :name?" },
        /* In a string or a comment it is no parameter. */
        { NULL, NONE, "UPDATE user SET name = ':name' /* :name */ -- :name", NULL },
    };
    CHECK_ALL(samples);
}

OSP_UNIT_TEST(query_check_kinds, "an argument that meets a column alone has a type that fits it")
{
    static const sample samples[] = {
        { NULL, ONE("name", OSP_KIND_INT64), "UPDATE user SET name = :name",
          "a.sql:10:24: error: name is an int64_t, bound as an integer, and the column name is "
          "TEXT" },
        { NULL, ONE("x", OSP_KIND_STR), "DELETE FROM user WHERE user.id = :x",
          "a.sql:10:34: error: x is an osp_str, bound as a text, and the column id is INTEGER" },
        { NULL, ONE("x", OSP_KIND_STR), "DELETE FROM user WHERE user.id=CAST(:x AS INTEGER)",
          NULL },
        { NULL, ONE("x", OSP_KIND_STR), "DELETE FROM user WHERE user.id = :x + 1", NULL },
        { NULL, ONE("x", OSP_KIND_DOUBLE), "DELETE FROM user WHERE age <= :x",
          "a.sql:10:31: error: x is a double, bound as a number, and the column age is INTEGER" },
        { NULL, ONE("x", OSP_KIND_INT64), "DELETE FROM user WHERE score > :x", NULL },
        { NULL, ONE("x", OSP_KIND_DOUBLE), "DELETE FROM user WHERE score * age > :x", NULL },
        { NULL, ONE("x", OSP_KIND_TIME), "DELETE FROM user WHERE seen < :x", NULL },
        { NULL, ONE("x", OSP_KIND_TIME), "DELETE FROM user WHERE bio < :x",
          "a.sql:10:30: error: x is an osp_time, bound as an integer, and the column bio is TEXT" },
        { NULL, ONE("x", OSP_KIND_STR), "DELETE FROM user WHERE odd = :x", NULL },
        { NULL, ONE("x", OSP_KIND_TIME), "DELETE FROM plain WHERE at = :x", NULL },
        { NULL, STRUCT(NewUser),
          "INSERT INTO user (age, name, score, odd, raw) VALUES (:name, :name, 1.5, 1, x'00')",
          "a.sql:10:55: error: name is an osp_str, bound as a text, and the column age is "
          "INTEGER" },
        { NULL, STRUCT(NewUser), "INSERT INTO user (name, age) VALUES (coalesce(:name, '('), :age)",
          NULL },
        { NULL, STRUCT(NewUser),
          "INSERT INTO article (slug, \"page count\", author_id) VALUES (:name, :name, 1)",
          "a.sql:10:68: error: name is an osp_str, bound as a text, and the column \"page count\" "
          "is "
          "INTEGER" },
        { NULL, STRUCT(NewUser), "UPDATE user SET bio = :tags", NULL }, /* JSON */
        { &osp_type_Name, ONE("x", OSP_KIND_STR), "SELECT name FROM user LIMIT :x",
          "a.sql:10:29: error: x is an osp_str, and LIMIT takes an integer" },
        { &osp_type_Name, ONE("x", OSP_KIND_DOUBLE), "SELECT name FROM user LIMIT 1 OFFSET :x",
          "a.sql:10:38: error: x is a double, and OFFSET takes an integer" },
        /* Of which table a column is. */
        { NULL, ONE("x", OSP_KIND_STR),
          "DELETE FROM user WHERE EXISTS (SELECT 1 FROM pair p WHERE p.a = :x)",
          "a.sql:10:65: error: x is an osp_str, bound as a text, and the column a is INTEGER" },
        { NULL, ONE("x", OSP_KIND_STR),
          "DELETE FROM user WHERE EXISTS (SELECT 1 FROM (SELECT 'b' AS a) p, pair WHERE p.a = :x)",
          NULL },
        { NULL, ONE("x", OSP_KIND_STR),
          "WITH p (id) AS (SELECT name FROM user) DELETE FROM plain WHERE name IN (SELECT id FROM "
          "p "
          "WHERE id = :x)",
          NULL },
        /* Two tables that disagree about a column of that name. */
        { NULL, ONE("x", OSP_KIND_STR),
          "DELETE FROM pair WHERE EXISTS (SELECT 1 FROM plain, (SELECT 1 AS a) WHERE b = :x)",
          NULL },
    };
    CHECK_ALL(samples);
}

OSP_UNIT_TEST(query_check_columns, "columns of the result are the members of the row")
{
    static const sample samples[] = {
        { &osp_type_Row, NONE, "SELECT id, name, bio, age, score FROM user", NULL },
        { &osp_type_Row, NONE, "SELECT id, age AS nmae FROM user",
          "a.sql:10:19: error: no member of Row is called nmae; did you mean name?" },
        { &osp_type_Name, NONE, "SELECT name, raw FROM user",
          "a.sql:10:14: error: no member of Name is called raw; AS renames a column" },
        { &osp_type_Name, NONE, "SELECT count(*), name FROM user",
          "a.sql:10:1: error: no member of Name is called count(*)" },
        { &osp_type_Name, NONE, "SELECT name, bio AS name FROM user",
          "a.sql:10:21: error: two columns fill member name of Name" },
        { &osp_type_Row, NONE, "SELECT name FROM user",
          "a.sql:10:1: error: no column fills member id of Row; select it, or make the member an "
          "osp_opt_*" },
        { &osp_type_Home, NONE, "SELECT name, name AS \"home.city\" FROM user", NULL },
        { &osp_type_Home, NONE, "SELECT name, name AS \"home.town\" FROM user",
          "a.sql:10:22: error: no member of Home is called home.town; AS renames a column" },
        { &osp_type_Home, NONE, "SELECT name FROM user",
          "a.sql:10:1: error: no column fills member city of Home; select it, or make the member "
          "an osp_opt_*" },
        { &osp_type_Count, NONE, "SELECT count(*) AS count FROM user", NULL },
        { &osp_type_int64_t, NONE, "SELECT count(*) FROM user", NULL },
        { NULL, NONE, "SELECT 1",
          "a.sql:10:1: error: the statement gives rows, and OSP_QUERY_EXEC(find, ...) takes none; "
          "say OSP_QUERY or OSP_QUERY_ONE with the type of a row" },
        { &osp_type_Name, NONE, "DELETE FROM user",
          "a.sql:10:1: error: find is declared to give rows of Name, but the statement gives none; "
          "add RETURNING, or say OSP_QUERY_EXEC" },
        { &osp_type_Name, NONE, "DELETE FROM user RETURNING name", NULL },
    };
    CHECK_ALL(samples);
}

OSP_UNIT_TEST(query_check_types, "a column's declared type must be one that its member takes")
{
    static const sample samples[] = {
        { &osp_type_Count, NONE, "SELECT name AS count FROM user",
          "a.sql:10:16: error: the column is TEXT, and member count of Count is an int64_t" },
        { &osp_type_Count, NONE, "SELECT score AS count FROM user",
          "a.sql:10:17: error: the column is REAL, and member count of Count is an int64_t" },
        { &osp_type_Text, NONE, "SELECT age AS text FROM user",
          "a.sql:10:15: error: the column is INTEGER, and member text of Text is an osp_str" },
        { &osp_type_Text, NONE, "SELECT \"page count\" AS text FROM article",
          "a.sql:10:24: error: the column is INT, and member text of Text is an osp_str" },
        { &osp_type_Text, NONE, "SELECT name AS text FROM plain", NULL },
        { &osp_type_Text, NONE, "SELECT odd AS text FROM user", NULL },
        { &osp_type_Text, NONE, "SELECT age || '' AS text FROM user", NULL },
        { &osp_type_Seen, NONE, "SELECT age AS seen FROM user", NULL },
        { &osp_type_Home, NONE, "SELECT name, age AS tags, name AS \"home.city\" FROM user",
          "a.sql:10:21: error: the column is INTEGER, and member tags of Home is a list" },
        { &osp_type_Count, NONE, "SELECT (SELECT name FROM user LIMIT 1) AS count",
          "a.sql:10:43: error: the column is TEXT, and member count of Count is an int64_t" },
    };
    CHECK_ALL(samples);
}

OSP_UNIT_TEST(query_check_null, "a column that may be NULL needs an optional member")
{
#define MAY                                                                                        \
    "user.bio may be NULL, and member bio of Bio is not optional; make it an osp_opt_*, say IS "   \
    "NOT NULL, or select coalesce(...)"
    static const sample samples[] = {
        { &osp_type_Bio, NONE, "SELECT bio FROM user", "a.sql:10:8: error: " MAY },
        { &osp_type_Bio, NONE, "SELECT w.bio FROM writer w", "a.sql:10:10: error: " MAY },
        { &osp_type_Bio, NONE, "SELECT bio FROM (SELECT * FROM user)", "a.sql:10:8: error: " MAY },
        { &osp_type_Bio, NONE, "SELECT bio FROM user WHERE bio IS NOT NULL", NULL },
        { &osp_type_Bio, NONE, "SELECT bio FROM user WHERE bio NOTNULL", NULL },
        { &osp_type_Bio, NONE, "SELECT bio FROM user WHERE bio > ''", NULL },
        { &osp_type_Bio, NONE, "SELECT coalesce(bio, '') AS bio FROM user", NULL },
        { &osp_type_Row, NONE, "SELECT id, bio FROM user", NULL },
        { &osp_type_Name, NONE, "SELECT u.name FROM article a JOIN user u ON u.id = a.author_id",
          NULL },
        { &osp_type_Name, NONE,
          "SELECT u.name FROM article a LEFT JOIN user u ON u.id = a.author_id",
          "a.sql:10:10: error: the outer join makes user.name NULL where there is no row, and "
          "member "
          "name of Name is not optional; make it an osp_opt_*, or select coalesce(...)" },
        { &osp_type_Name, NONE,
          "SELECT u.name FROM article a LEFT OUTER JOIN user AS u ON u.id = a.author_id",
          "a.sql:10:10: error: the outer join makes user.name NULL where there is no row, and "
          "member "
          "name of Name is not optional; make it an osp_opt_*, or select coalesce(...)" },
        { &osp_type_Name, NONE, "SELECT u.name FROM user u LEFT JOIN article a ON a.id = u.id",
          NULL },
        { &osp_type_Name, NONE,
          "SELECT u.name FROM user u RIGHT JOIN article a ON u.id = a.author_id",
          "a.sql:10:10: error: the outer join makes user.name NULL where there is no row, and "
          "member "
          "name of Name is not optional; make it an osp_opt_*, or select coalesce(...)" },
        /* One of two users is certain, and which is meant is not known. */
        { &osp_type_Name, NONE, "SELECT u.name FROM user u LEFT JOIN user v ON v.id = u.age",
          NULL },
        /* Keys: the row's own number is never NULL, nor what a table without one is keyed by. */
        { &osp_type_int64_t, NONE, "SELECT id FROM plain", NULL },
        { &osp_type_int64_t, NONE, "SELECT a FROM pair", NULL },
    };
    CHECK_ALL(samples);
}

OSP_UNIT_TEST(query_check_excerpt, "a finding shows its line, whole or around the mark")
{
    const sample tabs = { &osp_type_Name, NONE, "SELECT\n\t'\xc3\xa4' || nmae AS name FROM user",
                          NULL };
    OSP_CHECK_STR(osp_str_from(findings(SCHEMA, &tabs)),
                  OSP_STR("a.sql:11:10: error: no such column: nmae; did you mean name?\n"
                          "   11 | \t'\xc3\xa4' || nmae AS name FROM user\n"
                          "      | \t       ^~~~\n"));
    char sql[2000] = "SELECT ";
    for (int i = 0; i < 200; i++) {
        strcat(sql, "1 + ");
    }
    strcat(sql, "nmae AS name FROM user WHERE 'a long line' <> 'is cut at both of its ends, here'");
    const sample wide = { &osp_type_Name, NONE, sql, NULL };
    const char *text = findings(SCHEMA, &wide);
    OSP_CHECK(strlen(text) < 320 && strstr(text, "nmae AS name FROM user") != NULL);
}

OSP_UNIT_TEST(query_check_pieces, "what is wrong in a part is told at its place in the part")
{
    /* 3: SELECT {columns} FROM user {where}, and the parts at 20 and 30. */
    static const osp_query_piece pieces[] = {
        { 0, 3, 1 }, { 7, 20, 3 }, { 15, 3, 17 }, { 26, 30, 1 }
    };
    static const struct {
        const char *sql, *said;
    } cases[] = {
        { "SELECT id, name FROM user WHERE 1", "" },
        { "SELECT id, nmae FROM user WHERE 1",
          "a.sql:20:7: error: no such column: nmae; did you mean name?\n"
          "   20 |   id, nmae\n      |       ^~~~\n" },
        { "SELECT id, name FROM usre WHERE 1",
          "a.sql:3:23: error: no such table: usre; did you mean user?\n"
          "    3 |                  FROM usre \n      |                       ^~~~\n" },
        { "SELECT id, name FROM user WHERE x", "a.sql:30:7: error: no such column: x\n"
                                               "   30 | WHERE x\n      |       ^\n" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const osp_query_text text = { .sql = cases[i].sql,
                                      .place = { "a.sql", 3 },
                                      .column = 1,
                                      .piece_count = OSP_ARRAY_LEN(pieces),
                                      .pieces = pieces };
        OSP_CHECK_STR(osp_str_from(findings_of(SCHEMA, &osp_type_Row, NULL, 0, &text)),
                      osp_str_from(cases[i].said));
    }
}

OSP_UNIT_TEST(query_check_migration, "a migration that fails is told in place of the queries")
{
    const sample any = { &osp_type_Name, NONE, "SELECT name FROM user", NULL };
    OSP_CHECK_STR(osp_str_from(findings("CREATE TABLE a (b);\nCREATE TABEL c (d)", &any)),
                  OSP_STR("migrations/0001_start.sql:2:8: error: near \"TABEL\": syntax error in "
                          "\"CREATE TABEL c (d)\"\n"));
}

OSP_UNIT_TEST(query_check_long,
              "a statement of more words than are looked at is prepared all the same")
{
    static char sql[OSP_SQLITE_CHECK_TOKENS_MAX * 4];
    strcpy(sql, "SELECT name FROM user WHERE age IN (1");
    for (size_t i = strlen(sql); i + 3 < sizeof(sql); i += 2) {
        memcpy(sql + i, ",1", 3);
    }
    strcpy(sql + strlen(sql) - 1, ")");
    sql[strlen(sql) - 2] = '1';
    const sample wide = { &osp_type_Name, NONE, sql, NULL };
    OSP_CHECK_STR(osp_str_from(findings(SCHEMA, &wide)), OSP_STR(""));
}
