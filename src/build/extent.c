/* Extents: which segments a pattern takes, and how two of them lie to each other.
 *
 *     v[major=int]-[rest].json     text "v" --> int --> text "-" --> any --> tail ".json"
 *
 * A parameter ends where the text behind it first begins (http/matcher.c), so one state is enough
 * to read such a segment from the left.  Within a parameter it knows how many bytes at the end may
 * already be the text behind it: those are kept back from the matcher until another byte shows that
 * they were not (the automaton of Knuth, Morris and Pratt).
 *
 * Two extents are compared by walking both at once, shortest text first, over bytes that a
 * normalised path can have; the first text that both take is the witness.  States are made as they
 * are reached: nothing is determinised, minimised or kept.
 *
 * Cost: states times 256. */
#include "build/extent.h"

#include <string.h>

#define DEAD OSP_EXTENT_DEAD

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* ---------------------------------------------------------------- built-in matchers */

/* 1: "0"; else 2 + 3 * digits + how they lie to those of the largest one: 0 below, 1 same, 2 above.
 */
static uint32_t int_step(uint32_t state, uint8_t byte)
{
    static const char largest[] = "9223372036854775807";
    const uint32_t len = state == 0 ? 0 : (state - 2) / 3;
    uint32_t order = state == 0 ? 1 : (state - 2) % 3;
    if (!is_digit(byte) || state == 1 || len == sizeof(largest) - 1) {
        return DEAD;
    }
    if (state == 0 && byte == '0') {
        return 1;
    }
    if (order == 1) {
        order = byte < largest[len] ? 0 : byte == largest[len] ? 1 : 2;
    }
    return len + 1 == sizeof(largest) - 1 && order == 2 ? DEAD : 2 + 3 * (len + 1) + order;
}

static bool is_begun(uint32_t state)
{
    return state != 0;
}

/* The state is how many bytes there were. */
static uint32_t uuid_step(uint32_t state, uint8_t byte)
{
    const bool dash = state == 8 || state == 13 || state == 18 || state == 23;
    const bool hex = is_digit(byte) || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
    return state < 36 && (dash ? byte == '-' : hex) ? state + 1 : DEAD;
}

static bool uuid_accepts(uint32_t state)
{
    return state == 36;
}

/* 1: in a word; 2: behind a '-'. */
static uint32_t slug_step(uint32_t state, uint8_t byte)
{
    if (is_letter(byte) || is_digit(byte)) {
        return 1;
    }
    return byte == '-' && state == 1 ? 2 : DEAD;
}

static bool slug_accepts(uint32_t state)
{
    return state == 1;
}

static uint32_t word_step(uint32_t state, uint8_t byte)
{
    (void)state;
    return is_letter(byte) ? 1 : DEAD;
}

/* How many bytes there were, and what of them matters for the rest: of the year whether it is a
 * leap year, of the month how many days it has, of the day its first digit. */
typedef struct day {
    uint32_t at, first, second;
} day;

static uint32_t pack_day(uint32_t at, uint32_t first, uint32_t second)
{
    return at | first << 8 | second << 16;
}

static uint32_t days_of(uint32_t month, bool leap)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return month == 0 || month > 12 ? 0 : month == 2 && leap ? 29 : days[month - 1];
}

static uint32_t date_digit(day s, uint32_t digit)
{
    const uint32_t both = s.second * 10 + digit;
    switch (s.at) {
    case 0: /* of the century only whether it can be divided by four */
        return pack_day(1, 0, digit);
    case 1:
        return pack_day(2, both % 4 == 0, 0);
    case 2:
        return pack_day(3, s.first, digit);
    case 3:
        return pack_day(4, both == 0 ? s.first : both % 4 == 0, 0);
    case 5:
        return pack_day(6, s.first, digit);
    case 6:
        return days_of(both, s.first != 0) != 0 ? pack_day(7, days_of(both, s.first != 0), 0)
                                                : DEAD;
    case 8:
        return pack_day(9, s.first, digit);
    default:
        return s.at == 9 && both >= 1 && both <= s.first ? pack_day(10, 0, 0) : DEAD;
    }
}

static uint32_t date_step(uint32_t state, uint8_t byte)
{
    const day s = { state & 0xff, state >> 8 & 0xff, state >> 16 };
    if (s.at == 4 || s.at == 7) {
        return byte == '-' ? pack_day(s.at + 1, s.first, 0) : DEAD;
    }
    return is_digit(byte) ? date_digit(s, (uint32_t)byte - '0') : DEAD;
}

