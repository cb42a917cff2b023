/* From a request to the handler's input struct, by the descriptor alone.
 *
 *     1. members of path, query, headers, cookies    one with .nomatch that does not fit ends it:
 *                                                    the next route is tried
 *     2. the body: as JSON, or the pairs of a form
 *
 * The body comes last, so that a route which is not meant never judges it.  Each source is read
 * once, at the first member that needs it.  Nothing stops at the first bad member: the client
 * learns of all of them in one answer. */
#include "app/ctx.h"

#include <string.h>

#include "app/form.h"
#include "base/slice.h"
#include "base/utf8.h"

const char osp_patterns_key = 0;

typedef struct binding {
    osp_ctx *ctx;
    const osp_type *in;
    char *value;
    osp_decoding how;
    osp_params pairs[OSP_SOURCE_COUNT]; /* of query, cookies and form; once they are read */
    osp_form_content form;              /* that came in parts; with those of the form */
    uint8_t read;                       /* a bit for each source that is in `pairs` */
    uint64_t given;                     /* a bit for each member */
} binding;

/* ---------------------------------------------------------------- the pairs of each source */

/* Names are short: a call would cost more than the look. */
static inline bool is_named(const char *param, osp_str name)
{
    size_t at = 0;
    while (at < name.len && param[at] == name.ptr[at]) {
        at++;
    }
    return at == name.len && param[at] == 0;
}

/* The segment of a name, decoded; NULL when the URL has none. */
static inline const osp_str *find_segment(const osp_route_match *match, osp_str name)
{
    OSP_ASSERT(match->leaf != NULL && (match->param_count == match->leaf->param_count ||
                                       (match->leaf->rest == OSP_REST_ANY &&
                                        match->param_count + 1 == match->leaf->param_count)));
    for (uint8_t i = 0; i < match->param_count; i++) {
        if (is_named(match->leaf->param_names[i], name)) {
            return &match->params[i];
        }
    }
    return NULL;
}

/* What [[...name]] is where it is no segment at all and the member must be something. */
static const osp_str *no_segment(const osp_field *field)
{
    static const osp_str none = { "", 0 };
    return field->kind_ == OSP_KIND_STR && !osp_field_is_optional(field) && field->fallback == NULL
               ? &none
               : NULL;
}

static osp_status path_pairs(binding *b, const osp_field *field, osp_pair *one, osp_params *ret)
{
    const osp_str name = osp_field_name(field);
    const osp_str *segment = find_segment(&b->ctx->match, name);
    if (segment == NULL && b->ctx->match.leaf->rest == OSP_REST_ANY) {
        segment = no_segment(field);
    }
    if (segment != NULL) {
        *one = (osp_pair){ name, *segment, *segment };
        *ret = (osp_params){ one, 1 };
    }
    if (ret->count == 0 || (field->kind_ != OSP_KIND_LIST && field->kind_ != OSP_KIND_OBJECT)) {
        return OSP_OK;
    }
    /* What is split further is looked for in the target as it was sent. */
    const osp_str path = b->ctx->request.path;
    size_t behind = 0;
    for (const char *at = one->value.ptr + one->value.len; at + 1 < path.ptr + path.len; at++) {
        behind += *at == '/';
    }
    osp_target target;
    OSP_TRY(osp_target_split(b->ctx->request.target, &target));
    one->raw = osp_path_raw_segment(target.path, behind);
    return OSP_OK;
}

static osp_status query_pairs(binding *b, const osp_field *field, osp_pair *one, osp_params *ret)
{
    (void)field;
    (void)one;
    const osp_str query = b->ctx->request.query;
    const osp_status status = osp_params_read(query, OSP_URI_PAIRS_MAX, b->ctx->task.arena, ret);
    if (status == OSP_E_URI) {
        return osp_fail(b->ctx, 400, "The query is malformed.");
    }
    return status == OSP_E_LIMIT
               ? osp_fail(b->ctx, 400, "The query has more than %d parameters.", OSP_URI_PAIRS_MAX)
               : status;
}

/* The lines with the field's name. */
static osp_status header_pairs(binding *b, const osp_field *field, osp_pair *lines, osp_params *ret)
{
    const osp_request *request = &b->ctx->request;
    const osp_str name = osp_field_name(field);
    size_t count = 0;
    for (uint32_t i = 0; i < request->header_count; i++) {
        if (!osp_str_equal_nocase(request->headers[i].name, name)) {
            continue;
        }
        if (count == OSP_PARAM_LINES_MAX) {
            return osp_fail(b->ctx, 400, "A header is given more than %d times.",
                            OSP_PARAM_LINES_MAX);
        }
        const osp_str value = request->headers[i].value;
        lines[count++] = (osp_pair){ name, value, value };
    }
    *ret = (osp_params){ lines, count };
    return OSP_OK;
}

