/* A scanner of SQLite's tokens, and the lines that messages show of a text.
 *
 * It knows where names, strings, comments and parameters begin and end, and nothing of grammar: the
 * database parses.  Nothing can make it fail: what is none of these is a sign of one byte, and what
 * never ends goes to the end of the text and says so.
 *
 * Cost: linear, without memory.  Source: https://www.sqlite.org/syntax and tokenize.c of SQLite for
 * which bytes belong to a name. */
#include "data/sql.h"

#include <string.h>

#include "base/excerpt.h"

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* All bytes above ASCII belong to names. */
static bool is_word(char byte)
{
    return is_digit(byte) || byte == '_' || byte == '$' || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || (unsigned char)byte >= 0x80;
}

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* The byte at `at`; NUL behind the end, which no token takes as its own. */
static char peek(osp_str text, size_t at)
{
    return at < text.len ? text.ptr[at] : '\0';
}

static size_t word_end(osp_str text, size_t at)
{
    while (at < text.len && is_word(text.ptr[at])) {
        at++;
    }
    return at;
}

/* Behind the closing quote; doubled, it stands for itself. */
static size_t quote_end(osp_str text, char close, bool doubles, bool *ret_open)
{
    for (size_t at = 1; at < text.len; at++) {
        if (text.ptr[at] != close) {
            continue;
        }
        if (!doubles || peek(text, at + 1) != close) {
            return at + 1;
        }
        at++;
    }
    *ret_open = true;
    return text.len;
}

static size_t comment_end(osp_str text, bool *ret_open)
{
    if (text.ptr[0] == '-') {
        const char *end = memchr(text.ptr, '\n', text.len);
        const size_t len = end != NULL ? (size_t)(end - text.ptr) : text.len;
        return len - (text.ptr[len - 1] == '\r');
    }
    const char *end = memmem(text.ptr + 2, text.len - 2, "*/", 2);
    *ret_open = end == NULL;
    return end != NULL ? (size_t)(end - text.ptr) + 2 : text.len;
}

/* A number as far as a scanner needs it: 1, 1.5e-3, 0x1f. */
static size_t number_end(osp_str text)
{
    size_t at = 1;
    for (;;) {
        const char byte = peek(text, at), before = text.ptr[at - 1];
        const bool sign = (byte == '-' || byte == '+') && (before == 'e' || before == 'E') &&
                          is_digit(peek(text, at + 1)) && text.ptr[0] != '0';
        if (at >= text.len || (!is_word(byte) && byte != '.' && !sign)) {
            return at;
        }
        at++;
    }
}

static osp_sql_kind read_token(osp_str text, size_t *ret_len, bool *ret_open)
{
    const char first = text.ptr[0], second = peek(text, 1);
    if ((first == '-' && second == '-') || (first == '/' && second == '*')) {
        *ret_len = comment_end(text, ret_open);
        return OSP_SQL_COMMENT;
    }
    if (first == '\'' || first == '"' || first == '`') {
        *ret_len = quote_end(text, first, true, ret_open);
        return first == '\'' ? OSP_SQL_STRING : OSP_SQL_NAME;
    }
    if (first == '[') {
        *ret_len = quote_end(text, ']', false, ret_open);
        return OSP_SQL_NAME;
    }
    if (first == '?' || ((first == ':' || first == '@' || first == '$') && is_word(second))) {
        *ret_len = word_end(text, 1);
        return OSP_SQL_PARAMETER;
    }
    if (is_digit(first) || (first == '.' && is_digit(second))) {
        *ret_len = number_end(text);
        return OSP_SQL_NUMBER;
    }
    *ret_len = is_word(first) ? word_end(text, 1) : 1;
    return is_word(first) ? OSP_SQL_WORD : OSP_SQL_SIGN;
}

osp_sql_token osp_sql_next(osp_str *rest)
{
    size_t skipped = 0, len = 0;
    while (skipped < rest->len && is_space(rest->ptr[skipped])) {
        skipped++;
    }
    osp_sql_token token = { OSP_SQL_END, { rest->ptr + skipped, 0 }, false };
    *rest = (osp_str){ rest->ptr + skipped, rest->len - skipped };
    if (rest->len > 0) {
        token.kind = read_token(*rest, &len, &token.open);
        OSP_ASSERT(len > 0 && len <= rest->len);
        token.text.len = len;
        *rest = (osp_str){ rest->ptr + len, rest->len - len };
    }
    return token;
}

osp_sql_token osp_sql_word(osp_str *rest)
{
    osp_sql_token token;
    do {
        token = osp_sql_next(rest);
    } while (token.kind == OSP_SQL_COMMENT);
    return token;
}

bool osp_sql_is(const osp_sql_token *token, const char *keyword)
{
    return token->kind == OSP_SQL_WORD && osp_str_equal_nocase(token->text, osp_str_from(keyword));
}

bool osp_sql_names(const osp_sql_token *token, osp_str name)
{
    if (token->kind == OSP_SQL_WORD) {
        return osp_str_equal_nocase(token->text, name);
    }
    if ((token->kind != OSP_SQL_NAME && token->kind != OSP_SQL_STRING) || token->open) {
        return false;
    }
    const char close = token->text.ptr[token->text.len - 1];
    const osp_str inner = { token->text.ptr + 1, token->text.len - 2 };
    size_t at = 0, k = 0;
    for (; at < inner.len && k < name.len; at++, k++) {
        const osp_str one = { inner.ptr + at, 1 }, other = { name.ptr + k, 1 };
        if (!osp_str_equal_nocase(one, other)) {
            return false;
        }
        at += inner.ptr[at] == close && close != ']'; /* doubled */
    }
    return at >= inner.len && k == name.len;
}

osp_sql_place osp_sql_place_of(osp_str text, size_t at, osp_sql_place begin)
{
    OSP_ASSERT(at <= text.len);
    osp_sql_place place = begin;
    for (size_t i = 0; i < at; i++) {
        const bool ends = text.ptr[i] == '\n';
        place.column = ends ? 1 : place.column + 1;
        place.line += ends;
    }
    return place;
}

void osp_sql_excerpt(osp_str text, size_t at, size_t len, osp_sql_place begin, osp_buf *out)
{
    const osp_sql_place place = osp_sql_place_of(text, at, begin);
    /* What stands before the text on its first line is not known. */
    osp_excerpt_write(text, at, len, place.line, begin.column - 1, out);
}
