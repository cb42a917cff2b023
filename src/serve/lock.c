/* What is reviewed of an application's URLs.
 *
 *     GET /notes/[id]  by current_user
 *         through log, guard
 *         path id int64
 *         query? page int32 from 1 to 100 = "1"
 *         gives 200 Note
 *
 *     GET /settings  by current_user
 *         page routes/settings/page.html
 *         within routes/layout.html, routes/(account)/layout.html by current_user
 *         in routes/layout.html: cookie theme? str
 *     POST /settings?/save  by current_user
 *         form name str, 1 to 60
 *
 *     files public/img/ 12  public
 *
 *     all failures
 *         give Sorry
 *
 *     type Note
 *         text str, 1 to 500
 *
 * Types stand once, behind the routes, so that a member that changes is one line of a diff. Nothing
 * in here depends on the order of links or on addresses: the same application, the same text. Files
 * are counted and not named: they change with each build of a front end. */
#include "serve/lock.h"

#include <stdlib.h>
#include <string.h>

#include "app/ctx.h"
#include "app/graph.h"
#include "http/params.h"
#include "type/json.h"

typedef struct locking {
    osp_buf *out;
    const osp_type *types[OSP_LOCK_TYPES_MAX];
    size_t type_count;
} locking;

/* ---------------------------------------------------------------- types */

static bool is_one(const osp_type *a, const osp_type *b)
{
    return a == b || (strcmp(a->name, b->name) == 0 && a->line_ == b->line_ && a->file_ != NULL &&
                      b->file_ != NULL && strcmp(a->file_, b->file_) == 0);
}

/* Remembers a type that has something to say, once. */
static void add_type(locking *l, const osp_type *type)
{
    if (type == NULL ||
        (type->field_count == 0 && type->case_count == 0 && type->name_count == 0)) {
        return;
    }
    for (size_t i = 0; i < l->type_count; i++) {
        if (is_one(l->types[i], type)) {
            return;
        }
    }
    if (l->type_count < OSP_LOCK_TYPES_MAX) {
        l->types[l->type_count++] = type;
    }
}

/* "Note", "int64". */
static void write_name(locking *l, const osp_type *type)
{
    osp_buf_str(l->out, osp_str_from(type->file_ != NULL ? type->name
                                                         : osp_kind_name((osp_kind)type->kind)));
    add_type(l, type);
}

static void write_bound(osp_buf *out, const char *closed, const char *open, osp_bound bound)
{
    if (bound.is) {
        osp_buf_printf(out, " %s %.17g", bound.open ? open : closed, bound.value);
    }
}

static void write_rules(const osp_field *field, osp_buf *out)
{
    static const char *const formats[OSP_FORMAT_COUNT] = {
        [OSP_FORMAT_EMAIL] = "email",       [OSP_FORMAT_URL] = "url",   [OSP_FORMAT_URI] = "uri",
        [OSP_FORMAT_HOSTNAME] = "hostname", [OSP_FORMAT_IPV4] = "ipv4", [OSP_FORMAT_IPV6] = "ipv6",
        [OSP_FORMAT_SLUG] = "slug",         [OSP_FORMAT_TIME] = "time",
    };
    const struct {
        bool is;
        const char *word;
    } words[] = {
        { field->nomatch, "nomatch" },       { field->secret, "secret" },
        { field->read_only, "read only" },   { field->write_only, "write only" },
        { field->deprecated, "deprecated" }, { field->unique, "unique" },
        { field->as_string, "as string" },   { field->check_ != NULL, "checked" },
        { field->joined, "joined" },
    };
    write_bound(out, "from", "above", field->range_.min);
    write_bound(out, "to", "below", field->range_.max);
    if (field->min_len != 0 || field->max_len != 0) {
        osp_buf_printf(out, ", %u to ", field->min_len);
        if (field->max_len != 0) {
            osp_buf_printf(out, "%u", field->max_len);
        } else {
            osp_buf_str(out, OSP_STR("any"));
        }
    }
    if (field->multiple_of > 0) {
        osp_buf_printf(out, ", multiple of %.17g", field->multiple_of);
    }
    if (field->format != OSP_FORMAT_ANY && field->format < OSP_FORMAT_COUNT) {
        osp_buf_printf(out, ", %s", formats[field->format]);
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(words); i++) {
        if (words[i].is) {
            osp_buf_printf(out, ", %s", words[i].word);
        }
    }
    if (field->pattern != NULL) {
        osp_buf_printf(out, ", pattern %s", field->pattern);
    }
    if (field->media_types != NULL) {
        osp_buf_printf(out, ", media types %s", field->media_types);
    }
    if (field->each_ != NULL) {
        osp_buf_str(out, OSP_STR(", each"));
        write_rules(field->each_, out); /* once: items have no items here */
    }
}

