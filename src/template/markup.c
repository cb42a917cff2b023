/* Elements, attributes and character references of HTML, as far as they matter to what a value is.
 */
#include "template/markup.h"

#include <string.h>

typedef struct entry {
    const char *name;
    uint8_t means;
} entry;

static const entry elements[] = {
    { "script", OSP_ELEMENT_SCRIPT },
    { "style", OSP_ELEMENT_STYLE },
    { "title", OSP_ELEMENT_TITLE },
    { "textarea", OSP_ELEMENT_TEXTAREA },
    { "iframe", OSP_ELEMENT_IFRAME },
    { "xmp", OSP_ELEMENT_XMP },
    { "noembed", OSP_ELEMENT_NOEMBED },
    { "noframes", OSP_ELEMENT_NOFRAMES },
    { "plaintext", OSP_ELEMENT_PLAINTEXT },
    { "form", OSP_ELEMENT_FORM },
    { "meta", OSP_ELEMENT_META },
    { "svg", OSP_ELEMENT_SVG },
    { "math", OSP_ELEMENT_MATH },
    { "foreignobject", OSP_ELEMENT_FOREIGN_OBJECT },
    { "desc", OSP_ELEMENT_FOREIGN_OBJECT },
    { "annotation-xml", OSP_ELEMENT_FOREIGN_OBJECT },
    { "set", OSP_ELEMENT_ANIMATION },
    { "animate", OSP_ELEMENT_ANIMATION },
    { "animatetransform", OSP_ELEMENT_ANIMATION },
    { "animatemotion", OSP_ELEMENT_ANIMATION },
};

/* Names of attributes whose values are no plain text. */
static const entry languages[] = {
    { "action", OSP_LANGUAGE_URL },     { "archive", OSP_LANGUAGE_URL },
    { "background", OSP_LANGUAGE_URL }, { "cite", OSP_LANGUAGE_URL },
    { "classid", OSP_LANGUAGE_URL },    { "codebase", OSP_LANGUAGE_URL },
    { "data", OSP_LANGUAGE_URL },       { "formaction", OSP_LANGUAGE_URL },
    { "href", OSP_LANGUAGE_URL },       { "icon", OSP_LANGUAGE_URL },
    { "longdesc", OSP_LANGUAGE_URL },   { "manifest", OSP_LANGUAGE_URL },
    { "ping", OSP_LANGUAGE_URL },       { "poster", OSP_LANGUAGE_URL },
    { "profile", OSP_LANGUAGE_URL },    { "src", OSP_LANGUAGE_URL },
    { "usemap", OSP_LANGUAGE_URL },     { "xmlns", OSP_LANGUAGE_URL },
    { "srcset", OSP_LANGUAGE_SRCSET },  { "imagesrcset", OSP_LANGUAGE_SRCSET },
    { "style", OSP_LANGUAGE_CSS },      { "srcdoc", OSP_LANGUAGE_DOCUMENT },
};

static const entry attributes[] = {
    { "type", OSP_ATTRIBUTE_TYPE },
    { "method", OSP_ATTRIBUTE_METHOD },
    { "action", OSP_ATTRIBUTE_ACTION },
    { "nonce", OSP_ATTRIBUTE_NONCE },
    { "content", OSP_ATTRIBUTE_CONTENT },
    { "http-equiv", OSP_ATTRIBUTE_HTTP_EQUIV },
    { "formaction", OSP_ATTRIBUTE_FORMACTION },
};

static const entry *find(const entry *entries, size_t count, osp_str name)
{
    for (size_t i = 0; i < count; i++) {
        if (osp_str_equal_nocase(name, osp_str_from(entries[i].name))) {
            return &entries[i];
        }
    }
    return NULL;
}

osp_element osp_element_of(osp_str name)
{
    const entry *found = find(elements, OSP_ARRAY_LEN(elements), name);
    return found != NULL ? (osp_element)found->means : OSP_ELEMENT_OTHER;
}

const char *osp_element_name(osp_element element)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(elements); i++) {
        if (elements[i].means == element) {
            return elements[i].name;
        }
    }
    return "";
}

osp_place_kind osp_element_text(osp_element element)
{
    if (element == OSP_ELEMENT_SCRIPT || element == OSP_ELEMENT_STYLE) {
        return OSP_PLACE_CODE;
    }
    if (element == OSP_ELEMENT_TITLE || element == OSP_ELEMENT_TEXTAREA) {
        return OSP_PLACE_RCDATA;
    }
    return element >= OSP_ELEMENT_IFRAME && element <= OSP_ELEMENT_PLAINTEXT ? OSP_PLACE_RAW
                                                                             : OSP_PLACE_TEXT;
}

static bool has(osp_str text, const char *word)
{
    return text.len > 0 && memmem(text.ptr, text.len, word, strlen(word)) != NULL;
}

static osp_str behind(osp_str text, size_t len)
{
    return (osp_str){ text.ptr + len, text.len - len };
}

/* What scripts read as they like, data-*, is what it would be without "data-"; a name in a
 * namespace is what it is in that of HTML. */