static bool date_accepts(uint32_t state)
{
    return (state & 0xff) == 10;
}

static const osp_automaton builtins[] = {
    { "int", int_step, is_begun },       { "uuid", uuid_step, uuid_accepts },
    { "slug", slug_step, slug_accepts }, { "word", word_step, is_begun },
    { "date", date_step, date_accepts },
};

const osp_automaton *osp_extent_builtin_at(size_t index)
{
    return index < OSP_ARRAY_LEN(builtins) ? &builtins[index] : NULL;
}

const osp_automaton *osp_extent_builtin(osp_str name)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(builtins); i++) {
        if (osp_str_equal(name, osp_str_from(builtins[i].name))) {
            return &builtins[i];
        }
    }
    return NULL;
}

/* ---------------------------------------------------------------- segments */

typedef enum phase {
    PHASE_TEXT = 0, /* before the first parameter */
    PHASE_FIRST,    /* a parameter begins: its first byte is its own, whatever it is */
    PHASE_PARAM,
    PHASE_DEAD
} phase;

typedef struct state {
    uint32_t matcher; /* of the parameter's text without what is kept back */
    uint8_t phase, part;
    uint8_t kept; /* bytes of the text that is looked for */
} state;

/* The text that ends a parameter. */
static osp_str text_behind(const osp_segment *segment, size_t part)
{
    return part + 1 < segment->part_count ? segment->parts[part + 1].text : segment->tail;
}

void osp_extent_init(osp_extent *extent, const osp_segment *segment)
{
    *extent = (osp_extent){ .segment = segment, .is_exact = true };
    for (size_t i = 0; i < segment->part_count; i++) {
        const osp_str name = segment->parts[i].matcher, text = text_behind(segment, i);
        extent->automata[i] = osp_extent_builtin(name);
        extent->is_exact &= name.len == 0 || extent->automata[i] != NULL;
        uint8_t *fall = extent->fall[i];
        for (size_t len = 1, kept = 0; len < text.len; len++) {
            while (kept > 0 && text.ptr[kept] != text.ptr[len]) {
                kept = fall[kept];
            }
            kept += text.ptr[kept] == text.ptr[len];
            fall[len + 1] = (uint8_t)kept;
        }
    }
}

static state start(const osp_extent *extent)
{
    const bool text = extent->segment->parts[0].text.len > 0;
    return (state){ .phase = text ? PHASE_TEXT : PHASE_FIRST };
}

/* Gives a byte to the matcher of the parameter. */
static void feed(const osp_extent *extent, state *s, uint8_t byte)
{
    const osp_automaton *automaton = extent->automata[s->part];
    if (automaton != NULL && s->phase != PHASE_DEAD) {
        s->matcher = automaton->step(s->matcher, byte);
        s->phase = s->matcher == DEAD ? PHASE_DEAD : s->phase;
    }
}

static bool is_accepted(const osp_extent *extent, const state *s)
{
    const osp_automaton *automaton = extent->automata[s->part];
    return automaton == NULL || automaton->accepts(s->matcher);
}

/* Keeps less back: what is let go is the parameter's. */
static void fall_back(const osp_extent *extent, state *s, osp_str text)
{
    const uint8_t kept = extent->fall[s->part][s->kept];
    for (uint8_t i = 0; i < s->kept - kept; i++) {
        feed(extent, s, (uint8_t)text.ptr[i]);
    }
    s->kept = kept;
}

static state step_param(const osp_extent *extent, state s, uint8_t byte)
{
    const osp_str text = text_behind(extent->segment, s.part);
    const bool last = (size_t)s.part + 1 == extent->segment->part_count;
    while (s.kept > 0 && (s.kept == text.len || (uint8_t)text.ptr[s.kept] != byte)) {
        fall_back(extent, &s, text);
    }
    if (s.kept < text.len && (uint8_t)text.ptr[s.kept] == byte) {
        s.kept++;
    } else {
        feed(extent, &s, byte);
    }
    if (!last && s.kept == text.len && s.phase == PHASE_PARAM) {
        return is_accepted(extent, &s)
                   ? (state){ .phase = PHASE_FIRST, .part = (uint8_t)(s.part + 1) }
                   : (state){ .phase = PHASE_DEAD };
    }
    return s.phase == PHASE_DEAD ? (state){ .phase = PHASE_DEAD } : s;
}

