/* From two documents to what changed for their clients.
 *
 *     paths --> operations --> parameters, body, answers --> schemas, through every $ref
 *
 * Whether a change breaks a client depends on which way a value goes: of what it sends, less must
 * not be accepted than before; of what it gets, nothing must come that did not before.  A keyword
 * that is not known to loosen counts as breaking.
 *
 * Schemas may refer to themselves: a pair of schemas that has been compared in a direction is not
 * compared again, so each change is reported where it is met first. */
#include "api/diff.h"

#include <string.h>

#include "api/pen.h"
#include "type/json_tree.h"

#define DEPTH_MAX 64
#define WHERE_MAX 512
#define VALUE_MAX 80 /* bytes of a value that are told */
#define LINE_BYTES (WHERE_MAX + 3 * VALUE_MAX + 64)
#define HOPS_MAX 8

typedef enum way { SENT, GOT } direction;

/* A pair of schemas that has been compared. */
typedef struct pair {
    const osp_json_value *old, *now;
    direction way;
    struct pair *next;
} pair;

typedef struct differ {
    osp_arena *arena;
    const osp_json_value *old, *now; /* the documents */
    osp_buf *out;
    osp_buf where;        /* "POST /users, request .email" */
    osp_buf line, quoted; /* the one that is being written, as it is and escaped */
    pair *pairs;
    unsigned depth;
    osp_diff_result result;
} differ;

/* ---------------------------------------------------------------- reports */

static const osp_str nothing = { "", 0 };

/* The line, with the escapes of JSON: names and values come from a file and go to a terminal. */
static void write_line(differ *d)
{
    d->quoted.len = 0;
    osp_pen_text(&d->quoted, (osp_str){ d->line.ptr, d->line.len });
    osp_buf_append(d->out, d->quoted.ptr + 1, d->quoted.len - 2);
    osp_buf_byte(d->out, '\n');
}

/* A value, cut where it is long, but not inside a character. */
static void add_value(osp_buf *line, osp_str text)
{
    size_t len = text.len;
    if (len > VALUE_MAX) {
        for (len = VALUE_MAX; len > 0 && (text.ptr[len] & 0xc0) == 0x80; len--) {
        }
    }
    osp_buf_append(line, text.ptr, len);
}

/* `detail` and the two values may be empty. */
static void report(differ *d, char sign, osp_str detail, osp_str old, osp_str now, bool breaking)
{
    static const osp_str added = { "added", 5 }, removed = { "removed", 7 };
    osp_buf *line = &d->line;
    d->result.changes++;
    d->result.breaking += breaking;
    if (d->result.changes > OSP_DIFF_LINES_MAX) {
        return;
    }
    line->len = 0;
    osp_buf_byte(line, sign);
    osp_buf_byte(line, ' ');
    osp_buf_append(line, d->where.ptr, d->where.len);
    osp_buf_str(line, detail.len != 0 && d->where.len != 0 ? OSP_STR(", ") : nothing);
    add_value(line, detail);
    osp_buf_str(line, OSP_STR(": "));
    if (sign != '~') {
        osp_buf_str(line, sign == '+' ? added : removed);
    } else if (old.len == 0 && now.len == 0) {
        osp_buf_str(line, OSP_STR("changed"));
    } else {
        add_value(line, old);
        osp_buf_str(line, OSP_STR(" -> "));
        add_value(line, now);
    }
    osp_buf_str(line, breaking ? OSP_STR(" (breaking)") : nothing);
    write_line(d);
}

/* A list or an object is not told. */
static osp_str value_of(const osp_json_value *value)
{
    return value == NULL ? OSP_STR("none") : osp_json_tree_text(value);
}

static void changed(differ *d, osp_str detail, const osp_json_value *old, const osp_json_value *now,
                    bool breaking)
{
    const bool plain =
        osp_json_kind_of(old) < OSP_JSON_LIST && osp_json_kind_of(now) < OSP_JSON_LIST;
    report(d, '~', detail, plain ? value_of(old) : nothing, plain ? value_of(now) : nothing,
           breaking);
}