osp_language osp_attribute_language(osp_element element, osp_str name)
{
    static const char *const animated[] = { "to", "from", "by", "values" };
    const char *colon = memchr(name.ptr, ':', name.len);
    if (osp_str_starts_with(name, OSP_STR("data-"))) {
        name = behind(name, 5);
    } else if (osp_str_starts_with(name, OSP_STR("xmlns:"))) {
        return OSP_LANGUAGE_URL;
    } else if (colon != NULL) {
        name = behind(name, (size_t)(colon - name.ptr) + 1);
    }
    for (size_t i = 0; element == OSP_ELEMENT_ANIMATION && i < OSP_ARRAY_LEN(animated); i++) {
        if (osp_str_equal(name, osp_str_from(animated[i]))) {
            return OSP_LANGUAGE_FIXED;
        }
    }
    const entry *found = find(languages, OSP_ARRAY_LEN(languages), name);
    if (found != NULL) {
        return (osp_language)found->means;
    }
    if (osp_str_starts_with(name, OSP_STR("on"))) {
        return OSP_LANGUAGE_JS;
    }
    return has(name, "src") || has(name, "uri") || has(name, "url") ? OSP_LANGUAGE_URL
                                                                    : OSP_LANGUAGE_PLAIN;
}

osp_attribute osp_attribute_of(osp_str name)
{
    const entry *found = find(attributes, OSP_ARRAY_LEN(attributes), name);
    return found != NULL ? (osp_attribute)found->means : OSP_ATTRIBUTE_OTHER;
}

bool osp_script_runs(osp_str type)
{
    static const char *const prefixes[] = {
        "text/ecmascript",        "text/javascript",          "text/jscript",
        "text/livescript",        "text/x-ecmascript",        "text/x-javascript",
        "application/ecmascript", "application/javascript",   "application/json",
        "application/ld+json",    "application/x-ecmascript", "application/x-javascript"
    };
    type = osp_str_trim(type);
    if (type.len == 0 || osp_str_equal(type, OSP_STR("module")) ||
        osp_str_equal(type, OSP_STR("importmap")) ||
        osp_str_equal(type, OSP_STR("speculationrules"))) {
        return true;
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(prefixes); i++) {
        if (osp_str_starts_with(type, osp_str_from(prefixes[i]))) {
            return true;
        }
    }
    return false;
}

/* ---------------------------------------------------------------- character references */

static const struct {
    const char *name;
    char byte;
    bool bare; /* known without its semicolon, too */
} references[] = {
    { "amp", '&', true },     { "lt", '<', true },
    { "gt", '>', true },      { "quot", '"', true },
    { "AMP", '&', true },     { "LT", '<', true },
    { "GT", '>', true },      { "QUOT", '"', true },
    { "apos", '\'', false },  { "colon", ':', false },
    { "sol", '/', false },    { "bsol", '\\', false },
    { "num", '#', false },    { "quest", '?', false },
    { "lpar", '(', false },   { "rpar", ')', false },
    { "lcub", '{', false },   { "rcub", '}', false },
    { "lbrace", '{', false }, { "rbrace", '}', false },
    { "lsqb", '[', false },   { "rsqb", ']', false },
    { "lbrack", '[', false }, { "rbrack", ']', false },
    { "grave", '`', false },  { "DiacriticalGrave", '`', false },
    { "dollar", '$', false }, { "semi", ';', false },
    { "comma", ',', false },  { "period", '.', false },
    { "equals", '=', false }, { "ast", '*', false },
    { "midast", '*', false }, { "excl", '!', false },
    { "plus", '+', false },   { "NewLine", '\n', false },
    { "Tab", '\t', false },   { "percnt", '%', false },
    { "commat", '@', false }, { "Hat", '^', false },
    { "lowbar", '_', false }, { "verbar", '|', false },
    { "vert", '|', false },   { "VerticalLine", '|', false },
};

static bool is_digit_of(char byte, bool hex)
{
    return (byte >= '0' && byte <= '9') ||
           (hex && ((byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F')));
}

/* &#39; &#x27; */
static size_t read_number(osp_str text, char *ret_byte)
{
    const bool hex = text.len > 2 && (text.ptr[2] == 'x' || text.ptr[2] == 'X');
    size_t at = hex ? 3 : 2;
    const size_t begin = at;
    uint32_t code = 0;
    for (; at < text.len && is_digit_of(text.ptr[at], hex); at++) {
        const char byte = text.ptr[at];
        const uint32_t digit = (uint32_t)(byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10);
        code = code > 0x10ffff ? code : code * (hex ? 16 : 10) + digit;
    }
    if (at == begin) {
        return 0;
    }
    *ret_byte = code < 0x80 ? (char)code : 'x'; /* a letter like another */
    return at < text.len && text.ptr[at] == ';' ? at + 1 : at;
}

static bool goes_on(osp_str text, size_t at)
{
    const char byte = at < text.len ? text.ptr[at] : '\0';
    return byte == '=' || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

size_t osp_reference_read(osp_str text, char *ret_byte)
{
    if (text.len < 2 || text.ptr[0] != '&') {
        return 0;
    }
    if (text.ptr[1] == '#') {
        return read_number(text, ret_byte);
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(references); i++) {
        const osp_str name = osp_str_from(references[i].name);
        if (!osp_str_starts_with(behind(text, 1), name)) {
            continue;
        }
        const size_t end = 1 + name.len;
        const bool closed = end < text.len && text.ptr[end] == ';';
        if (closed || (references[i].bare && !goes_on(text, end))) {
            *ret_byte = references[i].byte;
            return end + (closed ? 1 : 0);
        }
    }
    return 0;
}
