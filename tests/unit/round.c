/* See round.h.  Broken texts are decoded from blocks of their own size, so that a read behind one
 * is seen by a sanitizer. */
#include "tests/unit/round.h"

#include <openspeed/reflect.h>

#include "http/params.h"
#include "tests/unit/unit.h"
#include "type/json.h"

#define ARENA_MAX (64U << 20)
#define TEXT_MAX (8U << 20)
#define TYPES_MAX 256
#define CUTS_MAX 256  /* of one text */
#define FLIPS_MAX 256 /* of one text */
#define BROKEN_EACH 8 /* one value of so many is also sent broken */

/* Which members of a type a copy of it has. */
typedef enum which { PART_ALL, PART_SENT, PART_ANSWERED, PART_COUNT } which;

typedef struct trip {
    osp_arena arena;  /* of one value */
    osp_arena copies; /* of descriptions */
    osp_patterns *patterns;
    osp_sampler sampler;
    const osp_type *type;
    const osp_type *parts[PART_COUNT];
    osp_round_counts *counts;
    uint64_t written; /* a bit for each member that went round as a parameter */
} trip;

/* ---------------------------------------------------------------- copies of descriptions */

typedef struct copier {
    osp_arena *arena;
    which part;
    struct {
        const osp_type *from;
        osp_type *to;
    } known[TYPES_MAX];
    size_t count;
} copier;

static const osp_type *copy_type(copier *c, const osp_type *type);

static bool is_dropped(const osp_field *field, which part)
{
    if (field->source_ != OSP_SOURCE_FIELD && field->source_ != OSP_SOURCE_EXTRA) {
        return true;
    }
    return (part == PART_SENT && field->read_only) ||
           (part == PART_ANSWERED && (field->secret || field->write_only));
}

static osp_field copy_field(copier *c, const osp_field *field)
{
    osp_field copy = *field;
    copy.type_ = copy_type(c, field->type_);
    copy.secret = copy.read_only = copy.write_only = false;
    if (c->part != PART_SENT && !osp_kind_is_scalar((osp_kind)field->kind_)) {
        /* Such a check has seen other members than there are here. */
        copy.check_ = NULL;
        copy.unique = false;
    }
    return copy;
}

static void copy_members(copier *c, const osp_type *from, osp_type *to)
{
    osp_field *fields = osp_arena_zalloc(c->arena, (from->field_count + 1U) * sizeof *fields);
    osp_case *cases = osp_arena_zalloc(c->arena, (from->case_count + 1U) * sizeof *cases);
    OSP_CHECK(fields != NULL && cases != NULL);
    to->field_count = 0;
    for (uint16_t i = 0; i < from->field_count; i++) {
        if (!is_dropped(&from->fields[i], c->part)) {
            fields[to->field_count++] = copy_field(c, &from->fields[i]);
        }
    }
    for (uint16_t i = 0; i < from->case_count; i++) {
        cases[i] = from->cases[i];
        cases[i].type = copy_type(c, cases[i].type);
    }
    to->fields = fields;
    to->cases = cases;
}

static const osp_type *copy_type(copier *c, const osp_type *type)
{
    if (type == NULL || (type->field_count == 0 && type->case_count == 0)) {
        return type;
    }
    for (size_t i = 0; i < c->count; i++) {
        if (c->known[i].from == type) {
            return c->known[i].to;
        }
    }
    OSP_CHECK(c->count < TYPES_MAX);
    osp_type *copy = osp_arena_zalloc(c->arena, sizeof *copy);
    OSP_CHECK(copy != NULL);
    *copy = *type;
    copy->check_ = c->part == PART_SENT ? type->check_ : NULL;
    c->known[c->count].from = type;
    c->known[c->count++].to = copy;
    copy_members(c, type, copy);
    return copy;
}

static const osp_type *part_of(osp_arena *arena, which part, const osp_type *type)
{
    copier c = { .arena = arena, .part = part };
    return copy_type(&c, type);
}

