#include "lib/tag.h"

OSP_QUERY_ONE(TagsOut, tags_in_use);

/* In what SQLite takes for JSON a text ends at a NUL, and no other control belongs into a tag. */
const char *tag_flaw(osp_str tag)
{
    bool good = true;
    for (size_t i = 0; i < tag.len; i++) {
        good &= (unsigned char)tag.ptr[i] >= ' ' && tag.ptr[i] != 0x7f;
    }
    return good ? NULL : "must have no control characters";
}
