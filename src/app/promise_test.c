#include "app/promise.h"

#include "tests/unit/fault.h"
#include "tests/unit/unit.h"

typedef struct Part {
    osp_str name;
} Part;
OSP_TYPE(Part, FIELD(name, .max_len = 3));
OSP_LIST_OF(Part);
OSP_MAP_OF(Part);

typedef enum ThingIs { THING_PART, THING_NUMBER } ThingIs;
typedef struct Number {
    int32_t n;
} Number;
OSP_TYPE(Number, FIELD(n, AT_LEAST(5)));
typedef struct Thing {
    ThingIs is;
    union {
        Part part;
        Number number;
    };
} Thing;
OSP_UNION(Thing, is, "is", CASE(THING_PART, "part", part, Part),
          CASE(THING_NUMBER, "number", number, Number));

typedef struct Answer Answer;
struct Answer {
    int32_t n;
    osp_opt_int maybe;
    osp_str secret;
    osp_str_list tags;
    Part_list parts;
    double pair[2];
    Part_map places;
    Thing thing;
    Answer *next;
};
OSP_FORWARD_TYPE(Answer);
OSP_TYPE(Answer, FIELD(n, RANGE(1, 9)), FIELD(maybe, AT_MOST(5)),
         FIELD(secret, .secret = true, .min_len = 1),
         LIST(tags, osp_str, .unique = true, EACH(.min_len = 1)), LIST(parts, Part, .max_len = 2),
         ARRAY(pair, double, EACH(AT_LEAST(0))), MAP(places, Part), OBJECT(thing, Thing),
         MAYBE(next, Answer));

static osp_arena arena;
static Answer answer;

static void start(void)
{
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    answer = (Answer){ .n = 5, .thing = { .is = THING_NUMBER, .number = { 5 } } };
}

/* `where` and `detail` empty: the answer is good. */
static void judged(const char *where, const char *detail)
{
    char storage[OSP_PROMISE_WHERE_MAX];
    osp_buf at;
    osp_buf_init(&at, storage, sizeof(storage), sizeof(storage));
    const osp_flaw flaw = osp_promise_judge(&osp_type_Answer, &answer, &arena, &at);
    OSP_CHECK_STR(osp_flaw_text(&flaw, NULL, &arena), osp_str_from(detail));
    OSP_CHECK_STR(((osp_str){ at.ptr, at.len }), osp_str_from(where));
}

OSP_UNIT_TEST(promise_members, "an answer is held against the constraints of what is written")
{
    start();
    judged("", ""); /* the secret is too short, and does not leave */
    answer.n = 10;
    judged("/n", "must be at most 9");
    answer.n = 9;
    answer.maybe.value = 6;
    judged("", "");
    answer.maybe.is = OSP_SET;
    judged("/maybe", "must be at most 5");
    answer.maybe.is = OSP_NULL;
    answer.pair[1] = -1;
    judged("/pair/1", "must be at least 0");
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(promise_items, "items, entries, cases and pointers are looked into")
{
    start();
    osp_str tags[] = { OSP_STR("a"), OSP_STR("") };
    answer.tags = (osp_str_list){ tags, 2 };
    judged("/tags/1", "must not be empty");
    tags[1] = OSP_STR("a");
    judged("/tags", "must not have an item twice");
    answer.tags.count = 1;
    Part parts[] = { { OSP_STR("abc") }, { OSP_STR("abcd") }, { OSP_STR("") } };
    answer.parts = (Part_list){ parts, 2 };
    judged("/parts/1/name", "must be at most 3 characters long");
    answer.parts.count = 3;
    judged("/parts", "must have at most 2 items");
    answer.parts.count = 1;
    Part_entry entries[] = { { OSP_STR("x"), parts[0] }, { OSP_STR("y"), parts[1] } };
    answer.places = (Part_map){ entries, 2 };
    judged("/places/y/name", "must be at most 3 characters long");
    answer.places.count = 1;
    answer.thing.number.n = 4;
    judged("/thing/n", "must be at least 5");
    answer.thing.is = (ThingIs)7; /* the encoder's to refuse */
    judged("", "");
    Answer next = answer;
    next.n = 0;
    answer.next = &next;
    judged("/next/n", "must be at least 1");
    answer.next = &answer; /* a cycle ends; the encoder refuses it */
    judged("", "");
    osp_arena_done(&arena);
}

static osp_flaw told;

static void begin_good(void *arg)
{
    static osp_str tags[] = { { "a", 1 }, { "b", 1 } };
    (void)arg;
    start();
    answer.tags = (osp_str_list){ tags, 2 };
}

static void begin_bad(void *arg)
{
    begin_good(arg);
    answer.n = 10;
}

static void judge_starving(void *arg)
{
    (void)arg;
    char storage[OSP_PROMISE_WHERE_MAX];
    osp_buf at;
    osp_buf_init(&at, storage, sizeof(storage), sizeof(storage));
    told = osp_promise_judge(&osp_type_Answer, &answer, &arena, &at);
}

static void judge_good(void *arg, bool starved)
{
    (void)arg;
    OSP_CHECK(told.says == NULL || (starved && osp_flaw_failure(told) == OSP_E_NOMEM));
    osp_arena_done(&arena);
}

static void judge_bad(void *arg, bool starved)
{
    (void)arg;
    OSP_CHECK(told.says->code == OSP_ISSUE_MAXIMUM && osp_flaw_failure(told) == OSP_OK);
    OSP_CHECK_STR(osp_flaw_text(&told, NULL, &arena),
                  starved ? OSP_STR("is not valid") : OSP_STR("must be at most 9"));
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(promise_memory, "what cannot be judged says so, and what is bad stays bad")
{
    OSP_CHECK(osp_fault_each(&(osp_fault_trial){
                  .begin = begin_good, .work = judge_starving, .judge = judge_good }) > 0);
    OSP_CHECK(osp_fault_each(&(osp_fault_trial){
                  .begin = begin_bad, .work = judge_starving, .judge = judge_bad }) > 0);
}
