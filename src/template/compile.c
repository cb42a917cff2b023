/* Makes a program of what is written.
 *
 *     text {{#if a}} x {{else}} y {{/if}} more
 *
 *     0  "text "  unless a: 2        an operation begins with the literal before it
 *     1  " x "    jump: 3
 *     2  " y "    next
 *     3  " more"  end
 *
 * The place of each value is known by a walk over the HTML (context.h) along the program: both ends
 * of a branch must agree on it, and the end of a loop with its beginning.  Partials are compiled
 * where they are called, for each call has types and places of its own.
 *
 * Cost: linear in what is compiled; a loop whose end changes its beginning is compiled again. */
#include "template/compile_impl.h"

static void wrong(osp_compiler *c, osp_str at, const char *words)
{
    osp_tell(c->binder.teller, c->binder.source, at, "%s", words);
}

/* ---------------------------------------------------------------- operations */

/* Adds an operation behind the literal text so far; its index. */
size_t osp_compile_emit(osp_compiler *c, osp_op op)
{
    static const char nothing[OSP_OP_PADDING];
    op.literal = nothing;
    if (c->text.len > 0) {
        char *copy = osp_arena_zalloc(c->binder.arena, c->text.len + OSP_OP_PADDING);
        if (copy == NULL) {
            c->binder.no_memory = true;
        } else {
            memcpy(copy, c->text.ptr, c->text.len);
            op.literal = copy;
            op.len = (uint32_t)c->text.len;
        }
        c->text.len = 0;
    }
    osp_buf_append(&c->ops, &op, sizeof(op));
    return c->ops.len / sizeof(op) - 1;
}

/* Where the next operation will stand, to be jumped to. */
static size_t label(osp_compiler *c)
{
    if (c->text.len > 0) {
        (void)osp_compile_emit(c, (osp_op){ .code = OSP_OP_NEXT });
    }
    return c->ops.len / sizeof(osp_op);
}

/* Lets a jump lead to the next operation. */
static void land(osp_compiler *c, size_t jump)
{
    const size_t to = label(c);
    if (!c->ops.failed) {
        ((osp_op *)(void *)c->ops.ptr)[jump].to = (uint32_t)to;
    }
}

/* ---------------------------------------------------------------- literal text */

static void put_text(void *arg, const char *text, size_t len)
{
    osp_compiler *c = arg;
    osp_buf_append(&c->text, text, len);
}

static void put_form(void *arg, osp_str at, bool acts)
{
    (void)osp_compile_emit(arg, (osp_op){ .code = OSP_OP_FORM });
    osp_compile_form(arg, at, acts);
}

static void put_target(void *arg, osp_str url, bool whole, bool of_button)
{
    osp_compile_target(arg, url, whole, of_button);
}

static void put_nonce(void *arg)
{
    (void)osp_compile_emit(arg, (osp_op){ .code = OSP_OP_NONCE_ATTRIBUTE });
}

static void put_wrong(void *arg, osp_str at, const char *words)
{
    wrong(arg, at, words);
}

static osp_context_sink sink_of(osp_compiler *c)
{
    return (osp_context_sink){ .text = put_text,
                               .form = put_form,
                               .target = put_target,
                               .nonce = put_nonce,
                               .wrong = put_wrong,
                               .arg = c };
}

/* ---------------------------------------------------------------- values */

/* Whether a value can be written at all. */
static bool has_text(const osp_term *term)
{
    const osp_kind kind = (osp_kind)term->kind;
    return osp_kind_is_scalar(kind) || kind == OSP_KIND_JSON;
}

static void refuse_value(osp_compiler *c, const osp_expr *expr, const osp_term *term)
{
    const osp_kind kind = (osp_kind)term->kind;
    osp_tell(c->binder.teller, c->binder.source, expr->at, "%.*s is %s, which has no text; %s",
             OSP_ARG(expr->at), osp_kind_words(kind),
             osp_kind_is_list(kind)    ? "say {{#each}}, or a filter such as join, length or json"
             : kind == OSP_KIND_OBJECT ? "name a member of it, or say the filter json"
                                       : "name what of it is meant");
}