/* " query page? int32 from 1 to 100 = "1"". */
static void write_member(locking *l, const char *source, const osp_field *field)
{
    osp_buf *out = l->out;
    const osp_kind kind = (osp_kind)field->kind_;
    const osp_str name = osp_field_name(field);
    const bool optional = osp_field_is_optional(field) || field->fallback != NULL;
    if (source != NULL) {
        osp_buf_printf(out, " %s", source);
    }
    osp_buf_printf(out, " %.*s%s ", OSP_ARG(name), optional ? "?" : "");
    if (field->type_ == NULL || kind >= OSP_KIND_LIST) {
        osp_buf_str(out, osp_str_from(osp_kind_name(kind)));
    }
    if (field->type_ != NULL) {
        osp_buf_str(out, kind >= OSP_KIND_LIST ? OSP_STR(" of ") : OSP_STR(""));
        write_name(l, field->type_);
    }
    write_rules(field, out);
    if (field->fallback != NULL) {
        osp_buf_printf(out, " = \"%s\"", field->fallback);
    }
    osp_buf_byte(out, '\n');
}

static void write_field(locking *l, const char *source, const osp_field *field)
{
    osp_buf_str(l->out, OSP_STR("   "));
    write_member(l, source, field);
}

static void write_type(locking *l, const osp_type *type)
{
    osp_buf *out = l->out;
    osp_buf_printf(out, "\ntype %s\n", type->name);
    for (uint16_t i = 0; i < type->field_count; i++) {
        write_field(l, NULL, &type->fields[i]);
    }
    for (uint16_t i = 0; i < type->name_count; i++) {
        osp_buf_printf(out, "    %s\n", type->names[i].text);
    }
    for (uint16_t i = 0; i < type->case_count; i++) {
        osp_buf_printf(out, "    %s \"%s\" ", type->discriminator, type->cases[i].name);
        write_name(l, type->cases[i].type);
        osp_buf_byte(out, '\n');
    }
}

static int by_name(const void *a, const void *b)
{
    const osp_type *one = *(const osp_type *const *)a, *other = *(const osp_type *const *)b;
    const int name = strcmp(one->name, other->name);
    const int file = name != 0 ? name
                               : strcmp(one->file_ != NULL ? one->file_ : "",
                                        other->file_ != NULL ? other->file_ : "");
    return file != 0 ? file : one->line_ - other->line_;
}

/* What is written first finds what is behind it; the second time it is in order. */
static void write_types(locking *l)
{
    const size_t begin = l->out->len;
    for (size_t i = 0; i < l->type_count; i++) {
        write_type(l, l->types[i]);
    }
    l->out->len = begin;
    if (l->type_count > 1) {
        qsort(l->types, l->type_count, sizeof(l->types[0]), by_name);
    }
    for (size_t i = 0; i < l->type_count; i++) {
        write_type(l, l->types[i]);
    }
}

/* ---------------------------------------------------------------- routes */

/* Those who say who asks, each once. */
typedef struct guards {
    const osp_provider *items[OSP_PROVIDERS_MAX];
    size_t count;
} guards;

static void add_guards(guards *g, const osp_route_leaf *leaf, const osp_route *route)
{
    osp_reached reached[OSP_PROVIDERS_MAX];
    const size_t count = osp_graph_reach(leaf, route, reached, OSP_PROVIDERS_MAX);
    for (size_t i = 0; i < count; i++) {
        bool known = !reached[i].needed || !reached[i].provider->authenticates;
        for (size_t k = 0; k < g->count && !known; k++) {
            known = g->items[k] == reached[i].provider;
        }
        if (!known && g->count < OSP_PROVIDERS_MAX) {
            g->items[g->count++] = reached[i].provider;
        }
    }
}

