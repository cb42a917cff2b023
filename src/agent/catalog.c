/* What an application is made of, as JSON: routes, types, templates.
 *
 * All of it stands in constant data that the build has written; nothing is counted or cached. */
#include <string.h>

#include "agent/devtools.h"
#include "api/schema.h"
#include "serve/explain.h"
#include "type/json.h"

#define SCHEMA_MAX ((size_t)1 << 20) /* bytes of one schema */

/* `,` and so on, before all but the first. */
static void next(osp_buf *out, bool *first)
{
    osp_buf_str(out, *first ? (osp_str){ 0 } : OSP_STR(",\n"));
    *first = false;
}

static void say(osp_buf *out, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        osp_say_key(out, key, osp_str_from(text));
    }
}

static void flag(osp_buf *out, const char *key, bool is)
{
    if (is) {
        osp_buf_printf(out, ",\"%s\":true", key);
    }
}

/* ---------------------------------------------------------------- routes */

static void put_chain(const osp_middleware *const *chain, osp_buf *out)
{
    bool first = true;
    osp_buf_str(out, OSP_STR(",\"chain\":["));
    for (; chain != NULL && *chain != NULL; chain++) {
        next(out, &first);
        osp_buf_byte(out, '{');
        say(out, "name", (*chain)->name_);
        osp_say_json_place(out, (*chain)->place_);
        osp_buf_byte(out, '}');
    }
    osp_buf_byte(out, ']');
}

static void put_needs_of(const osp_need *needs, osp_buf *out, bool *first)
{
    for (; needs != NULL && needs->name != NULL; needs++) {
        next(out, first);
        (void)!osp_json_string(osp_str_from(needs->name), out);
    }
}

static void put_route(const osp_route_leaf *leaf, osp_method method, osp_buf *out)
{
    const osp_route *route = leaf->by_method[method];
    bool first = true;
    osp_buf_byte(out, '{');
    say(out, "method", osp_method_name(method));
    say(out, "pattern", leaf->pattern);
    say(out, "hosts", leaf->hosts);
    say(out, "handler", route->handler_);
    osp_say_json_place(out, (osp_place){ route->file_, route->line_ });
    say(out, "summary", route->summary);
    say(out, "in", route->in_->kind == OSP_KIND_NONE ? NULL : route->in_->name);
    say(out, "out", route->out_->kind == OSP_KIND_NONE ? NULL : route->out_->name);
    flag(out, "page", leaf->page != NULL);
    flag(out, "hidden", route->hidden);
    flag(out, "public", route->is_public);
    put_chain(leaf->chain, out);
    osp_buf_str(out, OSP_STR(",\"needs\":["));
    put_needs_of(route->needs, out, &first);
    put_needs_of(route->in_->needs_, out, &first);
    osp_buf_str(out, OSP_STR("]}"));
}

void osp_catalog_routes(const osp_app_def *app, osp_buf *out)
{
    bool first = true;
    size_t files = 0;
    osp_buf_str(out, OSP_STR("{\"routes\":["));
    for (size_t i = 0; i < app->leaf_count; i++) {
        files += app->leaves[i]->asset != NULL;
        for (int method = 0; method < OSP_METHOD_OTHER && app->leaves[i]->asset == NULL; method++) {
            if (app->leaves[i]->by_method[method] != NULL) {
                next(out, &first);
                put_route(app->leaves[i], (osp_method)method, out);
            }
        }
    }
    osp_buf_printf(out, "],\"files\":%zu}", files);
}

/* ---------------------------------------------------------------- types */

typedef struct listing {
    const osp_type *types[OSP_DEVTOOLS_TYPES_MAX];
    size_t count;
} listing;

/* A header's type is described once in each file that includes it: one of a name and place is
 * enough. */
static bool is_listed(const listing *l, const osp_type *type)
{
    for (size_t i = 0; i < l->count; i++) {
        const osp_type *other = l->types[i];
        if (other == type || (strcmp(other->name, type->name) == 0 && other->line_ == type->line_ &&
                              other->file_ != NULL && type->file_ != NULL &&
                              strcmp(other->file_, type->file_) == 0)) {
            return true;
        }
    }
    return false;
}

