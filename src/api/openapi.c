/* From routes and their types to an OpenAPI 3.1 document.
 *
 *     every route --> its types into the set of schemas --> the set is proved
 *                 --> its operation (operation.c) --> components
 *
 * Nothing is stated here that the application does not do: parameters are those that the input
 * reads, in the style in which they are read; a failure is listed where the dispatch or the route
 * can give it; the problem document is the one that app/problem.c writes, beside the application's
 * own form of it.
 *
 * Order is that of the tables, which are sorted by pattern, and of names: the same application
 * gives the same bytes.  Section numbers are those of OpenAPI 3.1. */
#include "api/openapi.h"

#include <stdlib.h>
#include <string.h>

#include "api/operation.h"
#include "api/pen.h"
#include "type/issues.h"
#include "wire/h1.h"
#include "wire/uri.h"

/* Calls `fn` for each operation that the document has, in its order. */
typedef osp_status (*visit)(osp_document *d, const osp_route_leaf *leaf, const osp_route *route,
                            osp_error *err);

/* Pages are for people. */
static bool is_documented(const osp_route_leaf *leaf, const osp_route *route)
{
    return route != NULL && !route->hidden && !route->view_ && route != &osp_route_openapi__GET &&
           leaf->asset == NULL;
}

static bool has_routes(const osp_route_leaf *leaf)
{
    bool found = false;
    for (int method = 0; method < OSP_METHOD_OTHER; method++) {
        found |= is_documented(leaf, leaf->by_method[method]);
    }
    return found;
}

static osp_status each_route(osp_document *d, visit fn, osp_error *err)
{
    for (size_t i = 0; i < d->app->leaf_count; i++) {
        for (int method = 0; method < OSP_METHOD_OTHER; method++) {
            const osp_route *route = d->app->leaves[i]->by_method[method];
            if (is_documented(d->app->leaves[i], route)) {
                OSP_TRY(fn(d, d->app->leaves[i], route, err));
            }
        }
    }
    return OSP_OK;
}

/* ---------------------------------------------------------------- paths */

/* Behind the parameter that begins at `at`, "[id=int]" or "[[...rest]]"; *ret_name is its name.  Of
 * an escape, "[x+5b]", the name is empty. */
static const char *param_end(const char *at, osp_str *ret_name)
{
    at += strspn(at, "[.");
    *ret_name = (osp_str){ at, strcspn(at, "=]+") };
    if (at[ret_name->len] == '+') {
        ret_name->len = 0;
    }
    at += strcspn(at, "]");
    return at + strspn(at, "]");
}

/* A byte of a path as a URL has it (RFC 3986 section 3.3). */
static void write_path_byte(osp_buf *out, unsigned char byte)
{
    if (osp_uri_is_unreserved((char)byte) ||
        (byte != '\0' && strchr("/!$&'()*+,;=:@", byte) != NULL)) {
        osp_buf_byte(out, (char)byte);
    } else {
        osp_buf_printf(out, "%%%02X", byte);
    }
}

/* "/users/[id=int]" is "/users/{id}" (section 4.8.8); so are "/users/[id]" and "/users/[...id]". */
static void write_path(osp_buf *out, const char *pattern)
{
    osp_pen_comma(out);
    osp_buf_byte(out, '"');
    for (const char *at = pattern; *at != '\0';) {
        osp_str name;
        if (*at != '[') {
            write_path_byte(out, (unsigned char)*at++);
            continue;
        }
        const char *end = param_end(at, &name);
        if (name.len > 0) {
            osp_buf_printf(out, "{%.*s}", OSP_ARG(name));
        } else { /* "[x+5b]" */
            write_path_byte(out, (unsigned char)strtoul(at + 3, NULL, 16));
        }
        at = end;
    }
    osp_buf_str(out, OSP_STR("\":"));
}

/* Whether two patterns are one path to OpenAPI, which knows neither names of parameters nor
 * matchers nor [...rest]. */
static bool is_same_path(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        osp_str one, other;
        if (*a != '[') {
            a++;
            b++;
            continue;
        }
        const char *const a_end = param_end(a, &one), *const b_end = param_end(b, &other);
        if ((one.len == 0) != (other.len == 0) ||
            (one.len == 0 && memcmp(a, b, sizeof("[x+5b]") - 1) != 0)) {
            return false;
        }
        a = a_end;
        b = b_end;
    }
    return *a == *b;
}

