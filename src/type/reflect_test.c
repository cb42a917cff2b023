/* Reflection: nodes, paths, setting, copies, differences, dumps. */
#include "base/task.h"
#include "tests/unit/every_kind.h"
#include "tests/unit/fault.h"
#include "tests/unit/unit.h"
#include "type/reflect_impl.h"

typedef struct bench {
    osp_arena arena;
    osp_task task;
    osp_error err;
} bench;

static void start(bench *b)
{
    memset(b, 0, sizeof(*b));
    osp_arena_init(&b->arena, NULL, 0, 1 << 22);
    osp_task_init(&b->task, &b->arena);
}

static void start_every(bench *b, Every *value)
{
    start(b);
    memset(value, 0, sizeof(*value));
    static osp_issues issues;
    issues.count = 0;
    const osp_decoding how = { .arena = &b->arena, .issues = &issues };
    OSP_CHECK(osp_json_decode(&osp_type_Every, value, osp_str_from(every_text), &how, &b->err) ==
              OSP_OK);
}

/* ---------------------------------------------------------------- nodes */

static bool count_type(const osp_type *type, void *arg)
{
    (void)type;
    return ++*(size_t *)arg < 5;
}

OSP_UNIT_TEST(reflect_types, "types and members are found by name, each type once, cycles and all")
{
    OSP_CHECK(osp_field_named(&osp_type_Every, S("the \"text\"")) ==
              osp_field_named(&osp_type_Every, S("s")));
    OSP_CHECK(osp_field_named(&osp_type_Every, S("S")) == NULL);
    size_t count = 0;
    OSP_CHECK(osp_types_walk(&osp_type_Shape, count_type, &count) == OSP_OK);
    OSP_CHECK(count == 4); /* Shape, Circle, Square, osp_json */
    count = 0;
    OSP_CHECK(osp_types_walk(&osp_type_Every, count_type, &count) == OSP_DONE && count == 5);
}

static const struct {
    const char *path, *text; /* NULL: absent, "?": nowhere, "!": no path */
} paths[] = {
    { "i32", "-9" },
    { "/i32", "-9" },
    { "the \"text\"", "a\xc3\xa9\n" },
    { "s", "a\xc3\xa9\n" },
    { "tags[1]", "b" },
    { "/tags/1", "b" },
    { "tags[2]", "?" },
    { "/tags/-", "?" },
    { "tags.1", "?" },
    { "strict.grid[1]", "2" },
    { "strict.colors[1]", "gr\"een" },
    { "strict.grid[2]", "?" },
    { "shape.radius", "7" },
    { "shape.side", "?" },
    { "shapes[0].more", "{\"x\":1}" },
    { "/shapes/0/rest/more", "{\"x\":1}" },
    { "counts[\"b~/\"]", "2" },
    { "/counts/b~0~1", "2" },
    { "named.it.radius", "1" },
    { "next.tags[0]", "deep" },
    { "next.next", NULL },
    { "next.next.tags", "?" },
    { "next.ojson", NULL },
    { "unknown", "[null]" },
    { "/another!", "-0" },
    { "ids[0]", "9007199254740993" },
    { "ids", "[\"9007199254740993\",\"-1\"]" },
    { "strict.grid", "[1,2]" },
    { "ocircle", "{\"radius\":3}" },
    { "color", "gr\"een" },
    { "nothing", "?" },
    { "i32.x", "?" },
    { "tags[", "!" },
    { "tags[1", "!" },
    { "tags[x]", "!" },
    { "tags[01]", "!" },
    { "tags[1]x", "!" },
    { ".i32", "!" },
    { "i32.", "!" },
    { "tags.[1]", "!" },
    { "counts[\"a]", "!" },
    { "/a~", "!" },
    { "/a~2", "!" },
};

