/* From folders to pages.
 *
 *     routes/layout.html             around all pages below; layouts from the root inwards
 *     routes/error.html              in the place of what is within that layout
 *     routes/blog/[id]/page.html     /blog/[id]
 *     routes/blog/@side/page.html    fills {{outlet @side}} of routes/blog/layout.html at /blog
 *     routes/blog/@side/default.html fills it at /blog/[id]
 *     routes/(plain)/x/page@.html    begins anew behind the layout of routes/
 *
 *     templates --> folders --> a part for each layout --> a page for each URL:
 *                               its layouts, itself, what fills the slots of each layout
 *
 * Which slot page is shown at which URL, and where a failure goes, is settled here, once.  A file
 * that can never be shown is a mistake: whoever wrote it believes that it is.
 *
 * Cost: files by the depth of their folders; slots by the pages around them. */
#include "build/site.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "template/template.h"

typedef enum role {
    PAGE = 0,
    LAYOUT,
    DEFAULT,
    LOADING,
    ERROR,
    NOT_FOUND,
    ROLE_COUNT,
} role;

static const char *const role_names[ROLE_COUNT] = {
    [PAGE] = "page",       [LAYOUT] = "layout", [DEFAULT] = "default",
    [LOADING] = "loading", [ERROR] = "error",   [NOT_FOUND] = "not-found",
};

typedef struct osp_site_folder folder;

struct osp_site_folder {
    const char *path; /* "routes/blog" */
    folder *parent;   /* NULL: it is routes/ */
    osp_segment segment;
    folder *slot;    /* that it is in, or is; NULL: none */
    const char *url; /* below routes/ or the slot; "" there */
    osp_site_template *html[ROLE_COUNT];
    const char *source[ROLE_COUNT]; /* page.c and its kin */
    const char *route;
    osp_kit_list slots;      /* folder *: @name/ in it */
    osp_kit_list inside;     /* folder *: of a slot: itself and those below */
    osp_site_part *part;     /* of its layout; NULL: none */
    osp_site_part *shown[2]; /* of a slot's folder: its page and its default, once they are made */
    osp_kit_list chain;      /* osp_site_part *: the layouts around what is in it */
};

typedef struct reading {
    osp_arena *arena;
    const char *dir;
    osp_site *site;
    osp_error *err;
} reading;

/* ---------------------------------------------------------------- folders */

/* Of a path below routes/ or lib/, so there is a '/'. */
static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    OSP_ASSERT(slash != NULL);
    return slash + 1;
}

static folder *find_folder(const osp_site *site, osp_str path)
{
    for (size_t i = site->folders.count; i > 0; i--) { /* the last is most likely */
        const folder *one = site->folders.items[i - 1];
        if (osp_str_equal(osp_str_from(one->path), path)) {
            return (folder *)(uintptr_t)one;
        }
    }
    return NULL;
}

static osp_str folder_of(const char *file)
{
    return (osp_str){ file, (size_t)(last_name(file) - 1 - file) };
}

static const char *url_of(osp_arena *arena, const folder *f)
{
    osp_buf text;
    osp_buf_init(&text, NULL, 0, OSP_BUILD_FILE_MAX);
    osp_buf_str(&text, osp_str_from(f->parent->url));
    osp_segment_write(&f->segment, true, &text);
    return osp_kit_take(arena, &text);
}

static osp_status begin_slot(const reading *r, folder *f)
{
    if (f->parent->slot != NULL) {
        return osp_error_set(r->err, OSP_E_BUILD,
                             "%s: a slot within a slot; a slot is filled by pages, which have no "
                             "layouts and so no slots",
                             f->path);
    }
    if (f->parent->slots.count == OSP_SITE_SLOTS_MAX) {
        return osp_error_set(r->err, OSP_E_BUILD, "%s: more than %d slots in one folder", f->path,
                             OSP_SITE_SLOTS_MAX);
    }
    osp_kit_push(r->arena, &f->parent->slots, f);
    f->slot = f;
    f->url = "";
    return OSP_OK;
}

