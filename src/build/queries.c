/* Reads named queries out of .sql files and finds the function of each.
 *
 *     -- name: user_find :one          begins a query; what it gives may be said
 *     SELECT id FROM user
 *      WHERE email = :email;           its statement, up to the next name or the end of the file
 *
 *     -- part: user_columns            text that queries of the file below it share: {user_columns}
 *
 * Only where a query begins and ends is found out here; what a statement means, the database says
 * when the application is linked (drivers/sqlite_check.c).  A comment is a name only if it stands
 * first on its line: behind a column it may be about what that is called.
 *
 * Cost: linear in the file. */
#include "build/queries.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "base/utf8.h"
#include "base/words.h"

typedef struct reader {
    osp_arena *arena;
    const char *file;
    osp_str text; /* the whole file */
    osp_queries *queries;
    osp_query_def *def; /* that is being read; NULL: none yet */
    bool is_part;       /* it is no query of its own */
    osp_kit_list parts; /* osp_query_def *: of the file so far, with their own parts */
    size_t at;          /* a byte of the text and its place: they only go on */
    osp_sql_place place;
    bool skipping; /* what stands before the first name, and behind a bad one, is told once */
} reader;

static const struct {
    const char *word, *macro;
} gives[] = {
    [OSP_QUERY_GIVES_ROWS] = { ":many", "OSP_QUERY" },
    [OSP_QUERY_GIVES_ONE] = { ":one", "OSP_QUERY_ONE" },
    [OSP_QUERY_GIVES_CHANGES] = { ":exec", "OSP_QUERY_EXEC" },
};

static void add_finding(osp_queries *queries, const char *text)
{
    if (queries->first.status == OSP_OK) {
        (void)osp_error_set(&queries->first, OSP_E_BUILD, "%s", text);
    }
}

/* Says what is wrong at a slice of the file. */
static void find_wrong(reader *r, osp_str where, const char *words)
{
    const osp_sql_place begin = { 1, 1 };
    const size_t at = (size_t)(where.ptr - r->text.ptr);
    const osp_sql_place place = osp_sql_place_of(r->text, at, begin);
    add_finding(r->queries,
                osp_kit_format(r->arena, "%s:%d:%d: %s", r->file, place.line, place.column, words));
    osp_buf_printf(&r->queries->said, "%s:%d:%d: error: %s\n", r->file, place.line, place.column,
                   words);
    osp_sql_excerpt(r->text, at, where.len, begin, &r->queries->said);
}

/* ---------------------------------------------------------------- one file */

/* The place of a byte that is not before the last one asked for. */
static osp_sql_place place_of(reader *r, const char *byte)
{
    const size_t to = (size_t)(byte - r->text.ptr);
    const osp_str rest = { r->text.ptr + r->at, r->text.len - r->at };
    r->place = osp_sql_place_of(rest, to - r->at, r->place);
    r->at = to;
    return r->place;
}

static bool is_name(osp_str text)
{
    bool good = text.len > 0 && text.len <= OSP_QUERIES_NAME_MAX;
    for (size_t i = 0; good && i < text.len; i++) {
        const char byte = text.ptr[i];
        good = byte == '_' || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
               (i > 0 && byte >= '0' && byte <= '9');
    }
    return good && !osp_str_starts_with(text, OSP_STR("osp_"));
}

/* What is behind "-- name:" or "-- part:", when the comment begins so and its line begins with it.
 */
static bool read_heading(const reader *r, osp_str comment, bool *ret_part, osp_str *ret_rest)
{
    for (const char *at = comment.ptr; at > r->text.ptr && at[-1] != '\n'; at--) {
        if (at[-1] != ' ' && at[-1] != '\t') {
            return false;
        }
    }
    if (!osp_str_starts_with(comment, OSP_STR("--"))) {
        return false;
    }
    const osp_str inner = osp_str_trim(osp_str_skip(comment, 2));
    const size_t len = sizeof("name:") - 1; /* and "part:" */
    *ret_part = osp_str_starts_with(inner, OSP_STR("part:"));
    if (!*ret_part && !osp_str_starts_with(inner, OSP_STR("name:"))) {
        return false;
    }
    *ret_rest = osp_str_trim(osp_str_skip(inner, len));
    return true;
}

