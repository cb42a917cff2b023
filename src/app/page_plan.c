/* Compiles the templates of an application, and settles what is around what.
 *
 *     pages --> uses --> templates --> plans: items, slots, the head
 *
 * A template has one part to play: layout, page, what is in a slot, what waits, what tells of a
 * failure.  That says which values it can name, so all pages are asked for it before the first is
 * compiled.  A plan is made whether its templates compiled or not: what a compiler of one template
 * cannot see is looked for here as well, such as an outlet that is missing or that nothing fills,
 * and one run tells all of it.
 *
 * Cost: once a worker; templates times pages where the two are matched. */
#include "app/page_set.h"

#include <stdio.h>
#include <string.h>

#include "app/action.h"
#include "base/words.h"
#include "wire/uri.h"

typedef enum page_role {
    ROLE_NONE = 0,
    ROLE_LAYOUT,
    ROLE_PAGE,
    ROLE_SLOT,
    ROLE_LOADING,
    ROLE_FAILURE
} page_role;

/* What a template is for. */
typedef struct page_use {
    page_role role;
    const osp_page_part *part;     /* that it is of; NULL: of a failure */
    const osp_form_scopes *scopes; /* of the actions of the page; NULL: it has none */
    const osp_page_def *page;      /* that it is the template of; NULL: it is no page's own */
} page_use;

/* While a set is made. */
typedef struct maker {
    osp_page_set *set;
    const osp_app_def *app;
    const osp_page_reader *reader; /* NULL: the texts are those of the tables */
    osp_template_complaints said;
    page_use *uses;               /* of each template */
    uint8_t *wants;               /* of each, with its partials */
    bool *headless;               /* of each: it has been told that {{head}} is missing */
    const osp_template_file *now; /* which is compiled */
    osp_status status;            /* OSP_OK, or why it ends early */
} maker;

static void *take(maker *m, size_t count, size_t size)
{
    void *piece = osp_arena_zalloc(&m->set->arena, count > 0 ? count * size : 1);
    if (piece == NULL) {
        m->status = OSP_E_NOMEM;
    }
    return piece;
}

/* ---------------------------------------------------------------- texts */

static osp_str text_of(maker *m, const osp_template_file *file)
{
    osp_str text = { file->text, file->len };
    if (m->reader != NULL) {
        const osp_status status = m->reader->read(m->reader->arg, file, &text);
        char *copy = status == OSP_OK ? take(m, text.len, 1) : NULL;
        if (status != OSP_OK && status != OSP_E_NOT_FOUND) {
            m->status = status;
        }
        if (copy == NULL) { /* one that is gone says nothing until the build has missed it */
            return (osp_str){ 0 };
        }
        memcpy(copy, text.ptr, text.len);
        text.ptr = copy;
    }
    return text;
}

/* Whether a text has a word of HTML, in any case. */
static bool has_word(osp_str text, osp_str word)
{
    for (size_t i = 0; i + word.len <= text.len; i++) {
        if ((text.ptr[i] | 0x20) == word.ptr[0] &&
            osp_str_equal_nocase((osp_str){ text.ptr + i, word.len }, word)) {
            return true;
        }
    }
    return false;
}

/* What of the view of the request a text may need. */
static uint8_t wants_of(osp_str text)
{
    static const struct {
        osp_str word;
        uint8_t wants;
    } words[] = { { { "page.flash", 10 }, OSP_PAGE_WANTS_FLASH },
                  { { "page.csrf", 9 }, OSP_PAGE_WANTS_TOKEN },
                  { { "<form", 5 }, OSP_PAGE_WANTS_TOKEN },
                  { { "page.request_id", 15 }, OSP_PAGE_WANTS_REQUEST_ID },
                  { { "{{head}}", 8 }, OSP_PAGE_SHOWS_HEAD },
                  { { "{{ head }}", 10 }, OSP_PAGE_SHOWS_HEAD } };
    uint8_t wants = 0;
    for (size_t i = 0; i < OSP_ARRAY_LEN(words); i++) {
        wants |= has_word(text, words[i].word) ? words[i].wants : 0;
    }
    return wants;
}

