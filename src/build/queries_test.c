#include "build/queries.h"

#include "tests/unit/unit.h"

typedef struct bench {
    osp_arena arena;
    osp_queries queries;
} bench;

static bench *set_up(void)
{
    static bench b;
    memset(&b, 0, sizeof(b));
    osp_arena_init(&b.arena, NULL, 0, (size_t)64 << 20);
    osp_buf_init(&b.queries.said, NULL, 0, 1 << 20);
    return &b;
}

static void tear_down(bench *b)
{
    OSP_CHECK(!b->queries.said.failed);
    osp_buf_done(&b->queries.said);
    osp_arena_done(&b->arena);
}

static const osp_query_def *def_at(const bench *b, size_t index)
{
    OSP_CHECK(index < b->queries.defs.count);
    return b->queries.defs.items[index];
}

/* Reads one file; its only query, or what is said of it. */
static void reads(osp_str text, const char *sql, const char *said)
{
    bench *b = set_up();
    osp_queries_read(&b->arena, "a.sql", text, &b->queries);
    const osp_str first = osp_str_from(b->queries.first.message);
    OSP_CHECK_STR(first, osp_str_from(said != NULL ? said : ""));
    if (sql != NULL) {
        OSP_CHECK(b->queries.defs.count == 1);
        OSP_CHECK_STR(def_at(b, 0)->sql, osp_str_from(sql));
    }
    tear_down(b);
}

OSP_UNIT_TEST(queries_read, "queries are read with their places, up to the last word of each")
{
    bench *b = set_up();
    osp_queries_read(&b->arena, "lib/user.sql",
                     OSP_STR("\xef\xbb\xbf-- Users.\n"
                             "\n"
                             "-- name: user_find :one\n"
                             "-- by its name\n"
                             "SELECT id -- and more\n"
                             "  FROM user WHERE name = :name; -- done\n"
                             "/* The next one. */\n"
                             "  --name:user_all\r\n"
                             "/* both */ SELECT *\r\n FROM user\r\n"
                             "-- name:\tuser_erase\t:exec\n"
                             "DELETE FROM user"),
                     &b->queries);
    OSP_CHECK_STR(osp_str_from(b->queries.first.message), OSP_STR(""));
    OSP_CHECK(b->queries.defs.count == 3);
    const osp_query_def *find = def_at(b, 0), *all = def_at(b, 1), *erase = def_at(b, 2);
    OSP_CHECK(strcmp(find->name, "user_find") == 0 && find->gives == OSP_QUERY_GIVES_ONE);
    OSP_CHECK(find->name_line == 3 && find->place.line == 5 && find->place.column == 1);
    OSP_CHECK_STR(find->sql, OSP_STR("SELECT id -- and more\n  FROM user WHERE name = :name;"));
    OSP_CHECK(strcmp(all->name, "user_all") == 0 && all->gives == 0);
    OSP_CHECK(all->name_line == 8 && all->place.line == 9 && all->place.column == 12);
    OSP_CHECK_STR(all->sql, OSP_STR("SELECT *\r\n FROM user"));
    OSP_CHECK(strcmp(erase->name, "user_erase") == 0 && erase->gives == OSP_QUERY_GIVES_CHANGES);
    OSP_CHECK_STR(erase->sql, OSP_STR("DELETE FROM user"));
    tear_down(b);
}

OSP_UNIT_TEST(queries_inside,
              "what stands in a string, a comment or behind a column names no query")
{
    reads(OSP_STR("-- name: a\nSELECT '\n-- name: b\n', \"\n-- name: c\n\", /*\n-- name: d\n*/ 1"),
          "SELECT '\n-- name: b\n', \"\n-- name: c\n\", /*\n-- name: d\n*/ 1", NULL);
    reads(OSP_STR("-- name: a\nSELECT x, -- name: of the user\n y"),
          "SELECT x, -- name: of the user\n y", NULL);
    /* BEGIN and END, CASE and semicolons are the database's affair. */
    reads(OSP_STR("-- name: a\nCREATE TRIGGER t AFTER DELETE ON x BEGIN SELECT CASE WHEN 1 THEN 2 "
                  "END; BEGIN; END; END;\n"),
          "CREATE TRIGGER t AFTER DELETE ON x BEGIN SELECT CASE WHEN 1 THEN 2 END; BEGIN; END; "
          "END;",
          NULL);
}

