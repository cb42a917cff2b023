/* Templates of any text, shown with a value that wants out of its place.
 *
 * The input is the value, a line end, and the template.  Whatever it is, compiling ends, and says
 * where what is wrong is.  What compiles is shown twice: with the value, and with as many letters.
 * Read as a browser would, both must be the same tags with the same attributes, and scripts and
 * styles that differ in nothing but what stands in their quotes; and no URL may have become one
 * that runs something. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <openspeed/template.h>

#include "base/task.h"
#include "template/template.h"

#define INPUT_MAX 8192
#define VALUE_MAX 256
#define OUT_MAX (16U << 20)
#define ARENA_MAX (256U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Item {
    int64_t id;
    osp_str x;
} Item;
OSP_LIST_OF(Item);
OSP_TYPE(Item, FIELD(id), FIELD(x));

typedef struct View {
    osp_str x;
    int64_t n;
    bool yes;
    osp_opt_str none, some;
    Item item;
    Item_list items;
    osp_str_list texts;
    osp_time time;
} View;
OSP_TYPE(View, FIELD(x), FIELD(n), FIELD(yes), FIELD(none), FIELD(some), OBJECT(item, Item),
         LIST(items, Item), LIST(texts, osp_str), FIELD(time));

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

/* ---------------------------------------------------------------- what a document is made of */

/* A document without what may differ. */
typedef struct outline {
    osp_buf text;
    bool other; /* the tag names a type that is no script's */
} outline;

static void put(outline *o, char byte)
{
    osp_buf_byte(&o->text, byte);
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\f' || byte == '\r';
}

static bool begins(osp_str text, size_t at, const char *words)
{
    const size_t len = strlen(words);
    return text.len - at >= len &&
           osp_str_equal_nocase((osp_str){ text.ptr + at, len }, osp_str_from(words));
}

/* A script: all but what is in quotes, comments and regular expressions, which it is not asked of.
 */
static void put_script(outline *o, osp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char byte = text.ptr[i];
        if (byte == '"' || byte == '\'') {
            size_t end = i + 1;
            while (end < text.len && text.ptr[end] != byte && text.ptr[end] != '\n') {
                end += text.ptr[end] == '\\' ? 2 : 1;
            }
            put(o, byte);
            i = end;
        } else if (byte != '/' && byte != '`') {
            if (!isalnum((unsigned char)byte) && !is_space(byte) && (unsigned char)byte < 0x80) {
                put(o, byte);
            }
        } else {
            put(o, byte); /* what follows is not looked at: it cannot be told from here */
            return;
        }
    }
}

static bool is_word(char byte)
{
    return isalnum((unsigned char)byte) || byte == '-' || byte == '_' || byte == '$' ||
           (unsigned char)byte >= 0x80;
}

/* Behind what stands in url( without quotes. */
static size_t url_end(osp_str text, size_t at)
{
    while (at < text.len && is_space(text.ptr[at])) {
        at++;
    }
    if (at < text.len && (text.ptr[at] == '"' || text.ptr[at] == '\'')) {
        return at;
    }
    while (at < text.len && !is_space(text.ptr[at]) && text.ptr[at] != ')') {
        at++;
    }
    return at;
}

/* A style: all but words and what is in quotes. */
static void put_style(outline *o, osp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char byte = text.ptr[i];
        if (byte == '"' || byte == '\'') {
            size_t end = i + 1;
            while (end < text.len && text.ptr[end] != byte && text.ptr[end] != '\n') {
                end += text.ptr[end] == '\\' ? 2 : 1;
            }
            put(o, byte);
            i = end;
        } else if (byte == '/' && i + 1 < text.len && text.ptr[i + 1] == '*') {
            const char *end = memmem(text.ptr + i + 2, text.len - i - 2, "*/", 2);
            i = end != NULL ? (size_t)(end - text.ptr) + 1 : text.len;
        } else if (byte == '(' && i >= 3 && begins(text, i - 3, "url") &&
                   (i == 3 || !is_word(text.ptr[i - 4]))) {
            put(o, byte);
            i = url_end(text, i + 1) - 1;
        } else if (byte != '\0' && strchr("{}();:@\\<>", byte) != NULL) {
            put(o, byte);
        }
    }
}