/* A template by the parts of its name; NULL: there is none. */
static const osp_template_file *find_file(const osp_app_def *app, osp_str folder,
                                          const char *before, osp_str name)
{
    static const osp_str ending = { ".html", 5 };
    const size_t before_len = strlen(before);
    for (size_t i = 0; i < app->template_count; i++) {
        const osp_template_file *file = app->templates[i];
        osp_str rest = osp_str_from(file->file);
        if (rest.len == folder.len + before_len + name.len + ending.len &&
            memcmp(rest.ptr, folder.ptr, folder.len) == 0 &&
            memcmp(rest.ptr + folder.len, before, before_len) == 0 &&
            memcmp(rest.ptr + folder.len + before_len, name.ptr, name.len) == 0 &&
            memcmp(rest.ptr + rest.len - ending.len, ending.ptr, ending.len) == 0) {
            return file;
        }
    }
    return NULL;
}

/* The file of the partial whose name is nearest to one that there is not, of two that `file` could
 * call rather than another; NULL: none is near. */
static const char *nearest_partial(const osp_app_def *app, const char *file, osp_str name)
{
    const char *found = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < app->template_count; i++) {
        const char *path = app->templates[i]->file, *stem = strrchr(path, '/') + 1;
        const bool shared = strncmp(path, "lib/", 4) == 0, private = *stem == '_';
        const osp_str known = { stem + private, strlen(stem) - strlen(".html") - private };
        const size_t distance = osp_words_distance(name, known);
        if ((!shared && !private) || !osp_words_near(known, distance)) {
            continue;
        }
        const bool reached = shared || strncmp(path, file, (size_t)(stem - path)) == 0;
        if (2 * distance + !reached < best) {
            best = 2 * distance + !reached;
            found = path;
        }
    }
    return found;
}

/* `_name.html` beside the file or in a folder above it, else lib/name.html. */
static osp_status find_partial(void *arg, const char *file, osp_str name,
                               osp_template_text *ret_text)
{
    maker *m = arg;
    const osp_template_file *found = NULL;
    size_t len = strlen(file);
    while (found == NULL && len > 0) {
        while (len > 0 && file[len - 1] != '/') {
            len--;
        }
        found = len > 0 ? find_file(m->app, (osp_str){ file, len }, "_", name) : NULL;
        len -= len > 0;
    }
    if (found == NULL) {
        found = find_file(m->app, OSP_STR("lib/"), "", name);
    }
    if (found == NULL) {
        ret_text->file = nearest_partial(m->app, file, name);
        return OSP_E_NOT_FOUND;
    }
    *ret_text = (osp_template_text){ found->file, text_of(m, found) };
    m->wants[m->now->index] |= wants_of(ret_text->text);
    return m->status;
}

/* ---------------------------------------------------------------- roles */

static void set_use(maker *m, const osp_template_file *file, page_role role,
                    const osp_page_part *part)
{
    if (file == NULL) {
        return;
    }
    OSP_ASSERT(file->index < m->app->template_count);
    if (m->uses[file->index].role == ROLE_NONE) { /* one that many pages share */
        m->uses[file->index] = (page_use){ .role = role, .part = part };
    }
}

static void set_uses_of_part(maker *m, const osp_page_part *part, page_role role)
{
    set_use(m, part->html, role, part);
    set_use(m, part->loading, ROLE_LOADING, part);
    set_use(m, part->error.html, ROLE_FAILURE, NULL);
    set_use(m, part->not_found.html, ROLE_FAILURE, NULL);
}

/* A finding about a template as a whole.
 *
 * where  text of the template that it is about; NULL, or one that is not there: none */
