#include "build/extent.h"

#include "http/matcher.h"
#include "tests/unit/unit.h"

static osp_arena arena;

static osp_segment pattern(const char *folder)
{
    osp_segment segment;
    OSP_CHECK(osp_segment_parse(&arena, osp_str_from(folder), folder, &segment, NULL) == OSP_OK);
    OSP_CHECK(segment.kind == OSP_SEGMENT_PATTERN);
    return segment;
}

/* The way that table.c would hold for a segment. */
static osp_route_way way_of(const osp_segment *segment, osp_route_part *parts)
{
    static const osp_matcher *const all[] = { &osp_matcher_int, &osp_matcher_uuid,
                                              &osp_matcher_slug, &osp_matcher_word,
                                              &osp_matcher_date };
    for (size_t i = 0; i < segment->part_count; i++) {
        const osp_segment_part *part = &segment->parts[i];
        parts[i] = (osp_route_part){ .text = part->text.ptr, .len = (uint32_t)part->text.len };
        for (size_t k = 0; k < OSP_ARRAY_LEN(all); k++) {
            if (osp_str_equal(part->matcher, osp_str_from(all[k]->name_))) {
                parts[i].matcher = all[k];
            }
        }
        OSP_CHECK((parts[i].matcher == NULL) == (part->matcher.len == 0));
    }
    return (osp_route_way){ .parts = parts,
                            .part_count = (uint32_t)segment->part_count,
                            .tail = segment->tail.ptr,
                            .tail_len = (uint32_t)segment->tail.len };
}

static bool is_taken(const osp_segment *segment, osp_str text)
{
    osp_route_part parts[OSP_SEGMENT_PARTS_MAX];
    osp_str params[OSP_SEGMENT_PARTS_MAX];
    const osp_route_way way = way_of(segment, parts);
    return osp_way_match(&way, text, params);
}

/* Texts by which any two states of an automaton of this size, and of one that is right, are told
 * apart: an automaton and a function that agree on every one of them, each behind a text that leads
 * to a state and a byte, are the same unless the function has more states. */
#define ACCESS_MAX 512
#define TEXT_MAX 48

typedef struct access {
    uint32_t state;
    char text[TEXT_MAX];
    size_t len;
} access;

static size_t reach_all(const osp_automaton *automaton, access *all)
{
    size_t count = 1;
    all[0] = (access){ .state = 0 };
    for (size_t i = 0; i < count; i++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            const uint32_t next = automaton->step(all[i].state, (uint8_t)byte);
            bool known = next == OSP_EXTENT_DEAD;
            for (size_t k = 0; k < count; k++) {
                known |= all[k].state == next;
            }
            if (!known) {
                OSP_CHECK(count < ACCESS_MAX && all[i].len + 1 < TEXT_MAX);
                all[count] = all[i];
                all[count].state = next;
                all[count].text[all[count].len++] = (char)byte;
                count++;
            }
        }
    }
    return count;
}

/* What may stand behind a state and a byte. */
static const char *const ends[] = { "",
                                    "0",
                                    "1",
                                    "7",
                                    "8",
                                    "9",
                                    "a",
                                    "-",
                                    "-a",
                                    "-1",
                                    "01",
                                    "-01",
                                    "-28",
                                    "-29",
                                    "-30",
                                    "-31",
                                    "5",
                                    "00",
                                    "07",
                                    "08",
                                    "-02-29",
                                    "-02-28",
                                    "-04-30",
                                    "-04-31",
                                    "4-02-29",
                                    "1-02-29",
                                    "00-02-29",
                                    "0-02-29",
                                    "04-02-29",
                                    "807",
                                    "808",
                                    "5807",
                                    "5808",
                                    "75807",
                                    "854775807",
                                    "854775808",
                                    "372036854775807",
                                    "372036854775808",
                                    "-a765-00a0c91e6bf6",
                                    "-00a0c91e6bf6",
                                    "00a0c91e6bf6",
                                    "dec-11d0-a765-00a0c91e6bf6",
                                    "6" };