/* The characters of an attribute's value: those references that mean something here. */
static osp_str decode(osp_str raw, char *storage, size_t size)
{
    static const struct {
        const char *text;
        char byte;
    } known[] = { { "&amp;", '&' },  { "&lt;", '<' },       { "&gt;", '>' },  { "&quot;", '"' },
                  { "&#39;", '\'' }, { "&colon;", ':' },    { "&#58;", ':' }, { "&apos;", '\'' },
                  { "&Tab;", '\t' }, { "&NewLine;", '\n' }, { "&sol;", '/' }, { "&lpar;", '(' } };
    size_t len = 0;
    for (size_t i = 0; i < raw.len && len < size; i++) {
        char byte = raw.ptr[i];
        for (size_t k = 0; byte == '&' && k < OSP_ARRAY_LEN(known); k++) {
            if (begins(raw, i, known[k].text)) {
                byte = known[k].byte;
                i += strlen(known[k].text) - 1;
                break;
            }
        }
        storage[len++] = byte;
    }
    return (osp_str){ storage, len };
}

/* Whether a URL runs something when it is followed. */
static bool runs(osp_str url)
{
    static const char *const schemes[] = { "javascript:", "vbscript:", "data:" };
    char scheme[16];
    size_t len = 0;
    for (size_t i = 0; i < url.len && len < sizeof(scheme); i++) {
        const unsigned char byte = (unsigned char)url.ptr[i];
        if (byte > ' ' || (len > 0 && byte == ' ')) {
            scheme[len++] = (char)byte;
        }
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(schemes); i++) {
        if (begins((osp_str){ scheme, len }, 0, schemes[i])) {
            return true;
        }
    }
    return false;
}

static bool is_script(osp_str type)
{
    static const char *const types[] = { "text/javascript", "application/json", "module",
                                         "application/ld+json" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(types); i++) {
        if (osp_str_equal_nocase(type, osp_str_from(types[i]))) {
            return true;
        }
    }
    return false;
}

static void put_attribute(outline *o, osp_str name, osp_str value)
{
    static const char *const urls[] = { "href", "src", "action", "formaction", "data", "poster" };
    char storage[4096];
    for (size_t i = 0; i < name.len; i++) {
        put(o, (char)tolower((unsigned char)name.ptr[i]));
    }
    put(o, '=');
    const osp_str text = decode(value, storage, sizeof(storage));
    if (osp_str_equal_nocase(name, OSP_STR("type"))) {
        o->other = text.len > 0 && !is_script(text);
    }
    if (begins(name, 0, "on") && memchr(name.ptr, ':', name.len) == NULL) {
        put_script(o, text);
    } else if (osp_str_equal_nocase(name, OSP_STR("style"))) {
        put_style(o, text);
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(urls); i++) {
        if (osp_str_equal_nocase(name, osp_str_from(urls[i]))) {
            put(o, runs(text) ? '!' : '.');
        }
    }
}

/* Attributes up to the end of a tag; returns what is behind it. */
static size_t put_attributes(outline *o, osp_str text, size_t at)
{
    while (at < text.len && text.ptr[at] != '>') {
        if (is_space(text.ptr[at]) || text.ptr[at] == '/') {
            at++;
            continue;
        }
        const size_t name = at++;
        while (at < text.len && !is_space(text.ptr[at]) && strchr("/>=", text.ptr[at]) == NULL) {
            at++;
        }
        osp_str value = { NULL, 0 };
        const osp_str called = { text.ptr + name, at - name };
        size_t next = at;
        while (next < text.len && is_space(text.ptr[next])) {
            next++;
        }
        if (next < text.len && text.ptr[next] == '=') {
            at = next + 1;
            while (at < text.len && is_space(text.ptr[at])) {
                at++;
            }
            const char quote = at < text.len && (text.ptr[at] == '"' || text.ptr[at] == '\'')
                                   ? text.ptr[at++]
                                   : '\0';
            const size_t begin = at;
            while (at < text.len &&
                   (quote != '\0' ? text.ptr[at] != quote
                                  : !is_space(text.ptr[at]) && text.ptr[at] != '>')) {
                at++;
            }
            value = (osp_str){ text.ptr + begin, at - begin };
            at += quote != '\0' && at < text.len ? 1 : 0;
        }
        put_attribute(o, called, value);
    }
    return at < text.len ? at + 1 : at;
}