__attribute__((format(printf, 4, 5))) static void say(maker *m, const osp_template_file *file,
                                                      const char *where, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const osp_template_text source = { file->file, text_of(m, file) };
    const size_t len = where != NULL ? strlen(where) : 0;
    const char *at = len > 0 && source.text.len > 0
                         ? memmem(source.text.ptr, source.text.len, where, len)
                         : NULL;
    const osp_str whole = { source.text.ptr, 0 };
    osp_template_complain(&m->said, &source, at != NULL ? (osp_str){ at, len } : whole, text);
}

/* The scopes that its actions give to the template of a page; NULL: they give none. */
static const osp_form_scopes *scopes_of(maker *m, const osp_page_def *def)
{
    const osp_template_file *html = def->parts[def->part_count - 1]->html;
    osp_form_scopes *scopes = take(m, 1, sizeof *scopes);
    if (scopes == NULL) {
        return NULL;
    }
    const osp_status status = osp_form_scopes_make(def->actions, &m->set->arena, scopes);
    if (status == OSP_E_LIMIT) {
        say(m, html, NULL,
            "the actions of this page have more than %d FORM members with names of their own",
            OSP_ACTION_MEMBERS_MAX);
        return NULL;
    }
    m->status = status != OSP_OK ? status : m->status;
    m->uses[html->index].scopes = scopes;
    return scopes;
}

static void set_uses(maker *m)
{
    for (size_t i = 0; i < m->app->page_count; i++) {
        const osp_page_def *def = m->app->pages[i];
        const bool fails = m->set->plans[i].fails;
        for (uint32_t n = 0; n < def->part_count; n++) {
            const bool last = n + 1 == def->part_count;
            set_uses_of_part(m, def->parts[n],
                             !last   ? ROLE_LAYOUT
                             : fails ? ROLE_FAILURE
                                     : ROLE_PAGE);
        }
        for (uint32_t n = 0; n < def->slot_count; n++) {
            set_uses_of_part(m, def->slots[n].part, ROLE_SLOT);
        }
        m->uses[def->parts[def->part_count - 1]->html->index].page = def;
        if (def->actions != NULL) {
            m->set->plans[i].scopes = scopes_of(m, def);
        }
    }
}

/* ---------------------------------------------------------------- templates */

static const osp_type *view_of(const page_use *use)
{
    if (use->role == ROLE_FAILURE) {
        return &osp_type_osp_failure_view;
    }
    const osp_route *load = use->role != ROLE_LOADING ? use->part->load : NULL;
    return load != NULL ? load->out_ : &osp_type_void;
}

/* The page that a layout is looked at for; all that have it have the same slots. */
static const osp_page_def *page_in(const maker *m, const osp_page_part *layout, uint32_t *ret_place)
{
    for (size_t i = 0; i < m->app->page_count; i++) {
        const osp_page_def *def = m->app->pages[i];
        for (uint32_t n = 0; n + 1 < def->part_count; n++) {
            if (def->parts[n] == layout) {
                *ret_place = n;
                return def;
            }
        }
    }
    return NULL;
}

static bool has_outlet(const osp_template *template, const char *name)
{
    size_t count = 0;
    const osp_str *names = osp_template_slots(template, &count);
    bool has = false;
    for (size_t i = 0; i < count; i++) {
        has |= osp_str_equal(names[i], osp_str_from(name));
    }
    return has;
}

/* What would never be shown by a layout. */
static void check_layout(maker *m, const osp_template_file *file, const osp_page_part *layout)
{
    const osp_template *template = m->set->templates[file->index];
    uint32_t place = 0;
    const osp_page_def *def = page_in(m, layout, &place);
    OSP_ASSERT(def != NULL); /* it has its role of one */
    if (!osp_template_has_outlet(template)) {
        say(m, file, NULL, "the layout has no {{outlet}}, where the pages within it are shown");
    }
    for (uint32_t i = 0; i < def->slot_count; i++) {
        const osp_page_slot *slot = &def->slots[i];
        if (slot->layout == place && !has_outlet(template, slot->name)) {
            say(m, file, NULL,
                "%s fills a slot that the layout does not show; add {{outlet @%s}}, or take the "
                "folder @%s away",
                slot->part->html->file, slot->name, slot->name);
        }
    }
}