/* Of patterns that are one path the one that answers less: [id=int], [id], [...id]. */
static int rank_of(const char *pattern)
{
    return strstr(pattern, "[...") != NULL ? 2 : strchr(pattern, '=') != NULL ? 0 : 1;
}

/* Whether another pattern that is documented stands for the path: the router takes that one first,
 * or the table has it first; OpenAPI has a path once, however many hosts it is on. */
static bool is_covered(const osp_app_def *app, const osp_route_leaf *leaf)
{
    const bool may = leaf->hosts != NULL || strchr(leaf->pattern, '[') != NULL;
    bool before = true;
    for (size_t i = 0; i < app->leaf_count && may; i++) {
        const osp_route_leaf *other = app->leaves[i];
        before &= other != leaf;
        const int more = rank_of(other->pattern) - rank_of(leaf->pattern);
        if (other != leaf && (more < 0 || (more == 0 && before)) && has_routes(other) &&
            is_same_path(other->pattern, leaf->pattern)) {
            return true;
        }
    }
    return false;
}

/* ---------------------------------------------------------------- types */

static const osp_type *named_of(const osp_field *field)
{
    return field->type_;
}

/* Types of members that do not come from the members of a JSON body. */
static osp_status add_named(osp_document *d, const osp_type *in, osp_error *err)
{
    for (uint16_t i = 0; i < in->field_count; i++) {
        const osp_field *field = &in->fields[i];
        if (field->source_ != OSP_SOURCE_FIELD && field->source_ != OSP_SOURCE_EXTRA &&
            named_of(field) != NULL) {
            OSP_TRY(osp_schemas_add(&d->schemas, named_of(field), OSP_INPUT, err));
        }
    }
    return OSP_OK;
}

static osp_status add_types(osp_document *d, const osp_route_leaf *leaf, const osp_route *route,
                            osp_error *err)
{
    const osp_type *in = route->in_;
    bool body = false;
    if (is_covered(d->app, leaf)) {
        return OSP_OK;
    }
    for (uint16_t i = 0; i < in->field_count; i++) {
        const osp_source source = (osp_source)in->fields[i].source_;
        body |= source == OSP_SOURCE_FIELD || source == OSP_SOURCE_EXTRA;
    }
    OSP_TRY(add_named(d, in, err));
    osp_operation_reach(d, leaf, route);
    for (size_t i = 0; i < d->reached_count; i++) {
        OSP_TRY(add_named(d, d->reached[i].provider->in_, err));
    }
    if (body || in->kind == OSP_KIND_UNION) {
        OSP_TRY(osp_schemas_add(&d->schemas, in, OSP_INPUT, err));
    }
    return osp_schemas_add(&d->schemas, route->out_, OSP_OUTPUT, err);
}

/* ---------------------------------------------------------------- URLs */

/* The hosts of a path.  The scheme is a variable: a URL that begins with "//" would take that of
 * the document (RFC 3986 4.2), but what reads documents wants whole ones. */
static void write_servers(osp_buf *out, const char *hosts)
{
    osp_pen_member_open(out, "servers", '[');
    for (const char *at = hosts; *at != '\0';) {
        const size_t len = strcspn(at, ",");
        const bool any = at[0] == '*';
        osp_pen_open(out, '{');
        osp_buf_printf(out, "\"url\":\"{scheme}://%s%.*s\"", any ? "{label}" : "", (int)(len - any),
                       at + any);
        osp_buf_str(out, OSP_STR(",\"variables\":{\"scheme\":{\"default\":\"https\",\"enum\":"
                                 "[\"https\",\"http\"]}"));
        osp_buf_str(out, any ? OSP_STR(",\"label\":{\"default\":\"www\"}}") : OSP_STR("}"));
        osp_pen_close(out, '}');
        at += len + (at[len] == ',');
    }
    osp_pen_close(out, ']');
}

static osp_status write_paths(osp_document *d, osp_error *err)
{
    osp_pen_member_open(d->out, "paths", '{');
    for (size_t i = 0; i < d->app->leaf_count; i++) {
        const osp_route_leaf *leaf = d->app->leaves[i];
        if (!has_routes(leaf) || is_covered(d->app, leaf)) {
            continue;
        }
        write_path(d->out, leaf->pattern);
        osp_buf_byte(d->out, '{');
        if (leaf->hosts != NULL) {
            write_servers(d->out, leaf->hosts);
        }
        for (int method = 0; method < OSP_METHOD_OTHER; method++) {
            if (is_documented(leaf, leaf->by_method[method])) {
                OSP_TRY(osp_operation_write(d, leaf, leaf->by_method[method], err));
            }
        }
        osp_pen_close(d->out, '}');
    }
    osp_pen_close(d->out, '}');
    return OSP_OK;
}

