/* JSON text straight into a struct: one pass, driven by the type's table, no tree in between.
 *
 *     text  {"id": 7, "tags": ["a"], "x": {...}}
 *            |            |             +-- not in the table: skipped, rejected or kept
 *            |            +-- osp_field of kind LIST: elements grow in the arena
 *            +-- osp_field: offset and kind say where and what to store
 *
 * Two sorts of failure are kept apart.  What is not JSON ends the decoding with the line and
 * column.  What is JSON but does not fit becomes an issue with a JSON pointer, and decoding goes on
 * behind the value, so that a client learns of every bad field at once.
 *
 * Members are expected in the order of the table, which costs one comparison each; others are
 * found by a scan.  A bit per member tells duplicates and missing ones.  The names of maps and of
 * kept members are sorted when all are there, so that no choice of names makes it slow.
 *
 * A union is read twice: once for the member that names its case, then as that case.
 *
 * Invariants: begin <= at <= end.  `depth` counts the containers around `at`, at most
 * OSP_JSON_DEPTH_MAX; it bounds the recursion, and path[0..depth) is the pointer to the current
 * value.  A list holds no more than max_len elements in memory.
 * Source: RFC 8259, RFC 6901; RFC 7493 (no duplicates, no lone surrogates). */
#include <stdio.h>

#include "type/json_read.h"
#include "type/text.h"

#define LIST_FIRST_BYTES 64 /* of the first allocation of a list */
#define FIELDS_MAX 64       /* bits of `seen` */

/* One step of a JSON pointer: a field, a name of `at` bytes, or the index `at`. */
typedef struct step {
    const osp_field *field; /* or NULL */
    const char *name;       /* or NULL */
    size_t at;
} step;

typedef struct decoder {
    osp_json_reader r;
    const osp_decoding *how;
    size_t mismatches;
    step path[OSP_JSON_DEPTH_MAX];
} decoder;

/* What is to be decoded: a member, or an item of one, whose constraints `field` has; NULL: none. */
typedef struct target {
    const osp_field *field;
    const osp_type *type;
    osp_kind kind;
} target;

static osp_status decode_value(decoder *d, target t, void *value);

/* ---------------------------------------------------------------- issues */

/* Appends one step to a pointer.  False when it does not fit. */
static bool pointer_add(char text[OSP_JSON_POINTER_MAX], size_t *len, step s)
{
    char number[24];
    const osp_str known = s.field != NULL ? osp_field_name(s.field) : (osp_str){ s.name, s.at };
    const char *name = known.ptr;
    size_t name_len = known.len;
    if (name == NULL) {
        name_len = (size_t)snprintf(number, sizeof(number), "%zu", s.at);
        name = number;
    }
    size_t at = *len;
    if (at == OSP_JSON_POINTER_MAX) {
        return false;
    }
    text[at++] = '/';
    for (size_t i = 0; i < name_len; i++) {
        const bool escape = name[i] == '~' || name[i] == '/';
        if (OSP_JSON_POINTER_MAX - at < 1U + escape) {
            return false;
        }
        if (escape) {
            text[at++] = '~';
            text[at++] = name[i] == '~' ? '0' : '1';
        } else {
            text[at++] = name[i];
        }
    }
    *len = at;
    return true;
}

/* Reports what is wrong with the value that path[0..depth) leads to.  A pointer that would be too
 * long ends at the last container that fits. */
static __attribute__((cold, noinline)) void issue(decoder *d, osp_flaw flaw)
{
    osp_issues *issues = d->how->issues;
    d->mismatches++;
    if (issues == NULL) {
        return;
    }
    if (issues->count == OSP_ISSUES_MAX) {
        issues->dropped++; /* and no memory is spent on it */
        return;
    }
    char text[OSP_JSON_POINTER_MAX];
    size_t len = 0;
    for (uint32_t i = 0; i < d->r.depth && pointer_add(text, &len, d->path[i]); i++) {
    }
    osp_str pointer = { NULL, 0 };
    char *copy = len != 0 ? osp_arena_try(d->how->arena, len) : NULL;
    if (copy != NULL) {
        memcpy(copy, text, len);
        pointer = (osp_str){ copy, len };
    }
    osp_issues_add(issues, NULL, pointer, flaw);
}