/* " by one, other"; `none` where there is nobody. */
static void write_guards(const guards *g, const char *none, osp_buf *out)
{
    for (size_t i = 0; i < g->count; i++) {
        osp_buf_printf(out, "%s%s", i == 0 ? " by " : ", ", g->items[i]->name_);
    }
    osp_buf_str(out, osp_str_from(g->count == 0 ? none : ""));
}

/* Who has to say who he is, or that nobody has to.  For a page each layout may ask. */
static void write_guard(const osp_route_leaf *leaf, const osp_route *route, osp_buf *out)
{
    guards g = { .count = 0 };
    add_guards(&g, leaf, route);
    const osp_page_def *page = osp_leaf_shows(leaf, route) ? leaf->page : NULL;
    for (uint32_t i = 0; page != NULL && i + 1 < page->part_count; i++) {
        if (page->parts[i]->load != NULL) {
            add_guards(&g, leaf, page->parts[i]->load);
        }
    }
    osp_buf_byte(out, ' ');
    write_guards(&g, " public", out);
    osp_buf_byte(out, '\n');
}

/* "routes/layout.html by viewer": a part of a page with who says who asks. */
static void write_part(const char *before, const osp_page_part *part, osp_buf *out)
{
    static const osp_route_leaf alone = { .pattern = "" }; /* without the chain around all of it */
    guards g = { .count = 0 };
    if (part->load != NULL) {
        add_guards(&g, &alone, part->load);
    }
    osp_buf_printf(out, "%s%s", before, part->html->file);
    write_guards(&g, "", out);
}

static void write_page(const osp_page_def *page, osp_buf *out)
{
    write_part("    page ", page->parts[page->part_count - 1], out);
    for (uint32_t i = 0; i + 1 < page->part_count; i++) {
        write_part(i == 0 ? "\n    within " : ", ", page->parts[i], out);
    }
    for (uint32_t i = 0; i < page->slot_count; i++) {
        osp_buf_printf(out, "\n    beside @%s ", page->slots[i].name);
        write_part("", page->slots[i].part, out);
    }
    osp_buf_byte(out, '\n');
}

/* What the loads of layouts and slots read: "in routes/layout.html: cookie theme? str". */
static void write_part_inputs(locking *l, const osp_page_def *page)
{
    const uint32_t layouts = page->part_count - 1;
    for (uint32_t i = 0; i < layouts + page->slot_count; i++) {
        const osp_page_part *part = i < layouts ? page->parts[i] : page->slots[i - layouts].part;
        const osp_type *in = part->load != NULL ? part->load->in_ : &osp_type_void;
        for (uint16_t k = 0; k < in->field_count; k++) {
            const osp_field *field = &in->fields[k];
            osp_buf_printf(l->out, "    in %s:", part->html->file);
            write_member(l, osp_source_name((osp_source)field->source_), field);
        }
    }
}

static void write_chain(const osp_middleware *const *chain, osp_buf *out)
{
    const char *before = "    through ";
    for (; chain != NULL && *chain != NULL; chain++) {
        osp_buf_printf(out, "%s%s", before, (*chain)->name_);
        if ((*chain)->body_max != 0) {
            osp_buf_printf(out, " %llu", (unsigned long long)(*chain)->body_max);
        }
        before = ", ";
    }
    osp_buf_str(out, before[0] == ' ' ? OSP_STR("") : OSP_STR("\n"));
}

static void write_input(locking *l, const osp_type *in)
{
    for (uint16_t i = 0; i < in->field_count; i++) {
        const char *source = osp_source_name((osp_source)in->fields[i].source_);
        write_field(l, source != NULL ? source : "body", &in->fields[i]);
    }
    if (in->kind == OSP_KIND_STREAM || in->kind == OSP_KIND_UNION) {
        osp_buf_str(l->out, OSP_STR("    body "));
        write_name(l, in);
        osp_buf_byte(l->out, '\n');
    }
}

