/* One operation of the document: a method of a URL, what it takes and what it answers.
 *
 *     path, query, header, cookie --> parameters, those of makers among them
 *     the members of a body ........> requestBody: JSON, a form of either kind, anything
 *     output, what can fail ........> responses; problems are components, counted here
 *
 * Section numbers are those of OpenAPI 3.1. */
#include "api/operation.h"

#include <string.h>

#include "api/pen.h"
#include "app/ctx.h"
#include "http/params.h"

#define ID_MAX 512

/* ---------------------------------------------------------------- names */

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* "GET /users/[id]/last-login" is getUsersByIdLastLogin. */
static void write_id(osp_buf *out, osp_method method, const char *pattern)
{
    for (const char *at = osp_method_name(method); *at != '\0'; at++) {
        osp_buf_byte(out, lower(*at));
    }
    bool starts = true;
    for (const char *at = pattern; *at != '\0'; at++) {
        if (*at == '[') {
            osp_buf_str(out, OSP_STR("By"));
        }
        if (!is_alnum(*at)) {
            starts = true;
            continue;
        }
        osp_buf_byte(out, starts ? upper(*at) : *at);
        starts = false;
    }
    if (pattern[1] == '\0') {
        osp_buf_str(out, OSP_STR("Root"));
    }
}

static bool is_taken(const osp_document *d, osp_str id)
{
    bool taken = false;
    for (size_t i = 0; i < d->id_count; i++) {
        taken |= osp_str_equal(d->ids[i], id);
    }
    return taken;
}

/* Two patterns may come to one id, such as /a-b and /a_b: the later one in the table gets a number.
 */
static osp_str unique_id(osp_document *d, osp_method method, const char *pattern)
{
    char storage[ID_MAX];
    osp_buf id;
    osp_buf_init(&id, storage, sizeof(storage), sizeof(storage));
    write_id(&id, method, pattern);
    const size_t len = id.len;
    for (unsigned i = 2; is_taken(d, (osp_str){ id.ptr, id.len }); i++) {
        id.len = len < ID_MAX - 12 ? len : ID_MAX - 12;
        osp_buf_printf(&id, "%u", i);
    }
    char *kept = osp_arena_try(&d->arena, id.len);
    if (kept == NULL) {
        return (osp_str){ NULL, 0 };
    }
    memcpy(kept, id.ptr, id.len);
    d->ids[d->id_count] = (osp_str){ kept, id.len };
    return d->ids[d->id_count++];
}

/* "v1" and "api" say nothing about what is below. */
static bool is_version(osp_str name)
{
    bool digits = name.len > 1 && name.ptr[0] == 'v';
    for (size_t i = 1; i < name.len; i++) {
        digits &= name.ptr[i] >= '0' && name.ptr[i] <= '9';
    }
    return digits || osp_str_equal(name, OSP_STR("api"));
}

osp_str osp_operation_tag(const osp_route_leaf *leaf)
{
    const char *at = strchr(leaf->file, '/');
    const char *slash = at != NULL ? strchr(at + 1, '/') : NULL;
    for (; slash != NULL; at = slash, slash = strchr(at + 1, '/')) {
        osp_str name = { at + 1, (size_t)(slash - at) - 1 };
        if (osp_str_starts_with(name, OSP_STR("(@"))) {
            continue;
        }
        if (name.len > 2 && name.ptr[0] == '(') {
            name = (osp_str){ name.ptr + 1, name.len - 2 };
        }
        if (name.len > 0 && name.ptr[0] != '[' && !is_version(name)) {
            return name;
        }
    }
    return OSP_STR("root");
}

void osp_operation_reach(osp_document *d, const osp_route_leaf *leaf, const osp_route *route)
{
    d->reached_count = osp_graph_reach(leaf, route, d->reached, OSP_PROVIDERS_MAX);
}

/* ---------------------------------------------------------------- parameters */

static const char *const places[OSP_SOURCE_COUNT] = {
    [OSP_SOURCE_PATH] = "path",
    [OSP_SOURCE_QUERY] = "query",
    [OSP_SOURCE_HEADER] = "header",
    [OSP_SOURCE_COOKIE] = "cookie",
};

