/* Gives the names of an expression their meaning: where in memory what they stand for will be.
 *
 *     {{article.author.name}}    register 0, + offset of article, through the pointer `author`,
 *                                + offset of name
 *
 * Members that stand inside of each other add up to one offset; only a pointer, an optional and a
 * case of a union take a step.  What has no such meaning is told, with the name that may have been
 * meant. */
#include <inttypes.h>
#include <stdio.h>

#include "template/filter.h"
#include "template/template_impl.h"

typedef struct path_reader {
    osp_str whole; /* what is left to read */
    osp_str name;  /* the one being read */
} path_reader;

void *osp_binder_alloc(osp_binder *binder, size_t size)
{
    void *memory = osp_arena_zalloc(binder->arena, size);
    binder->no_memory = binder->no_memory || memory == NULL;
    return memory;
}

osp_term *osp_term_new(osp_binder *binder, osp_term_code code, osp_kind kind)
{
    osp_term *term = osp_binder_alloc(binder, sizeof(*term));
    if (term != NULL) {
        term->code = (uint8_t)code;
        term->kind = (uint8_t)kind;
    }
    return term;
}

/* ---------------------------------------------------------------- kinds */

bool osp_kind_is_number(osp_kind kind)
{
    return kind >= OSP_KIND_INT32 && kind <= OSP_KIND_DOUBLE;
}

static bool is_int(osp_kind kind)
{
    return kind >= OSP_KIND_INT32 && kind <= OSP_KIND_UINT64;
}

bool osp_kind_is_list(osp_kind kind)
{
    return kind == OSP_KIND_LIST || kind == OSP_KIND_ARRAY || kind == OSP_KIND_MAP;
}

const char *osp_kind_words(osp_kind kind)
{
    if (osp_kind_is_number(kind)) {
        return is_int(kind) ? "a whole number" : "a number";
    }
    switch (kind) {
    case OSP_KIND_BOOL:
        return "true or false";
    case OSP_KIND_STR:
        return "a text";
    case OSP_KIND_MARKUP:
        return "markup";
    case OSP_KIND_LIST:
    case OSP_KIND_ARRAY:
        return "a list";
    case OSP_KIND_MAP:
        return "a map";
    case OSP_KIND_OBJECT:
        return "an object";
    case OSP_KIND_UNION:
        return "a union";
    case OSP_KIND_UPLOAD:
        return "a file";
    case OSP_KIND_ENUM:
        return "a word of an enum";
    case OSP_KIND_JSON:
        return "a JSON value";
    case OSP_KIND_TIME:
        return "a time";
    case OSP_KIND_DATE:
        return "a date";
    case OSP_KIND_DURATION:
        return "a duration";
    default:
        return osp_kind_name(kind);
    }
}

/* ---------------------------------------------------------------- names */

static void wrong(osp_binder *binder, osp_str at, const char *words)
{
    osp_tell(binder->teller, binder->source, at, "%s", words);
}

/* The name at the front of the path, which goes on behind it; false: there is none. */
static bool next_name(path_reader *path)
{
    if (path->whole.len == 0) {
        return false;
    }
    size_t len = 0;
    while (len < path->whole.len && path->whole.ptr[len] != '.') {
        len++;
    }
    path->name = (osp_str){ path->whole.ptr, len };
    const size_t passed = len < path->whole.len ? len + 1 : len;
    path->whole.ptr += passed;
    path->whole.len -= passed;
    return true;
}

static const osp_field *field_named(const osp_type *type, osp_str name)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        if (osp_str_equal(name, (osp_str){ field->member_, field->member_len_ })) {
            return field;
        }
    }
    return NULL;
}

static void fields_nearest(const osp_type *type, osp_nearest *nearest)
{
    for (uint16_t i = 0; type != NULL && i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        if (!field->secret && !field->write_only) {
            osp_nearest_try(nearest, field->member_);
        }
        if (field->name != NULL && osp_str_equal(nearest->word, osp_str_from(field->name))) {
            nearest->name = field->member_; /* the name that it has in JSON */
            nearest->distance = 0;
        }
    }
}