static void list_one(listing *l, const osp_type *type)
{
    if (type != NULL && type->file_ != NULL && l->count < OSP_DEVTOOLS_TYPES_MAX &&
        !is_listed(l, type)) {
        l->types[l->count++] = type;
    }
}

/* Those that have been listed lead to others, which are listed behind them. */
static void list_all(listing *l, const osp_app_def *app)
{
    for (size_t i = 0; i < app->leaf_count; i++) {
        for (int method = 0; method < OSP_METHOD_OTHER; method++) {
            const osp_route *route = app->leaves[i]->by_method[method];
            list_one(l, route != NULL ? route->in_ : NULL);
            list_one(l, route != NULL ? route->out_ : NULL);
        }
    }
    for (size_t i = 0; i < l->count; i++) {
        const osp_type *type = l->types[i];
        for (uint16_t at = 0; at < type->field_count; at++) {
            list_one(l, type->fields[at].type_);
        }
        for (uint16_t at = 0; at < type->case_count; at++) {
            list_one(l, type->cases[at].type);
        }
    }
}

static const char *const sources[OSP_SOURCE_COUNT] = {
    [OSP_SOURCE_FIELD] = "json",    [OSP_SOURCE_PATH] = "path",     [OSP_SOURCE_QUERY] = "query",
    [OSP_SOURCE_HEADER] = "header", [OSP_SOURCE_COOKIE] = "cookie", [OSP_SOURCE_FORM] = "form",
    [OSP_SOURCE_BODY] = "body",     [OSP_SOURCE_EXTRA] = "extra",
};

/* What the member must be, as JSON Schema says it; its reference names types that stand elsewhere.
 */
static void put_rules(const osp_field *field, osp_arena *arena, osp_buf *out)
{
    osp_schemas schemas;
    osp_buf rules;
    osp_buf_init(&rules, NULL, 0, SCHEMA_MAX);
    osp_schemas_init(&schemas, arena);
    schemas.alone = true;
    osp_error err = { 0 };
    const bool is_scalar = field->type_ == NULL || osp_kind_is_scalar((osp_kind)field->kind_);
    if (is_scalar && osp_schemas_end(&schemas, &err) == OSP_OK) {
        osp_schema_member(&schemas, field, OSP_INPUT, false, &rules);
    }
    if (!rules.failed && rules.len > 0 && osp_json_check(osp_buf_text(&rules)) == OSP_OK) {
        osp_buf_str(out, OSP_STR(",\"rules\":"));
        osp_buf_append(out, rules.ptr, rules.len);
    }
    osp_buf_done(&rules);
}

static void put_member(const osp_field *field, osp_arena *arena, osp_buf *out)
{
    OSP_ASSERT(field->source_ < OSP_SOURCE_COUNT);
    osp_buf_byte(out, '{');
    say(out, "member", field->member_);
    osp_say_key(out, "name", osp_field_name(field));
    say(out, "kind", osp_kind_name(osp_field_kind(field)));
    say(out, "type", field->type_ != NULL ? field->type_->name : NULL);
    say(out, "source", sources[field->source_]);
    say(out, "doc", field->doc);
    say(out, "fallback", field->fallback);
    flag(out, "required", osp_schema_requires(field));
    flag(out, "secret", field->secret);
    flag(out, "readOnly", field->read_only);
    flag(out, "writeOnly", field->write_only);
    flag(out, "deprecated", field->deprecated);
    flag(out, "nomatch", field->nomatch);
    flag(out, "checked", field->check_ != NULL);
    if (field->kind_ != OSP_KIND_ENUM) {
        put_rules(field, arena, out);
    }
    osp_buf_byte(out, '}');
}

static void put_schema(const osp_type *type, osp_arena *arena, osp_buf *out)
{
    osp_buf schema;
    osp_error err = { 0 };
    osp_buf_init(&schema, NULL, 0, SCHEMA_MAX);
    const bool whole =
        osp_schema_alone(arena, type, type->name, &schema, &err) == OSP_OK && !schema.failed;
    if (whole && osp_json_check(osp_buf_text(&schema)) == OSP_OK) {
        osp_buf_str(out, OSP_STR(",\"schema\":"));
        osp_buf_append(out, schema.ptr, schema.len);
    }
    osp_buf_done(&schema);
}

