/* Reads the expressions of a template, by the words that they are made of.
 *
 *     pipeline   any ("|" NAME one*)*
 *     any        all ("or" all)*
 *     all        not ("and" not)*
 *     not        "not" not | one (("==" | "!=" | "<" | "<=" | ">" | ">=") one)?
 *     one        "text" | 'text' | 12 | 1.5 | true | false | null | path | "(" pipeline ")"
 *     path       NAME ("." NAME)* | "this" ("." NAME)* | "@" NAME
 *
 * What is read lives in the parser's arena; texts without escapes are slices of the template. */
#include <stdlib.h>

#include "template/template_impl.h"

static osp_str rest_of(const osp_words *words)
{
    return (osp_str){ words->at, (size_t)(words->end - words->at) };
}

/* One character as a place to point at; what stands behind the end is the end. */
static osp_str here(const osp_words *words)
{
    return (osp_str){ words->at, words->at < words->end ? 1 : 0 };
}

static osp_expr *wrong(osp_words *words, osp_str at, const char *what)
{
    if (!words->failed) {
        osp_tell(words->parser->teller, words->parser->source, at, "%s", what);
    }
    words->failed = true;
    return NULL;
}

bool osp_words_more(osp_words *words)
{
    while (words->at < words->end && osp_is_blank(*words->at)) {
        words->at++;
    }
    return words->at < words->end;
}

osp_str osp_words_name(osp_words *words)
{
    (void)osp_words_more(words);
    const char *begin = words->at;
    if (words->at < words->end && *words->at >= '0' && *words->at <= '9') {
        return (osp_str){ begin, 0 };
    }
    while (words->at < words->end && osp_is_name_byte(*words->at)) {
        words->at++;
    }
    return (osp_str){ begin, (size_t)(words->at - begin) };
}

bool osp_words_take(osp_words *words, const char *word)
{
    (void)osp_words_more(words);
    const osp_str wanted = osp_str_from(word);
    if (!osp_str_starts_with(rest_of(words), wanted)) {
        return false;
    }
    const char *behind = words->at + wanted.len;
    if (osp_is_name_byte(word[0]) && behind < words->end && osp_is_name_byte(*behind)) {
        return false;
    }
    words->at = behind;
    return true;
}

static osp_expr *new_expr(osp_words *words, osp_expr_kind kind, osp_str at)
{
    if (++words->terms > OSP_TEMPLATE_TERMS_MAX) {
        (void)wrong(words, at, "the expression is too long");
        return NULL;
    }
    osp_expr *expr = osp_arena_zalloc(words->parser->arena, sizeof(*expr));
    if (expr == NULL) {
        words->parser->no_memory = true;
        words->failed = true;
        return NULL;
    }
    expr->kind = (uint8_t)kind;
    expr->at = at;
    return expr;
}

static osp_str from(const osp_words *words, const char *begin)
{
    return (osp_str){ begin, (size_t)(words->at - begin) };
}

/* ---------------------------------------------------------------- literals */

static char unescaped(char byte)
{
    return byte == 'n' ? '\n' : byte == 't' ? '\t' : byte;
}

/* The text of a literal with backslashes. */
static osp_str unescape(osp_words *words, osp_str raw)
{
    char *text = osp_arena_try(words->parser->arena, raw.len + 1);
    if (text == NULL) {
        words->parser->no_memory = true;
        words->failed = true;
        return (osp_str){ NULL, 0 };
    }
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        const bool escaped = raw.ptr[i] == '\\' && i + 1 < raw.len;
        i += escaped ? 1 : 0;
        text[len++] = escaped ? unescaped(raw.ptr[i]) : raw.ptr[i];
    }
    return (osp_str){ text, len };
}

static osp_expr *read_text(osp_words *words)
{
    const char *begin = words->at;
    const char quote = *words->at++;
    bool escapes = false;
    while (words->at < words->end && *words->at != quote) {
        const bool escaped = *words->at == '\\' && words->at + 1 < words->end;
        escapes = escapes || escaped;
        words->at += escaped ? 2 : 1;
    }
    if (words->at >= words->end) {
        words->at = words->end;
        return wrong(words, from(words, begin), "the text does not end");
    }
    const osp_str raw = { begin + 1, (size_t)(words->at - begin - 1) };
    words->at++;
    osp_expr *expr = new_expr(words, OSP_EXPR_TEXT, from(words, begin));
    if (expr != NULL) {
        expr->text = escapes ? unescape(words, raw) : raw;
    }
    return expr;
}