static bool is_object(const osp_term *term)
{
    return term->kind == OSP_KIND_OBJECT && term->type != NULL;
}

/* Adds a step; what follows is counted from where it leads. */
static bool add_hop(osp_binder *binder, osp_term *term, osp_hop hop)
{
    osp_hop *hops = osp_binder_alloc(binder, (term->hop_count + 1u) * sizeof(*hops));
    if (hops == NULL) {
        return false;
    }
    if (term->hop_count > 0) {
        memcpy(hops, term->hops, term->hop_count * sizeof(*hops));
    }
    hop.offset = term->offset;
    hops[term->hop_count++] = hop;
    term->hops = hops;
    term->offset = 0;
    return true;
}

/* The member of an object. */
static const osp_term *member_of(osp_binder *binder, const osp_term *object, const osp_field *field,
                                 osp_str at)
{
    if (field->secret || field->write_only) {
        osp_tell(binder->teller, binder->source, at,
                 field->secret ? "%s is secret: it is never written" : "%s is write-only",
                 field->member_);
        return NULL;
    }
    OSP_ASSERT(object->code == OSP_TERM_MEMBER);
    osp_term *term = osp_term_new(binder, OSP_TERM_MEMBER, osp_field_kind(field));
    if (term == NULL) {
        return NULL;
    }
    term->reg = object->reg;
    term->hops = object->hops;
    term->hop_count = object->hop_count;
    term->offset = object->offset + field->offset_;
    term->optional = object->optional || osp_field_is_optional(field);
    term->type = field->type_;
    term->count = field->count_;
    term->field = field;
    if (!osp_field_is_optional(field)) {
        return term;
    }
    const osp_hop hop = { .how = field->indirect_ ? OSP_HOP_POINTER : OSP_HOP_PRESENCE,
                          .value_at = field->value_at_ };
    return add_hop(binder, term, hop) ? term : NULL;
}

/* The name of a union's case, or what is in one of them. */
static const osp_term *part_of_union(osp_binder *binder, const osp_term *whole, osp_str name)
{
    const osp_type *type = whole->type;
    osp_nearest nearest = { .word = name };
    if (osp_str_equal(name, osp_str_from(type->discriminator))) {
        osp_term *term = osp_term_new(binder, OSP_TERM_UNION_NAME, OSP_KIND_STR);
        if (term != NULL) {
            term->left = whole;
            term->optional = true;
        }
        return term;
    }
    for (uint16_t i = 0; i < type->case_count; i++) {
        const osp_case *one = &type->cases[i];
        osp_nearest_try(&nearest, one->name);
        if (!osp_str_equal(name, osp_str_from(one->name))) {
            continue;
        }
        osp_term *term = osp_term_new(binder, OSP_TERM_MEMBER, OSP_KIND_OBJECT);
        if (term == NULL) {
            return NULL;
        }
        *term = *whole;
        term->kind = OSP_KIND_OBJECT;
        term->optional = true;
        term->type = one->type;
        term->field = NULL;
        const osp_hop hop = { .how = OSP_HOP_CASE,
                              .tag_offset = type->tag_offset,
                              .tag = one->value };
        if (!add_hop(binder, term, hop)) {
            return NULL;
        }
        term->offset = one->offset;
        return term;
    }
    osp_nearest_try(&nearest, type->discriminator);
    osp_tell(binder->teller, binder->source, name, "%s has no case \"%.*s\"%s%s%s", type->name,
             OSP_ARG(name), nearest.name != NULL ? "; did you mean " : "",
             nearest.name != NULL ? nearest.name : "", nearest.name != NULL ? "?" : "");
    return NULL;
}