/* Goes one step deeper; gives what `leave` needs. */
static size_t enter(differ *d, const char *before, osp_str name)
{
    const size_t len = d->where.len;
    if (strlen(before) + name.len <= d->where.max - len) { /* or it is told less exactly */
        osp_buf_str(&d->where, osp_str_from(before));
        osp_buf_str(&d->where, name);
    }
    return len;
}

static void leave(differ *d, size_t len)
{
    d->where.len = len;
}

/* ---------------------------------------------------------------- references */

/* "#/components/schemas/User" in a document. */
static const osp_json_value *follow(const osp_json_value *root, const osp_json_value *node)
{
    for (unsigned hops = 0; hops < HOPS_MAX; hops++) {
        const osp_str ref = osp_json_str(osp_json_member(node, OSP_STR("$ref"))).value;
        if (ref.len == 0) {
            return node;
        }
        node = osp_json_find(root, (osp_str){ ref.ptr + 1, ref.len - 1 });
    }
    return node;
}

/* Whether the pair was seen before; remembers it. */
static bool is_known(differ *d, const osp_json_value *old, const osp_json_value *now, direction way)
{
    for (const pair *known = d->pairs; known != NULL; known = known->next) {
        if (known->old == old && known->now == now && known->way == way) {
            return true;
        }
    }
    pair *added = osp_arena_try(d->arena, sizeof(*added));
    if (added == NULL) {
        d->result.starved = true;
        return true; /* rather stop than turn in a circle */
    }
    *added = (pair){ old, now, way, d->pairs };
    d->pairs = added;
    return false;
}

/* ---------------------------------------------------------------- schemas */

static void diff_schema(differ *d, const osp_json_value *old, const osp_json_value *now,
                        direction way);

typedef void (*diff_keyword)(differ *d, osp_str key, const osp_json_value *old,
                             const osp_json_value *now, direction way);

/* Says nothing about which values fit. */
static void diff_note(differ *d, osp_str key, const osp_json_value *old, const osp_json_value *now,
                      direction way)
{
    (void)way;
    changed(d, key, old, now, false);
}

/* `tighter`: fewer values fit than before. */
static void diff_bound(differ *d, osp_str key, const osp_json_value *old, const osp_json_value *now,
                       direction way, bool tighter)
{
    changed(d, key, old, now, tighter == (way == SENT));
}

static void diff_least(differ *d, osp_str key, const osp_json_value *old, const osp_json_value *now,
                       direction way)
{
    diff_bound(d, key, old, now, way,
               old == NULL || (now != NULL && osp_json_tree_compare(now, old) > 0));
}

static void diff_most(differ *d, osp_str key, const osp_json_value *old, const osp_json_value *now,
                      direction way)
{
    diff_bound(d, key, old, now, way,
               old == NULL || (now != NULL && osp_json_tree_compare(now, old) < 0));
}

/* A keyword that only asks for more: its presence is tighter, any other value may be anything. */
static void diff_demand(differ *d, osp_str key, const osp_json_value *old,
                        const osp_json_value *now, direction way)
{
    const bool breaking = old == NULL ? way == SENT : now == NULL ? way == GOT : true;
    changed(d, key, old, now, breaking);
}

/* A set is a list of words, or one word: there is an item, or the whole, at 0. */
static const osp_json_value *word_at(const osp_json_value *set, size_t index)
{
    const bool is_list = osp_json_kind_of(set) == OSP_JSON_LIST;
    return is_list ? osp_json_at(set, index) : index == 0 ? set : NULL;
}

static bool has_word(const osp_json_value *set, const osp_json_value *word)
{
    const osp_json_value *one;
    for (size_t i = 0; (one = word_at(set, i)) != NULL; i++) {
        if (osp_json_equal(one, word)) {
            return true;
        }
    }
    return false;
}

/* The words of `set` that `other` has not, one line each. */
static void report_words(differ *d, char sign, osp_str key, const osp_json_value *set,
                         const osp_json_value *other, bool breaking)
{
    const osp_json_value *word;
    for (size_t i = 0; (word = word_at(set, i)) != NULL; i++) {
        if (!has_word(other, word)) {
            const size_t at = enter(d, ", ", key);
            report(d, sign, osp_json_tree_text(word), nothing, nothing, breaking);
            leave(d, at);
        }
    }
}