static osp_status enter(decoder *d)
{
    if (d->r.depth == OSP_JSON_DEPTH_MAX) {
        return osp_json_fail(&d->r, OSP_E_JSON_DEPTH, "nested too deeply");
    }
    d->r.at++;
    d->path[d->r.depth++] = (step){ NULL, NULL, 0 };
    return OSP_OK;
}

/* A value of another sort: checked, passed over and reported. */
static osp_status mismatch(decoder *d, osp_flaw flaw)
{
    OSP_TRY(osp_json_skip(&d->r));
    issue(d, flaw);
    return OSP_OK;
}

static osp_status wrong_sort(decoder *d, target t)
{
    const osp_kind_info *info = &osp_kinds[t.kind];
    const bool optional = t.field != NULL && osp_field_is_optional(t.field);
    return mismatch(d, osp_flaw_of(optional ? info->mismatch_or_null : info->mismatch));
}

/* ---------------------------------------------------------------- scalars */

static osp_status decode_bool(decoder *d, int first, bool *value)
{
    OSP_TRY(first == 't' ? osp_json_expect_word(&d->r, "true", 4)
                         : osp_json_expect_word(&d->r, "false", 5));
    *value = first == 't';
    return OSP_OK;
}

static osp_status decode_number(decoder *d, target t, void *value)
{
    osp_json_number number;
    OSP_TRY(osp_json_read_number(&d->r, &number));
    const osp_sentence *wrong = osp_json_number_store(&number, t.kind, value);
    if (wrong == NULL) {
        return OSP_OK;
    }
    issue(d, osp_flaw_of(wrong));
    return OSP_DONE; /* reported: nothing to judge any more */
}

/* What stands in a string: the string itself or the text form of another scalar. */
static osp_status decode_quoted(decoder *d, target t, void *value)
{
    if (t.kind == OSP_KIND_STR) {
        return osp_json_read_string(&d->r, value);
    }
    osp_str text;
    OSP_TRY(osp_json_read_string(&d->r, &text));
    const osp_sentence *wrong = osp_scalar_read(t.kind, t.type, text, value, d->how->arena);
    if (wrong == NULL) {
        return OSP_OK;
    }
    if (wrong == OSP_SAY(LARGE)) {
        return osp_json_no_memory(&d->r);
    }
    issue(d, osp_flaw_of_text(wrong, t.type, d->how->arena));
    return OSP_DONE;
}

/* Any value: its own text. */
static osp_status decode_raw(decoder *d, osp_json *value)
{
    (void)osp_json_peek(&d->r);
    const char *begin = d->r.at;
    OSP_TRY(osp_json_skip(&d->r));
    value->text = (osp_str){ begin, (size_t)(d->r.at - begin) };
    return OSP_OK;
}

/* ---------------------------------------------------------------- lists and maps */

/* Items that grow in the arena. */
typedef struct items {
    char *at;
    size_t count, cap, stride;
} items;

/* Makes room for one more item, doubling.  *ret_slot is zeroed. */
static osp_status items_add(decoder *d, items *list, char **ret_slot)
{
    if (list->count == list->cap) {
        const size_t first = list->stride < LIST_FIRST_BYTES ? LIST_FIRST_BYTES / list->stride : 1;
        size_t bytes = 0;
        const size_t more = list->cap == 0 ? first : list->cap * 2;
        if (more < list->cap || __builtin_mul_overflow(more, list->stride, &bytes)) {
            return osp_json_no_memory(&d->r);
        }
        char *at = osp_arena_try(d->how->arena, bytes);
        if (at == NULL) {
            return osp_json_no_memory(&d->r);
        }
        if (list->count != 0) {
            memcpy(at, list->at, list->count * list->stride);
        }
        list->at = at;
        list->cap = more;
    }
    char *slot = list->at + list->count++ * list->stride;
    *ret_slot = list->stride == sizeof(osp_str) ? memset(slot, 0, sizeof(osp_str))
                                                : memset(slot, 0, list->stride);
    return OSP_OK;
}

