/* Reads a template into tags and the text between them.
 *
 *     {{path}} {{path | filter}}            {{#if expr}} {{else if expr}} {{else}} {{/if}}
 *     {{! comment }} {{!-- comment --}}     {{#each list as item}} {{else}} {{/each}}
 *     {{> partial name=value}}              {{#with object as name}} {{else}} {{/with}}
 *     {{outlet}} {{outlet @slot}}           {{#head}} {{/head}}
 *     {{head}} {{nonce}}
 *
 * A line that holds nothing but such a tag, those that show something apart, vanishes with its line
 * end, so that templates can be indented.  Blocks are kept on a stack of limited depth, not on C's.
 */
#include "template/template_impl.h"

/* A block that is open. */
typedef struct block {
    osp_tag *tag;   /* NULL: of the text itself */
    osp_tag *inner; /* the {{else if}} that is being read, or tag */
    osp_tag **last; /* where the next tag belongs */
    bool in_else;
    osp_str word; /* "if": its end must say so */
} block;

typedef struct reader {
    osp_parser *parser;
    const char *at, *end;
    block blocks[OSP_TEMPLATE_DEPTH_MAX + 1];
    size_t depth;  /* of the innermost */
    size_t beyond; /* blocks that are open and too deep */
} reader;

static void wrong(reader *r, osp_str at, const char *what)
{
    osp_tell(r->parser->teller, r->parser->source, at, "%s", what);
}

static osp_tag *add(reader *r, osp_tag_kind kind, osp_str text)
{
    osp_tag *tag = osp_arena_zalloc(r->parser->arena, sizeof(*tag));
    if (tag == NULL) {
        r->parser->no_memory = true;
        return NULL;
    }
    tag->kind = (uint8_t)kind;
    tag->text = text;
    block *top = &r->blocks[r->depth];
    *top->last = tag;
    top->last = &tag->next;
    return tag;
}

/* ---------------------------------------------------------------- lines of tags */

/* Whether only blanks stand between `at` and the begin of its line. */
static bool begins_line(const reader *r, const char *at)
{
    const char *text = r->parser->source->text.ptr;
    while (at > text && (at[-1] == ' ' || at[-1] == '\t')) {
        at--;
    }
    return at == text || at[-1] == '\n';
}

/* Behind the end of the line when only blanks stand before it; else NULL. */
static const char *line_end(const reader *r, const char *at)
{
    while (at < r->end && (*at == ' ' || *at == '\t' || *at == '\r')) {
        at++;
    }
    if (at == r->end) {
        return at;
    }
    return *at == '\n' ? at + 1 : NULL;
}

/* Without the blanks of its last line. */
static osp_str without_indent(osp_str text)
{
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t')) {
        text.len--;
    }
    return text;
}

/* ---------------------------------------------------------------- tags */

typedef struct tag_words {
    osp_words words;
    osp_str whole; /* with its braces */
} tag_words;

/* A tag with an expression, which is all that it holds up to `as`. */
static osp_tag *add_with_expr(reader *r, osp_tag_kind kind, tag_words *t)
{
    osp_tag *tag = add(r, kind, t->whole);
    if (tag != NULL) {
        tag->expr = osp_expr_read(&t->words);
    }
    return tag;
}

static void expect_end(reader *r, tag_words *t)
{
    if (!t->words.failed && osp_words_more(&t->words)) {
        wrong(r, (osp_str){ t->words.at, (size_t)(t->words.end - t->words.at) },
              "this is not understood here; a filter stands behind a |, and an expression with one "
              "in parentheses");
        t->words.failed = true;
    }
}

static void read_as(reader *r, tag_words *t, osp_tag *tag)
{
    if (tag == NULL || t->words.failed || !osp_words_take(&t->words, "as")) {
        return;
    }
    tag->name = osp_words_name(&t->words);
    if (tag->name.len == 0) {
        wrong(r, t->whole, "a name is missing behind \"as\"");
        t->words.failed = true;
    }
}