/* The operation of a value that is where it is. */
static osp_op op_of(const osp_term *term, uint8_t escape)
{
    osp_op op = { .code = OSP_OP_SHOW, .escape = escape, .term = term };
    if (escape == OSP_ESCAPE_HTML && term->code == OSP_TERM_MEMBER && term->hop_count == 0 &&
        (term->kind == OSP_KIND_STR || term->kind == OSP_KIND_INT64)) {
        op.code = term->kind == OSP_KIND_STR ? OSP_OP_TEXT : OSP_OP_INT;
        op.reg = term->reg;
        op.to = term->offset;
    }
    return op;
}

static void compile_show(osp_compiler *c, const osp_tag *tag)
{
    const osp_context_sink sink = sink_of(c);
    uint8_t escape = OSP_ESCAPE_HTML;
    const osp_term *term = tag->expr != NULL ? osp_term_of(&c->binder, tag->expr) : NULL;
    const bool can = osp_context_value(&c->context, tag->text, &sink, &escape);
    if (term == NULL || !can) {
        return;
    }
    const bool as_json = (escape & ~OSP_ESCAPE_IN_ATTRIBUTE) == OSP_ESCAPE_JS_VALUE;
    if (!has_text(term) && (!as_json || term->kind == OSP_KIND_UPLOAD)) {
        refuse_value(c, tag->expr, term);
        return;
    }
    if (term->kind == OSP_KIND_MARKUP && escape == OSP_ESCAPE_HTML &&
        osp_context_is_text(&c->context)) {
        escape = OSP_ESCAPE_MARKUP;
    } else if (term->kind == OSP_KIND_MARKUP && escape == OSP_ESCAPE_HTML_TWICE) {
        escape = OSP_ESCAPE_HTML; /* a document in an attribute */
    }
    (void)osp_compile_emit(c, op_of(term, escape));
}

/* ---------------------------------------------------------------- branches */

/* Both ends of what is at `tag` must be in one place of the document. */
static void join(osp_compiler *c, const osp_tag *tag, const osp_context *other)
{
    osp_context joined;
    if (osp_context_join(&c->context, other, &joined)) {
        c->context = joined;
        return;
    }
    osp_tell(c->binder.teller, c->binder.source, tag->text,
             "what is behind this block depends on it: one way ends in %s, the other in %s",
             osp_context_words(other), osp_context_words(&c->context));
}

static void compile_if(osp_compiler *c, const osp_tag *tag)
{
    const osp_term *term = tag->expr != NULL ? osp_term_of(&c->binder, tag->expr) : NULL;
    const size_t unless = osp_compile_emit(c, (osp_op){ .code = OSP_OP_UNLESS, .term = term });
    const osp_context before = c->context;
    osp_compile_tags(c, tag->body);
    const osp_context end = c->context;
    c->context = before;
    if (tag->has_else) {
        const size_t jump = osp_compile_emit(c, (osp_op){ .code = OSP_OP_JUMP });
        land(c, unless);
        osp_compile_tags(c, tag->otherwise);
        land(c, jump);
    } else {
        land(c, unless);
    }
    join(c, tag, &end);
}

/* ---------------------------------------------------------------- blocks with a value */

/* A register for a value of a block, which is given back at its end. */
static bool take_register(osp_compiler *c, const osp_tag *tag, size_t *ret_reg)
{
    if (c->registers == OSP_TEMPLATE_REGISTERS_MAX) {
        wrong(c, tag->text, "too many values are named at once here");
        return false;
    }
    *ret_reg = c->registers++;
    return true;
}

/* What can be named within a block whose value is in a register. */
static void compile_within(osp_compiler *c, const osp_tag *tag, const osp_term *like, size_t reg,
                           osp_scope scope)
{
    osp_scope inner = scope;
    inner.outer = c->binder.scope;
    inner.name = tag->name;
    inner.is_this = true;
    inner.term = osp_term_in_register(&c->binder, reg, like);
    if (inner.term == NULL) {
        return;
    }
    c->binder.scope = &inner;
    osp_compile_tags(c, tag->body);
    c->binder.scope = inner.outer;
}