static osp_status cookie_pairs(binding *b, const osp_field *field, osp_pair *one, osp_params *ret)
{
    (void)field;
    (void)one;
    const osp_request *request = &b->ctx->request;
    const osp_status status =
        osp_params_cookies(request->headers, request->header_count, b->ctx->task.arena, ret);
    return status == OSP_E_LIMIT
               ? osp_fail(b->ctx, 400, "There are more than %d cookies.", OSP_COOKIES_MAX)
               : status;
}

/* The media type without its parameters. */
static osp_str essence_of(osp_str media_type)
{
    size_t end = 0;
    while (end < media_type.len && media_type.ptr[end] != ';' && media_type.ptr[end] != ' ' &&
           media_type.ptr[end] != '\t') {
        end++;
    }
    return (osp_str){ media_type.ptr, end };
}

/* Whether a list of codings names one that would have to be undone. */
static bool is_coded(osp_str list)
{
    osp_str coding;
    while (osp_str_take(&list, ',', &coding)) {
        coding = osp_str_trim(coding);
        if (coding.len > 0 && !osp_str_equal_nocase(coding, OSP_STR("identity"))) {
            return true;
        }
    }
    return false;
}

/* RFC 9110 14.5: a part must not be taken for the whole. */
static osp_status refuse_part(osp_ctx *ctx)
{
    const bool part = ctx->request.method == OSP_METHOD_PUT &&
                      osp_request_header(&ctx->request, OSP_STR("content-range")).ptr != NULL;
    return part ? osp_fail(ctx, 400, "The body must be whole, not a range.") : OSP_OK;
}

/* The type of a body that is there.  Which of two is meant nobody can know, a coding must not be
 * taken for the data (RFC 9110 8.4, 12.5.3). */
static osp_status read_media_type(osp_ctx *ctx, osp_str *ret)
{
    const osp_request *request = &ctx->request;
    size_t count = 0;
    for (uint32_t i = 0; i < request->header_count; i++) {
        const osp_header_field *field = &request->headers[i];
        if (osp_str_equal_nocase(field->name, OSP_STR("content-type"))) {
            *ret = field->value;
            count++;
        } else if (osp_str_equal_nocase(field->name, OSP_STR("content-encoding")) &&
                   is_coded(field->value)) {
            OSP_TRY(osp_set_header(ctx, OSP_STR("Accept-Encoding"), OSP_STR("identity")));
            return osp_fail(ctx, 415, "The body must not have a content coding.");
        }
    }
    OSP_TRY(refuse_part(ctx));
    return count > 1 ? osp_fail(ctx, 400, "Content-Type is given more than once.") : OSP_OK;
}

static const osp_str json_type = { "application/json", 16 };
static const osp_str form_type = { "application/x-www-form-urlencoded", 33 };
static const osp_str form_types = { "application/x-www-form-urlencoded, multipart/form-data", 54 };

/* Tells what would be taken instead (RFC 9110 12.5.1, RFC 5789 2.2). */
static osp_status refuse_type(osp_ctx *ctx, osp_str type)
{
    OSP_TRY(osp_set_header(ctx, OSP_STR("Accept"), type));
    if (ctx->request.method == OSP_METHOD_PATCH) {
        OSP_TRY(osp_set_header(ctx, OSP_STR("Accept-Patch"), type));
    }
    return osp_fail(ctx, 415, "The body must be %s.", type.ptr);
}

osp_status osp_form_read(osp_ctx *ctx, const struct osp_form_parts *parts, const osp_type *in,
                         const osp_decoding *how, osp_form_content *ret)
{
    const osp_request *request = &ctx->request;
    osp_str media_type = { 0 };
    *ret = (osp_form_content){ 0 };
    if (request->body.len == 0 && !request->body_pends) {
        return OSP_OK;
    }
    OSP_TRY(read_media_type(ctx, &media_type));
    if (osp_multipart_is(media_type)) {
        return parts->read(ctx, in, how, ret);
    }
    if (!osp_str_equal_nocase(essence_of(media_type), form_type)) {
        return refuse_type(ctx, form_types);
    }
    const uint32_t max = osp_forms_of(ctx).form_fields;
    const osp_status status = osp_params_read(request->body, max, ctx->task.arena, &ret->pairs);
    if (status == OSP_E_URI) {
        return osp_fail(ctx, 400, "The form is malformed.");
    }
    return status == OSP_E_LIMIT ? osp_fail(ctx, 413, OSP_FORM_TOO_MANY, (unsigned)max) : status;
}