static void write_answer(locking *l, const osp_route *route)
{
    osp_buf *out = l->out;
    osp_buf_str(out, OSP_STR("    gives "));
    if (route->status != 0 || route->out_->kind != OSP_KIND_NONE) {
        osp_buf_printf(out, "%d ", route->status != 0 ? route->status : 200);
    }
    write_name(l, route->out_);
    for (size_t i = 0; i < OSP_ARRAY_LEN(route->errors) && route->errors[i] != 0; i++) {
        osp_buf_printf(out, ", or %d", route->errors[i]);
    }
    osp_buf_str(out, route->deprecated ? OSP_STR(", deprecated") : OSP_STR(""));
    osp_buf_str(out, route->hidden ? OSP_STR(", hidden\n") : OSP_STR("\n"));
}

/* action   of a page; NULL: it is none */
static void write_route(locking *l, const osp_route_leaf *leaf, const osp_route *route,
                        const char *action)
{
    osp_buf *out = l->out;
    osp_buf_printf(out, "\n%s %s%s%s%s", osp_method_name(route->method_),
                   leaf->hosts != NULL ? leaf->hosts : "", leaf->pattern,
                   action != NULL ? "?/" : "", action != NULL ? action : "");
    write_guard(leaf, route, out);
    if (osp_leaf_shows(leaf, route)) {
        write_page(leaf->page, out);
        write_part_inputs(l, leaf->page);
    }
    write_chain(leaf->chain, out);
    write_input(l, route->in_);
    if (!route->view_) { /* what a template can name is not sent */
        write_answer(l, route);
    }
}

static void write_leaf(locking *l, const osp_route_leaf *leaf)
{
    for (int method = 0; method < OSP_METHOD_OTHER; method++) {
        const osp_route *route = leaf->by_method[method];
        const osp_route *const *actions = osp_leaf_actions(leaf, (osp_method)method);
        if (route != NULL && actions == NULL) {
            write_route(l, leaf, route, NULL);
        }
        for (; actions != NULL && *actions != NULL; actions++) {
            write_route(l, leaf, *actions, (*actions)->handler_);
        }
    }
}

/* ---------------------------------------------------------------- files */

/* "public/" or "public/img/". */
static osp_str folder_of(const osp_route_leaf *leaf)
{
    const char *below = strchr(leaf->file, '/');
    const char *end = below != NULL ? strchr(below + 1, '/') : NULL;
    const char *last = end != NULL ? end : below;
    return (osp_str){ leaf->file, last != NULL ? (size_t)(last - leaf->file) + 1 : 0 };
}

static bool is_file(const osp_route_leaf *leaf)
{
    return leaf->asset != NULL && leaf->asset->location == NULL;
}

/* Those of one folder, with the first of them. */
static void write_files(const osp_app_def *app, size_t at, osp_buf *out)
{
    const osp_route_leaf *first = app->leaves[at];
    const osp_str folder = folder_of(first);
    size_t count = 0;
    for (size_t i = 0; i < app->leaf_count; i++) {
        const bool same =
            is_file(app->leaves[i]) && osp_str_equal(folder_of(app->leaves[i]), folder);
        if (same && i < at) {
            return; /* they are written */
        }
        count += same;
    }
    osp_buf_printf(out, "\nfiles %.*s %zu", OSP_ARG(folder), count);
    write_guard(first, first->by_method[OSP_METHOD_GET], out);
    write_chain(first->chain, out);
}

void osp_lock_write(const osp_app_def *app, osp_buf *out)
{
    locking l = { .out = out };
    osp_buf_str(out, OSP_STR("# What the URLs of this application are, for review.\n"
                             "# `openspeed routes --lock` writes it, `openspeed routes --check` "
                             "fails where it differs.\n"));
    for (size_t i = 0; i < app->leaf_count; i++) {
        if (app->leaves[i]->asset == NULL && !osp_leaf_is_ours(app->leaves[i])) {
            write_leaf(&l, app->leaves[i]);
        }
    }
    for (size_t i = 0; i < app->leaf_count; i++) {
        if (is_file(app->leaves[i])) {
            write_files(app, i, out);
        }
    }
    if (app->failures != NULL) {
        osp_buf_str(out, OSP_STR("\nall failures\n    give "));
        write_name(&l, app->failures->type_);
        osp_buf_byte(out, '\n');
    }
    write_types(&l);
}