static void write_covered_name(osp_document *d, const osp_route_leaf *leaf)
{
    osp_buf name;
    osp_buf_init(&name, NULL, 0, (size_t)1 << 16);
    osp_buf_printf(&name, "%s%s", leaf->hosts != NULL ? leaf->hosts : "", leaf->pattern);
    d->out->failed |= name.failed;
    osp_pen_str(d->out, (osp_str){ name.ptr, name.len });
    osp_buf_done(&name);
}

/* Tells what OpenAPI has no words for. */
static void write_covered(osp_document *d)
{
    bool open = false;
    for (size_t i = 0; i < d->app->leaf_count; i++) {
        if (has_routes(d->app->leaves[i]) && is_covered(d->app, d->app->leaves[i])) {
            if (!open) {
                osp_pen_member_open(d->out, "x-openspeed-hidden-paths", '[');
                open = true;
            }
            write_covered_name(d, d->app->leaves[i]);
        }
    }
    if (open) {
        osp_pen_close(d->out, ']');
    }
}

/* ---------------------------------------------------------------- the rest */

/* Each tag once, where the table has it first. */
static void write_tags(osp_document *d)
{
    osp_pen_member_open(d->out, "tags", '[');
    for (size_t i = 0; i < d->app->leaf_count; i++) {
        const osp_route_leaf *leaf = d->app->leaves[i];
        bool known = !has_routes(leaf) || is_covered(d->app, leaf);
        for (size_t j = 0; j < i && !known; j++) {
            known = has_routes(d->app->leaves[j]) && !is_covered(d->app, d->app->leaves[j]) &&
                    osp_str_equal(osp_operation_tag(d->app->leaves[j]), osp_operation_tag(leaf));
        }
        if (!known) {
            osp_pen_open(d->out, '{');
            osp_pen_member(d->out, "name", osp_operation_tag(leaf));
            osp_pen_close(d->out, '}');
        }
    }
    osp_pen_close(d->out, ']');
}

/* What app/problem.c writes: RFC 9457 with every bad field. */
static void write_problem(osp_document *d)
{
    osp_buf *out = d->out;
    osp_pen_member_open(out, d->problem, '{');
    osp_buf_str(
        out,
        OSP_STR(
            "\"type\":\"object\",\"description\":\"What went wrong (RFC 9457)\",\"properties\":{"
            "\"type\":{\"type\":\"string\",\"format\":\"uri-reference\"},"
            "\"status\":{\"type\":\"integer\",\"minimum\":400,\"maximum\":599},"
            "\"title\":{\"type\":\"string\"},\"detail\":{\"type\":\"string\"},"
            "\"errors\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/"));
    osp_buf_str(out, osp_str_from(d->problem));
    osp_buf_str(out, OSP_STR(".Error\"},\"minItems\":1,\"description\":\"Every bad field\"}},"
                             "\"required\":[\"type\",\"status\",\"title\"]}"));
    osp_buf_str(out, OSP_STR(",\""));
    osp_buf_str(out, osp_str_from(d->problem));
    osp_buf_str(
        out,
        OSP_STR(".Error\":{\"type\":\"object\",\"description\":\"A bad field: of the body by its "
                "JSON pointer, or a parameter by place and name\",\"properties\":{"
                "\"pointer\":{\"type\":\"string\",\"format\":\"json-pointer\"},"
                "\"in\":{\"type\":\"string\",\"enum\":[\"path\",\"query\",\"header\",\"cookie\","
                "\"form\"]},\"name\":{\"type\":\"string\"},"
                "\"code\":{\"type\":\"string\",\"enum\":["));
    for (int code = 0; code < OSP_ISSUE_CODES; code++) {
        osp_pen_str(out, osp_str_from(osp_issue_code_name((osp_issue_code)code)));
    }
    osp_buf_str(out, OSP_STR("]},\"detail\":{\"type\":\"string\"}},"
                             "\"required\":[\"code\",\"detail\"],"
                             "\"oneOf\":[{\"required\":[\"pointer\"]},"
                             "{\"required\":[\"in\",\"name\"]}]}"));
}

