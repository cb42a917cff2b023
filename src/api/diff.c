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

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64
#define WHERE_MAX 512
#define HOPS_MAX 8

typedef enum way { SENT, GOT } direction;

/* A pair of schemas that has been compared. */
typedef struct pair {
    const osp_tree *old, *now;
    direction way;
    struct pair *next;
} pair;

typedef struct differ {
    osp_arena *arena;
    const osp_tree *old, *now; /* the documents */
    osp_buf *out;
    osp_buf where; /* "POST /users, request .email" */
    pair *pairs;
    unsigned depth;
    osp_diff_result result;
} differ;

/* ---------------------------------------------------------------- reports */

/* `detail` and the two values may be empty. */
static void report(differ *d, char sign, osp_str detail, osp_str old, osp_str now, bool breaking)
{
    static const osp_str added = { "added", 5 }, removed = { "removed", 7 };
    d->result.changes++;
    d->result.breaking += breaking;
    if (d->result.changes > OSP_DIFF_LINES_MAX) {
        return;
    }
    osp_buf_printf(d->out, "%c %.*s", sign, (int)d->where.len, d->where.ptr);
    if (detail.len != 0) {
        osp_buf_printf(d->out, "%s%.*s", d->where.len != 0 ? ", " : "", OSP_ARG(detail));
    }
    osp_buf_str(d->out, OSP_STR(": "));
    if (sign != '~') {
        osp_buf_str(d->out, sign == '+' ? added : removed);
    } else if (old.len == 0 && now.len == 0) {
        osp_buf_str(d->out, OSP_STR("changed"));
    } else {
        osp_buf_printf(d->out, "%.*s -> %.*s", old.len > 80 ? 80 : (int)old.len, old.ptr,
                       now.len > 80 ? 80 : (int)now.len, now.ptr);
    }
    osp_buf_str(d->out, breaking ? OSP_STR(" (breaking)\n") : OSP_STR("\n"));
}

static const osp_str nothing = { "", 0 };

