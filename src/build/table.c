/* Writes table.c: the trie as constant C, so that an application starts without building anything.
 *
 *     files of public/, chains of middleware, pages, extern routes, leaves, nodes (children before
 *     parents), list of leaves, migrations, messages, osp_app, main
 *
 * The text is a function of the sources alone: same folders, same bytes, and the compiler is not
 * run again.  Whatever comes from outside (names of files, SQL) is written as escaped strings. */
#include "build/table.h"

#include <string.h>

#include "base/digest.h"
#include "base/slice.h"
#include "build/mangle.h"

static const char *const method_names[OSP_METHOD_OTHER] = {
    [OSP_METHOD_GET] = "GET",         [OSP_METHOD_HEAD] = "HEAD",     [OSP_METHOD_POST] = "POST",
    [OSP_METHOD_PUT] = "PUT",         [OSP_METHOD_DELETE] = "DELETE", [OSP_METHOD_PATCH] = "PATCH",
    [OSP_METHOD_OPTIONS] = "OPTIONS",
};

const char *osp_table_method(osp_method method)
{
    return method_names[method];
}

/* The bit of the method that a route's symbol ends in; 0: it is no route of that unit. */
static unsigned method_bit(osp_str name, osp_str unit)
{
    const size_t before = unit.len + 2;
    if (!osp_str_starts_with(name, unit) || name.len < before ||
        memcmp(name.ptr + unit.len, "__", 2) != 0) {
        return 0;
    }
    const osp_str rest = osp_str_skip(name, before);
    unsigned bit = 0;
    for (size_t method = 0; method < OSP_METHOD_OTHER; method++) {
        bit |= osp_str_equal(rest, osp_str_from(method_names[method])) ? 1u << method : 0u;
    }
    return bit;
}

osp_status osp_table_methods(osp_arena *arena, const char *file, const osp_declared *declared,
                             size_t count, uint8_t *ret_methods, osp_error *err)
{
    const osp_str unit = osp_str_from(osp_mangle(arena, osp_str_from(file)));
    unsigned methods = 0;
    for (size_t i = 0; i < count; i++) {
        if (declared[i].kind != OSP_DECLARED_ROUTE) {
            continue;
        }
        const unsigned bit = method_bit(declared[i].name, unit);
        if (bit == 0) {
            return osp_error_set(err, OSP_E_BUILD, "%s: unknown route symbol osp_route_%.*s", file,
                                 OSP_ARG(declared[i].name));
        }
        methods |= bit;
    }
    if (methods == 0) {
        return osp_error_set(err, OSP_E_BUILD,
                             "%s declares no route; add a line such as OSP_ROUTE(GET, handler, "
                             "In, Out);",
                             file);
    }
    *ret_methods = (uint8_t)methods;
    return OSP_OK;
}

/* A C string literal.  Octal escapes end after three digits, hexadecimal ones would not; `?` is
 * escaped because of trigraphs; a line break starts a new literal to keep the file readable. */
static void write_literal(osp_buf *out, osp_str text)
{
    osp_buf_byte(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char byte = (unsigned char)text.ptr[i];
        if (byte >= 0x20 && byte < 0x7f && strchr("\"\\?", byte) == NULL) {
            osp_buf_byte(out, (char)byte);
        } else {
            osp_buf_printf(out, "\\%03o", byte);
        }
        if (byte == '\n' && i + 1 < text.len) {
            osp_buf_str(out, OSP_STR("\"\n    \""));
        }
    }
    osp_buf_byte(out, '"');
}

void osp_table_literal(osp_buf *out, osp_str text)
{
    write_literal(out, text);
}

static void write_member(const char *name, const char *text, osp_buf *out)
{
    if (text != NULL) {
        osp_buf_printf(out, " .%s = ", name);
        write_literal(out, osp_str_from(text));
        osp_buf_byte(out, ',');
    }
}

static void write_slice(const char *name, osp_str text, osp_buf *out)
{
    osp_buf_printf(out, " .%s = { ", name);
    write_literal(out, text);
    osp_buf_printf(out, ", %zu },", text.len);
}

/* What the leaf of a file points to; several URLs may answer with one file. */
static const char *asset_name(osp_arena *arena, const osp_trie_leaf *leaf)
{
    return leaf->asset->location != NULL
               ? osp_kit_format(arena, "redirect_%zu", leaf->index)
               : osp_kit_format(arena, "asset_%u", (unsigned)leaf->asset->first);
}