/* The body of a loop, whose end must be what its beginning was. */
static void compile_body(osp_compiler *c, const osp_tag *tag, const osp_term *item, size_t reg,
                         const osp_scope *scope)
{
    const size_t begin = label(c);
    for (int round = 0; round < 4; round++) {
        const osp_context start = c->context;
        osp_context joined;
        c->ops.len = begin * sizeof(osp_op);
        compile_within(c, tag, item, reg, *scope);
        if (!osp_context_join(&start, &c->context, &joined)) {
            osp_tell(
                c->binder.teller, c->binder.source, tag->text,
                "an item begins in %s and ends in %s: the next one would not begin where it did",
                osp_context_words(&start), osp_context_words(&c->context));
            c->context = start;
            break;
        }
        c->context = joined;
        if (osp_context_equal(&start, &joined)) {
            break;
        }
    }
    (void)osp_compile_emit(c, (osp_op){ .code = OSP_OP_AGAIN,
                                        .to = (uint32_t)begin,
                                        .reg = (uint8_t)reg,
                                        .level = (uint8_t)scope->level });
}

static void compile_each(osp_compiler *c, const osp_tag *tag)
{
    const osp_term *list = tag->expr != NULL ? osp_term_of(&c->binder, tag->expr) : NULL;
    size_t reg = 0;
    if (list == NULL || !take_register(c, tag, &reg)) {
        return;
    }
    if (!osp_kind_is_list((osp_kind)list->kind)) {
        osp_tell(c->binder.teller, c->binder.source, tag->expr->at,
                 "#each goes through a list, and %.*s is %s", OSP_ARG(tag->expr->at),
                 osp_kind_words((osp_kind)list->kind));
        c->registers--;
        return;
    }
    const osp_term item = { .kind = list->type->kind, .type = list->type };
    const osp_scope scope = { .level = (int)c->loops, .of_map = list->kind == OSP_KIND_MAP };
    const osp_context before = c->context;
    const size_t none = osp_compile_emit(c, (osp_op){ .code = OSP_OP_EACH,
                                                      .reg = (uint8_t)reg,
                                                      .level = (uint8_t)c->loops,
                                                      .term = list });
    c->loops++;
    compile_body(c, tag, &item, reg, &scope);
    c->loops--;
    c->registers--;
    const osp_context end = c->context;
    if (tag->has_else) {
        const size_t jump = osp_compile_emit(c, (osp_op){ .code = OSP_OP_JUMP });
        land(c, none);
        c->context = before;
        osp_compile_tags(c, tag->otherwise);
        land(c, jump);
        join(c, tag, &end);
    } else {
        land(c, none);
    }
}

static void compile_with(osp_compiler *c, const osp_tag *tag)
{
    const osp_term *value = tag->expr != NULL ? osp_term_of(&c->binder, tag->expr) : NULL;
    size_t reg = 0;
    if (value == NULL || !take_register(c, tag, &reg)) {
        return;
    }
    osp_term like = *value;
    like.optional = false;
    const osp_context before = c->context;
    const size_t none =
        osp_compile_emit(c, (osp_op){ .code = OSP_OP_WITH, .reg = (uint8_t)reg, .term = value });
    compile_within(c, tag, &like, reg, (osp_scope){ .level = -1 });
    c->registers--;
    const osp_context end = c->context;
    c->context = before;
    if (tag->has_else) {
        const size_t jump = osp_compile_emit(c, (osp_op){ .code = OSP_OP_JUMP });
        land(c, none);
        osp_compile_tags(c, tag->otherwise);
        land(c, jump);
    } else {
        land(c, none);
    }
    join(c, tag, &end);
}

/* ---------------------------------------------------------------- layouts */

/* Whether a whole element can stand here; tells if not. */
static bool is_between_tags(osp_compiler *c, const osp_tag *tag)
{
    if (osp_context_is_text(&c->context)) {
        return true;
    }
    osp_tell(c->binder.teller, c->binder.source, tag->text,
             "this stands between tags alone, and here is %s", osp_context_words(&c->context));
    return false;
}

