/* Notes, as the API shows them. */
#ifndef LIB_NOTE_H
#define LIB_NOTE_H

#include <openspeed/openspeed.h>

typedef struct Note {
    int64_t id;
    osp_str text, created_at;
} Note;
OSP_LIST_OF(Note);
OSP_TYPE(Note, FIELD(id), FIELD(text), FIELD(created_at));

/* One note; NULL: there is none, or the database failed, which is the answer then. */
const Note *note_by_id(osp_ctx *ctx, int64_t id);

#endif