static target item_target(target t)
{
    return (target){ t.field != NULL ? t.field->each_ : NULL, t.type, (osp_kind)t.type->kind };
}

static osp_status decode_list(decoder *d, target t, osp_list *value)
{
    OSP_ASSERT(t.type != NULL);
    const target each = item_target(t);
    OSP_ASSERT(t.type->size > 0);
    OSP_TRY(enter(d));
    const size_t max = t.field != NULL && t.field->max_len != 0 ? t.field->max_len : SIZE_MAX;
    items list = { .stride = t.type->size };
    size_t seen = 0;
    bool more = osp_json_peek(&d->r) != ']';
    if (!more) {
        d->r.at++;
    }
    while (more) {
        d->path[d->r.depth - 1].at = seen;
        if (seen < max) {
            char *slot = NULL;
            OSP_TRY(items_add(d, &list, &slot));
            OSP_TRY(decode_value(d, each, slot));
        } else {
            OSP_TRY(osp_json_skip(&d->r));
        }
        seen++;
        OSP_TRY(osp_json_expect_more(&d->r, false, &more));
    }
    d->r.depth--;
    *value = (osp_list){ list.at, seen }; /* the true count is what is judged */
    return OSP_OK;
}

static osp_status decode_array(decoder *d, target t, char *value)
{
    OSP_ASSERT(t.field != NULL);
    const size_t count = t.field->count_;
    OSP_TRY(enter(d));
    size_t seen = 0;
    bool more = osp_json_peek(&d->r) != ']';
    if (!more) {
        d->r.at++;
    }
    while (more) {
        d->path[d->r.depth - 1].at = seen;
        OSP_TRY(seen < count ? decode_value(d, item_target(t), value + seen * t.type->size)
                             : osp_json_skip(&d->r));
        seen++;
        OSP_TRY(osp_json_expect_more(&d->r, false, &more));
    }
    d->r.depth--;
    if (seen != count) {
        issue(d, osp_flaw_count(seen < count ? OSP_SAY(TOO_FEW) : OSP_SAY(TOO_MANY), d->how->arena,
                                count));
        return OSP_DONE;
    }
    return OSP_OK;
}

/* Reports a name that stands twice among `list`, entries whose key is first; within the object. */
static osp_status check_names(decoder *d, const items *list)
{
    const void *twice = NULL;
    const osp_status status = osp_items_distinct(OSP_KIND_STR, NULL, list->at, list->count,
                                                 list->stride, d->how->arena, &twice);
    if (status == OSP_E_NOMEM) {
        return osp_json_no_memory(&d->r);
    }
    if (status == OSP_DONE) {
        const osp_str *name = twice;
        d->path[d->r.depth - 1] = (step){ NULL, name->ptr != NULL ? name->ptr : "", name->len };
        issue(d, osp_flaw_of(OSP_SAY(TWICE)));
    }
    return OSP_OK;
}

static osp_status decode_map(decoder *d, target t, osp_list *value)
{
    OSP_ASSERT(t.type != NULL);
    OSP_TRY(enter(d));
    const size_t max = t.field != NULL && t.field->max_len != 0 ? t.field->max_len : SIZE_MAX;
    items list = { .stride = osp_map_stride(t.type) };
    size_t seen = 0;
    bool more = osp_json_peek(&d->r) != '}';
    if (!more) {
        d->r.at++;
    }
    while (more) {
        osp_str name = { NULL, 0 };
        OSP_TRY(osp_json_expect_name(&d->r, &name));
        OSP_TRY(osp_json_expect_colon(&d->r));
        d->path[d->r.depth - 1] = (step){ NULL, name.ptr != NULL ? name.ptr : "", name.len };
        if (seen < max) {
            char *slot = NULL;
            OSP_TRY(items_add(d, &list, &slot));
            memcpy(slot, &name, sizeof(name));
            OSP_TRY(decode_value(d, item_target(t), slot + OSP_MAP_VALUE_AT));
        } else {
            OSP_TRY(osp_json_skip(&d->r));
        }
        seen++;
        OSP_TRY(osp_json_expect_more(&d->r, true, &more));
    }
    OSP_TRY(check_names(d, &list));
    d->r.depth--;
    *value = (osp_list){ list.at, seen };
    return OSP_OK;
}