/* "type" and "enum": a set of what may stand there; without it anything may. */
static void diff_choice(differ *d, osp_str key, const osp_json_value *old,
                        const osp_json_value *now, direction way)
{
    if (old == NULL || now == NULL) {
        diff_demand(d, key, old, now, way);
        return;
    }
    report_words(d, '-', key, old, now, way == SENT);
    report_words(d, '+', key, now, old, way == GOT);
}

static void diff_required(differ *d, osp_str key, const osp_json_value *old,
                          const osp_json_value *now, direction way)
{
    report_words(d, '-', key, old, now, way == GOT);
    report_words(d, '+', key, now, old, way == SENT);
}

static void diff_properties(differ *d, osp_str key, const osp_json_value *old,
                            const osp_json_value *now, direction way)
{
    (void)key;
    for (size_t i = 0; i < osp_json_count(old); i++) {
        const osp_json_value *member = osp_json_at(old, i);
        const osp_json_value *other = osp_json_member(now, osp_json_name(member));
        const size_t at = enter(d, " .", osp_json_name(member));
        if (other == NULL) {
            report(d, '-', nothing, nothing, nothing, true);
        } else {
            diff_schema(d, member, other, way);
        }
        leave(d, at);
    }
    for (size_t i = 0; i < osp_json_count(now); i++) {
        const osp_json_value *member = osp_json_at(now, i);
        if (osp_json_member(old, osp_json_name(member)) == NULL) {
            const size_t at = enter(d, " .", osp_json_name(member));
            report(d, '+', nothing, nothing, nothing, false); /* "required" tells more */
            leave(d, at);
        }
    }
}

static void diff_items(differ *d, osp_str key, const osp_json_value *old, const osp_json_value *now,
                       direction way)
{
    if (osp_json_kind_of(old) != OSP_JSON_OBJECT || osp_json_kind_of(now) != OSP_JSON_OBJECT) {
        diff_demand(d, key, old, now, way);
        return;
    }
    const size_t at = enter(d, " ", osp_str_equal(key, OSP_STR("items")) ? OSP_STR("[]") : key);
    diff_schema(d, old, now, way);
    leave(d, at);
}

/* Whether what is not named may stand there is a bool; `true` and absent are one. */
static void diff_additional(differ *d, osp_str key, const osp_json_value *old,
                            const osp_json_value *now, direction way)
{
    if (osp_json_kind_of(old) == OSP_JSON_OBJECT || osp_json_kind_of(now) == OSP_JSON_OBJECT) {
        diff_items(d, key, old, now, way);
        return;
    }
    const bool was = old == NULL || osp_json_bool(old).value;
    const bool is = now == NULL || osp_json_bool(now).value;
    if (was != is) {
        changed(d, key, old, now, is == (way == GOT));
    }
}

/* Alternatives, or parts, one by one. */
static void diff_parts(differ *d, osp_str key, const osp_json_value *old, const osp_json_value *now,
                       direction way)
{
    const size_t count = osp_json_count(old), other_count = osp_json_count(now);
    const size_t at = enter(d, " ", key);
    for (size_t i = 0; i < count && i < other_count; i++) {
        diff_schema(d, osp_json_at(old, i), osp_json_at(now, i), way);
    }
    const bool fewer = count > other_count, more = count < other_count;
    const bool narrower = osp_str_equal(key, OSP_STR("allOf")) ? more : fewer;
    if (fewer || more) {
        report(d, fewer ? '-' : '+', nothing, nothing, nothing, narrower == (way == SENT));
    }
    leave(d, at);
}