static void write_asset(const osp_asset *asset, osp_buf *out)
{
    const unsigned first = asset->first;
    osp_buf_printf(out, "static const osp_asset_form forms_%u[] = {\n", first);
    for (uint32_t i = 0; i < asset->form_count; i++) {
        const osp_asset_form *form = &asset->forms[i];
        osp_buf_str(out, OSP_STR("    {"));
        write_member("path", form->path, out);
        write_member("coding", form->coding, out);
        write_slice("etag", form->etag, out);
        osp_buf_printf(out, " .size = %lluu },\n", (unsigned long long)form->size);
    }
    osp_buf_printf(out, "};\nstatic const osp_asset asset_%u = {", first);
    write_slice("media_type", asset->media_type, out);
    write_slice("modified", asset->modified, out);
    write_slice("cache_control", asset->cache_control, out);
    osp_buf_printf(out, "\n    .forms = forms_%u, .form_count = %u, .first = %u };\n", first,
                   (unsigned)asset->form_count, first);
}

static void write_assets(osp_arena *arena, const osp_table *table, osp_buf *out)
{
    for (size_t i = 0; table->assets != NULL && i < table->assets->assets.count; i++) {
        write_asset(table->assets->assets.items[i], out);
    }
    for (size_t i = 0; i < table->trie->leaves.count; i++) {
        const osp_trie_leaf *leaf = table->trie->leaves.items[i];
        if (leaf->asset != NULL && leaf->asset->location != NULL) {
            osp_buf_printf(out, "static const osp_asset %s = {", asset_name(arena, leaf));
            write_member("location", leaf->asset->location, out);
            osp_buf_str(out, OSP_STR(" };\n"));
        }
    }
}

static const char *route_symbol(osp_arena *arena, const osp_trie_leaf *leaf, osp_method method)
{
    if (leaf->page != NULL) {
        return osp_site_symbol(arena, leaf->page, method);
    }
    const char *unit =
        leaf->unit != NULL ? leaf->unit : osp_mangle(arena, osp_str_from(leaf->file));
    return osp_kit_format(arena, "osp_route_%s__%s", unit, method_names[method]);
}

static void write_leaf(osp_arena *arena, const osp_trie_leaf *leaf, osp_buf *out)
{
    for (unsigned i = 0; i < OSP_METHOD_OTHER; i++) {
        if ((leaf->methods >> i & 1) != 0 && leaf->unit == NULL) {
            osp_buf_printf(out, "extern const osp_route %s;\n",
                           route_symbol(arena, leaf, (osp_method)i));
        }
    }
    if (leaf->param_count > 0) {
        osp_buf_printf(out, "static const char *const params_%zu[] = { ", leaf->index);
        for (size_t i = 0; i < leaf->param_count; i++) {
            write_literal(out, leaf->params[i]);
            osp_buf_str(out, OSP_STR(", "));
        }
        osp_buf_str(out, OSP_STR("};\n"));
    }
    osp_buf_printf(out, "static const osp_route_leaf leaf_%zu = {\n    .pattern = ", leaf->index);
    write_literal(out, osp_str_from(leaf->pattern));
    osp_buf_str(out, OSP_STR(",\n    .file = "));
    write_literal(out, osp_str_from(leaf->file));
    osp_buf_printf(out, ",\n    .methods = 0x%02x,\n", leaf->methods);
    if (leaf->hosts != NULL) {
        osp_buf_str(out, OSP_STR("    .hosts = "));
        write_literal(out, osp_str_from(leaf->hosts));
        osp_buf_str(out, OSP_STR(",\n"));
    }
    if (leaf->chain != NULL) {
        osp_buf_printf(out, "    .chain = chain_%zu,\n", leaf->chain->index);
    }
    if (leaf->asset != NULL) {
        osp_buf_printf(out, "    .asset = &%s,\n", asset_name(arena, leaf));
    }
    if (leaf->page != NULL) {
        osp_buf_printf(out, "    .page = &page_%zu,\n", leaf->page->index);
    }
    if (leaf->rest != OSP_REST_NONE) {
        osp_buf_printf(out, "    .rest = %s,\n%s",
                       leaf->rest == OSP_REST_ANY ? "OSP_REST_ANY" : "OSP_REST_SOME",
                       leaf->bare ? "    .bare = true,\n" : "");
    }
    if (leaf->param_count > 0) {
        osp_buf_printf(out, "    .param_names = params_%zu,\n    .param_count = %u,\n", leaf->index,
                       leaf->param_count);
    }
    for (unsigned i = 0; i < OSP_METHOD_OTHER; i++) {
        if ((leaf->methods >> i & 1) != 0) {
            osp_buf_printf(out, "    .by_method[OSP_METHOD_%s] = &%s,\n", method_names[i],
                           route_symbol(arena, leaf, (osp_method)i));
        }
    }
    osp_buf_str(out, OSP_STR("};\n"));
}