/* ---------------------------------------------------------------- objects */

static inline bool is_member(const osp_field *field)
{
    return field->source_ == OSP_SOURCE_FIELD;
}

/* memcmp, but for the call: names are short, and two loads that overlap cover 4 to 16 bytes. */
static inline bool same_name(const char *a, const char *b, size_t len)
{
    if (len >= 8 && len <= 16) {
        uint64_t a8[2], b8[2];
        memcpy(&a8[0], a, 8);
        memcpy(&b8[0], b, 8);
        memcpy(&a8[1], a + len - 8, 8);
        memcpy(&b8[1], b + len - 8, 8);
        return ((a8[0] ^ b8[0]) | (a8[1] ^ b8[1])) == 0;
    }
    if (len >= 4 && len < 8) {
        uint32_t a4[2], b4[2];
        memcpy(&a4[0], a, 4);
        memcpy(&b4[0], b, 4);
        memcpy(&a4[1], a + len - 4, 4);
        memcpy(&b4[1], b + len - 4, 4);
        return ((a4[0] ^ b4[0]) | (a4[1] ^ b4[1])) == 0;
    }
    return memcmp(a, b, len) == 0;
}

/* The common case: the member that the table has next, spelt as in the struct.  Names of C hold
 * nothing to escape, so the raw bytes decide. */
static inline const osp_field *match_next(decoder *d, const osp_type *type, uint32_t next)
{
    if (next >= type->field_count) {
        return NULL;
    }
    const osp_field *field = &type->fields[next];
    const size_t len = field->member_len_;
    if (field->name != NULL || !is_member(field) || (size_t)(d->r.end - d->r.at) < len + 2 ||
        d->r.at[len + 1] != '"' || !same_name(d->r.at + 1, field->member_, len)) {
        return NULL;
    }
    d->r.at += len + 2;
    return field;
}

/* Any member, starting at the one that is expected. */
static const osp_field *find_member(const osp_type *type, osp_str name, uint32_t next)
{
    const uint32_t count = type->field_count;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t index = next + i < count ? next + i : next + i - count;
        const osp_field *field = &type->fields[index];
        if (is_member(field) && osp_str_equal(osp_field_name(field), name)) {
            return field;
        }
    }
    return NULL;
}

/* The state of one object. */
typedef struct object {
    const osp_type *type;
    char *at;
    const char *tag; /* a member that names the case of a union, or NULL */
    uint64_t seen;   /* a bit for each field */
    uint32_t next;   /* the field that is expected */
    bool needs;      /* a field that is there asks for others */
    items extra;     /* members that no field names, if they are kept */
} object;

static const osp_field *extra_field(const osp_type *type)
{
    for (uint32_t i = 0; i < type->field_count; i++) {
        if (type->fields[i].source_ == OSP_SOURCE_EXTRA) {
            return &type->fields[i];
        }
    }
    return NULL;
}

/* A member that the type does not name, behind its colon. */
static osp_status decode_unknown(decoder *d, object *o, osp_str name)
{
    if (o->tag != NULL && osp_str_equal(name, osp_str_from(o->tag))) {
        return osp_json_skip(&d->r);
    }
    if (extra_field(o->type) != NULL) {
        char *slot = NULL;
        o->extra.stride = osp_map_stride(&osp_type_osp_json);
        OSP_TRY(items_add(d, &o->extra, &slot));
        memcpy(slot, &name, sizeof(name));
        return decode_raw(d, (osp_json *)(void *)(slot + OSP_MAP_VALUE_AT));
    }
    if (o->type->additional == OSP_REJECT) {
        d->path[d->r.depth - 1] = (step){ NULL, name.ptr != NULL ? name.ptr : "", name.len };
        return mismatch(d, osp_flaw_of(OSP_SAY(UNKNOWN)));
    }
    return osp_json_skip(&d->r);
}