/* Whether an action of the page has the name. */
static bool has_action(const osp_page_def *page, osp_str name, osp_nearest *nearest)
{
    for (const osp_route *const *at = page->actions; at != NULL && *at != NULL; at++) {
        if (osp_str_equal(osp_str_from((*at)->handler_), name)) {
            return true;
        }
        osp_nearest_try(nearest, (*at)->handler_);
    }
    return false;
}

/* Whether a route.c beside the page takes what forms send. */
static bool takes_posts(const osp_app_def *app, const osp_page_def *page)
{
    bool takes = false;
    for (size_t i = 0; i < app->leaf_count; i++) {
        takes |= app->leaves[i]->page == page && app->leaves[i]->by_method[OSP_METHOD_POST] != NULL;
    }
    return takes;
}

/* A form of a page that says no action. */
static bool judge_form(const maker *m, const osp_page_def *page, osp_buf *why)
{
    if (page->actions == NULL && !takes_posts(m->app, page)) {
        osp_buf_str(why, OSP_STR("nothing takes what this form sends; declare an OSP_ACTION in the "
                                 "page.c beside this page, or take POST in a route.c"));
        return false;
    }
    if (page->actions != NULL && osp_action_choose(page->actions, (osp_str){ 0 }) == NULL) {
        osp_buf_printf(why,
                       "the page has several actions, of which this form says none: say "
                       "action=\"?/%s\", or call one of them save",
                       page->actions[0]->handler_);
        return false;
    }
    return true;
}

static void say_no_action(const page_use *use, osp_str name, const osp_nearest *nearest,
                          osp_buf *why)
{
    const osp_route *const *actions = use->role == ROLE_PAGE ? use->page->actions : NULL;
    osp_buf_printf(why, "%s no action \"%.*s\"; ",
                   use->role == ROLE_PAGE ? "the page has" : "no page has", OSP_ARG(name));
    if (nearest->name != NULL) {
        osp_buf_printf(why, "did you mean %s?", nearest->name);
    } else if (actions == NULL) {
        osp_buf_str(why, OSP_STR("OSP_ACTION in the page.c beside it declares one"));
    }
    for (; nearest->name == NULL && actions != NULL && *actions != NULL; actions++) {
        osp_buf_printf(why, "%s%s", actions == use->page->actions ? "it has " : ", ",
                       (*actions)->handler_);
    }
}

/* Where a form of the template that is compiled goes: to the page that it is of.  What is within
 * many pages is not told which one it is shown in, but some must have the action. */
static bool judge_action(void *arg, osp_str name, osp_buf *why)
{
    const maker *m = arg;
    const page_use *use = &m->uses[m->now->index];
    osp_nearest nearest = { .word = name };
    bool has = use->role == ROLE_FAILURE;
    if (name.len == 0) {
        return use->role != ROLE_PAGE || judge_form(m, use->page, why);
    }
    for (size_t i = 0; i < m->app->page_count && !has; i++) {
        const osp_page_def *page = m->app->pages[i];
        has = (use->role != ROLE_PAGE || page == use->page) && has_action(page, name, &nearest);
    }
    if (!has) {
        say_no_action(use, name, &nearest, why);
    }
    return has;
}

/* Whether a name is that of a parameter of the page's URL. */
static bool is_parameter(const osp_app_def *app, const osp_page_def *page, osp_str name)
{
    bool is = false;
    for (size_t i = 0; i < app->leaf_count && page != NULL; i++) {
        const osp_route_leaf *leaf = app->leaves[i];
        for (uint8_t n = 0; n < leaf->param_count && leaf->page == page; n++) {
            is |= osp_str_equal(osp_str_from(leaf->param_names[n]), name);
        }
    }
    return is;
}

