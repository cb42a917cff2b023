/* Values, columns and rows, without a database. */
#include "data/db.h"

#include "data/migrate.h"
#include "tests/unit/unit.h"

typedef struct Author {
    osp_str username;
    osp_opt_str bio;
} Author;
OSP_TYPE(Author, FIELD(username), FIELD(bio));

typedef struct Article {
    int64_t id;
    int32_t small;
    uint32_t natural;
    bool published;
    double score;
    osp_str title;
    osp_opt_int likes;
    osp_opt_bool pinned;
    osp_opt_double weight;
    Author author;
    osp_str_list tags;
    Author *editor;
} Article;
OSP_TYPE(Article, FIELD(id), FIELD(small), FIELD(natural), FIELD(published), FIELD(score),
         FIELD(title, .name = "headline"), FIELD(likes), FIELD(pinned), FIELD(weight),
         OBJECT(author, Author), LIST(tags, osp_str), MAYBE(editor, Author));

typedef struct bench {
    osp_arena arena;
    Article row;
    osp_error err;
} bench;

static bench *set_up(void)
{
    static bench b;
    memset(&b, 0, sizeof(b));
    osp_arena_init(&b.arena, NULL, 0, 1 << 20);
    return &b;
}

static osp_status put(bench *b, const char *name, osp_value value)
{
    osp_column column;
    const osp_status status =
        osp_column_find(&osp_type_Article, osp_str_from(name), &column, &b->err);
    return status < 0 ? status : osp_column_store(&column, &b->row, value, &b->arena, &b->err);
}

OSP_UNIT_TEST(column_names, "a column is found by member, by wire name and by path")
{
    bench *b = set_up();
    OSP_CHECK(put(b, "title", osp_value_of_text("one")) == OSP_OK);
    OSP_CHECK_STR(b->row.title, S("one"));
    OSP_CHECK(put(b, "headline", osp_value_of_text("two")) == OSP_OK);
    OSP_CHECK_STR(b->row.title, S("two"));
    OSP_CHECK(put(b, "author.username", osp_value_of_text("สมชาย")) == OSP_OK);
    OSP_CHECK_STR(b->row.author.username, S("สมชาย"));
    static const char *const bad[] = {
        "",       ".",     "author.", "author.nobody",    "author..x", "editor.username",
        "tags.x", "Title", ".author", "author.username.x"
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        OSP_CHECK(put(b, bad[i], osp_value_of_int(1)) == OSP_E_DB_SCHEMA);
    }
    OSP_CHECK(strstr(b->err.message, "author.username.x") != NULL);
    osp_arena_done(&b->arena);
}

OSP_UNIT_TEST(column_ranges,
              "a number at the end of a member's range is stored, one past is refused")
{
    bench *b = set_up();
    const struct {
        const char *name;
        int64_t value;
        osp_status want;
    } cases[] = {
        { "small", INT32_MAX, OSP_OK },
        { "small", (int64_t)INT32_MAX + 1, OSP_E_DB_SCHEMA },
        { "small", INT32_MIN, OSP_OK },
        { "small", (int64_t)INT32_MIN - 1, OSP_E_DB_SCHEMA },
        { "natural", UINT32_MAX, OSP_OK },
        { "natural", (int64_t)UINT32_MAX + 1, OSP_E_DB_SCHEMA },
        { "natural", 0, OSP_OK },
        { "natural", -1, OSP_E_DB_SCHEMA },
        { "published", 1, OSP_OK },
        { "published", 2, OSP_E_DB_SCHEMA },
        { "pinned", 0, OSP_OK },
        { "pinned", -1, OSP_E_DB_SCHEMA },
        { "id", INT64_MIN, OSP_OK },
        { "likes", INT64_MAX, OSP_OK },
        { "score", 3, OSP_OK },
        { "title", 3, OSP_E_DB_SCHEMA },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        OSP_CHECK(put(b, cases[i].name, osp_value_of_int(cases[i].value)) == cases[i].want);
    }
    OSP_CHECK(b->row.score == 3.0);
    OSP_CHECK(put(b, "id", osp_value_of_double(1.0)) == OSP_E_DB_SCHEMA);
    OSP_CHECK(put(b, "id", osp_value_of_text("1")) == OSP_E_DB_SCHEMA);
    OSP_CHECK(put(b, "weight", osp_value_of_double(0.5)) == OSP_OK);
    OSP_CHECK(b->row.weight.is == OSP_SET && b->row.weight.value == 0.5);
    osp_arena_done(&b->arena);
}

