/* Functions of queries on a real database: arguments by name, members of structs, failures. */
#include <ftw.h>
#include <stdlib.h>

#include "data/db.h"
#include "drivers/sqlite_impl.h"
#include "tests/unit/unit.h"

/* As the build writes them. */
#define SQL(name, line, text)                                                                      \
    const osp_query_text osp_sql_##name = { .sql = text, .place = { "a.sql", line } }

typedef enum Sort { SORT_OLD = 1, SORT_NEW } Sort;
OSP_ENUM(Sort, (SORT_OLD, "old"), (SORT_NEW, "new"));

typedef struct Thing {
    int64_t id;
    osp_str name;
    osp_opt_str note;
    bool good;
    int32_t small;
    uint64_t large;
    float weight;
    double price;
    osp_time made;
    osp_duration span;
    osp_date day;
    osp_uuid uuid;
    osp_decimal exact;
    osp_json raw;
    osp_bytes bytes;
    Sort sort;
    osp_str_list tags;
    osp_opt_int maybe;
} Thing;
OSP_LIST_OF(Thing);
OSP_TYPE(Thing, FIELD(id), FIELD(name), FIELD(note), FIELD(good), FIELD(small), FIELD(large),
         FIELD(weight), FIELD(price), FIELD(made), FIELD(span), FIELD(day), FIELD(uuid),
         FIELD(exact), FIELD(raw), FIELD(bytes), ENUM(sort, Sort), LIST(tags, osp_str),
         FIELD(maybe));

SQL(thing_add, 3,
    "INSERT INTO thing(raw, name, note, good, small, large, weight, price, made, span, day, uuid, "
    "exact, bytes, sort, tags, maybe, owner) VALUES (:raw, :name, :note, :good, :small, :large, "
    ":weight, :price, :made, :span, :day, :uuid, :exact, :bytes, :sort, :tags, :maybe, :owner)");
OSP_QUERY_EXEC(thing_add, (int64_t, owner), Thing);

#define COLUMNS                                                                                    \
    "id, name, note, good, small, large, weight, price, made, span, day, uuid, exact, raw, "       \
    "bytes, "                                                                                      \
    "sort, tags, maybe"
SQL(thing_find, 10, "SELECT " COLUMNS " FROM thing WHERE name = :name AND owner = :owner");
OSP_QUERY_ONE(Thing, thing_find, (int64_t, owner), (osp_str, name));

SQL(thing_all, 20, "SELECT " COLUMNS " FROM thing WHERE :limit > 0 ORDER BY id LIMIT :limit");
OSP_QUERY(Thing, thing_all, (unsigned, limit));

SQL(thing_count, 30, "SELECT count(*) FROM thing");
OSP_QUERY_ONE(int64_t, thing_count);

SQL(thing_unfilled, 40, "SELECT count(*) FROM thing WHERE name = :nobody");
OSP_QUERY_ONE(int64_t, thing_unfilled, (osp_str, name));

typedef struct world {
    char folder[200];
    void *db;
    osp_arena arena;
    osp_task task;
    osp_service services[2];
} world;

static void hear_nothing(void *arg, const osp_migration *migration, int64_t ms)
{
    (void)arg, (void)migration, (void)ms;
}