/* The folder of a path, made where it is not known yet, with those around it. */
static osp_status take_folder(const reading *r, osp_str path, folder **ret_folder)
{
    folder *f = find_folder(r->site, path);
    if (f != NULL) {
        *ret_folder = f;
        return OSP_OK;
    }
    f = osp_kit_alloc(r->arena, sizeof(*f));
    f->path = osp_kit_string(r->arena, path);
    f->url = "";
    if (strchr(f->path, '/') != NULL) { /* below routes/: as deep as the scan lets it be */
        const char *name = last_name(f->path);
        OSP_TRY(take_folder(r, folder_of(f->path), &f->parent));
        OSP_TRY(osp_segment_parse(r->arena, osp_str_from(name), f->path, &f->segment, r->err));
        f->slot = f->parent->slot;
        f->url = url_of(r->arena, f);
        if (f->segment.kind == OSP_SEGMENT_SLOT) {
            OSP_TRY(begin_slot(r, f));
        }
        if (f->slot != NULL) {
            osp_kit_push(r->arena, &f->slot->inside, f);
        }
    }
    osp_kit_push(r->arena, &r->site->folders, f);
    *ret_folder = f;
    return OSP_OK;
}

/* ---------------------------------------------------------------- files */

static osp_status read_template(const reading *r, const char *path, osp_site_template **ret)
{
    osp_site_template *one = osp_kit_alloc(r->arena, sizeof(*one));
    OSP_TRY(osp_kit_read(r->arena, osp_kit_below(r->arena, r->dir, path), &one->text, r->err));
    one->file = path;
    if (one->text.len > OSP_TEMPLATE_SIZE_MAX) {
        return osp_error_set(r->err, OSP_E_BUILD, "%s is larger than a template may be, %u bytes",
                             path, OSP_TEMPLATE_SIZE_MAX);
    }
    if (!osp_utf8_valid(one->text) || memchr(one->text.ptr, '\0', one->text.len) != NULL) {
        return osp_error_set(r->err, OSP_E_BUILD, "%s is no text: it must be UTF-8 without NUL",
                             path);
    }
    *ret = one;
    return OSP_OK;
}

/* What a file is, by its name up to '.' or '@'. */
static role role_of(const char *name)
{
    const size_t len = strcspn(name, ".@");
    for (role i = 0; i < ROLE_COUNT; i++) {
        if (strlen(role_names[i]) == len && memcmp(role_names[i], name, len) == 0) {
            return i;
        }
    }
    return ROLE_COUNT;
}

static bool is_partial(const char *path)
{
    return strncmp(path, "routes/", 7) != 0 || last_name(path)[0] == '_';
}

static osp_status take_template(const reading *r, const char *path)
{
    osp_site_template *one;
    folder *f;
    const role as = role_of(last_name(path));
    OSP_ASSERT(as < ROLE_COUNT); /* the scan lets no other through */
    OSP_TRY(read_template(r, path, &one));
    OSP_TRY(take_folder(r, folder_of(path), &f));
    if (f->html[as] != NULL) {
        return osp_error_set(r->err, OSP_E_BUILD, "%s and %s are both the %s of one folder",
                             f->html[as]->file, path, role_names[as]);
    }
    one->index = r->site->templates.count;
    f->html[as] = one;
    osp_kit_push(r->arena, &r->site->templates, one);
    return OSP_OK;
}

static osp_status take_partials(const reading *r, const osp_scan *scan)
{
    for (size_t i = 0; i < scan->templates.count; i++) {
        osp_site_template *one;
        if (is_partial(scan->templates.items[i])) {
            OSP_TRY(read_template(r, scan->templates.items[i], &one));
            one->index = r->site->templates.count;
            osp_kit_push(r->arena, &r->site->templates, one);
        }
    }
    return OSP_OK;
}

static osp_status take_source(const reading *r, const char *path)
{
    folder *f = find_folder(r->site, folder_of(path));
    const role as = role_of(last_name(path));
    OSP_ASSERT(as <= DEFAULT);
    if (f == NULL || f->html[as] == NULL) {
        return osp_error_set(r->err, OSP_E_BUILD, "%s fills nothing: there is no %s.html beside it",
                             path, role_names[as]);
    }
    f->source[as] = path;
    return OSP_OK;
}