static void open_block(reader *r, tag_words *t, osp_tag *tag, osp_str word)
{
    if (tag == NULL) {
        return;
    }
    if (r->depth == OSP_TEMPLATE_DEPTH_MAX) {
        wrong(r, t->whole, "too many blocks inside each other");
        r->beyond++;
        return;
    }
    r->blocks[++r->depth] = (block){ .tag = tag, .inner = tag, .last = &tag->body, .word = word };
}

static void read_open(reader *r, tag_words *t)
{
    static const struct {
        const char *word;
        osp_tag_kind kind;
        bool named; /* "as NAME" may follow */
    } kinds[] = { { "if", OSP_TAG_IF, false },
                  { "each", OSP_TAG_EACH, true },
                  { "with", OSP_TAG_WITH, true } };
    const osp_str word = osp_words_name(&t->words);
    if (osp_str_equal(word, OSP_STR("head"))) {
        open_block(r, t, add(r, OSP_TAG_HEAD_BLOCK, t->whole), word);
        expect_end(r, t);
        return;
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(kinds); i++) {
        if (osp_str_equal(word, osp_str_from(kinds[i].word))) {
            osp_tag *tag = add_with_expr(r, kinds[i].kind, t);
            if (kinds[i].named) {
                read_as(r, t, tag);
            }
            expect_end(r, t);
            open_block(r, t, tag, word);
            return;
        }
    }
    osp_tell(r->parser->teller, r->parser->source, t->whole,
             "there is no block #%.*s; there are #if, #each, #with and #head", OSP_ARG(word));
    t->words.failed = true;
}

static void read_close(reader *r, tag_words *t)
{
    const osp_str word = osp_words_name(&t->words);
    expect_end(r, t);
    if (r->beyond > 0) {
        r->beyond--;
        return;
    }
    const block *top = &r->blocks[r->depth];
    if (r->depth == 0) {
        wrong(r, t->whole, "no block is open that this could end");
        return;
    }
    if (!osp_str_equal(word, top->word)) {
        osp_tell(r->parser->teller, r->parser->source, t->whole,
                 "the block that is open here is #%.*s: it ends with {{/%.*s}}", OSP_ARG(top->word),
                 OSP_ARG(top->word));
        osp_tell_note(r->parser->teller, r->parser->source, top->tag->text, "it begins here");
        for (size_t i = r->depth; i > 0; i--) { /* which one was meant, if any */
            if (osp_str_equal(word, r->blocks[i].word)) {
                r->depth = i - 1;
                return;
            }
        }
    }
    r->depth--;
}

static void read_else(reader *r, tag_words *t)
{
    block *top = &r->blocks[r->depth];
    const bool may = r->depth > 0 && top->tag->kind != OSP_TAG_HEAD_BLOCK && !top->in_else;
    const bool is_if = osp_words_take(&t->words, "if");
    if (r->beyond > 0) {
        return;
    }
    if (!may || (is_if && top->tag->kind != OSP_TAG_IF)) {
        wrong(r, t->whole,
              may ? "{{else if}} belongs to #if alone" : "no block is open that has an else here");
        t->words.failed = true;
        return;
    }
    top->inner->has_else = true;
    top->last = &top->inner->otherwise;
    if (!is_if) {
        top->in_else = true;
        expect_end(r, t);
        return;
    }
    osp_tag *tag = add_with_expr(r, OSP_TAG_IF, t);
    expect_end(r, t);
    if (tag != NULL) {
        top->inner = tag;
        top->last = &tag->body;
    }
}

