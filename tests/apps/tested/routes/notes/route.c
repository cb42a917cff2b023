#include "lib/notes.h"

typedef struct NoteIn { osp_str text; } NoteIn;
OSP_TYPE(NoteIn, FIELD(text, .min_len = 1, .max_len = 1000));

typedef struct Note { int64_t id; osp_str text, at, key; } Note;
OSP_TYPE(Note, FIELD(id, .read_only = true), FIELD(text), FIELD(at), FIELD(key, .secret = true));

static osp_status write_note(osp_ctx *ctx, const NoteIn *in, Note *out)
{
    const int64_t id = notes_count(ctx) + 1;
    osp_db_exec(ctx, "INSERT INTO note (id, text) VALUES (?, ?)", id, in->text);
    *out = (Note){ id, in->text, osp_time_format(ctx, osp_now_us()), S("k") };
    osp_log(ctx, OSP_LOG_INFO, "note %lld", (long long)id);
    return OSP_OK;
}
OSP_ROUTE(POST, write_note, NoteIn, Note, .status = 201);

static osp_status count(osp_ctx *ctx, const void *in, void *out)
{
    (void)in;
    (void)out;
    return osp_text(ctx, osp_format(ctx, "%lld for %.*s", (long long)notes_count(ctx),
                                    OSP_ARG(osp_client_address(ctx))));
}
OSP_ROUTE(GET, count, void, void);