static osp_status take_files(const reading *r, const osp_scan *scan)
{
    for (size_t i = 0; i < scan->templates.count; i++) {
        if (!is_partial(scan->templates.items[i])) {
            OSP_TRY(take_template(r, scan->templates.items[i]));
        }
    }
    OSP_TRY(take_partials(r, scan));
    for (size_t i = 0; i < scan->pages.count; i++) {
        OSP_TRY(take_source(r, scan->pages.items[i]));
    }
    for (size_t i = 0; i < scan->routes.count; i++) {
        folder *f = find_folder(r->site, folder_of(scan->routes.items[i]));
        if (f != NULL) {
            f->route = scan->routes.items[i];
        }
    }
    return OSP_OK;
}

/* ---------------------------------------------------------------- layouts */

static bool is_around(const folder *outer, const folder *inner)
{
    while (inner != NULL && inner != outer) {
        inner = inner->parent;
    }
    return inner == outer;
}

/* How many of the layouts are around what is in a folder. */
static uint32_t depth_in(const osp_kit_list *chain, const folder *f)
{
    uint32_t depth = 0;
    for (size_t i = 0; i < chain->count; i++) {
        depth += is_around(((const osp_site_part *)chain->items[i])->folder, f);
    }
    return depth;
}

/* The nearest template of a kind from a folder outwards, not beyond a slot. */
static const folder *nearest(const folder *from, role as)
{
    for (; from != NULL; from = from->parent) {
        if (from->html[as] != NULL) {
            return from;
        }
        if (from->slot == from) {
            return NULL;
        }
    }
    return NULL;
}

static osp_site_failure find_failure(const folder *from, role as, const osp_kit_list *chain)
{
    const folder *at = nearest(from, as);
    return at == NULL ? (osp_site_failure){ .html = NULL }
                      : (osp_site_failure){ at->html[as], depth_in(chain, at) };
}

static osp_site_part *new_part(const reading *r, const folder *f, role as)
{
    OSP_ASSERT(f->html[as] != NULL);
    osp_site_part *part = osp_kit_alloc(r->arena, sizeof(*part));
    part->folder = f;
    part->html = f->html[as];
    part->source = f->source[as];
    part->is_slot = f->slot != NULL;
    part->index = r->site->parts.count;
    osp_kit_push(r->arena, &r->site->parts, part);
    return part;
}

/* Where a part is shown and where it is not, from `from` outwards. */
static void place_part(osp_site_part *part, const folder *from, const osp_kit_list *chain)
{
    const folder *loading = nearest(from, LOADING);
    part->loading = loading != NULL ? loading->html[LOADING] : NULL;
    part->error = find_failure(from, ERROR, chain);
    part->not_found = find_failure(from, NOT_FOUND, chain);
}

/* What "(shop)" of page@(shop).html names: a folder from `from` outwards; routes/ where it is
 * empty.
 */
static osp_status find_reset(const reading *r, const folder *from, const osp_site_template *html,
                             const folder **ret_target)
{
    const char *begin = strchr(last_name(html->file), '@') + 1;
    const osp_str name = { begin, strlen(begin) - strlen(".html") };
    const folder *at = from;
    while (at != NULL && at->parent != NULL &&
           (name.len == 0 || !osp_str_equal(osp_str_from(last_name(at->path)), name))) {
        at = at->parent;
    }
    if (at == NULL || (at->parent == NULL && name.len != 0)) {
        return osp_error_set(r->err, OSP_E_BUILD,
                             "%s: there is no folder %.*s/ around it whose layouts it could keep; "
                             "without a name it keeps that of routes/ alone",
                             html->file, OSP_ARG(name));
    }
    *ret_target = at;
    return OSP_OK;
}

static bool is_reset(const osp_site_template *html)
{
    return strchr(last_name(html->file), '@') != NULL;
}

/* Layouts around what is in a folder; those around the folder are known. */
static osp_status make_chain(const reading *r, folder *f)
{
    const osp_site_template *html = f->html[LAYOUT];
    const folder *base = f->parent;
    if (html != NULL && is_reset(html)) {
        OSP_TRY(find_reset(r, f->parent, html, &base));
    }
    for (size_t i = 0; base != NULL && i < base->chain.count; i++) {
        osp_kit_push(r->arena, &f->chain, base->chain.items[i]);
    }
    if (html != NULL) {
        f->part = new_part(r, f, LAYOUT);
        place_part(f->part, f->parent, &f->chain);
        osp_kit_push(r->arena, &f->chain, f->part);
    }
    return OSP_OK;
}