/* What to do for a name that nothing in the template has. */
static const char *judge_name(void *arg, osp_str name)
{
    const maker *m = arg;
    const page_use *use = &m->uses[m->now->index];
    if (osp_str_equal(name, OSP_STR("form")) || osp_str_equal(name, OSP_STR("errors"))) {
        return use->role == ROLE_PAGE ? "it is where the page has an OSP_ACTION with FORM members"
                                      : "it is in the template of a page that has actions";
    }
    return is_parameter(m->app, use->page, name)
               ? "a parameter of the URL is shown where the In of page.c has it as PATH, and the "
                 "View as well"
               : NULL;
}

static void compile(maker *m, const osp_template_file *file)
{
    const page_use *use = &m->uses[file->index];
    const osp_template_scope scopes[OSP_PAGE_SCOPES] = {
        { NULL, view_of(use) },
        { "page", &osp_type_osp_page_view },
        { "form", use->scopes != NULL ? &use->scopes->form : NULL },
        { "errors", use->scopes != NULL ? &use->scopes->errors : NULL },
    };
    const bool streams = use->part != NULL && use->part->load != NULL && use->part->load->streams;
    const osp_template_options options = { .scopes = scopes,
                                           .scope_count = use->scopes != NULL ? OSP_PAGE_SCOPES : 2,
                                           .filters = m->app->filters,
                                           .partial = find_partial,
                                           .arg = m,
                                           .action = judge_action,
                                           .missing = judge_name,
                                           .layout = use->role == ROLE_LAYOUT,
                                           .may_head = use->role != ROLE_LOADING,
                                           .head_bare = streams };
    const osp_template_text text = { file->file, text_of(m, file) };
    m->now = file;
    m->wants[file->index] |= wants_of(text.text);
    const osp_status status = osp_template_compile(&m->set->arena, text, &options, &m->said,
                                                   &m->set->templates[file->index]);
    if (status != OSP_OK && status != OSP_E_INVALID) {
        m->status = status;
    }
    if (status == OSP_OK && use->role == ROLE_LAYOUT) {
        check_layout(m, file, use->part);
    }
}

static const osp_template *compiled(const maker *m, const osp_template_file *file)
{
    return file != NULL ? m->set->templates[file->index] : NULL;
}

/* ---------------------------------------------------------------- heads */

/* Where an element of this key stands already; its place is the new one's. */
static uint32_t place_of(const osp_page_head_list *list, osp_str key)
{
    uint32_t at = 0;
    while (at < list->count && (key.len == 0 || !osp_str_equal(list->keys[at], key))) {
        at++;
    }
    return at;
}

static bool add_heads(osp_page_head_list *list, const osp_template *template, uint32_t item)
{
    size_t count = 0;
    const osp_template_head *heads = template != NULL ? osp_template_heads(template, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        const uint32_t at = place_of(list, heads[i].key);
        if (at == OSP_PAGE_HEADS_MAX) {
            return false;
        }
        list->heads[at] = (osp_page_head){ (uint8_t)item, (uint16_t)i };
        list->keys[at] = heads[i].key;
        list->count += at == list->count;
    }
    return true;
}

bool osp_page_heads(const osp_page_plan *plan, uint32_t depth, const osp_template *inner,
                    osp_page_head_list *ret_list)
{
    bool good = true;
    ret_list->count = 0;
    for (uint32_t i = 0; i < depth; i++) {
        good &= add_heads(ret_list, plan->items[i].template, i);
    }
    for (uint32_t i = plan->depth + 1; i < plan->item_count; i++) {
        if (plan->def->slots[i - plan->depth - 1].layout < depth) {
            good &= add_heads(ret_list, plan->items[i].template, i);
        }
    }
    return add_heads(ret_list, inner, plan->depth) && good;
}