OSP_UNIT_TEST(reflect_find, "paths as in C and JSON pointers lead to the same values")
{
    static bench b;
    static Every value;
    start_every(&b, &value);
    osp_task *task = &b.task;
    for (size_t i = 0; i < OSP_ARRAY_LEN(paths); i++) {
        osp_str text = { NULL, 0 };
        const osp_status status = osp_get(task, Every, &value, osp_str_from(paths[i].path), &text);
        const char *want = paths[i].text;
        if (want == NULL || strcmp(want, "?") == 0) {
            OSP_CHECK(status == OSP_E_NOT_FOUND);
        } else if (strcmp(want, "!") == 0) {
            OSP_CHECK(status == OSP_E_INVALID);
        } else {
            OSP_CHECK_STR(text, osp_str_from(want));
        }
    }
    OSP_CHECK(osp_presence_of(Every, &value, S("next.ojson")) == OSP_NULL);
    OSP_CHECK(osp_presence_of(Every, &value, S("next.ocolor")) == OSP_ABSENT);
    OSP_CHECK(osp_presence_of(Every, &value, S("ocolor")) == OSP_SET);
    OSP_CHECK(osp_presence_of(Every, &value, S("nowhere")) == OSP_ABSENT);
    char far[600];
    memset(far, 'a', sizeof(far));
    osp_node node;
    const osp_node root = osp_node_of(Every, &value);
    OSP_CHECK(osp_node_find(&root, (osp_str){ far, sizeof(far) }, &node) == OSP_E_NOT_FOUND);
    osp_arena_done(&b.arena);
}

typedef struct tally {
    size_t entered, left, cycles, stop_at;
} tally;

static osp_walk tally_node(osp_node *node, bool leaving, void *arg)
{
    tally *t = arg;
    t->left += leaving;
    t->entered += !leaving;
    t->cycles += !leaving && node->cycle;
    return t->entered == t->stop_at ? OSP_WALK_STOP : OSP_WALK_ON;
}

OSP_UNIT_TEST(reflect_walk, "a walk visits all, once, stops when told and is not caught in a cycle")
{
    static bench b;
    static Every value, chain[70];
    start_every(&b, &value);
    tally t = { .stop_at = 0 };
    osp_node root = osp_node_of(Every, &value);
    OSP_CHECK(osp_node_walk(&root, tally_node, &t) == OSP_OK);
    OSP_CHECK(t.entered > 100 && t.left > 10 && t.cycles == 0);
    t = (tally){ .stop_at = 10 };
    OSP_CHECK(osp_node_walk(&root, tally_node, &t) == OSP_DONE && t.entered == 10);
    value.next->next = &value;
    t = (tally){ .stop_at = 0 };
    OSP_CHECK(osp_node_walk(&root, tally_node, &t) == OSP_OK && t.cycles == 1);
    for (size_t i = 0; i + 1 < OSP_ARRAY_LEN(chain); i++) {
        chain[i].next = &chain[i + 1];
    }
    root = osp_node_of(Every, &chain[0]);
    OSP_CHECK(osp_node_walk(&root, tally_node, &t) == OSP_E_JSON_DEPTH);
    root = osp_node_of(Every, &chain[10]);
    OSP_CHECK(osp_node_walk(&root, tally_node, &t) == OSP_OK);
    osp_arena_done(&b.arena);
}

/* ---------------------------------------------------------------- setting */