static void read_partial(reader *r, tag_words *t)
{
    osp_tag *tag = add(r, OSP_TAG_PARTIAL, t->whole);
    if (tag == NULL) {
        return;
    }
    (void)osp_words_more(&t->words);
    const char *begin = t->words.at;
    while (t->words.at < t->words.end &&
           (osp_is_name_byte(*t->words.at) || memchr("-./", *t->words.at, 3) != NULL)) {
        t->words.at++;
    }
    tag->name = (osp_str){ begin, (size_t)(t->words.at - begin) };
    if (tag->name.len == 0) {
        wrong(r, t->whole, "the name of a partial is missing");
        return;
    }
    const osp_argument **last = &tag->arguments;
    while (osp_words_more(&t->words)) {
        osp_argument *argument = osp_arena_zalloc(r->parser->arena, sizeof(*argument));
        if (argument == NULL) {
            r->parser->no_memory = true;
            return;
        }
        argument->name = osp_words_name(&t->words);
        if (argument->name.len == 0 || !osp_words_take(&t->words, "=")) {
            wrong(r, (osp_str){ t->words.at, t->words.at < t->words.end },
                  "what a partial is given is written NAME=VALUE");
            return;
        }
        t->words.terms = 0; /* each is an expression of its own */
        argument->value = osp_expr_read_one(&t->words);
        if (argument->value == NULL) {
            return;
        }
        *last = argument;
        last = &argument->next;
    }
}

static void read_outlet(reader *r, tag_words *t)
{
    osp_tag *tag = add(r, OSP_TAG_OUTLET, t->whole);
    if (tag != NULL && osp_words_take(&t->words, "@")) {
        const char *begin = t->words.at;
        while (t->words.at < t->words.end &&
               (osp_is_name_byte(*t->words.at) || *t->words.at == '-')) {
            t->words.at++;
        }
        tag->name = (osp_str){ begin, (size_t)(t->words.at - begin) };
        if (tag->name.len == 0) {
            wrong(r, t->whole, "the name of the slot is missing");
        }
    }
    expect_end(r, t);
}

/* Whether all of the tag is this word, or begins with it as a word of its own. */
static bool is_word(const tag_words *t, const char *word, bool alone)
{
    osp_words words = t->words;
    return osp_words_take(&words, word) && (!alone || !osp_words_more(&words));
}

/* A value.  What begins like a tag of other languages is told apart: they are easily mixed up. */
static void read_show(reader *r, tag_words *t)
{
    static const struct {
        const char *word, *say;
    } others[] = {
        { "elseif", "say {{else if ...}}" },
        { "elif", "say {{else if ...}}" },
        { "if", "a block begins with #: {{#if ...}}" },
        { "with", "a block begins with #: {{#with ... as ...}}" },
        { "each", "a block begins with #: {{#each ... as ...}}" },
        { "for", "say {{#each ... as ...}}" },
        { "range", "say {{#each ... as ...}}" },
        { "include", "a partial is {{> name}}" },
        { "partial", "a partial is {{> name}}" },
    };
    const tag_words begin = *t;
    osp_tag *tag = add_with_expr(r, OSP_TAG_SHOW, t);
    for (size_t i = 0; i < OSP_ARRAY_LEN(others) && tag != NULL; i++) {
        if (!t->words.failed && osp_words_more(&t->words) &&
            is_word(&begin, others[i].word, false)) {
            wrong(r, t->whole, others[i].say);
            tag->expr = NULL;
            return;
        }
    }
    expect_end(r, t);
}

/* Reads the tag; whether its line vanishes when it holds nothing else. */
static bool read_tag(reader *r, tag_words *t)
{
    if (osp_words_take(&t->words, "#")) {
        read_open(r, t);
        return true;
    }
    if (osp_words_take(&t->words, "/")) {
        read_close(r, t);
        return true;
    }
    if (osp_words_take(&t->words, ">")) {
        read_partial(r, t);
        return true;
    }
    if (osp_words_take(&t->words, "{")) {
        wrong(r, t->whole, "two braces are enough; what is not escaped has the type osp_markup");
        return false;
    }
    if (is_word(t, "else", true) || is_word(t, "else if", false)) {
        (void)osp_words_take(&t->words, "else");
        read_else(r, t);
        return true;
    }
    osp_words words = t->words;
    if (is_word(t, "outlet", true) ||
        (osp_words_take(&words, "outlet") && osp_words_take(&words, "@"))) {
        (void)osp_words_take(&t->words, "outlet");
        read_outlet(r, t);
    } else if (is_word(t, "head", true)) {
        (void)add(r, OSP_TAG_HEAD, t->whole);
    } else if (is_word(t, "nonce", true)) {
        (void)add(r, OSP_TAG_NONCE, t->whole);
    } else {
        read_show(r, t);
    }
    return false;
}