static osp_query_gives gives_of(osp_str word)
{
    for (size_t i = OSP_QUERY_GIVES_ROWS; i < OSP_ARRAY_LEN(gives); i++) {
        if (osp_str_equal(word, osp_str_from(gives[i].word))) {
            return (osp_query_gives)i;
        }
    }
    return 0;
}

/* ---------------------------------------------------------------- parts */

/* A statement that is being put together. */
typedef struct whole {
    osp_buf text;
    osp_kit_list pieces; /* osp_query_piece * */
    const char *at;      /* in the file: what is before it has been put */
    osp_sql_place place; /* of that */
} whole;

static void put_piece(const reader *r, whole *w, size_t at, osp_sql_place place)
{
    osp_query_piece *piece = osp_kit_alloc(r->arena, sizeof(*piece));
    *piece = (osp_query_piece){ (uint32_t)at, place.line, place.column };
    osp_kit_push(r->arena, &w->pieces, piece);
}

/* What stands in the file up to `end`. */
static void put_own(const reader *r, whole *w, const char *end)
{
    const osp_str own = { w->at, (size_t)(end - w->at) };
    if (own.len == 0) {
        return;
    }
    put_piece(r, w, w->text.len, w->place);
    osp_buf_str(&w->text, own);
    w->place = osp_sql_place_of(own, own.len, w->place);
    w->at = end;
}

/* The part that stands in place of `use`. */
static void put_part(const reader *r, whole *w, const osp_query_def *part, osp_str use)
{
    const size_t begin = w->text.len;
    osp_buf_str(&w->text, part->sql);
    if (part->piece_count == 0) {
        put_piece(r, w, begin, part->place);
    }
    for (size_t i = 0; i < part->piece_count; i++) {
        const osp_query_piece *piece = &part->pieces[i];
        put_piece(r, w, begin + piece->at, (osp_sql_place){ piece->line, piece->column });
    }
    w->place = osp_sql_place_of(use, use.len, w->place);
    w->at = use.ptr + use.len;
}

/* What is put together must not outgrow what anybody would write. */
static bool fits(reader *r, const whole *w, const osp_query_def *def)
{
    if (!w->text.failed && w->pieces.count <= OSP_QUERIES_PIECES_MAX) {
        return true;
    }
    find_wrong(r, (osp_str){ def->sql.ptr, 1 },
               osp_kit_format(r->arena, "with its parts %s has more than %u bytes or %d pieces",
                              def->name, OSP_QUERIES_PARTS_MAX, OSP_QUERIES_PIECES_MAX));
    return false;
}

static const osp_query_def *part_of(reader *r, osp_str name, osp_str use)
{
    osp_nearest nearest = { .word = name };
    for (size_t i = 0; i < r->parts.count; i++) {
        const osp_query_def *part = r->parts.items[i];
        if (osp_str_equal(osp_str_from(part->name), name)) {
            return part;
        }
        osp_nearest_try(&nearest, part->name);
    }
    const char *hint = nearest.name != NULL
                           ? osp_kit_format(r->arena, "did you mean {%s}?", nearest.name)
                           : "one begins with a line -- part: and its name";
    find_wrong(r, use,
               osp_kit_format(r->arena, "no part %.*s stands above; %s", OSP_ARG(name), hint));
    return NULL;
}

/* The `{name}` that begins with a token; false when it is something else. */
static bool read_use(osp_str rest, const osp_sql_token *open, osp_str *ret_name, osp_str *ret_use)
{
    if (open->kind != OSP_SQL_SIGN || open->text.ptr[0] != '{') {
        return false;
    }
    const osp_sql_token name = osp_sql_next(&rest), close = osp_sql_next(&rest);
    if (name.kind != OSP_SQL_WORD || close.kind != OSP_SQL_SIGN || close.text.ptr[0] != '}') {
        return false;
    }
    *ret_name = name.text;
    *ret_use = (osp_str){ open->text.ptr, (size_t)(close.text.ptr + 1 - open->text.ptr) };
    return true;
}