static osp_status body_pairs(binding *b, const osp_field *field, osp_pair *one, osp_params *ret)
{
    (void)field;
    (void)one;
    OSP_TRY(osp_form_read(b->ctx, b->in->form_, b->in, &b->how, &b->form));
    *ret = b->form.pairs;
    return OSP_OK;
}

/* ---------------------------------------------------------------- parameters */

static osp_status (*const pairs_by_source[OSP_SOURCE_COUNT])(binding *, const osp_field *,
                                                             osp_pair *, osp_params *) = {
    [OSP_SOURCE_PATH] = path_pairs,     [OSP_SOURCE_QUERY] = query_pairs,
    [OSP_SOURCE_HEADER] = header_pairs, [OSP_SOURCE_COOKIE] = cookie_pairs,
    [OSP_SOURCE_FORM] = body_pairs,
};

/* Sources whose pairs are the same for every member. */
#define SHARED (1u << OSP_SOURCE_QUERY | 1u << OSP_SOURCE_COOKIE | 1u << OSP_SOURCE_FORM)

/* The field under the name by which it is sent.  NULL: no memory. */
static const osp_field *named_as_sent(binding *b, const osp_field *field)
{
    const osp_str name = osp_param_name(field, b->how.arena);
    if (name.ptr == NULL || name.ptr == field->name || name.ptr == field->member_) {
        return name.ptr != NULL ? field : NULL;
    }
    osp_field *renamed = osp_new(b->ctx, osp_field);
    if (renamed != NULL) {
        *renamed = *field;
        renamed->name = name.ptr;
    }
    return renamed;
}

/* OSP_OK | OSP_DONE (the URL is another's) | a failure. */
static osp_status bind_param(binding *b, uint16_t index)
{
    const osp_field *field = named_as_sent(b, &b->in->fields[index]);
    if (field == NULL) {
        return OSP_E_NOMEM;
    }
    const unsigned bit = 1u << field->source_;
    osp_pair lines[OSP_PARAM_LINES_MAX];
    osp_params own = { NULL, 0 };
    osp_params *params = (SHARED & bit) != 0 ? &b->pairs[field->source_] : &own;
    if ((b->read & bit) == 0) {
        OSP_TRY(pairs_by_source[field->source_](b, field, lines, params));
        b->read |= (uint8_t)(SHARED & bit);
    }
    void *slot = b->value + field->offset_;
    const osp_status status = osp_field_is_upload(field)
                                  ? b->in->form_->take(&b->form, field, slot, &b->how)
                                  : osp_param_decode(field, slot, params, &b->how);
    if (status == OSP_E_TYPE_MISMATCH) {
        b->given |= 1ULL << index; /* whatever it is, it is there */
        return field->nomatch ? OSP_DONE : OSP_OK;
    }
    OSP_TRY(status);
    b->given |= (uint64_t)(status == OSP_OK) << index;
    return OSP_OK;
}

/* Whether a member was set that is a scalar in a segment; anything else, and whatever is wrong,
 * takes the way of all parameters. */
static bool bind_segment(binding *b, uint16_t index)
{
    const osp_field *field = &b->in->fields[index];
    if (field->kind_ >= OSP_KIND_JSON || field->style != OSP_STYLE_DEFAULT) {
        return false;
    }
    const osp_str *segment = find_segment(&b->ctx->match, osp_field_name(field));
    osp_flaw flaw;
    if (segment == NULL ||
        osp_field_from_text(field, b->value + field->offset_, *segment, &b->how, &flaw) != OSP_OK) {
        return false;
    }
    b->given |= 1ULL << index;
    return true;
}

/* The same for all that an input has, where nothing more is asked about any of it. */
static inline bool bind_segments(osp_ctx *ctx, const osp_type *in, char *value)
{
    bool done = in->check_ == NULL;
    for (uint16_t i = 0; i < in->field_count && done; i++) {
        const osp_field *field = &in->fields[i];
        if (field->source_ != OSP_SOURCE_PATH || field->kind_ >= OSP_KIND_JSON ||
            (field->style | field->value_at_) != 0 || field->indirect_ || field->needs != NULL ||
            osp_field_is_judged(field)) {
            return false;
        }
        const osp_str *segment = find_segment(&ctx->match, osp_field_name(field));
        char *slot = value + field->offset_;
        if (segment == NULL) {
            return false;
        }
        if (field->kind_ == OSP_KIND_STR) {
            *(osp_str *)(void *)slot = *segment;
            done = osp_utf8_valid(*segment);
        } else {
            done = osp_scalar_read((osp_kind)field->kind_, field->type_, *segment, slot,
                                   ctx->task.arena) == NULL;
        }
    }
    return done;
}

