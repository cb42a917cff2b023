/* Where in a document a place of a template is.
 *
 *     <p class="a {{x}}">            TAG -> NAME -> VALUE: an attribute, plain text
 *     <a href="/b?{{x}}">            the query of a URL
 *     <script>f("{{x}}")</script>    CODE: in the quotes of a script
 *
 * A walk over the literal text, as a browser's tokeniser makes it (HTML Living Standard 13.2.5),
 * without a tree.  What is open at a tag of the template is all that this knows of what is before
 * it; so that no value can change what the text around it means, the text is mended where it is
 * open to that:
 *
 *     a stray "<" becomes &lt;, and an "&" before a value &amp;
 *     a value of an attribute without quotes is given some
 *     comments are left out
 *
 * Rejected: a parser of documents.  Templates hold halves of elements, and what a value can do is
 * decided by tokens. */
#include "template/context.h"

#include <string.h>

enum {                    /* facts of a tag */
       FACT_CLOSES = 1,   /* </name */
       FACT_POST = 2,     /* method="post" */
       FACT_ABROAD = 4,   /* action of another origin */
       FACT_NONCE = 8,    /* it has a nonce of its own */
       FACT_TEXT = 16,    /* a script that is none: text for others */
       FACT_ACTS = 16,    /* a form whose action says something */
       FACT_EQUIV = 32,   /* http-equiv */
       FACT_CONTENT = 64, /* content with a value in it */
       FACT_SLASH = 128   /* "/" was the last that stood there */
};

typedef struct walk {
    osp_context *c;
    const osp_context_sink *sink;
    const char *at, *end;
    const char *from;  /* what has not been passed on begins here */
    const char *tag;   /* the begin of the tag; NULL: before this text */
    const char *value; /* of the attribute's value; NULL: before this text */
} walk;

static void pass(walk *w)
{
    if (w->at > w->from) {
        w->sink->text(w->sink->arg, w->from, (size_t)(w->at - w->from));
    }
    w->from = w->at;
}

/* Passes on what is before, and `words` in place of `len` bytes here. */
static void replace(walk *w, size_t len, const char *words)
{
    pass(w);
    w->sink->text(w->sink->arg, words, strlen(words));
    w->at += len;
    w->from = w->at;
}

static void tell(walk *w, const char *words)
{
    w->sink->wrong(w->sink->arg, (osp_str){ w->at, w->at < w->end ? 1 : 0 }, words);
}

static osp_str rest_of(const walk *w)
{
    return (osp_str){ w->at, (size_t)(w->end - w->at) };
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r' && byte != '\v');
}

static bool begins(osp_str text, const char *words)
{
    const osp_str front = { text.ptr, strlen(words) };
    return text.len >= front.len && osp_str_equal_nocase(front, osp_str_from(words));
}

/* ---------------------------------------------------------------- SVG */

static bool is_foreign(const osp_context *c)
{
    return c->foreign_depth > 0 && (c->foreign >> (c->foreign_depth - 1) & 1) != 0;
}

static void enter(walk *w, bool foreign)
{
    osp_context *c = w->c;
    if (c->foreign_depth == OSP_CONTEXT_NESTING_MAX) {
        tell(w, "too many of SVG and HTML inside each other");
        return;
    }
    c->foreign = (uint8_t)(c->foreign | (unsigned)foreign << c->foreign_depth);
    c->foreign_depth++;
}

static void leave(osp_context *c)
{
    c->foreign_depth--;
    c->foreign = (uint8_t)(c->foreign & ((1u << c->foreign_depth) - 1));
}

/* A whole tag of SVG, MathML or what holds HTML within them. */
static void pass_foreign(walk *w)
{
    osp_context *c = w->c;
    const bool root = c->element == OSP_ELEMENT_SVG || c->element == OSP_ELEMENT_MATH;
    const bool inner = c->element == OSP_ELEMENT_FOREIGN_OBJECT || c->element == OSP_ELEMENT_TITLE;
    if ((c->facts & FACT_CLOSES) == 0) {
        if ((c->facts & FACT_SLASH) == 0 && (root || (inner && is_foreign(c)))) {
            enter(w, root);
        }
        return;
    }
    if (root) {
        while (c->foreign_depth > 0 && !is_foreign(c)) {
            leave(c);
        }
        if (c->foreign_depth > 0) {
            leave(c);
        }
    } else if (inner && c->foreign_depth > 0 && !is_foreign(c)) {
        leave(c);
    }
}

