/* Values in scripts (ECMA-262 section 12), and in JSON, which scripts of other types hold.
 *
 * All escapes are those of JSON, \" and \u0000, so that one form is good for both; and nothing of a
 * value can end the script or an attribute, or begin a comment: no quote but those around it, no <
 * > & ever. */
#include "template/escape.h"

/* What a byte becomes: 0: itself, 'u': \u00XX, else a backslash and this. */
static char escape_of(osp_escape how, unsigned char byte)
{
    switch (byte) {
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case '\\':
    case '/':
        return (char)byte;
    case '"':
    case '\'':
    case '&':
    case '<':
    case '>':
    case '`':
    case 0x7f:
        return 'u';
    case '$':
    case '{':
        return how == OSP_ESCAPE_JS_TEMPLATE ? 'u'
               : how == OSP_ESCAPE_JS_REGEXP ? (char)byte
                                             : '\0';
    case '.':
    case '*':
    case '+':
    case '?':
    case '(':
    case ')':
    case '[':
    case ']':
    case '}':
    case '^':
    case '|':
        return how == OSP_ESCAPE_JS_REGEXP ? (char)byte : '\0';
    case '-':
    case ' ':
        return how == OSP_ESCAPE_JS_REGEXP && byte == '-' ? 'u' : '\0';
    default:
        return byte < ' ' ? 'u' : '\0';
    }
}

static void put_escape(char how, unsigned char byte, osp_buf *out)
{
    static const char hex[] = "0123456789abcdef";
    if (how != 'u') {
        osp_buf_byte(out, '\\');
        osp_buf_byte(out, how);
        return;
    }
    const char words[] = { '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15] };
    osp_buf_append(out, words, sizeof(words));
}

/* U+2028 and U+2029, which ended lines of scripts before they were let into texts. */
static bool is_separator(osp_str text, size_t at)
{
    return text.len - at >= 3 && memcmp(text.ptr + at, "\xe2\x80", 2) == 0 &&
           ((unsigned char)text.ptr[at + 2] & 0xfe) == 0xa8;
}

static void put_text(osp_escape how, osp_str text, osp_buf *out)
{
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char byte = (unsigned char)text.ptr[i];
        const bool separator = byte == 0xe2 && is_separator(text, i);
        const char escape = byte < 0x80 ? escape_of(how, byte) : '\0';
        if (escape == '\0' && !separator) {
            continue;
        }
        osp_buf_append(out, text.ptr + from, i - from);
        if (separator) {
            osp_buf_str(out, text.ptr[i + 2] == '\xa8' ? OSP_STR("\\u2028") : OSP_STR("\\u2029"));
            i += 2;
        } else {
            put_escape(escape, byte, out);
        }
        from = i + 1;
    }
    if (from < text.len) {
        osp_buf_append(out, text.ptr + from, text.len - from);
    }
}

void osp_escape_js(osp_escape how, osp_str text, osp_buf *out)
{
    if (how == OSP_ESCAPE_JS_REGEXP && text.len == 0) {
        osp_buf_str(out, OSP_STR("(?:)")); /* two slashes would be a comment */
        return;
    }
    put_text(how, text, out);
}

void osp_escape_js_string(osp_str text, bool attribute, osp_buf *out)
{
    const osp_str quote = attribute ? OSP_STR("&quot;") : OSP_STR("\"");
    osp_buf_str(out, quote);
    put_text(OSP_ESCAPE_JS_TEXT, text, out);
    osp_buf_str(out, quote);
}

/* Bytes that a byte of JSON becomes more. */
static size_t extra_of(osp_str json, size_t at, bool attribute)
{
    switch (json.ptr[at]) {
    case '<':
    case '>':
    case '&':
        return 5; /* within texts alone */
    case '\'':
        return attribute ? 5 : 0;
    case '"':
        return attribute ? 5 : 0; /* &quot; */
    case '\xe2':
        return is_separator(json, at) ? 3 : 0;
    default:
        return 0;
    }
}

/* JSON in front of `end` is spread to its right, from its end, so that nothing is overwritten
 * unread. */
void osp_escape_js_json(osp_buf *out, size_t from, bool attribute)
{
    size_t extra = 0;
    const osp_str json = { out->ptr + from, out->len - from };
    for (size_t i = 0; i < json.len; i++) {
        extra += extra_of(json, i, attribute);
    }
    if (extra == 0 || !osp_buf_reserve(out, extra)) {
        return;
    }
    static const char hex[] = "0123456789abcdef";
    char *text = out->ptr + from, *to = out->ptr + out->len + extra;
    for (size_t i = json.len; i-- > 0;) {
        const osp_str left = { text, i + 3 <= json.len ? i + 3 : json.len };
        const unsigned char byte = (unsigned char)text[i];
        const size_t more = extra_of(left, i, attribute);
        if (more == 0) {
            *--to = (char)byte;
        } else if (more == 3) { /* its other two bytes were moved behind `to` */
            const bool paragraph = to[1] == '\xa9';
            to += 2;
            to -= 6;
            memcpy(to, paragraph ? "\\u2029" : "\\u2028", 6);
        } else if (byte == '"') {
            to -= 6;
            memcpy(to, "&quot;", 6);
        } else {
            const char words[] = { '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15] };
            to -= 6;
            memcpy(to, words, 6);
        }
    }
    out->len += extra;
}