static osp_expr *read_number(osp_words *words)
{
    const char *begin = words->at;
    words->at += *words->at == '-' ? 1 : 0;
    bool whole = true;
    while (words->at < words->end && ((*words->at >= '0' && *words->at <= '9') ||
                                      (*words->at == '.' && whole && words->at + 1 < words->end))) {
        whole = whole && *words->at != '.';
        words->at++;
    }
    const osp_str text = from(words, begin);
    char copy[32];
    osp_expr *expr = new_expr(words, whole ? OSP_EXPR_INT : OSP_EXPR_DOUBLE, text);
    if (expr == NULL) {
        return NULL;
    }
    const bool ends = words->at >= words->end || !osp_is_name_byte(*words->at);
    if (!ends || text.len >= sizeof(copy) || text.ptr[text.len - 1] == '.' ||
        (whole && osp_str_to_int(text, &expr->number) != OSP_OK)) {
        return wrong(words, text, "this is no number that can be read");
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    expr->real = strtod(copy, NULL);
    return expr;
}

/* ---------------------------------------------------------------- paths */

static osp_expr *read_path(osp_words *words)
{
    const char *begin = words->at;
    words->at += *words->at == '@' ? 1 : 0;
    for (;;) {
        const char *name = words->at;
        while (words->at < words->end && osp_is_name_byte(*words->at)) {
            words->at++;
        }
        if (words->at == name || (*name >= '0' && *name <= '9')) {
            return wrong(words, here(words), "a name is missing here");
        }
        if (words->at >= words->end || *words->at != '.') {
            break;
        }
        words->at++;
    }
    return new_expr(words, OSP_EXPR_PATH, from(words, begin));
}

static osp_expr *read_word(osp_words *words)
{
    static const struct {
        const char *word;
        osp_expr_kind kind;
        bool truth;
    } literals[] = { { "true", OSP_EXPR_BOOL, true },
                     { "false", OSP_EXPR_BOOL, false },
                     { "null", OSP_EXPR_NULL, false } };
    for (size_t i = 0; i < OSP_ARRAY_LEN(literals); i++) {
        const char *begin = words->at;
        if (osp_words_take(words, literals[i].word)) {
            osp_expr *expr = new_expr(words, literals[i].kind, from(words, begin));
            if (expr != NULL) {
                expr->number = literals[i].truth;
            }
            return expr;
        }
    }
    return read_path(words);
}

static osp_expr *read_group(osp_words *words)
{
    const osp_str open = here(words);
    if (++words->depth > OSP_TEMPLATE_DEPTH_MAX) {
        return wrong(words, open, "too many parentheses inside each other");
    }
    words->at++;
    osp_expr *expr = osp_expr_read(words);
    words->depth--;
    if (expr != NULL && !osp_words_take(words, ")")) {
        return wrong(words, open, "this parenthesis is not closed");
    }
    return expr;
}

/* Words of other languages for what this one says otherwise. */
static const char *meant(osp_str rest)
{
    static const struct {
        const char *sign, *words;
    } others[] = {
        { "&&", "say \"and\" for &&" },
        { "||", "say \"or\" for ||" },
        { "!", "say \"not\" for !" },
        { "=", "say == to compare" },
        { "..", "names of enclosing blocks are known by themselves: leave \"../\" out" },
        { ".", "a name begins without \".\"; the item itself is \"this\"" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(others); i++) {
        if (osp_str_starts_with(rest, osp_str_from(others[i].sign))) {
            return others[i].words;
        }
    }
    return "a name or a value is missing here";
}

osp_expr *osp_expr_read_one(osp_words *words)
{
    if (!osp_words_more(words)) {
        return wrong(words, here(words), "a name or a value is missing here");
    }
    const char byte = *words->at;
    if (byte == '"' || byte == '\'') {
        return read_text(words);
    }
    if (byte == '(') {
        return read_group(words);
    }
    if ((byte >= '0' && byte <= '9') || byte == '-') {
        return read_number(words);
    }
    return osp_is_name_byte(byte) || byte == '@' ? read_word(words)
                                                 : wrong(words, here(words), meant(rest_of(words)));
}

/* ---------------------------------------------------------------- operators */

static osp_expr *join(osp_words *words, osp_expr_kind kind, osp_str at, osp_expr *left,
                      osp_expr *right)
{
    osp_expr *expr = left != NULL && right != NULL ? new_expr(words, kind, at) : NULL;
    if (expr != NULL) {
        expr->left = left;
        expr->right = right;
    }
    return expr;
}

static osp_expr *read_comparison(osp_words *words)
{
    static const struct {
        const char *sign;
        osp_comparison comparison;
    } signs[] = { { "==", OSP_EQUAL },         { "!=", OSP_UNEQUAL }, { "<=", OSP_LESS_EQUAL },
                  { ">=", OSP_GREATER_EQUAL }, { "<", OSP_LESS },     { ">", OSP_GREATER } };
    osp_expr *left = osp_expr_read_one(words);
    if (left == NULL || !osp_words_more(words)) {
        return left;
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(signs); i++) {
        const char *begin = words->at;
        if (!osp_words_take(words, signs[i].sign)) {
            continue;
        }
        const osp_str at = from(words, begin);
        osp_expr *expr = join(words, OSP_EXPR_COMPARE, at, left, osp_expr_read_one(words));
        if (expr != NULL) {
            expr->comparison = (uint8_t)signs[i].comparison;
        }
        return expr;
    }
    return left;
}

static osp_expr *read_not(osp_words *words)
{
    (void)osp_words_more(words);
    const char *begin = words->at;
    if (!osp_words_take(words, "not")) {
        return read_comparison(words);
    }
    const osp_str at = from(words, begin);
    if (++words->depth > OSP_TEMPLATE_DEPTH_MAX) {
        return wrong(words, at, "too many of them inside each other");
    }
    osp_expr *left = read_not(words);
    words->depth--;
    osp_expr *expr = left != NULL ? new_expr(words, OSP_EXPR_NOT, at) : NULL;
    if (expr != NULL) {
        expr->left = left;
    }
    return expr;
}

static osp_expr *read_all(osp_words *words)
{
    osp_expr *left = read_not(words);
    while (left != NULL && osp_words_more(words)) {
        const char *begin = words->at;
        if (!osp_words_take(words, "and")) {
            break;
        }
        const osp_str at = from(words, begin);
        left = join(words, OSP_EXPR_AND, at, left, read_not(words));
    }
    return left;
}

static osp_expr *read_any(osp_words *words)
{
    osp_expr *left = read_all(words);
    while (left != NULL && osp_words_more(words)) {
        const char *begin = words->at;
        if (!osp_words_take(words, "or")) {
            break;
        }
        const osp_str at = from(words, begin);
        left = join(words, OSP_EXPR_OR, at, left, read_all(words));
    }
    return left;
}

/* Whether an argument of a filter follows. */
static bool has_argument(osp_words *words)
{
    return osp_words_more(words) && *words->at != '|' && *words->at != ')';
}

static osp_expr *read_filter(osp_words *words, osp_expr *left)
{
    const osp_str name = osp_words_name(words);
    if (name.len == 0) {
        return wrong(words, here(words), "the name of a filter is missing here");
    }
    osp_expr *expr = new_expr(words, OSP_EXPR_FILTER, name);
    if (expr == NULL) {
        return NULL;
    }
    expr->left = left;
    osp_expr **last = &expr->arguments;
    while (has_argument(words)) {
        osp_expr *argument = osp_expr_read_one(words);
        if (argument == NULL) {
            return NULL;
        }
        *last = argument;
        last = &argument->next;
    }
    return expr;
}

osp_expr *osp_expr_read(osp_words *words)
{
    osp_expr *left = read_any(words);
    while (left != NULL && osp_words_more(words) && *words->at == '|') {
        if (words->at + 1 < words->end && words->at[1] == '|') {
            return wrong(words, (osp_str){ words->at, 2 }, meant(rest_of(words)));
        }
        words->at++;
        left = read_filter(words, left);
    }
    return words->failed ? NULL : left;
}