/* Puts the parts of a statement in their places.  False: it is wrong, and that has been said. */
static bool put_parts(reader *r, osp_query_def *def)
{
    whole w = { .at = def->sql.ptr, .place = def->place };
    osp_buf_init(&w.text, NULL, 0, OSP_QUERIES_PARTS_MAX);
    bool good = true;
    for (osp_str rest = def->sql; good && rest.len > 0;) {
        osp_str name, use;
        const osp_sql_token token = osp_sql_next(&rest);
        if (!read_use(rest, &token, &name, &use)) {
            continue;
        }
        const osp_query_def *part = part_of(r, name, use);
        good = part != NULL;
        if (good) {
            put_own(r, &w, use.ptr);
            put_part(r, &w, part, use);
            rest = (osp_str){ w.at, (size_t)(def->sql.ptr + def->sql.len - w.at) };
            good = fits(r, &w, def);
        }
    }
    if (good && w.pieces.count > 0) {
        put_own(r, &w, def->sql.ptr + def->sql.len);
        good = fits(r, &w, def);
    }
    if (good && w.pieces.count > 0) {
        osp_query_piece *pieces = osp_kit_alloc(r->arena, w.pieces.count * sizeof(*pieces));
        for (size_t i = 0; i < w.pieces.count; i++) {
            pieces[i] = *(const osp_query_piece *)w.pieces.items[i];
        }
        def->pieces = pieces;
        def->piece_count = w.pieces.count;
        def->sql = osp_str_from(osp_kit_string(r->arena, osp_buf_text(&w.text)));
    }
    osp_buf_done(&w.text);
    return good;
}

/* ---------------------------------------------------------------- queries */

/* A name must have a text behind it. */
static void end_query(reader *r)
{
    osp_query_def *def = r->def;
    osp_kit_list *list = r->is_part ? &r->parts : &r->queries->defs;
    r->def = NULL;
    if (def == NULL) {
        return;
    }
    if (def->sql.len == 0) {
        find_wrong(
            r, def->sql,
            osp_kit_format(r->arena,
                           r->is_part ? "the part %s has no text" : "the query %s has no statement",
                           def->name));
    } else if (list->count == OSP_QUERIES_MAX) {
        find_wrong(r, def->sql,
                   osp_kit_format(r->arena, "more than %d %s", OSP_QUERIES_MAX,
                                  r->is_part ? "parts" : "queries"));
    } else if (put_parts(r, def)) {
        osp_kit_push(r->arena, list, def);
    }
}

static bool is_taken(reader *r, osp_str name)
{
    const osp_kit_list *list = r->is_part ? &r->parts : &r->queries->defs;
    for (size_t i = 0; i < list->count; i++) {
        const osp_query_def *other = list->items[i];
        if (osp_str_equal(osp_str_from(other->name), name)) {
            find_wrong(r, name,
                       osp_kit_format(r->arena, "%s:%d has a %s %s already", other->file,
                                      other->name_line, r->is_part ? "part" : "query",
                                      other->name));
            return true;
        }
    }
    return false;
}

static void begin_query(reader *r, bool is_part, osp_str heading)
{
    size_t len = 0;
    end_query(r);
    r->is_part = is_part;
    r->skipping = true;
    while (len < heading.len && heading.ptr[len] != ' ' && heading.ptr[len] != '\t') {
        len++;
    }
    const osp_str name = { heading.ptr, len };
    const osp_str rest = osp_str_trim(osp_str_skip(heading, len));
    const osp_query_gives said = gives_of(rest);
    if (!is_name(name)) {
        find_wrong(r, name,
                   osp_kit_format(r->arena,
                                  "the name of a query is that of its function: letters, digits "
                                  "and _, at most %d, not beginning with a digit or osp_",
                                  OSP_QUERIES_NAME_MAX));
    } else if (rest.len > 0 && is_part) {
        find_wrong(r, rest, "behind the name of a part stands nothing");
    } else if (rest.len > 0 && said == 0) {
        find_wrong(r, rest,
                   "behind the name of a query stands what it gives: :one, :many or :exec, or "
                   "nothing");
    } else if (!is_taken(r, name)) {
        r->skipping = false;
        r->def = osp_kit_alloc(r->arena, sizeof(*r->def));
        r->def->file = r->file;
        r->def->name = osp_kit_string(r->arena, name);
        r->def->name_line = place_of(r, name.ptr).line;
        r->def->gives = said;
        r->def->sql = (osp_str){ name.ptr, 0 };
    }
}