/* What `name` is in the value of a term. */
static const osp_term *step(osp_binder *binder, const osp_term *from, osp_str name)
{
    if (from->kind == OSP_KIND_UNION) {
        return part_of_union(binder, from, name);
    }
    if (!is_object(from)) {
        osp_tell(binder->teller, binder->source, name,
                 "there is no \"%.*s\" in what stands before it, which is %s", OSP_ARG(name),
                 osp_kind_words((osp_kind)from->kind));
        return NULL;
    }
    const osp_field *field = field_named(from->type, name);
    if (field != NULL) {
        return member_of(binder, from, field, name);
    }
    osp_nearest nearest = { .word = name };
    fields_nearest(from->type, &nearest);
    osp_tell(binder->teller, binder->source, name, "%s has no member \"%.*s\"%s%s%s",
             from->type->name, OSP_ARG(name), nearest.name != NULL ? "; did you mean " : "",
             nearest.name != NULL ? nearest.name : "", nearest.name != NULL ? "?" : "");
    return NULL;
}

static const osp_scope *outer_of(const osp_scope *scope)
{
    return scope->last ? NULL : scope->outer;
}

static bool is_known(const osp_scope *scope, osp_str name)
{
    for (const osp_scope *s = scope; s != NULL; s = outer_of(s)) {
        if (s->name.len > 0 ? osp_str_equal(name, s->name)
                            : s->term != NULL && is_object(s->term) &&
                                  field_named(s->term->type, name) != NULL) {
            return true;
        }
    }
    return false;
}

/* Tells that a partial is not given what it names; the call is to blame, not the partial. */
static void not_given(osp_binder *binder, osp_str name)
{
    const osp_call *call = binder->call;
    const bool there = is_known(call->scope, name);
    osp_tell(binder->teller, call->source, call->tag->text,
             "the partial \"%.*s\" is not given \"%.*s\"; say %.*s=%.*s", OSP_ARG(call->tag->name),
             OSP_ARG(name), OSP_ARG(name), there ? (int)name.len : 5, there ? name.ptr : "VALUE");
    osp_tell_note(binder->teller, binder->source, name, "it is named here");
}

/* Tells that nothing has this name, and which one may have been meant. */
static void unknown(osp_binder *binder, osp_str name)
{
    static const char *const ends[] = { "end", "endif", "endfor", "endeach", "endwith" };
    osp_nearest nearest = { .word = name };
    size_t seen = 0;
    for (size_t i = 0; i < OSP_ARRAY_LEN(ends); i++) { /* of other languages */
        if (osp_str_equal(name, osp_str_from(ends[i]))) {
            wrong(binder, name, "a block ends with {{/if}}, {{/each}} or {{/with}}");
            return;
        }
    }
    for (const osp_scope *s = binder->scope; s != NULL; s = outer_of(s)) {
        char known[64];
        if (s->name.len > 0 && s->name.len < sizeof(known)) {
            osp_nearest one = { .word = name };
            (void)snprintf(known, sizeof(known), "%.*s", OSP_ARG(s->name));
            osp_nearest_try(&one, known);
            if (one.name != NULL && (nearest.name == NULL || one.distance < nearest.distance)) {
                char *copy = osp_binder_alloc(binder, sizeof(known));
                if (copy != NULL) {
                    memcpy(copy, known, sizeof(known));
                    nearest.name = copy;
                    nearest.distance = one.distance;
                }
            }
        } else if (s->term != NULL && is_object(s->term)) {
            fields_nearest(s->term->type, &nearest);
        }
        seen++;
    }
    if (nearest.name == NULL && binder->call != NULL) {
        not_given(binder, name);
    } else if (nearest.name != NULL) {
        osp_tell(binder->teller, binder->source, name,
                 "there is no \"%.*s\" here; did you mean %s?", OSP_ARG(name), nearest.name);
    } else {
        const osp_template_options *options = binder->options;
        const char *what = seen == 0                  ? "nothing can be named"
                           : options->missing != NULL ? options->missing(options->arg, name)
                                                      : NULL;
        osp_tell(binder->teller, binder->source, name, "there is no \"%.*s\" here%s%s",
                 OSP_ARG(name), what != NULL ? ": " : "", what != NULL ? what : "");
    }
}