/* Where the end tag of an element with text of its own begins. */
static size_t content_end(osp_str text, size_t at, osp_str name)
{
    for (; at < text.len; at++) {
        if (text.ptr[at] != '<' || text.len - at < name.len + 3 || text.ptr[at + 1] != '/') {
            continue;
        }
        const char behind = text.ptr[at + 2 + name.len];
        if (osp_str_equal_nocase(name, (osp_str){ text.ptr + at + 2, name.len }) &&
            (is_space(behind) || behind == '/' || behind == '>')) {
            return at;
        }
    }
    return text.len;
}

static size_t put_tag(outline *o, osp_str text, size_t at)
{
    static const char *const raw[] = { "script", "style",   "title",    "textarea",
                                       "iframe", "noembed", "noframes", "xmp" };
    const bool closes = text.ptr[at + 1] == '/';
    const size_t begin = at + (closes ? 2 : 1);
    at = begin;
    while (at < text.len && !is_space(text.ptr[at]) && text.ptr[at] != '/' && text.ptr[at] != '>') {
        put(o, (char)tolower((unsigned char)text.ptr[at++]));
    }
    const osp_str name = { text.ptr + begin, at - begin };
    put(o, closes ? '/' : '<');
    o->other = false;
    at = put_attributes(o, text, at);
    put(o, '>');
    for (size_t i = 0; !closes && i < OSP_ARRAY_LEN(raw); i++) {
        if (osp_str_equal_nocase(name, osp_str_from(raw[i]))) {
            const size_t end = content_end(text, at, name);
            const osp_str content = { text.ptr + at, end - at };
            if (i == 0 && !o->other) {
                put_script(o, content);
            } else if (i == 1) {
                put_style(o, content);
            }
            return end;
        }
    }
    return !closes && osp_str_equal_nocase(name, OSP_STR("plaintext")) ? text.len : at;
}

static size_t put_comment(outline *o, osp_str text, size_t at)
{
    put(o, '#');
    if (begins(text, at, "<!-->") || begins(text, at, "<!--->")) {
        return at + (text.ptr[at + 4] == '>' ? 5 : 6);
    }
    for (at += 4; at < text.len; at++) {
        if (begins(text, at, "-->") || begins(text, at, "--!>")) {
            return at + (text.ptr[at + 2] == '>' ? 3 : 4);
        }
    }
    return at;
}

static void read_document(outline *o, osp_str text)
{
    for (size_t at = 0; at < text.len;) {
        const char next = at + 1 < text.len ? text.ptr[at + 1] : '\0';
        if (text.ptr[at] != '<') {
            at++;
        } else if (begins(text, at, "<!--")) {
            at = put_comment(o, text, at);
        } else if (isalpha((unsigned char)next) ||
                   (next == '/' && at + 2 < text.len && isalpha((unsigned char)text.ptr[at + 2]))) {
            at = put_tag(o, text, at);
        } else if (next == '!' || next == '?' || next == '/') {
            put(o, '?');
            while (at < text.len && text.ptr[at] != '>') {
                at++;
            }
        } else {
            at++;
        }
    }
}

/* ---------------------------------------------------------------- the engine */

static osp_status find_partial(void *arg, const char *file, osp_str name,
                               osp_template_text *ret_text)
{
    (void)file;
    if (!osp_str_equal(name, OSP_STR("p"))) {
        ret_text->file = name.len == 1 ? "lib/p.html" : NULL;
        return OSP_E_NOT_FOUND;
    }
    ret_text->file = "_p.html";
    ret_text->text = *(const osp_str *)arg;
    return OSP_OK;
}

/* Names are parts of the text, and all actions are there but "none". */
static bool find_action(void *arg, osp_str name, osp_buf *why)
{
    const osp_str text = *(const osp_str *)arg;
    require(name.len == 0 || (name.ptr >= text.ptr && name.ptr + name.len <= text.ptr + text.len));
    osp_buf_printf(why, "there is no %.*s", OSP_ARG(name));
    return !osp_str_equal(name, OSP_STR("none"));
}

static const char *find_hint(void *arg, osp_str name)
{
    (void)arg;
    return name.len == 1 ? "a hint" : NULL;
}

static osp_status hook(void *arg, osp_buf *out)
{
    (void)arg;
    osp_buf_str(out, OSP_STR("<input name=t>"));
    return OSP_OK;
}

static osp_status outlet(void *arg, size_t slot, osp_buf *out)
{
    (void)slot;
    return hook(arg, out);
}