/* ---------------------------------------------------------------- the text */

/* Where the braces are that close a tag; NULL: nowhere.  Texts may hold braces. */
static const char *tag_end(const char *at, const char *end)
{
    for (char quote = '\0'; at + 1 < end; at++) {
        if (quote != '\0') {
            if (*at == '\\') {
                at++;
            } else if (*at == quote) {
                quote = '\0';
            }
        } else if (*at == '"' || *at == '\'') {
            quote = *at;
        } else if (at[0] == '}' && at[1] == '}') {
            return at;
        }
    }
    return NULL;
}

static const char *find(const char *at, const char *end, const char *what)
{
    return at < end ? memmem(at, (size_t)(end - at), what, strlen(what)) : NULL;
}

/* Reads what begins with the braces at `open`; returns what is behind it. */
static const char *read_braces(reader *r, const char *open, bool *ret_vanishes)
{
    const char *at = open + 2;
    const bool comment = at < r->end && *at == '!';
    const bool dashed = comment && r->end - at >= 3 && memcmp(at, "!--", 3) == 0;
    const char *close = dashed    ? find(at + 3, r->end, "--}}")
                        : comment ? find(at, r->end, "}}")
                                  : tag_end(at, r->end);
    if (close == NULL && !comment) {
        close = find(at, r->end, "}}"); /* a quote is open, which is told where it stands */
    }
    if (close == NULL) {
        wrong(r, (osp_str){ open, 2 },
              comment ? "the comment does not end" : "the tag does not end; }} is missing");
        return r->end;
    }
    const char *behind = close + (dashed ? 4 : 2);
    *ret_vanishes = true;
    if (!comment) {
        tag_words t = { .words = { .parser = r->parser, .at = at, .end = close },
                        .whole = { open, (size_t)(behind - open) } };
        *ret_vanishes = read_tag(r, &t);
    }
    return behind;
}

/* A text before the tag at `open`, without the indent of a line that may vanish: that is decided
 * when the tag has been read, and the text shortened then. */
static void read_text(reader *r)
{
    while (r->at < r->end && !r->parser->no_memory) {
        const char *open = find(r->at, r->end, "{{");
        const osp_str text = { r->at, (size_t)((open != NULL ? open : r->end) - r->at) };
        osp_tag *before = text.len > 0 ? add(r, OSP_TAG_TEXT, text) : NULL;
        if (open == NULL) {
            return;
        }
        bool vanishes = false;
        r->at = read_braces(r, open, &vanishes);
        const char *next = vanishes && begins_line(r, open) ? line_end(r, r->at) : NULL;
        if (next != NULL) {
            r->at = next;
            if (before != NULL) {
                before->text = without_indent(before->text);
            }
        }
    }
}

const osp_tag *osp_template_parse(osp_parser *parser)
{
    osp_tag *first = NULL;
    reader r = { .parser = parser,
                 .at = parser->source->text.ptr,
                 .end = parser->source->text.ptr + parser->source->text.len };
    r.blocks[0].last = &first;
    read_text(&r);
    for (; r.depth > 0 && !parser->no_memory; r.depth--) {
        osp_tell(parser->teller, parser->source, r.blocks[r.depth].tag->text,
                 "this block does not end; {{/%.*s}} is missing", OSP_ARG(r.blocks[r.depth].word));
    }
    if (first == NULL && !parser->no_memory) {
        (void)add(&r, OSP_TAG_TEXT, (osp_str){ parser->source->text.ptr, 0 });
    }
    return parser->no_memory ? NULL : first;
}
