/* Scalars in their text form: a path segment, a query value, a header, a fallback, a JSON string.
 *
 * Numbers follow the grammar of JSON, so that one value has one spelling: 7, not 007 or +7.
 * Strings are the text itself, borrowed, and must be valid UTF-8. */
#include "base/utf8.h"
#include "type/text.h"
#include "type/type_impl.h"

#include <math.h>

static const osp_sentence *bool_read(osp_str text, bool *slot)
{
    if (osp_str_equal(text, OSP_STR("true")) || osp_str_equal(text, OSP_STR("1"))) {
        *slot = true;
        return NULL;
    }
    if (osp_str_equal(text, OSP_STR("false")) || osp_str_equal(text, OSP_STR("0"))) {
        *slot = false;
        return NULL;
    }
    return OSP_SAY(SORT_BOOL);
}

/* Out of line: its frame would be that of every scalar. */
__attribute__((noinline)) static const osp_sentence *number_read(osp_str text, osp_kind kind,
                                                                 void *slot)
{
    osp_json_number number;
    const char *end = text.ptr + text.len;
    if (text.len == 0 || osp_json_number_scan(text.ptr, end, &number) != end) {
        return osp_kinds[kind].mismatch;
    }
    return osp_json_number_store(&number, kind, slot);
}

static const osp_sentence *str_read(osp_str text, osp_str *slot)
{
    if (!osp_utf8_valid(text)) {
        return OSP_SAY(UTF8);
    }
    *slot = text;
    return NULL;
}

static const osp_sentence *enum_read(const osp_type *type, osp_str text, int *slot)
{
    OSP_ASSERT(type != NULL);
    for (uint16_t i = 0; i < type->name_count; i++) {
        const osp_name *name = &type->names[i];
        if (name->len == text.len && memcmp(name->text, text.ptr, text.len) == 0) {
            *slot = (int)name->value;
            return NULL;
        }
    }
    return OSP_SAY(ENUM);
}

const osp_sentence *osp_scalar_read(osp_kind kind, const osp_type *type, osp_str text, void *value,
                                    osp_arena *arena)
{
    switch (kind) {
    case OSP_KIND_BOOL:
        return bool_read(text, value);
    case OSP_KIND_STR:
        return str_read(text, value);
    case OSP_KIND_MARKUP:
        return OSP_SAY(NO_TEXT);
    case OSP_KIND_DECIMAL:
        return osp_text_read_decimal(text, value);
    case OSP_KIND_BYTES:
        return osp_text_read_bytes(text, value, arena);
    case OSP_KIND_TIME:
        return osp_text_read_time(text, value);
    case OSP_KIND_DATE:
        return osp_text_read_date(text, value);
    case OSP_KIND_DURATION:
        return osp_text_read_duration(text, value);
    case OSP_KIND_UUID:
        return osp_text_read_uuid(text, value);
    case OSP_KIND_ENUM:
        return enum_read(type, text, value);
    default:
        return osp_kinds[kind].scalar ? number_read(text, kind, value) : OSP_SAY(NO_TEXT);
    }
}

/* ---------------------------------------------------------------- writing */

size_t osp_number_text(osp_kind kind, const void *value, char *out)
{
    switch (kind) {
    case OSP_KIND_INT32:
        return osp_json_write_int(*(const int32_t *)value, out);
    case OSP_KIND_INT64:
        return osp_json_write_int(*(const int64_t *)value, out);
    case OSP_KIND_UINT32:
        return osp_json_write_uint(*(const uint32_t *)value, out);
    case OSP_KIND_UINT64:
        return osp_json_write_uint(*(const uint64_t *)value, out);
    case OSP_KIND_FLOAT:
        return isfinite(*(const float *)value) ? osp_json_write_float(*(const float *)value, out)
                                               : 0;
    default:
        OSP_ASSERT(kind == OSP_KIND_DOUBLE);
        return isfinite(*(const double *)value) ? osp_json_write_double(*(const double *)value, out)
                                                : 0;
    }
}