OSP_UNIT_TEST(reflect_set, "a member is set with its constraints and those of what it is in")
{
    static bench b;
    static Every value, before;
    start_every(&b, &value);
    osp_task *task = &b.task;
    static const struct {
        bool json;
        const char *path, *text, *wrong;
        osp_status status;
    } samples[] = {
        { true, "i32", "7", NULL, OSP_OK },
        { false, "/i32", "8", NULL, OSP_OK },
        { true, "i32", "10", "must be at most 9", OSP_E_TYPE_MISMATCH },
        { false, "i32", "x", "must be a whole number", OSP_E_TYPE_MISMATCH },
        { true, "i32", "7 8", NULL, OSP_E_JSON_SYNTAX },
        { false, "color", "red", NULL, OSP_OK },
        { false, "otime", "2027-01-01T00:00:00Z", NULL, OSP_OK },
        { true, "otime", "null", NULL, OSP_OK },
        { true, "tags[1]", "\"c\"", NULL, OSP_OK },
        { true, "tags[1]", "\"a\"", "tags must not have an item twice", OSP_E_TYPE_MISMATCH },
        { true, "tags[1]", "\"longer\"", "must be at most 5 characters long", OSP_E_TYPE_MISMATCH },
        { true, "tags", "[\"x\",\"y\"]", NULL, OSP_OK },
        { true, "tags", "[\"x\",\"x\"]", "must not have an item twice", OSP_E_TYPE_MISMATCH },
        { false, "tags", "x", "cannot be given as text", OSP_E_TYPE_MISMATCH },
        { true, "ids[0]", "\"13\"", "must not be 13", OSP_E_TYPE_MISMATCH },
        { true, "strict.grid", "[3,4]", NULL, OSP_OK },
        { true, "strict.grid[0]", "10", "must be at most 9", OSP_E_TYPE_MISMATCH },
        { true, "strict.colors[0]", "\"gr\\\"een\"", "colors must not have an item twice",
          OSP_E_TYPE_MISMATCH },
        { true, "shape", "{\"type\":\"square\",\"side\":2}", NULL, OSP_OK },
        { true, "shape.side", "5", NULL, OSP_OK },
        { true, "shape", "{\"type\":\"circle\"}", "/radius is required", OSP_E_TYPE_MISMATCH },
        { true, "next", "null", NULL, OSP_OK },
        { true, "next", "{\"i32\":3}", NULL, OSP_OK },
        { true, "next.next.i32", "3", NULL, OSP_OK },
        { true, "next.next.none", "3", "the path leads nowhere", OSP_E_NOT_FOUND },
        { true, "counts.a", "9", NULL, OSP_OK },
        { true, "unknown", "{}", NULL, OSP_OK },
        { true, "i32.", "1", "this is no path", OSP_E_INVALID },
        { true, "raw", "[1, 2]", NULL, OSP_OK },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(samples); i++) {
        const osp_str path = osp_str_from(samples[i].path), text = osp_str_from(samples[i].text);
        before = value;
        const osp_status status = samples[i].json
                                      ? osp_set_json(task, Every, &value, path, text, &b.err)
                                      : osp_set_text(task, Every, &value, path, text, &b.err);
        OSP_CHECK(status == samples[i].status);
        OSP_CHECK(status == OSP_OK || osp_equal(Every, &before, &value));
        if (samples[i].wrong != NULL) {
            OSP_CHECK_STR(osp_str_from(b.err.message), osp_str_from(samples[i].wrong));
        }
    }
    OSP_CHECK(value.i32 == 8 && value.otime.is == OSP_NULL && value.shape.square.side == 5);
    OSP_CHECK(value.next->next->i32 == 3 && value.next->i32 == 3 &&
              value.counts.items[0].value == 9);
    OSP_CHECK(osp_unset(Every, &value, S("next")) == OSP_OK && value.next == NULL);
    OSP_CHECK(osp_unset(Every, &value, S("oint")) == OSP_OK && value.oint.is == OSP_ABSENT);
    OSP_CHECK(osp_unset(Every, &value, S("i32")) == OSP_E_INVALID);
    OSP_CHECK(osp_unset(Every, &value, S("")) == OSP_E_INVALID);
    OSP_CHECK(osp_unset(Every, &value, S("none")) == OSP_E_NOT_FOUND);
    Circle circle = { .radius = 1 };
    OSP_CHECK(osp_set_json(task, Circle, &circle, S(""), S("{\"radius\":4}"), &b.err) == OSP_OK);
    OSP_CHECK(circle.radius == 4);
    osp_arena_done(&b.arena);
}

