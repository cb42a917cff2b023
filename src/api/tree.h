/* A JSON text as a tree, for tools that compare or rewrite whole documents. */
#ifndef OSP_API_TREE_H
#define OSP_API_TREE_H

#include "base/arena.h"
#include "base/buf.h"

typedef enum osp_tree_kind {
    OSP_TREE_WORD = 0, /* a number, true, false, null */
    OSP_TREE_TEXT,
    OSP_TREE_ARRAY,
    OSP_TREE_OBJECT
} osp_tree_kind;

/* A value.  Texts are slices of the source: of strings what stands between the quotes, escaped. */
typedef struct osp_tree {
    osp_tree_kind kind;
    osp_str key; /* of a member */
    osp_str text;
    struct osp_tree *first, *next; /* items or members, in their order */
} osp_tree;

/* Reads a JSON text, which is borrowed as long as the tree.
 * OSP_OK | OSP_E_JSON_* | OSP_E_NOMEM. */
OSP_MUST_CHECK osp_status osp_tree_read(osp_arena *arena, osp_str text, osp_tree **ret_root,
                                        osp_error *err);
/* The member of an object, or NULL; also when `node` is NULL or no object. */
const osp_tree *osp_tree_member(const osp_tree *node, osp_str key);
/* Whether two values are equal, whatever the order of members. */
bool osp_tree_equal(const osp_tree *a, const osp_tree *b);

/* Writes JSON with a line for each member, two blanks a level; lists of plain values in one line.
 */
void osp_tree_pretty(const osp_tree *root, osp_buf *out);
/* Writes YAML 1.2 in block style, which readers of YAML 1.1 read as the same. */
void osp_tree_yaml(const osp_tree *root, osp_buf *out);

#endif
