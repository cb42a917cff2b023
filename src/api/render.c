/* A value as JSON over lines, or as YAML.
 *
 * A string of YAML stands in double quotes, where some characters must not stand raw (YAML 1.2.2
 * sections 5.1, 5.7); without quotes stands only what no reader takes for anything else than that
 * string.
 *
 * What recurses here recurses at most OSP_JSON_DEPTH_MAX times: nothing deeper is read. */
#include "api/render.h"

#include <string.h>

#include "api/pen.h"
#include "type/json_tree.h"

static bool is_container(const osp_json_value *value)
{
    return osp_json_kind_of(value) >= OSP_JSON_LIST;
}

static void pad(osp_buf *out, unsigned blanks)
{
    for (unsigned i = 0; i < blanks; i++) {
        osp_buf_byte(out, ' ');
    }
}

/* ---------------------------------------------------------------- JSON */

static void new_line(osp_buf *out, unsigned depth)
{
    osp_buf_byte(out, '\n');
    pad(out, 2 * depth);
}

static bool fits_a_line(const osp_json_value *value)
{
    bool fits = osp_json_kind_of(value) == OSP_JSON_LIST;
    for (size_t i = 0; i < osp_json_count(value); i++) {
        fits &= !is_container(osp_json_at(value, i));
    }
    return fits || osp_json_count(value) == 0;
}

static void write_json(const osp_json_value *value, osp_buf *out, unsigned depth)
{
    if (osp_json_kind_of(value) == OSP_JSON_STRING) {
        osp_pen_text(out, osp_json_tree_text(value));
        return;
    }
    if (!is_container(value)) {
        osp_buf_str(out, osp_json_tree_text(value));
        return;
    }
    const bool object = osp_json_kind_of(value) == OSP_JSON_OBJECT, line = fits_a_line(value);
    osp_buf_byte(out, object ? '{' : '[');
    for (size_t i = 0; i < osp_json_count(value); i++) {
        const osp_json_value *item = osp_json_at(value, i);
        if (i != 0) {
            osp_buf_str(out, line ? OSP_STR(", ") : OSP_STR(","));
        }
        if (!line) {
            new_line(out, depth + 1);
        }
        if (object) {
            osp_pen_text(out, osp_json_name(item));
            osp_buf_str(out, OSP_STR(": "));
        }
        write_json(item, out, depth + 1);
    }
    if (!line) {
        new_line(out, depth);
    }
    osp_buf_byte(out, object ? '}' : ']');
}

void osp_render_json(const osp_json_value *root, osp_buf *out)
{
    write_json(root, out, 0);
    osp_buf_byte(out, '\n');
}

/* ---------------------------------------------------------------- YAML */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Words that some reader takes for true, false or null (YAML 1.1 has more of them than 1.2). */
static bool is_reserved(osp_str text)
{
    static const char *const words[] = {
        "true", "false", "null", "yes", "no", "on", "off", "y", "n"
    };
    bool found = false;
    for (size_t i = 0; i < OSP_ARRAY_LEN(words); i++) {
        found |= osp_str_equal_nocase(text, osp_str_from(words[i]));
    }
    return found;
}

/* Whether a string may stand without quotes: much less than YAML allows. */
static bool is_plain(osp_str text)
{
    if (text.len == 0 || text.len > 200 || is_reserved(text) || text.ptr[text.len - 1] == ' ' ||
        !(is_letter(text.ptr[0]) || strchr("/$", text.ptr[0]) != NULL)) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        if (!is_letter(c) && !(c >= '0' && c <= '9') &&
            (c == '\0' || strchr(" _/.,;()'{}+-$", c) == NULL)) {
            return false;
        }
    }
    return true;
}

/* Characters that must not stand raw in quotes, are not printable, or are a line break to some
 * reader, and their bytes. */
static const struct {
    const char *bytes, *escape;
    size_t len;
} escapes[] = {
    { "\"", "\\\"", 1 },
    { "\\", "\\\\", 1 },
    { "\b", "\\b", 1 },
    { "\f", "\\f", 1 },
    { "\n", "\\n", 1 },
    { "\r", "\\r", 1 },
    { "\t", "\\t", 1 },
    { "\x7f", "\\u007f", 1 },
    { "\xe2\x80\xa8", "\\u2028", 3 },
    { "\xe2\x80\xa9", "\\u2029", 3 },
    { "\xef\xbb\xbf", "\\ufeff", 3 },
    { "\xef\xbf\xbe", "\\ufffe", 3 },
    { "\xef\xbf\xbf", "\\uffff", 3 },
};

