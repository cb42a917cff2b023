/* JSON for people: over lines, or as YAML. */
#ifndef OSP_API_RENDER_H
#define OSP_API_RENDER_H

#include <openspeed/reflect.h>

#include "base/buf.h"

/* Writes JSON with a line for each member, two blanks a level; lists of plain values in one line.
 */
void osp_render_json(const osp_json_value *root, osp_buf *out);
/* Writes YAML 1.2 in block style, which readers of YAML 1.1 read as the same. */
void osp_render_yaml(const osp_json_value *root, osp_buf *out);

#endif
