/* Bound parameters: every scalar of the type system as one of the values that SQL has.
 *
 * Absent and null optionals are both SQL's NULL, since a column knows only one kind of nothing.
 * An empty slice is the empty text, never NULL: only a NULL `const char *` says NULL.  SQL's
 * integers are signed, so a larger one becomes a value that the driver refuses: wrapped round it
 * would find another row. */
#include "data/db.h"

#include "type/text.h"

osp_value osp_value_of_int(int64_t v)
{
    return (osp_value){ .kind = OSP_VALUE_INT, .as.i = v };
}

osp_value osp_value_of_uint(uint64_t v)
{
    if (v > INT64_MAX) {
        return (osp_value){ .kind = OSP_VALUE_TOO_LARGE, .as.u = v };
    }
    return osp_value_of_int((int64_t)v);
}

osp_value osp_value_of_double(double v)
{
    return (osp_value){ .kind = OSP_VALUE_DOUBLE, .as.d = v };
}

osp_value osp_value_of_str(osp_str v)
{
    return (osp_value){ .kind = OSP_VALUE_TEXT, .as.s = v };
}

osp_value osp_value_of_text(const char *v)
{
    return v == NULL ? (osp_value){ 0 } : osp_value_of_str(osp_str_from(v));
}

osp_value osp_value_of_bytes(osp_bytes v)
{
    return (osp_value){ .kind = OSP_VALUE_BYTES, .as.s = { (const char *)v.ptr, v.len } };
}

osp_value osp_value_of_decimal(osp_decimal v)
{
    return osp_value_of_str(v.text);
}

osp_value osp_value_of_time(osp_time v)
{
    return osp_value_of_int(v.us);
}

osp_value osp_value_of_date(osp_date v)
{
    return (osp_value){ .kind = OSP_VALUE_DATE, .as.date = v };
}

osp_value osp_value_of_duration(osp_duration v)
{
    return osp_value_of_int(v.us);
}

osp_value osp_value_of_uuid(osp_uuid v)
{
    return (osp_value){ .kind = OSP_VALUE_UUID, .as.uuid = v };
}

osp_value osp_value_of_json(osp_json v)
{
    return osp_value_of_str(v.text);
}

#define OPTIONAL(name, of)                                                                         \
    osp_value osp_value_of_opt_##name(osp_opt_##name v)                                            \
    {                                                                                              \
        return v.is == OSP_SET ? osp_value_of_##of(v.value) : (osp_value){ 0 };                    \
    }
OPTIONAL(bool, int)
OPTIONAL(int, int)
OPTIONAL(uint, uint)
OPTIONAL(double, double)
OPTIONAL(str, str)
OPTIONAL(bytes, bytes)
OPTIONAL(decimal, decimal)
OPTIONAL(time, time)
OPTIONAL(date, date)
OPTIONAL(duration, duration)
OPTIONAL(uuid, uuid)
OPTIONAL(json, json)
#undef OPTIONAL

bool osp_value_is_day(const osp_value *value)
{
    return value->kind == OSP_VALUE_DATE && osp_text_date_valid(value->as.date);
}

size_t osp_value_text(const osp_value *value, char *out)
{
    if (value->kind == OSP_VALUE_UUID) {
        return osp_text_write_uuid(value->as.uuid, out);
    }
    OSP_ASSERT(osp_value_is_day(value));
    return osp_text_write_date(value->as.date, out);
}