static void set_up(world *w)
{
    static const osp_migration start = {
        "0001_start.sql",
        "CREATE TABLE thing(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT,"
        " good INTEGER, small INTEGER, large INTEGER, weight REAL, price REAL, made INTEGER,"
        " span INTEGER, day TEXT, uuid, exact TEXT, raw TEXT, bytes, sort, tags TEXT, maybe "
        "INTEGER,"
        " owner INTEGER)",
        "aaaa"
    };
    static const osp_migration_watch deaf = { .applied = hear_nothing };
    const char *tmp = getenv("TMPDIR");
    char url[256];
    memset(w, 0, sizeof(*w));
    (void)snprintf(w->folder, sizeof(w->folder), "%s/osp-named-XXXXXX", tmp ? tmp : "/tmp");
    OSP_CHECK(mkdtemp(w->folder) != NULL);
    (void)snprintf(url, sizeof(url), "file:%s/test.db", w->folder);
    OSP_CHECK(setenv("DATABASE_URL", url, 1) == 0);
    OSP_CHECK(osp_resource_sqlite.prepare(&start, 1, &deaf, NULL) == OSP_OK);
    OSP_CHECK(osp_resource_sqlite.open(&w->db, NULL) == OSP_OK);
    osp_arena_init(&w->arena, NULL, 0, 64 << 20);
    osp_task_init(&w->task, &w->arena);
    w->services[0] = (osp_service){ osp_resource_sqlite.key, w->db };
    w->task.services = w->services;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static void tear_down(world *w)
{
    osp_resource_sqlite.close(w->db);
    osp_arena_done(&w->arena);
    OSP_CHECK(nftw(w->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static Thing example(void)
{
    static const uint8_t bytes[] = { 0, 1, 255 };
    static osp_str tags[] = { { "a", 1 }, { "\"b", 2 } };
    return (Thing){ .name = S("one"),
                    .good = true,
                    .small = -5,
                    .large = INT64_MAX,
                    .weight = 0.5F,
                    .price = 1e300,
                    .made = { -1 },
                    .span = { 86400000000 },
                    .day = { 2024, 2, 29 },
                    .uuid = { { 0xf8, [15] = 7 } },
                    .exact = { S("12.50") },
                    .raw = { S("{\"a\":[1]}") },
                    .bytes = { bytes, sizeof(bytes) },
                    .sort = SORT_NEW,
                    .tags = { tags, 2 },
                    .maybe = SET(7) };
}

OSP_UNIT_TEST(named_round_trip, "each member of a struct is read back as it was given")
{
    world w;
    set_up(&w);
    const Thing in = example();
    OSP_CHECK(thing_add(&w.task, 9, &in) == 1);
    const Thing *out = thing_find(&w.task, 9, S("one"));
    OSP_CHECK(w.task.error.status == OSP_OK && out != NULL);
    OSP_CHECK(out->id == 1 && out->note.is == OSP_NULL && out->good && out->small == -5);
    OSP_CHECK(out->large == INT64_MAX && out->weight == 0.5F && out->price == 1e300);
    OSP_CHECK(out->made.us == -1 && out->span.us == 86400000000);
    OSP_CHECK(out->day.year == 2024 && out->day.month == 2 && out->day.day == 29);
    OSP_CHECK(memcmp(&out->uuid, &in.uuid, sizeof(in.uuid)) == 0);
    OSP_CHECK_STR(out->exact.text, S("12.50"));
    OSP_CHECK_STR(out->raw.text, S("{\"a\":[1]}"));
    OSP_CHECK(out->bytes.len == 3 && out->bytes.ptr[2] == 255 && out->sort == SORT_NEW);
    OSP_CHECK(out->tags.count == 2);
    OSP_CHECK_STR(out->tags.items[1], S("\"b"));
    OSP_CHECK(out->maybe.is == OSP_SET && out->maybe.value == 7);
    tear_down(&w);
}

OSP_UNIT_TEST(named_arguments, "an argument fills each parameter of its name, in any order")
{
    world w;
    set_up(&w);
    Thing in = example();
    for (int i = 0; i < 3; i++) {
        in.name = osp_format(&w.task, "thing %d", i);
        OSP_CHECK(thing_add(&w.task, i, &in) == 1);
    }
    for (int i = 0; i < 3; i++) {
        const Thing *found = thing_find(&w.task, i, osp_format(&w.task, "thing %d", i));
        OSP_CHECK(found != NULL && found->id == i + 1);
        OSP_CHECK(thing_find(&w.task, i + 1, osp_format(&w.task, "thing %d", i)) == NULL);
    }
    OSP_CHECK(thing_all(&w.task, 2).count == 2 && thing_all(&w.task, 0).count == 0);
    OSP_CHECK(*thing_count(&w.task) == 3);
    tear_down(&w);
}

OSP_UNIT_TEST(named_failures, "a failure names the place of the query, and is sticky")
{
    world w;
    set_up(&w);
    Thing in = example();
    OSP_CHECK(thing_add(&w.task, 1, &in) == 1 && thing_add(&w.task, 1, &in) == 0);
    OSP_CHECK(strstr(w.task.error.message, "UNIQUE constraint failed") != NULL);
    OSP_CHECK(strcmp(w.task.place->file, "a.sql") == 0 && w.task.place->line == 3);
    OSP_CHECK(thing_find(&w.task, 1, S("one")) == NULL && thing_all(&w.task, 5).count == 0);
    OSP_CHECK(osp_recover(&w.task) == OSP_E_DB_CONSTRAINT && *thing_count(&w.task) == 1);

    in.name = S("two");
    in.large = UINT64_MAX; /* SQL has no such integer */
    OSP_CHECK(thing_add(&w.task, 1, &in) == 0 && osp_recover(&w.task) == OSP_E_INVALID);
    in = example();
    in.name = S("three");
    in.day.month = 13; /* no day of the calendar */
    OSP_CHECK(thing_add(&w.task, 1, &in) == 0 && osp_recover(&w.task) == OSP_E_INVALID);
    OSP_CHECK(*thing_count(&w.task) == 1);

    /* No build lets this pass. */
    OSP_CHECK(thing_unfilled(&w.task, S("x")) == NULL);
    OSP_CHECK(
        strstr(w.task.error.message, "thing_unfilled: no argument fills the parameter :nobody"));
    OSP_CHECK(osp_recover(&w.task) == OSP_E_DB_SCHEMA);
    tear_down(&w);
}