/* ---------------------------------------------------------------- plans */

/* Whether the page is the first of those that have the layout: what is wrong with that is told
 * once. */
static bool is_first(const maker *m, const osp_page_def *page, const osp_page_part *layout)
{
    uint32_t place;
    return page_in(m, layout, &place) == page;
}

static void say_unfilled(maker *m, const osp_page_def *page, const osp_template_file *layout,
                         osp_str slot)
{
    char where[64];
    (void)snprintf(where, sizeof where, "{{outlet @%.*s", OSP_ARG(slot));
    say(m, layout, where, "nothing fills {{outlet @%.*s}} for %s; add %.*s@%.*s/default.html",
        OSP_ARG(slot), page->parts[page->part_count - 1]->html->file,
        (int)(strrchr(layout->file, '/') + 1 - layout->file), layout->file, OSP_ARG(slot));
}

static const uint8_t *find_slots(maker *m, const osp_page_plan *plan, uint32_t layout)
{
    const osp_page_def *def = plan->def;
    const osp_page_item *item = &plan->items[layout];
    size_t count = 0;
    const osp_str *names =
        item->template != NULL ? osp_template_slots(item->template, &count) : NULL;
    uint8_t *slots = take(m, count, 1);
    for (size_t i = 0; i < count && slots != NULL; i++) {
        slots[i] = OSP_PAGE_NO_ITEM;
        for (uint32_t n = 0; n < def->slot_count; n++) {
            if (def->slots[n].layout == layout &&
                osp_str_equal(osp_str_from(def->slots[n].name), names[i])) {
                slots[i] = (uint8_t)(plan->depth + 1 + n);
            }
        }
        if (slots[i] == OSP_PAGE_NO_ITEM && is_first(m, def, item->part)) {
            say_unfilled(m, def, item->part->html, names[i]);
        }
    }
    return slots;
}

static void fill_item(maker *m, osp_page_plan *plan, osp_page_item *item, const osp_page_part *part)
{
    item->part = part;
    item->template = compiled(m, part->html);
    item->loading = compiled(m, part->loading);
    item->streams = part->load != NULL && part->load->streams;
    plan->loads |= part->load != NULL;
    plan->streams |= item->streams;
    plan->wants |= m->wants[part->html->index];
    const osp_template_file *const others[] = { part->loading, part->error.html,
                                                part->not_found.html };
    for (size_t i = 0; i < OSP_ARRAY_LEN(others); i++) {
        plan->wants |= others[i] != NULL ? m->wants[others[i]->index] : 0;
    }
}

/* A {{#head}} that is shown nowhere: the document is to blame, once for all pages within it. */
static void say_headless(maker *m, const osp_page_plan *plan, const osp_template_file *giver)
{
    const osp_page_part *document = plan->items[0].part;
    if (plan->depth == 0) {
        say(m, giver, "{{#head}}",
            "the page is a document of its own, without a layout that has {{head}}: write what is "
            "in {{#head}} into its <head>");
    } else if (!m->headless[document->html->index]) {
        m->headless[document->html->index] = true;
        say(m, document->html, "<head>",
            "the layout has no {{head}}, where the {{#head}} of %s would be shown; it belongs into "
            "<head>",
            giver->file);
    }
}

/* The head of a page; one of a failure is put together when there is one. */
static void fill_heads(maker *m, osp_page_plan *plan)
{
    osp_page_head_list list;
    const osp_page_item *page = &plan->items[plan->depth];
    if (!osp_page_heads(plan, plan->depth, page->template, &list)) {
        say(m, page->part->html, "{{#head}}",
            "the page and what is around it have more than %d elements in "
            "{{#head}}",
            OSP_PAGE_HEADS_MAX);
        return;
    }
    osp_page_head *heads = take(m, list.count, sizeof *heads);
    if (heads != NULL && list.count > 0) {
        memcpy(heads, list.heads, list.count * sizeof *heads);
    }
    plan->heads = heads;
    plan->head_count = list.count;
    if (list.count > 0 && (plan->wants & OSP_PAGE_SHOWS_HEAD) == 0) {
        say_headless(m, plan, plan->items[list.heads[0].item].part->html);
    }
}

