/* The patterns of an application, by the address of their text.
 *
 *     osp_patterns -> table of (const char *, expression)
 *                  -> types that were walked, in the order in which they were found
 *                  -> one scratch, taken by the search that needs it
 *
 * A table is open addressing with at most half its slots taken, grown by copying; all of it is in
 * the set's own arena, the set itself too.  Types are walked through a list and not by recursion,
 * so that neither depth nor a circle matters.
 *
 * Threads may search at the same time.  There is one scratch, for nearly always one thread asks; a
 * second one makes its own for the call. */
#include "type/pattern.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "type/regex.h"

#define ARENA_MAX ((size_t)64 << 20)
#define CAP_MIN 16

typedef struct slot {
    const void *key;
    osp_regex *regex; /* owned; NULL for a type */
} slot;

typedef struct table {
    slot *slots;
    size_t cap, count;
} table;

/* Apart from the set, which is constant while it is searched. */
typedef struct workspace {
    osp_regex_scratch scratch;
    bool taken; /* atomic */
} workspace;

struct osp_patterns {
    osp_arena arena; /* has the set itself in it */
    table patterns;  /* by text */
    table known;     /* types, walked or not yet */
    const osp_type **types;
    size_t type_cap, type_count;
    size_t walked; /* of the types */
    workspace *workspace;
};

/* ---------------------------------------------------------------- tables */

/* The slot of a key, or the free one where it belongs.  The table has a free one. */
static slot *slot_of(const table *in, const void *key)
{
    /* Addresses are aligned and near each other: the multiplication moves what differs up. */
    const uint64_t hash = (uint64_t)(uintptr_t)key * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(hash >> 32) & (in->cap - 1);
    while (in->slots[at].key != NULL && in->slots[at].key != key) {
        at = (at + 1) & (in->cap - 1);
    }
    return &in->slots[at];
}

/* Makes room for one more.  False: no memory. */
static bool make_room(table *in, osp_arena *arena)
{
    if (in->count < in->cap / 2) {
        return true;
    }
    table larger = { .cap = in->cap == 0 ? CAP_MIN : in->cap * 2, .count = in->count };
    larger.slots = osp_arena_zalloc(arena, larger.cap * sizeof(slot));
    if (larger.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < in->cap; i++) {
        if (in->slots[i].key != NULL) {
            *slot_of(&larger, in->slots[i].key) = in->slots[i];
        }
    }
    *in = larger;
    return true;
}

static osp_regex *regex_of(const osp_patterns *set, const char *pattern)
{
    return set == NULL || set->patterns.cap == 0 ? NULL : slot_of(&set->patterns, pattern)->regex;
}

/* ---------------------------------------------------------------- the set */

osp_patterns *osp_patterns_new(void)
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, ARENA_MAX);
    osp_patterns *set = osp_arena_zalloc(&arena, sizeof(*set));
    workspace *own = osp_arena_zalloc(&arena, sizeof(*own));
    if (set == NULL || own == NULL || osp_regex_scratch_init(&own->scratch) != OSP_OK) {
        osp_arena_done(&arena);
        return NULL;
    }
    set->arena = arena;
    set->workspace = own;
    return set;
}

void osp_patterns_free(osp_patterns *set)
{
    if (set == NULL) {
        return;
    }
    for (size_t i = 0; i < set->patterns.cap; i++) {
        osp_regex_free(set->patterns.slots[i].regex);
    }
    osp_regex_scratch_done(&set->workspace->scratch);
    /* The arena frees the set, and so the arena that stands in it. */
    osp_arena arena = set->arena;
    osp_arena_done(&arena);
}

osp_status osp_patterns_add(osp_patterns *set, const char *pattern, osp_error *err)
{
    if (regex_of(set, pattern) != NULL) {
        return OSP_OK;
    }
    osp_regex *regex;
    OSP_TRY(osp_regex_compile(pattern, &regex, err));
    if (!make_room(&set->patterns, &set->arena)) {
        osp_regex_free(regex);
        return osp_error_set(err, OSP_E_NOMEM, "out of memory for patterns");
    }
    *slot_of(&set->patterns, pattern) = (slot){ pattern, regex };
    set->patterns.count++;
    return OSP_OK;
}