/* The place of a slot among those of the template, which may be a new one. */
static size_t slot_of(osp_compiler *c, const osp_tag *tag)
{
    for (size_t i = 0; i < c->slot_count; i++) {
        if (osp_str_equal(c->slots[i], tag->name)) {
            wrong(c, tag->text, "this slot has an outlet already");
            return i;
        }
    }
    if (c->slot_count == OSP_TEMPLATE_SLOTS_MAX) {
        wrong(c, tag->text, "too many slots");
        return 0;
    }
    c->slots[c->slot_count] = tag->name;
    return c->slot_count++;
}

static void compile_outlet(osp_compiler *c, const osp_tag *tag)
{
    if (!c->binder.options->layout) {
        wrong(c, tag->text, "an outlet stands in a layout alone");
        return;
    }
    if (!is_between_tags(c, tag)) {
        return;
    }
    if (tag->name.len > 0) {
        const size_t slot = slot_of(c, tag);
        (void)osp_compile_emit(c, (osp_op){ .code = OSP_OP_OUTLET, .to = (uint32_t)slot + 1 });
        return;
    }
    if (c->has_outlet) {
        wrong(c, tag->text, "the layout has an {{outlet}} already");
    }
    c->has_outlet = true;
    (void)osp_compile_emit(c, (osp_op){ .code = OSP_OP_OUTLET });
}

static void compile_head(osp_compiler *c, const osp_tag *tag)
{
    if (!c->binder.options->layout) {
        wrong(c, tag->text, "{{head}} stands in a layout alone; {{#head}} gives elements to it");
    } else if (is_between_tags(c, tag)) {
        if (c->has_head) {
            wrong(c, tag->text, "the layout has {{head}} already");
        }
        c->has_head = true;
        (void)osp_compile_emit(c, (osp_op){ .code = OSP_OP_HEAD });
    }
}

/* ---------------------------------------------------------------- all of it */

static void compile_tag(osp_compiler *c, const osp_tag *tag)
{
    const osp_context_sink sink = sink_of(c);
    if (tag->kind == OSP_TAG_TEXT) {
        osp_context_text(&c->context, tag->text, &sink);
        if (tag->next != NULL && tag->next->kind == OSP_TAG_TEXT) { /* a comment is between them */
            osp_context_tag(&c->context, &sink);
        }
        return;
    }
    osp_context_tag(&c->context, &sink);
    switch (tag->kind) {
    case OSP_TAG_SHOW:
        compile_show(c, tag);
        break;
    case OSP_TAG_IF:
        compile_if(c, tag);
        break;
    case OSP_TAG_EACH:
        compile_each(c, tag);
        break;
    case OSP_TAG_WITH:
        compile_with(c, tag);
        break;
    case OSP_TAG_PARTIAL:
        osp_compile_partial(c, tag);
        break;
    case OSP_TAG_OUTLET:
        compile_outlet(c, tag);
        break;
    case OSP_TAG_HEAD:
        compile_head(c, tag);
        break;
    case OSP_TAG_HEAD_BLOCK:
        osp_compile_head_block(c, tag);
        break;
    default:
        (void)osp_compile_emit(c, (osp_op){ .code = OSP_OP_NONCE });
        break;
    }
}

static void too_large(osp_compiler *c, osp_str at)
{
    wrong(c, at, "with its partials the template becomes too large");
    c->stopped = true;
}

void osp_compile_tags(osp_compiler *c, const osp_tag *first)
{
    if (c->depth > OSP_TEMPLATE_DEPTH_MAX) {
        if (first != NULL) {
            wrong(c, first->text, "too many blocks and partials inside each other");
        }
        return;
    }
    c->depth++;
    for (const osp_tag *tag = first; tag != NULL && !c->stopped; tag = tag->next) {
        if (++c->work > OSP_TEMPLATE_WORK_MAX || c->ops.failed) {
            too_large(c, tag->text);
            break;
        }
        compile_tag(c, tag);
    }
    const osp_context_sink sink = sink_of(c);
    osp_context_tag(&c->context, &sink);
    c->depth--;
}