static osp_status decode_field(decoder *d, const osp_field *field, void *slot);

/* One `"name": value`. */
static osp_status decode_member(decoder *d, object *o)
{
    if (osp_json_peek(&d->r) != '"') {
        return osp_json_syntax(&d->r, "expected the name of a member in quotes");
    }
    osp_str name = { NULL, 0 };
    const osp_field *field = match_next(d, o->type, o->next);
    if (field == NULL) {
        OSP_TRY(osp_json_read_string(&d->r, &name));
        field = find_member(o->type, name, o->next < o->type->field_count ? o->next : 0);
    }
    OSP_TRY(osp_json_expect_colon(&d->r));
    if (field == NULL) {
        return decode_unknown(d, o, name);
    }
    d->path[d->r.depth - 1].field = field;
    const uint32_t index = (uint32_t)(field - o->type->fields);
    o->next = index + 1;
    if (o->seen >> index & 1) {
        return mismatch(d, osp_flaw_of(OSP_SAY(TWICE)));
    }
    if (field->read_only && !d->how->answers) { /* as if it were not there: its fallback holds */
        return osp_json_skip(&d->r);
    }
    o->seen |= 1ULL << index;
    o->needs |= field->needs != NULL;
    return decode_field(d, field, o->at + field->offset_);
}

/* Decodes a fallback that is JSON itself, such as "[]": the same decoder on another text, so that
 * the depth stays bounded. */
static osp_status decode_fallback(decoder *d, const osp_field *field, void *slot)
{
    const osp_json_reader saved = d->r;
    const osp_str text = osp_str_from(field->fallback);
    osp_json_reader_init(&d->r, text, saved.arena, saved.err);
    d->r.depth = saved.depth;
    OSP_TRY(decode_field(d, field, slot));
    if (osp_json_peek(&d->r) != -1) {
        return osp_json_syntax(&d->r, "unexpected text behind the fallback");
    }
    d->r = saved;
    return OSP_OK;
}

/* Whether a member that nobody has made optional is not missed all the same. */
static bool is_not_missed(const decoder *d, const osp_field *field)
{
    return d->how->answers ? field->secret || field->write_only : field->read_only;
}

static osp_status absent_member(decoder *d, const osp_field *field, void *slot)
{
    d->path[d->r.depth - 1].field = field;
    if (field->fallback == NULL) {
        if (!osp_field_is_optional(field) && !is_not_missed(d, field)) {
            issue(d, osp_flaw_of(OSP_SAY(REQUIRED)));
        }
        return OSP_OK;
    }
    if (!osp_kinds[field->kind_].scalar) {
        return field->fallback[0] != '\0' ? decode_fallback(d, field, slot) : OSP_OK;
    }
    osp_flaw flaw;
    const osp_status status =
        osp_field_from_text(field, slot, osp_str_from(field->fallback), d->how, &flaw);
    if (status == OSP_E_TYPE_MISMATCH) {
        issue(d, flaw);
    }
    return status == OSP_E_TYPE_MISMATCH ? OSP_OK : status;
}

/* A member that is there asks for others by their C names, separated by commas.  A read-only one
 * is never missing, as nobody can give it. */
static void check_needs(decoder *d, const object *o, const osp_field *field)
{
    const char *at = field->needs;
    while (*at != '\0') {
        const char *comma = strchr(at, ',');
        const osp_str name = { at, comma != NULL ? (size_t)(comma - at) : strlen(at) };
        at += name.len + (comma != NULL);
        for (uint32_t i = 0; i < o->type->field_count; i++) {
            const osp_field *other = &o->type->fields[i];
            if (osp_str_equal(name, (osp_str){ other->member_, other->member_len_ }) &&
                !other->read_only && !(o->seen >> i & 1)) {
                d->path[d->r.depth - 1].field = other;
                issue(d, osp_flaw_with(OSP_SAY(NEEDS), d->how->arena, osp_field_name(field)));
            }
        }
    }
}