static void write_chains(const osp_chains *chains, osp_buf *out)
{
    for (size_t i = 0; i < chains->steps.count; i++) {
        osp_buf_printf(out, "extern const osp_middleware osp_middleware_%s;\n",
                       ((const osp_chain_step *)chains->steps.items[i])->symbol);
    }
    for (size_t i = 0; i < chains->list.count; i++) {
        const osp_chain *chain = chains->list.items[i];
        osp_buf_printf(out, "static const osp_middleware *const chain_%zu[] = {\n", chain->index);
        for (size_t k = 0; k < chain->steps.count; k++) {
            osp_buf_printf(out, "    &osp_middleware_%s,\n",
                           ((const osp_chain_step *)chain->steps.items[k])->symbol);
        }
        osp_buf_str(out, OSP_STR("    NULL,\n};\n"));
    }
}

static void write_edges(const osp_trie_node *node, osp_buf *out)
{
    osp_buf_printf(out, "static const osp_route_edge edges_%zu[%zu] = {\n", node->index,
                   (size_t)node->mask + 1);
    for (size_t i = 0; i <= node->mask; i++) {
        const osp_trie_edge *edge = node->slots[i];
        if (edge != NULL) {
            osp_buf_printf(out, "    [%zu] = { ", i);
            write_literal(out, edge->segment);
            osp_buf_printf(out, ", %zu, &node_%zu },\n", edge->segment.len, edge->node->index);
        }
    }
    osp_buf_str(out, OSP_STR("};\n"));
}

static void write_parts(const osp_trie_node *node, size_t index, osp_buf *out)
{
    const osp_segment *segment = &((const osp_trie_way *)node->ways.items[index])->segment;
    for (size_t i = 0; i < segment->part_count; i++) {
        if (segment->parts[i].matcher.len > 0) { /* once more does no harm */
            osp_buf_printf(out, "extern const osp_matcher osp_matcher_%.*s;\n",
                           OSP_ARG(segment->parts[i].matcher));
        }
    }
    osp_buf_printf(out, "static const osp_route_part parts_%zu_%zu[] = {\n", node->index, index);
    for (size_t i = 0; i < segment->part_count; i++) {
        const osp_segment_part *part = &segment->parts[i];
        osp_buf_str(out, OSP_STR("    { "));
        write_literal(out, part->text);
        osp_buf_printf(out, ", %zu, %s%.*s },\n", part->text.len,
                       part->matcher.len > 0 ? "&osp_matcher_" : "NULL", OSP_ARG(part->matcher));
    }
    osp_buf_str(out, OSP_STR("};\n"));
}

static void write_ways(const osp_trie_node *node, osp_buf *out)
{
    for (size_t i = 0; i < node->ways.count; i++) {
        write_parts(node, i, out);
    }
    osp_buf_printf(out, "static const osp_route_way ways_%zu[] = {\n", node->index);
    for (size_t i = 0; i < node->ways.count; i++) {
        const osp_trie_way *way = node->ways.items[i];
        osp_buf_printf(out, "    { parts_%zu_%zu, %zu, %zu, ", node->index, i,
                       way->segment.part_count, way->segment.tail.len);
        write_literal(out, way->segment.tail);
        osp_buf_printf(out, ", &node_%zu },\n", way->node->index);
    }
    osp_buf_str(out, OSP_STR("};\n"));
}

/* What the router need not look for. */
static const char *kind_of(const osp_trie_node *node)
{
    if (node->rest != NULL || node->ways.count > 0 || (node->param != NULL && node->probes > 0)) {
        return NULL;
    }
    return node->param != NULL ? "OSP_NODE_STATIC_PARAM" : "OSP_NODE_STATIC_ONLY";
}

