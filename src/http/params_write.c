/* Members of a struct to what a client sends: the inverse of params.c.
 *
 * Every byte that is not unreserved (RFC 3986 section 2.3) is percent-encoded, so that a separator
 * within a value is never taken for one.  Headers have no encoding, and the space and pipe styles
 * separate by what is encoded itself: a value with a separator in it has no spelling there and is
 * refused, as is a path segment that the router would take for another one.
 *
 * Rejected: doubling or quoting separators, which no other reader of these styles knows. */
#include <string.h>

#include "base/utf8.h"
#include "http/params.h"

typedef struct writer {
    const osp_field *field;
    osp_buf *out;
    osp_style style;
    bool joined;
    size_t pieces; /* written so far */
} writer;

/* A byte that the style or source has no spelling for. */
static bool has_no_spelling(const writer *w, char c)
{
    const unsigned char byte = (unsigned char)c;
    switch (w->field->source_) {
    case OSP_SOURCE_HEADER:
        return (byte < 0x20 && c != '\t') || byte == 0x7f ||
               (c == ',' &&
                (w->field->kind_ == OSP_KIND_LIST || w->field->kind_ == OSP_KIND_OBJECT));
    case OSP_SOURCE_PATH:
        return byte < 0x20 || byte == 0x7f || c == '/';
    default:
        return (w->style == OSP_STYLE_SPACE && c == ' ') ||
               (w->style == OSP_STYLE_PIPE && c == '|');
    }
}

static bool has_white_end(osp_str text)
{
    return text.len != 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t' ||
                             text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t');
}

/* Writes a name or a value so that it is one piece. */
static osp_status put_text(writer *w, osp_str text)
{
    const bool header = w->field->source_ == OSP_SOURCE_HEADER;
    if (!osp_utf8_valid(text) || (header && has_white_end(text))) {
        return OSP_E_INVALID;
    }
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        if (has_no_spelling(w, c)) {
            return OSP_E_INVALID;
        }
        const bool separates = c == '.' && w->style == OSP_STYLE_LABEL && !w->joined;
        if (header || (osp_uri_is_unreserved(c) && !separates)) {
            osp_buf_byte(w->out, c);
        } else {
            osp_percent_put(w->out, c);
        }
    }
    return OSP_OK;
}

static osp_status put_value(writer *w, osp_kind kind, const osp_type *type, const void *value,
                            bool *ret_empty)
{
    char storage[256];
    osp_buf text;
    osp_buf_init(&text, storage, sizeof storage, w->out->max);
    osp_status status = osp_scalar_write(kind, type, value, &text);
    if (status == OSP_OK) {
        *ret_empty = text.len == 0;
        status = put_text(w, (osp_str){ text.ptr, text.len });
    }
    osp_buf_done(&text);
    return status;
}

static void put_str(writer *w, const char *text)
{
    osp_buf_str(w->out, osp_str_from(text));
}

/* What stands between two pieces, and between a name and its value when joined. */
static void put_separator(writer *w)
{
    static const char *const joined[OSP_STYLE_COUNT] = {
        [OSP_STYLE_FORM] = ",",   [OSP_STYLE_SIMPLE] = ",",  [OSP_STYLE_LABEL] = ",",
        [OSP_STYLE_MATRIX] = ",", [OSP_STYLE_SPACE] = "%20", [OSP_STYLE_PIPE] = "%7C",
    };
    static const char *const apart[OSP_STYLE_COUNT] = {
        [OSP_STYLE_FORM] = "&",   [OSP_STYLE_SIMPLE] = ",", [OSP_STYLE_LABEL] = ".",
        [OSP_STYLE_MATRIX] = ";", [OSP_STYLE_DEEP] = "&",
    };
    const bool cookie = w->field->source_ == OSP_SOURCE_COOKIE && !w->joined;
    put_str(w, cookie ? "; " : (w->joined ? joined : apart)[w->style]);
}

/* What stands before the first piece. */
static osp_status put_front(writer *w)
{
    const bool label = w->style == OSP_STYLE_LABEL, matrix = w->style == OSP_STYLE_MATRIX;
    if (label || matrix) {
        put_str(w, label ? "." : ";");
    }
    if (!w->joined || w->style == OSP_STYLE_SIMPLE || label) {
        return OSP_OK;
    }
    OSP_TRY(put_text(w, osp_field_name(w->field)));
    put_str(w, "=");
    return OSP_OK;
}