/* ---------------------------------------------------------------- tags */

/* What follows a tag. */
static void begin_content(osp_context *c, bool was_foreign)
{
    const osp_element element = (osp_element)c->element;
    const bool opens = (c->facts & FACT_CLOSES) == 0 && !was_foreign;
    const bool text = (c->facts & FACT_TEXT) != 0;
    c->place = (uint8_t)(opens ? osp_element_text(element) : OSP_PLACE_TEXT);
    if (was_foreign && (element == OSP_ELEMENT_SCRIPT || element == OSP_ELEMENT_STYLE) &&
        (c->facts & (FACT_CLOSES | FACT_SLASH)) == 0) {
        c->place = OSP_PLACE_CODE;
        osp_context_begin(c, OSP_LANGUAGE_FIXED);
    } else if (c->place == OSP_PLACE_CODE && text) {
        c->place = OSP_PLACE_RAW;
    } else if (c->place == OSP_PLACE_CODE) {
        osp_context_begin(c, element == OSP_ELEMENT_SCRIPT ? OSP_LANGUAGE_JS : OSP_LANGUAGE_CSS);
    }
    if (c->place == OSP_PLACE_TEXT) {
        c->element = OSP_ELEMENT_OTHER;
    }
    c->facts = 0;
}

/* At the ">" of a tag. */
static void end_tag(walk *w)
{
    osp_context *c = w->c;
    const bool opens = (c->facts & FACT_CLOSES) == 0;
    const bool was_foreign = is_foreign(c);
    if (opens && (c->facts & FACT_NONCE) == 0 &&
        (c->element == OSP_ELEMENT_SCRIPT || c->element == OSP_ELEMENT_STYLE)) {
        pass(w);
        w->sink->nonce(w->sink->arg);
    }
    if ((c->facts & FACT_EQUIV) != 0 && (c->facts & FACT_CONTENT) != 0) {
        tell(w, "what a meta element with http-equiv says cannot come from data");
    }
    pass_foreign(w);
    w->at++;
    if (opens && c->element == OSP_ELEMENT_FORM && (c->facts & FACT_POST) != 0 &&
        (c->facts & FACT_ABROAD) == 0) {
        pass(w);
        const char *from = w->tag != NULL ? w->tag : w->at - 1;
        w->sink->form(w->sink->arg, (osp_str){ from, (size_t)(w->at - from) },
                      (c->facts & FACT_ACTS) != 0);
    }
    c->attribute = OSP_ATTRIBUTE_OTHER;
    c->language = OSP_LANGUAGE_PLAIN;
    begin_content(c, was_foreign);
}

static void begin_tag(walk *w)
{
    osp_context *c = w->c;
    const bool closes = w->at[1] == '/';
    const char *name = w->at + (closes ? 2 : 1);
    w->tag = w->at;
    w->at = name;
    while (w->at < w->end && !is_space(*w->at) && *w->at != '/' && *w->at != '>') {
        w->at++;
    }
    c->element = (uint8_t)osp_element_of((osp_str){ name, (size_t)(w->at - name) });
    c->facts = closes ? FACT_CLOSES : 0;
    c->place = w->at < w->end ? OSP_PLACE_TAG : OSP_PLACE_TAG_NAME;
}

/* A "<" between tags. */
static void open_angle(walk *w)
{
    const osp_str rest = rest_of(w);
    const char second = rest.len > 1 ? rest.ptr[1] : '\0';
    if (begins(rest, "<!--")) {
        pass(w);
        w->c->place = OSP_PLACE_COMMENT;
        w->at += 4;
        if (begins(rest_of(w), ">") || begins(rest_of(w), "->")) { /* it is empty */
            w->at += *w->at == '>' ? 1 : 2;
            w->c->place = OSP_PLACE_TEXT;
        }
        w->from = w->at;
    } else if (is_letter(second) || (second == '/' && rest.len > 2 && is_letter(rest.ptr[2]))) {
        begin_tag(w);
    } else if ((second == '!' && rest.len > 2) || second == '?') {
        w->c->place = OSP_PLACE_DECLARATION;
        w->at += 2;
    } else {
        replace(w, 1, "&lt;");
    }
}