static const osp_term *first_of(osp_binder *binder, osp_str name)
{
    const bool is_this = osp_str_equal(name, OSP_STR("this"));
    for (const osp_scope *s = binder->scope; s != NULL; s = outer_of(s)) {
        if (is_this ? s->is_this : s->name.len > 0 && osp_str_equal(name, s->name)) {
            if (s->used != NULL) {
                *s->used = true;
            }
            return s->term;
        }
        if (s->name.len > 0 || s->term == NULL || !is_object(s->term)) {
            continue;
        }
        const osp_field *field = field_named(s->term->type, name);
        if (field != NULL) {
            return member_of(binder, s->term, field, name);
        }
    }
    if (is_this) {
        wrong(binder, name, "\"this\" is the item of an #each or the object of a #with");
    } else {
        unknown(binder, name);
    }
    return NULL;
}

/* @index and its like. */
static const osp_term *bind_loop_word(osp_binder *binder, osp_str at)
{
    static const struct {
        const char *word;
        osp_term_code code;
        osp_kind kind;
    } known[] = { { "@index", OSP_TERM_INDEX, OSP_KIND_INT64 },
                  { "@first", OSP_TERM_FIRST, OSP_KIND_BOOL },
                  { "@last", OSP_TERM_LAST, OSP_KIND_BOOL },
                  { "@length", OSP_TERM_LENGTH, OSP_KIND_INT64 },
                  { "@key", OSP_TERM_KEY, OSP_KIND_STR } };
    osp_nearest nearest = { .word = at };
    const osp_scope *loop = binder->scope;
    while (loop != NULL && loop->level < 0) {
        loop = outer_of(loop);
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(known); i++) {
        osp_nearest_try(&nearest, known[i].word);
        if (!osp_str_equal(at, osp_str_from(known[i].word))) {
            continue;
        }
        if (loop == NULL || (known[i].code == OSP_TERM_KEY && !loop->of_map)) {
            osp_tell(binder->teller, binder->source, at, "%s is known within an #each%s alone",
                     known[i].word, known[i].code == OSP_TERM_KEY ? " of a map" : "");
            return NULL;
        }
        osp_term *term = osp_term_new(binder, known[i].code, known[i].kind);
        if (term != NULL) {
            term->reg = (uint8_t)loop->level;
        }
        return term;
    }
    osp_tell(binder->teller, binder->source, at,
             "there is no %.*s; there are @index, @first, @last, @length and @key", OSP_ARG(at));
    return NULL;
}

static const osp_term *bind_path(osp_binder *binder, const osp_expr *expr)
{
    if (expr->at.ptr[0] == '@') {
        return bind_loop_word(binder, expr->at);
    }
    if (binder->no_names) {
        wrong(binder, expr->at,
              "the {{#head}} of a part that is sent while its load runs can name no data");
        return NULL;
    }
    path_reader path = { .whole = expr->at };
    (void)next_name(&path);
    const osp_term *term = first_of(binder, path.name);
    for (size_t names = 1; term != NULL && next_name(&path); names++) {
        if (names == OSP_TEMPLATE_DEPTH_MAX) {
            wrong(binder, expr->at, "the path is too long");
            return NULL;
        }
        term = step(binder, term, path.name);
    }
    return term;
}

/* ---------------------------------------------------------------- literals and conversions */

static const osp_term *bind_literal(osp_binder *binder, const osp_expr *expr)
{
    static const uint8_t kinds[] = { [OSP_EXPR_TEXT] = OSP_KIND_STR,
                                     [OSP_EXPR_INT] = OSP_KIND_INT64,
                                     [OSP_EXPR_DOUBLE] = OSP_KIND_DOUBLE,
                                     [OSP_EXPR_BOOL] = OSP_KIND_BOOL };
    osp_term *term = osp_term_new(binder, OSP_TERM_LITERAL, (osp_kind)kinds[expr->kind]);
    if (term == NULL) {
        return NULL;
    }
    switch (expr->kind) {
    case OSP_EXPR_TEXT:
        term->literal.text = expr->text;
        break;
    case OSP_EXPR_INT:
        term->literal.integer = expr->number;
        break;
    case OSP_EXPR_DOUBLE:
        term->literal.real = expr->real;
        break;
    default:
        term->literal.boolean = expr->number != 0;
        break;
    }
    return term;
}

