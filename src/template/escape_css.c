/* Values in styles (CSS Syntax Module Level 3, sections 4 and 9).
 *
 * Between the quotes of a style anything can stand, escaped.  Elsewhere a value is a word, a number
 * or a few of them: what could be more than that becomes "osp-unsafe", which no property takes. */
#include "template/escape.h"

/* Words that ran scripts in browsers of old. */
static bool names_script(osp_str text)
{
    static const char *const words[] = { "expression", "mozbinding", "javascript", "behavior" };
    char letters[256];
    size_t len = 0;
    for (size_t i = 0; i < text.len && len < sizeof(letters); i++) {
        const char byte = text.ptr[i];
        if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z')) {
            letters[len++] = (char)(byte | 0x20);
        }
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(words); i++) {
        if (memmem(letters, len, words[i], strlen(words[i])) != NULL) {
            return true;
        }
    }
    return len == sizeof(letters);
}

static bool is_word_or_number(osp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char byte = (unsigned char)text.ptr[i];
        if ((byte < ' ' && byte != '\t' && byte != '\n') || byte == 0x7f ||
            strchr("\"'()/;@[\\]`{}<>&:!", byte) != NULL ||
            (byte == '-' && i > 0 && text.ptr[i - 1] == '-')) {
            return false;
        }
    }
    return !names_script(text);
}

static bool stands(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (unsigned char)byte >= 0x80 ||
           (byte != '\0' && strchr(" .,-_#%?=|~^$!", byte) != NULL);
}

/* \3c and a blank, which belongs to it. */
static void put_hex(char byte, osp_buf *out)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned char code = (unsigned char)byte;
    if (code == 0) {
        osp_buf_str(out, OSP_STR("\\fffd "));
        return;
    }
    const char words[] = { '\\', hex[code >> 4], hex[code & 15], ' ' };
    osp_buf_append(out, words, sizeof(words));
}

void osp_escape_css(osp_escape how, osp_str text, osp_buf *out)
{
    if (how == OSP_ESCAPE_CSS_VALUE) {
        osp_buf_str(out, is_word_or_number(text) ? text : OSP_STR(OSP_ESCAPE_UNSAFE));
        return;
    }
    if (how == OSP_ESCAPE_CSS_TEXT_START && !osp_url_is_safe(text)) {
        osp_buf_str(out, OSP_STR("#" OSP_ESCAPE_UNSAFE));
        return;
    }
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!stands(text.ptr[i])) {
            osp_buf_append(out, text.ptr + from, i - from);
            put_hex(text.ptr[i], out);
            from = i + 1;
        }
    }
    if (from < text.len) {
        osp_buf_append(out, text.ptr + from, text.len - from);
    }
}