OSP_UNIT_TEST(queries_wrong, "a file that is not one of queries is refused at its place")
{
#define NAME_RULES                                                                                 \
    "the name of a query is that of its function: letters, digits and _, at most 63, not "         \
    "beginning with a digit or osp_"
#define NO_QUERY "the file has no query; one begins with a line that names it: -- name: user_find"
    static const struct {
        const char *text, *said;
    } cases[] = {
        { "", "a.sql:1:1: " NO_QUERY },
        { "-- nothing\n", "a.sql:1:1: " NO_QUERY },
        { "\n SELECT 1; SELECT 2", "a.sql:2:2: a query begins with a line that names it: -- name: "
                                   "user_find" },
        { "-- name: a\n", "a.sql:1:10: the query a has no statement" },
        { "-- name: a\n;;-- x\n;-- name: b\n", "a.sql:1:10: the query a has no statement" },
        { "-- name: a\n;SELECT 1", NULL },
        { "-- name: a\n-- name: b\nSELECT 1", "a.sql:1:10: the query a has no statement" },
        { "-- name: a\nSELECT 1\n-- name: a\nSELECT 2",
          "a.sql:3:10: a.sql:1 has a query a already" },
        { "-- name:\nSELECT 1", "a.sql:1:9: " NAME_RULES },
        { "-- name: 1a\nSELECT 1", "a.sql:1:10: " NAME_RULES },
        { "-- name: a-b\nSELECT 1", "a.sql:1:10: " NAME_RULES },
        { "-- name: osp_a\nSELECT 1", "a.sql:1:10: " NAME_RULES },
        { "-- name: \xc3\xa4\nSELECT 1", "a.sql:1:10: " NAME_RULES },
        { "-- name: a :all\nSELECT 1",
          "a.sql:1:12: behind the name of a query stands what it gives: :one, :many or :exec, or "
          "nothing" },
        { "-- name: a\nSELECT 'x", "a.sql:2:8: this quote is never closed" },
        { "-- name: a\nSELECT [x", "a.sql:2:8: this quote is never closed" },
        { "-- name: a\nSELECT 1 /* x", "a.sql:2:10: this comment never ends" },
        { "-- name: a\nSELECT \xff", "a.sql:1:1: the file is not UTF-8" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        reads(osp_str_from(cases[i].text), NULL, cases[i].said);
    }
    reads(OSP_STR("-- name: a\nSELECT \0 1"), NULL, "a.sql:2:8: the file holds a NUL byte");
}

OSP_UNIT_TEST(queries_all_findings, "one bad query hides no other")
{
    bench *b = set_up();
    osp_queries_read(
        &b->arena, "a.sql",
        OSP_STR("-- name: 1a\nSELECT 1;\n-- name: b\nSELECT 2;\n-- name: c-d\nSELECT 3"),
        &b->queries);
    OSP_CHECK(b->queries.defs.count == 1);
    OSP_CHECK_STR(osp_str_from(def_at(b, 0)->name), OSP_STR("b"));
    b->queries.said.ptr[b->queries.said.len - 1] = '\0';
    OSP_CHECK(strstr(b->queries.said.ptr, "a.sql:1:10: error: the name of a query") != NULL);
    OSP_CHECK(strstr(b->queries.said.ptr, "a.sql:5:10: error: the name of a query") != NULL);
    OSP_CHECK(strstr(b->queries.said.ptr, "    5 | -- name: c-d\n      |          ^~~") != NULL);
    tear_down(b);
}

OSP_UNIT_TEST(queries_limits, "names, files and the number of queries end where they are said to")
{
    char text[OSP_QUERIES_NAME_MAX + 40];
    char name[OSP_QUERIES_NAME_MAX + 2];
    memset(name, 'n', sizeof(name));
    name[OSP_QUERIES_NAME_MAX] = '\0';
    (void)snprintf(text, sizeof(text), "-- name: %s\nSELECT 1", name);
    reads(osp_str_from(text), "SELECT 1", NULL);
    name[OSP_QUERIES_NAME_MAX] = 'n';
    name[OSP_QUERIES_NAME_MAX + 1] = '\0';
    (void)snprintf(text, sizeof(text), "-- name: %s\nSELECT 1", name);
    reads(osp_str_from(text), NULL, "a.sql:1:10: " NAME_RULES);

    char *file = malloc(OSP_QUERIES_FILE_MAX + 1);
    OSP_CHECK(file != NULL);
    memset(file, ' ', OSP_QUERIES_FILE_MAX + 1);
    memcpy(file, "-- name: a\nSELECT 1", 19);
    reads((osp_str){ file, OSP_QUERIES_FILE_MAX }, "SELECT 1", NULL);
    reads((osp_str){ file, OSP_QUERIES_FILE_MAX + 1 }, NULL,
          "a.sql:1:1: a file of queries has at most 1048576 bytes");

    osp_buf many;
    bench *b = set_up();
    osp_buf_init(&many, NULL, 0, 1 << 20);
    for (int i = 0; i < OSP_QUERIES_MAX; i++) {
        osp_buf_printf(&many, "-- name: q%d\nSELECT 1\n", i);
    }
    osp_queries_read(&b->arena, "a.sql", (osp_str){ many.ptr, many.len }, &b->queries);
    OSP_CHECK(b->queries.defs.count == OSP_QUERIES_MAX && b->queries.first.status == OSP_OK);
    osp_queries_read(&b->arena, "b.sql", OSP_STR("-- name: more\nSELECT 1"), &b->queries);
    OSP_CHECK(b->queries.defs.count == OSP_QUERIES_MAX);
    OSP_CHECK_STR(osp_str_from(b->queries.first.message),
                  OSP_STR("b.sql:2:1: more than 4096 queries"));
    osp_buf_done(&many);
    tear_down(b);
    free(file);
}

/* A file whose last query has parts; the places of its pieces, "at:line:column ...". */
static void puts_together(const char *text, const char *sql, const char *pieces)
{
    bench *b = set_up();
    char told[300] = "";
    osp_queries_read(&b->arena, "a.sql", osp_str_from(text), &b->queries);
    OSP_CHECK_STR(osp_str_from(b->queries.first.message), OSP_STR(""));
    const osp_query_def *def = def_at(b, b->queries.defs.count - 1);
    for (size_t i = 0; i < def->piece_count; i++) {
        const osp_query_piece *piece = &def->pieces[i];
        (void)snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s%u:%d:%d",
                       i > 0 ? " " : "", piece->at, piece->line, piece->column);
    }
    OSP_CHECK_STR(def->sql, osp_str_from(sql));
    OSP_CHECK_STR(osp_str_from(told), osp_str_from(pieces));
    tear_down(b);
}

