/* From a request to the handler's input struct, by the descriptor alone.
 *
 * Every member names its source; each source has one function in a table.  Nothing stops at the
 * first bad member: the client learns of all of them in one answer. */
#include "app/ctx.h"

#include <string.h>

#include "wire/uri.h"

typedef struct binding {
    osp_ctx *ctx;
    char *value;
    osp_issues *issues;
    osp_pair *pairs; /* of the query, decoded at the first need */
    size_t pair_count;
    bool pairs_read;
} binding;

static osp_status add_issue(binding *b, const char *in, osp_str name, osp_str detail)
{
    const osp_str where = osp_format(b->ctx, "%s:%.*s", in, OSP_ARG(name));
    osp_issues_add(b->issues, where, detail);
    return OSP_OK;
}

static bool is_optional(const osp_field *field)
{
    return (field->kind_ >= OSP_KIND_OPT_BOOL && field->kind_ <= OSP_KIND_OPT_STR) ||
           field->kind_ == OSP_KIND_POINTER;
}

/* Sets a scalar from `text`; text.ptr is NULL when the request does not have it. */
static osp_status bind_text(binding *b, const osp_field *field, const char *in, osp_str text)
{
    const osp_str name = osp_field_name(field);
    if (text.ptr == NULL && field->fallback != NULL) {
        text = osp_str_from(field->fallback);
    }
    if (text.ptr == NULL) {
        return is_optional(field) ? OSP_OK : add_issue(b, in, name, OSP_STR("is required"));
    }
    osp_str detail = { 0 };
    const osp_status status =
        osp_field_from_text(field, b->value + field->offset_, text, b->ctx->task.arena, &detail);
    return status == OSP_E_TYPE_MISMATCH ? add_issue(b, in, name, detail) : status;
}

static osp_status bind_path(binding *b, const osp_field *field)
{
    const osp_route_match *match = &b->ctx->match;
    OSP_ASSERT(match->leaf != NULL && match->param_count == match->leaf->param_count);
    const osp_str name = osp_field_name(field);
    for (uint8_t i = 0; i < match->param_count; i++) {
        const char *param = match->leaf->param_names[i];
        if (strncmp(param, name.ptr, name.len) == 0 && param[name.len] == 0) {
            return bind_text(b, field, "path", match->params[i]);
        }
    }
    return bind_text(b, field, "path", (osp_str){ 0 });
}

static osp_status read_pairs(binding *b)
{
    OSP_ASSERT(!b->pairs_read && b->pair_count == 0);
    b->pairs_read = true;
    osp_str rest = b->ctx->request.query;
    if (rest.len == 0) {
        return OSP_OK;
    }
    b->pairs = osp_new_array(b->ctx, osp_pair, OSP_URI_PAIRS_MAX);
    if (b->pairs == NULL) {
        return OSP_E_NOMEM;
    }
    for (;;) {
        osp_pair pair;
        const osp_status status = osp_query_next(&rest, b->ctx->task.arena, &pair);
        if (status == OSP_DONE) {
            return OSP_OK;
        }
        if (status < 0) {
            return status == OSP_E_URI ? osp_fail(b->ctx, 400, "The query is malformed.") : status;
        }
        if (b->pair_count == OSP_URI_PAIRS_MAX) {
            return osp_fail(b->ctx, 400, "The query has more than %d parameters.",
                            OSP_URI_PAIRS_MAX);
        }
        b->pairs[b->pair_count++] = pair;
    }
}

static osp_status bind_query_list(binding *b, const osp_field *field, osp_str name, size_t count)
{
    const osp_type *element = field->type_;
    char *items = osp_task_alloc_array(&b->ctx->task, element->size, count ? count : 1);
    if (items == NULL) {
        return OSP_E_NOMEM;
    }
    osp_field item = *field;
    item.kind_ = element->kind;
    item.offset_ = 0;
    item.min_len = item.max_len = 0;
    size_t used = 0;
    for (size_t i = 0; i < b->pair_count; i++) {
        if (!osp_str_equal(b->pairs[i].name, name)) {
            continue;
        }
        osp_str detail = { 0 };
        const osp_status status = osp_field_from_text(
            &item, items + used * element->size, b->pairs[i].value, b->ctx->task.arena, &detail);
        if (status == OSP_E_TYPE_MISMATCH) {
            OSP_TRY(add_issue(b, "query", name, detail));
            continue;
        }
        OSP_TRY(status);
        used++;
    }
    OSP_ASSERT(used <= count);
    osp_list *list = (osp_list *)(void *)(b->value + field->offset_);
    *list = (osp_list){ items, used };
    if (field->max_len != 0 && used > field->max_len) {
        return add_issue(b, "query", name, OSP_STR("has too many values"));
    }
    return used < field->min_len ? add_issue(b, "query", name, OSP_STR("has too few values"))
                                 : OSP_OK;
}

