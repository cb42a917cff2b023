/* What is wrong with how pages are filled, although each of their files compiles: what streams has
 * no say in the status, and what a form is sent to has a form to read. */
#include "app/page.h"

#include <string.h>

typedef struct checking {
    const osp_app_def *app;
    osp_buf *out;
    size_t found;
    bool *seen;  /* of each template: what it is filled by has been looked at */
    bool *waits; /* of each: it stands for something that streams */
} checking;

static void say(checking *c, const osp_route *route, const char *sentence)
{
    c->found++;
    osp_buf_printf(c->out, "%s:%d: error: %s %s\n", route->file_, route->line_, route->handler_,
                   sentence);
}

static void check_part(checking *c, const osp_page_part *part, bool layout)
{
    const osp_route *load = part->load;
    const bool streams = load != NULL && load->streams;
    if (part->loading != NULL) {
        c->waits[part->loading->index] |= streams;
    }
    if (load == NULL || c->seen[part->html->index]) {
        return;
    }
    c->seen[part->html->index] = true;
    if (!load->view_) {
        say(c, load, "fills a template; declare it by OSP_PAGE");
    }
    if (streams && layout) {
        say(c, load, "is of a layout, which is sent at once; .streams is for pages and slots");
    } else if (streams && load->errors[0] != 0) {
        say(c, load,
            "streams: its status is sent before it runs, so it cannot be one of .errors; take "
            "one of the two away");
    }
}

/* Whether an input takes another body than a form. */
static bool is_no_form(const osp_type *in)
{
    bool other = in->kind == OSP_KIND_STREAM || in->kind == OSP_KIND_UNION;
    for (uint16_t i = 0; i < in->field_count; i++) {
        const uint8_t source = in->fields[i].source_;
        other |= source == OSP_SOURCE_FIELD || source == OSP_SOURCE_BODY;
    }
    return other;
}

static void check_action(checking *c, const osp_page_part *page, const osp_route *action)
{
    const osp_type *view = page->load != NULL ? page->load->out_ : NULL;
    if (action->streams) {
        say(c, action, "decides the status; .streams is for OSP_PAGE");
    }
    if (is_no_form(action->in_)) {
        say(c, action, "is what a form is sent to; its members are FORM, PATH, QUERY and the like");
    }
    if (action->out_ != view && action->out_->kind != OSP_KIND_NONE) {
        say(c, action,
            "has another View than the OSP_PAGE of its file; say that one, or void where there is "
            "none");
    }
}

static void check_page(checking *c, const osp_page_def *page)
{
    const osp_page_part *last = page->parts[page->part_count - 1];
    for (uint32_t i = 0; i < page->part_count; i++) {
        check_part(c, page->parts[i], page->parts[i] != last);
    }
    for (uint32_t i = 0; i < page->slot_count; i++) {
        check_part(c, page->slots[i].part, false);
    }
    for (const osp_route *const *at = page->actions; at != NULL && *at != NULL; at++) {
        check_action(c, last, *at);
    }
}

static void check_loading(checking *c, const osp_template_file *file)
{
    const char *name = strrchr(file->file, '/');
    if (name != NULL && strcmp(name, "/loading.html") == 0 && !c->waits[file->index]) {
        c->found++;
        osp_buf_printf(c->out,
                       "%s:1:1: error: it is never shown, for no page that it is the nearest of "
                       "streams; say .streams = true in the OSP_PAGE of a slow one\n",
                       file->file);
    }
}

size_t osp_page_check(const osp_app_def *app, osp_buf *out)
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 2 * app->template_count + 4096);
    bool *flags = osp_arena_zalloc(&arena, 2 * app->template_count + 1);
    checking c = { app, out, 0, flags, flags + app->template_count };
    for (size_t i = 0; i < app->page_count && flags != NULL; i++) {
        check_page(&c, app->pages[i]);
    }
    for (size_t i = 0; i < app->template_count && flags != NULL; i++) {
        check_loading(&c, app->templates[i]);
    }
    osp_arena_done(&arena);
    return c.found;
}