static state step(const osp_extent *extent, state s, uint8_t byte)
{
    const osp_str before = extent->segment->parts[0].text;
    switch ((phase)s.phase) {
    case PHASE_TEXT:
        if ((uint8_t)before.ptr[s.kept] != byte) {
            return (state){ .phase = PHASE_DEAD };
        }
        s.kept++;
        return s.kept == before.len ? (state){ .phase = PHASE_FIRST } : s;
    case PHASE_FIRST:
        s.phase = PHASE_PARAM;
        feed(extent, &s, byte);
        return s.phase == PHASE_DEAD ? (state){ .phase = PHASE_DEAD } : s;
    case PHASE_PARAM:
        return step_param(extent, s, byte);
    default:
        return s;
    }
}

static bool accepts(const osp_extent *extent, const state *s)
{
    return s->phase == PHASE_PARAM && (size_t)s->part + 1 == extent->segment->part_count &&
           s->kept == extent->segment->tail.len && is_accepted(extent, s);
}

bool osp_extent_takes(const osp_extent *extent, osp_str text)
{
    state s = start(extent);
    for (size_t i = 0; i < text.len && s.phase != PHASE_DEAD; i++) {
        s = step(extent, s, (uint8_t)text.ptr[i]);
    }
    return accepts(extent, &s);
}

/* ---------------------------------------------------------------- what a path can have */

/* States of a segment of a normalised path: UTF-8 (RFC 3629 section 4) without control characters
 * and '/', and neither "." nor "..". */
enum {
    ANY_START = 0,
    ANY_DOT,
    ANY_DOTS,
    ANY_GOOD,
    ANY_1,
    ANY_2,
    ANY_3,
    ANY_E0,
    ANY_ED,
    ANY_F0,
    ANY_F4,
    ANY_BAD
};