static void changed(differ *d, osp_str detail, const osp_tree *old, const osp_tree *now,
                    bool breaking)
{
    const bool plain =
        (old == NULL || old->kind <= OSP_TREE_TEXT) && (now == NULL || now->kind <= OSP_TREE_TEXT);
    report(d, '~', detail,
           !plain        ? nothing
           : old == NULL ? OSP_STR("none")
                         : old->text,
           !plain        ? nothing
           : now == NULL ? OSP_STR("none")
                         : now->text,
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
static const osp_tree *follow(const osp_tree *root, const osp_tree *node)
{
    for (unsigned hops = 0; hops < HOPS_MAX; hops++) {
        const osp_tree *ref = osp_tree_member(node, OSP_STR("$ref"));
        if (ref == NULL || ref->text.len < 2) {
            return node;
        }
        osp_str rest = { ref->text.ptr + 2, ref->text.len - 2 };
        node = root;
        while (rest.len != 0) {
            const char *slash = memchr(rest.ptr, '/', rest.len);
            const size_t len = slash != NULL ? (size_t)(slash - rest.ptr) : rest.len;
            node = osp_tree_member(node, (osp_str){ rest.ptr, len });
            const size_t step = len + (slash != NULL);
            rest = (osp_str){ rest.ptr + step, rest.len - step };
        }
    }
    return node;
}

/* Whether the pair was seen before; remembers it. */
static bool is_known(differ *d, const osp_tree *old, const osp_tree *now, direction way)
{
    for (const pair *known = d->pairs; known != NULL; known = known->next) {
        if (known->old == old && known->now == now && known->way == way) {
            return true;
        }
    }
    pair *added = osp_arena_try(d->arena, sizeof(*added));
    if (added == NULL) {
        return true; /* no memory: rather stop than turn in a circle */
    }
    *added = (pair){ old, now, way, d->pairs };
    d->pairs = added;
    return false;
}

/* ---------------------------------------------------------------- schemas */

static void diff_schema(differ *d, const osp_tree *old, const osp_tree *now, direction way);

typedef void (*diff_keyword)(differ *d, osp_str key, const osp_tree *old, const osp_tree *now,
                             direction way);

/* Says nothing about which values fit. */
static void diff_note(differ *d, osp_str key, const osp_tree *old, const osp_tree *now,
                      direction way)
{
    (void)way;
    changed(d, key, old, now, false);
}

static double number(const osp_tree *node)
{
    char text[64] = "";
    if (node->text.len < sizeof(text)) {
        memcpy(text, node->text.ptr, node->text.len);
    }
    return strtod(text, NULL);
}

/* `tighter`: fewer values fit than before. */
static void diff_bound(differ *d, osp_str key, const osp_tree *old, const osp_tree *now,
                       direction way, bool tighter)
{
    changed(d, key, old, now, tighter == (way == SENT));
}

static void diff_least(differ *d, osp_str key, const osp_tree *old, const osp_tree *now,
                       direction way)
{
    diff_bound(d, key, old, now, way, old == NULL || (now != NULL && number(now) > number(old)));
}

static void diff_most(differ *d, osp_str key, const osp_tree *old, const osp_tree *now,
                      direction way)
{
    diff_bound(d, key, old, now, way, old == NULL || (now != NULL && number(now) < number(old)));
}

/* A keyword that only asks for more: its presence is tighter, any other value may be anything. */
static void diff_demand(differ *d, osp_str key, const osp_tree *old, const osp_tree *now,
                        direction way)
{
    const bool breaking = old == NULL ? way == SENT : now == NULL ? way == GOT : true;
    changed(d, key, old, now, breaking);
}

static bool has_word(const osp_tree *set, const osp_tree *word)
{
    if (set == NULL || set->kind != OSP_TREE_ARRAY) {
        return osp_tree_equal(set, word);
    }
    bool found = false;
    for (const osp_tree *item = set->first; item != NULL; item = item->next) {
        found |= osp_tree_equal(item, word);
    }
    return found;
}

/* The words of `set` that `other` has not, one line each. */
static void report_words(differ *d, char sign, osp_str key, const osp_tree *set,
                         const osp_tree *other, bool breaking)
{
    if (set == NULL) {
        return;
    }
    const bool is_list = set->kind == OSP_TREE_ARRAY;
    for (const osp_tree *word = is_list ? set->first : set; word != NULL;
         word = is_list ? word->next : NULL) {
        if (!has_word(other, word)) {
            const size_t at = enter(d, ", ", key);
            report(d, sign, word->text, nothing, nothing, breaking);
            leave(d, at);
        }
    }
}

/* "type" and "enum": a set of what may stand there; without it anything may. */
static void diff_choice(differ *d, osp_str key, const osp_tree *old, const osp_tree *now,
                        direction way)
{
    if (old == NULL || now == NULL) {
        diff_demand(d, key, old, now, way);
        return;
    }
    report_words(d, '-', key, old, now, way == SENT);
    report_words(d, '+', key, now, old, way == GOT);
}

static void diff_required(differ *d, osp_str key, const osp_tree *old, const osp_tree *now,
                          direction way)
{
    report_words(d, '-', key, old, now, way == GOT);
    report_words(d, '+', key, now, old, way == SENT);
}

static void diff_properties(differ *d, osp_str key, const osp_tree *old, const osp_tree *now,
                            direction way)
{
    (void)key;
    for (const osp_tree *member = old != NULL ? old->first : NULL; member != NULL;
         member = member->next) {
        const osp_tree *other = osp_tree_member(now, member->key);
        const size_t at = enter(d, " .", member->key);
        if (other == NULL) {
            report(d, '-', nothing, nothing, nothing, true);
        } else {
            diff_schema(d, member, other, way);
        }
        leave(d, at);
    }
    for (const osp_tree *member = now != NULL ? now->first : NULL; member != NULL;
         member = member->next) {
        if (osp_tree_member(old, member->key) == NULL) {
            const size_t at = enter(d, " .", member->key);
            report(d, '+', nothing, nothing, nothing, false); /* "required" tells more */
            leave(d, at);
        }
    }
}

static void diff_items(differ *d, osp_str key, const osp_tree *old, const osp_tree *now,
                       direction way)
{
    if (old == NULL || now == NULL || old->kind != OSP_TREE_OBJECT ||
        now->kind != OSP_TREE_OBJECT) {
        diff_demand(d, key, old, now, way);
        return;
    }
    const size_t at = enter(d, " ", osp_str_equal(key, OSP_STR("items")) ? OSP_STR("[]") : key);
    diff_schema(d, old, now, way);
    leave(d, at);
}

/* Whether what is not named may stand there is a bool; `true` and absent are one. */
static void diff_additional(differ *d, osp_str key, const osp_tree *old, const osp_tree *now,
                            direction way)
{
    if ((old != NULL && old->kind == OSP_TREE_OBJECT) ||
        (now != NULL && now->kind == OSP_TREE_OBJECT)) {
        diff_items(d, key, old, now, way);
        return;
    }
    const bool was = old == NULL || osp_str_equal(old->text, OSP_STR("true"));
    const bool is = now == NULL || osp_str_equal(now->text, OSP_STR("true"));
    if (was != is) {
        changed(d, key, old, now, is == (way == GOT));
    }
}

/* Alternatives, or parts, one by one. */
static void diff_parts(differ *d, osp_str key, const osp_tree *old, const osp_tree *now,
                       direction way)
{
    const osp_tree *one = old != NULL ? old->first : NULL;
    const osp_tree *other = now != NULL ? now->first : NULL;
    const size_t at = enter(d, " ", key);
    for (; one != NULL && other != NULL; one = one->next, other = other->next) {
        diff_schema(d, one, other, way);
    }
    const bool narrower = osp_str_equal(key, OSP_STR("allOf")) ? other != NULL : one != NULL;
    if (one != NULL || other != NULL) {
        report(d, one != NULL ? '-' : '+', nothing, nothing, nothing, narrower == (way == SENT));
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

static diff_keyword keyword_of(osp_str key)
{
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

static void diff_schema(differ *d, const osp_tree *old, const osp_tree *now, direction way)
{
    old = follow(d->old, old);
    now = follow(d->now, now);
    if (old == NULL || now == NULL || d->depth == DEPTH_MAX || is_known(d, old, now, way)) {
        return;
    }
    d->depth++;
    for (const osp_tree *member = old->first; member != NULL; member = member->next) {
        const osp_tree *other = osp_tree_member(now, member->key);
        const diff_keyword fn = keyword_of(member->key);
        if (leads_on(fn) || !osp_tree_equal(member, other)) {
            fn(d, member->key, member, other, way);
        }
    }
    for (const osp_tree *member = now->first; member != NULL; member = member->next) {
        if (osp_tree_member(old, member->key) == NULL) {
            keyword_of(member->key)(d, member->key, NULL, member, way);
        }
    }
    d->depth--;
}

/* ---------------------------------------------------------------- operations */

static bool is_true(const osp_tree *node, osp_str key)
{
    const osp_tree *member = osp_tree_member(node, key);
    return member != NULL && osp_str_equal(member->text, OSP_STR("true"));
}

/* A member that is plain text or a word. */
static void diff_member(differ *d, osp_str key, const osp_tree *old, const osp_tree *now,
                        bool breaking)
{
    const osp_tree *one = osp_tree_member(old, key), *other = osp_tree_member(now, key);
    if (!osp_tree_equal(one, other)) {
        changed(d, key, one, other, breaking);
    }
}

/* To ask for what was optional breaks; the other way is a relief. */
static void diff_is_required(differ *d, const osp_tree *old, const osp_tree *now)
{
    const bool was = is_true(old, OSP_STR("required")), is = is_true(now, OSP_STR("required"));
    if (was != is) {
        report(d, is ? '+' : '-', OSP_STR("required"), nothing, nothing, is);
    }
}

static void diff_content(differ *d, const osp_tree *old, const osp_tree *now, direction way)
{
    const osp_tree *one = osp_tree_member(old, OSP_STR("content"));
    const osp_tree *other = osp_tree_member(now, OSP_STR("content"));
    for (const osp_tree *type = one != NULL ? one->first : NULL; type != NULL; type = type->next) {
        const osp_tree *same = osp_tree_member(other, type->key);
        if (same == NULL) {
            report(d, '-', type->key, nothing, nothing, true);
            continue;
        }
        diff_schema(d, osp_tree_member(type, OSP_STR("schema")),
                    osp_tree_member(same, OSP_STR("schema")), way);
        diff_member(d, OSP_STR("encoding"), type, same, true);
    }
    for (const osp_tree *type = other != NULL ? other->first : NULL; type != NULL;
         type = type->next) {
        if (osp_tree_member(one, type->key) == NULL) {
            report(d, '+', type->key, nothing, nothing, way == GOT && one != NULL);
        }
    }
}

static const osp_tree *find_parameter(const osp_tree *list, const osp_tree *wanted)
{
    for (const osp_tree *one = list != NULL ? list->first : NULL; one != NULL; one = one->next) {
        if (osp_tree_equal(osp_tree_member(one, OSP_STR("name")),
                           osp_tree_member(wanted, OSP_STR("name"))) &&
            osp_tree_equal(osp_tree_member(one, OSP_STR("in")),
                           osp_tree_member(wanted, OSP_STR("in")))) {
            return one;
        }
    }
    return NULL;
}

static size_t enter_parameter(differ *d, const osp_tree *parameter)
{
    const osp_tree *place = osp_tree_member(parameter, OSP_STR("in"));
    const osp_tree *name = osp_tree_member(parameter, OSP_STR("name"));
    const size_t at = enter(d, ", ", place != NULL ? place->text : nothing);
    (void)enter(d, " ", name != NULL ? name->text : nothing);
    return at;
}

static void diff_parameters(differ *d, const osp_tree *old, const osp_tree *now)
{
    for (const osp_tree *one = old != NULL ? old->first : NULL; one != NULL; one = one->next) {
        const osp_tree *other = find_parameter(now, one);
        const size_t at = enter_parameter(d, one);
        if (other == NULL) {
            report(d, '-', nothing, nothing, nothing, true);
        } else {
            diff_is_required(d, one, other);
            diff_member(d, OSP_STR("style"), one, other, true);
            diff_member(d, OSP_STR("explode"), one, other, true);
            diff_member(d, OSP_STR("description"), one, other, false);
            diff_member(d, OSP_STR("deprecated"), one, other, false);
            diff_schema(d, osp_tree_member(one, OSP_STR("schema")),
                        osp_tree_member(other, OSP_STR("schema")), SENT);
        }
        leave(d, at);
    }
    for (const osp_tree *one = now != NULL ? now->first : NULL; one != NULL; one = one->next) {
        if (find_parameter(old, one) == NULL) {
            const size_t at = enter_parameter(d, one);
            report(d, '+', nothing, nothing, nothing, is_true(one, OSP_STR("required")));
            leave(d, at);
        }
    }
}

static void diff_body(differ *d, const osp_tree *old, const osp_tree *now)
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

static void diff_responses(differ *d, const osp_tree *old, const osp_tree *now)
{
    for (const osp_tree *one = old != NULL ? old->first : NULL; one != NULL; one = one->next) {
        const osp_tree *other = osp_tree_member(now, one->key);
        const size_t at = enter(d, ", answer ", one->key);
        if (other == NULL) {
            report(d, '-', nothing, nothing, nothing, one->key.len > 0 && one->key.ptr[0] == '2');
        } else {
            diff_content(d, follow(d->old, one), follow(d->now, other), GOT);
        }
        leave(d, at);
    }
    for (const osp_tree *one = now != NULL ? now->first : NULL; one != NULL; one = one->next) {
        if (osp_tree_member(old, one->key) == NULL) {
            const size_t at = enter(d, ", answer ", one->key);
            report(d, '+', nothing, nothing, nothing, false);
            leave(d, at);
        }
    }
}

static void diff_operation(differ *d, const osp_tree *old, const osp_tree *now)
{
    diff_member(d, OSP_STR("summary"), old, now, false);
    diff_member(d, OSP_STR("description"), old, now, false);
    diff_member(d, OSP_STR("tags"), old, now, false);
    diff_member(d, OSP_STR("deprecated"), old, now, false);
    diff_member(d, OSP_STR("operationId"), old, now, true); /* what generated clients call */
    diff_member(d, OSP_STR("security"), old, now, true);
    diff_parameters(d, osp_tree_member(old, OSP_STR("parameters")),
                    osp_tree_member(now, OSP_STR("parameters")));
    diff_body(d, osp_tree_member(old, OSP_STR("requestBody")),
              osp_tree_member(now, OSP_STR("requestBody")));
    diff_responses(d, osp_tree_member(old, OSP_STR("responses")),
                   osp_tree_member(now, OSP_STR("responses")));
}

/* ---------------------------------------------------------------- documents */

static size_t enter_operation(differ *d, const osp_tree *path, const osp_tree *method)
{
    const size_t at = enter(d, "", method->key);
    for (size_t i = at; i < d->where.len; i++) {
        const char c = d->where.ptr[i];
        d->where.ptr[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    (void)enter(d, " ", path->key);
    return at;
}

static void diff_paths(differ *d, const osp_tree *old, const osp_tree *now)
{
    for (const osp_tree *path = old != NULL ? old->first : NULL; path != NULL; path = path->next) {
        const osp_tree *same = osp_tree_member(now, path->key);
        for (const osp_tree *method = path->first; method != NULL; method = method->next) {
            const osp_tree *other = osp_tree_member(same, method->key);
            const size_t at = enter_operation(d, path, method);
            if (other == NULL) {
                report(d, '-', nothing, nothing, nothing, true);
            } else {
                diff_operation(d, method, other);
            }
            leave(d, at);
        }
    }
    for (const osp_tree *path = now != NULL ? now->first : NULL; path != NULL; path = path->next) {
        const osp_tree *same = osp_tree_member(old, path->key);
        for (const osp_tree *method = path->first; method != NULL; method = method->next) {
            if (osp_tree_member(same, method->key) == NULL) {
                const size_t at = enter_operation(d, path, method);
                report(d, '+', nothing, nothing, nothing, false);
                leave(d, at);
            }
        }
    }
}

osp_diff_result osp_diff_write(osp_arena *arena, const osp_tree *old, const osp_tree *now,
                               osp_buf *out)
{
    static const char *const sections[] = { "openapi", "info", "servers", "security", "tags" };
    char storage[WHERE_MAX];
    differ d = { .arena = arena, .old = old, .now = now, .out = out };
    osp_buf_init(&d.where, storage, sizeof(storage), sizeof(storage));
    if (osp_tree_equal(old, now)) {
        return d.result;
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(sections); i++) {
        diff_member(&d, osp_str_from(sections[i]), old, now, false);
    }
    diff_paths(&d, osp_tree_member(old, OSP_STR("paths")), osp_tree_member(now, OSP_STR("paths")));
    if (d.result.changes == 0) { /* a component that was renamed, a word of the library's own */
        report(&d, '~', OSP_STR("the document"), nothing, nothing, false);
    }
    if (d.result.changes > OSP_DIFF_LINES_MAX) {
        osp_buf_printf(out, "and %zu more\n", d.result.changes - OSP_DIFF_LINES_MAX);
    }
    return d.result;
}