OSP_UNIT_TEST(queries_parts,
              "queries share the parts of their file, and every piece knows its place")
{
    puts_together("-- part: columns\nid,\n  name -- both\n-- name: a\nSELECT {columns}\n FROM t",
                  "SELECT id,\n  name\n FROM t", "0:5:1 7:2:1 17:5:17");
    puts_together("-- part: all\nSELECT 1\n-- name: a\n{all}", "SELECT 1", "0:2:1");
    /* Parts of parts, twice and side by side. */
    puts_together("-- part: x\nxx\n-- part: y\n({x}, { x })\n-- name: a\nSELECT {y}{x};",
                  "SELECT (xx, xx)xx;", "0:6:1 7:4:1 8:2:1 10:4:5 12:2:1 14:4:12 15:2:1 17:6:14");
    puts_together("-- part: x\ny\n-- name: a\nSELECT {\n x } z", "SELECT y z", "0:4:1 7:2:1 8:5:5");
    /* In strings and comments, and where it is something else, nothing is put. */
    puts_together("-- part: x\ny\n-- name: a\nSELECT '{x}' /* {x} */, {1}, {x, {",
                  "SELECT '{x}' /* {x} */, {1}, {x, {", "");
}

OSP_UNIT_TEST(queries_parts_wrong, "a part stands above, has a text, and makes no query too long")
{
    static const char *const cases[][2] = {
        { "-- name: a\nSELECT {columns}",
          "a.sql:2:8: no part columns stands above; one begins with a line -- part: and its name" },
        { "-- part: columns\nx\n-- name: a\nSELECT {colums}",
          "a.sql:4:8: no part colums stands above; did you mean {columns}?" },
        { "-- name: a\nSELECT {x}\n-- part: x\n1",
          "a.sql:2:8: no part x stands above; one begins with a line -- part: and its name" },
        { "-- part: x\n{x}\n-- name: a\nSELECT 1",
          "a.sql:2:1: no part x stands above; one begins with a line -- part: and its name" },
        { "-- part: x\n-- name: a\nSELECT 1", "a.sql:1:10: the part x has no text" },
        { "-- part: x\n1\n-- part: x\n2\n-- name: a\nSELECT 1",
          "a.sql:3:10: a.sql:1 has a part x already" },
        { "-- part: x :one\n1\n-- name: a\nSELECT 1",
          "a.sql:1:12: behind the name of a part stands nothing" },
        { "-- part: x\n1", "a.sql:1:1: " NO_QUERY },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        reads(osp_str_from(cases[i][0]), NULL, cases[i][1]);
    }
}