/* Judges the object as a whole, when all its members are there. */
static osp_status end_object(decoder *d, object *o)
{
    const uint32_t count = o->type->field_count;
    if (count != 0 && o->seen == UINT64_MAX >> (FIELDS_MAX - count) && !o->needs) {
        return OSP_OK; /* which also means that nothing is kept: no field is for that */
    }
    for (uint32_t i = 0; i < o->type->field_count; i++) {
        const osp_field *field = &o->type->fields[i];
        if (o->seen >> i & 1) {
            if (field->needs != NULL) {
                check_needs(d, o, field);
            }
        } else if (is_member(field)) {
            OSP_TRY(absent_member(d, field, o->at + field->offset_));
        }
    }
    if (o->extra.count != 0) {
        const osp_list kept = { o->extra.at, o->extra.count };
        memcpy(o->at + extra_field(o->type)->offset_, &kept, sizeof(kept));
        OSP_TRY(check_names(d, &o->extra));
    }
    return OSP_OK;
}

static osp_status decode_object(decoder *d, const osp_type *type, void *value, const char *tag)
{
    OSP_ASSERT(type != NULL);
    OSP_ASSERT(type->field_count <= FIELDS_MAX);
    OSP_TRY(enter(d));
    object o = { .type = type, .at = value, .tag = tag };
    const size_t mismatches = d->mismatches;
    bool more = osp_json_peek(&d->r) != '}';
    if (!more) {
        d->r.at++;
    }
    while (more) {
        OSP_TRY(decode_member(d, &o));
        OSP_TRY(osp_json_expect_more(&d->r, true, &more));
    }
    OSP_TRY(end_object(d, &o));
    d->r.depth--;
    if (type->check_ != NULL && mismatches == d->mismatches) {
        const osp_flaw flaw = osp_flaw_checked(type->check_(value));
        if (flaw.says != NULL) {
            issue(d, flaw);
        }
    }
    return OSP_OK;
}

/* ---------------------------------------------------------------- unions */

/* Passes over an object in search of the member that names its case, and goes back to its start.
 * *ret_name has no pointer when it is missing or no string. */
static osp_status find_case_name(decoder *d, const osp_type *type, osp_str *ret_name,
                                 size_t *ret_count)
{
    const osp_json_reader saved = d->r;
    const osp_str wanted = osp_str_from(type->discriminator);
    *ret_name = (osp_str){ NULL, 0 };
    *ret_count = 0;
    d->r.at++;
    bool more = osp_json_peek(&d->r) != '}';
    while (more) {
        osp_str name = { NULL, 0 };
        OSP_TRY(osp_json_expect_name(&d->r, &name));
        OSP_TRY(osp_json_expect_colon(&d->r));
        const bool is_wanted = osp_str_equal(name, wanted);
        *ret_count += is_wanted;
        if (is_wanted && osp_json_peek(&d->r) == '"') {
            OSP_TRY(osp_json_read_string(&d->r, ret_name));
        } else {
            OSP_TRY(osp_json_skip(&d->r));
        }
        OSP_TRY(osp_json_expect_more(&d->r, true, &more));
    }
    d->r = saved;
    return OSP_OK;
}

static const osp_case *case_named(const osp_type *type, osp_str name)
{
    for (uint16_t i = 0; name.ptr != NULL && i < type->case_count; i++) {
        if (osp_str_equal(osp_str_from(type->cases[i].name), name)) {
            return &type->cases[i];
        }
    }
    return NULL;
}

