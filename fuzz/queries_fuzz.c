/* Files of queries, from their bytes to what the build says of them.
 *
 * Tokens must tile the text, a query must stand where it says and hold what the file has there, and
 * every name must be one of C.  What was read is then held against a schema, as the linked
 * application does: whatever the statement is, it is only prepared, and each finding is a line with
 * a place. */
#include <stdlib.h>
#include <string.h>

#include "build/queries.h"
#include "data/db.h"

#define ARENA_MAX (512U << 20) /* parts of parts may grow */
#define OUT_MAX (8U << 20)
#define INPUT_MAX 16384

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Row {
    int64_t id;
    osp_str name;
    osp_opt_str bio;
} Row;
OSP_TYPE(Row, FIELD(id), FIELD(name), FIELD(bio));

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

/* Between two tokens there is space alone. */
static void check_tokens(osp_str text)
{
    const char *end = text.ptr;
    for (osp_str rest = text;;) {
        const osp_sql_token token = osp_sql_next(&rest);
        require(token.text.ptr >= end && token.text.ptr + token.text.len == rest.ptr);
        for (const char *at = end; at < token.text.ptr; at++) {
            require(*at == ' ' || (*at >= '\t' && *at <= '\r'));
        }
        end = rest.ptr;
        if (token.kind == OSP_SQL_END) {
            require(rest.len == 0 && end == text.ptr + text.len);
            return;
        }
        require(token.text.len > 0);
    }
}

/* What a place says to be in the file is in the statement. */
static void check_pieces(osp_str text, const osp_query_def *def)
{
    for (size_t i = 0; i < def->piece_count; i++) {
        const osp_query_piece *piece = &def->pieces[i];
        const size_t end = i + 1 < def->piece_count ? def->pieces[i + 1].at : def->sql.len;
        require(piece->at <= end && end <= def->sql.len && (i > 0 || piece->at == 0));
        size_t at = 0;
        for (int line = 1; line < piece->line; line++) {
            const char *next = memchr(text.ptr + at, '\n', text.len - at);
            require(next != NULL);
            at = (size_t)(next - text.ptr) + 1;
        }
        at += (size_t)piece->column - 1;
        require(at + (end - piece->at) <= text.len);
        require(memcmp(text.ptr + at, def->sql.ptr + piece->at, end - piece->at) == 0);
    }
}

static void check_def(osp_str text, const osp_query_def *def)
{
    require(def->name_line < def->place.line && strlen(def->name) <= OSP_QUERIES_NAME_MAX);
    require(strspn(def->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
            strlen(def->name));
    if (def->piece_count > 0) {
        check_pieces(text, def);
        return;
    }
    require(def->sql.len > 0 && def->sql.ptr >= text.ptr);
    require(def->sql.ptr + def->sql.len <= text.ptr + text.len);
    const osp_sql_place place =
        osp_sql_place_of(text, (size_t)(def->sql.ptr - text.ptr), (osp_sql_place){ 1, 1 });
    require(place.line == def->place.line && place.column == def->place.column);
    osp_str rest = def->sql;
    require(osp_sql_next(&rest).kind != OSP_SQL_COMMENT);
}

/* Each finding begins with a place in one of the two files. */
static void check_findings(const osp_buf *out, size_t found)
{
    size_t lines = 0;
    for (size_t at = 0; at < out->len;) {
        const char *line = out->ptr + at;
        const char *end = memchr(line, '\n', out->len - at);
        require(end != NULL);
        const osp_str text = { line, (size_t)(end - line) };
        if (osp_str_starts_with(text, OSP_STR("a.sql:")) ||
            osp_str_starts_with(text, OSP_STR("a.c:"))) {
            require(memmem(text.ptr, text.len, ": error: ", 9) != NULL);
            lines++;
        }
        at += text.len + 1;
    }
    require(lines >= found); /* an excerpt may look like one */
}

static void check_schema(osp_arena *arena, const osp_queries *queries)
{
    static const osp_migration start = {
        "0001_start.sql",
        "CREATE TABLE user(id INTEGER PRIMARY KEY, name TEXT NOT NULL, bio TEXT) STRICT;"
        "CREATE TABLE note(id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, text TEXT NOT NULL)",
        ""
    };
    static const osp_query_arg args[] = { { OSP_KIND_INT64, "id", NULL },
                                          { OSP_KIND_OBJECT, NULL, &osp_type_Row } };
    const osp_query **list = osp_kit_alloc(arena, (queries->defs.count + 1) * sizeof(*list));
    for (size_t i = 0; i < queries->defs.count; i++) {
        const osp_query_def *def = queries->defs.items[i];
        osp_query_text *text = osp_kit_alloc(arena, sizeof(*text));
        osp_query *query = osp_kit_alloc(arena, sizeof(*query));
        text->sql = osp_kit_format(arena, "%.*s", OSP_ARG(def->sql));
        text->place = (osp_place){ "a.sql", def->place.line };
        text->column = def->place.column;
        text->pieces = def->pieces;
        text->piece_count = (uint32_t)def->piece_count;
        *query = (osp_query){ .line = 1,
                              .gives = def->gives,
                              .file = "a.c",
                              .name = def->name,
                              .row = def->gives == OSP_QUERY_GIVES_CHANGES ? NULL : &osp_type_Row,
                              .args = args,
                              .arg_count = OSP_ARRAY_LEN(args),
                              .text = text };
        list[i] = query;
    }
    const osp_app_def app = { .migrations = &start,
                              .migration_count = 1,
                              .queries = list,
                              .query_count = queries->defs.count };
    osp_buf out;
    osp_buf_init(&out, NULL, 0, OUT_MAX);
    const size_t found = osp_sqlite_check_queries(&app, &out);
    require(!out.failed && (found == 0) == (out.len == 0));
    check_findings(&out, found);
    osp_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    osp_arena arena;
    osp_queries queries = { .first.status = OSP_OK };
    if (size > INPUT_MAX) {
        return 0;
    }
    const osp_str text = { (const char *)data, size };
    osp_arena_init(&arena, NULL, 0, ARENA_MAX);
    osp_buf_init(&queries.said, NULL, 0, OUT_MAX);
    if (size > 0) {
        check_tokens(text);
    }
    osp_queries_read(&arena, "a.sql", text, &queries);
    require(!queries.said.failed);
    require((queries.first.status == OSP_OK) == (queries.said.len == 0));
    const size_t mark = osp_str_starts_with(text, OSP_STR("\xef\xbb\xbf")) ? 3 : 0;
    for (size_t i = 0; i < queries.defs.count; i++) {
        check_def((osp_str){ text.ptr + mark, text.len - mark }, queries.defs.items[i]);
    }
    check_schema(&arena, &queries);
    osp_buf_done(&queries.said);
    osp_arena_done(&arena);
    return 0;
}