/* ---------------------------------------------------------------- JSON there and back */

static _Noreturn void fail(const osp_type *type, const char *what, osp_str text,
                           const osp_issues *issues, osp_status status)
{
    fprintf(stderr, "%s (%s:%d): %s\n%.*s\n", type->name, type->file_ != NULL ? type->file_ : "?",
            type->line_, what, (int)(text.len < 4000 ? text.len : 4000), text.ptr);
    for (size_t i = 0; issues != NULL && i < issues->count; i++) {
        fprintf(stderr, "  %.*s %s\n", OSP_ARG(issues->items[i].where),
                issues->items[i].flaw.says->text);
    }
    fprintf(stderr, "  status %d (%s)\n", (int)status, osp_status_text(status));
    exit(1);
}

/* In the arena, in a block of its own. */
static osp_str write(trip *t, const osp_type *by, const void *value)
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, TEXT_MAX);
    const osp_status status = osp_json_encode(by, value, &out);
    if (status != OSP_OK) {
        fail(t->type, "a good value is not written", OSP_STR(""), NULL, status);
    }
    char *copy = osp_arena_zalloc(&t->arena, out.len + 1);
    OSP_CHECK(copy != NULL);
    const osp_str text = { memcpy(copy, out.ptr, out.len), out.len };
    osp_buf_done(&out);
    return text;
}

static osp_status read(trip *t, const osp_type *by, osp_str text, void **ret_value,
                       osp_issues *issues)
{
    issues->count = issues->dropped = 0;
    const osp_decoding how = { .arena = &t->arena, .issues = issues, .patterns = t->patterns };
    osp_error err = { .status = OSP_OK };
    *ret_value = osp_arena_zalloc(&t->arena, by->size + 1);
    OSP_CHECK(*ret_value != NULL);
    return osp_json_decode(by, *ret_value, text, &how, &err);
}

/* What `by` wrote must be read by `reader` as the same, and be written as the same again. */
static const void *there_and_back(trip *t, which part, const osp_type *reader, const void *value,
                                  osp_str text)
{
    const osp_type *by = t->parts[part];
    osp_issues issues;
    void *again;
    const osp_status status = read(t, reader, text, &again, &issues);
    if (status != OSP_OK) {
        fail(t->type, "a good value is not read", text, &issues, status);
    }
    if (!osp_same(by, value, again)) {
        fail(t->type, "a value is another one when it was written and read", text, NULL, OSP_OK);
    }
    if (!osp_str_equal(write(t, by, again), text)) {
        fail(t->type, "a value that was read is written in another way", text, NULL, OSP_OK);
    }
    return again;
}

/* Read-only members are left alone by decoding, but for their fallbacks. */
static osp_walk fill_read_only(osp_node *node, bool leaving, void *arg)
{
    if (leaving || node->field == NULL || !node->field->read_only) {
        return OSP_WALK_ON;
    }
    osp_sampler *sampler = arg;
    OSP_CHECK(osp_sample_field(sampler, node->field, node->slot));
    return OSP_WALK_OVER;
}

static void round_value(trip *t, void *value)
{
    t->sampler.given = true;
    const osp_node whole = osp_node_at(t->type, value);
    OSP_CHECK(osp_node_walk(&whole, fill_read_only, &t->sampler) == OSP_OK);
    t->sampler.given = false;

    const osp_str sent = write(t, t->parts[PART_SENT], value);
    const void *read_sent = there_and_back(t, PART_SENT, t->type, value, sent);

    const osp_str all = write(t, t->parts[PART_ALL], value);
    (void)there_and_back(t, PART_ALL, t->parts[PART_ALL], value, all);
    osp_issues issues;
    void *read_all;
    const osp_status status = read(t, t->type, all, &read_all, &issues);
    if (status != OSP_OK || !osp_same(t->type, read_sent, read_all)) {
        fail(t->type, "a read-only member that is sent is not ignored", all, &issues, status);
    }

    const osp_str answered = write(t, t->type, value);
    if (!osp_str_equal(answered, write(t, t->parts[PART_ANSWERED], value))) {
        fail(t->type, "an answer has other members than it should", answered, NULL, OSP_OK);
    }
    (void)there_and_back(t, PART_ANSWERED, t->parts[PART_ANSWERED], value, answered);
}