static const osp_term *wrap(osp_binder *binder, osp_term_code code, osp_kind kind,
                            const osp_term *left)
{
    osp_term *term = osp_term_new(binder, code, kind);
    if (term != NULL) {
        term->left = left;
        term->optional = left->optional;
    }
    return term;
}

const osp_term *osp_term_as(osp_binder *binder, const osp_term *term, osp_kind kind)
{
    const osp_kind is = (osp_kind)term->kind;
    if (is == kind) {
        return term;
    }
    switch (kind) {
    case OSP_KIND_STR:
        return osp_kind_is_scalar(is) || is == OSP_KIND_JSON
                   ? wrap(binder, OSP_TERM_AS_TEXT, OSP_KIND_STR, term)
                   : NULL;
    case OSP_KIND_INT64:
        return is_int(is) ? wrap(binder, OSP_TERM_AS_INT, OSP_KIND_INT64, term) : NULL;
    case OSP_KIND_DOUBLE:
        return osp_kind_is_number(is) ? wrap(binder, OSP_TERM_AS_DOUBLE, OSP_KIND_DOUBLE, term)
                                      : NULL;
    default:
        return NULL;
    }
}

/* ---------------------------------------------------------------- operators */

/* Whether a literal is a name of the enum that it is compared with. */
static bool is_name_of(osp_binder *binder, const osp_expr *expr, const osp_term *of)
{
    if (of->kind != OSP_KIND_ENUM || expr->kind != OSP_EXPR_TEXT) {
        return true;
    }
    osp_nearest nearest = { .word = expr->text };
    for (uint16_t i = 0; i < of->type->name_count; i++) {
        if (osp_str_equal(expr->text, osp_str_from(of->type->names[i].text))) {
            return true;
        }
        osp_nearest_try(&nearest, of->type->names[i].text);
    }
    osp_tell(binder->teller, binder->source, expr->at, "%s has no name \"%.*s\"%s%s%s",
             of->type->name, OSP_ARG(expr->text), nearest.name != NULL ? "; did you mean " : "",
             nearest.name != NULL ? nearest.name : "", nearest.name != NULL ? "?" : "");
    return false;
}

static bool has_order(osp_kind kind)
{
    return kind == OSP_KIND_TIME || kind == OSP_KIND_DATE || kind == OSP_KIND_DURATION;
}

static bool is_textual(osp_kind kind)
{
    return kind == OSP_KIND_STR || kind == OSP_KIND_ENUM || kind == OSP_KIND_UUID;
}

/* As what both sides are compared; NONE: they cannot be. */
static osp_kind compared_as(osp_kind a, osp_kind b)
{
    if (is_int(a) && is_int(b)) {
        return OSP_KIND_INT64;
    }
    if (osp_kind_is_number(a) && osp_kind_is_number(b)) {
        return OSP_KIND_DOUBLE;
    }
    if (a == b && (a == OSP_KIND_BOOL || has_order(a))) {
        return a;
    }
    return is_textual(a) && is_textual(b) ? OSP_KIND_STR : OSP_KIND_NONE;
}

/* x == null, x != null */
static const osp_term *bind_presence(osp_binder *binder, const osp_expr *expr)
{
    const bool left_null = expr->left->kind == OSP_EXPR_NULL;
    const osp_expr *of = left_null ? expr->right : expr->left;
    if (of->kind == OSP_EXPR_NULL || expr->comparison > OSP_UNEQUAL) {
        wrong(binder, expr->at, "null can be compared by == and != with a value alone");
        return NULL;
    }
    const osp_term *value = osp_term_of(binder, of);
    if (value == NULL) {
        return NULL;
    }
    if (!value->optional) {
        wrong(binder, of->at, "this is always there: comparing it with null says nothing");
        return NULL;
    }
    const osp_term *present = wrap(binder, OSP_TERM_PRESENT, OSP_KIND_BOOL, value);
    if (present == NULL || expr->comparison == OSP_UNEQUAL) {
        return present;
    }
    return wrap(binder, OSP_TERM_NOT, OSP_KIND_BOOL, present);
}

