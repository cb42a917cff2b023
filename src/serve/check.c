/* The last step of a build: the linked application looks at its own tables.
 *
 *     every route --> its input --> the types that it reaches, each once
 *
 * A compiler sees one file: neither which URL a folder is, nor what the text of a fallback means.
 * Without this a client would be blamed for either. */
#include "serve/check.h"

#include "app/ctx.h"
#include "type/json.h"

typedef struct checker {
    osp_buf *out;
    size_t found;
    const osp_type *types[OSP_CHECK_TYPES_MAX]; /* inputs and what they hold */
    bool nested[OSP_CHECK_TYPES_MAX];           /* whether another type holds it */
    size_t type_count;
} checker;

static void begin_finding(checker *c, const char *file, int line)
{
    c->found++;
    osp_buf_printf(c->out, "%s:%d: error: ", file != NULL ? file : "?", line);
}

/* Remembers a type that has fields.  One described in a header stands in every file that includes
 * it; its place tells that it is one. */
static void add_type(checker *c, const osp_type *type, bool nested)
{
    if (type == NULL || type->field_count == 0) {
        return;
    }
    for (size_t i = 0; i < c->type_count; i++) {
        const osp_type *known = c->types[i];
        if (known == type ||
            (known->line_ == type->line_ && known->file_ != NULL && type->file_ != NULL &&
             osp_str_equal(osp_str_from(known->file_), osp_str_from(type->file_)) &&
             osp_str_equal(osp_str_from(known->name), osp_str_from(type->name)))) {
            c->nested[i] |= nested;
            return;
        }
    }
    if (c->type_count < OSP_CHECK_TYPES_MAX) {
        c->nested[c->type_count] = nested;
        c->types[c->type_count++] = type;
    }
}

static bool has_param(const osp_route_leaf *leaf, osp_str name)
{
    for (uint8_t i = 0; i < leaf->param_count; i++) {
        if (osp_str_equal(osp_str_from(leaf->param_names[i]), name)) {
            return true;
        }
    }
    return false;
}

static void check_path(checker *c, const osp_route_leaf *leaf, const osp_route *route)
{
    for (uint16_t i = 0; i < route->in_->field_count; i++) {
        const osp_field *field = &route->in_->fields[i];
        const osp_str name = osp_field_name(field);
        if (field->source_ == OSP_SOURCE_PATH && !has_param(leaf, name)) {
            begin_finding(c, route->file_, route->line_);
            osp_buf_printf(c->out, "%s reads PATH(%s), but the URL %s has no [%.*s]\n",
                           route->in_->name, field->member_, leaf->pattern, OSP_ARG(name));
        }
    }
}

/* Whether a request must have the member for its input to be right. */
static bool is_required(const osp_field *field)
{
    const bool optional = (field->kind_ >= OSP_KIND_OPT_BOOL && field->kind_ <= OSP_KIND_OPT_STR) ||
                          field->kind_ == OSP_KIND_POINTER;
    return !optional && field->fallback == NULL;
}

/* What comes from the body must be able to: RFC 9110 gives the content of a GET, HEAD or DELETE no
 * meaning (sections 9.3.1, 9.3.2, 9.3.5), and clients and intermediaries drop it. */
static void check_body(checker *c, const osp_route *route, osp_method method)
{
    const bool never = method == OSP_METHOD_GET || method == OSP_METHOD_HEAD;
    const osp_type *in = route->in_;
    for (uint16_t i = 0; i < in->field_count && (never || method == OSP_METHOD_DELETE); i++) {
        const osp_field *field = &in->fields[i];
        const bool field_or_body =
            field->source_ == OSP_SOURCE_FIELD || field->source_ == OSP_SOURCE_BODY;
        if (field_or_body && (never || is_required(field))) {
            begin_finding(c, route->file_, route->line_);
            osp_buf_printf(c->out,
                           "%s.%s comes from the body, which a %s request does not have; take "
                           "QUERY, PATH or HEADER\n",
                           in->name, field->member_, osp_method_name(method));
        }
    }
}

static void check_statuses(checker *c, const osp_route *route)
{
    if (route->status != 0 && (route->status < 200 || route->status > 399)) {
        begin_finding(c, route->file_, route->line_);
        osp_buf_printf(c->out, "%s has .status = %d; that of a success is from 200 to 399\n",
                       route->handler_, route->status);
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(route->errors); i++) {
        const int status = route->errors[i];
        if (status != 0 && (status < 400 || status > 599)) {
            begin_finding(c, route->file_, route->line_);
            osp_buf_printf(c->out, "%s has %d in .errors; those are from 400 to 599\n",
                           route->handler_, status);
        }
    }
}

/* A body is either one member or the object of all FIELD members. */
static void check_one_body(checker *c, const osp_type *in)
{
    const osp_field *whole = NULL;
    for (uint16_t i = 0; i < in->field_count; i++) {
        whole = in->fields[i].source_ == OSP_SOURCE_BODY ? &in->fields[i] : whole;
    }
    for (uint16_t i = 0; i < in->field_count && whole != NULL; i++) {
        const osp_field *field = &in->fields[i];
        if (field != whole &&
            (field->source_ == OSP_SOURCE_FIELD || field->source_ == OSP_SOURCE_BODY)) {
            begin_finding(c, in->file_, in->line_);
            osp_buf_printf(c->out, "%s.%s is the whole body, so %s.%s cannot be in it too\n",
                           in->name, whole->member_, in->name, field->member_);
        }
    }
}