/* ---------------------------------------------------------------- broken JSON */

/* Whatever it is, it is refused, or a value like any other. */
static osp_status read_broken(trip *t, osp_str text)
{
    t->counts->broken++;
    char *block = malloc(text.len + (text.len == 0));
    OSP_CHECK(block != NULL);
    memcpy(block, text.ptr, text.len);
    osp_issues issues;
    void *value;
    const osp_str broken = { block, text.len };
    const osp_status status = read(t, t->type, broken, &value, &issues);
    if (status == OSP_OK) {
        const osp_str again = write(t, t->parts[PART_SENT], value);
        (void)there_and_back(t, PART_SENT, t->type, value, again);
        (void)write(t, t->type, value);
    } else if (status == OSP_E_TYPE_MISMATCH ? issues.count == 0 : status > 0) {
        fail(t->type, "a text is refused without a word", text, NULL, status);
    }
    free(block);
    return status;
}

static void break_text(trip *t, osp_str text)
{
    const size_t step = text.len / CUTS_MAX + 1;
    for (size_t len = 0; len < text.len; len += step) {
        if (read_broken(t, (osp_str){ text.ptr, len }) == OSP_OK && text.ptr[0] == '{') {
            fail(t->type, "half an object is read as one", text, NULL, OSP_OK);
        }
    }
    char *changed = osp_arena_zalloc(&t->arena, text.len + 1);
    OSP_CHECK(changed != NULL);
    memcpy(changed, text.ptr, text.len);
    for (uint32_t i = 0; i < FLIPS_MAX && text.len != 0; i++) {
        char *at = changed + osp_sample_below(&t->sampler, (uint32_t)text.len);
        const char kept = *at;
        *at = (char)(kept ^ (i % 2 != 0 ? 1 << osp_sample_below(&t->sampler, 8)
                                        : (int)osp_sample_below(&t->sampler, 256)));
        (void)read_broken(t, (osp_str){ changed, text.len });
        *at = kept;
    }
}

/* ---------------------------------------------------------------- parameters */

static osp_status read_path(osp_arena *arena, osp_str sent, osp_pair *ret)
{
    char *path = osp_arena_zalloc(arena, sent.len + 2);
    if (path == NULL) {
        return OSP_E_NOMEM;
    }
    path[0] = '/';
    memcpy(path + 1, sent.ptr, sent.len);
    osp_str normal;
    OSP_TRY(osp_path_normalise((osp_str){ path, sent.len + 1 }, arena, &normal));
    if (normal.len < 2 || memchr(normal.ptr + 1, '/', normal.len - 1) != NULL) {
        return OSP_E_URI;
    }
    ret->value = (osp_str){ normal.ptr + 1, normal.len - 1 };
    ret->raw = sent;
    return OSP_OK;
}

