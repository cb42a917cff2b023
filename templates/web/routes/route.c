/* GET /: the guest book.  POST /: its form. */
#include "lib/html.h"

typedef struct Entry {
    osp_str name, text;
} Entry;
OSP_LIST_OF(Entry);
OSP_TYPE(Entry, FIELD(name), FIELD(text));

static osp_status write_form(osp_ctx *ctx)
{
    return osp_write(ctx, S("<h1>{{title}}</h1>\n"
                            "<form method=\"post\" action=\"/\">\n"
                            "<label>Name <input name=\"name\" maxlength=\"100\" required></label>\n"
                            "<label>Text <textarea name=\"text\" maxlength=\"1000\" rows=\"4\" "
                            "required></textarea></label>\n"
                            "<button>Write</button>\n"
                            "</form>\n"));
}

static osp_status show(osp_ctx *ctx, const void *in, osp_stream *out)
{
    const Entry_list entries =
        osp_db_query(ctx, Entry, "SELECT name, text FROM entry ORDER BY id DESC LIMIT 50");
    OSP_TRY(html_begin(ctx, out, S("{{title}}")));
    OSP_TRY(write_form(ctx));
    for (size_t i = 0; i < entries.count; i++) {
        const Entry *entry = &entries.items[i];
        OSP_TRY(osp_write(ctx, osp_format(ctx, "<blockquote>%.*s\n<footer>%.*s</footer></blockquote>\n",
                                          OSP_ARG(osp_escape_html(ctx, entry->text)),
                                          OSP_ARG(osp_escape_html(ctx, entry->name)))));
    }
    OSP_TRY(osp_write(ctx, S("<p><a href=\"/about.html\">About</a></p>\n")));
    return html_end(ctx);
}
OSP_ROUTE(GET, show, void, osp_stream, .summary = "The guest book");

typedef struct WriteIn {
    osp_str name, text;
} WriteIn;
OSP_TYPE(WriteIn, FORM(name, .min_len = 1, .max_len = 100),
         FORM(text, .min_len = 1, .max_len = 1000));

static osp_status write_entry(osp_ctx *ctx, const WriteIn *in, void *out)
{
    osp_db_exec(ctx, "INSERT INTO entry (name, text, created_at) VALUES (?, ?, ?)", in->name,
                in->text, osp_time_format(ctx, osp_now_us()));
    return osp_redirect(ctx, 303, S("/")); /* so that reloading does not write again */
}
OSP_ROUTE(POST, write_entry, WriteIn, void, .summary = "Write into the guest book", .status = 303);