static osp_status bind_query(binding *b, const osp_field *field)
{
    if (!b->pairs_read) {
        OSP_TRY(read_pairs(b));
    }
    const osp_str name = osp_field_name(field);
    size_t count = 0;
    osp_str value = { 0 };
    for (size_t i = 0; i < b->pair_count; i++) {
        if (osp_str_equal(b->pairs[i].name, name)) {
            count++;
            value = b->pairs[i].value;
        }
    }
    if (field->kind_ == OSP_KIND_LIST) {
        return bind_query_list(b, field, name, count);
    }
    if (count > 1) {
        return add_issue(b, "query", name, OSP_STR("is given more than once"));
    }
    if (count == 1 && value.ptr == NULL) {
        value.ptr = "";
    }
    return bind_text(b, field, "query", value);
}

/* The names of headers have dashes where those of members have underscores. */
static osp_status bind_dashed_header(binding *b, const osp_field *field)
{
    osp_field dashed = *field;
    char *name = osp_task_alloc(&b->ctx->task, (size_t)field->member_len_ + 1);
    if (name == NULL) {
        return OSP_E_NOMEM;
    }
    for (size_t i = 0; i < field->member_len_; i++) {
        name[i] = field->member_[i] == '_' ? '-' : field->member_[i];
    }
    dashed.name = name;
    return bind_text(b, &dashed, "header",
                     osp_request_header(&b->ctx->request, osp_str_from(name)));
}

static osp_status bind_header(binding *b, const osp_field *field)
{
    if (field->name == NULL && memchr(field->member_, '_', field->member_len_) != NULL) {
        return bind_dashed_header(b, field);
    }
    return bind_text(b, field, "header",
                     osp_request_header(&b->ctx->request, osp_field_name(field)));
}

static bool is_json(osp_str media_type)
{
    size_t end = 0;
    while (end < media_type.len && media_type.ptr[end] != ';' && media_type.ptr[end] != ' ') {
        end++;
    }
    const osp_str essence = { media_type.ptr, end };
    static const osp_str suffix = { "+json", 5 };
    return osp_str_equal_nocase(essence, OSP_STR("application/json")) ||
           (end > suffix.len &&
            osp_str_equal_nocase((osp_str){ essence.ptr + end - suffix.len, suffix.len }, suffix));
}

/* Decodes the body as JSON into `value`.  A missing body is an empty object: the answer then names
 * what is required. */
static osp_status bind_json(binding *b, const osp_type *type, char *value)
{
    const osp_request *request = &b->ctx->request;
    const osp_str media_type = osp_request_header(request, OSP_STR("content-type"));
    if (request->body.len > 0 && media_type.len > 0 && !is_json(media_type)) {
        return osp_fail(b->ctx, 415, "The body must be application/json.");
    }
    const osp_str text = request->body.len > 0 ? request->body : OSP_STR("{}");
    osp_error error = { 0 };
    const osp_status status =
        osp_json_decode(type, value, text, b->ctx->task.arena, b->issues, &error);
    if (status == OSP_OK || status == OSP_E_TYPE_MISMATCH) {
        return OSP_OK;
    }
    return status == OSP_E_NOMEM || status == OSP_E_LIMIT
               ? status
               : osp_fail(b->ctx, 400, "The body is not valid JSON: %s.",
                          error.message[0] ? error.message : osp_status_text(status));
}

static osp_status bind_body(binding *b, const osp_field *field)
{
    return bind_json(b, field->type_, b->value + field->offset_);
}

osp_status osp_bind(osp_ctx *ctx, const osp_type *in, void *value)
{
    static osp_status (*const by_source[OSP_SOURCE_COUNT])(binding *, const osp_field *) = {
        [OSP_SOURCE_PATH] = bind_path,
        [OSP_SOURCE_QUERY] = bind_query,
        [OSP_SOURCE_HEADER] = bind_header,
        [OSP_SOURCE_BODY] = bind_body,
    };
    OSP_ASSERT(value != NULL || in->size == 0);
    osp_issues issues;
    issues.count = 0;
    issues.dropped = 0;
    binding b = { .ctx = ctx, .value = value, .issues = &issues };
    bool has_fields = false;
    osp_status status = OSP_OK;
    for (uint16_t i = 0; i < in->field_count && status >= 0; i++) {
        const osp_field *field = &in->fields[i];
        if (field->source_ == OSP_SOURCE_FIELD) {
            has_fields = true;
            continue;
        }
        status = by_source[field->source_](&b, field);
    }
    if (status >= 0 && has_fields) {
        status = bind_json(&b, in, value);
    }
    if (status < 0 && status != OSP_E_FAILED) {
        return osp_fail(ctx, 503, "The server is short of memory.");
    }
    if (status >= 0 && issues.count > 0) {
        ctx->failed = true;
        osp_problem(ctx, 422, OSP_STR("The request has fields that are not valid."), &issues);
        status = OSP_E_FAILED;
    }
    return status < 0 ? status : OSP_OK;
}
