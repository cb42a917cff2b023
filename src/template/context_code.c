/* Scripts, styles and URLs, byte by byte, as far as it must be known what a value would be there.
 *
 * A slash of a script begins a regular expression or divides: that depends on the word or sign
 * before it, which is how every highlighter guesses.  Within a template literal `${` begins code
 * again, up to its brace. */
#include <string.h>

#include "template/context.h"

/* States of a script; of a style those without JS_. */
typedef enum code_state {
    CODE = 0,
    DOUBLE, /* "text" */
    SINGLE,
    BLOCK, /* a comment */
    JS_LINE,
    JS_TEMPLATE,
    JS_REGEXP,
    JS_CLASS, /* [...] of a regular expression */
    CSS_URL,
    CSS_URL_BEGIN, /* behind url( */
    CSS_URL_DOUBLE,
    CSS_URL_SINGLE
} code_state;

static char lower_of(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool is_word_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '$' ||
           (unsigned char)byte >= 0x80;
}

static void forget_word(osp_context *c)
{
    memset(c->word, 0, sizeof(c->word));
    c->word_len = 0;
}

void osp_context_blur(osp_context *c)
{
    forget_word(c);
    c->word_len = 1; /* a byte that is in none */
}

/* A word that is too long is none that counts: its first byte is taken out. */
static void keep_byte(osp_context *c, char byte)
{
    if (c->word_len < sizeof(c->word)) {
        c->word[c->word_len++] = lower_of(byte);
    } else {
        c->word[0] = '\0';
    }
}

static bool is_word(const osp_context *c, const char *word)
{
    return strlen(word) == c->word_len && memcmp(c->word, word, c->word_len) == 0;
}

void osp_context_begin(osp_context *c, osp_language language)
{
    c->language = (uint8_t)language;
    c->url = OSP_URL_START;
    c->state = CODE;
    c->escaped = c->slash = c->divides = c->signs = c->depth = 0;
    memset(c->braces, 0, sizeof(c->braces));
    forget_word(c);
}

bool osp_context_in_text(const osp_context *c)
{
    return c->state != CODE;
}

/* ---------------------------------------------------------------- URLs */

/* Browsers leave out blanks and line ends where a scheme could be. */
const char *osp_context_url_byte(osp_context *c, char byte)
{
    if (c->url == OSP_URL_RUNS || c->url == OSP_URL_QUERY) {
        return NULL;
    }
    if (byte == '?' || byte == '#') {
        c->url = OSP_URL_QUERY;
        forget_word(c);
        return NULL;
    }
    if (c->url == OSP_URL_PATH || c->url == OSP_URL_UNKNOWN || (unsigned char)byte <= ' ') {
        return NULL;
    }
    if (byte == '/' || byte == '\\') {
        c->url = OSP_URL_PATH;
        forget_word(c);
        return NULL;
    }
    if (byte == ':') {
        const bool data = c->url == OSP_URL_DATA;
        const bool runs = is_word(c, "javascript") || is_word(c, "vbscript") || is_word(c, "data");
        c->url = data || !runs ? OSP_URL_PATH : OSP_URL_RUNS;
        forget_word(c);
        return data ? "the scheme of a URL cannot come from data" : NULL;
    }
    if (c->url == OSP_URL_START) {
        c->url = OSP_URL_SCHEME;
    }
    if (c->url == OSP_URL_SCHEME) {
        keep_byte(c, byte);
    }
    return NULL;
}

const char *osp_context_url_value(osp_context *c, uint8_t *ret_escape)
{
    static const uint8_t escapes[] = { [OSP_URL_START] = OSP_ESCAPE_URL_START,
                                       [OSP_URL_SCHEME] = OSP_ESCAPE_URL_SCHEME,
                                       [OSP_URL_DATA] = OSP_ESCAPE_URL_SCHEME,
                                       [OSP_URL_PATH] = OSP_ESCAPE_URL_PATH,
                                       [OSP_URL_QUERY] = OSP_ESCAPE_URL_QUERY };
    if (c->url == OSP_URL_RUNS) {
        return "no value can stand in a URL that runs a script or is data itself";
    }
    if (c->url == OSP_URL_UNKNOWN) {
        return "whether this is in the path or in the query of the URL depends on what is before "
               "it";
    }
    *ret_escape = escapes[c->url];
    if (c->url <= OSP_URL_DATA) {
        c->url = OSP_URL_DATA;
        forget_word(c);
    }
    return NULL;
}

/* ---------------------------------------------------------------- scripts */

/* Whether an expression, and so a regular one, can follow a word. */
static bool leads(const osp_context *c)
{
    static const char *const words[] = {
        "await",  "break",   "case",    "continue", "default",    "delete", "do",
        "else",   "extends", "finally", "in",       "instanceof", "new",    "of",
        "return", "throw",   "try",     "typeof",   "void",       "yield",
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (is_word(c, words[i])) {
            return true;
        }
    }
    return false;
}