/* Only the members of an input itself come from elsewhere than the body. */
static void check_nested(checker *c, const osp_type *type)
{
    static const char *const sources[OSP_SOURCE_COUNT] = { [OSP_SOURCE_PATH] = "PATH",
                                                           [OSP_SOURCE_QUERY] = "QUERY",
                                                           [OSP_SOURCE_HEADER] = "HEADER",
                                                           [OSP_SOURCE_BODY] = "BODY" };
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        if (field->source_ != OSP_SOURCE_FIELD) {
            begin_finding(c, type->file_, type->line_);
            osp_buf_printf(c->out,
                           "%s(%s) of %s is inside of another input, where all comes from the "
                           "body; say FIELD\n",
                           sources[field->source_], field->member_, type->name);
        }
    }
}

static void check_bounds(checker *c, const osp_type *type, const osp_field *field)
{
    const osp_range *range = &field->range_;
    if (range->min.is && range->max.is && range->min.value > range->max.value) {
        begin_finding(c, type->file_, type->line_);
        osp_buf_printf(c->out, "%s.%s has a range from %.17g to %.17g, which holds nothing\n",
                       type->name, field->member_, range->min.value, range->max.value);
    }
    if (field->max_len != 0 && field->min_len > field->max_len) {
        begin_finding(c, type->file_, type->line_);
        osp_buf_printf(c->out, "%s.%s has .min_len = %u above .max_len = %u\n", type->name,
                       field->member_, field->min_len, field->max_len);
    }
}

/* Names of headers ignore case, and a member's underscores stand for dashes. */
static bool is_one_name(const osp_field *one, const osp_field *other)
{
    const osp_str a = osp_field_name(one), b = osp_field_name(other);
    if (one->source_ != OSP_SOURCE_HEADER) {
        return osp_str_equal(a, b);
    }
    bool same = a.len == b.len;
    for (size_t i = 0; same && i < a.len; i++) {
        const char x = one->name == NULL && a.ptr[i] == '_' ? '-' : a.ptr[i];
        const char y = other->name == NULL && b.ptr[i] == '_' ? '-' : b.ptr[i];
        same = osp_str_equal_nocase((osp_str){ &x, 1 }, (osp_str){ &y, 1 });
    }
    return same;
}

static void check_names(checker *c, const osp_type *type)
{
    for (uint16_t i = 0; i < type->field_count; i++) {
        for (uint16_t j = 0; j < i; j++) {
            const osp_field *one = &type->fields[j], *other = &type->fields[i];
            if (one->source_ == other->source_ && one->source_ != OSP_SOURCE_BODY &&
                is_one_name(one, other)) {
                begin_finding(c, type->file_, type->line_);
                osp_buf_printf(c->out, "%s.%s and %s.%s have one name, \"%.*s\"\n", type->name,
                               one->member_, type->name, other->member_,
                               OSP_ARG(osp_field_name(one)));
            }
        }
    }
}

/* Decodes a fallback as a request would.  `slot` is zeroed. */
static bool accepts(const osp_field *field, void *slot, osp_arena *arena, osp_str *ret_detail)
{
    osp_str text = osp_str_from(field->fallback);
    if (field->kind_ < OSP_KIND_OBJECT) {
        return osp_field_from_text(field, slot, text, arena, ret_detail) == OSP_OK;
    }
    osp_issues issues = { .count = 0 };
    if (text.len == 0) { /* "" is the value of zeros; for a list that is []. */
        if (field->kind_ != OSP_KIND_LIST) {
            return true;
        }
        text = OSP_STR("[]");
    }
    const osp_status status = osp_json_decode_field(field, slot, text, arena, &issues, NULL);
    *ret_detail = status == OSP_E_TYPE_MISMATCH && issues.count > 0
                      ? issues.items[0].detail
                      : osp_str_from(osp_status_text(status));
    return status == OSP_OK;
}

static void check_fallback(checker *c, const osp_type *type, const osp_field *field)
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, OSP_CHECK_ARENA_MAX);
    char *value = osp_arena_zalloc(&arena, type->size);
    osp_str detail = { NULL, 0 };
    if (value != NULL && !accepts(field, value + field->offset_, &arena, &detail)) {
        begin_finding(c, type->file_, type->line_);
        osp_buf_printf(c->out, "%s.%s refuses its own fallback \"%s\": %.*s\n", type->name,
                       field->member_, field->fallback, OSP_ARG(detail));
    }
    osp_arena_done(&arena);
}

static void check_type(checker *c, const osp_type *type)
{
    check_names(c, type);
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        add_type(c, field->type_, true);
        check_bounds(c, type, field);
        if (field->fallback != NULL) {
            check_fallback(c, type, field);
        }
    }
}

size_t osp_check_app(const osp_app_def *app, osp_buf *out)
{
    checker c = { .out = out };
    for (size_t i = 0; i < app->leaf_count; i++) {
        for (int method = 0; method < OSP_METHOD_OTHER; method++) {
            const osp_route *route = app->leaves[i]->by_method[method];
            if (route != NULL) {
                check_path(&c, app->leaves[i], route);
                check_body(&c, route, (osp_method)method);
                check_statuses(&c, route);
                add_type(&c, route->in_, false);
            }
        }
    }
    /* Types that a type holds are added behind it, so the list ends when all were seen. */
    for (size_t i = 0; i < c.type_count; i++) {
        check_type(&c, c.types[i]);
    }
    for (size_t i = 0; i < c.type_count; i++) {
        check_one_body(&c, c.types[i]);
        if (c.nested[i]) {
            check_nested(&c, c.types[i]);
        }
    }
    return c.found;
}
