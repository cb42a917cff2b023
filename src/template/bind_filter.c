/* Finds the filter that a name means, and fits what it is given to what it takes. */
#include <stdio.h>

#include "template/filter.h"
#include "template/template_impl.h"

static const osp_filter *own_filter(const osp_binder *binder, osp_str name, osp_nearest *nearest)
{
    const osp_filter *const *filters = binder->options->filters;
    for (; filters != NULL && *filters != NULL; filters++) {
        if (osp_str_equal(name, osp_str_from((*filters)->name_))) {
            return *filters;
        }
        osp_nearest_try(nearest, (*filters)->name_);
    }
    return NULL;
}

static size_t count_of(const osp_expr *first)
{
    size_t count = 0;
    for (; first != NULL; first = first->next) {
        count++;
    }
    return count;
}

/* "a whole number" of what the filter takes. */
static const char *takes_words(osp_takes takes)
{
    static const char *const words[] = {
        [OSP_TAKES_TEXT] = "a text",
        [OSP_TAKES_INT] = "a whole number",
        [OSP_TAKES_NUMBER] = "a number",
        [OSP_TAKES_TIME] = "a time or a date",
        [OSP_TAKES_LIST] = "a list of texts or numbers",
        [OSP_TAKES_LENGTH] = "a text or a list",
        [OSP_TAKES_ANYTHING] = "anything",
    };
    return words[takes];
}

/* What a filter is given, as it takes it; NULL: it does not. */
static const osp_term *fit(osp_binder *binder, osp_takes takes, const osp_term *in)
{
    const osp_kind kind = (osp_kind)in->kind;
    switch (takes) {
    case OSP_TAKES_TEXT:
        return osp_term_as(binder, in, OSP_KIND_STR);
    case OSP_TAKES_INT:
        return osp_term_as(binder, in, OSP_KIND_INT64);
    case OSP_TAKES_NUMBER:
        return osp_kind_is_number(kind) || kind == OSP_KIND_DECIMAL ? in : NULL;
    case OSP_TAKES_TIME:
        return kind == OSP_KIND_TIME || kind == OSP_KIND_DATE ? in : NULL;
    case OSP_TAKES_LIST:
        return osp_kind_is_list(kind) && osp_kind_is_scalar((osp_kind)in->type->kind) ? in : NULL;
    case OSP_TAKES_LENGTH:
        return osp_kind_is_list(kind) ? in : osp_term_as(binder, in, OSP_KIND_STR);
    default:
        return kind != OSP_KIND_UPLOAD && kind != OSP_KIND_STREAM ? in : NULL;
    }
}

static const osp_term *refuse(osp_binder *binder, const osp_expr *expr, const osp_term *in,
                              const char *takes)
{
    if (!binder->no_memory) {
        osp_tell(binder->teller, binder->source, expr->at, "%.*s takes %s, and this is %s",
                 OSP_ARG(expr->at), takes, osp_kind_words((osp_kind)in->kind));
    }
    return NULL;
}

/* x | default y */
static const osp_term *bind_default(osp_binder *binder, const osp_expr *expr, const osp_term *left)
{
    if (count_of(expr->arguments) != 1) {
        osp_tell(binder->teller, binder->source, expr->at,
                 "default takes one value, which stands in where the other is not there");
        return NULL;
    }
    const osp_term *right = osp_term_of(binder, expr->arguments);
    if (right == NULL) {
        return NULL;
    }
    osp_term *term = osp_term_new(binder, OSP_TERM_DEFAULT, (osp_kind)left->kind);
    if (term == NULL) {
        return NULL;
    }
    const bool same = left->kind == right->kind && left->type == right->type;
    term->left = same ? left : osp_term_as(binder, left, OSP_KIND_STR);
    term->right = same ? right : osp_term_as(binder, right, OSP_KIND_STR);
    if (term->left == NULL || term->right == NULL) {
        return refuse(binder, expr, term->left == NULL ? left : right,
                      "two values of one type, or two with a text form");
    }
    term->kind = term->left->kind;
    term->type = left->type;
    term->field = same ? left->field : NULL;
    term->count = left->count;
    term->optional = right->optional;
    return same && left->kind == OSP_KIND_ARRAY && left->count != right->count
               ? refuse(binder, expr, right, "two arrays of one length")
               : term;
}

