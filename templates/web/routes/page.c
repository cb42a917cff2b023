/* The guest book. */
#include <openspeed/openspeed.h>

typedef struct Entry {
    osp_str name, text;
} Entry;
OSP_LIST_OF(Entry);
OSP_TYPE(Entry, FIELD(name), FIELD(text));

/* What page.html can name. */
typedef struct GuestBook {
    Entry_list entries;
} GuestBook;
OSP_TYPE(GuestBook, LIST(entries, Entry));

static osp_status load(osp_ctx *ctx, const void *in, GuestBook *out)
{
    out->entries = osp_db_query(ctx, Entry, "SELECT name, text FROM entry ORDER BY id DESC LIMIT 50");
    return OSP_OK;
}
OSP_PAGE(load, void, GuestBook, .summary = "The guest book");

typedef struct EntryIn {
    osp_str name, text;
} EntryIn;
OSP_TYPE(EntryIn, FORM(name, .min_len = 1, .max_len = 100),
         FORM(text, .min_len = 1, .max_len = 1000));

/* Where a member does not fit, the page is shown again with what was typed and what is wrong. */
static osp_status save(osp_ctx *ctx, const EntryIn *in, GuestBook *out)
{
    osp_db_exec(ctx, "INSERT INTO entry (name, text, created_at) VALUES (?, ?, ?)", in->name,
                in->text, osp_time_format(ctx, osp_now_us()));
    return osp_flash(ctx, "Thank you, %.*s!", OSP_ARG(in->name));
}
OSP_ACTION(save, EntryIn, GuestBook, .summary = "Write into the guest book");
