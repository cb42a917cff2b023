/* Partials: templates within templates, which see what they are given and nothing else.
 *
 * A name that is given is what the expression at the call means: a path costs nothing, for it is
 * the same place in memory under another name; what must be computed is, once, into a register. */
#include <stdio.h>

#include "template/compile_impl.h"

#define WORDS_MAX 256

const osp_tag *osp_compile_parse(osp_compiler *c, const osp_template_text *source)
{
    for (const osp_parsed *p = c->parsed; p != NULL; p = p->next) {
        if (p->source.text.ptr == source->text.ptr && p->source.text.len == source->text.len) {
            return p->first;
        }
    }
    osp_parsed *parsed = osp_binder_alloc(&c->binder, sizeof(*parsed));
    if (parsed == NULL) {
        return NULL;
    }
    parsed->source = *source;
    osp_parser parser = { .arena = c->binder.arena,
                          .teller = c->binder.teller,
                          .source = &parsed->source };
    parsed->first = osp_template_parse(&parser);
    if (parsed->first == NULL) {
        c->binder.no_memory = true;
        return NULL;
    }
    parsed->next = c->parsed;
    c->parsed = parsed;
    return parsed->first;
}

/* Whether the value of a term is found as quickly as that of a register. */
static bool is_plain(const osp_term *term)
{
    return term->code == OSP_TERM_MEMBER || term->code == OSP_TERM_LITERAL ||
           (term->code >= OSP_TERM_INDEX && term->code <= OSP_TERM_KEY);
}

/* What an argument means to the partial; NULL: it is wrong. */
static const osp_term *bind_argument(osp_compiler *c, const osp_tag *tag,
                                     const osp_argument *argument)
{
    const osp_term *term = osp_term_of(&c->binder, argument->value);
    if (term == NULL || is_plain(term)) {
        return term;
    }
    if (c->registers == OSP_TEMPLATE_REGISTERS_MAX) {
        osp_tell(c->binder.teller, c->binder.source, tag->text,
                 "too many values are named at once here");
        return NULL;
    }
    const size_t reg = c->registers++;
    (void)osp_compile_emit(c, (osp_op){ .code = OSP_OP_LET, .reg = (uint8_t)reg, .term = term });
    osp_term like = *term;
    like.optional = true; /* a filter may fail to give one */
    return osp_term_in_register(&c->binder, reg, &like);
}

/* The scopes of the arguments, the innermost of which is returned; none: an empty one. */
static const osp_scope *open_arguments(osp_compiler *c, const osp_tag *tag)
{
    osp_scope *inner = osp_binder_alloc(&c->binder, sizeof(*inner));
    if (inner == NULL) {
        return NULL;
    }
    inner->last = true;
    inner->level = -1;
    for (const osp_argument *a = tag->arguments; a != NULL; a = a->next) {
        osp_scope *scope = osp_binder_alloc(&c->binder, sizeof(*scope));
        if (scope == NULL) {
            return NULL;
        }
        scope->outer = inner;
        scope->name = a->name;
        scope->level = -1;
        scope->used = osp_binder_alloc(&c->binder, sizeof(*scope->used));
        scope->term = bind_argument(c, tag, a);
        if (scope->term == NULL || scope->used == NULL) {
            return NULL;
        }
        inner = scope;
    }
    return inner;
}

/* Tells that there is no such partial, but maybe one of that name elsewhere, or of another name. */
static void not_found(osp_compiler *c, const osp_tag *tag, const char *meant)
{
    const char *slash = meant != NULL ? strrchr(meant, '/') : NULL;
    const osp_str stem = { slash != NULL ? slash + 1 + (slash[1] == '_') : "", tag->name.len };
    const bool elsewhere = slash != NULL && strncmp(stem.ptr, tag->name.ptr, stem.len) == 0 &&
                           strcmp(stem.ptr + stem.len, ".html") == 0;
    char hint[WORDS_MAX] = "";
    if (elsewhere) {
        (void)snprintf(hint, sizeof(hint), ": %s is in another folder", meant);
    } else if (meant != NULL) {
        (void)snprintf(hint, sizeof(hint), "; did you mean %s?", meant);
    }
    osp_tell(c->binder.teller, c->binder.source, tag->name,
             "there is no partial \"%.*s\", which is a _%.*s.html beside this file or in a folder "
             "above it, or a lib/%.*s.html%s",
             OSP_ARG(tag->name), OSP_ARG(tag->name), OSP_ARG(tag->name), hint);
}

/* The text of the partial; false: there is none, or it is being compiled already. */
static bool find(osp_compiler *c, const osp_tag *tag, osp_template_text *ret_text)
{
    const osp_template_options *options = c->binder.options;
    *ret_text = (osp_template_text){ 0 };
    const osp_status status =
        options->partial == NULL
            ? OSP_E_NOT_FOUND
            : options->partial(options->arg, c->binder.source->file, tag->name, ret_text);
    if (status != OSP_OK) {
        not_found(c, tag, ret_text->file);
        return false;
    }
    if (ret_text->text.len > OSP_TEMPLATE_SIZE_MAX) {
        osp_tell(c->binder.teller, c->binder.source, tag->name, "this partial is too large");
        return false;
    }
    return true;
}

static osp_parsed *parsed_of(osp_compiler *c, const osp_template_text *text)
{
    if (osp_compile_parse(c, text) == NULL) {
        return NULL;
    }
    osp_parsed *p = c->parsed;
    while (p->source.text.ptr != text->text.ptr || p->source.text.len != text->text.len) {
        p = p->next;
    }
    return p;
}

/* What is given in vain: most likely it is called otherwise in the partial, or stands twice. */
static void check_used(osp_compiler *c, const osp_tag *tag, const osp_scope *inner)
{
    for (const osp_scope *s = inner; !s->last; s = s->outer) {
        if (!*s->used) {
            osp_tell(&c->teller, c->binder.source, s->name,
                     "the partial \"%.*s\" does not name \"%.*s\"; leave it out",
                     OSP_ARG(tag->name), OSP_ARG(s->name));
        }
    }
}

void osp_compile_partial(osp_compiler *c, const osp_tag *tag)
{
    osp_template_text text;
    if (tag->name.len == 0 || !find(c, tag, &text)) {
        return;
    }
    osp_parsed *parsed = parsed_of(c, &text);
    const size_t registers = c->registers;
    const osp_scope *scope = parsed != NULL ? open_arguments(c, tag) : NULL;
    if (scope == NULL) {
        c->registers = registers;
        return;
    }
    if (parsed->active || text.text.ptr == c->main.text.ptr) {
        osp_tell(c->binder.teller, c->binder.source, tag->name,
                 "the partial leads back to itself, without end");
        return;
    }
    const osp_binder outer = c->binder;
    const osp_call call = { outer.source, tag, outer.scope };
    const size_t wrong = c->teller.wrong;
    c->binder.source = &parsed->source;
    c->binder.scope = scope;
    c->binder.call = &call;
    parsed->active = true;
    osp_compile_tags(c, parsed->first);
    parsed->active = false;
    c->binder.source = outer.source;
    c->binder.scope = outer.scope;
    c->binder.call = outer.call;
    c->registers = registers;
    if (c->teller.wrong > wrong) {
        osp_tell_note(&c->teller, outer.source, tag->text, "the partial is called here");
    } else if (!c->stopped) {
        check_used(c, tag, scope);
    }
}
