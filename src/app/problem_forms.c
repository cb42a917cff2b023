/* Problem documents as JSON, as a page and as text. */
#include "app/problem.h"

#include "base/utf8.h"

/* ---------------------------------------------------------------- JSON */

/* The text of a client may be no UTF-8: then there is no such member. */
static void member(osp_buf *out, const char *name, osp_str value)
{
    const size_t before = out->len;
    osp_buf_str(out, osp_str_from(name));
    if (osp_json_string(value, out) != OSP_OK) {
        out->len = before;
    }
}

static void optional_member(osp_buf *out, const char *name, osp_str value)
{
    if (value.len != 0) {
        member(out, name, value);
    }
}

static void write_field(const osp_bad_field *field, osp_buf *out)
{
    if (field->in != NULL) {
        member(out, "{\"in\":", osp_str_from(field->in));
        member(out, ",\"name\":", field->where);
    } else {
        member(out, "{\"pointer\":", field->where);
    }
    member(out, ",\"code\":", osp_str_from(field->code));
    member(out, ",\"detail\":", field->detail);
    osp_buf_byte(out, '}');
}

/* The members of an object, behind others: its opening brace becomes a comma.  What cannot be
 * written is left out. */
static void write_members(const osp_failure *failure, osp_buf *out)
{
    const size_t before = out->len;
    if (failure->members_ == NULL ||
        osp_json_encode(failure->members_, failure->members_value_, out) != OSP_OK) {
        return;
    }
    const bool any = out->len - before > 2; /* more than "{}" */
    out->ptr[before] = ',';
    out->len = any ? out->len - 1 : before;
}

void osp_problem_write_json(const osp_problem_text *problem, osp_buf *out)
{
    const osp_failure *failure = problem->failure;
    const osp_str blank = OSP_STR("about:blank");
    member(out, "{\"type\":", failure->type.len != 0 ? failure->type : blank);
    osp_buf_printf(out, ",\"status\":%d", failure->status);
    member(out, ",\"title\":", failure->title);
    optional_member(out, ",\"detail\":", failure->detail);
    optional_member(out, ",\"instance\":", failure->instance);
    for (size_t i = 0; i < failure->fields.count; i++) {
        osp_buf_str(out, i == 0 ? OSP_STR(",\"errors\":[") : OSP_STR(","));
        write_field(&failure->fields.items[i], out);
    }
    if (failure->fields.count > 0) {
        osp_buf_byte(out, ']');
    }
    write_members(failure, out);
    osp_buf_byte(out, '}');
}

/* ---------------------------------------------------------------- for people */

/* How a form writes what may be anything. */
typedef void text_writer(osp_str text, osp_buf *out);

/* A control byte moves what stands around it, and has no place in a page either. */
static char printable(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f ? ' ' : c;
}

static void escape(osp_str text, osp_buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        const osp_str entity = osp_html_entity(text.ptr[i]);
        if (entity.len > 0) {
            osp_buf_str(out, entity);
        } else {
            osp_buf_byte(out, printable(text.ptr[i]));
        }
    }
}

static void flatten(osp_str text, osp_buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        osp_buf_byte(out, printable(text.ptr[i]));
    }
}

static void put(osp_buf *out, text_writer *write, const char *before, osp_str text,
                const char *behind)
{
    if (text.len == 0 || !osp_utf8_valid(text)) {
        return;
    }
    osp_buf_str(out, osp_str_from(before));
    write(text, out);
    osp_buf_str(out, osp_str_from(behind));
}

/* "404 Not Found" */
static void put_heading(const osp_problem_text *problem, text_writer *write, const char *before,
                        const char *behind, osp_buf *out)
{
    osp_buf_str(out, osp_str_from(before));
    osp_buf_printf(out, "%d", problem->failure->status);
    put(out, write, " ", problem->failure->title, "");
    osp_buf_str(out, osp_str_from(behind));
}

void osp_problem_write_html(const osp_problem_text *problem, osp_buf *out)
{
    const osp_bad_field_list *fields = &problem->failure->fields;
    const osp_str language = problem->language.len != 0 ? problem->language : OSP_STR("en");
    put(out, escape, "<!doctype html>\n<html lang=\"", language, "\">\n");
    osp_buf_str(out, OSP_STR("<meta charset=\"utf-8\">\n"
                             "<meta name=\"viewport\" content=\"width=device-width\">\n"));
    put_heading(problem, escape, "<title>", "</title>\n", out);
    put_heading(problem, escape, "<main>\n<h1>", "</h1>\n", out);
    put(out, escape, "<p>", problem->failure->detail, "</p>\n");
    if (fields->count > 0) {
        osp_buf_str(out, OSP_STR("<ul>\n"));
        for (size_t i = 0; i < fields->count; i++) {
            put(out, escape, "<li><code>", fields->items[i].where, "</code> ");
            put(out, escape, "", fields->items[i].detail, "");
            osp_buf_str(out, OSP_STR("</li>\n"));
        }
        osp_buf_str(out, OSP_STR("</ul>\n"));
    }
    put(out, escape, "<p><small>Request <code>", problem->request_id, "</code></small></p>\n");
    osp_buf_str(out, OSP_STR("</main>\n</html>\n"));
}

void osp_problem_write_plain(const osp_problem_text *problem, osp_buf *out)
{
    const osp_bad_field_list *fields = &problem->failure->fields;
    put_heading(problem, flatten, "", "\n", out);
    put(out, flatten, "\n", problem->failure->detail, "\n");
    for (size_t i = 0; i < fields->count; i++) {
        put(out, flatten, i == 0 ? "\n" : "", fields->items[i].where, ": ");
        put(out, flatten, "", fields->items[i].detail, "\n");
    }
    put(out, flatten, "\nRequest ", problem->request_id, "\n");
}