typedef struct Spot {
    double x, y;
} Spot;
OSP_TYPE(Spot, FIELD(x), FIELD(y, .fallback = "1.5"));
typedef struct Place {
    osp_str city, land;
    Spot spot;
    osp_str_list notes;
} Place;
static const char *not_atlantis(const Place *place)
{
    return osp_str_equal(place->city, S("Atlantis")) ? "must be above the sea" : NULL;
}
OSP_CHECKER(not_atlantis, Place);
OSP_TYPE(Place, FIELD(city, .min_len = 1), FIELD(land, .fallback = "Siam"),
         OBJECT(spot, Spot, .fallback = "{\"x\":3}"), LIST(notes, osp_str, .fallback = ""),
         OPTIONS(CHECK(not_atlantis)));
OSP_OPT_OF(Place);
OSP_LIST_OF(Place);
OSP_MAP_OF(Place);
typedef struct Box {
    Spot spot;
} Box;
OSP_TYPE(Box, OBJECT(spot, Spot));
typedef struct Grid {
    double at[2];
} Grid;
OSP_TYPE(Grid, ARRAY(at, double));
typedef struct Trip {
    Place *from;
    Place_opt to;
    Place_list stops;
    osp_str_list tags;
    osp_str_list_opt more;
    Place_map named;
    Box *box;
    Grid *grid;
    Shape *shape;
} Trip;
OSP_TYPE(Trip, MAYBE(from, Place), OPT(to, Place), LIST(stops, Place, .max_len = 2),
         LIST(tags, osp_str, .unique = true, EACH(.max_len = 3)), OPT_LIST(more, osp_str),
         MAP(named, Place, .max_len = 1), MAYBE(box, Box), MAYBE(grid, Grid), MAYBE(shape, Shape));

OSP_UNIT_TEST(reflect_set_makes, "what a path passes through is made, whole or not at all")
{
    static const struct {
        const char *path, *text, *wrong, *after; /* after: NULL: as before */
    } samples[] = {
        { "/from/land", "Laos", "from city is required", NULL },
        { "/from/city", "", "must not be empty", NULL },
        { "/from/city", "Atlantis", "from must be above the sea", NULL },
        { "/from/none", "x", "from city is required", NULL },
        { "/grid/at/0", "1", "the path leads nowhere", NULL },
        { "/box/spot/y", "1", "spot x is required", NULL },
        { "/box/spot/x", "1", NULL, "\"box\":{\"spot\":{\"x\":1,\"y\":1.5}}" },
        { "/shape/radius", "1", "the path leads nowhere", NULL },
        { "from.city", "Chiang Mai", NULL,
          "{\"from\":{\"city\":\"Chiang Mai\",\"land\":\"Siam\",\"spot\":{\"x\":3,\"y\":1.5},"
          "\"notes\":[]}" },
        { "/from/land", "Laos", NULL, "\"land\":\"Laos\"" },
        { "to.city", "Ulm", NULL, "\"to\":{\"city\":\"Ulm\"" },
        { "/tags/1", "a", "the path leads nowhere", NULL },
        { "/tags/0", "a", NULL, "\"tags\":[\"a\"]" },
        { "tags[1]", "a", "tags must not have an item twice", NULL },
        { "tags[1]", "long", "must be at most 3 characters long", NULL },
        { "tags[1]", "b", NULL, "\"tags\":[\"a\",\"b\"]" },
        { "/tags/-", "c", NULL, "\"tags\":[\"a\",\"b\",\"c\"]" },
        { "tags[4]", "d", "the path leads nowhere", NULL },
        { "/tags/-/x", "d", "the path leads nowhere", NULL },
        { "/more/-", "d", NULL, "\"more\":[\"d\"]" },
        { "/stops/0/land", "x", "city is required", NULL },
        { "/stops/-/city", "Bern", NULL, "\"stops\":[{\"city\":\"Bern\"" },
        { "/stops/-/city", "Rome", NULL, "\"city\":\"Rome\",\"land\":\"Siam\"" },
        { "/stops/-/city", "Oslo", "stops must have at most 2 items", NULL },
        { "/from/notes/0", "n", NULL, "\"notes\":[\"n\"]" },
        { "/named/a~1b/city", "Bonn", NULL, "\"named\":{\"a/b\":{\"city\":\"Bonn\"" },
        { "/named/c/city", "Bonn", "named must have at most 1 item", NULL },
        { "/named/\xff/city", "Bonn", "the path leads nowhere", NULL },
        { "/to/~2", "Bonn", "this is no path", NULL },
    };
    bench b;
    start(&b);
    Trip trip = { 0 };
    for (size_t i = 0; i < OSP_ARRAY_LEN(samples); i++) {
        const osp_str before = osp_json_of(&b.task, Trip, &trip);
        const osp_status status = osp_set_text(&b.task, Trip, &trip, osp_str_from(samples[i].path),
                                               osp_str_from(samples[i].text), &b.err);
        const osp_str now = osp_json_of(&b.task, Trip, &trip);
        if (samples[i].wrong != NULL) {
            OSP_CHECK(status != OSP_OK);
            OSP_CHECK_STR(osp_str_from(b.err.message), osp_str_from(samples[i].wrong));
            OSP_CHECK_STR(now, before);
            continue;
        }
        OSP_CHECK(status == OSP_OK);
        OSP_CHECK(memmem(now.ptr, now.len, samples[i].after, strlen(samples[i].after)) != NULL);
    }
    osp_arena_done(&b.arena);
}