/* What a folder may not have. */
static osp_status check_folder(const reading *r, const folder *f)
{
    const osp_site_template *layout = f->html[LAYOUT], *deflt = f->html[DEFAULT];
    if (f->slot != NULL && layout != NULL) {
        return osp_error_set(r->err, OSP_E_BUILD,
                             "%s: a slot has no layouts; write what is around its pages into them, "
                             "or around {{outlet @%.*s}}",
                             layout->file, OSP_ARG(f->slot->segment.name));
    }
    if (f->slot == NULL && deflt != NULL) {
        return osp_error_set(r->err, OSP_E_BUILD,
                             "%s: a default is what a slot shows at URLs that it has no page for; "
                             "it belongs into a folder such as %s/@side/",
                             deflt->file, f->path);
    }
    if (f->slot == f && f->parent->html[LAYOUT] == NULL) {
        return osp_error_set(r->err, OSP_E_BUILD,
                             "%s: there is no %s/layout.html whose {{outlet @%.*s}} it would fill",
                             f->path, f->parent->path, OSP_ARG(f->segment.name));
    }
    if (f->slot != NULL && f->html[PAGE] != NULL && is_reset(f->html[PAGE])) {
        return osp_error_set(r->err, OSP_E_BUILD,
                             "%s: the page of a slot has no layouts to choose from; call it "
                             "page.html",
                             f->html[PAGE]->file);
    }
    return OSP_OK;
}

/* ---------------------------------------------------------------- slots */

/* Whether a URL is another or leads to it. */
static bool leads_to(const char *url, const char *other)
{
    const size_t len = strlen(url);
    return strncmp(url, other, len) == 0 && (other[len] == '/' || other[len] == '\0');
}

/* The folder in a slot whose page or default is shown at a URL, the nearest; NULL: there is none.
 */
static folder *find_filling(const folder *slot, role as, const char *url)
{
    const folder *best = NULL;
    for (size_t i = 0; i < slot->inside.count; i++) {
        const folder *one = slot->inside.items[i];
        const bool fits = as == PAGE ? strcmp(one->url, url) == 0 : leads_to(one->url, url);
        if (one->html[as] != NULL && fits &&
            (best == NULL || strlen(one->url) > strlen(best->url))) {
            best = one;
        }
    }
    return (folder *)(uintptr_t)best;
}

static osp_site_part *fill(const reading *r, folder *f, role as, const osp_kit_list *chain)
{
    OSP_ASSERT(f->slot != NULL && (as == PAGE || as == DEFAULT));
    osp_site_part **shown = &f->shown[as == DEFAULT];
    if (*shown != NULL) {
        return *shown;
    }
    *shown = new_part(r, f, as);
    place_part(*shown, f, chain);
    if ((*shown)->error.html != NULL) {
        (*shown)->error.depth = OSP_PAGE_IN_PLACE;
    } else { /* as the layout fails that the slot is in */
        (*shown)->error = find_failure(f->slot->parent->parent, ERROR, chain);
    }
    if ((*shown)->not_found.html != NULL) {
        (*shown)->not_found.depth = OSP_PAGE_IN_PLACE;
    } else {
        (*shown)->not_found = find_failure(f->slot->parent->parent, NOT_FOUND, chain);
    }
    return *shown;
}

/* file: of the page around which the layout is */
static osp_status fill_slot(const reading *r, osp_site_def *def, uint32_t layout,
                            const folder *slot, const char *url, const char *file)
{
    osp_site_slot *filled = osp_kit_alloc(r->arena, sizeof(*filled));
    OSP_ASSERT(layout + 1 < def->parts.count);
    const osp_site_part *around = def->parts.items[layout];
    role as = PAGE;
    folder *f = url != NULL ? find_filling(slot, PAGE, url) : NULL;
    if (f == NULL) {
        as = DEFAULT;
        f = find_filling(slot, DEFAULT, url != NULL ? url : "");
    }
    if (f == NULL) {
        return osp_error_set(r->err, OSP_E_BUILD,
                             "%s is shown in %s, whose slot @%.*s has nothing for it: add "
                             "%s/default.html",
                             file, around->html->file, OSP_ARG(slot->segment.name), slot->path);
    }
    filled->layout = layout;
    filled->name = osp_kit_string(r->arena, slot->segment.name);
    filled->part = fill(r, f, as, &def->parts);
    osp_kit_push(r->arena, &def->slots, filled);
    return OSP_OK;
}

