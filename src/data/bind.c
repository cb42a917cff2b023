/* Arguments of queries by name: which one fills a parameter, and the members of structs as values.
 *
 *     OSP_QUERY_EXEC(add, (int64_t, author_id), NewArticle)
 *
 *     values   [0] author_id  [1] NewArticle.title  [2] NewArticle.body     in this order, always
 *     SQL      VALUES (:body, :author_id)            :body is value 2, :author_id is value 0
 *
 * A driver asks for the order once for a statement that it keeps, so a call costs no look at a
 * name.
 *
 * A member becomes the value that osp_column_store (rows.c) reads back: times and durations are
 * microseconds, which sort; what else has a text form is a text; lists, maps and objects are JSON.
 */
#include "data/db.h"

#include "type/json.h"

#define TEXT_MAX ((size_t)64 << 20)

bool osp_query_find(const osp_query *query, osp_str name, size_t *ret_index,
                    const osp_field **ret_member)
{
    size_t index = 0;
    for (size_t i = 0; i < query->arg_count; i++) {
        const osp_query_arg *arg = &query->args[i];
        const size_t count = arg->type != NULL ? arg->type->field_count : 1;
        for (size_t k = 0; k < count; k++, index++) {
            const osp_field *member = arg->type != NULL ? &arg->type->fields[k] : NULL;
            const osp_str known = member != NULL ? (osp_str){ member->member_, member->member_len_ }
                                                 : osp_str_from(arg->name);
            if (osp_str_equal(known, name)) {
                *ret_index = index;
                *ret_member = member;
                return true;
            }
        }
    }
    return false;
}

/* A list, a map or an object; a file of a form is nothing that a database keeps. */
static osp_value as_json(osp_task *task, const osp_place *here, const osp_field *field,
                         const void *slot)
{
    osp_buf out;
    osp_value value = { 0 };
    if (osp_field_is_upload(field) || field->kind_ == OSP_KIND_STREAM) {
        return value;
    }
    osp_buf_init(&out, NULL, 0, TEXT_MAX);
    const osp_status status = osp_json_encode_field(field, slot, &out);
    if (status == OSP_OK) {
        value = osp_value_of_str(osp_task_copy_at(task, here, (osp_str){ out.ptr, out.len }));
    } else {
        osp_error cause = { 0 };
        (void)osp_error_set(&cause, status, "member %s cannot be written as JSON: %s",
                            field->member_, osp_status_text(status));
        osp_task_fail_here(task, status, &cause, here);
    }
    osp_buf_done(&out);
    return value;
}

static osp_value member_value(osp_task *task, const osp_place *here, const osp_field *field,
                              const void *slot)
{
    const void *at = osp_field_value(field, slot);
    if (at == NULL) {
        return (osp_value){ 0 };
    }
    switch ((osp_kind)field->kind_) {
    case OSP_KIND_BOOL:
        return osp_value_of_int(*(const bool *)at);
    case OSP_KIND_INT32:
        return osp_value_of_int(*(const int32_t *)at);
    case OSP_KIND_INT64:
        return osp_value_of_int(*(const int64_t *)at);
    case OSP_KIND_UINT32:
        return osp_value_of_int(*(const uint32_t *)at);
    case OSP_KIND_UINT64:
        return osp_value_of_uint(*(const uint64_t *)at);
    case OSP_KIND_FLOAT:
        return osp_value_of_double((double)*(const float *)at);
    case OSP_KIND_DOUBLE:
        return osp_value_of_double(*(const double *)at);
    case OSP_KIND_STR:
    case OSP_KIND_MARKUP:
        return osp_value_of_str(*(const osp_str *)at);
    case OSP_KIND_DECIMAL:
        return osp_value_of_decimal(*(const osp_decimal *)at);
    case OSP_KIND_BYTES:
        return osp_value_of_bytes(*(const osp_bytes *)at);
    case OSP_KIND_TIME:
        return osp_value_of_time(*(const osp_time *)at);
    case OSP_KIND_DATE:
        return osp_value_of_date(*(const osp_date *)at);
    case OSP_KIND_DURATION:
        return osp_value_of_duration(*(const osp_duration *)at);
    case OSP_KIND_UUID:
        return osp_value_of_uuid(*(const osp_uuid *)at);
    case OSP_KIND_JSON:
        return osp_value_of_json(*(const osp_json *)at);
    case OSP_KIND_ENUM:
        return osp_value_of_int(*(const int *)at);
    default:
        return as_json(task, here, field, slot);
    }
}

osp_value *osp_query_members(osp_task *task, const osp_query *query, const osp_type *type,
                             const void *members, osp_value *values)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        *values++ =
            member_value(task, &query->text->place, field, (const char *)members + field->offset_);
    }
    return values;
}