static const char *const styles[OSP_STYLE_COUNT] = {
    [OSP_STYLE_FORM] = "form",
    [OSP_STYLE_SIMPLE] = "simple",
    [OSP_STYLE_LABEL] = "label",
    [OSP_STYLE_MATRIX] = "matrix",
    [OSP_STYLE_SPACE] = "spaceDelimited",
    [OSP_STYLE_PIPE] = "pipeDelimited",
    [OSP_STYLE_DEEP] = "deepObject",
};

/* How a list or object stands in a parameter; scalars have nothing to say (section 4.8.12). */
static void write_style(osp_buf *out, const osp_field *field)
{
    if (osp_kind_is_scalar((osp_kind)field->kind_) || field->kind_ == OSP_KIND_JSON) {
        return;
    }
    const bool simple = field->source_ == OSP_SOURCE_PATH || field->source_ == OSP_SOURCE_HEADER;
    const osp_style style = field->style != OSP_STYLE_DEFAULT ? (osp_style)field->style
                            : simple                          ? OSP_STYLE_SIMPLE
                                                              : OSP_STYLE_FORM;
    const bool in_one = field->joined || style == OSP_STYLE_SPACE || style == OSP_STYLE_PIPE;
    osp_pen_member(out, "style", osp_str_from(styles[style]));
    osp_pen_member_raw(out, "explode", in_one ? "false" : "true");
}

/* These have places of their own in the document, and are no parameters (section 4.8.12.2). */
static bool is_reserved_header(osp_document *d, const osp_field *field)
{
    const osp_str name = osp_param_name(field, &d->arena);
    d->out->failed |= name.ptr == NULL;
    return field->source_ == OSP_SOURCE_HEADER &&
           (osp_str_equal_nocase(name, OSP_STR("authorization")) ||
            osp_str_equal_nocase(name, OSP_STR("accept")) ||
            osp_str_equal_nocase(name, OSP_STR("content-type")));
}

static bool is_parameter_required(const osp_field *field)
{
    if (field->source_ == OSP_SOURCE_PATH || field->kind_ != OSP_KIND_OBJECT ||
        osp_field_is_optional(field)) {
        return field->source_ == OSP_SOURCE_PATH || osp_schema_requires(field);
    }
    bool required = false;
    for (uint16_t i = 0; i < field->type_->field_count; i++) {
        required |= osp_schema_requires(&field->type_->fields[i]);
    }
    return required;
}

static void write_parameter(osp_document *d, const osp_field *field, bool rest)
{
    osp_buf *out = d->out;
    const osp_str name = osp_param_name(field, &d->arena);
    out->failed |= name.ptr == NULL;
    osp_pen_open(out, '{');
    osp_pen_member(out, "name", name);
    osp_pen_member(out, "in", osp_str_from(places[field->source_]));
    if (field->doc != NULL) {
        osp_pen_member(out, "description", osp_str_from(field->doc));
    }
    if (is_parameter_required(field)) {
        osp_pen_member_raw(out, "required", "true");
    }
    if (field->deprecated) {
        osp_pen_member_raw(out, "deprecated", "true");
    }
    write_style(out, field);
    osp_pen_key(out, OSP_STR("schema"));
    osp_schema_member(&d->schemas, field, OSP_INPUT, false, out);
    if (field->example != NULL && !field->secret) {
        osp_pen_member_raw(out, "example", field->example);
    }
    if (field->nomatch) {
        osp_pen_member_raw(out, "x-openspeed-nomatch", "true");
    }
    if (rest) {
        osp_pen_member_raw(out, "x-openspeed-rest", "true");
    }
    osp_pen_close(out, '}');
}

static const osp_field *path_field(const osp_type *in, osp_str name)
{
    for (uint16_t i = 0; i < in->field_count; i++) {
        const osp_field *field = &in->fields[i];
        if (field->source_ == OSP_SOURCE_PATH && osp_str_equal(osp_field_name(field), name)) {
            return field;
        }
    }
    return NULL;
}

/* Of those that the path does not name. */
static bool is_parameter(osp_document *d, const osp_field *field)
{
    return field->source_ != OSP_SOURCE_PATH && places[field->source_] != NULL &&
           !is_reserved_header(d, field);
}