/* ---------------------------------------------------------------- pages */

static void note_used(const osp_site_part *part)
{
    const osp_site_template *const seen[] = { part->html, part->loading, part->error.html,
                                              part->not_found.html };
    for (size_t i = 0; i < OSP_ARRAY_LEN(seen); i++) {
        if (seen[i] != NULL) {
            ((osp_site_template *)(uintptr_t)seen[i])->used = true;
        }
    }
}

/* A page of the layouts of a chain, and a part within them.
 *
 * at   the folder whose URL it is
 * as   PAGE; or what is shown in its place, where no slot has a page */
static osp_status make_def(const reading *r, const osp_kit_list *chain, osp_site_part *part,
                           const folder *at, role as, osp_site_def **ret_def)
{
    osp_site_def *def = osp_kit_alloc(r->arena, sizeof(*def));
    for (size_t i = 0; i < chain->count; i++) {
        osp_kit_push(r->arena, &def->parts, chain->items[i]);
    }
    osp_kit_push(r->arena, &def->parts, part);
    for (size_t i = 0; i < chain->count; i++) {
        const folder *around = ((const osp_site_part *)chain->items[i])->folder;
        for (size_t k = 0; k < around->slots.count; k++) {
            OSP_ASSERT(strncmp(at->url, around->url, strlen(around->url)) == 0);
            const char *url = as == PAGE ? at->url + strlen(around->url) : NULL;
            OSP_TRY(fill_slot(r, def, (uint32_t)i, around->slots.items[k], url, part->html->file));
        }
    }
    for (size_t i = 0; i < def->parts.count; i++) {
        note_used(def->parts.items[i]);
    }
    for (size_t i = 0; i < def->slots.count; i++) {
        note_used(((const osp_site_slot *)def->slots.items[i])->part);
    }
    def->index = r->site->defs.count;
    osp_kit_push(r->arena, &r->site->defs, def);
    *ret_def = def;
    return OSP_OK;
}

static osp_status make_page(const reading *r, const folder *f)
{
    const folder *around = f;
    osp_site_def *def;
    if (is_reset(f->html[PAGE])) {
        OSP_TRY(find_reset(r, f, f->html[PAGE], &around));
    }
    osp_site_part *part = new_part(r, f, PAGE);
    place_part(part, f, &around->chain);
    OSP_TRY(make_def(r, &around->chain, part, f, PAGE, &def));
    def->route = f->route;
    return OSP_OK;
}

/* What is shown where no page is. */
static osp_status make_substitute(const reading *r, const folder *f, role as,
                                  osp_site_def **ret_def)
{
    return make_def(r, &f->chain, new_part(r, f, as), f, as, ret_def);
}

osp_status osp_site_read(osp_arena *arena, const char *dir, const osp_scan *scan,
                         osp_site *ret_site, osp_error *err)
{
    const reading r = { arena, dir, ret_site, err };
    *ret_site = (osp_site){ .arena = arena };
    OSP_TRY(take_files(&r, scan));
    for (size_t i = 0; i < ret_site->folders.count; i++) {
        folder *f = (folder *)(uintptr_t)ret_site->folders.items[i];
        OSP_TRY(check_folder(&r, f));
        OSP_TRY(make_chain(&r, f));
    }
    for (size_t i = 0; i < ret_site->folders.count; i++) {
        const folder *f = ret_site->folders.items[i];
        if (f->slot == NULL && f->html[PAGE] != NULL) {
            OSP_TRY(make_page(&r, f));
        }
    }
    const folder *root = find_folder(ret_site, OSP_STR("routes"));
    if (root != NULL && root->html[ERROR] != NULL) {
        OSP_TRY(make_substitute(&r, root, ERROR, &ret_site->failure));
    }
    return OSP_OK;
}

bool osp_site_has_layouts(const osp_site *site)
{
    bool has = false;
    for (size_t i = 0; i < site->defs.count; i++) {
        has |= ((const osp_site_def *)site->defs.items[i])->parts.count > 1;
    }
    return has;
}

bool osp_site_take_route(const osp_site *site, const char *file)
{
    const folder *f = find_folder(site, folder_of(file));
    return f != NULL && f->html[PAGE] != NULL && f->slot == NULL;
}