/* A word of a statement. */
static void take_word(reader *r, const osp_sql_token *token)
{
    osp_query_def *def = r->def;
    if (def == NULL) {
        if (!r->skipping) {
            find_wrong(r, token->text,
                       "a query begins with a line that names it: -- name: user_find");
        }
        r->skipping = true;
        return;
    }
    if (def->sql.len == 0 && token->text.ptr[0] == ';') {
        return; /* which ends nothing */
    }
    if (def->sql.len == 0) {
        def->sql.ptr = token->text.ptr;
        def->place = place_of(r, token->text.ptr);
    }
    def->sql.len = (size_t)(token->text.ptr + token->text.len - def->sql.ptr);
}

/* False when there is no use in reading on. */
static bool check_bytes(reader *r)
{
    const char *nul = r->text.len > 0 ? memchr(r->text.ptr, '\0', r->text.len) : NULL;
    const osp_str begin = { r->text.ptr, 0 };
    if (r->text.len > OSP_QUERIES_FILE_MAX) {
        r->text.len = 0; /* nobody wants to see such a line */
        find_wrong(r, begin,
                   osp_kit_format(r->arena, "a file of queries has at most %u bytes",
                                  OSP_QUERIES_FILE_MAX));
        return false;
    }
    if (nul != NULL) {
        const size_t at = (size_t)(nul - r->text.ptr);
        r->text.len = at;
        find_wrong(r, (osp_str){ nul, 0 }, "the file holds a NUL byte");
        return false;
    }
    if (!osp_utf8_valid(r->text)) {
        r->text.len = 0;
        find_wrong(r, begin, "the file is not UTF-8");
        return false;
    }
    return true;
}

void osp_queries_read(osp_arena *arena, const char *file, osp_str text, osp_queries *queries)
{
    if (osp_str_starts_with(text, OSP_STR("\xef\xbb\xbf"))) { /* a byte order mark */
        text = osp_str_skip(text, 3);
    }
    reader r = {
        .arena = arena, .file = file, .text = text, .queries = queries, .place = { 1, 1 }
    };
    const size_t before = queries->defs.count;
    if (!check_bytes(&r)) {
        return;
    }
    for (osp_str rest = text;;) {
        bool is_part = false;
        osp_str heading;
        const osp_sql_token token = osp_sql_next(&rest);
        if (token.kind == OSP_SQL_END) {
            break;
        }
        if (token.open) {
            find_wrong(&r, (osp_str){ token.text.ptr, 1 },
                       token.kind == OSP_SQL_COMMENT ? "this comment never ends"
                                                     : "this quote is never closed");
            return;
        }
        if (token.kind != OSP_SQL_COMMENT) {
            take_word(&r, &token);
        } else if (read_heading(&r, token.text, &is_part, &heading)) {
            begin_query(&r, is_part, heading);
        }
    }
    end_query(&r);
    if (queries->defs.count == before && !r.skipping && queries->first.status == OSP_OK) {
        find_wrong(&r, (osp_str){ text.ptr, 0 },
                   "the file has no query; one begins with a line that names it: -- name: "
                   "user_find");
    }
}

/* ---------------------------------------------------------------- all files */

void osp_queries_take(osp_arena *arena, const char *file, const osp_declared *declared,
                      size_t count, osp_queries *queries)
{
    for (size_t i = 0; i < count; i++) {
        if (declared[i].kind != OSP_DECLARED_QUERY || declared[i].value.len < sizeof(osp_query)) {
            continue;
        }
        osp_query_use *use = osp_kit_alloc(arena, sizeof(*use));
        use->file = file;
        use->name = osp_kit_string(arena, declared[i].name);
        memcpy(&use->line, declared[i].value.ptr + offsetof(osp_query, line), sizeof(use->line));
        memcpy(&use->gives, declared[i].value.ptr + offsetof(osp_query, gives), sizeof(use->gives));
        osp_kit_push(arena, &queries->uses, use);
    }
}

