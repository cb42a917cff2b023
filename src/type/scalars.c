/* The predefined types and the table of kinds.
 *
 * A list of int64_t has elements of a type like any other, so each scalar is described by an
 * osp_type without fields.  What the codec must know about a kind stands in one table: the scalar
 * inside an optional, where it lies, and the sentence for a value that is of another sort. */
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
SCALAR_TYPE(double, OSP_KIND_DOUBLE);

#define OPTIONAL(BASE, T, text)                                                                    \
    {                                                                                              \
        BASE, offsetof(T, value), true, text                                                       \
    }

const osp_kind_info osp_kinds[OSP_KIND_COUNT] = {
    [OSP_KIND_NONE] = { OSP_KIND_NONE, 0, false, "cannot be given" },
    [OSP_KIND_BOOL] = { OSP_KIND_BOOL, 0, false, "must be true or false" },
    [OSP_KIND_INT32] = { OSP_KIND_INT32, 0, false, "must be a whole number" },
    [OSP_KIND_INT64] = { OSP_KIND_INT64, 0, false, "must be a whole number" },
    [OSP_KIND_UINT32] = { OSP_KIND_UINT32, 0, false, "must be a whole number" },
    [OSP_KIND_UINT64] = { OSP_KIND_UINT64, 0, false, "must be a whole number" },
    [OSP_KIND_DOUBLE] = { OSP_KIND_DOUBLE, 0, false, "must be a number" },
    [OSP_KIND_STR] = { OSP_KIND_STR, 0, false, "must be a string" },
    [OSP_KIND_OPT_BOOL] = OPTIONAL(OSP_KIND_BOOL, osp_opt_bool, "must be true, false or null"),
    [OSP_KIND_OPT_INT] = OPTIONAL(OSP_KIND_INT64, osp_opt_int, "must be a whole number or null"),
    [OSP_KIND_OPT_DOUBLE] = OPTIONAL(OSP_KIND_DOUBLE, osp_opt_double, "must be a number or null"),
    [OSP_KIND_OPT_STR] = OPTIONAL(OSP_KIND_STR, osp_opt_str, "must be a string or null"),
    [OSP_KIND_OBJECT] = { OSP_KIND_OBJECT, 0, false, "must be an object" },
    [OSP_KIND_POINTER] = { OSP_KIND_POINTER, 0, true, "must be an object or null" },
    [OSP_KIND_LIST] = { OSP_KIND_LIST, 0, false, "must be a list" },
};