/* ---------------------------------------------------------------- the body as JSON */

static bool is_json(osp_str media_type)
{
    const osp_str essence = essence_of(media_type);
    static const osp_str suffix = { "+json", 5 };
    return osp_str_equal_nocase(essence, json_type) ||
           (essence.len > suffix.len &&
            osp_str_equal_nocase((osp_str){ essence.ptr + essence.len - suffix.len, suffix.len },
                                 suffix));
}

/* Decodes the body as JSON into `value`.  A missing body is an empty object, where one is looked
 * for: the answer then names what is required. */
static osp_status bind_json(binding *b, const osp_type *type, char *value)
{
    const osp_request *request = &b->ctx->request;
    osp_str media_type = { 0 };
    if (request->body.len > 0) {
        OSP_TRY(read_media_type(b->ctx, &media_type));
    }
    if (media_type.len > 0 && !is_json(media_type)) {
        return refuse_type(b->ctx, json_type);
    }
    const bool absent = request->body.len == 0 && type->kind != OSP_KIND_JSON;
    const osp_str text = absent ? OSP_STR("{}") : request->body;
    osp_error error = { 0 };
    const osp_status status = osp_json_decode(type, value, text, &b->how, &error);
    if (status == OSP_OK || status == OSP_E_TYPE_MISMATCH) {
        return OSP_OK;
    }
    return status == OSP_E_NOMEM || status == OSP_E_LIMIT
               ? status
               : osp_fail(b->ctx, 400, "The body is not valid JSON: %s.",
                          error.message[0] ? error.message : osp_status_text(status));
}

/* The members of the input itself.  A check of the whole waits until all of it is good. */
static osp_status bind_members(binding *b)
{
    if (b->in->check_ == NULL || b->how.issues->count == 0) {
        return bind_json(b, b->in, b->value);
    }
    osp_type unchecked = *b->in;
    unchecked.check_ = NULL;
    return bind_json(b, &unchecked, b->value);
}

/* ---------------------------------------------------------------- inputs */

static bool is_param(const osp_field *field)
{
    return pairs_by_source[field->source_] != NULL;
}

static void check_needs(binding *b, uint16_t index)
{
    const osp_field *asking = &b->in->fields[index];
    for (uint16_t i = 0; i < b->in->field_count; i++) {
        const osp_field *other = &b->in->fields[i];
        if (is_param(other) && (b->given >> i & 1) == 0 && osp_param_needs(asking, other)) {
            osp_issues_add(
                b->how.issues, osp_source_name((osp_source)other->source_),
                osp_param_name(other, b->how.arena),
                osp_flaw_with(OSP_SAY(NEEDS), b->how.arena, osp_param_name(asking, b->how.arena)));
        }
    }
}

/* What concerns several members: which need others, and the check of the whole. */
static void check_whole(binding *b, bool by_json)
{
    for (uint16_t i = 0; i < b->in->field_count; i++) {
        if (b->in->fields[i].needs != NULL && is_param(&b->in->fields[i]) &&
            (b->given >> i & 1) != 0) {
            check_needs(b, i);
        }
    }
    if (by_json || b->in->check_ == NULL || b->how.issues->count > 0) {
        return;
    }
    const osp_flaw flaw = osp_flaw_checked(b->in->check_(b->value));
    if (flaw.says != NULL) {
        osp_issues_add(b->how.issues, NULL, OSP_STR(""), flaw);
    }
}

osp_str osp_bind_media_type(const osp_type *in)
{
    bool form = false;
    for (uint16_t i = 0; i < in->field_count; i++) {
        const osp_field *field = &in->fields[i];
        const bool json = field->source_ == OSP_SOURCE_FIELD || field->source_ == OSP_SOURCE_EXTRA;
        if (json || (field->source_ == OSP_SOURCE_BODY && field->type_->kind != OSP_KIND_STREAM)) {
            return json_type;
        }
        form = form || field->source_ == OSP_SOURCE_FORM;
    }
    return form ? form_types : OSP_STR("");
}

/* What is known of a body before it is read. */
static osp_status bind_stream(osp_ctx *ctx, const osp_type *in, void *value)
{
    if (!osp_type_takes_header(in, OSP_STR("content-range"))) {
        OSP_TRY(refuse_part(ctx));
    }
    const osp_request *request = &ctx->request;
    *(osp_body *)value = (osp_body){
        .media_type = osp_request_header(request, OSP_STR("content-type")),
        .length = request->body_pends ? request->body_length : (int64_t)request->body.len,
    };
    return OSP_OK;
}