/* Returns the length of what it escaped, 0 when `rest` begins with nothing of the kind. */
static size_t write_escape(osp_buf *out, osp_str rest)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(escapes); i++) {
        if (osp_str_starts_with(rest, (osp_str){ escapes[i].bytes, escapes[i].len })) {
            osp_buf_str(out, osp_str_from(escapes[i].escape));
            return escapes[i].len;
        }
    }
    const unsigned char first = (unsigned char)rest.ptr[0];
    if (first < 0x20) {
        osp_buf_printf(out, "\\u%04x", first);
        return 1;
    }
    if (first == 0xc2 && (unsigned char)rest.ptr[1] < 0xa0) { /* C1 controls */
        osp_buf_printf(out, "\\u%04x", (unsigned char)rest.ptr[1]);
        return 2;
    }
    return 0;
}

/* `text` is UTF-8: a character is never cut off. */
static void write_string(osp_buf *out, osp_str text)
{
    if (is_plain(text)) {
        osp_buf_str(out, text);
        return;
    }
    osp_buf_byte(out, '"');
    for (size_t i = 0; i < text.len;) {
        const size_t escaped = write_escape(out, (osp_str){ text.ptr + i, text.len - i });
        if (escaped == 0) {
            osp_buf_byte(out, text.ptr[i]);
        }
        i += escaped != 0 ? escaped : 1;
    }
    osp_buf_byte(out, '"');
}

/* YAML 1.1 knows no exponent without a point and a sign. */
static void write_word(osp_buf *out, osp_str text)
{
    const char *exponent = text.ptr[0] <= '9' ? memchr(text.ptr, 'e', text.len) : NULL;
    if (exponent == NULL && text.ptr[0] <= '9') {
        exponent = memchr(text.ptr, 'E', text.len);
    }
    if (exponent == NULL) {
        osp_buf_str(out, text);
        return;
    }
    const size_t before = (size_t)(exponent - text.ptr);
    osp_buf_append(out, text.ptr, before);
    if (memchr(text.ptr, '.', before) == NULL) {
        osp_buf_str(out, OSP_STR(".0"));
    }
    osp_buf_byte(out, 'e');
    if (exponent[1] != '-' && exponent[1] != '+') {
        osp_buf_byte(out, '+');
    }
    osp_buf_append(out, exponent + 1, text.len - before - 1);
}

/* A value without lines of its own, behind a blank. */
static bool write_flat(const osp_json_value *value, osp_buf *out)
{
    if (osp_json_kind_of(value) == OSP_JSON_STRING) {
        write_string(out, osp_json_tree_text(value));
    } else if (!is_container(value)) {
        write_word(out, osp_json_tree_text(value));
    } else if (osp_json_count(value) == 0) {
        osp_buf_str(out,
                    osp_json_kind_of(value) == OSP_JSON_OBJECT ? OSP_STR("{}") : OSP_STR("[]"));
    } else {
        return false;
    }
    osp_buf_byte(out, '\n');
    return true;
}

/* The lines of an object or list that is not empty; `begun`: the first one is padded already. */
static void write_block(const osp_json_value *value, osp_buf *out, unsigned blanks, bool begun)
{
    for (size_t i = 0; i < osp_json_count(value); i++) {
        const osp_json_value *item = osp_json_at(value, i);
        if (!begun) {
            pad(out, blanks);
        }
        begun = false;
        if (osp_json_kind_of(value) == OSP_JSON_LIST) {
            osp_buf_str(out, OSP_STR("- "));
            if (!write_flat(item, out)) {
                write_block(item, out, blanks + 2, true);
            }
            continue;
        }
        write_string(out, osp_json_name(item));
        const size_t behind = out->len;
        osp_buf_str(out, OSP_STR(": "));
        if (!write_flat(item, out)) {
            out->len = out->failed ? out->len : behind;
            osp_buf_str(out, OSP_STR(":\n"));
            write_block(item, out, blanks + 2, false);
        }
    }
}

void osp_render_yaml(const osp_json_value *root, osp_buf *out)
{
    if (!write_flat(root, out)) {
        write_block(root, out, 0, false);
    }
}