static const struct {
    const char *key;
    diff_keyword fn;
} keywords[] = {
    { "title", diff_note },
    { "description", diff_note },
    { "default", diff_note },
    { "examples", diff_note },
    { "deprecated", diff_note },
    { "readOnly", diff_note },
    { "writeOnly", diff_note },
    { "discriminator", diff_note },
    { "minimum", diff_least },
    { "exclusiveMinimum", diff_least },
    { "minLength", diff_least },
    { "minItems", diff_least },
    { "minProperties", diff_least },
    { "maximum", diff_most },
    { "exclusiveMaximum", diff_most },
    { "maxLength", diff_most },
    { "maxItems", diff_most },
    { "maxProperties", diff_most },
    { "type", diff_choice },
    { "enum", diff_choice },
    { "required", diff_required },
    { "properties", diff_properties },
    { "items", diff_items },
    { "additionalProperties", diff_additional },
    { "oneOf", diff_parts },
    { "anyOf", diff_parts },
    { "allOf", diff_parts },
};

/* A word of our own with a prefix means what the same word means without. */
static diff_keyword keyword_of(osp_str key)
{
    static const osp_str own = { "x-openspeed-", 12 };
    if (osp_str_starts_with(key, own)) {
        key = (osp_str){ key.ptr + own.len, key.len - own.len };
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(keywords); i++) {
        if (osp_str_equal(key, osp_str_from(keywords[i].key))) {
            return keywords[i].fn;
        }
    }
    return diff_demand;
}

/* Whether a keyword leads to schemas, whose references may lead to a change behind equal texts. */
static bool leads_on(diff_keyword fn)
{
    return fn == diff_properties || fn == diff_items || fn == diff_parts || fn == diff_additional;
}

static void diff_schema(differ *d, const osp_json_value *old, const osp_json_value *now,
                        direction way)
{
    old = follow(d->old, old);
    now = follow(d->now, now);
    if (old == NULL || now == NULL || d->depth == DEPTH_MAX || is_known(d, old, now, way)) {
        return;
    }
    d->depth++;
    for (size_t i = 0; i < osp_json_count(old); i++) {
        const osp_json_value *member = osp_json_at(old, i);
        const osp_json_value *other = osp_json_member(now, osp_json_name(member));
        const diff_keyword fn = keyword_of(osp_json_name(member));
        if (leads_on(fn) || !osp_json_equal(member, other)) {
            fn(d, osp_json_name(member), member, other, way);
        }
    }
    for (size_t i = 0; i < osp_json_count(now); i++) {
        const osp_json_value *member = osp_json_at(now, i);
        if (osp_json_member(old, osp_json_name(member)) == NULL) {
            keyword_of(osp_json_name(member))(d, osp_json_name(member), NULL, member, way);
        }
    }
    d->depth--;
}

/* ---------------------------------------------------------------- operations */

static bool is_true(const osp_json_value *node, osp_str key)
{
    return osp_json_bool(osp_json_member(node, key)).value;
}

/* A member that is plain text or a word. */
static void diff_member(differ *d, osp_str key, const osp_json_value *old,
                        const osp_json_value *now, bool breaking)
{
    const osp_json_value *one = osp_json_member(old, key), *other = osp_json_member(now, key);
    if (!osp_json_equal(one, other)) {
        changed(d, key, one, other, breaking);
    }
}

/* To ask for what was optional breaks; the other way is a relief. */
static void diff_is_required(differ *d, const osp_json_value *old, const osp_json_value *now)
{
    const bool was = is_true(old, OSP_STR("required")), is = is_true(now, OSP_STR("required"));
    if (was != is) {
        report(d, is ? '+' : '-', OSP_STR("required"), nothing, nothing, is);
    }
}

static void diff_content(differ *d, const osp_json_value *old, const osp_json_value *now,
                         direction way)
{
    const osp_json_value *one = osp_json_member(old, OSP_STR("content"));
    const osp_json_value *other = osp_json_member(now, OSP_STR("content"));
    for (size_t i = 0; i < osp_json_count(one); i++) {
        const osp_json_value *type = osp_json_at(one, i);
        const osp_json_value *same = osp_json_member(other, osp_json_name(type));
        if (same == NULL) {
            report(d, '-', osp_json_name(type), nothing, nothing, true);
            continue;
        }
        diff_schema(d, osp_json_member(type, OSP_STR("schema")),
                    osp_json_member(same, OSP_STR("schema")), way);
        diff_member(d, OSP_STR("encoding"), type, same, true);
    }
    for (size_t i = 0; i < osp_json_count(other); i++) {
        const osp_json_value *type = osp_json_at(other, i);
        if (osp_json_member(one, osp_json_name(type)) == NULL) {
            report(d, '+', osp_json_name(type), nothing, nothing, way == GOT && one != NULL);
        }
    }
}

