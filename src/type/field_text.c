/* A scalar member from plain text: a path segment, a query value, a header, a fallback.
 *
 * Numbers follow the grammar of JSON, so that one value has one spelling: 7, not 007 or +7.
 * Strings are the text itself, borrowed, and must be valid UTF-8. */
#include "base/utf8.h"
#include "type/type_impl.h"

static const char *bool_from_text(osp_str text, bool *slot)
{
    if (osp_str_equal(text, OSP_STR("true")) || osp_str_equal(text, OSP_STR("1"))) {
        *slot = true;
        return NULL;
    }
    if (osp_str_equal(text, OSP_STR("false")) || osp_str_equal(text, OSP_STR("0"))) {
        *slot = false;
        return NULL;
    }
    return "must be true or false";
}

static const char *number_from_text(osp_str text, osp_kind base, void *slot)
{
    osp_json_number number;
    const char *end = text.ptr + text.len;
    if (text.len == 0 || osp_json_number_scan(text.ptr, end, &number) != end) {
        return osp_kinds[base].mismatch;
    }
    return base == OSP_KIND_DOUBLE ? osp_json_number_to_double(&number, slot)
                                   : osp_json_number_to_int(&number, base, slot);
}

static const char *str_from_text(osp_str text, osp_str *slot)
{
    if (!osp_utf8_valid(text)) {
        return "must be valid UTF-8";
    }
    *slot = text;
    return NULL;
}

osp_status osp_field_from_text(const osp_field *field, void *slot, osp_str text, osp_arena *arena,
                               osp_str *ret_detail)
{
    OSP_ASSERT(field != NULL);
    OSP_ASSERT(field->kind_ < OSP_KIND_COUNT);
    const osp_kind_info *info = &osp_kinds[field->kind_];
    const osp_kind base = info->base;
    void *value = (char *)slot + info->value_at;
    const char *sentence = NULL;
    if (base == OSP_KIND_NONE || base >= OSP_KIND_OBJECT) {
        sentence = "cannot be given as text";
    } else if (base == OSP_KIND_STR) {
        sentence = str_from_text(text, value);
    } else if (base == OSP_KIND_BOOL) {
        sentence = bool_from_text(text, value);
    } else {
        sentence = number_from_text(text, base, value);
    }
    if (sentence != NULL) {
        *ret_detail = osp_str_from(sentence);
        return OSP_E_TYPE_MISMATCH;
    }
    if (info->optional) {
        *(osp_presence *)slot = OSP_SET;
    }
    const osp_str detail = osp_field_check_bounds(field, base, value, arena);
    if (detail.len != 0) {
        *ret_detail = detail;
        return OSP_E_TYPE_MISMATCH;
    }
    return OSP_OK;
}