static uint8_t any_begin(uint8_t byte)
{
    static const struct {
        uint8_t first, last, next;
    } ranges[] = {
        { ' ', '.', ANY_GOOD }, { '0', '~', ANY_GOOD }, { 0xc2, 0xdf, ANY_1 },
        { 0xe0, 0xe0, ANY_E0 }, { 0xe1, 0xec, ANY_2 },  { 0xed, 0xed, ANY_ED },
        { 0xee, 0xef, ANY_2 },  { 0xf0, 0xf0, ANY_F0 }, { 0xf1, 0xf3, ANY_3 },
        { 0xf4, 0xf4, ANY_F4 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(ranges); i++) {
        if (byte >= ranges[i].first && byte <= ranges[i].last) {
            return ranges[i].next;
        }
    }
    return ANY_BAD;
}

static uint8_t any_step(uint8_t at, uint8_t byte)
{
    static const struct {
        uint8_t first, last, next;
    } inside[] = {
        [ANY_1] = { 0x80, 0xbf, ANY_GOOD }, [ANY_2] = { 0x80, 0xbf, ANY_1 },
        [ANY_3] = { 0x80, 0xbf, ANY_2 },    [ANY_E0] = { 0xa0, 0xbf, ANY_1 },
        [ANY_ED] = { 0x80, 0x9f, ANY_1 },   [ANY_F0] = { 0x90, 0xbf, ANY_2 },
        [ANY_F4] = { 0x80, 0x8f, ANY_2 },
    };
    if (at >= ANY_1) {
        return byte >= inside[at].first && byte <= inside[at].last ? inside[at].next : ANY_BAD;
    }
    if (byte == '.' && at < ANY_DOTS) {
        return (uint8_t)(at + 1);
    }
    return any_begin(byte);
}

/* ---------------------------------------------------------------- comparing */

/* Where both extents are after one text. */
typedef struct place {
    state a, b;
    uint32_t from; /* the place before its last byte */
    uint8_t any, byte;
} place;

typedef struct walk {
    const osp_extent *a, *b;
    osp_arena arena;
    place *places;
    uint32_t *slots; /* twice as many: 1 + the place that hashes there */
    uint32_t count, count_max;
    uint8_t order[256]; /* bytes, those that people like to read first */
} walk;

static bool is_equal(const place *one, const place *other)
{
    return one->a.matcher == other->a.matcher && one->b.matcher == other->b.matcher &&
           one->a.phase == other->a.phase && one->b.phase == other->b.phase &&
           one->a.part == other->a.part && one->b.part == other->b.part &&
           one->a.kept == other->a.kept && one->b.kept == other->b.kept && one->any == other->any;
}

static uint32_t hash_of(const place *p)
{
    uint64_t hash = p->a.matcher;
    const uint32_t words[] = { p->b.matcher,
                               (uint32_t)p->a.phase << 16 | (uint32_t)p->a.part << 8 | p->a.kept,
                               (uint32_t)p->b.phase << 16 | (uint32_t)p->b.part << 8 | p->b.kept,
                               p->any };
    for (size_t i = 0; i < OSP_ARRAY_LEN(words); i++) {
        hash = (hash ^ words[i]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return (uint32_t)(hash >> 32);
}

/* Remembers a place that was not reached before; false: there are too many. */
static bool reach(walk *w, const place *p)
{
    const uint32_t slots = 2 * w->count_max;
    for (uint32_t slot = hash_of(p) % slots;; slot = (slot + 1) % slots) {
        if (w->slots[slot] == 0) {
            if (w->count == w->count_max) {
                return false;
            }
            w->places[w->count] = *p;
            w->slots[slot] = ++w->count;
            return true;
        }
        if (is_equal(&w->places[w->slots[slot] - 1], p)) {
            return true;
        }
    }
}

static osp_str text_of(const walk *w, uint32_t index, osp_arena *arena)
{
    size_t len = 0;
    for (uint32_t at = index; at != 0; at = w->places[at].from) {
        len++;
    }
    char *text = osp_kit_alloc(arena, len + 1);
    size_t end = len;
    for (uint32_t at = index; at != 0; at = w->places[at].from) {
        text[--end] = (char)w->places[at].byte;
    }
    return (osp_str){ text, len };
}

/* What the text of a place says of the extents. */
static void judge(const walk *w, uint32_t index, osp_arena *arena, osp_relation *relation)
{
    const place *at = &w->places[index];
    const bool a = accepts(w->a, &at->a), b = accepts(w->b, &at->b);
    if (at->any != ANY_GOOD) {
        return;
    }
    if (a && b && !relation->both) {
        relation->both = true;
        relation->witness = text_of(w, index, arena);
    }
    relation->only_a |= a && !b;
    relation->only_b |= b && !a;
}

static bool go_on(walk *w, uint32_t index)
{
    const place from = w->places[index];
    for (size_t i = 0; i < sizeof(w->order); i++) {
        const uint8_t byte = w->order[i];
        const place p = { .a = step(w->a, from.a, byte),
                          .b = step(w->b, from.b, byte),
                          .from = index,
                          .any = any_step(from.any, byte),
                          .byte = byte };
        const bool dead = p.a.phase == PHASE_DEAD && p.b.phase == PHASE_DEAD;
        if (p.any != ANY_BAD && !dead && !reach(w, &p)) {
            return false;
        }
    }
    return true;
}

static void order_bytes(walk *w)
{
    static const char liked[] = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.";
    size_t count = 0;
    memcpy(w->order, liked, sizeof(liked) - 1);
    count = sizeof(liked) - 1;
    for (unsigned byte = 0; byte < 256; byte++) {
        if (byte == 0 || strchr(liked, (int)byte) == NULL) {
            w->order[count++] = (uint8_t)byte;
        }
    }
}

osp_status osp_extent_compare(osp_arena *arena, const osp_extent *a, const osp_extent *b,
                              uint32_t states_max, osp_relation *ret_relation)
{
    walk w = { .a = a, .b = b, .count_max = states_max };
    osp_status status = OSP_OK;
    order_bytes(&w);
    osp_arena_init(&w.arena, NULL, 0, (size_t)256 << 20);
    w.places = osp_kit_alloc(&w.arena, states_max * sizeof(*w.places));
    w.slots = osp_kit_alloc(&w.arena, 2 * states_max * sizeof(*w.slots));
    *ret_relation = (osp_relation){ .both = false };
    const place first = { .a = start(a), .b = start(b) };
    (void)reach(&w, &first);
    for (uint32_t i = 0; i < w.count && status == OSP_OK; i++) {
        judge(&w, i, arena, ret_relation);
        if (ret_relation->both && ret_relation->only_a && ret_relation->only_b) {
            break;
        }
        status = go_on(&w, i) ? OSP_OK : OSP_E_LIMIT;
    }
    osp_arena_done(&w.arena);
    return status;
}
