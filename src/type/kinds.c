/* The predefined types and the table of kinds.
 *
 * A list of int64_t has elements of a type like any other, so each scalar is described by an
 * osp_type without fields. */
#include "type/type_impl.h"

#define SCALAR_TYPE(T, KIND)                                                                       \
    const osp_type osp_type_##T = { .name = #T, .size = sizeof(T), .kind = (KIND) }

const osp_type osp_type_void = { .name = "void", .size = 0, .kind = OSP_KIND_NONE };
const osp_type osp_type__Bool = { .name = "bool", .size = sizeof(bool), .kind = OSP_KIND_BOOL };
SCALAR_TYPE(osp_str, OSP_KIND_STR);
SCALAR_TYPE(int32_t, OSP_KIND_INT32);
SCALAR_TYPE(int64_t, OSP_KIND_INT64);
SCALAR_TYPE(uint32_t, OSP_KIND_UINT32);
SCALAR_TYPE(uint64_t, OSP_KIND_UINT64);
SCALAR_TYPE(float, OSP_KIND_FLOAT);
SCALAR_TYPE(double, OSP_KIND_DOUBLE);
SCALAR_TYPE(osp_decimal, OSP_KIND_DECIMAL);
SCALAR_TYPE(osp_bytes, OSP_KIND_BYTES);
SCALAR_TYPE(osp_time, OSP_KIND_TIME);
SCALAR_TYPE(osp_date, OSP_KIND_DATE);
SCALAR_TYPE(osp_duration, OSP_KIND_DURATION);
SCALAR_TYPE(osp_uuid, OSP_KIND_UUID);
SCALAR_TYPE(osp_json, OSP_KIND_JSON);

#define PLAIN(T, words)                                                                            \
    {                                                                                              \
        sizeof(T), true, false, "must be " words, "must be " words " or null"                      \
    }
#define QUOTED(T, words)                                                                           \
    {                                                                                              \
        sizeof(T), true, true, "must be " words, "must be " words " or null"                       \
    }
#define NESTED(words)                                                                              \
    {                                                                                              \
        0, false, false, "must be " words, "must be " words " or null"                             \
    }
const osp_kind_info osp_kinds[OSP_KIND_COUNT] = {
    [OSP_KIND_NONE] = { 0, false, false, "cannot be given", "cannot be given" },
    [OSP_KIND_BOOL] = { sizeof(bool), true, false, "must be true or false",
                        "must be true, false or null" },
    [OSP_KIND_INT32] = PLAIN(int32_t, "a whole number"),
    [OSP_KIND_INT64] = PLAIN(int64_t, "a whole number"),
    [OSP_KIND_UINT32] = PLAIN(uint32_t, "a whole number"),
    [OSP_KIND_UINT64] = PLAIN(uint64_t, "a whole number"),
    [OSP_KIND_FLOAT] = PLAIN(float, "a number"),
    [OSP_KIND_DOUBLE] = PLAIN(double, "a number"),
    [OSP_KIND_STR] = QUOTED(osp_str, "a string"),
    [OSP_KIND_DECIMAL] = QUOTED(osp_decimal, "a string with a decimal number"),
    [OSP_KIND_BYTES] = QUOTED(osp_bytes, "a string in base64"),
    [OSP_KIND_TIME] = QUOTED(osp_time, "a string with a date and time"),
    [OSP_KIND_DATE] = QUOTED(osp_date, "a string with a date"),
    [OSP_KIND_DURATION] = QUOTED(osp_duration, "a string with a duration"),
    [OSP_KIND_UUID] = QUOTED(osp_uuid, "a string with a UUID"),
    [OSP_KIND_ENUM] = QUOTED(int, "a string"),
    [OSP_KIND_JSON] = NESTED("a value"),
    [OSP_KIND_OBJECT] = NESTED("an object"),
    [OSP_KIND_UNION] = NESTED("an object"),
    [OSP_KIND_LIST] = NESTED("a list"),
    [OSP_KIND_STREAM] = { 0, false, false, "cannot be given", "cannot be given" },
    [OSP_KIND_ARRAY] = NESTED("a list"),
    [OSP_KIND_MAP] = NESTED("an object"),
};

bool osp_kind_is_scalar(osp_kind kind)
{
    OSP_ASSERT((unsigned)kind < OSP_KIND_COUNT);
    return osp_kinds[kind].scalar;
}