static const osp_term *bind_comparison(osp_binder *binder, const osp_expr *expr)
{
    if (expr->left->kind == OSP_EXPR_NULL || expr->right->kind == OSP_EXPR_NULL) {
        return bind_presence(binder, expr);
    }
    const osp_term *left = osp_term_of(binder, expr->left);
    const osp_term *right = osp_term_of(binder, expr->right);
    if (left == NULL || right == NULL || !is_name_of(binder, expr->left, right) ||
        !is_name_of(binder, expr->right, left)) {
        return NULL;
    }
    const osp_kind as = compared_as((osp_kind)left->kind, (osp_kind)right->kind);
    const bool orders = expr->comparison >= OSP_LESS;
    if (as == OSP_KIND_NONE || (orders && as == OSP_KIND_BOOL)) {
        osp_tell(binder->teller, binder->source, expr->at, "%s and %s cannot be compared by %.*s",
                 osp_kind_words((osp_kind)left->kind), osp_kind_words((osp_kind)right->kind),
                 OSP_ARG(expr->at));
        return NULL;
    }
    osp_term *term = osp_term_new(binder, OSP_TERM_COMPARE, OSP_KIND_BOOL);
    if (term == NULL) {
        return NULL;
    }
    const bool same = as != OSP_KIND_STR && as != OSP_KIND_INT64 && as != OSP_KIND_DOUBLE;
    term->comparison = expr->comparison;
    term->how = (uint8_t)as;
    term->left = same ? left : osp_term_as(binder, left, as);
    term->right = same ? right : osp_term_as(binder, right, as);
    return term->left != NULL && term->right != NULL ? term : NULL;
}

static const osp_term *bind_logic(osp_binder *binder, const osp_expr *expr)
{
    static const uint8_t codes[] = {
        [OSP_EXPR_NOT] = OSP_TERM_NOT, [OSP_EXPR_AND] = OSP_TERM_AND, [OSP_EXPR_OR] = OSP_TERM_OR
    };
    const osp_term *left = osp_term_of(binder, expr->left);
    const osp_term *right = expr->right != NULL ? osp_term_of(binder, expr->right) : NULL;
    if (left == NULL || (right == NULL && expr->right != NULL)) {
        return NULL;
    }
    osp_term *term = osp_term_new(binder, (osp_term_code)codes[expr->kind], OSP_KIND_BOOL);
    if (term != NULL) {
        term->left = left;
        term->right = right;
    }
    return term;
}

const osp_term *osp_term_of(osp_binder *binder, const osp_expr *expr)
{
    switch (expr->kind) {
    case OSP_EXPR_PATH:
        return bind_path(binder, expr);
    case OSP_EXPR_NULL:
        wrong(binder, expr->at, "null can only be compared with, by == and !=");
        return NULL;
    case OSP_EXPR_TEXT:
    case OSP_EXPR_INT:
    case OSP_EXPR_DOUBLE:
    case OSP_EXPR_BOOL:
        return bind_literal(binder, expr);
    case OSP_EXPR_COMPARE:
        return bind_comparison(binder, expr);
    case OSP_EXPR_FILTER:
        return osp_term_filtered(binder, expr);
    default:
        return bind_logic(binder, expr);
    }
}

osp_term *osp_term_in_register(osp_binder *binder, size_t reg, const osp_term *like)
{
    osp_term *term = osp_term_new(binder, OSP_TERM_MEMBER, (osp_kind)like->kind);
    if (term == NULL) {
        return NULL;
    }
    term->reg = (uint8_t)reg;
    term->type = like->type;
    term->field = like->field;
    term->count = like->count;
    term->optional = like->optional;
    if (like->optional && !add_hop(binder, term, (osp_hop){ .how = OSP_HOP_REGISTER })) {
        return NULL;
    }
    return term;
}
