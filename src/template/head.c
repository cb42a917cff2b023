/* What a part of a page gives to the head of the document.
 *
 *     {{#head}}
 *       <title>{{article.title}}</title>             "title"
 *       <meta name="author" content="{{author}}">    "meta name=author"
 *       {{#if next}}<link rel="next" ...>{{/if}}     "": it replaces nothing and nothing replaces
 * it
 *     {{/head}}
 *
 * Its text is split where an element ends that stands in no other, so that each can be shown or
 * replaced for itself; a block between them is one with what is in it.  Each becomes a program of
 * its own behind that of the template. */
#include "template/compile_impl.h"

#define OUTLINE_MAX 512 /* bytes of an element that its key is read from */
#define VALUE '\1'      /* in an outline: a value or a block stood here */

typedef enum split_state {
    BETWEEN = 0, /* elements */
    IN_TAG,
    IN_CONTENT /* up to the end tag */
} split_state;

/* One element. */
typedef struct unit {
    osp_tag *first;
    osp_tag **last;
    char outline[OUTLINE_MAX];
    size_t outline_len;
} unit;

typedef struct splitter {
    osp_compiler *c;
    split_state state;
    char quote;
    osp_str name; /* of the element that is open */
    bool closes;  /* the tag that is open is its end tag */
    unit unit;
} splitter;

static const char *const void_elements[] = { "meta", "link", "base" };
static const char *const full_elements[] = { "title", "script", "style", "noscript", "template" };

static bool is_one_of(osp_str name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (osp_str_equal_nocase(name, osp_str_from(names[i]))) {
            return true;
        }
    }
    return false;
}

static void wrong(osp_compiler *c, osp_str at, const char *words)
{
    osp_tell(&c->teller, c->binder.source, at, "%s", words);
}

/* ---------------------------------------------------------------- keys */

static void outline(unit *u, osp_str text)
{
    const size_t room = sizeof(u->outline) - u->outline_len;
    const size_t len = text.len < room ? text.len : room;
    memcpy(u->outline + u->outline_len, text.ptr, len);
    u->outline_len += len;
}

static size_t skip_blanks(osp_str text, size_t at)
{
    while (at < text.len && osp_is_blank(text.ptr[at])) {
        at++;
    }
    return at;
}

/* The attribute at `at`; where the next one begins, 0: there is none. */
static size_t next_attribute(osp_str text, size_t at, osp_str *ret_name, osp_str *ret_value)
{
    at = skip_blanks(text, at);
    const size_t name = at;
    while (at < text.len && !osp_is_blank(text.ptr[at]) && memchr("=/>", text.ptr[at], 3) == NULL) {
        at++;
    }
    *ret_name = (osp_str){ text.ptr + name, at - name };
    *ret_value = (osp_str){ NULL, 0 };
    if (at == name) {
        return at < text.len && text.ptr[at] == '/' ? at + 1 : 0;
    }
    const size_t sign = skip_blanks(text, at);
    if (sign >= text.len || text.ptr[sign] != '=') {
        return sign;
    }
    at = skip_blanks(text, sign + 1);
    const char quote =
        at < text.len && (text.ptr[at] == '"' || text.ptr[at] == '\'') ? text.ptr[at] : '\0';
    const size_t value = at + (quote != '\0' ? 1 : 0);
    at = value;
    while (at < text.len && (quote != '\0' ? text.ptr[at] != quote
                                           : !osp_is_blank(text.ptr[at]) && text.ptr[at] != '>')) {
        at++;
    }
    *ret_value = (osp_str){ text.ptr + value, at - value };
    return at + (quote != '\0' && at < text.len ? 1 : 0);
}