static const osp_json_value *find_parameter(const osp_json_value *list,
                                            const osp_json_value *wanted)
{
    for (size_t i = 0; i < osp_json_count(list); i++) {
        const osp_json_value *one = osp_json_at(list, i);
        if (osp_json_equal(osp_json_member(one, OSP_STR("name")),
                           osp_json_member(wanted, OSP_STR("name"))) &&
            osp_json_equal(osp_json_member(one, OSP_STR("in")),
                           osp_json_member(wanted, OSP_STR("in")))) {
            return one;
        }
    }
    return NULL;
}

static size_t enter_parameter(differ *d, const osp_json_value *parameter)
{
    const osp_json_value *place = osp_json_member(parameter, OSP_STR("in"));
    const osp_json_value *name = osp_json_member(parameter, OSP_STR("name"));
    const size_t at = enter(d, ", ", osp_json_tree_text(place));
    (void)enter(d, " ", osp_json_tree_text(name));
    return at;
}

static void diff_parameters(differ *d, const osp_json_value *old, const osp_json_value *now)
{
    for (size_t i = 0; i < osp_json_count(old); i++) {
        const osp_json_value *one = osp_json_at(old, i);
        const osp_json_value *other = find_parameter(now, one);
        const size_t at = enter_parameter(d, one);
        if (other == NULL) {
            report(d, '-', nothing, nothing, nothing, true);
        } else {
            diff_is_required(d, one, other);
            diff_member(d, OSP_STR("style"), one, other, true);
            diff_member(d, OSP_STR("explode"), one, other, true);
            diff_member(d, OSP_STR("description"), one, other, false);
            diff_member(d, OSP_STR("deprecated"), one, other, false);
            diff_schema(d, osp_json_member(one, OSP_STR("schema")),
                        osp_json_member(other, OSP_STR("schema")), SENT);
        }
        leave(d, at);
    }
    for (size_t i = 0; i < osp_json_count(now); i++) {
        const osp_json_value *one = osp_json_at(now, i);
        if (find_parameter(old, one) == NULL) {
            const size_t at = enter_parameter(d, one);
            report(d, '+', nothing, nothing, nothing, is_true(one, OSP_STR("required")));
            leave(d, at);
        }
    }
}

static void diff_body(differ *d, const osp_json_value *old, const osp_json_value *now)
{
    const size_t at = enter(d, ", ", OSP_STR("request"));
    if (old != NULL && now != NULL) {
        diff_is_required(d, old, now);
        diff_content(d, old, now, SENT);
    } else if (old != NULL || now != NULL) {
        report(d, old != NULL ? '-' : '+', nothing, nothing, nothing,
               old != NULL || is_true(now, OSP_STR("required")));
    }
    leave(d, at);
}

static void diff_responses(differ *d, const osp_json_value *old, const osp_json_value *now)
{
    for (size_t i = 0; i < osp_json_count(old); i++) {
        const osp_json_value *one = osp_json_at(old, i);
        const osp_json_value *other = osp_json_member(now, osp_json_name(one));
        const size_t at = enter(d, ", answer ", osp_json_name(one));
        if (other == NULL) {
            report(d, '-', nothing, nothing, nothing,
                   osp_str_starts_with(osp_json_name(one), OSP_STR("2")));
        } else {
            diff_content(d, follow(d->old, one), follow(d->now, other), GOT);
        }
        leave(d, at);
    }
    for (size_t i = 0; i < osp_json_count(now); i++) {
        const osp_json_value *one = osp_json_at(now, i);
        if (osp_json_member(old, osp_json_name(one)) == NULL) {
            const size_t at = enter(d, ", answer ", osp_json_name(one));
            report(d, '+', nothing, nothing, nothing, false);
            leave(d, at);
        }
    }
}

