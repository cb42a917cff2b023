/* The value of an answer, held against its own descriptor.
 *
 * A document that says "at most 9 characters" lies as soon as a handler writes ten.  The value is
 * judged in memory, by the same functions that judge inputs: what is not written (secrets, members
 * of other sources) is not looked at, and what the encoder refuses by itself is left to it.
 *
 * Depth is bounded as the encoder's is. */
#include "app/promise.h"

#include <stdio.h>
#include <string.h>

typedef struct judge {
    osp_decoding how;
    osp_buf *where;
    unsigned depth;
} judge;

static const osp_flaw none = { .says = NULL };

static osp_flaw judge_value(judge *j, const osp_type *type, const void *value);

static bool is_bad(osp_flaw flaw)
{
    return flaw.says != NULL;
}

/* Each step of the pointer is taken back when what is behind it is good. */
static size_t enter(judge *j, osp_str name)
{
    const size_t len = j->where->len;
    if (name.len < j->where->max - len) { /* or the pointer ends here */
        osp_buf_byte(j->where, '/');
        osp_buf_str(j->where, name);
    }
    return len;
}

static osp_flaw leave(judge *j, size_t len, osp_flaw flaw)
{
    if (!is_bad(flaw)) {
        j->where->len = len;
    }
    return flaw;
}

/* What holds for an item, and then what its own type says. */
static osp_flaw judge_item(judge *j, const osp_field *field, const void *item)
{
    const osp_type *type = field->type_;
    osp_flaw flaw = none;
    if (field->each_ != NULL) {
        flaw = osp_field_judge(field->each_, (osp_kind)type->kind, type, item, true, &j->how);
    }
    return is_bad(flaw) ? flaw : judge_value(j, type, item);
}

static osp_flaw judge_items(judge *j, const osp_field *field, const char *items, size_t count)
{
    osp_flaw flaw = none;
    for (size_t i = 0; i < count && !is_bad(flaw); i++) {
        char number[24];
        const int len = snprintf(number, sizeof(number), "%zu", i);
        const size_t at = enter(j, (osp_str){ number, (size_t)len });
        flaw = leave(j, at, judge_item(j, field, items + i * field->type_->size));
    }
    return flaw;
}

/* A T_map is T_entry[]: a name, and behind it the value, aligned as the name is. */
static osp_flaw judge_entries(judge *j, const osp_field *field, const osp_list *map)
{
    const size_t unit = _Alignof(osp_str);
    const size_t stride = sizeof(osp_str) + (field->type_->size + unit - 1) / unit * unit;
    osp_flaw flaw = none;
    for (size_t i = 0; i < map->count && !is_bad(flaw); i++) {
        const char *entry = (const char *)map->items + i * stride;
        const size_t at = enter(j, *(const osp_str *)(const void *)entry);
        flaw = leave(j, at, judge_item(j, field, entry + sizeof(osp_str)));
    }
    return flaw;
}

static osp_flaw judge_member(judge *j, const osp_field *field, const void *value)
{
    const osp_list *list = value;
    const osp_flaw flaw =
        osp_field_judge(field, (osp_kind)field->kind_, field->type_, value, true, &j->how);
    if (is_bad(flaw)) {
        return flaw;
    }
    switch (field->kind_) {
    case OSP_KIND_LIST:
        return judge_items(j, field, list->items, list->count);
    case OSP_KIND_ARRAY:
        return judge_items(j, field, value, field->count_);
    case OSP_KIND_MAP:
        return judge_entries(j, field, list);
    default:
        return field->type_ != NULL ? judge_value(j, field->type_, value) : none;
    }
}

static osp_flaw judge_members(judge *j, const osp_type *type, const char *object)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        if (field->source_ != OSP_SOURCE_FIELD || field->secret || field->write_only) {
            continue;
        }
        const void *value = osp_field_value(field, object + field->offset_);
        if (value == NULL) {
            continue;
        }
        const size_t at = enter(j, osp_field_name(field));
        const osp_flaw flaw = leave(j, at, judge_member(j, field, value));
        if (is_bad(flaw)) {
            return flaw;
        }
    }
    return type->check_ != NULL ? osp_flaw_checked(type->check_(object)) : none;
}

static osp_flaw judge_case(judge *j, const osp_type *type, const char *value)
{
    int tag = 0;
    memcpy(&tag, value + type->tag_offset, sizeof(tag));
    for (uint16_t i = 0; i < type->case_count; i++) {
        if (type->cases[i].value == tag) {
            return judge_members(j, type->cases[i].type, value + type->cases[i].offset);
        }
    }
    return none; /* the encoder refuses it */
}

static osp_flaw judge_value(judge *j, const osp_type *type, const void *value)
{
    if ((type->kind != OSP_KIND_OBJECT && type->kind != OSP_KIND_UNION) ||
        j->depth == OSP_JSON_DEPTH_MAX) {
        return none;
    }
    j->depth++;
    const osp_flaw flaw =
        type->kind == OSP_KIND_UNION ? judge_case(j, type, value) : judge_members(j, type, value);
    j->depth--;
    return flaw;
}

osp_flaw osp_promise_judge(const osp_type *type, const void *value, osp_arena *arena,
                           osp_buf *where)
{
    OSP_ASSERT(type != NULL && value != NULL);
    judge j = { .how = { .arena = arena }, .where = where };
    return judge_value(&j, type, value);
}