/* An "&" that what follows the text could make a reference of. */
static bool is_open_reference(osp_str rest)
{
    for (size_t i = 1; i < rest.len; i++) {
        const char byte = rest.ptr[i];
        if (!is_letter(byte) && !(byte >= '0' && byte <= '9') && byte != '#') {
            return false;
        }
    }
    return true;
}

/* Mends it: it means itself. */
static void open_reference(walk *w)
{
    char byte = '\0';
    if (osp_reference_read(rest_of(w), &byte) > 0) {
        tell(w, "this character reference does not end: a \";\" is missing");
    }
    replace(w, 1, "&amp;");
}

static void walk_text(walk *w)
{
    while (w->at < w->end && w->c->place == OSP_PLACE_TEXT) {
        if (*w->at == '<') {
            open_angle(w);
        } else if (*w->at == '&' && is_open_reference(rest_of(w))) {
            open_reference(w);
        } else {
            w->at++;
        }
    }
}

static void walk_comment(walk *w)
{
    for (; w->at < w->end; w->at++) {
        const osp_str rest = rest_of(w);
        if (begins(rest, "-->") || begins(rest, "--!>")) {
            w->at += begins(rest, "-->") ? 3 : 4;
            w->c->place = OSP_PLACE_TEXT;
            break;
        }
    }
    w->from = w->at;
}

static void walk_declaration(walk *w)
{
    while (w->at < w->end) {
        if (*w->at++ == '>') {
            w->c->place = OSP_PLACE_TEXT;
            return;
        }
    }
}

/* ---------------------------------------------------------------- text of elements */

/* Whether the end tag of the element begins here. */
static bool ends_element(const osp_context *c, osp_str rest)
{
    const char *name = osp_element_name((osp_element)c->element);
    const size_t len = strlen(name);
    if (rest.len < len + 3 || rest.ptr[1] != '/' || c->element == OSP_ELEMENT_PLAINTEXT ||
        !begins((osp_str){ rest.ptr + 2, rest.len - 2 }, name)) {
        return false;
    }
    const char behind = rest.ptr[len + 2];
    return is_space(behind) || behind == '/' || behind == '>';
}

/* Whether what follows the text could make the end of an element, or a comment, of a "<". */
static bool is_open_angle(osp_str rest)
{
    size_t at = 1;
    while (at < rest.len && (is_letter(rest.ptr[at]) || rest.ptr[at] == '-' ||
                             (at == 1 && (rest.ptr[at] == '/' || rest.ptr[at] == '!')))) {
        at++;
    }
    return at == rest.len;
}

static void walk_element(walk *w)
{
    while (w->at < w->end && w->c->place != OSP_PLACE_TAG) {
        const osp_str rest = rest_of(w);
        if (*w->at == '<' && ends_element(w->c, rest)) {
            begin_tag(w);
            return;
        }
        if (*w->at == '<' && w->c->place == OSP_PLACE_RCDATA) {
            replace(w, 1, "&lt;");
        } else if (*w->at == '&' && w->c->place == OSP_PLACE_RCDATA && is_open_reference(rest)) {
            open_reference(w);
        } else {
            if (*w->at == '<') {
                w->c->torn = is_open_angle(rest);
            }
            w->at++;
        }
    }
}

static const char *code_byte(osp_context *c, char byte)
{
    return c->language == OSP_LANGUAGE_JS    ? osp_context_js_byte(c, byte)
           : c->language == OSP_LANGUAGE_CSS ? osp_context_css_byte(c, byte)
                                             : NULL;
}