void osp_context_js_settle(osp_context *c)
{
    if (c->state != CODE) {
        return;
    }
    c->signs = 0;
    if (c->word_len > 0) {
        c->divides = !leads(c);
        forget_word(c);
    }
    if (c->slash) {
        c->state = c->divides ? CODE : JS_REGEXP;
        c->slash = c->divides = 0;
    }
}

static const char *js_brace(osp_context *c, char byte)
{
    uint8_t *open = &c->braces[c->depth > 0 ? c->depth - 1 : 0];
    c->divides = 0;
    if (c->depth == 0) {
        return NULL;
    }
    if (byte == '{') {
        if (*open == UINT8_MAX) {
            return "too many braces inside each other";
        }
        ++*open;
    } else if (*open > 0) {
        --*open;
    } else {
        c->depth--;
        c->state = JS_TEMPLATE;
    }
    return NULL;
}

/* A sign of code, behind words and slashes. */
static const char *js_sign(osp_context *c, char byte)
{
    if (byte == '+' || byte == '-') { /* a++ / 2, but a + /x/ */
        c->signs = (uint8_t)(byte == (char)(c->signs & 0x7f) ? c->signs ^ 0x80 : byte);
        c->divides = (c->signs & 0x80) != 0;
        return NULL;
    }
    switch (byte) {
    case '"':
        c->state = DOUBLE;
        break;
    case '\'':
        c->state = SINGLE;
        break;
    case '`':
        c->state = JS_TEMPLATE;
        break;
    case '{':
    case '}':
        return js_brace(c, byte);
    case ')':
    case ']':
        c->divides = 1;
        break;
    default:
        c->divides = 0;
        break;
    }
    return NULL;
}

/* Behind a slash, which begins a comment or a regular expression, or divides. */
static void js_slash(osp_context *c, char byte)
{
    c->slash = 0;
    if (byte == '/' || byte == '*') {
        c->state = byte == '/' ? JS_LINE : BLOCK;
    } else if (!c->divides) {
        c->state = JS_REGEXP;
    } else {
        c->divides = 0;
    }
}

static const char *js_code(osp_context *c, char byte)
{
    if (is_word_byte(byte)) {
        keep_byte(c, byte);
        c->signs = 0;
        return NULL;
    }
    if (c->word_len > 0) {
        c->divides = !leads(c);
        forget_word(c);
    }
    if (byte == '/') {
        c->slash = 1;
        c->signs = 0;
        return NULL;
    }
    if (is_space(byte)) {
        c->signs = 0;
        return NULL;
    }
    if (byte != '+' && byte != '-') {
        c->signs = 0;
    }
    return js_sign(c, byte);
}

static bool is_line_end(char byte)
{
    return byte == '\n' || byte == '\r';
}

/* Within quotes; a backslash takes what follows, whatever it is. */
static const char *js_text(osp_context *c, char byte)
{
    const char end = c->state == DOUBLE ? '"' : c->state == SINGLE ? '\'' : '`';
    if (c->escaped) {
        c->escaped = 0;
    } else if (byte == '\\') {
        c->escaped = 1;
        c->slash = 0;
    } else if (byte == end) {
        c->state = CODE;
        c->divides = 1;
        c->slash = 0;
    } else if (c->state != JS_TEMPLATE) {
        return is_line_end(byte) ? "a text of the script does not end on its line" : NULL;
    } else if (c->slash && byte == '{') { /* "slash": the byte before was a dollar */
        if (c->depth == OSP_CONTEXT_NESTING_MAX) {
            return "too many template literals inside each other";
        }
        c->slash = 0;
        c->braces[c->depth++] = 0;
        c->state = CODE;
        c->divides = 0;
    } else {
        c->slash = byte == '$';
    }
    return NULL;
}

static const char *js_regexp(osp_context *c, char byte)
{
    if (c->escaped) {
        c->escaped = 0;
    } else if (byte == '\\') {
        c->escaped = 1;
    } else if (byte == '[') {
        c->state = JS_CLASS;
    } else if (byte == ']') {
        c->state = JS_REGEXP;
    } else if (byte == '/' && c->state == JS_REGEXP) {
        c->state = CODE;
        c->divides = 1;
    } else if (is_line_end(byte)) {
        return "a regular expression of the script does not end on its line; if it is a division, "
               "put parentheses around what is divided";
    }
    return NULL;
}