/* What of a path stands below the folder of the application; a compiler may name it from elsewhere.
 */
static osp_str below_application(const char *path)
{
    static const char folder[] = "routes/";
    osp_str found = osp_str_from(path);
    for (const char *at = path; (at = strstr(at, folder)) != NULL; at++) {
        if (at == path || at[-1] == '/') {
            found = osp_str_from(at);
        }
    }
    return found;
}

/* The folder of a file, with its '/'. */
static osp_str folder_of(osp_str file)
{
    while (file.len > 0 && file.ptr[file.len - 1] != '/') {
        file.len--;
    }
    return file;
}

bool osp_page_is_around(const osp_middleware *step, const osp_page_plan *plan, uint32_t layout)
{
    const osp_str outer = folder_of(below_application(step->place_.file));
    const osp_str inner = folder_of(osp_str_from(plan->items[layout].part->html->file));
    return outer.len <= inner.len && memcmp(outer.ptr, inner.ptr, outer.len) == 0;
}

bool osp_page_loads(const osp_page_plan *plan, uint32_t layout)
{
    bool loads = plan->items[layout].part->load != NULL;
    for (uint32_t i = 0; i < plan->def->slot_count; i++) {
        loads |= plan->def->slots[i].layout == layout && plan->def->slots[i].part->load != NULL;
    }
    return loads;
}

static bool has_step(const osp_middleware *const *chain, const osp_middleware *step)
{
    while (chain != NULL && *chain != NULL && *chain != step) {
        chain++;
    }
    return chain != NULL && *chain != NULL;
}

/* Whether a layout may be shown where no route answers: what it loads needs no middleware that has
 * not run, which is that of the pages that it is around. */
static bool is_open(const osp_app_def *app, const osp_page_plan *plan, uint32_t layout)
{
    const osp_page_part *part = plan->items[layout].part;
    for (size_t i = 0; i < app->leaf_count && osp_page_loads(plan, layout); i++) {
        const osp_route_leaf *leaf = app->leaves[i];
        const osp_middleware *const *step = leaf->chain;
        if (leaf->page == NULL || leaf->page->part_count <= layout ||
            leaf->page->parts[layout]->html != part->html) {
            continue;
        }
        for (; step != NULL && *step != NULL; step++) {
            if (!has_step(app->root_chain, *step) && osp_page_is_around(*step, plan, layout)) {
                return false;
            }
        }
    }
    return true;
}

static void make_plan(maker *m, osp_page_plan *plan)
{
    const osp_page_def *def = plan->def;
    OSP_ASSERT(def->part_count > 0);
    plan->set = m->set;
    plan->script = m->set->script;
    plan->depth = def->part_count - 1;
    plan->item_count = def->part_count + def->slot_count;
    if (plan->depth > OSP_PAGE_LAYOUTS_MAX || plan->item_count > OSP_PAGE_ITEMS_MAX) {
        say(m, def->parts[plan->depth]->html, NULL,
            "the page has %u layouts and %u slots around it; the most are %d layouts, and %d of "
            "both",
            (unsigned)plan->depth, (unsigned)def->slot_count, OSP_PAGE_LAYOUTS_MAX,
            OSP_PAGE_ITEMS_MAX - 1);
        plan->item_count = 0;
        return;
    }
    osp_page_item *items = take(m, plan->item_count, sizeof *items);
    if (items == NULL) {
        return;
    }
    plan->items = items;
    for (uint32_t i = 0; i < plan->item_count; i++) {
        fill_item(m, plan, &items[i],
                  i <= plan->depth ? def->parts[i] : def->slots[i - plan->depth - 1].part);
    }
    for (uint32_t i = 0; i < plan->depth; i++) {
        items[i].slots = find_slots(m, plan, i);
    }
    fill_heads(m, plan);
    while (plan->open_depth < plan->depth && is_open(m->app, plan, plan->open_depth)) {
        plan->open_depth++;
    }
}

