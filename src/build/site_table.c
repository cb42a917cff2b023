/* What of pages stands in the table: which file fills which template, and all of it as C.
 *
 *     template_N    the text of a template
 *     part_N        a template with what fills it and what is shown in its place
 *     page_N        layouts, page, slots and actions
 *
 * A template that changes changes this text and no other: table.c alone is compiled again. */
#include <stdlib.h>
#include <string.h>

#include "build/mangle.h"
#include "build/site.h"
#include "build/table.h"

/* ---------------------------------------------------------------- what files declare */

/* What is filled by a file, which a slot's default or layout may be for many pages. */
static osp_site_part *part_of(const osp_site *site, const char *file)
{
    for (size_t i = 0; i < site->parts.count; i++) {
        const osp_site_part *part = site->parts.items[i];
        if (part->source != NULL && strcmp(part->source, file) == 0) {
            return (osp_site_part *)(uintptr_t)part;
        }
    }
    return NULL;
}

static osp_status refuse(osp_error *err, const char *file, const char *what)
{
    return osp_error_set(err, OSP_E_BUILD, "%s: %s", file, what);
}

/* What a page.c and its kin may declare, each with its own symbol. */
static osp_status take_one(osp_arena *arena, osp_site_part *part, const char *unit,
                           const osp_declared *one, osp_error *err)
{
    const bool is_layout = strcmp(strrchr(part->source, '/'), "/layout.c") == 0;
    const bool is_page = strcmp(strrchr(part->source, '/'), "/page.c") == 0;
    const osp_str get = osp_str_from(osp_kit_format(arena, "%s__GET", unit));
    const bool fills = osp_str_equal(one->name, get);
    if (one->kind == OSP_DECLARED_ACTION && is_page && part->is_slot) {
        return refuse(err, part->source,
                      "a slot is shown and not posted to; OSP_ACTION belongs into the page.c of "
                      "the page, whose forms may stand here");
    }
    if (one->kind == OSP_DECLARED_ACTION && is_page) {
        osp_kit_push(arena, &part->actions,
                     osp_kit_format(arena, "osp_action_%.*s", OSP_ARG(one->name)));
    } else if (one->kind == OSP_DECLARED_LAYOUT && is_layout && fills) {
        part->load = osp_kit_format(arena, "osp_layout_%.*s", OSP_ARG(one->name));
    } else if (one->kind == OSP_DECLARED_ROUTE && !is_layout && fills) {
        part->load = osp_kit_format(arena, "osp_route_%.*s", OSP_ARG(one->name));
    } else {
        return refuse(err, part->source,
                      is_layout ? "a layout.c declares OSP_LAYOUT alone"
                      : is_page ? "a page.c declares OSP_PAGE and OSP_ACTION alone; other methods "
                                  "of its URL belong into a route.c beside it"
                                : "a default.c declares OSP_PAGE alone");
    }
    return OSP_OK;
}

osp_status osp_site_take(osp_arena *arena, osp_site *site, const char *file,
                         const osp_declared *declared, size_t count, osp_error *err)
{
    osp_site_part *part = part_of(site, file);
    const char *unit = osp_mangle(arena, osp_str_from(file));
    for (size_t i = 0; i < count; i++) {
        const osp_declared *one = &declared[i];
        const bool of_page = one->kind == OSP_DECLARED_LAYOUT || one->kind == OSP_DECLARED_ACTION;
        if (part == NULL && of_page) {
            return refuse(err, file,
                          one->kind == OSP_DECLARED_LAYOUT
                              ? "only a layout.c below routes/ declares OSP_LAYOUT"
                              : "only a page.c below routes/ declares OSP_ACTION");
        }
        if (part != NULL && (of_page || one->kind == OSP_DECLARED_ROUTE)) {
            OSP_TRY(take_one(arena, part, unit, one, err));
        }
    }
    if (part == NULL) {
        return OSP_OK;
    }
    if (part->load == NULL && part->actions.count == 0) {
        return refuse(err, file,
                      "it declares nothing; add a line such as OSP_PAGE(load, In, View); or, in a "
                      "layout.c, OSP_LAYOUT(load, In, View);");
    }
    osp_kit_sort(&part->actions, osp_kit_by_bytes);
    return OSP_OK;
}

static osp_site_part *page_of(const osp_site_def *def)
{
    OSP_ASSERT(def->parts.count > 0);
    return (osp_site_part *)(uintptr_t)def->parts.items[def->parts.count - 1];
}

osp_status osp_site_end(osp_site *site, osp_error *err)
{
    for (size_t i = 0; i < site->defs.count; i++) {
        const osp_site_def *def = site->defs.items[i];
        const osp_site_part *part = page_of(def);
        if (def->leaf == NULL) {
            continue;
        }
        const unsigned own =
            1u << OSP_METHOD_GET | (part->actions.count > 0 ? 1u << OSP_METHOD_POST : 0u);
        if ((def->leaf->methods & own) != 0) {
            return osp_error_set(
                err, OSP_E_BUILD, "%s and %s both answer %s %s", part->html->file, def->route,
                (def->leaf->methods & own & 1u << OSP_METHOD_GET) != 0 ? "GET" : "POST",
                def->leaf->pattern);
        }
        def->leaf->methods |= (uint8_t)own;
    }
    return OSP_OK;
}

const char *osp_site_symbol(osp_arena *arena, const osp_site_def *def, osp_method method)
{
    const osp_site_part *part = page_of(def);
    if (method == OSP_METHOD_GET) {
        return part->load != NULL ? part->load : "osp_route_page__GET";
    }
    if (method == OSP_METHOD_POST && part->actions.count > 0) {
        return "osp_route_page__POST";
    }
    OSP_ASSERT(def->route != NULL); /* what else has given the leaf this method */
    return osp_kit_format(arena, "osp_route_%s__%s", osp_mangle(arena, osp_str_from(def->route)),
                          osp_table_method(method));
}