static bool reads_same(osp_document *d, const osp_type *in, const osp_field *field)
{
    for (uint16_t i = 0; i < in->field_count; i++) {
        if (in->fields[i].source_ == field->source_ &&
            osp_str_equal_nocase(osp_param_name(&in->fields[i], &d->arena),
                                 osp_param_name(field, &d->arena))) {
            return true;
        }
    }
    return false;
}

/* What makers read of the request, where neither the input nor an earlier one does; what proves who
 * asks is told as a requirement. */
static void write_needed_parameters(osp_document *d, const osp_type *in)
{
    for (size_t i = 0; i < d->reached_count; i++) {
        const osp_provider *provider = d->reached[i].provider;
        const osp_field *credential = osp_credential_of(provider);
        for (uint16_t k = 0; k < provider->in_->field_count; k++) {
            const osp_field *field = &provider->in_->fields[k];
            bool known = field == credential || reads_same(d, in, field);
            for (size_t j = 0; j < i && !known; j++) {
                known = reads_same(d, d->reached[j].provider->in_, field);
            }
            if (!known && is_parameter(d, field)) {
                write_parameter(d, field, false);
            }
        }
    }
}

/* Those of the path in its order, also such as no input reads; then the others. */
static void write_parameters(osp_document *d, const osp_route_leaf *leaf, const osp_type *in)
{
    const bool rest = strstr(leaf->pattern, "[...") != NULL;
    const size_t before = d->out->len;
    osp_pen_member_open(d->out, "parameters", '[');
    const size_t empty = d->out->len;
    for (uint8_t i = 0; i < leaf->param_count; i++) {
        const osp_field unread = { .name = leaf->param_names[i],
                                   .source_ = OSP_SOURCE_PATH,
                                   .kind_ = OSP_KIND_STR };
        const osp_field *field = path_field(in, osp_str_from(unread.name));
        write_parameter(d, field != NULL ? field : &unread, rest && i + 1 == leaf->param_count);
    }
    for (uint16_t i = 0; i < in->field_count; i++) {
        if (is_parameter(d, &in->fields[i])) {
            write_parameter(d, &in->fields[i], false);
        }
    }
    write_needed_parameters(d, in);
    if (d->out->len == empty && !d->out->failed) {
        d->out->len = before;
        return;
    }
    osp_pen_close(d->out, ']');
}

/* ---------------------------------------------------------------- the body of a request */

/* Which sources an input reads, a bit each. */
static unsigned sources_of(const osp_type *in)
{
    unsigned sources = in->kind == OSP_KIND_UNION ? 1u << OSP_SOURCE_FIELD : 0;
    for (uint16_t i = 0; i < in->field_count; i++) {
        sources |= 1u << in->fields[i].source_;
    }
    return sources;
}

static bool reads(unsigned sources, osp_source source)
{
    return (sources >> source & 1) != 0;
}

static bool any_required(const osp_type *type, osp_source source)
{
    bool required = type->kind != OSP_KIND_OBJECT;
    for (uint16_t i = 0; i < type->field_count; i++) {
        required |= type->fields[i].source_ == source && osp_schema_requires(&type->fields[i]);
    }
    return required;
}

/* Of the files of a member; NULL: any. */
static const char *media_types_of(const osp_field *field)
{
    const osp_field *rules = field->kind_ == OSP_KIND_LIST ? field->each_ : field;
    return rules != NULL ? rules->media_types : NULL;
}

/* How lists and objects stand among the pairs of a form, and which files it takes (section
 * 4.8.15). */
static void write_encoding(osp_buf *out, const osp_type *in)
{
    const size_t before = out->len;
    osp_pen_member_open(out, "encoding", '{');
    const size_t empty = out->len;
    for (uint16_t i = 0; i < in->field_count; i++) {
        const osp_field *field = &in->fields[i];
        if (field->source_ != OSP_SOURCE_FORM) {
            continue;
        }
        const char *types = osp_field_is_upload(field) ? media_types_of(field) : NULL;
        const bool styled =
            !osp_field_is_upload(field) && !osp_kind_is_scalar((osp_kind)field->kind_);
        if (types != NULL || styled) {
            osp_pen_key(out, osp_field_name(field));
            osp_buf_byte(out, '{');
            if (styled) {
                write_style(out, field);
            } else {
                osp_pen_member(out, "contentType", osp_str_from(types));
            }
            osp_pen_close(out, '}');
        }
    }
    if (out->len == empty && !out->failed) {
        out->len = before;
        return;
    }
    osp_pen_close(out, '}');
}

