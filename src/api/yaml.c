/* A tree as YAML.
 *
 * JSON's strings are YAML's double-quoted ones but for two things: \u escapes name whole
 * characters, never half of a pair, and some characters must not stand raw (YAML 1.2.2
 * sections 5.1, 5.7). Without quotes stands only what no reader takes for anything else than that
 * string. */
#include <string.h>

#include "api/tree.h"

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

static unsigned hex4(const char *at)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++) {
        const unsigned char c = (unsigned char)at[i];
        value = value * 16 + (c <= '9' ? c - 0x30u : (c | 0x20u) - 'a' + 10u);
    }
    return value;
}

/* An escape of JSON.  Returns its length. */
static size_t write_escape(osp_buf *out, osp_str rest)
{
    if (rest.len >= 12 && rest.ptr[1] == 'u' && rest.ptr[6] == '\\' && rest.ptr[7] == 'u') {
        const unsigned high = hex4(rest.ptr + 2), low = hex4(rest.ptr + 8);
        if (high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
            osp_buf_printf(out, "\\U%08x", 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
            return 12;
        }
    }
    const size_t len = rest.len >= 6 && rest.ptr[1] == 'u' ? 6 : 2;
    osp_buf_append(out, rest.ptr, len < rest.len ? len : rest.len);
    return len;
}

/* Characters that are not printable, or are a line break to some reader, and their bytes. */
static const struct {
    const char *bytes, *escape;
    size_t len;
} unprintable[] = {
    { "\x7f", "\\u007f", 1 },         { "\xe2\x80\xa8", "\\u2028", 3 },
    { "\xe2\x80\xa9", "\\u2029", 3 }, { "\xef\xbb\xbf", "\\ufeff", 3 },
    { "\xef\xbf\xbe", "\\ufffe", 3 }, { "\xef\xbf\xbf", "\\uffff", 3 },
};

/* Returns the length of what it escaped, 0 when `rest` begins with nothing of the kind. */
static size_t write_unprintable(osp_buf *out, osp_str rest)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(unprintable); i++) {
        const size_t len = unprintable[i].len;
        if (rest.len >= len && memcmp(rest.ptr, unprintable[i].bytes, len) == 0) {
            osp_buf_str(out, osp_str_from(unprintable[i].escape));
            return len;
        }
    }
    /* C1 controls */
    if (rest.len >= 2 && (unsigned char)rest.ptr[0] == 0xc2 && (unsigned char)rest.ptr[1] < 0xa0) {
        osp_buf_printf(out, "\\u00%02x", (unsigned)(unsigned char)rest.ptr[1]);
        return 2;
    }
    return 0;
}

static void write_string(osp_buf *out, osp_str text)
{
    if (is_plain(text)) {
        osp_buf_str(out, text);
        return;
    }
    osp_buf_byte(out, '"');
    for (size_t i = 0; i < text.len;) {
        const osp_str rest = { text.ptr + i, text.len - i };
        const size_t escaped =
            rest.ptr[0] == '\\' ? write_escape(out, rest) : write_unprintable(out, rest);
        if (escaped == 0) {
            osp_buf_byte(out, rest.ptr[0]);
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

static void pad(osp_buf *out, unsigned blanks)
{
    for (unsigned i = 0; i < blanks; i++) {
        osp_buf_byte(out, ' ');
    }
}

/* A value without lines of its own, behind a blank. */
static bool write_flat(const osp_tree *node, osp_buf *out)
{
    if (node->kind == OSP_TREE_TEXT) {
        write_string(out, node->text);
    } else if (node->kind == OSP_TREE_WORD) {
        write_word(out, node->text);
    } else if (node->first == NULL) {
        osp_buf_str(out, node->kind == OSP_TREE_OBJECT ? OSP_STR("{}") : OSP_STR("[]"));
    } else {
        return false;
    }
    osp_buf_byte(out, '\n');
    return true;
}

/* The lines of an object or array that is not empty; `begun`: the first one is padded already. */
static void write_block(const osp_tree *node, osp_buf *out, unsigned blanks, bool begun)
{
    for (const osp_tree *item = node->first; item != NULL; item = item->next) {
        if (!begun) {
            pad(out, blanks);
        }
        begun = false;
        if (node->kind == OSP_TREE_ARRAY) {
            osp_buf_str(out, OSP_STR("- "));
            if (!write_flat(item, out)) {
                write_block(item, out, blanks + 2, true);
            }
            continue;
        }
        write_string(out, item->key);
        const size_t behind = out->len;
        osp_buf_str(out, OSP_STR(": "));
        if (!write_flat(item, out)) {
            out->len = out->failed ? out->len : behind;
            osp_buf_str(out, OSP_STR(":\n"));
            write_block(item, out, blanks + 2, false);
        }
    }
}

void osp_tree_yaml(const osp_tree *root, osp_buf *out)
{
    if (!write_flat(root, out)) {
        write_block(root, out, 0, false);
    }
}