OSP_UNIT_TEST(reflect_set_memory, "without memory nothing is made and nothing changes")
{
    bool done = false;
    for (size_t max = 64; max < 1 << 16 && !done; max += 64) {
        char first[64];
        bench b = { .err = { 0 } };
        osp_arena_init(&b.arena, first, sizeof(first), max);
        osp_task_init(&b.task, &b.arena);
        Trip trip = { 0 };
        const osp_status status =
            osp_set_text(&b.task, Trip, &trip, S("/stops/-/notes/-"), S("x"), &b.err);
        OSP_CHECK(status == OSP_E_NOMEM || status == OSP_E_TYPE_MISMATCH);
        const osp_status good =
            osp_set_text(&b.task, Trip, &trip, S("/stops/-/city"), S("Ulm"), &b.err);
        done = good == OSP_OK;
        OSP_CHECK(done || good == OSP_E_NOMEM);
        OSP_CHECK(trip.stops.count == done);
        osp_arena_done(&b.arena);
    }
    OSP_CHECK(done);
}

/* ---------------------------------------------------------------- copies */

OSP_UNIT_TEST(reflect_copy, "a copy shares nothing with what it was made of")
{
    static bench b, c;
    static Every value;
    start_every(&b, &value);
    char *text = strdup(every_text);
    const osp_decoding how = { .arena = &b.arena };
    memset(&value, 0, sizeof(value));
    OSP_CHECK(text != NULL &&
              osp_json_decode(&osp_type_Every, &value, osp_str_from(text), &how, NULL) == OSP_OK);
    start(&c);
    osp_task *task = &c.task;
    Every *copy = osp_copy_of(task, Every, &value);
    OSP_CHECK(copy != NULL && osp_equal(Every, &value, copy));
    /* The sanitizer sees whatever still points here. */
    memset(text, 'x', strlen(text));
    free(text);
    osp_arena_done(&b.arena);
    start_every(&b, &value);
    OSP_CHECK(osp_equal(Every, &value, copy));
    OSP_CHECK(copy->next != value.next && copy->strict != value.strict);
    value.next->next = &value;
    OSP_CHECK(osp_copy_of(task, Every, &value) == NULL);
    OSP_CHECK(c.task.error.status == OSP_OK);
    osp_arena_done(&b.arena);
    osp_arena_done(&c.arena);
}

typedef struct pair {
    Every value, other;
    osp_arena arena;
    osp_change_list changes;
    osp_status status;
} pair;

static void begin_pair(void *arg)
{
    pair *p = arg;
    osp_arena_init(&p->arena, NULL, 0, SIZE_MAX / 2);
    p->changes = (osp_change_list){ NULL, 0 };
}

static void copy_and_compare(void *arg)
{
    pair *p = arg;
    void *copy = NULL;
    p->status = osp_value_copy(&osp_type_Every, &p->value, &p->arena, &copy);
    if (p->status == OSP_OK) {
        p->status = osp_value_diff(&osp_type_Every, copy, &p->other, &p->arena, &p->changes);
    }
}

