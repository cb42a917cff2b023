/* The scopes "form" and "errors" of a page, as types that no C file describes.
 *
 *     FORM members of all actions --by their names--> form:   osp_opt_str, or osp_str_list
 *                                                     errors: osp_opt_str
 *
 * A member that one action calls secret is in no page.  What is an object, of several fields, is a
 * text of its errors alone.  A list that one action takes and another does not is a list. */
#include "app/action.h"

#include <string.h>

/* A name of a member, for all actions that have it. */
typedef struct member {
    osp_str name;
    bool list, hidden;
} member;

typedef struct members {
    member items[OSP_ACTION_MEMBERS_MAX];
    size_t count;
} members;

/* Whether the fields of its name are items, and not one text that is split. */
static bool is_list(const osp_field *field)
{
    const osp_style style = osp_param_style(field);
    return field->kind_ == OSP_KIND_LIST && !field->joined && style != OSP_STYLE_SPACE &&
           style != OSP_STYLE_PIPE;
}

static bool is_hidden(const osp_field *field)
{
    return field->secret || osp_field_is_upload(field) || field->kind_ == OSP_KIND_OBJECT;
}

static osp_str name_of(const osp_field *field)
{
    return (osp_str){ field->member_, field->member_len_ };
}

static osp_status collect(const osp_type *in, members *all)
{
    for (uint16_t i = 0; i < in->field_count; i++) {
        const osp_field *field = &in->fields[i];
        size_t at = 0;
        if (field->source_ != OSP_SOURCE_FORM) {
            continue;
        }
        while (at < all->count && !osp_str_equal(all->items[at].name, name_of(field))) {
            at++;
        }
        if (at == OSP_ACTION_MEMBERS_MAX) {
            return OSP_E_LIMIT;
        }
        if (at == all->count) {
            all->items[all->count++] = (member){ .name = name_of(field) };
        }
        all->items[at].list |= is_list(field);
        all->items[at].hidden |= is_hidden(field);
    }
    return OSP_OK;
}

static osp_field field_of(const member *of, bool list, size_t offset)
{
    return (osp_field){
        .member_ = of->name.ptr,
        .member_len_ = (uint16_t)of->name.len,
        .type_ = list ? &osp_type_osp_str : NULL,
        .offset_ = (uint32_t)offset,
        .kind_ = list ? OSP_KIND_LIST : OSP_KIND_STR,
        .value_at_ = list ? 0 : offsetof(osp_opt_str, value),
    };
}

/* errors: else what was typed */
static osp_status describe(const members *all, bool errors, osp_arena *arena, osp_type *ret)
{
    osp_field *fields = osp_arena_try(arena, (all->count + 1) * sizeof *fields);
    size_t size = 0, count = 0;
    if (fields == NULL) {
        return OSP_E_NOMEM;
    }
    for (size_t i = 0; i < all->count; i++) {
        const member *one = &all->items[i];
        const bool list = one->list && !errors;
        if (errors || !one->hidden) {
            fields[count++] = field_of(one, list, size);
            size += list ? sizeof(osp_str_list) : sizeof(osp_opt_str);
        }
    }
    *ret = (osp_type){ .name = errors ? "errors" : "form",
                       .size = size,
                       .fields = fields,
                       .field_count = (uint16_t)count,
                       .kind = OSP_KIND_OBJECT };
    return OSP_OK;
}

osp_status osp_form_scopes_make(const osp_route *const *actions, osp_arena *arena,
                                osp_form_scopes *ret)
{
    members all = { .count = 0 };
    for (; actions != NULL && *actions != NULL; actions++) {
        OSP_TRY(collect((*actions)->in_, &all));
    }
    OSP_TRY(describe(&all, false, arena, &ret->form));
    return describe(&all, true, arena, &ret->errors);
}

/* ---------------------------------------------------------------- values */

/* What a scope has for a field of an action's input; NULL: nothing. */
static const osp_field *place_of(const osp_type *scope, const osp_field *of)
{
    for (uint16_t i = 0; i < scope->field_count && of->source_ == OSP_SOURCE_FORM; i++) {
        if (osp_str_equal(name_of(&scope->fields[i]), name_of(of))) {
            return &scope->fields[i];
        }
    }
    return NULL;
}