static void walk_code(walk *w)
{
    while (w->at < w->end) {
        const osp_str rest = rest_of(w);
        if (*w->at == '<') {
            if (ends_element(w->c, rest)) {
                osp_context_begin(w->c, OSP_LANGUAGE_PLAIN);
                begin_tag(w);
                return;
            }
            w->c->torn = is_open_angle(rest);
            if (begins(rest, "<!--")) {
                tell(w,
                     "an HTML comment in a script or style changes where that ends: leave it out");
            }
        }
        const char *why = code_byte(w->c, *w->at);
        if (why != NULL) {
            tell(w, why);
        }
        w->at++;
    }
}

/* ---------------------------------------------------------------- attributes */

static bool ends_name(char byte)
{
    return is_space(byte) || byte == '/' || byte == '>' || byte == '=';
}

static void name_attribute(osp_context *c, osp_str name)
{
    char lower[32];
    size_t len = name.len < sizeof(lower) ? name.len : sizeof(lower);
    for (size_t i = 0; i < len; i++) {
        lower[i] =
            (char)(name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? name.ptr[i] | 0x20 : name.ptr[i]);
    }
    const osp_str known = { lower, len };
    c->attribute = (uint8_t)osp_attribute_of(known);
    osp_context_begin(c, osp_attribute_language((osp_element)c->element, known));
    if (c->attribute == OSP_ATTRIBUTE_HTTP_EQUIV && c->element == OSP_ELEMENT_META) {
        c->facts |= FACT_EQUIV;
    }
    if (c->attribute == OSP_ATTRIBUTE_NONCE) {
        c->facts |= FACT_NONCE;
    }
}

static void walk_name(walk *w)
{
    const char *name = w->at;
    while (w->at < w->end && (!ends_name(*w->at) || (*w->at == '=' && w->at == name))) {
        w->at++;
    }
    name_attribute(w->c, (osp_str){ name, (size_t)(w->at - name) });
    w->c->place = w->at < w->end ? OSP_PLACE_AFTER_NAME : OSP_PLACE_NAME;
}

static void walk_tag(walk *w)
{
    const char byte = *w->at;
    if (w->c->torn && !is_space(byte) && byte != '/' && byte != '>') {
        tell(w, "a name cannot be put together of pieces");
    }
    w->c->torn = 0;
    if (byte == '>') {
        end_tag(w);
    } else if (is_space(byte) || byte == '/') {
        w->c->facts = (uint8_t)(byte == '/' ? w->c->facts | FACT_SLASH : w->c->facts & ~FACT_SLASH);
        w->at++;
    } else {
        w->c->facts &= (uint8_t)~FACT_SLASH;
        w->c->place = OSP_PLACE_NAME;
    }
}

static void end_attribute(osp_context *c)
{
    const osp_str value = { c->word, c->word_len };
    switch (c->attribute) {
    case OSP_ATTRIBUTE_METHOD:
        if (osp_str_equal(value, OSP_STR("post"))) {
            c->facts |= FACT_POST;
        }
        break;
    case OSP_ATTRIBUTE_TYPE:
        if (c->element == OSP_ELEMENT_SCRIPT && !osp_script_runs(value)) {
            c->facts |= FACT_TEXT;
        }
        break;
    default:
        break;
    }
    c->place = OSP_PLACE_TAG;
    c->attribute = OSP_ATTRIBUTE_OTHER;
    c->quote = 0;
    osp_context_begin(c, OSP_LANGUAGE_PLAIN);
}

static void walk_after_name(walk *w)
{
    const char byte = *w->at;
    if (w->c->torn && !ends_name(byte)) {
        tell(w, "a name cannot be put together of pieces");
    }
    w->c->torn = 0;
    if (byte == '=') {
        w->c->place = OSP_PLACE_BEFORE_VALUE;
        w->at++;
    } else if (is_space(byte)) {
        w->at++;
    } else {
        end_attribute(w->c);
    }
}

static void walk_before_value(walk *w)
{
    const char byte = *w->at;
    if (is_space(byte)) {
        w->at++;
        return;
    }
    if (byte == '>') {
        end_attribute(w->c);
        return;
    }
    w->c->place = OSP_PLACE_VALUE;
    w->value = w->at;
    if (byte == '"' || byte == '\'') {
        w->c->quote = (uint8_t)byte;
        w->value = ++w->at;
        return;
    }
    const char *end = w->at;
    while (end < w->end && !is_space(*end) && *end != '>') {
        end++;
    }
    w->c->quote = ' ';
    if (end == w->end) { /* a value, or more text, may follow */
        replace(w, 0, "\"");
        w->c->quote = '+';
    }
}