static void write_node(const osp_trie_node *node, osp_buf *out)
{
    if (node->edges.count > 0) {
        write_edges(node, out);
    }
    if (node->ways.count > 0) {
        write_ways(node, out);
    }
    osp_buf_printf(out, "static const osp_route_node node_%zu = {\n", node->index);
    if (node->edges.count > 0) {
        osp_buf_printf(out, "    .edges = edges_%zu,\n    .seed = %u,\n    .mask = %u,\n",
                       node->index, node->seed, node->mask);
    }
    if (node->probes > 0) {
        osp_buf_printf(out, "    .probes = %u,\n", node->probes);
    }
    if (node->ways.count > 0) {
        osp_buf_printf(out, "    .ways = ways_%zu,\n    .way_count = %zu,\n", node->index,
                       node->ways.count);
    }
    if (node->param != NULL) {
        osp_buf_printf(out, "    .param = &node_%zu,\n", node->param->index);
    }
    if (node->rest != NULL) {
        osp_buf_printf(out, "    .rest = &leaf_%zu,\n", node->rest->index);
    }
    if (node->leaf != NULL) {
        osp_buf_printf(out, "    .leaf = &leaf_%zu,\n", node->leaf->index);
    }
    if (node->not_found != NULL) {
        osp_buf_printf(out, "    .not_found = &page_%zu,\n", node->not_found->index);
    }
    if (kind_of(node) != NULL) {
        osp_buf_printf(out, "    .kind = %s,\n", kind_of(node));
    }
    osp_buf_str(out, OSP_STR("};\n"));
}

static void write_migration(const osp_table_migration *migration, osp_buf *out)
{
    osp_sha256 sha;
    uint8_t digest[OSP_SHA256_SIZE];
    osp_sha256_init(&sha);
    osp_sha256_add(&sha, migration->sql);
    osp_sha256_end(&sha, digest);
    osp_buf_str(out, OSP_STR("    { "));
    write_literal(out, osp_str_from(migration->name));
    osp_buf_str(out, OSP_STR(",\n    "));
    write_literal(out, migration->sql);
    osp_buf_str(out, OSP_STR(",\n    \""));
    for (size_t i = 0; i < sizeof(digest); i++) {
        osp_buf_printf(out, "%02x", digest[i]);
    }
    osp_buf_str(out, OSP_STR("\" },\n"));
}

static void write_messages(const osp_kit_list *languages, osp_buf *out)
{
    for (size_t i = 0; i < languages->count; i++) {
        osp_buf_printf(out, "extern const osp_messages osp_messages_%s;\n",
                       (const char *)languages->items[i]);
    }
    osp_buf_str(out, OSP_STR("static const osp_messages *const messages[] = {\n"));
    for (size_t i = 0; i < languages->count; i++) {
        osp_buf_printf(out, "    &osp_messages_%s,\n", (const char *)languages->items[i]);
    }
    osp_buf_str(out, OSP_STR("};\n"));
}

static void write_jobs(const osp_kit_list *jobs, osp_buf *out)
{
    for (size_t i = 0; i < jobs->count; i++) {
        osp_buf_printf(out, "extern const osp_job_def osp_job__%s;\n",
                       (const char *)jobs->items[i]);
    }
    osp_buf_str(out, OSP_STR("static const osp_job_def *const jobs[] = {\n"));
    for (size_t i = 0; i < jobs->count; i++) {
        osp_buf_printf(out, "    &osp_job__%s,\n", (const char *)jobs->items[i]);
    }
    osp_buf_str(out, OSP_STR("};\n"));
}

static void write_filters(const osp_kit_list *filters, osp_buf *out)
{
    for (size_t i = 0; i < filters->count; i++) {
        osp_buf_printf(out, "extern const struct osp_filter osp_filter_%s;\n",
                       (const char *)filters->items[i]);
    }
    osp_buf_str(out, OSP_STR("static const struct osp_filter *const filters[] = {\n"));
    for (size_t i = 0; i < filters->count; i++) {
        osp_buf_printf(out, "    &osp_filter_%s,\n", (const char *)filters->items[i]);
    }
    osp_buf_str(out, OSP_STR("    NULL,\n};\n"));
}