static const osp_term *bind_own(osp_binder *binder, const osp_expr *expr, const osp_term *in,
                                const osp_filter *filter)
{
    const osp_kind takes = (osp_kind)filter->in_->kind;
    const bool object = takes == OSP_KIND_OBJECT || takes == OSP_KIND_UNION;
    const osp_term *fits = object || takes == OSP_KIND_ENUM
                               ? (in->type == filter->in_ && in->kind == takes ? in : NULL)
                               : osp_term_as(binder, in, takes);
    if (fits == NULL) {
        return refuse(binder, expr, in, filter->in_->name);
    }
    osp_term *term = osp_term_new(binder, OSP_TERM_CALL, (osp_kind)filter->out_->kind);
    if (term == NULL) {
        return NULL;
    }
    term->type = filter->out_->kind == OSP_KIND_ENUM ? filter->out_ : NULL;
    term->optional = in->optional;
    term->left = fits;
    term->call = filter;
    const osp_expr *argument = expr->arguments;
    size_t count = 0;
    for (; filter->arguments_[count] != NULL && argument != NULL; argument = argument->next) {
        const osp_term *given = osp_term_of(binder, argument);
        if (given == NULL) {
            return NULL;
        }
        const osp_kind kind = (osp_kind)filter->arguments_[count]->kind;
        term->arguments[count] = given->type == filter->arguments_[count] && given->kind == kind
                                     ? given
                                     : osp_term_as(binder, given, kind);
        if (term->arguments[count++] == NULL) {
            return refuse(binder, expr, given, filter->arguments_[count - 1]->name);
        }
    }
    while (filter->arguments_[count] != NULL || argument != NULL) {
        for (count = 0; filter->arguments_[count] != NULL;) {
            count++;
        }
        osp_tell(binder->teller, binder->source, expr->at, "%s takes %zu argument%s, not %zu",
                 filter->name_, count, count == 1 ? "" : "s", count_of(expr->arguments));
        return NULL;
    }
    return term;
}

static const osp_term *bind_of_language(osp_binder *binder, const osp_expr *expr,
                                        const osp_term *in, const osp_filter_def *filter)
{
    const osp_term *fits = fit(binder, (osp_takes)filter->takes, in);
    if (fits == NULL) {
        return refuse(binder, expr, in, takes_words((osp_takes)filter->takes));
    }
    const size_t count = count_of(expr->arguments);
    if (count < filter->needed || count > filter->most) {
        osp_tell(binder->teller, binder->source, expr->at, "it is written {{... | %s}}",
                 filter->usage);
        return NULL;
    }
    osp_term *term = osp_term_new(binder, OSP_TERM_FILTER, (osp_kind)filter->gives);
    if (term == NULL) {
        return NULL;
    }
    term->optional = in->optional;
    term->left = fits;
    term->filter = filter;
    size_t i = 0;
    for (const osp_expr *argument = expr->arguments; argument != NULL; argument = argument->next) {
        const osp_term *given = osp_term_of(binder, argument);
        if (given == NULL) {
            return NULL;
        }
        term->arguments[i] = osp_term_as(binder, given, (osp_kind)filter->arguments[i]);
        if (term->arguments[i] == NULL) {
            osp_tell(binder->teller, binder->source, argument->at,
                     "%s takes %s here, and this is %s; it is written {{... | %s}}", filter->name,
                     osp_kind_words((osp_kind)filter->arguments[i]),
                     osp_kind_words((osp_kind)given->kind), filter->usage);
            return NULL;
        }
        const char *why = i == 0 && filter->check != NULL && argument->kind == OSP_EXPR_TEXT
                              ? filter->check(argument->text)
                              : NULL;
        if (why != NULL) {
            osp_tell(binder->teller, binder->source, argument->at, "%s", why);
            return NULL;
        }
        i++;
    }
    return term;
}

const osp_term *osp_term_filtered(osp_binder *binder, const osp_expr *expr)
{
    const osp_term *in = osp_term_of(binder, expr->left);
    if (in == NULL) {
        return NULL;
    }
    if (osp_str_equal(expr->at, OSP_STR("default"))) {
        return bind_default(binder, expr, in);
    }
    osp_nearest nearest = { .word = expr->at };
    const osp_filter *own = own_filter(binder, expr->at, &nearest);
    if (own != NULL) {
        return bind_own(binder, expr, in, own);
    }
    const osp_filter_def *filter = osp_filter_find(expr->at);
    if (filter != NULL) {
        return bind_of_language(binder, expr, in, filter);
    }
    osp_filter_nearest(&nearest);
    osp_tell(binder->teller, binder->source, expr->at, "there is no filter \"%.*s\"%s%s%s",
             OSP_ARG(expr->at), nearest.name != NULL ? "; did you mean " : "",
             nearest.name != NULL ? nearest.name : "", nearest.name != NULL ? "?" : "");
    return NULL;
}