static void put_type(const osp_type *type, osp_arena *arena, osp_buf *out)
{
    bool first = true;
    osp_buf_byte(out, '{');
    say(out, "name", type->name);
    say(out, "kind", osp_kind_name((osp_kind)type->kind));
    /* Compilers name a header by the folder that it was found in. */
    const size_t begin = strncmp(type->file_, "./", 2) == 0 ? 2 : 0;
    osp_say_json_place(out, (osp_place){ type->file_ + begin, type->line_ });
    osp_buf_printf(out, ",\"size\":%zu", type->size);
    say(out, "doc", type->doc);
    osp_buf_str(out, OSP_STR(",\"members\":["));
    for (uint16_t i = 0; i < type->field_count; i++) {
        next(out, &first);
        put_member(&type->fields[i], arena, out);
    }
    osp_buf_str(out, OSP_STR("],\"names\":["));
    for (uint16_t i = 0; i < type->name_count; i++) {
        osp_buf_str(out, i > 0 ? OSP_STR(",") : (osp_str){ 0 });
        (void)!osp_json_string((osp_str){ type->names[i].text, type->names[i].len }, out);
    }
    osp_buf_str(out, OSP_STR("],\"cases\":["));
    for (uint16_t i = 0; i < type->case_count; i++) {
        osp_buf_str(out, i > 0 ? OSP_STR(",{") : OSP_STR("{"));
        say(out, "name", type->cases[i].name);
        say(out, "type", type->cases[i].type->name);
        osp_buf_byte(out, '}');
    }
    osp_buf_byte(out, ']');
    put_schema(type, arena, out);
    osp_buf_byte(out, '}');
}

void osp_catalog_types(const osp_app_def *app, osp_arena *arena, osp_buf *out)
{
    listing *l = osp_arena_zalloc(arena, sizeof *l);
    bool first = true;
    osp_buf_byte(out, '[');
    if (l != NULL) {
        list_all(l, app);
        for (size_t i = 0; i < l->count; i++) {
            next(out, &first);
            put_type(l->types[i], arena, out);
        }
    }
    osp_buf_byte(out, ']');
}

/* ---------------------------------------------------------------- templates */

static bool part_uses(const osp_page_part *part, const osp_template_file *file)
{
    return part != NULL && (part->html == file || part->loading == file ||
                            part->error.html == file || part->not_found.html == file);
}

static bool page_uses(const osp_page_def *page, const osp_template_file *file,
                      const osp_page_part **ret_filled)
{
    bool uses = false;
    for (uint32_t i = 0; i < page->part_count + page->slot_count; i++) {
        const osp_page_part *part =
            i < page->part_count ? page->parts[i] : page->slots[i - page->part_count].part;
        uses |= part_uses(part, file);
        *ret_filled = part != NULL && part->html == file ? part : *ret_filled;
    }
    return uses;
}

static void put_template(const osp_app_def *app, const osp_template_file *file, osp_buf *out)
{
    const osp_page_part *filled = NULL;
    bool first = true;
    osp_buf_byte(out, '{');
    say(out, "file", file->file);
    osp_buf_printf(out, ",\"bytes\":%u,\"pages\":[", file->len);
    for (size_t i = 0; i < app->leaf_count; i++) {
        const osp_route_leaf *leaf = app->leaves[i];
        if (leaf->page != NULL && page_uses(leaf->page, file, &filled)) {
            next(out, &first);
            (void)!osp_json_string(osp_str_from(leaf->pattern), out);
        }
    }
    osp_buf_byte(out, ']');
    if (filled != NULL && filled->load != NULL) {
        say(out, "load", filled->load->handler_);
        say(out, "view", filled->load->out_->name);
        say(out, "loadFile", filled->load->file_);
        osp_buf_printf(out, ",\"loadLine\":%d", filled->load->line_);
        flag(out, "streams", filled->load->streams);
    }
    osp_buf_byte(out, '}');
}

void osp_catalog_templates(const osp_app_def *app, osp_buf *out)
{
    bool first = true;
    osp_buf_byte(out, '[');
    for (size_t i = 0; i < app->template_count; i++) {
        next(out, &first);
        put_template(app, app->templates[i], out);
    }
    osp_buf_byte(out, ']');
}