static void judge_pair(void *arg, bool starved)
{
    pair *p = arg;
    OSP_CHECK(p->status == OSP_OK ? p->changes.count == 2 : starved && p->status == OSP_E_NOMEM);
    osp_arena_done(&p->arena);
}

OSP_UNIT_TEST(reflect_memory, "copies and differences without memory say so")
{
    static bench b;
    static pair p;
    start_every(&b, &p.value);
    p.other = p.value;
    p.other.i32 = 1;
    p.other.counts.count = 1;
    OSP_CHECK(osp_fault_each(&(osp_fault_trial){
                  .begin = begin_pair, .work = copy_and_compare, .judge = judge_pair, .arg = &p }) >
              20);
    osp_arena_done(&b.arena);
}

/* ---------------------------------------------------------------- differences */

OSP_UNIT_TEST(reflect_diff, "a difference names each place, both texts and no secret")
{
    static bench b;
    static Every a, c;
    start_every(&b, &a);
    c = a;
    osp_task *task = &b.task;
    OSP_CHECK(osp_diff(task, Every, &a, &c).count == 0);
    c.i32 = 3;
    c.s = S("new");
    c.oint.is = OSP_NULL;
    c.odouble.is = OSP_ABSENT;
    c.next = NULL;
    c.password = S("other");
    c.raw.text = S("{\"a\":[1.0 ,{}]}");
    osp_str tags[] = { S("a"), S("c"), S("d") };
    c.tags = (osp_str_list){ tags, 3 };
    int64_t_entry counts[] = { { S("b~/"), 2 }, { S("c"), 3 } };
    c.counts = (int64_t_map){ counts, 2 };
    osp_json_entry extra[] = { { S("unknown"), { S("1") } } };
    c.extra = (osp_json_map){ extra, 1 };
    c.shape = (Shape){ .is = 2, .square = { .side = 1 } };
    c.ids.count = 1;
    static const struct {
        osp_change_kind kind;
        const char *pointer, *before, *after;
    } want[] = {
        { OSP_CHANGED, "/i32", "-9", "3" },
        { OSP_CHANGED, "/the \"text\"", "\"a\xc3\xa9\\n\"", "\"new\"" },
        { OSP_CHANGED, "/oint", "-3", "null" },
        { OSP_REMOVED, "/odouble", "0.1", "" },
        { OSP_CHANGED, "/shape", "{\"type\":\"circle\",\"radius\":7}",
          "{\"type\":\"square\",\"side\":1}" },
        { OSP_REMOVED, "/next", NULL, "" },
        { OSP_CHANGED, "/tags/1", "\"b\"", "\"c\"" },
        { OSP_ADDED, "/tags/2", "", "\"d\"" },
        { OSP_REMOVED, "/ids/1", "\"-1\"", "" },
        { OSP_REMOVED, "/counts/a", "1", "" },
        { OSP_ADDED, "/counts/c", "", "3" },
        { OSP_CHANGED, "/password", "***", "***" },
        { OSP_REMOVED, "/another!", "-0", "" },
        { OSP_CHANGED, "/unknown", "[null]", "1" },
    };
    const osp_change_list changes = osp_diff(task, Every, &a, &c);
    for (size_t i = 0; i < changes.count && i < OSP_ARRAY_LEN(want); i++) {
        OSP_CHECK_STR(changes.items[i].pointer, osp_str_from(want[i].pointer));
        OSP_CHECK(changes.items[i].kind == want[i].kind);
        OSP_CHECK(want[i].before == NULL ||
                  osp_str_equal(changes.items[i].before, osp_str_from(want[i].before)));
        OSP_CHECK_STR(changes.items[i].after, osp_str_from(want[i].after));
    }
    OSP_CHECK(changes.count == OSP_ARRAY_LEN(want));
    a.next->next = &a;
    c = a;
    c.next = osp_copy_of(task, Every, a.next->next->next); /* a cycle: NULL */
    OSP_CHECK(c.next == NULL);
    osp_arena_done(&b.arena);
}