static void say(osp_queries *queries, const char *place, const char *words)
{
    char text[sizeof(queries->first.message)];
    (void)snprintf(text, sizeof(text), "%s: %s", place, words);
    add_finding(queries, text);
    osp_buf_printf(&queries->said, "%s: error: %s\n", place, words);
}

static const osp_query_use *use_of(const osp_queries *queries, const char *name, size_t before)
{
    for (size_t i = 0; i < before; i++) {
        const osp_query_use *use = queries->uses.items[i];
        if (strcmp(use->name, name) == 0) {
            return use;
        }
    }
    return NULL;
}

static const osp_query_def *def_of(const osp_queries *queries, const char *name)
{
    for (size_t i = 0; i < queries->defs.count; i++) {
        const osp_query_def *def = queries->defs.items[i];
        if (strcmp(def->name, name) == 0) {
            return def;
        }
    }
    return NULL;
}

static void match_use(osp_queries *queries, const osp_query_use *use, const osp_query_use *other)
{
    char place[200], words[300];
    const osp_query_def *def = def_of(queries, use->name);
    (void)snprintf(place, sizeof(place), "%s:%d", use->file, use->line);
    if (other != NULL) {
        (void)snprintf(words, sizeof(words),
                       "%s:%d defines %s already; one .c file does, and a header declares the "
                       "function",
                       other->file, other->line, use->name);
        say(queries, place, words);
    } else if (def == NULL) {
        osp_nearest nearest = { .word = osp_str_from(use->name) };
        for (size_t i = 0; i < queries->defs.count; i++) {
            osp_nearest_try(&nearest, ((const osp_query_def *)queries->defs.items[i])->name);
        }
        const osp_query_def *meant = nearest.name != NULL ? def_of(queries, nearest.name) : NULL;
        const int len = snprintf(words, sizeof(words), "no .sql file has a query %s", use->name);
        if (meant != NULL) {
            (void)snprintf(words + len, sizeof(words) - (size_t)len, "; did you mean %s (%s:%d)?",
                           meant->name, meant->file, meant->name_line);
        } else {
            (void)snprintf(words + len, sizeof(words) - (size_t)len,
                           "; one begins with a line -- name: %s", use->name);
        }
        say(queries, place, words);
    } else if (def->gives != 0 && use->gives != def->gives) {
        (void)snprintf(words, sizeof(words), "%s gives %s in %s:%d, and %s says %s here", use->name,
                       gives[def->gives].word, def->file, def->name_line, gives[use->gives].macro,
                       gives[use->gives].word);
        say(queries, place, words);
    }
}

void osp_queries_match(osp_queries *queries)
{
    for (size_t i = 0; i < queries->uses.count; i++) {
        const osp_query_use *use = queries->uses.items[i];
        if (use->gives < OSP_QUERY_GIVES_ROWS || use->gives > OSP_QUERY_GIVES_CHANGES) {
            continue; /* not of our macros: the linker will know */
        }
        match_use(queries, use, use_of(queries, use->name, i));
    }
    for (size_t i = 0; i < queries->defs.count; i++) {
        const osp_query_def *def = queries->defs.items[i];
        char place[200], words[300];
        if (use_of(queries, def->name, queries->uses.count) == NULL) {
            (void)snprintf(place, sizeof(place), "%s:%d", def->file, def->name_line);
            (void)snprintf(words, sizeof(words),
                           "no .c file has a function for the query; write %s%s, ...) in one",
                           def->gives == OSP_QUERY_GIVES_CHANGES ? "OSP_QUERY_EXEC("
                           : def->gives == OSP_QUERY_GIVES_ONE   ? "OSP_QUERY_ONE(ROW, "
                                                                 : "OSP_QUERY(ROW, ",
                           def->name);
            say(queries, place, words);
        }
    }
}