/* A byte of the value, as a browser reads it. */
static void value_byte(walk *w, char byte)
{
    osp_context *c = w->c;
    const char *why = NULL;
    switch (c->language) {
    case OSP_LANGUAGE_URL:
        if (c->attribute == OSP_ATTRIBUTE_ACTION && c->element == OSP_ELEMENT_FORM) {
            const bool path = c->url == OSP_URL_PATH && c->slash;
            c->facts |= FACT_ACTS;
            if (byte == ':' && c->url == OSP_URL_SCHEME) {
                c->facts |= FACT_ABROAD;
            }
            if ((byte == '/' || byte == '\\') && path) {
                c->facts |= FACT_ABROAD;
            }
            c->slash = (byte == '/' || byte == '\\') && c->url == OSP_URL_START;
        }
        why = osp_context_url_byte(c, byte);
        break;
    case OSP_LANGUAGE_JS:
    case OSP_LANGUAGE_CSS:
        why = code_byte(c, byte);
        break;
    default:
        if (c->word_len < sizeof(c->word) &&
            (c->attribute == OSP_ATTRIBUTE_METHOD || c->attribute == OSP_ATTRIBUTE_TYPE)) {
            c->word[c->word_len++] = (char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
        }
        break;
    }
    if (why != NULL) {
        tell(w, why);
    }
}

static bool ends_value(const osp_context *c, char byte)
{
    return c->quote == ' ' || c->quote == '+' ? is_space(byte) || byte == '>'
                                              : byte == (char)c->quote;
}

/* Passes on how the value of an attribute begins that says where a form goes. */
static void note_target(walk *w)
{
    const osp_context *c = w->c;
    const bool acts = c->attribute == OSP_ATTRIBUTE_FORMACTION ||
                      (c->attribute == OSP_ATTRIBUTE_ACTION && c->element == OSP_ELEMENT_FORM);
    if (acts && w->value != NULL && w->at > w->value) {
        w->sink->target(w->sink->arg, (osp_str){ w->value, (size_t)(w->at - w->value) },
                        w->at < w->end, c->attribute == OSP_ATTRIBUTE_FORMACTION);
    }
    w->value = NULL;
}

static void walk_value(walk *w)
{
    osp_context *c = w->c;
    while (w->at < w->end && !ends_value(c, *w->at)) {
        char byte = *w->at;
        const osp_str rest = rest_of(w);
        const size_t reference = osp_reference_read(rest, &byte);
        value_byte(w, byte);
        if (*w->at == '&' && is_open_reference(rest)) {
            open_reference(w);
        } else if (c->quote == '+' && *w->at == '"') {
            replace(w, 1, "&quot;");
        } else {
            w->at += reference > 0 ? reference : 1;
        }
    }
    note_target(w);
    if (w->at == w->end) {
        return;
    }
    if (c->quote == '+') {
        replace(w, 0, "\"");
    }
    w->at += c->quote == '"' || c->quote == '\'' ? 1 : 0;
    end_attribute(c);
}

/* ---------------------------------------------------------------- public */

void osp_context_text(osp_context *context, osp_str text, const osp_context_sink *sink)
{
    static void (*const walks[])(walk * w) = {
        [OSP_PLACE_TEXT] = walk_text,
        [OSP_PLACE_RCDATA] = walk_element,
        [OSP_PLACE_RAW] = walk_element,
        [OSP_PLACE_COMMENT] = walk_comment,
        [OSP_PLACE_DECLARATION] = walk_declaration,
        [OSP_PLACE_TAG_NAME] = walk_tag, /* it ended at a tag */
        [OSP_PLACE_TAG] = walk_tag,
        [OSP_PLACE_NAME] = walk_name,
        [OSP_PLACE_AFTER_NAME] = walk_after_name,
        [OSP_PLACE_BEFORE_VALUE] = walk_before_value,
        [OSP_PLACE_VALUE] = walk_value,
        [OSP_PLACE_CODE] = walk_code,
    };
    walk w = {
        .c = context, .sink = sink, .at = text.ptr, .end = text.ptr + text.len, .from = text.ptr
    };
    const bool in_element = context->place == OSP_PLACE_CODE || context->place == OSP_PLACE_RAW;
    if (in_element && text.len > 0) {
        if (context->torn && (is_letter(*text.ptr) || memchr("/!-", *text.ptr, 3) != NULL)) {
            tell(&w, "a tag or comment cannot be put together of pieces here");
        }
        context->torn = 0;
    }
    while (w.at < w.end) {
        walks[context->place](&w);
    }
    pass(&w);
}

void osp_context_tag(osp_context *c, const osp_context_sink *sink)
{
    switch (c->place) {
    case OSP_PLACE_TAG_NAME:
        c->place = OSP_PLACE_TAG;
        c->torn = 1;
        break;
    case OSP_PLACE_NAME:
        c->place = OSP_PLACE_AFTER_NAME;
        c->torn = 1;
        break;
    case OSP_PLACE_BEFORE_VALUE:
        sink->text(sink->arg, "\"", 1);
        c->place = OSP_PLACE_VALUE;
        c->quote = '+';
        break;
    default:
        if (c->language == OSP_LANGUAGE_JS) {
            osp_context_js_settle(c);
        }
        break;
    }
}

/* Why no value can stand in an attribute that says something of its tag; NULL: it can. */
static const char *fixed(osp_context *c)
{
    if (c->language == OSP_LANGUAGE_FIXED) {
        return c->place == OSP_PLACE_CODE
                   ? "no value can stand in a script or style within SVG or MathML"
                   : "what an animation sets cannot come from data";
    }
    if (c->place != OSP_PLACE_VALUE) {
        return NULL;
    }
    switch (c->attribute) {
    case OSP_ATTRIBUTE_TYPE:
        return c->element == OSP_ELEMENT_SCRIPT ? "the type of a script cannot come from data"
                                                : NULL;
    case OSP_ATTRIBUTE_METHOD:
        return c->element == OSP_ELEMENT_FORM ? "the method of a form cannot come from data" : NULL;
    case OSP_ATTRIBUTE_HTTP_EQUIV:
        return "http-equiv cannot come from data";
    case OSP_ATTRIBUTE_CONTENT:
        if (c->element == OSP_ELEMENT_META) {
            c->facts |= FACT_CONTENT;
        }
        return NULL;
    case OSP_ATTRIBUTE_ACTION:
        if (c->element == OSP_ELEMENT_FORM) {
            c->facts |= FACT_ACTS;
        }
        return NULL;
    default:
        return NULL;
    }
}

/* The escape of an attribute's value or within code. */
static const char *value_in_language(osp_context *c, uint8_t *ret_escape)
{
    const char *why = NULL;
    switch (c->language) {
    case OSP_LANGUAGE_URL:
        why = osp_context_url_value(c, ret_escape);
        break;
    case OSP_LANGUAGE_SRCSET:
        *ret_escape = OSP_ESCAPE_SRCSET;
        break;
    case OSP_LANGUAGE_CSS:
        why = osp_context_css_value(c, ret_escape);
        break;
    case OSP_LANGUAGE_JS:
        why = osp_context_js_value(c, ret_escape);
        break;
    case OSP_LANGUAGE_DOCUMENT:
        *ret_escape = OSP_ESCAPE_HTML_TWICE;
        return NULL;
    default:
        return NULL;
    }
    *ret_escape |= c->place == OSP_PLACE_VALUE ? OSP_ESCAPE_IN_ATTRIBUTE : 0;
    return why;
}

bool osp_context_value(osp_context *c, osp_str at, const osp_context_sink *sink,
                       uint8_t *ret_escape)
{
    const char *why = fixed(c);
    *ret_escape = OSP_ESCAPE_HTML;
    switch (c->place) {
    case OSP_PLACE_TEXT:
    case OSP_PLACE_RCDATA:
        break;
    case OSP_PLACE_RAW:
        why = c->torn ? "what stands before this could become the end of the element" : NULL;
        break;
    case OSP_PLACE_COMMENT:
        *ret_escape = OSP_ESCAPE_NOTHING;
        break;
    case OSP_PLACE_DECLARATION:
        why = "no value can stand in a declaration";
        break;
    case OSP_PLACE_VALUE:
        why = why != NULL ? why : value_in_language(c, ret_escape);
        break;
    case OSP_PLACE_CODE:
        why = why != NULL ? why : value_in_language(c, ret_escape);
        if (why == NULL && c->torn && osp_context_in_text(c)) {
            why = "what stands before this could become the end of the element, or of a comment";
        }
        break;
    default:
        why = "a name of a tag or attribute cannot come from data; with {{#if}} it can be one of "
              "several";
        break;
    }
    if (why != NULL) {
        sink->wrong(sink->arg, at, why);
    }
    return why == NULL;
}

bool osp_context_is_text(const osp_context *context)
{
    return context->place == OSP_PLACE_TEXT;
}

bool osp_context_equal(const osp_context *a, const osp_context *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* Behind an attribute without a value, where it does not matter which one it was. */
static osp_context without_name(const osp_context *c)
{
    osp_context plain = *c;
    if (plain.place == OSP_PLACE_AFTER_NAME) {
        plain.torn = 0;
        end_attribute(&plain);
        plain.torn = 1;
    }
    return plain;
}

/* Two parts of a URL: what holds for both. */
static void join_urls(osp_context *x, osp_context *y)
{
    const bool runs = x->url == OSP_URL_RUNS || y->url == OSP_URL_RUNS;
    const bool paths = x->url <= OSP_URL_PATH && y->url <= OSP_URL_PATH;
    x->url = y->url = runs ? OSP_URL_RUNS : paths ? OSP_URL_DATA : OSP_URL_UNKNOWN;
}

bool osp_context_join(const osp_context *a, const osp_context *b, osp_context *ret_joined)
{
    if (osp_context_equal(a, b)) {
        *ret_joined = *a;
        return true;
    }
    osp_context x = without_name(a), y = without_name(b);
    const uint8_t either = (x.facts | y.facts) & (FACT_CONTENT | FACT_EQUIV);
    x.facts = (uint8_t)((x.facts & ~FACT_SLASH) | either);
    y.facts = (uint8_t)((y.facts & ~FACT_SLASH) | either);
    x.torn = y.torn = x.torn | y.torn;
    const bool words_differ =
        x.word_len != y.word_len || memcmp(x.word, y.word, sizeof(x.word)) != 0;
    const bool counts = x.language == OSP_LANGUAGE_PLAIN; /* of a method or type */
    if (x.url != y.url || (words_differ && !counts && x.url == OSP_URL_SCHEME)) {
        join_urls(&x, &y);
    }
    if (words_differ && !counts) {
        osp_context_blur(&x);
        osp_context_blur(&y);
    }
    if (x.divides != y.divides) {
        x.divides = y.divides = OSP_DIVIDES_UNKNOWN;
    }
    *ret_joined = x;
    return osp_context_equal(&x, &y);
}

const char *osp_context_words(const osp_context *context)
{
    static const char *const places[] = {
        [OSP_PLACE_TEXT] = "text",
        [OSP_PLACE_RCDATA] = "a title or textarea",
        [OSP_PLACE_RAW] = "an element without tags in it",
        [OSP_PLACE_COMMENT] = "a comment",
        [OSP_PLACE_DECLARATION] = "a declaration",
        [OSP_PLACE_TAG_NAME] = "the name of a tag",
        [OSP_PLACE_TAG] = "a tag",
        [OSP_PLACE_NAME] = "the name of an attribute",
        [OSP_PLACE_AFTER_NAME] = "a tag behind the name of an attribute",
        [OSP_PLACE_BEFORE_VALUE] = "a tag before the value of an attribute",
        [OSP_PLACE_CODE] = "a script or style",
    };
    if (context->place != OSP_PLACE_VALUE) {
        return places[context->place];
    }
    switch (context->quote) {
    case '+':
        return "an attribute without quotes";
    case '"':
        return "an attribute in quotes";
    default:
        return "an attribute in single quotes";
    }
}