/* What was typed for a member; of several the first. */
static osp_opt_str text_of(const osp_params *typed, osp_str name)
{
    for (size_t i = 0; i < typed->count; i++) {
        if (osp_str_equal(typed->items[i].name, name)) {
            return (osp_opt_str){ OSP_SET, typed->items[i].value };
        }
    }
    return (osp_opt_str){ OSP_ABSENT, { 0 } };
}

static osp_status texts_of(const osp_params *typed, osp_str name, osp_task *task, osp_str_list *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < typed->count; i++) {
        count += osp_str_equal(typed->items[i].name, name);
    }
    osp_str *items = osp_task_alloc(task, (count + 1) * sizeof *items);
    if (items == NULL) {
        return OSP_E_NOMEM;
    }
    *ret = (osp_str_list){ items, 0 };
    for (size_t i = 0; i < typed->count; i++) {
        if (osp_str_equal(typed->items[i].name, name)) {
            items[ret->count++] = typed->items[i].value;
        }
    }
    return OSP_OK;
}

static osp_status fill_typed(const osp_type *scope, const osp_refused *refused, osp_task *task,
                             char *value)
{
    const osp_type *in = refused->action->in_;
    for (uint16_t i = 0; i < in->field_count; i++) {
        const osp_field *field = &in->fields[i];
        const osp_field *to = place_of(scope, field);
        if (to == NULL) {
            continue;
        }
        void *slot = value + to->offset_;
        OSP_ASSERT(to->offset_ < scope->size);
        if (to->kind_ == OSP_KIND_LIST) {
            OSP_TRY(texts_of(&refused->typed, osp_field_name(field), task, slot));
        } else {
            *(osp_opt_str *)slot = text_of(&refused->typed, osp_field_name(field));
        }
    }
    return OSP_OK;
}

/* Whether what is said of a field is of a member: by its name in a form, "tags[2]" and "filter[x]"
 * too, or by a pointer as of a document, "/tags". */
static bool is_about(const osp_bad_field *bad, osp_str name)
{
    osp_str where = bad->where;
    const bool pointer = bad->in == NULL && where.len > 0 && where.ptr[0] == '/';
    if (!pointer && (bad->in == NULL || strcmp(bad->in, "form") != 0)) {
        return false;
    }
    where.ptr += pointer;
    where.len -= pointer;
    const char end = pointer ? '/' : '[';
    return osp_str_starts_with(where, name) &&
           (where.len == name.len || where.ptr[name.len] == end);
}

/* The first that is said of a member; ABSENT: nothing is. */
static osp_opt_str error_of(const osp_bad_field_list *all, const osp_field *field)
{
    for (size_t i = 0; i < all->count; i++) {
        const osp_bad_field *bad = &all->items[i];
        if (is_about(bad, osp_field_name(field)) || is_about(bad, name_of(field))) {
            return (osp_opt_str){ OSP_SET, bad->detail };
        }
    }
    return (osp_opt_str){ OSP_ABSENT, { 0 } };
}

static void fill_errors(const osp_type *scope, const osp_refused *refused, char *value)
{
    const osp_type *in = refused->action->in_;
    for (uint16_t i = 0; i < in->field_count; i++) {
        const osp_field *to = place_of(scope, &in->fields[i]);
        if (to != NULL) {
            *(osp_opt_str *)(void *)(value + to->offset_) =
                error_of(&refused->fields, &in->fields[i]);
        }
    }
}

osp_status osp_form_scopes_fill(const osp_form_scopes *scopes, const osp_refused *refused,
                                osp_task *task, const void **ret_form, const void **ret_errors)
{
    static const osp_opt_str nothing[OSP_ACTION_MEMBERS_MAX];
    *ret_form = *ret_errors = nothing;
    if (refused == NULL) {
        return OSP_OK;
    }
    char *form = osp_task_alloc(task, scopes->form.size + 1);
    char *errors = osp_task_alloc(task, scopes->errors.size + 1);
    if (form == NULL || errors == NULL) {
        return OSP_E_NOMEM;
    }
    OSP_TRY(fill_typed(&scopes->form, refused, task, form));
    fill_errors(&scopes->errors, refused, errors);
    *ret_form = form;
    *ret_errors = errors;
    return OSP_OK;
}