/* OSP_OK | OSP_DONE (the URL is another's) | a failure. */
static osp_status bind_all(binding *b)
{
    const osp_type *in = b->in;
    bool has_members = false, has_body = false, has_needs = false;
    osp_status status = OSP_OK;
    for (uint16_t i = 0; i < in->field_count && status == OSP_OK; i++) {
        const uint8_t source = in->fields[i].source_;
        has_needs = has_needs || in->fields[i].needs != NULL;
        if (source == OSP_SOURCE_FIELD || source == OSP_SOURCE_EXTRA) {
            has_members = true;
        } else if (source == OSP_SOURCE_BODY || source == OSP_SOURCE_FORM) {
            has_body = true;
        } else if (source != OSP_SOURCE_PATH || !bind_segment(b, i)) {
            status = bind_param(b, i);
        }
    }
    for (uint16_t i = 0; i < in->field_count && has_body && status == OSP_OK; i++) {
        const osp_field *field = &in->fields[i];
        if (field->source_ == OSP_SOURCE_FORM) {
            status = bind_param(b, i);
        } else if (field->source_ == OSP_SOURCE_BODY && field->type_->kind == OSP_KIND_STREAM) {
            status = bind_stream(b->ctx, in, b->value + field->offset_);
        } else if (field->source_ == OSP_SOURCE_BODY) {
            status = bind_json(b, field->type_, b->value + field->offset_);
        }
    }
    if (status == OSP_OK && has_members) {
        status = bind_members(b);
    }
    if (status == OSP_OK && (has_needs || in->check_ != NULL)) {
        check_whole(b, has_members);
    }
    return status;
}

static inline void begin_issues(osp_issues *issues)
{
    issues->count = 0;
    issues->dropped = 0;
}

/* What it reads later is written before. */
static inline void begin_binding(binding *b, osp_ctx *ctx, const osp_type *in, void *value,
                                 osp_issues *issues)
{
    b->ctx = ctx;
    b->in = in;
    b->value = value;
    b->how = (osp_decoding){ .arena = ctx->task.arena,
                             .issues = issues,
                             .patterns = osp_task_service(&ctx->task, &osp_patterns_key) };
    b->read = 0;
    b->given = 0;
}

osp_status osp_bind_matches(osp_ctx *ctx, const osp_type *in, void *value)
{
    OSP_ASSERT(value != NULL || in->size == 0);
    osp_issues issues;
    binding b;
    osp_status status = OSP_OK;
    begin_issues(&issues);
    begin_binding(&b, ctx, in, value, &issues);
    for (uint16_t i = 0; i < in->field_count && status == OSP_OK; i++) {
        if (in->fields[i].nomatch) {
            status = bind_param(&b, i);
        }
    }
    return status;
}

static osp_status judge_binding(binding *b)
{
    const osp_status status = bind_all(b);
    return status < 0 && status != OSP_E_FAILED
               ? osp_fail(b->ctx, 503, "The server is short of memory.")
               : status;
}

/* An input as any may be. */
__attribute__((noinline)) static osp_status bind_any(osp_ctx *ctx, const osp_type *in, void *value)
{
    osp_issues issues;
    binding b;
    begin_issues(&issues);
    begin_binding(&b, ctx, in, value, &issues);
    const osp_status status = judge_binding(&b);
    if (status == OSP_OK && issues.count > 0) {
        ctx->failed = true;
        osp_problem(ctx, 422, OSP_STR(OSP_FIELDS_BAD), &issues);
        return OSP_E_FAILED;
    }
    return status;
}

osp_status osp_bind_form(osp_ctx *ctx, const osp_type *in, void *value,
                         const osp_form_content *form, osp_issues *issues)
{
    OSP_ASSERT(value != NULL || in->size == 0);
    binding b;
    begin_binding(&b, ctx, in, value, issues);
    b.form = *form;
    b.pairs[OSP_SOURCE_FORM] = form->pairs;
    b.read = 1u << OSP_SOURCE_FORM;
    return judge_binding(&b);
}

osp_status osp_bind(osp_ctx *ctx, const osp_type *in, void *value)
{
    OSP_ASSERT(value != NULL || in->size == 0);
    if (in->kind == OSP_KIND_STREAM) {
        return bind_stream(ctx, in, value);
    }
    return bind_segments(ctx, in, value) ? OSP_OK : bind_any(ctx, in, value);
}