osp_status osp_round_read(const osp_field *field, void *slot, osp_str sent, const osp_decoding *how)
{
    osp_pair pairs[OSP_PARAM_LINES_MAX];
    osp_params params = { pairs, 0 };
    pairs[0].name = osp_field_name(field);
    if (field->source_ == OSP_SOURCE_QUERY || field->source_ == OSP_SOURCE_FORM) {
        OSP_TRY(osp_params_read(sent, OSP_PARAM_FORM_PAIRS_MAX * 8, how->arena, &params));
    } else if (field->source_ == OSP_SOURCE_COOKIE) {
        const osp_header_field header = { OSP_STR("Cookie"), sent };
        OSP_TRY(osp_params_cookies(&header, 1, how->arena, &params));
    } else if (field->source_ == OSP_SOURCE_PATH && sent.ptr != NULL) {
        params.count = 1;
        OSP_TRY(read_path(how->arena, sent, &pairs[0]));
    } else if (sent.ptr != NULL) {
        for (osp_str rest = sent; rest.ptr != NULL && params.count < OSP_PARAM_LINES_MAX;) {
            const char *end = memchr(rest.ptr, '\n', rest.len);
            const osp_str line = { rest.ptr, end != NULL ? (size_t)(end - rest.ptr) : rest.len };
            pairs[params.count++] = (osp_pair){ pairs[0].name, line, line };
            rest =
                end != NULL ? (osp_str){ end + 1, rest.len - line.len - 1 } : (osp_str){ NULL, 0 };
        }
    }
    return osp_param_decode(field, slot, &params, how);
}

static size_t slot_size(const osp_field *field)
{
    const size_t whole = field->kind_ == OSP_KIND_OBJECT ? field->type_->size : 0;
    return whole + 64; /* of any scalar, optional or list, and then some */
}

static void fail_param(const osp_field *field, const char *what, osp_str text, osp_status status,
                       const osp_issues *issues)
{
    fprintf(stderr, "source %d style %d joined %d kind %d %s: \"%.*s\" %s: %d %s\n", field->source_,
            field->style, field->joined, field->kind_, field->member_, OSP_ARG(text), what,
            (int)status, issues->count != 0 ? issues->items[0].flaw.says->text : "");
    exit(1);
}

static bool same_param(const osp_field *field, const void *a, const void *b)
{
    const void *one = osp_field_value(field, a), *other = osp_field_value(field, b);
    return (one == NULL) == (other == NULL) &&
           (one == NULL || osp_value_equal((osp_kind)field->kind_, field->type_, one, other));
}

/* One parameter there and back; *ret_text is what was sent, NULL when nothing was. */
static bool round_param(osp_sampler *s, const osp_field *field, osp_str *ret_text)
{
    void *value = osp_arena_zalloc(s->arena, slot_size(field));
    void *again = osp_arena_zalloc(s->arena, slot_size(field));
    OSP_CHECK(value != NULL && again != NULL);
    osp_issues issues = { .count = 0 };
    const osp_decoding how = { .arena = s->arena, .issues = &issues, .patterns = s->patterns };
    *ret_text = (osp_str){ NULL, 0 };
    if (!osp_sample_field(s, field, value)) {
        return false;
    }
    osp_buf out;
    osp_buf_init(&out, NULL, 0, TEXT_MAX);
    const osp_status status = osp_param_write(field, value, &out);
    if (status == OSP_E_INVALID && out.len == 0) {
        osp_buf_done(&out);
        return false;
    }
    char *text = osp_arena_zalloc(s->arena, out.len + 1);
    OSP_CHECK(text != NULL);
    osp_str sent = { memcpy(text, out.ptr != NULL ? out.ptr : "", out.len), out.len };
    osp_buf_done(&out);
    if (status != OSP_OK && (status != OSP_DONE || sent.len != 0)) {
        fail_param(field, "is not written", sent, status, &issues);
    }
    sent.ptr = status == OSP_DONE ? NULL : sent.ptr;
    const osp_status read = osp_round_read(field, again, sent, &how);
    if (read != status || !same_param(field, value, again)) {
        fail_param(field, "is read as another value", sent, read, &issues);
    }
    *ret_text = sent;
    return true;
}

bool osp_round_param(osp_sampler *sampler, const osp_field *field)
{
    osp_str text;
    return round_param(sampler, field, &text);
}