OSP_UNIT_TEST(extent_matchers, "each built-in matcher takes what its automaton takes")
{
    static access all[ACCESS_MAX];
    osp_arena_init(&arena, NULL, 0, (size_t)1 << 20);
    for (size_t m = 0; osp_extent_builtin_at(m) != NULL; m++) {
        const osp_automaton *automaton = osp_extent_builtin_at(m);
        const osp_segment segment = pattern(osp_kit_format(&arena, "[x=%s]", automaton->name));
        osp_extent extent;
        osp_extent_init(&extent, &segment);
        OSP_CHECK(extent.is_exact);
        const size_t count = reach_all(automaton, all);
        size_t taken = 0;
        for (size_t i = 0; i < count; i += OSP_UNIT_STRIDE) {
            for (unsigned byte = 0; byte < 256; byte++) {
                for (size_t k = 0; k < OSP_ARRAY_LEN(ends); k++) {
                    char text[2 * TEXT_MAX];
                    memcpy(text, all[i].text, all[i].len);
                    text[all[i].len] = (char)byte;
                    memcpy(text + all[i].len + 1, ends[k], strlen(ends[k]));
                    const osp_str whole = { text, all[i].len + 1 + strlen(ends[k]) };
                    const bool want = osp_extent_takes(&extent, whole);
                    taken += want;
                    if (is_taken(&segment, whole) != want) {
                        fprintf(stderr, "[x=%s] and \"%.*s\"\n", automaton->name, OSP_ARG(whole));
                    }
                    OSP_CHECK(is_taken(&segment, whole) == want);
                }
            }
        }
        OSP_CHECK(taken > 100 / OSP_UNIT_STRIDE);
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(extent_builtin_examples, "the built-in matchers take what they are named after")
{
    static const struct {
        const char *name, *text;
        bool takes;
    } cases[] = {
        { "int", "0", true },
        { "int", "42", true },
        { "int", "9223372036854775807", true },
        { "int", "9223372036854775808", false },
        { "int", "10000000000000000000", false },
        { "int", "007", false },
        { "int", "-1", false },
        { "int", "+1", false },
        { "int", "1a", false },
        { "uuid", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", true },
        { "uuid", "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6", true },
        { "uuid", "f81d4fae7dec11d0a76500a0c91e6bf6", false },
        { "slug", "how-to-write-C", true },
        { "slug", "2026", true },
        { "slug", "a--b", false },
        { "slug", "-a", false },
        { "slug", "a-", false },
        { "slug", "a_b", false },
        { "word", "Hello", true },
        { "word", "r2", false },
        { "word", "\xc3\xbc", false },
        { "date", "2024-02-29", true },
        { "date", "2023-02-29", false },
        { "date", "1900-02-29", false },
        { "date", "2000-02-29", true },
        { "date", "2026-13-01", false },
        { "date", "2026-1-1", false },
    };
    osp_arena_init(&arena, NULL, 0, (size_t)1 << 20);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const osp_segment segment = pattern(osp_kit_format(&arena, "[x=%s]", cases[i].name));
        OSP_CHECK(is_taken(&segment, osp_str_from(cases[i].text)) == cases[i].takes);
    }
    osp_arena_done(&arena);
}

/* Every text up to a length over a few bytes, against patterns of the same bytes. */
OSP_UNIT_TEST(extent_patterns, "a pattern takes in a URL what its automaton takes")
{
    static const char *const folders[] = {
        "a[x]",
        "[x]a",
        "a[x]a",
        "[x]a[y]",
        "[x]aa[y]",
        "[x]ab[y]",
        "[x]aba[y]",
        "[x]a[y]a",
        "[x]aab[y]aa",
        "[x]aba[y]ab",
        "a[x]a[y]a",
        "[x]b[y]a[z]",
        "aab[x]aab[y]aab",
        "[x]abab[y]",
        "[x=word]b[y]",
        "[x=word]1[y]",
        "[x=word]1[y=int]",
        "[x]1[y=int]",
        "[x=slug]1[y]1",
        "[x=slug]a[y=int]b",
        "a[x=int]1",
        "[x=int]11",
        "[x=word]aa",
        "[x=slug]-[y=slug]",
    };
    static const char bytes[] = "ab1-";
    const uint32_t all = (1u << 16) / OSP_UNIT_STRIDE, step = OSP_UNIT_STRIDE > 1 ? 401 : 37;
    osp_arena_init(&arena, NULL, 0, (size_t)1 << 20);
    for (size_t i = 0; i < OSP_ARRAY_LEN(folders); i++) {
        const osp_segment segment = pattern(folders[i]);
        osp_extent extent;
        size_t taken = 0;
        osp_extent_init(&extent, &segment);
        for (uint32_t number = 0; number < 1u << 20; number += number < all ? 1 : step) {
            char text[10];
            const size_t len = number % 11;
            for (size_t k = 0; k < len; k++) {
                text[k] = bytes[number / 11 >> 2 * k & 3];
            }
            const osp_str whole = { text, len };
            const bool want = osp_extent_takes(&extent, whole);
            taken += want;
            if (is_taken(&segment, whole) != want) {
                fprintf(stderr, "%s and \"%.*s\"\n", folders[i], OSP_ARG(whole));
            }
            OSP_CHECK(is_taken(&segment, whole) == want);
        }
        OSP_CHECK(taken > 0 || strlen(folders[i]) > 12);
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(extent_relations, "patterns are compared, and what both take is shown")
{
    static const struct {
        const char *a, *b, *witness; /* NULL: nothing */
        bool only_a, only_b;
    } cases[] = {
        { "[x=int]", "[x=slug]", "0", false, true },
        { "[x=uuid]", "[x=slug]", "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", false, true },
        { "[x=date]", "[x=slug]", "0000-01-01", false, true },
        { "[x=word]", "[x=slug]", "a", false, true },
        { "[x=int]", "[x=word]", NULL, true, true },
        { "[x=int]", "[x=date]", NULL, true, true },
        { "[x=uuid]", "[x=date]", NULL, true, true },
        { "a[x]", "[x]b", "ab", true, true },
        { "v[x=int].json", "v[x].json", "v0.json", false, true },
        { "v[x].json", "[x].json", "va.json", false, true },
        { "[x]-[y]", "[x].[y]", "a-.a", true, true },
        { "[x]-[y]", "[a]-[b]", "a-a", false, false },
        { "[x=int]-[y]", "[x]-[y=int]", "0-0", true, true },
        { "a[x]", "b[x]", NULL, true, true },
        { "[x].", "[x]..", "a..", true, false },
        { ".[x=own]", "[x].", ".a.", true, true }, /* "." and ".." are no segments */
        { "[x=own]", "[x=int]", "0", true, false },
    };
    osp_arena_init(&arena, NULL, 0, (size_t)64 << 20);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const osp_segment one = pattern(cases[i].a), other = pattern(cases[i].b);
        osp_extent a, b;
        osp_relation relation;
        osp_extent_init(&a, &one);
        osp_extent_init(&b, &other);
        OSP_CHECK(osp_extent_compare(&arena, &a, &b, OSP_EXTENT_STATES_MAX, &relation) == OSP_OK);
        const bool good =
            relation.both == (cases[i].witness != NULL) &&
            (!relation.both || osp_str_equal(relation.witness, osp_str_from(cases[i].witness)));
        if (!good || (cases[i].only_a != relation.only_a) || cases[i].only_b != relation.only_b) {
            fprintf(stderr, "%s %s: %d %d %d \"%.*s\"\n", cases[i].a, cases[i].b, relation.both,
                    relation.only_a, relation.only_b, OSP_ARG(relation.witness));
        }
        OSP_CHECK(good);
        if (cases[i].witness == NULL || !(cases[i].only_a && cases[i].only_b)) {
            OSP_CHECK(relation.only_a == cases[i].only_a && relation.only_b == cases[i].only_b);
        }
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(extent_limit, "as many states as allowed are walked, and one more is refused")
{
    osp_arena_init(&arena, NULL, 0, (size_t)64 << 20);
    const osp_segment segment = pattern("ab[x=word]"); /* none, a, ab, a word; b is in no state */
    osp_extent extent;
    osp_relation relation;
    osp_extent_init(&extent, &segment);
    OSP_CHECK(osp_extent_compare(&arena, &extent, &extent, 4, &relation) == OSP_OK);
    OSP_CHECK_STR(relation.witness, OSP_STR("aba"));
    OSP_CHECK(osp_extent_compare(&arena, &extent, &extent, 3, &relation) == OSP_E_LIMIT);
    osp_arena_done(&arena);
}
