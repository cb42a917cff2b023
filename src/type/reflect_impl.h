/* What the files of reflection share. */
#ifndef OSP_TYPE_REFLECT_IMPL_H
#define OSP_TYPE_REFLECT_IMPL_H

#include <openspeed/reflect.h>

#include "type/type_impl.h"

/* What goes before the secrets of a value wherever it is shown. */
#define OSP_SECRET_TEXT "***"

/* The JSON of a node at the end of `out`.  Returns as osp_json_encode. */
OSP_MUST_CHECK osp_status osp_node_encode(const osp_node *node, osp_buf *out);

/* As osp_copy_of, into an arena.  OSP_OK | OSP_E_NOMEM | OSP_E_JSON_DEPTH (a cycle) */
OSP_MUST_CHECK osp_status osp_value_copy(const osp_type *type, const void *value, osp_arena *arena,
                                         void **ret_copy);
/* As osp_diff, into an arena.  OSP_OK | OSP_E_NOMEM | OSP_E_JSON_DEPTH (a cycle) */
OSP_MUST_CHECK osp_status osp_value_diff(const osp_type *type, const void *a, const void *b,
                                         osp_arena *arena, osp_change_list *ret_changes);
/* As osp_dump, at the end of `out`; what does not fit is left out. */
void osp_value_dump(const osp_type *type, const void *value, osp_buf *out);

#endif