/* ---------------------------------------------------------------- URLs */

/* Two of one URL, through groups: the outer one answers; beside each other none goes first. */
static osp_status check_twins(const reading *r, const folder *f, const osp_site_def *def)
{
    const osp_site_part *other = def->parts.items[def->parts.count - 1];
    return is_around(other->folder, f)
               ? OSP_OK
               : osp_error_set(r->err, OSP_E_BUILD,
                               "%s and %s would both be shown for URLs below %s/ that nothing "
                               "answers; keep one, or add one in a folder around both",
                               other->html->file, f->html[NOT_FOUND]->file, f->url);
}

static osp_status add_not_found(const reading *r, const folder *f, osp_trie *trie)
{
    osp_kit_list nodes;
    osp_site_def *def = NULL;
    osp_trie_find(trie, f->html[NOT_FOUND]->file, &nodes);
    for (size_t i = 0; i < nodes.count; i++) {
        osp_trie_node *node = (osp_trie_node *)(uintptr_t)nodes.items[i];
        if (node->not_found != NULL) {
            OSP_TRY(check_twins(r, f, node->not_found));
            continue;
        }
        if (def == NULL) {
            OSP_TRY(make_substitute(r, f, NOT_FOUND, &def));
        }
        node->not_found = def;
    }
    return OSP_OK;
}

static osp_status add_leaf(const osp_site_def *def, osp_trie *trie, osp_error *err)
{
    const osp_site_part *part = def->parts.items[def->parts.count - 1];
    OSP_TRY(osp_trie_add(trie, part->html->file, err));
    osp_trie_leaf *leaf = (osp_trie_leaf *)(uintptr_t)trie->leaves.items[trie->leaves.count - 1];
    OSP_ASSERT(def->leaf == NULL && leaf->page == NULL);
    leaf->page = def;
    ((osp_site_def *)(uintptr_t)def)->leaf = leaf;
    return OSP_OK;
}

/* A page of a slot that no page is beside. */
static osp_status refuse_alone(const reading *r, const folder *f)
{
    OSP_ASSERT(f->slot != NULL); /* any other page is shown at its own URL */
    const folder *around = f->slot->parent;
    return osp_error_set(
        r->err, OSP_E_BUILD, "%s is never shown: it fills @%.*s at %s%s, where %s has no page.html",
        f->html[PAGE]->file, OSP_ARG(f->slot->segment.name), around->url,
        around->url[0] == '\0' && f->url[0] == '\0' ? "/" : f->url, around->html[LAYOUT]->file);
}

/* Why nobody ever sees a template. */
static osp_status refuse_unused(const reading *r, const folder *f, role as)
{
    static const char *const why[ROLE_COUNT] = {
        [LAYOUT] = "there is no page.html at or below its folder",
        [LOADING] = "no page.html at or below its folder has it as the nearest one",
        [ERROR] = "no page.html at or below its folder has it as the nearest one",
        [NOT_FOUND] = "there is no page.html and no route.c at or below its folder",
    };
    OSP_ASSERT(as == PAGE || why[as] != NULL);
    return as == PAGE ? refuse_alone(r, f)
                      : osp_error_set(r->err, OSP_E_BUILD, "%s is never shown: %s",
                                      f->html[as]->file, why[as]);
}

static osp_status check_used(const reading *r)
{
    for (size_t i = 0; i < r->site->folders.count; i++) {
        const folder *f = r->site->folders.items[i];
        for (role as = 0; as < ROLE_COUNT; as++) {
            if (f->html[as] != NULL && !f->html[as]->used && as != DEFAULT) { /* it may wait */
                return refuse_unused(r, f, as);
            }
        }
    }
    return OSP_OK;
}

osp_status osp_site_add(osp_site *site, osp_trie *trie, osp_error *err)
{
    const reading r = { site->arena, NULL, site, err };
    for (size_t i = 0; i < site->defs.count; i++) {
        if (site->defs.items[i] != site->failure) {
            OSP_TRY(add_leaf(site->defs.items[i], trie, err));
        }
    }
    for (size_t i = 0; i < site->folders.count; i++) {
        const folder *f = site->folders.items[i];
        if (f->slot == NULL && f->html[NOT_FOUND] != NULL) {
            OSP_TRY(add_not_found(&r, f, trie));
        }
    }
    return check_used(&r);
}