/* ---------------------------------------------------------------- as C */

static void write_template(const osp_site_template *one, osp_buf *out)
{
    osp_buf_printf(out,
                   "static const osp_template_file template_%zu = {\n    .file = ", one->index);
    osp_table_literal(out, osp_str_from(one->file));
    osp_buf_str(out, OSP_STR(",\n    .text = "));
    osp_table_literal(out, one->text);
    osp_buf_printf(out, ",\n    .len = %zu,\n    .index = %zu,\n};\n", one->text.len, one->index);
}

static void write_failure(const char *name, osp_site_failure failure, osp_buf *out)
{
    if (failure.html != NULL) {
        osp_buf_printf(out, "    .%s = { &template_%zu, %uu },\n", name, failure.html->index,
                       (unsigned)failure.depth);
    }
}

static void write_part(const osp_site_part *part, osp_buf *out)
{
    if (part->load != NULL) {
        osp_buf_printf(out, "extern const osp_route %s;\n", part->load);
    }
    osp_buf_printf(out, "static const osp_page_part part_%zu = {\n    .html = &template_%zu,\n",
                   part->index, part->html->index);
    if (part->load != NULL) {
        osp_buf_printf(out, "    .load = &%s,\n", part->load);
    }
    if (part->loading != NULL) {
        osp_buf_printf(out, "    .loading = &template_%zu,\n", part->loading->index);
    }
    write_failure("error", part->error, out);
    write_failure("not_found", part->not_found, out);
    osp_buf_str(out, OSP_STR("};\n"));
}

static void write_actions(const osp_site_def *def, osp_buf *out)
{
    const osp_kit_list *actions = &page_of(def)->actions;
    for (size_t i = 0; i < actions->count; i++) {
        osp_buf_printf(out, "extern const osp_route %s;\n", (const char *)actions->items[i]);
    }
    osp_buf_printf(out, "static const osp_route *const page_actions_%zu[] = {\n", def->index);
    for (size_t i = 0; i < actions->count; i++) {
        osp_buf_printf(out, "    &%s,\n", (const char *)actions->items[i]);
    }
    osp_buf_str(out, OSP_STR("    NULL,\n};\n"));
}

static void write_slots(const osp_site_def *def, osp_buf *out)
{
    osp_buf_printf(out, "static const osp_page_slot page_slots_%zu[] = {\n", def->index);
    for (size_t i = 0; i < def->slots.count; i++) {
        const osp_site_slot *slot = def->slots.items[i];
        osp_buf_printf(out, "    { %u, ", (unsigned)slot->layout);
        osp_table_literal(out, osp_str_from(slot->name));
        osp_buf_printf(out, ", &part_%zu },\n", slot->part->index);
    }
    osp_buf_str(out, OSP_STR("};\n"));
}

static void write_page(const osp_site_def *def, osp_buf *out)
{
    const size_t index = def->index;
    const bool acts = page_of(def)->actions.count > 0;
    osp_buf_printf(out, "static const osp_page_part *const page_parts_%zu[] = {\n", index);
    for (size_t i = 0; i < def->parts.count; i++) {
        osp_buf_printf(out, "    &part_%zu,\n",
                       ((const osp_site_part *)def->parts.items[i])->index);
    }
    osp_buf_str(out, OSP_STR("};\n"));
    if (def->slots.count > 0) {
        write_slots(def, out);
    }
    if (acts) {
        write_actions(def, out);
    }
    osp_buf_printf(out,
                   "static const osp_page_def page_%zu = {\n    .parts = page_parts_%zu,\n"
                   "    .part_count = %zu,\n",
                   index, index, def->parts.count);
    if (def->slots.count > 0) {
        osp_buf_printf(out, "    .slots = page_slots_%zu,\n    .slot_count = %zu,\n", index,
                       def->slots.count);
    }
    if (acts) {
        osp_buf_printf(out, "    .actions = page_actions_%zu,\n", index);
    }
    osp_buf_str(out, OSP_STR("};\n"));
}

/* A list of pointers to what is called `name` with a number. */
static void write_list(const char *type, const char *name, size_t count, osp_buf *out)
{
    OSP_ASSERT(count > 0); /* C has no arrays of nothing */
    osp_buf_printf(out, "static const %s *const %ss[] = {\n", type, name);
    for (size_t i = 0; i < count; i++) {
        osp_buf_printf(out, "    &%s_%zu,\n", name, i);
    }
    osp_buf_str(out, OSP_STR("};\n"));
}

void osp_site_write(const osp_site *site, osp_buf *out)
{
    if (site->defs.count == 0) {
        return;
    }
    for (size_t i = 0; i < site->templates.count; i++) {
        write_template(site->templates.items[i], out);
    }
    for (size_t i = 0; i < site->parts.count; i++) {
        write_part(site->parts.items[i], out);
    }
    for (size_t i = 0; i < site->defs.count; i++) {
        write_page(site->defs.items[i], out);
    }
    write_list("osp_template_file", "template", site->templates.count, out);
    write_list("osp_page_def", "page", site->defs.count, out);
}

void osp_site_write_app(const osp_site *site, osp_buf *out)
{
    if (site->defs.count == 0) {
        return;
    }
    osp_buf_printf(out,
                   "    .templates = templates,\n    .template_count = %zu,\n"
                   "    .pages = pages,\n    .page_count = %zu,\n",
                   site->templates.count, site->defs.count);
    if (site->failure != NULL) {
        osp_buf_printf(out, "    .failure = &page_%zu,\n", site->failure->index);
    }
    osp_buf_str(out, OSP_STR("    .page_keeper = &osp_page_keeper,\n"));
}