/* Where the pieces of a statement stand that has parts. */
static void write_pieces(const osp_query_def *def, osp_buf *out)
{
    for (size_t i = 0; i < def->piece_count; i++) {
        const osp_query_piece *piece = &def->pieces[i];
        if (i == 0) {
            osp_buf_printf(out, "static const osp_query_piece pieces_%s[] = {\n", def->name);
        }
        osp_buf_printf(out, "    { %u, %d, %d },\n%s", piece->at, piece->line, piece->column,
                       i + 1 == def->piece_count ? "};\n" : "");
    }
}

/* The constants that the functions of queries name, and the list of the functions. */
static void write_queries(const osp_kit_list *queries, osp_buf *out)
{
    osp_buf_str(out, OSP_STR("#include <openspeed/query.h>\n"));
    for (size_t i = 0; i < queries->count; i++) {
        const osp_query_def *def = queries->items[i];
        write_pieces(def, out);
        osp_buf_printf(out,
                       "extern const osp_query osp_query_%s;\n"
                       "const osp_query_text osp_sql_%s = {\n    ",
                       def->name, def->name);
        write_literal(out, def->sql);
        osp_buf_str(out, OSP_STR(",\n    { "));
        write_literal(out, osp_str_from(def->file));
        osp_buf_printf(out, ", %d }, %d, %zu, ", def->place.line, def->place.column,
                       def->piece_count);
        osp_buf_printf(out, def->piece_count > 0 ? "pieces_%s\n};\n" : "0\n};\n", def->name);
    }
    osp_buf_str(out, OSP_STR("static const osp_query *const queries[] = {\n"));
    for (size_t i = 0; i < queries->count; i++) {
        osp_buf_printf(out, "    &osp_query_%s,\n",
                       ((const osp_query_def *)queries->items[i])->name);
    }
    osp_buf_str(out, OSP_STR("};\n"));
}

static void write_app(const osp_table *table, osp_buf *out)
{
    const unsigned resources = (unsigned)table->uses_db + (unsigned)table->serves_openapi;
    if (resources > 0) {
        osp_buf_printf(out, "static const osp_resource *const resources[] = { %s%s};\n",
                       table->uses_db ? "&osp_resource_sqlite, " : "",
                       table->serves_openapi ? "&osp_resource_openapi, " : "");
    }
    if (table->has_agent) {
        osp_buf_str(out, OSP_STR("extern const struct osp_dev_hooks osp_dev_agent;\n"));
    }
    if (table->has_info) {
        osp_buf_str(out, OSP_STR("extern const osp_app_info osp_app_info_;\n"));
    }
    if (table->has_failures) {
        osp_buf_str(out, OSP_STR("extern const struct osp_failures osp_failures_;\n"));
    }
    osp_buf_str(out, OSP_STR("extern const osp_app_def osp_app;\nconst osp_app_def osp_app = {\n"
                             "    .name = "));
    write_literal(out, osp_str_from(table->name));
    if (table->has_info) {
        osp_buf_str(out, OSP_STR(",\n    .info = &osp_app_info_"));
    }
    if (table->has_failures) {
        osp_buf_str(out, OSP_STR(",\n    .failures = &osp_failures_"));
    }
    const osp_trie_node *hosts = table->trie->hosts;
    osp_buf_printf(out, ",\n    .%s = &node_%zu,\n    .leaves = leaves,\n    .leaf_count = %zu,\n",
                   hosts != NULL ? "hosts" : "root", hosts != NULL ? hosts->index : 0,
                   table->trie->leaves.count);
    if (resources > 0) {
        osp_buf_printf(out, "    .resources = resources,\n    .resource_count = %u,\n", resources);
    }
    if (table->migration_count > 0) {
        osp_buf_printf(out, "    .migrations = migrations,\n    .migration_count = %zu,\n",
                       table->migration_count);
    }
    if (table->languages != NULL && table->languages->count > 0) {
        osp_buf_printf(out, "    .messages = messages,\n    .message_count = %zu,\n",
                       table->languages->count);
    }
    if (table->chains != NULL && table->chains->root != NULL) {
        osp_buf_printf(out, "    .root_chain = chain_%zu,\n", table->chains->root->index);
    }
    if (table->assets != NULL && table->assets->form_count > 0) {
        osp_buf_printf(out, "    .asset_form_count = %u,\n    .asset_keeper = &osp_asset_keeper,\n",
                       (unsigned)table->assets->form_count);
    }
    if (table->site != NULL) {
        osp_site_write_app(table->site, out);
    }
    if (table->jobs != NULL && table->jobs->count > 0) {
        osp_buf_printf(out, "    .jobs = jobs,\n    .job_count = %zu,\n", table->jobs->count);
    }
    if (table->filters != NULL && table->filters->count > 0) {
        osp_buf_str(out, OSP_STR("    .filters = filters,\n"));
    }
    if (table->queries != NULL && table->queries->count > 0) {
        osp_buf_printf(out,
                       "    .queries = queries,\n    .query_count = %zu,\n"
                       "    .check_queries = osp_sqlite_check_queries,\n",
                       table->queries->count);
    }
    if (table->has_agent) {
        osp_buf_str(out, OSP_STR("    .dev = &osp_dev_agent,\n"));
    }
    osp_buf_str(out, OSP_STR("    .openapi = osp_openapi_write,\n};\n"));
}