static void diff_operation(differ *d, const osp_json_value *old, const osp_json_value *now)
{
    diff_member(d, OSP_STR("summary"), old, now, false);
    diff_member(d, OSP_STR("description"), old, now, false);
    diff_member(d, OSP_STR("tags"), old, now, false);
    diff_member(d, OSP_STR("deprecated"), old, now, false);
    diff_member(d, OSP_STR("operationId"), old, now, true); /* what generated clients call */
    diff_member(d, OSP_STR("security"), old, now, true);
    diff_parameters(d, osp_json_member(old, OSP_STR("parameters")),
                    osp_json_member(now, OSP_STR("parameters")));
    diff_body(d, osp_json_member(old, OSP_STR("requestBody")),
              osp_json_member(now, OSP_STR("requestBody")));
    diff_responses(d, osp_json_member(old, OSP_STR("responses")),
                   osp_json_member(now, OSP_STR("responses")));
}

/* ---------------------------------------------------------------- documents */

static size_t enter_operation(differ *d, const osp_json_value *path, const osp_json_value *method)
{
    const size_t at = enter(d, "", osp_json_name(method));
    for (size_t i = at; i < d->where.len; i++) {
        const char c = d->where.ptr[i];
        d->where.ptr[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    (void)enter(d, " ", osp_json_name(path));
    return at;
}

static void diff_paths(differ *d, const osp_json_value *old, const osp_json_value *now)
{
    for (size_t i = 0; i < osp_json_count(old); i++) {
        const osp_json_value *path = osp_json_at(old, i);
        const osp_json_value *same = osp_json_member(now, osp_json_name(path));
        for (size_t j = 0; j < osp_json_count(path); j++) {
            const osp_json_value *method = osp_json_at(path, j);
            const osp_json_value *other = osp_json_member(same, osp_json_name(method));
            const size_t at = enter_operation(d, path, method);
            if (other == NULL) {
                report(d, '-', nothing, nothing, nothing, true);
            } else {
                diff_operation(d, method, other);
            }
            leave(d, at);
        }
    }
    for (size_t i = 0; i < osp_json_count(now); i++) {
        const osp_json_value *path = osp_json_at(now, i);
        const osp_json_value *same = osp_json_member(old, osp_json_name(path));
        for (size_t j = 0; j < osp_json_count(path); j++) {
            const osp_json_value *method = osp_json_at(path, j);
            if (osp_json_member(same, osp_json_name(method)) == NULL) {
                const size_t at = enter_operation(d, path, method);
                report(d, '+', nothing, nothing, nothing, false);
                leave(d, at);
            }
        }
    }
}

osp_diff_result osp_diff_write(osp_arena *arena, const osp_json_value *old,
                               const osp_json_value *now, osp_buf *out)
{
    static const char *const sections[] = { "openapi", "info", "servers", "security", "tags" };
    char where[WHERE_MAX], line[LINE_BYTES], quoted[LINE_BYTES * 6 + 16];
    differ d = { .arena = arena, .old = old, .now = now, .out = out };
    osp_buf_init(&d.where, where, sizeof(where), sizeof(where));
    osp_buf_init(&d.line, line, sizeof(line), sizeof(line));
    osp_buf_init(&d.quoted, quoted, sizeof(quoted), sizeof(quoted));
    if (osp_json_equal(old, now)) {
        return d.result;
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(sections); i++) {
        diff_member(&d, osp_str_from(sections[i]), old, now, false);
    }
    diff_paths(&d, osp_json_member(old, OSP_STR("paths")), osp_json_member(now, OSP_STR("paths")));
    if (d.result.changes == 0) { /* a component that was renamed, a word of the library's own */
        report(&d, '~', OSP_STR("the document"), nothing, nothing, false);
    }
    if (d.result.changes > OSP_DIFF_LINES_MAX) {
        osp_buf_printf(out, "and %zu more\n", d.result.changes - OSP_DIFF_LINES_MAX);
    }
    d.result.starved |= out->failed;
    return d.result;
}