OSP_UNIT_TEST(queries_parts_limits, "parts of parts make no query too long, nor of too many pieces")
{
    osp_buf text;
    osp_buf_init(&text, NULL, 0, 1 << 18);
    osp_buf_str(&text, OSP_STR("-- part: p0\n1\n"));
    int doubled = 0;
    for (; 1 << doubled < OSP_QUERIES_PIECES_MAX; doubled++) {
        osp_buf_printf(&text, "-- part: p%d\n{p%d}{p%d}\n", doubled + 1, doubled, doubled);
    }
    const size_t parts = text.len;
    osp_buf_printf(&text, "-- name: a\n{p%d}", doubled);
    reads((osp_str){ text.ptr, text.len }, NULL, NULL);
    text.len = parts;
    osp_buf_printf(&text, "-- name: a\n{p%d};", doubled);
    reads((osp_str){ text.ptr, text.len }, NULL,
          "a.sql:24:1: with its parts a has more than 65536 bytes or 1024 pieces");

    text.len = 0;
    osp_buf_printf(&text, "-- part: p\n%0*d\n-- name: a\n{p}{p}", OSP_QUERIES_PARTS_MAX / 2, 1);
    reads((osp_str){ text.ptr, text.len }, NULL, NULL);
    osp_buf_byte(&text, ';');
    reads((osp_str){ text.ptr, text.len }, NULL,
          "a.sql:4:1: with its parts a has more than 65536 bytes or 1024 pieces");
    osp_buf_done(&text);
}

static void declare(bench *b, const char *file, const char *name, int line, osp_query_gives gives)
{
    const osp_query query = { .line = line, .gives = gives };
    const osp_declared declared = { OSP_DECLARED_QUERY,
                                    osp_str_from(name),
                                    { (const char *)&query, sizeof(query) } };
    osp_queries_take(&b->arena, file, &declared, 1, &b->queries);
}

OSP_UNIT_TEST(queries_match, "each query has its function, and each function its query")
{
    bench *b = set_up();
    osp_queries_read(&b->arena, "a.sql",
                     OSP_STR("-- name: user_find :one\nSELECT 1\n-- name: user_all\nSELECT 2\n"
                             "-- name: user_erase :exec\nSELECT 3\n"),
                     &b->queries);
    declare(b, "lib/a.c", "user_find", 3, OSP_QUERY_GIVES_ONE);
    declare(b, "lib/a.c", "user_all", 4, OSP_QUERY_GIVES_ONE);
    declare(b, "lib/a.c", "user_erase", 5, OSP_QUERY_GIVES_CHANGES);
    osp_queries_match(&b->queries);
    OSP_CHECK_STR(osp_str_from(b->queries.first.message), OSP_STR(""));
    tear_down(b);
}

OSP_UNIT_TEST(queries_unmatched, "what has no counterpart is told on both sides, with what is near")
{
    bench *b = set_up();
    osp_queries_read(
        &b->arena, "a.sql",
        OSP_STR("-- name: user_find :one\nSELECT 1\n-- name: user_erase :exec\nSELECT 2\n"
                "-- name: other\nSELECT 3"),
        &b->queries);
    declare(b, "lib/a.c", "user_fnid", 3, OSP_QUERY_GIVES_ONE);
    declare(b, "lib/a.c", "unlike_all", 4, OSP_QUERY_GIVES_ONE);
    declare(b, "lib/a.c", "user_erase", 5, OSP_QUERY_GIVES_ROWS);
    declare(b, "lib/b.c", "user_erase", 6, OSP_QUERY_GIVES_CHANGES);
    osp_queries_match(&b->queries);
    OSP_CHECK_STR(
        ((osp_str){ b->queries.said.ptr, b->queries.said.len }),
        OSP_STR("lib/a.c:3: error: no .sql file has a query user_fnid; did you mean user_find "
                "(a.sql:1)?\n"
                "lib/a.c:4: error: no .sql file has a query unlike_all; one begins with a line -- "
                "name: unlike_all\n"
                "lib/a.c:5: error: user_erase gives :exec in a.sql:3, and OSP_QUERY says :many "
                "here\n"
                "lib/b.c:6: error: lib/a.c:5 defines user_erase already; one .c file does, and a "
                "header declares the function\n"
                "a.sql:1: error: no .c file has a function for the query; write "
                "OSP_QUERY_ONE(ROW, user_find, ...) in one\n"
                "a.sql:5: error: no .c file has a function for the query; write "
                "OSP_QUERY(ROW, other, ...) in one\n"));
    tear_down(b);
}
