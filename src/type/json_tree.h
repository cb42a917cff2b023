/* JSON of any form as a tree in an arena. */
#ifndef OSP_TYPE_JSON_TREE_H
#define OSP_TYPE_JSON_TREE_H

#include <openspeed/reflect.h>

#include "base/arena.h"

/* As osp_json_read.  Memory: at most 150 bytes for each value of the text. */
OSP_MUST_CHECK osp_status osp_json_tree_read(osp_str text, osp_arena *arena,
                                             const osp_json_value **ret_value, osp_error *err);
/* A scalar as text: a string as it is, anything else as it is spelt.  Empty for a list or object,
 * and for NULL. */
osp_str osp_json_tree_text(const osp_json_value *value);
/* A total order, of two numbers by their value, else without a meaning; 0: equal as JSON. */
int osp_json_tree_compare(const osp_json_value *a, const osp_json_value *b);
/* The same for values that are equal. */
uint64_t osp_json_tree_hash(const osp_json_value *value);

#endif