OSP_UNIT_TEST(column_null, "NULL meets optionals and pointers only")
{
    bench *b = set_up();
    const osp_value null = { 0 };
    OSP_CHECK(put(b, "likes", null) == OSP_OK && b->row.likes.is == OSP_NULL);
    OSP_CHECK(put(b, "pinned", null) == OSP_OK && b->row.pinned.is == OSP_NULL);
    OSP_CHECK(put(b, "weight", null) == OSP_OK && b->row.weight.is == OSP_NULL);
    OSP_CHECK(put(b, "author.bio", null) == OSP_OK && b->row.author.bio.is == OSP_NULL);
    OSP_CHECK(put(b, "editor", null) == OSP_OK && b->row.editor == NULL);
    static const char *const bad[] = { "id",    "small", "natural", "published",
                                       "score", "title", "tags",    "author" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        OSP_CHECK(put(b, bad[i], null) == OSP_E_DB_SCHEMA);
    }
    osp_arena_done(&b->arena);
}

OSP_UNIT_TEST(column_json, "a text that meets a list or an object is JSON, and outlives its source")
{
    bench *b = set_up();
    char text[] = "[\"กขค\",\"b\"]";
    OSP_CHECK(put(b, "tags", osp_value_of_text(text)) == OSP_OK);
    memset(text, 'x', sizeof(text) - 1);
    OSP_CHECK(b->row.tags.count == 2);
    OSP_CHECK_STR(b->row.tags.items[0], S("กขค"));
    OSP_CHECK(put(b, "editor", osp_value_of_text("{\"username\":\"e\"}")) == OSP_OK);
    OSP_CHECK_STR(b->row.editor->username, S("e"));
    OSP_CHECK(put(b, "author", osp_value_of_text("{\"username\":\"a\"}")) == OSP_OK);
    OSP_CHECK(put(b, "tags", osp_value_of_text("[1]")) == OSP_E_DB_SCHEMA);
    OSP_CHECK(put(b, "tags", osp_value_of_text("[")) == OSP_E_DB_SCHEMA);
    OSP_CHECK(put(b, "tags", osp_value_of_int(1)) == OSP_E_DB_SCHEMA);
    osp_arena_done(&b->arena);
}

typedef enum Role { ROLE_NONE, ROLE_ADMIN = 5 } Role;
OSP_ENUM(Role, (ROLE_NONE, "none"), (ROLE_ADMIN, "admin"));

typedef struct Every {
    osp_bytes bytes;
    osp_uuid uuid;
    osp_date date;
    osp_time time;
    osp_duration span;
    osp_decimal price;
    osp_json raw;
    Role role;
    float ratio;
    uint64_t size;
    osp_opt_bytes maybe;
} Every;
OSP_TYPE(Every, FIELD(bytes), FIELD(uuid), FIELD(date), FIELD(time), FIELD(span), FIELD(price),
         FIELD(raw), ENUM(role, Role), FIELD(ratio), FIELD(size), FIELD(maybe));