const char *osp_context_js_byte(osp_context *c, char byte)
{
    switch (c->state) {
    case CODE:
        if (!c->slash) {
            return js_code(c, byte);
        }
        if (c->divides == OSP_DIVIDES_UNKNOWN) {
            return "whether this slash divides depends on what is before it: put parentheses there";
        }
        js_slash(c, byte);
        return c->state == CODE        ? js_code(c, byte)
               : c->state == JS_REGEXP ? js_regexp(c, byte)
                                       : NULL;
    case JS_LINE:
        c->state = is_line_end(byte) ? CODE : JS_LINE;
        return NULL;
    case BLOCK:
        if (c->slash && byte == '/') { /* "slash": the byte before was a star */
            c->state = CODE;
        }
        c->slash = c->state == BLOCK && byte == '*';
        return NULL;
    case JS_REGEXP:
    case JS_CLASS:
        return js_regexp(c, byte);
    default:
        return js_text(c, byte);
    }
}

const char *osp_context_js_value(osp_context *c, uint8_t *ret_escape)
{
    if (c->escaped) {
        return "a backslash stands before this, which would take the first character of it";
    }
    osp_context_js_settle(c);
    switch (c->state) {
    case CODE:
        c->divides = 1;
        *ret_escape = OSP_ESCAPE_JS_VALUE;
        break;
    case DOUBLE:
    case SINGLE:
        *ret_escape = OSP_ESCAPE_JS_TEXT;
        break;
    case JS_TEMPLATE:
        *ret_escape = OSP_ESCAPE_JS_TEMPLATE;
        break;
    case JS_REGEXP:
    case JS_CLASS:
        *ret_escape = OSP_ESCAPE_JS_REGEXP;
        break;
    default:
        *ret_escape = OSP_ESCAPE_NOTHING;
        break;
    }
    return NULL;
}

/* ---------------------------------------------------------------- styles */

static const char *css_code(osp_context *c, char byte)
{
    if (c->slash && byte == '*') { /* "slash": the byte before was one */
        c->state = BLOCK;
        c->slash = 0;
        return NULL;
    }
    c->slash = byte == '/';
    if (is_word_byte(byte) || byte == '-') {
        keep_byte(c, byte);
        return NULL;
    }
    if (byte == '(' && is_word(c, "url")) {
        c->state = CSS_URL_BEGIN;
        c->url = OSP_URL_START;
    } else if (byte == '"' || byte == '\'') {
        c->state = byte == '"' ? DOUBLE : SINGLE;
        c->url = OSP_URL_START;
    }
    forget_word(c);
    return byte == '\\' ? "a backslash stands in a style outside of quotes" : NULL;
}

static const char *css_quoted(osp_context *c, char byte)
{
    const bool twice = c->state == DOUBLE || c->state == CSS_URL_DOUBLE;
    if (c->escaped) {
        c->escaped = 0;
        return osp_context_url_byte(c, 'a'); /* whatever it is */
    }
    if (byte == '\\') {
        c->escaped = 1;
        return NULL;
    }
    if (byte == (twice ? '"' : '\'')) {
        c->state = CODE;
        forget_word(c);
        return NULL;
    }
    return is_line_end(byte) ? "a text of the style does not end on its line"
                             : osp_context_url_byte(c, byte);
}

static const char *css_url(osp_context *c, char byte)
{
    if (c->state == CSS_URL_BEGIN) {
        if (is_space(byte)) {
            return NULL;
        }
        c->state = CSS_URL;
        if (byte == '"' || byte == '\'') {
            c->state = byte == '"' ? CSS_URL_DOUBLE : CSS_URL_SINGLE;
            return NULL;
        }
    }
    if (byte == ')' || is_space(byte)) {
        c->state = CODE;
        forget_word(c);
        return NULL;
    }
    return byte == '\\' ? "a backslash stands in a URL of the style"
                        : osp_context_url_byte(c, byte);
}

const char *osp_context_css_byte(osp_context *c, char byte)
{
    switch (c->state) {
    case CODE:
        return css_code(c, byte);
    case BLOCK:
        if (c->slash && byte == '/') {
            c->state = CODE;
        }
        c->slash = c->state == BLOCK && byte == '*';
        return NULL;
    case CSS_URL:
    case CSS_URL_BEGIN:
        return css_url(c, byte);
    default:
        return css_quoted(c, byte);
    }
}

const char *osp_context_css_value(osp_context *c, uint8_t *ret_escape)
{
    if (c->escaped || (c->state == CODE && c->slash)) {
        return "what stands before this could change what it is";
    }
    switch (c->state) {
    case CODE:
        osp_context_blur(c);
        *ret_escape = OSP_ESCAPE_CSS_VALUE;
        return NULL;
    case BLOCK:
        *ret_escape = OSP_ESCAPE_NOTHING;
        return NULL;
    case CSS_URL_BEGIN:
        c->state = CSS_URL;
        break;
    default:
        break;
    }
    const bool is_text = c->state == DOUBLE || c->state == SINGLE;
    const bool start = c->url <= OSP_URL_DATA;
    const char *why = osp_context_url_value(c, ret_escape);
    if (why == NULL && is_text) {
        *ret_escape = start ? OSP_ESCAPE_CSS_TEXT_START : OSP_ESCAPE_CSS_TEXT;
    }
    return why;
}