static osp_str key_of_text(osp_compiler *c, const char *what, osp_str value)
{
    const osp_str front = osp_str_from(what);
    char *key = osp_binder_alloc(&c->binder, front.len + value.len + 1);
    if (key == NULL || (value.len > 0 && memchr(value.ptr, VALUE, value.len) != NULL)) {
        return (osp_str){ NULL, 0 };
    }
    memcpy(key, front.ptr, front.len);
    for (size_t i = 0; i < value.len; i++) {
        const char byte = value.ptr[i];
        key[front.len + i] = (char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
    }
    return (osp_str){ key, front.len + value.len };
}

/* Which attribute tells elements of one name apart. */
static osp_str key_of_attributes(osp_compiler *c, osp_str element, osp_str text, size_t at)
{
    static const struct {
        const char *element, *attribute, *value, *key; /* value NULL: any */
    } keys[] = { { "meta", "name", NULL, "meta name=" },
                 { "meta", "property", NULL, "meta property=" },
                 { "meta", "http-equiv", NULL, "meta http-equiv=" },
                 { "link", "rel", "canonical", "link rel=" } };
    osp_str name, value;
    while ((at = next_attribute(text, at, &name, &value)) != 0) {
        if (osp_str_equal_nocase(element, OSP_STR("meta")) &&
            osp_str_equal_nocase(name, OSP_STR("charset"))) {
            return OSP_STR("meta charset");
        }
        for (size_t i = 0; i < OSP_ARRAY_LEN(keys); i++) {
            if (osp_str_equal_nocase(element, osp_str_from(keys[i].element)) &&
                osp_str_equal_nocase(name, osp_str_from(keys[i].attribute)) &&
                (keys[i].value == NULL ||
                 osp_str_equal_nocase(value, osp_str_from(keys[i].value)))) {
                return key_of_text(c, keys[i].key, value);
            }
        }
    }
    return (osp_str){ NULL, 0 };
}

static osp_str key_of(osp_compiler *c, osp_str text)
{
    size_t len = 1;
    while (len < text.len && osp_is_name_byte(text.ptr[len])) {
        len++;
    }
    const osp_str element = { text.ptr + 1, len - 1 };
    if (osp_str_equal_nocase(element, OSP_STR("title")) ||
        osp_str_equal_nocase(element, OSP_STR("base"))) {
        return key_of_text(c, element.len == 4 ? "base" : "title", (osp_str){ NULL, 0 });
    }
    return key_of_attributes(c, element, text, len);
}

/* ---------------------------------------------------------------- units */

static void begin_unit(splitter *s)
{
    s->unit.first = NULL;
    s->unit.last = &s->unit.first;
    s->unit.outline_len = 0;
}

static void add(splitter *s, osp_tag_kind kind, const osp_tag *like, osp_str text)
{
    osp_tag *tag = osp_binder_alloc(&s->c->binder, sizeof(*tag));
    if (tag == NULL) {
        return;
    }
    *tag = *like;
    tag->kind = (uint8_t)kind;
    tag->text = text;
    tag->next = NULL;
    *s->unit.last = tag;
    s->unit.last = &tag->next;
    outline(&s->unit, kind == OSP_TAG_TEXT ? text : (osp_str){ "\1", 1 });
}

/* Compiles a whole element and gives it its key. */
static void end_unit(splitter *s, osp_str key)
{
    osp_compiler *c = s->c;
    if (s->unit.first == NULL) {
        return;
    }
    if (c->head_count == OSP_TEMPLATE_HEADS_MAX) {
        wrong(c, s->unit.first->text, "too many elements in {{#head}}");
        begin_unit(s);
        return;
    }
    memset(&c->context, 0, sizeof(c->context));
    c->head_ops[c->head_count] = (uint32_t)(c->ops.len / sizeof(osp_op));
    c->heads[c->head_count++].key = key;
    osp_compile_tags(c, s->unit.first);
    if (!osp_context_is_text(&c->context)) {
        osp_tell(&c->teller, c->binder.source, s->unit.first->text,
                 "this element of the head ends in %s", osp_context_words(&c->context));
    }
    (void)osp_compile_emit(c, (osp_op){ .code = OSP_OP_END });
    begin_unit(s);
}

static void end_element(splitter *s)
{
    s->state = BETWEEN;
    if (s->name.ptr[0] == '!') {
        begin_unit(s); /* a comment is not sent */
        return;
    }
    end_unit(s, key_of(s->c, (osp_str){ s->unit.outline, s->unit.outline_len }));
}

/* The key of a block: that of the only element in it; of a loop none. */
static osp_str key_of_block(osp_compiler *c, const osp_tag *tag)
{
    const osp_tag *inner = tag->body;
    if (tag->kind == OSP_TAG_EACH || inner == NULL || inner->kind != OSP_TAG_TEXT) {
        return (osp_str){ NULL, 0 };
    }
    const osp_str text = osp_str_trim(inner->text);
    const size_t begin = skip_blanks(text, 0);
    if (begin == text.len || text.ptr[begin] != '<') {
        return (osp_str){ NULL, 0 };
    }
    return key_of(c, (osp_str){ text.ptr + begin, text.len - begin });
}

/* ---------------------------------------------------------------- splitting */

static osp_str name_at(const char *at, const char *end)
{
    const char *begin = at;
    while (at < end && osp_is_name_byte(*at)) {
        at++;
    }
    return (osp_str){ begin, (size_t)(at - begin) };
}

/* An element begins at `at`, or something else that does not belong here. */
static bool open_element(splitter *s, const char *at, const char *end)
{
    const osp_str name = *at == '<' ? name_at(at + 1, end) : (osp_str){ NULL, 0 };
    const bool comment = end - at >= 4 && memcmp(at, "<!--", 4) == 0;
    if (!comment && !is_one_of(name, void_elements, OSP_ARRAY_LEN(void_elements)) &&
        !is_one_of(name, full_elements, OSP_ARRAY_LEN(full_elements))) {
        wrong(s->c, (osp_str){ at, name.len + 1 },
              "in {{#head}} stand title, meta, link, base, script, style, noscript and template");
        return false;
    }
    s->name = comment ? OSP_STR("!--") : name;
    s->closes = false;
    s->quote = '\0';
    s->state = comment ? IN_CONTENT : IN_TAG;
    return true;
}

/* Behind the ">" of a tag, at which it ends; false: at is not yet there. */
static bool pass_tag_byte(splitter *s, char byte)
{
    if (s->quote != '\0') {
        s->quote = byte == s->quote ? '\0' : s->quote;
        return false;
    }
    if (byte == '"' || byte == '\'') {
        s->quote = byte;
        return false;
    }
    if (byte != '>') {
        return false;
    }
    const bool whole = s->closes || is_one_of(s->name, void_elements, OSP_ARRAY_LEN(void_elements));
    s->state = whole ? BETWEEN : IN_CONTENT;
    return whole;
}

/* Whether what is open ends at `at`, or begins to. */
static bool pass_content_byte(splitter *s, const char *at, const char *end)
{
    if (s->name.ptr[0] == '!') {
        return end - at >= 1 && *at == '>' && at[-1] == '-';
    }
    const size_t left = (size_t)(end - at);
    if (*at == '<' && left >= s->name.len + 2 && at[1] == '/' &&
        osp_str_equal_nocase(s->name, (osp_str){ at + 2, s->name.len })) {
        s->closes = true;
        s->quote = '\0';
        s->state = IN_TAG;
    }
    return false;
}

static void split_text(splitter *s, const osp_tag *tag)
{
    const char *end = tag->text.ptr + tag->text.len;
    const char *from = tag->text.ptr;
    for (const char *at = from; at < end; at++) {
        if (s->state == BETWEEN) {
            from = at;
            if (!osp_is_blank(*at) && !open_element(s, at, end)) {
                return;
            }
            continue;
        }
        const bool ends =
            s->state == IN_TAG ? pass_tag_byte(s, *at) : pass_content_byte(s, at, end);
        if (ends) {
            add(s, OSP_TAG_TEXT, tag, (osp_str){ from, (size_t)(at + 1 - from) });
            from = at + 1;
            end_element(s);
        }
    }
    if (s->state != BETWEEN && end > from) {
        add(s, OSP_TAG_TEXT, tag, (osp_str){ from, (size_t)(end - from) });
    }
}

static void split(splitter *s, const osp_tag *first)
{
    for (const osp_tag *tag = first; tag != NULL; tag = tag->next) {
        if (tag->kind == OSP_TAG_TEXT) {
            split_text(s, tag);
        } else if (s->state != BETWEEN) {
            add(s, (osp_tag_kind)tag->kind, tag, tag->text);
        } else if (tag->kind == OSP_TAG_SHOW) {
            wrong(s->c, tag->text, "a value of the head stands in an element of it");
        } else {
            add(s, (osp_tag_kind)tag->kind, tag, tag->text);
            end_unit(s, key_of_block(s->c, tag));
        }
    }
    if (s->state != BETWEEN) {
        wrong(s->c, first->text, "an element of the {{#head}} does not end");
    }
}

void osp_compile_head_block(osp_compiler *c, const osp_tag *tag)
{
    const osp_binder *b = &c->binder;
    if (!b->options->may_head) {
        osp_tell(b->teller, b->source, tag->text, "{{#head}} cannot stand in this template");
    } else if (c->depth > 1 || c->in_head) {
        osp_tell(b->teller, b->source, tag->text,
                 "{{#head}} stands outside of all blocks and partials; blocks may stand in it");
    } else if (c->head_block_count == OSP_TEMPLATE_HEADS_MAX) {
        osp_tell(b->teller, b->source, tag->text, "too many {{#head}}");
    } else {
        c->head_blocks[c->head_block_count++] = tag;
    }
}

void osp_compile_heads(osp_compiler *c)
{
    c->binder.no_names = c->binder.options->head_bare;
    c->in_head = true;
    for (size_t i = 0; i < c->head_block_count; i++) {
        splitter s = { .c = c };
        begin_unit(&s);
        if (c->head_blocks[i]->body != NULL) {
            split(&s, c->head_blocks[i]->body);
        }
    }
}