static void make_table(maker *m)
{
    osp_page_set *set = m->set;
    set->mask = 1;
    while (set->mask < 2 * m->app->page_count) {
        set->mask = 2 * set->mask + 1;
    }
    set->table = take(m, set->mask + 1, sizeof *set->table);
    set->plans = take(m, m->app->page_count, sizeof *set->plans);
    for (size_t i = 0; i < m->app->page_count && m->status == OSP_OK; i++) {
        osp_page_plan *plan = &set->plans[i];
        plan->def = m->app->pages[i];
        plan->fails = true;
        set->table[osp_page_set_slot(set, plan->def)] = plan;
    }
    for (size_t i = 0; i < m->app->leaf_count && m->status == OSP_OK; i++) {
        const osp_page_def *def = m->app->leaves[i]->page;
        const osp_page_plan *plan = def != NULL ? set->table[osp_page_set_slot(set, def)] : NULL;
        OSP_ASSERT(def == NULL || plan != NULL); /* the build lists every page */
        if (plan != NULL) {
            set->plans[plan - set->plans].fails = false;
        }
    }
}

/* ---------------------------------------------------------------- all of it */

/* Where the script is, as it can stand in an attribute. */
static void find_script(maker *m)
{
    const osp_route_leaf *leaf = NULL;
    for (size_t i = 0; i < m->app->leaf_count; i++) {
        const osp_route_leaf *one = m->app->leaves[i];
        leaf = one->by_method[OSP_METHOD_GET] == &osp_route_navigate__GET ? one : leaf;
    }
    const size_t room = leaf != NULL ? 3 * strlen(leaf->pattern) + 1 : 1;
    osp_buf url;
    char *storage = take(m, room, 1);
    if (leaf == NULL || storage == NULL) {
        return;
    }
    osp_buf_init(&url, storage, room, room);
    if (osp_uri_write(osp_str_from(leaf->pattern), &url) == OSP_OK) {
        m->set->script = osp_buf_text(&url);
    }
}

static osp_status make_set(maker *m)
{
    const osp_app_def *app = m->app;
    make_table(m);
    m->uses = take(m, app->template_count, sizeof *m->uses);
    m->wants = take(m, app->template_count, sizeof *m->wants);
    m->headless = take(m, app->template_count, sizeof *m->headless);
    m->set->templates = take(m, app->template_count, sizeof *m->set->templates);
    if (m->status != OSP_OK) {
        return m->status;
    }
    find_script(m);
    set_uses(m);
    for (size_t i = 0; i < app->template_count && m->status == OSP_OK; i++) {
        OSP_ASSERT(app->templates[i]->index == i);
        if (m->uses[i].role != ROLE_NONE) {
            compile(m, app->templates[i]);
        }
    }
    for (size_t i = 0; i < app->page_count && m->status == OSP_OK; i++) {
        make_plan(m, &m->set->plans[i]);
    }
    return m->status != OSP_OK ? m->status : m->said.count > 0 ? OSP_E_INVALID : OSP_OK;
}

osp_status osp_page_set_make(osp_page_set *set, const osp_page_reader *reader, osp_buf *said,
                             size_t *ret_found)
{
    maker m = { .set = set, .app = set->app, .reader = reader, .status = OSP_OK };
    m.said.said = *said;
    const osp_status status = make_set(&m);
    *said = m.said.said;
    *ret_found = m.said.count;
    OSP_ASSERT(status != OSP_OK || m.said.count == 0);
    return status;
}