static const osp_field *body_field(const osp_type *in)
{
    for (uint16_t i = 0; i < in->field_count; i++) {
        if (in->fields[i].source_ == OSP_SOURCE_BODY) {
            return &in->fields[i];
        }
    }
    return NULL;
}

/* Whether an urlencoded body, which has no files, never fits. */
static bool needs_upload(const osp_type *in)
{
    for (uint16_t i = 0; i < in->field_count; i++) {
        if (osp_field_is_upload(&in->fields[i]) && osp_schema_requires(&in->fields[i])) {
            return true;
        }
    }
    return false;
}

static void write_form(osp_document *d, const osp_type *in, const char *media_type)
{
    osp_pen_member_open(d->out, media_type, '{');
    osp_pen_key(d->out, OSP_STR("schema"));
    osp_schema_object(&d->schemas, in, OSP_SOURCE_FORM, OSP_INPUT, d->out);
    write_encoding(d->out, in);
    osp_pen_close(d->out, '}');
}

static void write_body(osp_document *d, const osp_type *in, unsigned sources)
{
    osp_buf *out = d->out;
    const osp_field *body = body_field(in);
    const bool form = reads(sources, OSP_SOURCE_FORM);
    const bool json = reads(sources, OSP_SOURCE_FIELD) || reads(sources, OSP_SOURCE_EXTRA);
    const bool required = (body != NULL && any_required(body->type_, OSP_SOURCE_FIELD)) ||
                          (json && any_required(in, OSP_SOURCE_FIELD)) ||
                          (form && any_required(in, OSP_SOURCE_FORM));
    if (in->kind == OSP_KIND_STREAM || (body != NULL && body->type_->kind == OSP_KIND_STREAM)) {
        osp_pen_member_raw(out, "requestBody", "{\"content\":{\"*/*\":{}}}");
        return;
    }
    if (body == NULL && !json && !form) {
        return;
    }
    osp_pen_member_open(out, "requestBody", '{');
    osp_pen_member_open(out, "content", '{');
    if (body != NULL || json) {
        osp_pen_member_open(out, "application/json", '{');
        osp_pen_key(out, OSP_STR("schema"));
        osp_schema_of(&d->schemas, body != NULL ? body->type_ : in, OSP_INPUT, out);
        osp_pen_close(out, '}');
    }
    if (form && !needs_upload(in)) {
        write_form(d, in, "application/x-www-form-urlencoded");
    }
    if (form) {
        write_form(d, in, "multipart/form-data");
    }
    osp_pen_close(out, '}');
    if (required) {
        osp_pen_member_raw(out, "required", "true");
    }
    osp_pen_close(out, '}');
}

/* ---------------------------------------------------------------- answers */

static void write_response(osp_buf *out, int status, osp_str description)
{
    osp_pen_comma(out);
    osp_buf_printf(out, "\"%d\":{", status);
    osp_pen_member(out, "description", description);
}

/* A handler without an output type may send anything, or nothing; so may one that streams. */
static void write_success(osp_document *d, const osp_route *route)
{
    osp_buf *out = d->out;
    const bool typed = route->out_->size != 0 && route->out_->kind != OSP_KIND_STREAM;
    const int status = route->status != 0 ? route->status : 200;
    const osp_str reason = osp_http_reason(status);
    write_response(out, status, reason.len != 0 ? reason : OSP_STR("Success"));
    if (typed) {
        osp_pen_member_open(out, "content", '{');
        osp_pen_member_open(out, "application/json", '{');
        osp_pen_key(out, OSP_STR("schema"));
        osp_schema_of(&d->schemas, route->out_, OSP_OUTPUT, out);
        osp_buf_str(out, OSP_STR("}}"));
    } else if (status != 204 && status != 205 && status != 304) {
        osp_pen_member_raw(out, "content", "{\"*/*\":{}}");
    }
    osp_pen_close(out, '}');
    if (!typed && route->status == 0) {
        write_response(out, 204, OSP_STR("Nothing to send"));
        osp_pen_close(out, '}');
    }
}