OSP_UNIT_TEST(column_kinds, "each kind takes what it is bound as and its text, and nothing else")
{
    osp_arena arena;
    Every row = { 0 };
    osp_error err = { 0 };
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    static const uint8_t sixteen[16] = { 1, [15] = 16 };
    const osp_value blob = osp_value_of_bytes((osp_bytes){ sixteen, 16 });
    const osp_value none = osp_value_of_bytes((osp_bytes){ NULL, 0 });
#define TEXT(t) osp_value_of_text(t)
#define INT(i) osp_value_of_int(i)
    const struct {
        const char *name;
        osp_value value;
        const char *wrong; /* NULL: it fits */
    } cases[] = {
        { "bytes", blob, NULL },
        { "bytes", none, NULL },
        { "bytes", TEXT("AQI="), NULL },
        { "bytes", INT(1), "the column holds an integer" },
        { "uuid", blob, NULL },
        { "uuid", none, "is a UUID of 16 bytes, the column holds 0" },
        { "uuid", TEXT("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"), NULL },
        { "uuid", TEXT("f81d"), "member uuid" },
        { "date", TEXT("2026-01-31"), NULL },
        { "date", TEXT("2026-02-31"), "member date" },
        { "date", INT(1), "the column holds an integer" },
        { "time", INT(-1), NULL },
        { "time", TEXT("2026-01-31T12:00:00.5Z"), NULL },
        { "time", osp_value_of_double(1.5), "the column holds a number" },
        { "span", INT(1), NULL },
        { "span", TEXT("PT1S"), NULL },
        { "price", TEXT("12.50"), NULL },
        { "price", INT(-12), NULL },
        { "price", osp_value_of_double(12.5), "the column holds a number" },
        { "raw", TEXT("{\"a\":[1]}"), NULL },
        { "raw", TEXT("{"), "member raw" },
        { "raw", blob, "the column holds bytes" },
        { "role", INT(5), NULL },
        { "role", INT(1), "member role cannot hold 1" },
        { "role", TEXT("admin"), NULL },
        { "role", TEXT("other"), "member role" },
        { "ratio", osp_value_of_double(0.5), NULL },
        { "ratio", osp_value_of_double(1e39), "member ratio cannot hold 1e+39" },
        { "size", INT(INT64_MAX), NULL },
        { "size", INT(-1), "member size cannot hold -1" },
        { "maybe", blob, NULL },
        { "maybe", (osp_value){ 0 }, NULL },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_column column;
        OSP_CHECK(osp_column_find(&osp_type_Every, osp_str_from(cases[i].name), &column, &err) ==
                  0);
        const osp_status status = osp_column_store(&column, &row, cases[i].value, &arena, &err);
        OSP_CHECK(status == (cases[i].wrong == NULL ? OSP_OK : OSP_E_DB_SCHEMA));
        OSP_CHECK(cases[i].wrong == NULL || strstr(err.message, cases[i].wrong) != NULL);
    }
    OSP_CHECK(row.bytes.len == 2 && row.bytes.ptr[1] == 2 && row.uuid.b[0] == 0xf8);
    OSP_CHECK(row.date.year == 2026 && row.date.day == 31 && row.time.us == 1769860800500000);
    OSP_CHECK(row.span.us == 1000000 && row.role == ROLE_ADMIN && row.ratio == 0.5f);
    OSP_CHECK_STR(row.price.text, S("-12"));
    OSP_CHECK(row.maybe.is == OSP_NULL && row.size == INT64_MAX);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(column_bytes, "bytes are no text")
{
    bench *b = set_up();
    OSP_CHECK(put(b, "title", osp_value_of_bytes((osp_bytes){ (const uint8_t *)"x", 1 })) ==
              OSP_E_DB_SCHEMA);
    OSP_CHECK(strstr(b->err.message, "member title is a text, the column holds bytes") != NULL);
    osp_arena_done(&b->arena);
}

OSP_UNIT_TEST(column_scalar_row, "a scalar is a row of one column")
{
    bench *b = set_up();
    osp_column column;
    int64_t count = 0;
    OSP_CHECK(osp_column_find(&osp_type_int64_t, S("count(*)"), &column, NULL) == OSP_OK);
    OSP_CHECK(osp_column_store(&column, &count, osp_value_of_int(7), &b->arena, NULL) == OSP_OK);
    OSP_CHECK(count == 7);
    OSP_CHECK(osp_column_find(&osp_type_void, S("x"), &column, NULL) == OSP_E_DB_SCHEMA);
    osp_arena_done(&b->arena);
}

OSP_UNIT_TEST(rows_grow, "rows keep what they hold while they grow, and stop at the arena's limit")
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_rows rows = { .type = &osp_type_int64_t, .arena = &arena };
    for (int64_t i = 0; i < 1000; i++) {
        int64_t *row = osp_rows_add(&rows);
        OSP_CHECK(row != NULL && *row == 0);
        *row = i;
    }
    for (int64_t i = 0; i < 1000; i++) {
        OSP_CHECK(((int64_t *)(void *)rows.items)[i] == i);
    }
    while (osp_rows_add(&rows) != NULL) {
        OSP_CHECK(rows.count < (1 << 20));
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(values, "optionals that are absent or null bind NULL, the empty slice does not")
{
    OSP_CHECK(OSP_VALUE((osp_opt_str){ 0 }).kind == OSP_VALUE_NULL);
    OSP_CHECK(OSP_VALUE((osp_opt_int){ .is = OSP_NULL }).kind == OSP_VALUE_NULL);
    OSP_CHECK(OSP_VALUE((osp_opt_int)SET(5)).as.i == 5);
    OSP_CHECK(OSP_VALUE((osp_opt_bool)SET(true)).as.i == 1);
    OSP_CHECK(OSP_VALUE((osp_opt_double)SET(0.5)).as.d == 0.5);
    OSP_CHECK(OSP_VALUE((osp_str){ 0 }).kind == OSP_VALUE_TEXT);
    OSP_CHECK(OSP_VALUE((const char *)NULL).kind == OSP_VALUE_NULL);
    OSP_CHECK(OSP_VALUE(4294967295u).as.i == 4294967295);
    OSP_CHECK(OSP_VALUE((uint8_t)200).as.i == 200 && OSP_VALUE((int8_t)-1).as.i == -1);
    OSP_CHECK(OSP_VALUE((uint16_t)65535).as.i == 65535 && OSP_VALUE((int16_t)-1).as.i == -1);
    OSP_CHECK(OSP_VALUE(sizeof(int)).kind == OSP_VALUE_INT);
    OSP_CHECK(OSP_VALUE(0.5f).kind == OSP_VALUE_DOUBLE && OSP_VALUE(0.5f).as.d == 0.5);
    OSP_CHECK(OSP_VALUE((uint64_t)INT64_MAX).as.i == INT64_MAX);
    OSP_CHECK(OSP_VALUE((uint64_t)INT64_MAX + 1).kind == OSP_VALUE_TOO_LARGE);
    OSP_CHECK(OSP_VALUE(18446744073709551615ull).as.u == UINT64_MAX);
    OSP_CHECK(OSP_VALUE((osp_opt_uint)SET(UINT64_MAX)).kind == OSP_VALUE_TOO_LARGE);
    OSP_CHECK(OSP_VALUE((osp_opt_time)SET({ 7 })).as.i == 7);
    OSP_CHECK(OSP_VALUE((osp_duration){ -7 }).as.i == -7);
    OSP_CHECK(OSP_VALUE((osp_bytes){ 0 }).kind == OSP_VALUE_BYTES);
    OSP_CHECK(OSP_VALUE((osp_opt_bytes){ 0 }).kind == OSP_VALUE_NULL);
    OSP_CHECK(OSP_VALUE(ROLE_ADMIN).as.i == ROLE_ADMIN);
    OSP_CHECK_STR(OSP_VALUE((osp_decimal){ S("1.5") }).as.s, S("1.5"));
    OSP_CHECK_STR(OSP_VALUE((osp_opt_json)SET({ S("{}") })).as.s, S("{}"));
    char text[OSP_VALUE_TEXT_SIZE];
    osp_value date = osp_value_of_date((osp_date){ 2026, 2, 28 });
    OSP_CHECK_STR(((osp_str){ text, osp_value_text(&date, text) }), S("2026-02-28"));
    date.as.date.day = 29;
    OSP_CHECK(!osp_value_is_day(&date));
    const osp_value uuid = OSP_VALUE((osp_uuid){ { 0xf8 } });
    OSP_CHECK_STR(((osp_str){ text, osp_value_text(&uuid, text) }),
                  S("f8000000-0000-0000-0000-000000000000"));
}

OSP_UNIT_TEST(query_without_database, "a query without a database is a sticky failure")
{
    osp_arena arena;
    osp_task task;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_task_init(&task, &arena);
    OSP_CHECK(osp_db_rows(&task, &osp_type_int64_t, "SELECT 1", NULL, 0, OSP_HERE).count == 0);
    OSP_CHECK_STR(osp_str_from(task.error.message), S("the application has no database"));
    bool entered = false;
    OSP_TRANSACTION(&task)
    {
        entered = true;
    }
    OSP_CHECK(!entered);
    OSP_CHECK(osp_recover(&task) == OSP_E_DB);
    OSP_CHECK(osp_recover(&task) == OSP_OK);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(migration_history, "a recorded migration must still be there, unchanged")
{
    const osp_migration list[] = { { "0001_a.sql", "", "aa" }, { "0002_b.sql", "", "bb" } };
    osp_error err = { 0 };
    osp_migration_state state = osp_migration_recorded(list, 2, S("0002_b.sql"), S("BB"));
    OSP_CHECK(osp_migration_judge(&state, &err) == OSP_OK);
    state = osp_migration_recorded(list, 2, S("0002_b.sql"), S("bc"));
    OSP_CHECK(osp_migration_judge(&state, &err) == OSP_E_DB_SCHEMA);
    OSP_CHECK(strstr(err.message, "its checksum was bc and is bb") != NULL);
    state = osp_migration_recorded(list, 2, S("0003_c.sql"), S("cc"));
    OSP_CHECK(osp_migration_judge(&state, &err) == OSP_E_DB_SCHEMA);
    OSP_CHECK(strstr(err.message, "does not have") != NULL);
}