static osp_status next_piece(writer *w)
{
    if (w->pieces++ != 0) {
        put_separator(w);
        return OSP_OK;
    }
    return put_front(w);
}

/* ---------------------------------------------------------------- lists */

static osp_status write_list(writer *w, const osp_list *list)
{
    const osp_type *type = w->field->type_;
    const bool named = !w->joined && (w->style == OSP_STYLE_FORM || w->style == OSP_STYLE_MATRIX);
    bool empty = false;
    for (size_t i = 0; i < list->count; i++) {
        OSP_TRY(next_piece(w));
        if (named) {
            OSP_TRY(put_text(w, osp_field_name(w->field)));
            put_str(w, "=");
        }
        OSP_TRY(put_value(w, (osp_kind)type->kind, type, (const char *)list->items + i * type->size,
                          &empty));
        if (empty && w->field->source_ == OSP_SOURCE_HEADER) {
            return OSP_E_INVALID;
        }
    }
    /* An empty text has no items, not one that is empty. */
    return list->count == 1 && empty && !named ? OSP_E_INVALID : OSP_OK;
}

/* ---------------------------------------------------------------- objects */

static osp_status put_name(writer *w, const osp_field *member)
{
    const osp_str name = osp_field_name(member);
    if (w->style == OSP_STYLE_DEEP) {
        OSP_TRY(put_text(w, osp_field_name(w->field)));
        put_str(w, "%5B");
        OSP_TRY(put_text(w, name));
        put_str(w, "%5D");
    } else {
        OSP_TRY(put_text(w, name));
    }
    if (w->joined) {
        put_separator(w);
    } else {
        put_str(w, "=");
    }
    return OSP_OK;
}

static osp_status write_object(writer *w, const void *object)
{
    const osp_type *type = w->field->type_;
    for (uint16_t i = 0; i < type->field_count; i++) {
        const osp_field *member = &type->fields[i];
        const void *value = osp_field_value(member, (const char *)object + member->offset_);
        if (value == NULL || member->secret) {
            continue;
        }
        bool empty = false;
        OSP_TRY(next_piece(w));
        OSP_TRY(put_name(w, member));
        OSP_TRY(put_value(w, (osp_kind)member->kind_, member->type_, value, &empty));
    }
    return OSP_OK;
}

/* ---------------------------------------------------------------- parameters */

static osp_status write_scalar(writer *w, const void *value)
{
    const osp_source source = (osp_source)w->field->source_;
    w->joined = true; /* its name, where the style has it, stands before it once */
    OSP_TRY(source != OSP_SOURCE_HEADER ? put_front(w) : OSP_OK);
    bool empty = false;
    return put_value(w, (osp_kind)w->field->kind_, w->field->type_, value, &empty);
}

static osp_status write_value(writer *w, const void *value)
{
    if (w->field->kind_ == OSP_KIND_LIST) {
        return write_list(w, value);
    }
    return w->field->kind_ == OSP_KIND_OBJECT ? write_object(w, value) : write_scalar(w, value);
}

/* What a path cannot hold as a segment of its own. */
static bool is_no_segment(osp_str text)
{
    return text.len == 0 || osp_str_equal(text, OSP_STR(".")) || osp_str_equal(text, OSP_STR(".."));
}

osp_status osp_param_write(const osp_field *field, const void *slot, osp_buf *out)
{
    OSP_ASSERT(osp_param_check(field) == NULL);
    const osp_style style = osp_param_style(field);
    const size_t start = out->len;
    writer w = { .field = field,
                 .out = out,
                 .style = style,
                 .joined = field->joined || style == OSP_STYLE_SPACE || style == OSP_STYLE_PIPE };
    const void *value = osp_field_value(field, slot);
    if (value == NULL || field->secret) {
        return OSP_DONE;
    }
    const bool scalar = osp_kind_is_scalar((osp_kind)field->kind_);
    osp_status status = write_value(&w, value);
    if (status == OSP_OK && !scalar && w.pieces == 0) {
        status = OSP_DONE;
    }
    if (status == OSP_OK && field->source_ == OSP_SOURCE_PATH &&
        is_no_segment((osp_str){ out->ptr + start, out->len - start })) {
        status = OSP_E_INVALID;
    }
    if (status == OSP_OK && out->failed) {
        status = OSP_E_LIMIT;
    }
    if (status != OSP_OK) {
        out->len = start;
    }
    return status;
}