static bool show(const osp_template *template, osp_str value, osp_task *task, osp_buf *out)
{
    Item items[] = { { 1, value }, { -2, value } };
    osp_str texts[] = { value, value };
    const View view = { .x = value,
                        .n = 7,
                        .yes = true,
                        .some = { OSP_SET, value },
                        .item = { 3, value },
                        .items = { items, 2 },
                        .texts = { texts, 2 },
                        .time = { INT64_C(1767225600000000) } };
    const void *values[] = { &view, &items[0] };
    const osp_template_hooks hooks = {
        .outlet = outlet, .head = hook, .form = hook, .nonce = OSP_STR("n")
    };
    osp_status status = osp_template_render(template, values, &hooks, task, out);
    size_t heads = 0;
    (void)osp_template_heads(template, &heads);
    for (size_t i = 0; i < heads && status == OSP_OK; i++) {
        osp_buf_byte(out, '\n');
        status = osp_template_render_head(template, i, values, &hooks, task, out);
    }
    return status == OSP_OK;
}

/* Whether conditions may be about the value itself: then what is shown may depend on it. */
static bool asks(osp_str text)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (begins(text, i, "==") || begins(text, i, "!=") || begins(text, i, "<") ||
            begins(text, i, ">")) {
            size_t open = i;
            while (open > 0 && text.ptr[open] != '{' && text.ptr[open] != '}') {
                open--;
            }
            if (text.ptr[open] == '{' && open > 0 && text.ptr[open - 1] == '{' && open + 1 != i) {
                return true;
            }
        }
    }
    return memmem(text.ptr, text.len, "trim", 4) != NULL ||
           memmem(text.ptr, text.len, "replace", 7) != NULL;
}

static void judge(const osp_template *template, osp_str value, osp_task *task)
{
    char letters[VALUE_MAX];
    memset(letters, 'z', sizeof(letters));
    osp_buf hostile, plain;
    osp_buf_init(&hostile, NULL, 0, OUT_MAX);
    osp_buf_init(&plain, NULL, 0, OUT_MAX);
    if (show(template, value, task, &hostile) &&
        show(template, (osp_str){ letters, value.len }, task, &plain)) {
        outline a, b;
        osp_buf_init(&a.text, NULL, 0, OUT_MAX);
        osp_buf_init(&b.text, NULL, 0, OUT_MAX);
        read_document(&a, (osp_str){ hostile.ptr, hostile.len });
        read_document(&b, (osp_str){ plain.ptr, plain.len });
        require(osp_str_equal((osp_str){ a.text.ptr, a.text.len },
                              (osp_str){ b.text.ptr, b.text.len }));
        osp_buf_done(&a.text);
        osp_buf_done(&b.text);
    }
    osp_buf_done(&hostile);
    osp_buf_done(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const osp_template_scope scopes[] = { { NULL, &osp_type_View },
                                                 { "who", &osp_type_Item } };
    osp_str text = { (const char *)data, size < INPUT_MAX ? size : INPUT_MAX };
    const char *line = text.len > 0 ? memchr(text.ptr, '\n', text.len) : NULL;
    osp_str value = { text.ptr, line != NULL ? (size_t)(line - text.ptr) : 0 };
    if (line != NULL) {
        text = (osp_str){ line + 1, text.len - value.len - 1 };
    }
    value.len = value.len < VALUE_MAX ? value.len : VALUE_MAX;
    osp_arena arena;
    osp_task task;
    osp_arena_init(&arena, NULL, 0, ARENA_MAX);
    osp_task_init(&task, &arena);
    osp_template_complaints said = { .count = 0 };
    osp_buf_init(&said.said, NULL, 0, OUT_MAX);
    const osp_template_options options = { .scopes = scopes,
                                           .scope_count = 2,
                                           .partial = find_partial,
                                           .arg = &text,
                                           .action = find_action,
                                           .missing = find_hint,
                                           .layout = true,
                                           .may_head = true };
    const osp_template *template = NULL;
    const osp_template_text source = { "fuzz.html", text };
    const osp_status status = osp_template_compile(&arena, source, &options, &said, &template);
    require(status != OSP_E_INVALID || (said.count > 0 && said.said.len > 0));
    require(status != OSP_OK || (said.count == 0 && template != NULL));
    if (status == OSP_OK && value.len > 0 && !asks(text)) {
        judge(template, value, &task);
    }
    osp_buf_done(&said.said);
    osp_arena_done(&arena);
    return 0;
}
