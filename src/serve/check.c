/* The last step of a build: the linked application looks at its own tables.
 *
 *     every route --> its input --> the types that it reaches, each once
 *                 --> all that it takes and gives --> the document, where there is one
 *     every message of a translation, every job, every query of a .sql file
 *
 * A compiler sees one file: neither which URL a folder is, nor what the text of a fallback means.
 * Without this a client would be blamed for either. */
#include "serve/check.h"

#include <string.h>

#include "app/chain.h"
#include "app/graph.h"
#include "app/page_keeper.h"
#include "base/utf8.h"
#include "http/language.h"
#include "http/params.h"
#include "serve/worker.h"
#include "type/json.h"

typedef struct checker {
    osp_buf *out;
    osp_patterns *patterns; /* NULL: memory is exhausted */
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

/* Remembers a type that has fields or cases.  One described in a header stands in every file that
 * includes it; its place tells that it is one. */
static void add_type(checker *c, const osp_type *type, bool nested)
{
    if (type == NULL || (type->field_count == 0 && type->case_count == 0)) {
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

/* Whether the parameter is the last one of a URL that ends in [...name] or [[...name]]. */
static bool is_rest(const osp_route_leaf *leaf, osp_str name)
{
    return leaf->rest != OSP_REST_NONE &&
           osp_str_equal(osp_str_from(leaf->param_names[leaf->param_count - 1]), name);
}

/* Whether text of the same segment stands beside the parameter. */
static bool is_part(const osp_route_leaf *leaf, osp_str name)
{
    const char *at = leaf->pattern;
    while ((at = strchr(at, '[')) != NULL) {
        const char *inner = at + 1, *close = strchr(inner, ']');
        const size_t len = strcspn(inner, "=]");
        if (close == NULL) {
            return false;
        }
        if (osp_str_equal((osp_str){ inner, len }, name)) {
            return at[-1] != '/' || (close[1] != '/' && close[1] != '\0');
        }
        at = close;
    }
    return false;
}

/* Whether a request must have the member for its input to be right. */
static bool is_required(const osp_field *field)
{
    return !osp_field_is_optional(field) && field->fallback == NULL;
}

/* What of the path a member cannot be. */
static void check_segment(checker *c, const osp_route_leaf *leaf, const osp_route *route,
                          const osp_field *field)
{
    const osp_str name = osp_field_name(field);
    const bool parted = field->kind_ == OSP_KIND_LIST || field->kind_ == OSP_KIND_OBJECT;
    const char *wrong = NULL;
    if (parted && is_rest(leaf, name)) {
        wrong = "is a list or object, which is in one segment, but there are several in";
    } else if (parted && is_part(leaf, name)) {
        wrong = "is a list or object, which is a whole segment, but there is text beside it in";
    } else if (leaf->rest == OSP_REST_ANY && is_rest(leaf, name) && field->kind_ != OSP_KIND_STR &&
               is_required(field)) {
        wrong = "must be a string or optional, for there may be nothing in";
    }
    if (wrong != NULL) {
        begin_finding(c, route->file_, route->line_);
        osp_buf_printf(c->out, "%s.%s %s [%.*s] of the URL %s\n", route->in_->name, field->member_,
                       wrong, OSP_ARG(name), leaf->pattern);
    }
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
        } else if (field->source_ == OSP_SOURCE_PATH) {
            check_segment(c, leaf, route, field);
        }
    }
}

/* What comes from the body must be able to: RFC 9110 gives the content of a GET, HEAD or DELETE no
 * meaning (sections 9.3.1, 9.3.2, 9.3.5), and clients and intermediaries drop it. */
static void check_body(checker *c, const osp_route *route, osp_method method)
{
    const bool never = method == OSP_METHOD_GET || method == OSP_METHOD_HEAD;
    const osp_type *in = route->in_;
    for (uint16_t i = 0; i < in->field_count && (never || method == OSP_METHOD_DELETE); i++) {
        const osp_field *field = &in->fields[i];
        const bool from_body = field->source_ == OSP_SOURCE_FIELD ||
                               field->source_ == OSP_SOURCE_BODY ||
                               field->source_ == OSP_SOURCE_FORM;
        if (from_body && (never || is_required(field))) {
            begin_finding(c, route->file_, route->line_);
            osp_buf_printf(c->out,
                           "%s.%s comes from the body, which a %s request does not have; take "
                           "QUERY, PATH or HEADER\n",
                           in->name, field->member_, osp_method_name(method));
        }
    }
}

/* Both kinds of stream look alike to a compiler that sees void pointers. */
static void check_streams(checker *c, const osp_route *route, osp_method method)
{
    const osp_type *in = route->in_, *out = route->out_;
    const bool never = method == OSP_METHOD_GET || method == OSP_METHOD_HEAD;
    const char *sentence = NULL;
    if (in->kind == OSP_KIND_STREAM && in != &osp_type_osp_body) {
        sentence = "takes an osp_stream, which is an output; say osp_body";
    } else if (in->kind == OSP_KIND_STREAM && never) {
        sentence = "takes an osp_body, which a request of its method does not have";
    } else if (out->kind == OSP_KIND_STREAM && out != &osp_type_osp_stream) {
        sentence = "answers with an osp_body, which is an input; say osp_stream";
    }
    if (sentence != NULL) {
        begin_finding(c, route->file_, route->line_);
        osp_buf_printf(c->out, "%s %s\n", route->handler_, sentence);
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

/* Only the members of an input itself come from elsewhere than the body. */
static void check_nested(checker *c, const osp_type *type)
{
    static const char *const sources[OSP_SOURCE_COUNT] = {
        [OSP_SOURCE_PATH] = "PATH",     [OSP_SOURCE_QUERY] = "QUERY",
        [OSP_SOURCE_HEADER] = "HEADER", [OSP_SOURCE_COOKIE] = "COOKIE",
        [OSP_SOURCE_FORM] = "FORM",     [OSP_SOURCE_BODY] = "BODY"
    };
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        if (sources[field->source_] != NULL) {
            begin_finding(c, type->file_, type->line_);
            osp_buf_printf(c->out,
                           "%s(%s) of %s is inside of another input, where all comes from the "
                           "body; say FIELD\n",
                           sources[field->source_], field->member_, type->name);
        }
    }
    for (const osp_need *need = type->needs_; need != NULL && need->name != NULL; need++) {
        begin_finding(c, type->file_, type->line_);
        osp_buf_printf(c->out,
                       "NEED(%s, %s) of %s is inside of another input; say it in that one\n",
                       need->member, need->name, type->name);
    }
}

/* A value that was made for a request is no answer; nothing would make it there. */
static void check_output(checker *c, const osp_route *route)
{
    const osp_need *need = route->out_->needs_;
    if (need != NULL) {
        begin_finding(c, route->file_, route->line_);
        osp_buf_printf(c->out, "%s answers with %s, which has NEED(%s, %s): that is for inputs\n",
                       route->handler_, route->out_->name, need->member, need->name);
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
    osp_issues issues = { .count = 0 };
    const osp_decoding how = { .arena = arena, .issues = &issues };
    if (osp_kind_is_scalar((osp_kind)field->kind_)) {
        osp_flaw flaw = { .says = NULL };
        const osp_status status = osp_field_from_text(field, slot, text, &how, &flaw);
        *ret_detail = flaw.says != NULL ? osp_flaw_text(&flaw, NULL, arena)
                                        : osp_str_from(osp_status_text(status));
        return status == OSP_OK;
    }
    if (text.len == 0) { /* "" is the value of zeros; for a list that is []. */
        if (field->kind_ != OSP_KIND_LIST) {
            return true;
        }
        text = OSP_STR("[]");
    }
    const osp_status status = osp_json_decode_field(field, slot, text, &how, NULL);
    *ret_detail = status == OSP_E_TYPE_MISMATCH && issues.count > 0
                      ? osp_flaw_text(&issues.items[0].flaw, NULL, arena)
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

/* What a request can never give, or would never be asked for. */
static void check_source(checker *c, const osp_type *type, const osp_field *field)
{
    const bool is_param = osp_source_name((osp_source)field->source_) != NULL;
    const bool holds_upload = field->type_ != NULL && field->type_->kind == OSP_KIND_UPLOAD;
    const char *sentence = is_param       ? osp_param_check(field)
                           : holds_upload ? "a file comes from a form: say FORM or FORM_LIST"
                                          : NULL;
    if (sentence == NULL && field->nomatch && field->source_ != OSP_SOURCE_PATH &&
        field->source_ != OSP_SOURCE_QUERY) {
        sentence = "only what is in the URL can mean another one: .nomatch is for PATH and QUERY";
    }
    if (sentence != NULL) {
        begin_finding(c, type->file_, type->line_);
        osp_buf_printf(c->out, "%s.%s: %s\n", type->name, field->member_, sentence);
    }
}

/* A body is one thing: JSON members, one JSON value, or a form. */
static void check_one_body(checker *c, const osp_type *type)
{
    static const uint8_t sort_of[OSP_SOURCE_COUNT] = {
        [OSP_SOURCE_FIELD] = 1,
        [OSP_SOURCE_EXTRA] = 1,
        [OSP_SOURCE_BODY] = 2,
        [OSP_SOURCE_FORM] = 3,
    };
    const osp_field *first = NULL;
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        if (sort_of[field->source_] == 0) {
            continue;
        }
        const int sort = sort_of[field->source_];
        if (first != NULL && (sort_of[first->source_] != sort || sort == 2)) {
            begin_finding(c, type->file_, type->line_);
            osp_buf_printf(c->out,
                           "%s.%s and %s.%s ask for two sorts of body: FIELDs, a BODY and FORMs "
                           "do not go together\n",
                           type->name, first->member_, type->name, field->member_);
            return;
        }
        first = first != NULL ? first : field;
    }
}

/* The names in .needs: they must be members, and all of a request's parameters or all of its body,
 * for each is judged by itself. */
static void check_needs(checker *c, const osp_type *type, const osp_field *asking)
{
    const bool is_param = osp_source_name((osp_source)asking->source_) != NULL;
    for (const char *at = asking->needs; at != NULL && *at != '\0';) {
        const osp_str name = { at, strcspn(at, ",") };
        at += name.len + (at[name.len] == ',');
        bool good = false;
        for (uint16_t i = 0; i < type->field_count; i++) {
            const osp_field *other = &type->fields[i];
            const bool other_is_param = osp_source_name((osp_source)other->source_) != NULL;
            good = good || (osp_str_equal(osp_str_from(other->member_), name) &&
                            other_is_param == is_param);
        }
        if (!good) {
            begin_finding(c, type->file_, type->line_);
            osp_buf_printf(c->out, "%s.%s needs \"%.*s\", which is no %s of the type\n", type->name,
                           asking->member_, OSP_ARG(name),
                           is_param ? "parameter" : "member of a body");
        }
    }
}

static void check_pattern(checker *c, const osp_type *type, const osp_field *field)
{
    for (const osp_field *of = field; of != NULL; of = of->each_) {
        osp_error error = { 0 };
        const osp_status status = of->pattern != NULL && c->patterns != NULL
                                      ? osp_patterns_add(c->patterns, of->pattern, &error)
                                      : OSP_OK;
        if (status != OSP_OK) {
            begin_finding(c, type->file_, type->line_);
            osp_buf_printf(c->out, "%s.%s has a pattern that cannot be used: %s\n", type->name,
                           field->member_,
                           error.message[0] != 0 ? error.message : osp_status_text(status));
        }
    }
}

/* A member streams as the whole body, and not as a part of one. */
static void check_stream_member(checker *c, const osp_type *type, const osp_field *field)
{
    for (const osp_field *of = field; of != NULL; of = of->each_) {
        const bool is_body = of == field && of->source_ == OSP_SOURCE_BODY &&
                             of->kind_ == OSP_KIND_OBJECT && of->type_ == &osp_type_osp_body;
        if (of->type_ != NULL && of->type_->kind == OSP_KIND_STREAM && !is_body) {
            begin_finding(c, type->file_, type->line_);
            osp_buf_printf(c->out, "%s.%s is a stream; say BODY(%s, osp_body)\n", type->name,
                           field->member_, field->member_);
        }
    }
}

static void check_type(checker *c, const osp_type *type)
{
    check_names(c, type);
    check_one_body(c, type);
    for (uint16_t i = 0; i < type->case_count; i++) {
        add_type(c, type->cases[i].type, true);
    }
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *field = &type->fields[i];
        add_type(c, field->type_, true);
        check_bounds(c, type, field);
        check_source(c, type, field);
        check_needs(c, type, field);
        check_pattern(c, type, field);
        check_stream_member(c, type, field);
        if (field->fallback != NULL) {
            check_fallback(c, type, field);
        }
    }
}

/* Whether a text can stand in a line of a terminal. */
static bool is_line(const char *text)
{
    bool good = text[0] != '\0' && osp_utf8_valid(osp_str_from(text));
    for (; *text != '\0'; text++) {
        good &= (unsigned char)*text >= 0x20 && *text != 0x7f;
    }
    return good;
}

static void check_info(checker *c, const osp_app_info *info)
{
    const char *wrong = NULL;
    if (info->title != NULL && !is_line(info->title)) {
        wrong = ".title is a line of text";
    } else if (info->version != NULL && !is_line(info->version)) {
        wrong = ".version is a line of text, such as \"1.2.0\"";
    } else if (info->doc != NULL && !osp_utf8_valid(osp_str_from(info->doc))) {
        wrong = ".doc must be UTF-8";
    }
    if (wrong != NULL) {
        begin_finding(c, info->file_, info->line_);
        osp_buf_printf(c->out, "OSP_APP: %s\n", wrong);
    }
}

/* A message that is never said is a translation that its author believes in. */
static void check_messages(checker *c, const osp_messages *messages)
{
    if (!osp_language_is_name(messages->language_)) {
        begin_finding(c, messages->file_, messages->line_);
        osp_buf_printf(c->out, "\"%s\" is no language; it is a tag such as de or de_CH\n",
                       messages->language_);
    }
    size_t said = 0; /* all of a table in one finding: rows have no lines of their own */
    for (uint32_t i = 0; i < messages->count_; i++) {
        const osp_message *row = &messages->rows_[i];
        const char *wrong = osp_message_check(row);
        for (uint32_t k = 0; wrong == NULL && k < i; k++) {
            wrong = strcmp(messages->rows_[k].key, row->key) == 0 ? "the key stands twice" : NULL;
        }
        if (wrong == NULL) {
            continue;
        }
        if (said++ == 0) {
            begin_finding(c, messages->file_, messages->line_);
        }
        osp_buf_printf(c->out, "%s{ \"%s\", \"%s\" }: %s\n", said == 1 ? "" : "    ",
                       row->key != NULL ? row->key : "", row->text != NULL ? row->text : "", wrong);
    }
}

static void check_job(checker *c, const osp_job_def *job)
{
    const char *why = job->runner_->check(job);
    if (why != NULL) {
        begin_finding(c, job->file_, job->line_);
        osp_buf_printf(c->out, "OSP_JOB(%s): %s\n", job->name_, why);
    } else if (job->doc != NULL && !is_line(job->doc)) {
        begin_finding(c, job->file_, job->line_);
        osp_buf_printf(c->out, "OSP_JOB(%s): .doc is a line of text\n", job->name_);
    }
}

/* What cannot be told to clients, such as two types of one name, would be found out by the first
 * one that asks. */
static void check_document(checker *c, const osp_app_def *app)
{
    osp_buf document;
    osp_error error = { 0 };
    osp_buf_init(&document, NULL, 0, OSP_CHECK_DOCUMENT_MAX);
    const osp_status status = app->openapi(app, &document, &error);
    osp_buf_done(&document);
    if (status == OSP_OK) {
        return;
    }
    c->found++;
    if (strstr(error.message, ": error: ") == NULL) { /* no place of the application */
        osp_buf_str(c->out, OSP_STR("error: "));
    }
    osp_buf_printf(c->out, "%s\n",
                   error.message[0] != '\0' ? error.message : osp_status_text(status));
}

/* Whether the application answers with its document; one that does not may be as it likes. */
static bool serves_document(const osp_app_def *app)
{
    bool serves = false;
    for (size_t i = 0; i < app->resource_count && app->openapi != NULL; i++) {
        serves |= strcmp(app->resources[i]->name, "openapi") == 0;
    }
    return serves;
}

/* What makers read is judged as what handlers read. */
static bool add_provider(const osp_provider *provider, void *arg)
{
    add_type(arg, provider->in_, false);
    return true;
}

/* Whether a chain of an earlier leaf has the step, which has been looked at then. */
static bool was_seen(const osp_app_def *app, size_t leaf, const osp_middleware *step)
{
    for (size_t i = 0; i < leaf; i++) {
        const osp_middleware *const *at = app->leaves[i]->chain;
        while (at != NULL && *at != NULL) {
            if (*at++ == step) {
                return true;
            }
        }
    }
    return false;
}

/* Lines order the middleware of a file, which those of a header tell nothing about. */
static void check_chain(checker *c, const osp_app_def *app, size_t leaf)
{
    const osp_middleware *const *at = app->leaves[leaf]->chain;
    for (; at != NULL && *at != NULL; at++) {
        const osp_middleware *step = *at;
        const char *slash = strrchr(step->place_.file, '/');
        const bool placed =
            strcmp(slash != NULL ? slash + 1 : step->place_.file, "middleware.c") == 0;
        const char *wrong = !placed ? "is declared in a header; it must stand in the middleware.c "
                                      "itself, whose lines say the order"
                            : step->check_ != NULL ? step->check_(step)
                                                   : NULL;
        if (wrong != NULL && !was_seen(app, leaf, step)) {
            begin_finding(c, step->place_.file, step->place_.line);
            osp_buf_printf(c->out, "%s %s\n", step->name_, wrong);
        }
    }
}

/* What is of pages alone. */
static void check_options(checker *c, const osp_route_leaf *leaf, const osp_route *route)
{
    const char *wrong = NULL;
    if (leaf->page == NULL && route->view_) {
        wrong = "fills a page, but there is no page.html that it is of; it belongs into a page.c "
                "beside one";
    } else if (!route->view_ && route->streams) {
        wrong = "has .streams, which is for OSP_PAGE; an answer that is written bit by bit is an "
                "osp_stream";
    }
    if (wrong != NULL) {
        begin_finding(c, route->file_, route->line_);
        osp_buf_printf(c->out, "%s %s\n", route->handler_, wrong);
    }
}

static void check_route(checker *c, const osp_route_leaf *leaf, const osp_route *route,
                        osp_method method)
{
    check_path(c, leaf, route);
    check_body(c, route, method);
    check_streams(c, route, method);
    check_statuses(c, route);
    check_output(c, route);
    check_options(c, leaf, route);
    add_type(c, route->in_, false);
}

/* Loads and actions, which are no routes of the leaf itself. */
static void check_page(void *arg, const osp_route_leaf *leaf, const osp_route *route)
{
    check_route(arg, leaf, route, route->method_);
}

size_t osp_check_app(const osp_app_def *app, osp_buf *out)
{
    checker c = { .out = out, .patterns = osp_patterns_new() };
    for (size_t i = 0; i < app->leaf_count; i++) {
        check_chain(&c, app, i);
        for (int method = 0; method < OSP_METHOD_OTHER; method++) {
            const osp_route *route = app->leaves[i]->by_method[method];
            if (route != NULL) {
                check_route(&c, app->leaves[i], route, (osp_method)method);
            }
        }
        osp_page_each_route(app->leaves[i], check_page, &c);
    }
    if (app->page_keeper != NULL) {
        c.found += app->page_keeper->check(app, out);
    }
    if (app->failures != NULL) {
        add_type(&c, app->failures->type_, true);
    }
    osp_graph_walk(app, add_provider, &c);
    /* Types that a type holds are added behind it, so the list ends when all were seen. */
    for (size_t i = 0; i < c.type_count; i++) {
        check_type(&c, c.types[i]);
    }
    for (size_t i = 0; i < c.type_count; i++) {
        if (c.nested[i]) {
            check_nested(&c, c.types[i]);
        }
    }
    c.found += osp_graph_check(app, out);
    if (app->info != NULL) {
        check_info(&c, app->info);
    }
    for (size_t i = 0; i < app->message_count; i++) {
        check_messages(&c, app->messages[i]);
    }
    for (size_t i = 0; i < app->job_count; i++) {
        check_job(&c, app->jobs[i]);
    }
    if (app->check_queries != NULL) {
        c.found += app->check_queries(app, out);
    }
    if (c.found == 0 && serves_document(app)) { /* which takes right descriptions for granted */
        check_document(&c, app);
    }
    osp_patterns_free(c.patterns);
    return c.found;
}