/* What the dispatch answers by itself, and what the route says that it does. */
static void failures_of(const osp_document *d, const osp_route *route, unsigned sources,
                        bool *failures)
{
    const bool body = reads(sources, OSP_SOURCE_FIELD) || reads(sources, OSP_SOURCE_BODY) ||
                      reads(sources, OSP_SOURCE_FORM) || reads(sources, OSP_SOURCE_EXTRA);
    const bool stream = osp_route_reads_stream(route);
    failures[400] = body || stream || reads(sources, OSP_SOURCE_QUERY);
    failures[415] = body && !stream;
    failures[422] = sources != 0;
    for (size_t i = 0; i < d->reached_count; i++) {
        const osp_provider *provider = d->reached[i].provider;
        failures[401] |= provider->authenticates;
        failures[422] |= provider->in_->field_count > 0;
    }
    for (uint16_t i = 0; i < route->in_->field_count; i++) {
        failures[404] |= route->in_->fields[i].nomatch;
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(route->errors); i++) {
        if (route->errors[i] >= 400 && route->errors[i] < OSP_API_STATUS_END) {
            failures[route->errors[i]] = true;
        }
    }
}

static void write_responses(osp_document *d, const osp_route *route, unsigned sources)
{
    bool failures[OSP_API_STATUS_END] = { false };
    failures_of(d, route, sources, failures);
    osp_pen_member_open(d->out, "responses", '{');
    write_success(d, route);
    for (int status = 400; status < OSP_API_STATUS_END; status++) {
        if (failures[status]) {
            osp_pen_comma(d->out);
            osp_buf_printf(d->out, "\"%d\":{\"$ref\":\"#/components/responses/Problem%d\"}", status,
                           status);
            d->problems[status] = true;
        }
    }
    osp_pen_member_raw(d->out, "default", "{\"$ref\":\"#/components/responses/Problem\"}");
    osp_pen_close(d->out, '}');
}

/* ---------------------------------------------------------------- operations */

/* "show_user" is "Show user", for a route without a summary. */
static void write_summary(osp_buf *out, const osp_route *route)
{
    if (route->summary != NULL) {
        osp_pen_member(out, "summary", osp_str_from(route->summary));
        return;
    }
    osp_pen_key(out, OSP_STR("summary"));
    osp_buf_byte(out, '"');
    for (const char *at = route->handler_; *at != '\0'; at++) {
        osp_buf_byte(out, at == route->handler_ ? upper(*at) : *at == '_' ? ' ' : *at);
    }
    osp_buf_byte(out, '"');
}

osp_status osp_operation_write(osp_document *d, const osp_route_leaf *leaf, const osp_route *route,
                               osp_error *err)
{
    osp_buf *out = d->out;
    const unsigned sources = sources_of(route->in_);
    for (const char *at = osp_method_name(route->method_); *at != '\0'; at++) {
        if (at == osp_method_name(route->method_)) {
            osp_pen_comma(out);
            osp_buf_byte(out, '"');
        }
        osp_buf_byte(out, lower(*at));
    }
    osp_buf_str(out, OSP_STR("\":{\"tags\":["));
    osp_pen_str(out, osp_operation_tag(leaf));
    osp_pen_close(out, ']');
    write_summary(out, route);
    if (route->doc != NULL) {
        osp_pen_member(out, "description", osp_str_from(route->doc));
    }
    const osp_str id = unique_id(d, route->method_, leaf->pattern);
    if (id.ptr == NULL) {
        return osp_error_set(err, OSP_E_NOMEM, "no memory for the document");
    }
    osp_pen_member(out, "operationId", id);
    osp_operation_reach(d, leaf, route);
    write_parameters(d, leaf, route->in_);
    write_body(d, route->in_, sources);
    write_responses(d, route, sources);
    osp_security_write(&d->security, route->in_, d->reached, d->reached_count, out);
    if (route->deprecated) {
        osp_pen_member_raw(out, "deprecated", "true");
    }
    osp_pen_close(out, '}');
    return OSP_OK;
}
