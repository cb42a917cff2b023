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
SCALAR_TYPE(osp_markup, OSP_KIND_MARKUP);
SCALAR_TYPE(osp_bytes, OSP_KIND_BYTES);
SCALAR_TYPE(osp_time, OSP_KIND_TIME);
SCALAR_TYPE(osp_date, OSP_KIND_DATE);
SCALAR_TYPE(osp_duration, OSP_KIND_DURATION);
SCALAR_TYPE(osp_uuid, OSP_KIND_UUID);
SCALAR_TYPE(osp_json, OSP_KIND_JSON);
SCALAR_TYPE(osp_upload, OSP_KIND_UPLOAD);

#define PLAIN(T, sort)                                                                             \
    {                                                                                              \
        sizeof(T), true, false, OSP_SAY(SORT_##sort), OSP_SAY(SORT_##sort##_OR_NULL)               \
    }
#define QUOTED(T, sort)                                                                            \
    {                                                                                              \
        sizeof(T), true, true, OSP_SAY(SORT_##sort), OSP_SAY(SORT_##sort##_OR_NULL)                \
    }
#define NESTED(sort)                                                                               \
    {                                                                                              \
        0, false, false, OSP_SAY(SORT_##sort), OSP_SAY(SORT_##sort##_OR_NULL)                      \
    }
const osp_kind_info osp_kinds[OSP_KIND_COUNT] = {
    [OSP_KIND_NONE] = { 0, false, false, OSP_SAY(SORT_NONE), OSP_SAY(SORT_NONE) },
    [OSP_KIND_BOOL] = PLAIN(bool, BOOL),
    [OSP_KIND_INT32] = PLAIN(int32_t, INTEGER),
    [OSP_KIND_INT64] = PLAIN(int64_t, INTEGER),
    [OSP_KIND_UINT32] = PLAIN(uint32_t, INTEGER),
    [OSP_KIND_UINT64] = PLAIN(uint64_t, INTEGER),
    [OSP_KIND_FLOAT] = PLAIN(float, NUMBER),
    [OSP_KIND_DOUBLE] = PLAIN(double, NUMBER),
    [OSP_KIND_STR] = QUOTED(osp_str, STRING),
    [OSP_KIND_DECIMAL] = QUOTED(osp_decimal, DECIMAL),
    [OSP_KIND_MARKUP] = QUOTED(osp_markup, STRING),
    [OSP_KIND_BYTES] = QUOTED(osp_bytes, BYTES),
    [OSP_KIND_TIME] = QUOTED(osp_time, TIME),
    [OSP_KIND_DATE] = QUOTED(osp_date, DATE),
    [OSP_KIND_DURATION] = QUOTED(osp_duration, DURATION),
    [OSP_KIND_UUID] = QUOTED(osp_uuid, UUID),
    [OSP_KIND_ENUM] = QUOTED(int, STRING),
    [OSP_KIND_JSON] = NESTED(VALUE),
    [OSP_KIND_OBJECT] = NESTED(OBJECT),
    [OSP_KIND_UNION] = NESTED(OBJECT),
    [OSP_KIND_LIST] = NESTED(LIST),
    [OSP_KIND_STREAM] = { 0, false, false, OSP_SAY(SORT_NONE), OSP_SAY(SORT_NONE) },
    [OSP_KIND_UPLOAD] = { 0, false, false, OSP_SAY(SORT_NONE), OSP_SAY(SORT_NONE) },
    [OSP_KIND_ARRAY] = NESTED(LIST),
    [OSP_KIND_MAP] = NESTED(OBJECT),
};

static const char *const kind_names[OSP_KIND_COUNT] = {
    [OSP_KIND_NONE] = "void",     [OSP_KIND_STREAM] = "stream",     [OSP_KIND_BOOL] = "bool",
    [OSP_KIND_INT32] = "int32",   [OSP_KIND_INT64] = "int64",       [OSP_KIND_UINT32] = "uint32",
    [OSP_KIND_UINT64] = "uint64", [OSP_KIND_FLOAT] = "float",       [OSP_KIND_DOUBLE] = "double",
    [OSP_KIND_STR] = "str",       [OSP_KIND_DECIMAL] = "decimal",   [OSP_KIND_BYTES] = "bytes",
    [OSP_KIND_TIME] = "time",     [OSP_KIND_DATE] = "date",         [OSP_KIND_UUID] = "uuid",
    [OSP_KIND_ENUM] = "enum",     [OSP_KIND_DURATION] = "duration", [OSP_KIND_JSON] = "json",
    [OSP_KIND_OBJECT] = "object", [OSP_KIND_UNION] = "union",       [OSP_KIND_LIST] = "list",
    [OSP_KIND_ARRAY] = "array",   [OSP_KIND_MAP] = "map",           [OSP_KIND_UPLOAD] = "upload",
    [OSP_KIND_MARKUP] = "markup",
};

const char *osp_kind_name(osp_kind kind)
{
    OSP_ASSERT((unsigned)kind < OSP_KIND_COUNT);
    return kind_names[kind];
}

bool osp_kind_is_scalar(osp_kind kind)
{
    OSP_ASSERT((unsigned)kind < OSP_KIND_COUNT);
    return osp_kinds[kind].scalar;
}