static osp_status decode_union(decoder *d, const osp_type *type, void *value)
{
    osp_str name;
    size_t count = 0;
    if (d->r.depth == OSP_JSON_DEPTH_MAX) {
        return osp_json_fail(&d->r, OSP_E_JSON_DEPTH, "nested too deeply");
    }
    OSP_TRY(find_case_name(d, type, &name, &count));
    const osp_case *found = count == 1 ? case_named(type, name) : NULL;
    if (found != NULL) {
        const int tag = (int)found->value;
        memcpy((char *)value + type->tag_offset, &tag, sizeof(tag));
        return decode_object(d, found->type, (char *)value + found->offset, type->discriminator);
    }
    OSP_TRY(osp_json_skip(&d->r));
    d->path[d->r.depth++] = (step){ NULL, type->discriminator, strlen(type->discriminator) };
    issue(d, count == 0   ? osp_flaw_of(OSP_SAY(REQUIRED))
             : count == 1 ? osp_flaw_choices(type, d->how->arena)
                          : osp_flaw_of(OSP_SAY(TWICE)));
    d->r.depth--;
    return OSP_OK;
}

/* ---------------------------------------------------------------- values */

/* Sorts of JSON values, told by their first byte. */
enum { STRING = 1, NUMBER = 2, TRUTH = 4, ARRAY = 8, OBJECT = 16, NOTHING = 32 };

static const uint8_t sorts[256] = {
    ['"'] = STRING, ['-'] = NUMBER, ['0' ... '9'] = NUMBER, ['t'] = TRUTH,
    ['f'] = TRUTH,  ['['] = ARRAY,  ['{'] = OBJECT,         ['n'] = NOTHING,
};

/* The sorts that a kind is read from. */
static const uint8_t kind_sorts[OSP_KIND_COUNT] = {
    [OSP_KIND_BOOL] = TRUTH,    [OSP_KIND_INT32... OSP_KIND_DOUBLE] = NUMBER,
    [OSP_KIND_STR] = STRING,    [OSP_KIND_DECIMAL... OSP_KIND_ENUM] = STRING,
    [OSP_KIND_OBJECT] = OBJECT, [OSP_KIND_UNION] = OBJECT,
    [OSP_KIND_LIST] = ARRAY,    [OSP_KIND_ARRAY] = ARRAY,
    [OSP_KIND_MAP] = OBJECT,
};

/* Whether a value that starts with `c`, or the end of the text, is of the sort of the target. */
static inline bool starts(target t, int c)
{
    const unsigned wanted = t.field != NULL && t.field->as_string ? STRING : kind_sorts[t.kind];
    return c >= 0 && (sorts[c] & wanted) != 0;
}

static osp_status decode_by_kind(decoder *d, target t, int first, void *value)
{
    switch (t.kind) {
    case OSP_KIND_STR:
        return osp_json_read_string(&d->r, value);
    case OSP_KIND_INT32 ... OSP_KIND_DOUBLE:
        return first == '"' ? decode_quoted(d, t, value) : decode_number(d, t, value);
    case OSP_KIND_BOOL:
        return decode_bool(d, first, value);
    case OSP_KIND_OBJECT: /* which OBJECT says of a union, too */
    case OSP_KIND_UNION:
        return t.type->kind == OSP_KIND_UNION ? decode_union(d, t.type, value)
                                              : decode_object(d, t.type, value, NULL);
    case OSP_KIND_LIST:
        return decode_list(d, t, value);
    case OSP_KIND_ARRAY:
        return decode_array(d, t, value);
    case OSP_KIND_MAP:
        return decode_map(d, t, value);
    default:
        return decode_quoted(d, t, value);
    }
}

/* A list or map was decoded with its true count, and holds at most max_len items. */
static void cut_items(target t, void *value)
{
    osp_list *list = value;
    if ((t.kind == OSP_KIND_LIST || t.kind == OSP_KIND_MAP) && t.field->max_len != 0 &&
        list->count > t.field->max_len) {
        list->count = t.field->max_len;
    }
}

static osp_status judge(decoder *d, target t, void *value, bool whole)
{
    const osp_flaw flaw = osp_field_judge(t.field, t.kind, t.type, value, whole, d->how);
    if (flaw.says != NULL) {
        issue(d, flaw);
        const osp_status failure = osp_flaw_failure(flaw);
        if (failure != OSP_OK) { /* and one pattern without an end is enough for a request */
            return failure == OSP_E_LIMIT
                       ? OSP_E_TYPE_MISMATCH
                       : osp_error_set(d->r.err, failure, "a value cannot be judged");
        }
    }
    cut_items(t, value);
    return OSP_OK;
}