/* ---------------------------------------------------------------- dumps */

typedef struct Small {
    int64_t id;
    osp_str name;
    osp_opt_int age;
    osp_str pin;
    osp_str_list tags;
    Shape shape;
    struct Small *next;
    osp_str_map map;
    osp_bytes bytes;
} Small;
OSP_FORWARD_TYPE(Small);
OSP_TYPE(Small, FIELD(id), FIELD(name, .name = "full name"), FIELD(age), FIELD(pin, .secret = true),
         LIST(tags, osp_str), OBJECT(shape, Shape), MAYBE(next, Small), MAP(map, osp_str),
         FIELD(bytes));

OSP_UNIT_TEST(reflect_dump, "a dump shows names, kinds, presence, nesting and no secret")
{
    static bench b;
    start(&b);
    osp_str tags[] = { S("a\n\x1b[31m"), S("\"") };
    osp_str_entry entries[] = { { S("k"), S("v") } };
    Small value = { .id = 7,
                    .name = S("Ann"),
                    .pin = S("1234"),
                    .tags = { tags, 2 },
                    .map = { entries, 1 },
                    .bytes = { (const uint8_t *)"\x01\xff", 2 } };
    value.shape.is = 1;
    value.shape.circle.radius = __builtin_nan("");
    value.next = &value;
    osp_task *task = &b.task;
    OSP_CHECK_STR(osp_dump(task, Small, &value), S("Small {\n"
                                                   "  id int64: 7\n"
                                                   "  full name str: \"Ann\"\n"
                                                   "  age int64: absent\n"
                                                   "  pin str: ***\n"
                                                   "  tags list of osp_str, 2 [\n"
                                                   "    0: \"a\\x0a\\x1b[31m\"\n"
                                                   "    1: \"\\\"\"\n"
                                                   "  ]\n"
                                                   "  shape union Shape, circle {\n"
                                                   "    radius double: nan\n"
                                                   "    note str: absent\n"
                                                   "  }\n"
                                                   "  next object Small: what it is in\n"
                                                   "  map map of osp_str, 1 [\n"
                                                   "    \"k\": \"v\"\n"
                                                   "  ]\n"
                                                   "  bytes bytes: 2: 01 ff\n"
                                                   "}\n"));
    osp_print(Small, (Small *)NULL);
    osp_arena_done(&b.arena);
}

OSP_UNIT_TEST(reflect_dump_bounds, "what is long, many or deep is cut")
{
    static bench b;
    start(&b);
    static osp_str tags[100000];
    static char text[5000];
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < OSP_ARRAY_LEN(tags); i++) {
        tags[i] = (osp_str){ text, sizeof(text) };
    }
    static Small chain[40];
    for (size_t i = 0; i < OSP_ARRAY_LEN(chain); i++) {
        chain[i].tags = (osp_str_list){ tags, OSP_ARRAY_LEN(tags) };
        chain[i].next = i + 1 < OSP_ARRAY_LEN(chain) ? &chain[i + 1] : NULL;
    }
    osp_task *task = &b.task;
    const osp_str dump = osp_dump(task, Small, &chain[0]);
    OSP_CHECK(dump.len > 10000 && dump.len <= 1 << 16);
    OSP_CHECK(memmem(dump.ptr, dump.len, "and 4800 bytes more", 19) != NULL);
    OSP_CHECK(memmem(dump.ptr, dump.len, "and 99936 more", 14) != NULL);
    OSP_CHECK(memcmp(dump.ptr + dump.len - 4, "...\n", 4) == 0);
    chain[0].tags.count = 0;
    for (size_t i = 0; i < OSP_ARRAY_LEN(chain); i++) {
        chain[i].tags.count = 0;
    }
    const osp_str deep = osp_dump(task, Small, &chain[0]);
    OSP_CHECK(memmem(deep.ptr, deep.len, "next object Small: ...", 22) != NULL);
    osp_arena_done(&b.arena);
}