static void break_param(trip *t, const osp_field *field, osp_str text)
{
    for (uint32_t i = 0; i < FLIPS_MAX / 8 && text.len != 0; i++) {
        const size_t len =
            i % 2 != 0 ? text.len : osp_sample_below(&t->sampler, (uint32_t)text.len);
        char *block = malloc(len + (len == 0));
        OSP_CHECK(block != NULL);
        memcpy(block, text.ptr, len);
        if (len != 0) {
            block[osp_sample_below(&t->sampler, (uint32_t)len)] ^= (char)(i + 1);
        }
        osp_issues issues = { .count = 0 };
        const osp_decoding how = { .arena = &t->arena, .issues = &issues, .patterns = t->patterns };
        void *slot = osp_arena_zalloc(&t->arena, slot_size(field));
        OSP_CHECK(slot != NULL);
        const osp_status status = osp_round_read(field, slot, (osp_str){ block, len }, &how);
        osp_buf out;
        osp_buf_init(&out, NULL, 0, TEXT_MAX);
        const osp_status written = status == OSP_OK ? osp_param_write(field, slot, &out) : OSP_OK;
        if (written != OSP_OK && written != OSP_DONE && written != OSP_E_INVALID) {
            fail_param(field, "was read and is not written", text, written, &issues);
        }
        if (status == OSP_E_TYPE_MISMATCH && issues.count == 0) {
            fail_param(field, "is refused without a word", text, status, &issues);
        }
        osp_buf_done(&out);
        free(block);
        t->counts->broken++;
    }
}

/* A file of a form is no text. */
static bool is_param(const osp_field *field)
{
    return osp_source_name((osp_source)field->source_) != NULL && !osp_field_is_upload(field);
}

static void round_params(trip *t, bool broken)
{
    for (uint16_t i = 0; i < t->type->field_count; i++) {
        if (!is_param(&t->type->fields[i])) {
            continue;
        }
        copier c = { .arena = &t->arena, .part = PART_SENT };
        const osp_field field = copy_field(&c, &t->type->fields[i]);
        osp_str text;
        t->sampler.param = true;
        const bool written = round_param(&t->sampler, &field, &text);
        t->sampler.param = false;
        *(written ? &t->counts->params : &t->counts->unwritten) += 1;
        t->written |= (uint64_t)written << i;
        if (written && broken) {
            break_param(t, &field, text);
        }
    }
}

/* ---------------------------------------------------------------- a type */

static void round_once(trip *t, bool broken)
{
    round_params(t, broken);
    void *value = osp_arena_zalloc(&t->arena, t->type->size + 1);
    OSP_CHECK(value != NULL);
    if (!osp_sample(&t->sampler, t->type, value)) {
        t->counts->refused++;
        return;
    }
    t->counts->accepted++;
    round_value(t, value);
    if (broken) {
        break_text(t, write(t, t->parts[PART_ALL], value));
    }
}

void osp_round_type(const osp_type *type, uint64_t seed, size_t times, osp_round_counts *counts)
{
    static trip t;
    osp_error err = { .status = OSP_OK };
    t.type = type;
    t.counts = counts;
    t.written = 0;
    t.patterns = osp_patterns_new();
    OSP_CHECK(t.patterns != NULL && osp_patterns_add_type(t.patterns, type, &err) == OSP_OK);
    osp_arena_init(&t.arena, NULL, 0, ARENA_MAX);
    osp_arena_init(&t.copies, NULL, 0, ARENA_MAX);
    for (int i = 0; i < PART_COUNT; i++) {
        t.parts[i] = part_of(&t.copies, (which)i, type);
    }
    t.sampler = (osp_sampler){ .arena = &t.arena, .patterns = t.patterns, .state = seed };
    for (size_t i = 0; i < times; i++) {
        t.sampler.plain = i % 4 == 1;
        round_once(&t, i % BROKEN_EACH == 0);
        osp_arena_reset(&t.arena);
    }
    for (uint16_t i = 0; i < type->field_count; i++) {
        counts->silent += is_param(&type->fields[i]) && (t.written >> i & 1) == 0;
    }
    osp_arena_done(&t.arena);
    osp_arena_done(&t.copies);
    osp_patterns_free(t.patterns);
}