/* Neither of the right sort nor judged: null, another sort, or any value at all. */
static __attribute__((noinline)) osp_status decode_other(decoder *d, target t, int first,
                                                         void *value)
{
    if (t.kind == OSP_KIND_JSON) {
        OSP_TRY(decode_raw(d, value));
        return t.field != NULL ? judge(d, t, value, true) : OSP_OK;
    }
    if (first != 'n') {
        return wrong_sort(d, t);
    }
    OSP_TRY(osp_json_expect_word(&d->r, "null", 4));
    issue(d, osp_flaw_of(OSP_SAY(NULL)));
    return OSP_OK;
}

/* Decodes and judges what is behind presence and pointer. */
static osp_status decode_value(decoder *d, target t, void *value)
{
    const int first = osp_json_peek(&d->r);
    if (!starts(t, first)) {
        return decode_other(d, t, first, value);
    }
    const size_t mismatches = d->mismatches;
    const osp_status status = decode_by_kind(d, t, first, value);
    if (status != OSP_OK) {
        return status == OSP_DONE ? OSP_OK : status;
    }
    return t.field != NULL && osp_field_is_judged(t.field)
               ? judge(d, t, value, mismatches == d->mismatches)
               : OSP_OK;
}

/* A member with its presence or pointer. */
static osp_status decode_field(decoder *d, const osp_field *field, void *slot)
{
    const target t = { field, field->type_, osp_field_kind(field) };
    if (!osp_field_is_optional(field)) {
        return decode_value(d, t, slot);
    }
    if (osp_json_peek(&d->r) == 'n') {
        OSP_TRY(osp_json_expect_word(&d->r, "null", 4));
        if (field->value_at_ != 0) {
            *(osp_presence *)slot = OSP_NULL;
        }
        return OSP_OK;
    }
    void *value = (char *)slot + field->value_at_;
    if (field->indirect_) {
        value = osp_arena_zalloc(d->how->arena, field->type_->size);
        if (value == NULL) {
            return osp_json_no_memory(&d->r);
        }
        memcpy(slot, &value, sizeof(value));
    } else {
        *(osp_presence *)slot = OSP_SET;
    }
    return decode_value(d, t, value);
}

/* ---------------------------------------------------------------- public */

static void decoder_init(decoder *d, osp_str text, const osp_decoding *how, osp_error *err)
{
    osp_json_reader_init(&d->r, text, how->arena, err);
    d->how = how;
    d->mismatches = 0; /* path[] is written before it is read */
}

static osp_status end_text(decoder *d)
{
    if (osp_json_peek(&d->r) != -1) {
        return osp_json_syntax(&d->r, "unexpected text behind the value");
    }
    return d->mismatches == 0 ? OSP_OK : OSP_E_TYPE_MISMATCH;
}

osp_status osp_json_decode(const osp_type *type, void *value, osp_str text, const osp_decoding *how,
                           osp_error *err)
{
    OSP_ASSERT(type != NULL);
    OSP_ASSERT(value != NULL || type->size == 0);
    OSP_ASSERT(how->arena != NULL);
    decoder d;
    decoder_init(&d, text, how, err);
    OSP_TRY(decode_value(&d, (target){ NULL, type, (osp_kind)type->kind }, value));
    return end_text(&d);
}

osp_status osp_json_decode_field(const osp_field *field, void *slot, osp_str text,
                                 const osp_decoding *how, osp_error *err)
{
    OSP_ASSERT(field != NULL);
    OSP_ASSERT(slot != NULL);
    OSP_ASSERT(how->arena != NULL);
    decoder d;
    decoder_init(&d, text, how, err);
    OSP_TRY(decode_field(&d, field, slot));
    return end_text(&d);
}