/* What the template names, from the first of the scopes outwards. */
static bool open_scopes(osp_compiler *c)
{
    const osp_template_options *options = c->binder.options;
    const size_t count = options->scope_count;
    OSP_ASSERT(count <= OSP_TEMPLATE_SCOPES_MAX);
    for (size_t i = count; i-- > 0;) {
        const osp_template_scope *given = &options->scopes[i];
        const osp_term like = { .kind = given->type->kind, .type = given->type };
        osp_scope *scope = &c->scopes[i];
        scope->outer = c->binder.scope;
        scope->name = osp_str_from(given->name);
        scope->level = -1;
        scope->term = osp_term_in_register(&c->binder, i, &like);
        if (scope->term == NULL) {
            return false;
        }
        c->binder.scope = scope;
    }
    c->registers = count;
    return true;
}

static osp_template *finish(osp_compiler *c)
{
    osp_template *template = osp_binder_alloc(&c->binder, sizeof(*template));
    osp_op *ops = osp_binder_alloc(&c->binder, c->ops.len);
    osp_str *slots = osp_binder_alloc(&c->binder, sizeof(c->slots));
    osp_template_head *heads = osp_binder_alloc(&c->binder, sizeof(c->heads));
    uint32_t *head_ops = osp_binder_alloc(&c->binder, sizeof(c->head_ops));
    if (c->binder.no_memory) {
        return NULL;
    }
    memcpy(ops, c->ops.ptr, c->ops.len);
    memcpy(slots, c->slots, sizeof(c->slots));
    memcpy(heads, c->heads, sizeof(c->heads));
    memcpy(head_ops, c->head_ops, sizeof(c->head_ops));
    *template = (osp_template){ .ops = ops,
                                .heads = heads,
                                .head_ops = head_ops,
                                .head_count = c->head_count,
                                .slots = slots,
                                .slot_count = c->slot_count,
                                .scope_count = c->binder.options->scope_count,
                                .has_outlet = c->has_outlet };
    return template;
}

static osp_status compile(osp_compiler *c, const osp_template **ret_template)
{
    const osp_tag *first = osp_compile_parse(c, c->binder.source);
    if (first == NULL || !open_scopes(c)) {
        return OSP_E_NOMEM;
    }
    memset(&c->context, 0, sizeof(c->context));
    osp_compile_tags(c, first);
    osp_compile_forms_end(c);
    if (!c->binder.no_memory && c->binder.teller->wrong == 0 && !osp_context_is_text(&c->context)) {
        const osp_str text = c->binder.source->text;
        osp_tell(c->binder.teller, c->binder.source, (osp_str){ text.ptr + text.len, 0 },
                 "the template ends in %s", osp_context_words(&c->context));
    }
    (void)osp_compile_emit(c, (osp_op){ .code = OSP_OP_END });
    osp_compile_heads(c);
    if (c->binder.no_memory) {
        return OSP_E_NOMEM;
    }
    if (c->ops.failed && c->ops.len + sizeof(osp_op) > c->ops.max && !c->stopped) {
        too_large(c, first->text);
    }
    if (c->binder.teller->wrong > 0) {
        return OSP_E_INVALID;
    }
    if (c->ops.failed || c->text.failed) {
        return OSP_E_NOMEM;
    }
    *ret_template = finish(c);
    return *ret_template != NULL ? OSP_OK : OSP_E_NOMEM;
}

osp_status osp_template_compile(osp_arena *arena, osp_template_text text,
                                const osp_template_options *options, osp_template_complaints *said,
                                const osp_template **ret_template)
{
    if (text.text.len > OSP_TEMPLATE_SIZE_MAX) {
        return OSP_E_LIMIT;
    }
    osp_compiler *c = osp_arena_zalloc(arena, sizeof(*c));
    if (c == NULL) {
        return OSP_E_NOMEM;
    }
    c->teller.arena = arena;
    c->teller.said = said;
    c->main = text;
    c->binder = (osp_binder){
        .arena = arena, .teller = &c->teller, .source = &c->main, .options = options
    };
    osp_buf_init(&c->ops, NULL, 0, OSP_TEMPLATE_OPS_MAX * sizeof(osp_op));
    osp_buf_init(&c->text, NULL, 0, 2 * OSP_TEMPLATE_SIZE_MAX);
    const osp_status status = compile(c, ret_template);
    osp_buf_done(&c->ops);
    osp_buf_done(&c->text);
    return status;
}
