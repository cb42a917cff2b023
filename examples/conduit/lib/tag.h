/* Tags. */
#ifndef CONDUIT_TAG_H
#define CONDUIT_TAG_H

#include <openspeed/openspeed.h>

#define TAG_MAX 64 /* characters */
#define TAGS_MAX 20 /* of an article */

typedef struct TagsOut { osp_str_list tags; } TagsOut;
OSP_TYPE(TagsOut, LIST(tags, osp_str));

/* Those in use, the most used first. */
TagsOut *tags_in_use(osp_ctx *ctx);

/* A check for a tag: NULL, or what is wrong. */
const char *tag_flaw(osp_str tag);

#endif
