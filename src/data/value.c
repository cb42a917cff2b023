/* Bound parameters: every scalar of the type system as one of four SQL values.
 *
 * Absent and null optionals are both SQL's NULL, since a column knows only one kind of nothing.
 * An empty slice is the empty text, never NULL: only a NULL `const char *` says NULL.  SQL's
 * integers are signed, so a larger one becomes a value that the driver refuses: wrapped round it
 * would find another row. */
#include <openspeed/data.h>

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

osp_value osp_value_of_opt_bool(osp_opt_bool v)
{
    return v.is == OSP_SET ? osp_value_of_int(v.value) : (osp_value){ 0 };
}

osp_value osp_value_of_opt_int(osp_opt_int v)
{
    return v.is == OSP_SET ? osp_value_of_int(v.value) : (osp_value){ 0 };
}

osp_value osp_value_of_opt_double(osp_opt_double v)
{
    return v.is == OSP_SET ? osp_value_of_double(v.value) : (osp_value){ 0 };
}

osp_value osp_value_of_opt_str(osp_opt_str v)
{
    return v.is == OSP_SET ? osp_value_of_str(v.value) : (osp_value){ 0 };
}