static osp_status text_write(osp_kind kind, const void *value, osp_buf *out)
{
    char text[OSP_TEXT_MAX];
    size_t len = 0;
    switch (kind) {
    case OSP_KIND_TIME:
        if (!osp_text_time_valid(*(const osp_time *)value)) {
            return OSP_E_INVALID;
        }
        len = osp_text_write_time(*(const osp_time *)value, text);
        break;
    case OSP_KIND_DATE:
        if (!osp_text_date_valid(*(const osp_date *)value)) {
            return OSP_E_INVALID;
        }
        len = osp_text_write_date(*(const osp_date *)value, text);
        break;
    case OSP_KIND_DURATION:
        len = osp_text_write_duration(*(const osp_duration *)value, text);
        break;
    default:
        OSP_ASSERT(kind == OSP_KIND_UUID);
        len = osp_text_write_uuid(*(const osp_uuid *)value, text);
        break;
    }
    osp_buf_append(out, text, len);
    return OSP_OK;
}

static osp_status enum_write(const osp_type *type, int value, osp_buf *out)
{
    OSP_ASSERT(type != NULL);
    for (uint16_t i = 0; i < type->name_count; i++) {
        if (type->names[i].value == value) {
            osp_buf_append(out, type->names[i].text, type->names[i].len);
            return OSP_OK;
        }
    }
    return OSP_E_INVALID;
}

static osp_status decimal_write(osp_decimal decimal, osp_buf *out)
{
    osp_decimal checked;
    if (osp_text_read_decimal(decimal.text, &checked) != NULL) {
        return OSP_E_INVALID;
    }
    osp_buf_str(out, decimal.text);
    return OSP_OK;
}

static osp_status number_write(osp_kind kind, const void *value, osp_buf *out)
{
    if (!osp_buf_reserve(out, OSP_JSON_NUMBER_SIZE)) {
        return OSP_E_LIMIT;
    }
    const size_t len = osp_number_text(kind, value, out->ptr + out->len);
    out->len += len;
    return len != 0 ? OSP_OK : OSP_E_JSON_NUMBER;
}

osp_status osp_scalar_write(osp_kind kind, const osp_type *type, const void *value, osp_buf *out)
{
    osp_status status = OSP_OK;
    switch (kind) {
    case OSP_KIND_BOOL:
        osp_buf_str(out, *(const bool *)value ? OSP_STR("true") : OSP_STR("false"));
        break;
    case OSP_KIND_STR:
    case OSP_KIND_MARKUP:
        osp_buf_str(out, *(const osp_str *)value);
        break;
    case OSP_KIND_DECIMAL:
        status = decimal_write(*(const osp_decimal *)value, out);
        break;
    case OSP_KIND_BYTES:
        osp_text_write_bytes(*(const osp_bytes *)value, out);
        break;
    case OSP_KIND_ENUM:
        status = enum_write(type, *(const int *)value, out);
        break;
    case OSP_KIND_TIME:
    case OSP_KIND_DATE:
    case OSP_KIND_DURATION:
    case OSP_KIND_UUID:
        status = text_write(kind, value, out);
        break;
    default:
        OSP_ASSERT(osp_kinds[kind].scalar);
        status = number_write(kind, value, out);
        break;
    }
    return status == OSP_OK && out->failed ? OSP_E_LIMIT : status;
}

/* ---------------------------------------------------------------- members */

osp_status osp_field_from_text(const osp_field *field, void *slot, osp_str text,
                               const osp_decoding *how, osp_flaw *ret_flaw)
{
    OSP_ASSERT(field != NULL);
    OSP_ASSERT(field->kind_ < OSP_KIND_COUNT);
    const osp_kind kind = (osp_kind)field->kind_;
    void *value = (char *)slot + field->value_at_;
    const osp_sentence *wrong = field->indirect_
                                    ? OSP_SAY(NO_TEXT)
                                    : osp_scalar_read(kind, field->type_, text, value, how->arena);
    if (wrong != NULL) {
        if (wrong == OSP_SAY(LARGE)) {
            return OSP_E_NOMEM;
        }
        *ret_flaw = osp_flaw_of_text(wrong, field->type_, how->arena);
        return OSP_E_TYPE_MISMATCH;
    }
    if (field->value_at_ != 0) {
        *(osp_presence *)slot = OSP_SET;
    }
    if (!osp_field_is_judged(field)) {
        return OSP_OK;
    }
    const osp_flaw flaw = osp_field_judge(field, kind, field->type_, value, true, how);
    if (flaw.says == NULL) {
        return OSP_OK;
    }
    const osp_status failure = osp_flaw_failure(flaw);
    if (failure != OSP_OK && failure != OSP_E_LIMIT) {
        return failure;
    }
    *ret_flaw = flaw;
    return OSP_E_TYPE_MISMATCH;
}