static void write_problem_response(osp_document *d, int status)
{
    osp_buf *out = d->out;
    char name[sizeof("Problem599")] = "Problem";
    osp_str reason = OSP_STR("Any other failure");
    if (status != 0) {
        name[7] = (char)('0' + status / 100);
        name[8] = (char)('0' + status / 10 % 10);
        name[9] = (char)('0' + status % 10);
        reason = osp_http_reason(status);
    }
    osp_pen_member_open(out, name, '{');
    osp_pen_member(out, "description", reason.len != 0 ? reason : OSP_STR("Failure"));
    osp_pen_member_open(out, "content", '{');
    if (d->app->failures != NULL) {
        osp_pen_member_open(out, "application/json", '{');
        osp_pen_key(out, OSP_STR("schema"));
        osp_schema_of(&d->schemas, d->app->failures->type_, OSP_OUTPUT, out);
        osp_pen_close(out, '}');
    }
    osp_pen_member_open(out, "application/problem+json", '{');
    osp_buf_str(out, OSP_STR("\"schema\":{\"$ref\":\"#/components/schemas/"));
    osp_buf_str(out, osp_str_from(d->problem));
    osp_buf_str(out, OSP_STR("\"}}}}"));
}

static void write_components(osp_document *d)
{
    osp_buf *out = d->out;
    osp_pen_member_open(out, "components", '{');
    osp_pen_member_open(out, "schemas", '{');
    osp_schemas_write(&d->schemas, out);
    write_problem(d);
    osp_pen_close(out, '}');
    osp_pen_member_open(out, "responses", '{');
    write_problem_response(d, 0);
    for (int status = 400; status < OSP_API_STATUS_END; status++) {
        if (d->problems[status]) {
            write_problem_response(d, status);
        }
    }
    osp_pen_close(out, '}');
    osp_security_schemes(&d->security, &d->arena, out);
    osp_pen_close(out, '}');
}

static osp_status write_document(osp_document *d, osp_error *err)
{
    const osp_app_def *app = d->app;
    d->ids = osp_arena_try(&d->arena, (app->leaf_count + 1) * OSP_METHOD_OTHER * sizeof(*d->ids));
    d->reached = osp_arena_try(&d->arena, OSP_PROVIDERS_MAX * sizeof(*d->reached));
    d->security.schemes =
        osp_arena_try(&d->arena, OSP_PROVIDERS_MAX * sizeof(*d->security.schemes));
    if (d->ids == NULL || d->reached == NULL || d->security.schemes == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory for the document");
    }
    osp_schemas_init(&d->schemas, &d->arena);
    OSP_TRY(each_route(d, add_types, err));
    if (app->failures != NULL) {
        OSP_TRY(osp_schemas_add(&d->schemas, app->failures->type_, OSP_OUTPUT, err));
    }
    OSP_TRY(osp_schemas_end(&d->schemas, err));
    d->problem = osp_schemas_has(&d->schemas, OSP_STR("Problem")) ? "OpenSpeed.Problem" : "Problem";
    osp_buf_str(d->out, OSP_STR("{\"openapi\":\"3.1.0\",\"info\":{"));
    osp_pen_member(d->out, "title", osp_str_from(osp_app_title(app)));
    const osp_app_info *info = app->info;
    const bool has_version = info != NULL && info->version != NULL;
    osp_pen_member(d->out, "version", osp_str_from(has_version ? info->version : "0.0.0"));
    if (info != NULL && info->doc != NULL) {
        osp_pen_member(d->out, "description", osp_str_from(info->doc));
    }
    osp_buf_str(d->out, OSP_STR("},\"servers\":[{\"url\":\"/\"}],\"security\":[]"));
    write_tags(d);
    OSP_TRY(write_paths(d, err));
    write_components(d);
    write_covered(d);
    osp_pen_close(d->out, '}');
    return d->out->failed ? osp_error_set(err, OSP_E_LIMIT, "the document is larger than memory")
                          : OSP_OK;
}

osp_status osp_openapi_write(const osp_app_def *app, osp_buf *out, osp_error *err)
{
    OSP_ASSERT(app != NULL && out != NULL);
    osp_document d = { .app = app, .out = out };
    const size_t before = out->len;
    osp_arena_init(&d.arena, NULL, 0, OSP_OPENAPI_ARENA_MAX);
    const osp_status status = write_document(&d, err);
    if (status != OSP_OK) {
        out->len = before;
    }
    osp_arena_done(&d.arena);
    return status;
}