static void write_tests(const osp_kit_list *tests, osp_buf *out)
{
    osp_buf_str(out, OSP_STR("#include <openspeed/test.h>\n"));
    for (size_t i = 0; i < tests->count; i++) {
        osp_buf_printf(out, "extern const osp_test_def osp_test_%s;\n",
                       (const char *)tests->items[i]);
    }
    osp_buf_str(out, OSP_STR("static const osp_test_def *const tests[] = {\n"));
    for (size_t i = 0; i < tests->count; i++) {
        osp_buf_printf(out, "    &osp_test_%s,\n", (const char *)tests->items[i]);
    }
    osp_buf_str(out, OSP_STR("    0,\n};\n")); /* never empty */
}

static void write_main(const osp_kit_list *tests, osp_buf *out)
{
    if (tests != NULL) {
        write_tests(tests, out);
    }
    osp_buf_str(out, OSP_STR("int main(int argc, char **argv)\n{\n"));
    if (tests != NULL) {
        osp_buf_printf(out, "    return osp_test_main(&osp_app, tests, %zu, argc, argv);\n}\n",
                       tests->count);
    } else {
        osp_buf_str(out, OSP_STR("    return osp_serve_main(&osp_app, argc, argv);\n}\n"));
    }
}

void osp_table_write(osp_arena *arena, const osp_table *table, osp_buf *out)
{
    const osp_trie *trie = table->trie;
    osp_buf_str(out, OSP_STR("/* Generated by openspeed build. */\n"
                             "#include <openspeed/manifest.h>\n"));
    write_assets(arena, table, out);
    if (table->chains != NULL) {
        write_chains(table->chains, out);
    }
    if (table->site != NULL) {
        osp_site_write(table->site, out);
    }
    for (size_t i = 0; i < trie->leaves.count; i++) {
        write_leaf(arena, trie->leaves.items[i], out);
    }
    for (size_t i = trie->nodes.count; i > 0; i--) {
        write_node(trie->nodes.items[i - 1], out);
    }
    if (trie->hosts != NULL) {
        write_node(trie->hosts, out);
    }
    osp_buf_str(out, OSP_STR("static const osp_route_leaf *const leaves[] = {\n"));
    for (size_t i = 0; i < trie->leaves.count; i++) {
        osp_buf_printf(out, "    &leaf_%zu,\n", i);
    }
    osp_buf_str(out, OSP_STR("};\n"));
    if (table->migration_count > 0) {
        osp_buf_str(out, OSP_STR("static const osp_migration migrations[] = {\n"));
        for (size_t i = 0; i < table->migration_count; i++) {
            write_migration(&table->migrations[i], out);
        }
        osp_buf_str(out, OSP_STR("};\n"));
    }
    if (table->languages != NULL && table->languages->count > 0) {
        write_messages(table->languages, out);
    }
    if (table->jobs != NULL && table->jobs->count > 0) {
        write_jobs(table->jobs, out);
    }
    if (table->filters != NULL && table->filters->count > 0) {
        write_filters(table->filters, out);
    }
    if (table->queries != NULL && table->queries->count > 0) {
        write_queries(table->queries, out);
    }
    write_app(table, out);
    write_main(table->tests, out);
}