/* ---------------------------------------------------------------- types */

/* Remembers a type (NULL allowed) to be walked, once.  False: no memory. */
static bool know(osp_patterns *set, const osp_type *type)
{
    if (type == NULL || (set->known.cap != 0 && slot_of(&set->known, type)->key != NULL)) {
        return true;
    }
    if (set->type_count == set->type_cap) {
        const size_t cap = set->type_cap == 0 ? CAP_MIN : set->type_cap * 2;
        const osp_type **larger = osp_arena_zalloc(&set->arena, cap * sizeof(*larger));
        if (larger == NULL) {
            return false;
        }
        for (size_t i = 0; i < set->type_count; i++) {
            larger[i] = set->types[i];
        }
        set->types = larger;
        set->type_cap = cap;
    }
    if (!make_room(&set->known, &set->arena)) {
        return false;
    }
    *slot_of(&set->known, type) = (slot){ type, NULL };
    set->known.count++;
    set->types[set->type_count++] = type;
    return true;
}

/* The patterns of a field and of its items, and the types it leads to. */
static osp_status walk_field(osp_patterns *set, const osp_type *type, const osp_field *field,
                             osp_error *err)
{
    const char *member = field->member_ != NULL ? field->member_ : "";
    for (; field != NULL; field = field->each_) {
        osp_error inner = { 0 };
        const osp_status status =
            field->pattern == NULL ? OSP_OK : osp_patterns_add(set, field->pattern, &inner);
        if (status != OSP_OK) {
            return osp_error_set(err, status, "%s.%s: %s", type->name, member, inner.message);
        }
        if (!know(set, field->type_)) {
            return osp_error_set(err, OSP_E_NOMEM, "out of memory for patterns");
        }
    }
    return OSP_OK;
}

static osp_status walk_type(osp_patterns *set, const osp_type *type, osp_error *err)
{
    for (size_t i = 0; i < type->field_count; i++) {
        OSP_TRY(walk_field(set, type, &type->fields[i], err));
    }
    for (size_t i = 0; i < type->case_count; i++) {
        if (!know(set, type->cases[i].type)) {
            return osp_error_set(err, OSP_E_NOMEM, "out of memory for patterns");
        }
    }
    return OSP_OK;
}

osp_status osp_patterns_add_type(osp_patterns *set, const osp_type *type, osp_error *err)
{
    if (!know(set, type)) {
        return osp_error_set(err, OSP_E_NOMEM, "out of memory for patterns");
    }
    /* A type that failed is walked again by the next call, which then fails as well. */
    for (; set->walked < set->type_count; set->walked++) {
        OSP_TRY(walk_type(set, set->types[set->walked], err));
    }
    return OSP_OK;
}

/* ---------------------------------------------------------------- searching */

/* With the set's scratch, unless another thread has it. */
static osp_status search(workspace *shared, const osp_regex *regex, osp_str text)
{
    if (shared != NULL && !__atomic_exchange_n(&shared->taken, true, __ATOMIC_ACQUIRE)) {
        const osp_status status = osp_regex_search(regex, &shared->scratch, text);
        __atomic_store_n(&shared->taken, false, __ATOMIC_RELEASE);
        return status;
    }
    osp_regex_scratch own;
    OSP_TRY(osp_regex_scratch_init(&own));
    const osp_status status = osp_regex_search(regex, &own, text);
    osp_regex_scratch_done(&own);
    return status;
}

osp_status osp_patterns_find(const osp_patterns *set, const char *pattern, osp_str text)
{
    if (text.len > OSP_PATTERN_TEXT_MAX) {
        return OSP_E_LIMIT;
    }
    /* The engine reads past the end of what is not UTF-8: not to be left to a promise. */
    if (!osp_utf8_valid(text)) {
        return OSP_E_INVALID;
    }
    workspace *const shared = set != NULL ? set->workspace : NULL;
    const osp_regex *known = regex_of(set, pattern);
    if (known != NULL) {
        return search(shared, known, text);
    }
    osp_regex *regex;
    OSP_TRY(osp_regex_compile(pattern, &regex, NULL));
    const osp_status status = search(shared, regex, text);
    osp_regex_free(regex);
    return status;
}
