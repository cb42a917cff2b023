/* Writes the first lines of a route, page, layout, middleware, provider or type.
 *
 *     route api/users/[id=int]    routes/api/users/[id=int]/route.c, route_test.c
 *     page blog/[slug]            routes/blog/[slug]/page.html, page.c, page_test.c
 *     layout blog                 routes/blog/layout.html
 *     middleware api              routes/api/middleware.c
 *     provider current-user       lib/current_user.h, lib/current_user.c
 *     type OrderLine              lib/order_line.h
 *
 * Names become identifiers of C, names of files and parts of URLs: each is parsed into what it may
 * be before anything is written, and what is written compiles. */
#include "build/generate.h"

#include <ctype.h>
#include <string.h>

#include "base/slice.h"
#include "base/words.h"
#include "build/mentions.h"
#include "build/segment.h"

#define PARAMS_MAX 16

/* ---------------------------------------------------------------- names */

/* Keywords of C17 and C++, and what headers of every application make of a word. */
static const char *const reserved[] = {
    "alignas",   "alignof",  "and",    "asm",      "auto",     "bool",    "break",     "case",
    "catch",     "char",     "class",  "const",    "continue", "default", "delete",    "do",
    "double",    "else",     "enum",   "export",   "extern",   "false",   "float",     "for",
    "friend",    "goto",     "if",     "inline",   "int",      "linux",   "long",      "mutable",
    "namespace", "new",      "not",    "operator", "or",       "private", "protected", "public",
    "register",  "restrict", "return", "short",    "signed",   "sizeof",  "static",    "struct",
    "switch",    "template", "this",   "throw",    "true",     "try",     "typedef",   "typename",
    "typeof",    "union",    "unix",   "unsigned", "using",    "virtual", "void",      "volatile",
    "while",     "xor",
};

static bool is_reserved(const char *word)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(reserved); i++) {
        if (strcmp(reserved[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_lower(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

static bool is_upper(char byte)
{
    return byte >= 'A' && byte <= 'Z';
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static char upper(char byte)
{
    return is_lower(byte) ? (char)(byte - 'a' + 'A') : byte;
}

static char lower(char byte)
{
    return is_upper(byte) ? (char)(byte - 'A' + 'a') : byte;
}

/* A name as code writes it. */
typedef struct naming {
    char *snake;  /* order_line */
    char *camel;  /* OrderLine */
    char *shouts; /* ORDER_LINE */
} naming;

/* Letters, digits, `-` and `_`; a new word begins behind those two and at a capital letter that
 * follows a small one. */
static osp_status read_name(osp_arena *arena, const char *name, naming *ret_naming, osp_error *err)
{
    const size_t len = strlen(name);
    bool good = len > 0 && len <= OSP_GENERATE_NAME_MAX && (is_lower(name[0]) || is_upper(name[0]));
    naming n = { osp_kit_alloc(arena, 2 * len + 1), osp_kit_alloc(arena, len + 1),
                 osp_kit_alloc(arena, 2 * len + 1) };
    size_t snake_len = 0, camel_len = 0;
    bool begins = true;
    for (size_t i = 0; good && i < len; i++) {
        const char byte = name[i];
        if (byte == '-' || byte == '_') {
            good = !begins && i + 1 < len;
            begins = true;
            continue;
        }
        good = is_lower(byte) || is_upper(byte) || is_digit(byte);
        begins |= i > 0 && is_upper(byte) && !is_upper(name[i - 1]);
        if (begins && snake_len > 0) {
            n.snake[snake_len++] = '_';
        }
        n.snake[snake_len++] = lower(byte);
        n.camel[camel_len++] = begins ? upper(byte) : byte;
        begins = false;
    }
    for (size_t i = 0; i < snake_len; i++) {
        n.shouts[i] = upper(n.snake[i]);
    }
    if (!good || is_reserved(n.snake) || strncmp(n.snake, "osp_", 4) == 0) {
        return osp_error_set(
            err, OSP_E_INVALID,
            "\"%.70s\" is no name; say one of letters, digits and dashes that is no "
            "word of C, such as order-line",
            name);
    }
    *ret_naming = n;
    return OSP_OK;
}

/* ---------------------------------------------------------------- writing */

static osp_status put(osp_arena *arena, const osp_generate_options *options, const char *path,
                      osp_buf *text, osp_kit_list *files, osp_error *err)
{
    const char *full = osp_kit_below(arena, options->dir, path);
    osp_status status = OSP_OK;
    if (text->failed) {
        status = osp_error_set(err, OSP_E_NOMEM, "no memory for %s", path);
    } else {
        status = osp_kit_create(arena, full, osp_buf_text(text), err);
    }
    if (status == OSP_OK) {
        osp_kit_push(arena, files, path);
    }
    osp_buf_done(text);
    return status;
}

/* ---------------------------------------------------------------- type */

static osp_status write_type(osp_arena *arena, const osp_generate_options *options,
                             osp_generated *ret, osp_error *err)
{
    naming n;
    osp_buf text;
    OSP_TRY(read_name(arena, options->name, &n, err));
    osp_buf_init(&text, NULL, 0, OSP_BUILD_FILE_MAX);
    osp_buf_printf(
        &text,
        "#ifndef LIB_%s_H\n#define LIB_%s_H\n\n#include <openspeed/openspeed.h>\n\n"
        "typedef struct %s {\n    int64_t id;\n    osp_str name;\n} %s;\n"
        "OSP_LIST_OF(%s);\n"
        "OSP_TYPE(%s, FIELD(id), FIELD(name, .min_len = 1, .max_len = 100));\n\n#endif\n",
        n.shouts, n.shouts, n.camel, n.camel, n.camel, n.camel);
    return put(arena, options, osp_kit_format(arena, "lib/%s.h", n.snake), &text, &ret->files, err);
}

/* ---------------------------------------------------------------- provider */

static osp_status write_provider(osp_arena *arena, const osp_generate_options *options,
                                 osp_generated *ret, osp_error *err)
{
    naming n;
    osp_buf text;
    OSP_TRY(read_name(arena, options->name, &n, err));
    osp_buf_init(&text, NULL, 0, OSP_BUILD_FILE_MAX);
    osp_buf_printf(
        &text,
        "/* A route gets it by a member of its input:\n *\n"
        " *     typedef struct In { const %s *%s; } In;\n"
        " *     OSP_TYPE(In, NEED(%s, %s));\n */\n"
        "#ifndef LIB_%s_H\n#define LIB_%s_H\n\n#include <openspeed/openspeed.h>\n\n"
        "typedef struct %s {\n    osp_str name;\n} %s;\nOSP_PROVIDES(%s, %s);\n\n#endif\n",
        n.camel, n.snake, n.snake, n.snake, n.shouts, n.shouts, n.camel, n.camel, n.snake, n.camel);
    OSP_TRY(
        put(arena, options, osp_kit_format(arena, "lib/%s.h", n.snake), &text, &ret->files, err));
    osp_buf_init(&text, NULL, 0, OSP_BUILD_FILE_MAX);
    osp_buf_printf(
        &text,
        "#include \"lib/%s.h\"\n\n"
        "/* What it is made of: HEADER, QUERY, COOKIE and PATH members, and NEED of "
        "other providers. */\n"
        "typedef struct %sIn {\n    osp_opt_str user_agent;\n} %sIn;\n"
        "OSP_TYPE(%sIn, HEADER(user_agent));\n\n"
        "/* Once a request, before the handler.  OSP_DONE says that there is none.  If it proves "
        "who "
        "asks,\n * add .authenticates = true below: a route that needs it answers 401 then, and is "
        "guarded. */\n"
        "static osp_status make_%s(osp_ctx *ctx, const %sIn *in, %s *out)\n{\n"
        "    if (in->user_agent.is != OSP_SET) {\n        return OSP_DONE;\n    }\n"
        "    out->name = in->user_agent.value;\n    return OSP_OK;\n}\n"
        "OSP_PROVIDER(%s, make_%s, %sIn, %s);\n",
        n.snake, n.camel, n.camel, n.camel, n.snake, n.camel, n.camel, n.snake, n.snake, n.camel,
        n.camel);
    return put(arena, options, osp_kit_format(arena, "lib/%s.c", n.snake), &text, &ret->files, err);
}

/* ---------------------------------------------------------------- routes */

/* How a matcher's parameter is held, and a text that it takes. */
typedef struct matched {
    const char *matcher, *type, *sample;
} matched;

static const matched matched_as[] = {
    { "", "osp_str", "one" },
    { "int", "int64_t", "1" },
    { "uuid", "osp_uuid", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6" },
    { "slug", "osp_str", "one-two" },
    { "word", "osp_str", "one" },
    { "date", "osp_str", "2026-01-31" },
};

typedef struct param {
    osp_str name;       /* in the URL */
    const char *member; /* in the input */
    const char *type;
} param;

/* What the path of a route says. */
typedef struct route {
    osp_arena *arena;
    const char *dir;
    const osp_scan *scan; /* NULL: the application cannot be read */
    const char *pattern;  /* as folders write it */
    osp_buf url;          /* one that it answers */
    param params[PARAMS_MAX];
    size_t param_count;
    bool has_sample; /* `url` is one: false with a matcher of the application, and escapes */
} route;

static void look_around(route *r, const char *dir, osp_scan *scan)
{
    r->dir = dir;
    r->scan = osp_scan_app(r->arena, dir, scan, NULL) == OSP_OK ? scan : NULL;
}

static osp_status no_matcher(osp_str name, osp_error *err)
{
    osp_nearest nearest = { .word = name };
    for (size_t i = 1; i < OSP_ARRAY_LEN(matched_as); i++) {
        osp_nearest_try(&nearest, matched_as[i].matcher);
    }
    if (nearest.name != NULL) {
        return osp_error_set(err, OSP_E_INVALID, "there is no matcher \"%.*s\"; did you mean %s?",
                             OSP_ARG(name), nearest.name);
    }
    return osp_error_set(err, OSP_E_INVALID,
                         "there is no matcher \"%.*s\"; there are int, uuid, slug, word, date and "
                         "those that files below lib/ declare by OSP_MATCHER",
                         OSP_ARG(name));
}

static osp_status add_param(route *r, osp_str name, osp_str matcher, osp_error *err)
{
    const matched *as = NULL;
    for (size_t i = 0; i < OSP_ARRAY_LEN(matched_as); i++) {
        if (osp_str_equal(osp_str_from(matched_as[i].matcher), matcher)) {
            as = &matched_as[i];
        }
    }
    if (as == NULL && r->scan != NULL &&
        !osp_mentions_matcher(r->arena, r->dir, r->scan, matcher)) {
        return no_matcher(matcher, err);
    }
    if (r->param_count == PARAMS_MAX) {
        return osp_error_set(err, OSP_E_INVALID, "more than %d parameters", PARAMS_MAX);
    }
    char *member = osp_kit_string(r->arena, name);
    for (char *at = member; *at != '\0'; at++) {
        *at = *at == '-' ? '_' : *at;
    }
    if (is_reserved(member) || strcmp(member, "text") == 0) { /* or what a body has: write_input */
        member = osp_kit_format(r->arena, "%s_", member);
    }
    for (size_t i = 0; i < r->param_count; i++) {
        if (strcmp(r->params[i].member, member) == 0) {
            return osp_error_set(err, OSP_E_INVALID, "two parameters are called \"%s\"", member);
        }
    }
    r->params[r->param_count++] = (param){ name, member, as != NULL ? as->type : "osp_str" };
    r->has_sample &= as != NULL;
    osp_buf_str(&r->url, osp_str_from(as != NULL ? as->sample : ""));
    return OSP_OK;
}

/* What stands in a URL, a comment and a string of C as it is. */
static bool is_plain(osp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char byte = text.ptr[i];
        if (!is_lower(byte) && !is_upper(byte) && !is_digit(byte) &&
            (byte == '\0' || strchr("-._~@+,=()[]/", byte) == NULL)) {
            return false;
        }
    }
    return true;
}

static void add_text(route *r, osp_str text)
{
    r->has_sample &= is_plain(text); /* an escape stands for anything */
    osp_buf_str(&r->url, text);
}

static osp_status add_segment(route *r, const osp_segment *segment, osp_error *err)
{
    if (osp_segment_is_silent(segment)) {
        return OSP_OK;
    }
    osp_buf_byte(&r->url, '/');
    if (segment->kind == OSP_SEGMENT_STATIC) {
        add_text(r, segment->name);
        return OSP_OK;
    }
    if (segment->kind != OSP_SEGMENT_PATTERN) {
        return add_param(r, segment->name, OSP_STR(""), err);
    }
    for (size_t i = 0; i < segment->part_count; i++) {
        const osp_segment_part *part = &segment->parts[i];
        add_text(r, part->text);
        OSP_TRY(add_param(r, part->name, part->matcher, err));
    }
    add_text(r, segment->tail);
    return OSP_OK;
}

/* A path below routes/, as it is written in a URL with names in brackets.
 *
 * ret_folder  the same without slashes around it */
static osp_status read_path(route *r, const char *path, osp_str *ret_folder, osp_error *err)
{
    osp_str rest = osp_str_from(path);
    if (osp_str_starts_with(rest, OSP_STR("/"))) {
        rest = osp_str_skip(rest, 1);
    }
    if (rest.len > 0 && rest.ptr[rest.len - 1] == '/') {
        rest.len--;
    }
    *ret_folder = rest;
    if (rest.len > OSP_GENERATE_PATH_MAX || !is_plain(rest)) {
        return osp_error_set(
            err, OSP_E_INVALID,
            "\"%.70s\" is no path; it is one such as api/users/[id], of at most %d "
            "bytes",
            path, OSP_GENERATE_PATH_MAX);
    }
    r->pattern = osp_kit_format(r->arena, "/%.*s", OSP_ARG(rest));
    for (osp_str name; osp_str_take(&rest, '/', &name);) {
        osp_segment segment;
        if (name.len > 0 && (name.ptr[0] == '.' || name.ptr[0] == '_')) {
            return osp_error_set(err, OSP_E_INVALID,
                                 "%.*s: what begins with a dot or _ is no part of a URL",
                                 OSP_ARG(name));
        }
        if (osp_segment_parse(r->arena, name, path, &segment, err) != OSP_OK) {
            return OSP_E_INVALID;
        }
        OSP_TRY(add_segment(r, &segment, err));
    }
    if (r->url.len == 0) {
        osp_buf_byte(&r->url, '/');
    }
    return OSP_OK;
}

/* A method that `generate route` knows. */
typedef struct method {
    const char *name, *handler, *type; /* "erase", for delete is a word of C++ */
    int status;
    bool has_body, answers;
} method;

static const method methods[] = {
    { "GET", "get", "Get", 200, false, true },
    { "POST", "post", "Post", 201, true, true },
    { "PUT", "put", "Put", 200, true, true },
    { "PATCH", "patch", "Patch", 200, true, true },
    { "DELETE", "erase", "Erase", 204, false, false },
};

static osp_status read_methods(osp_arena *arena, const char *list, osp_kit_list *ret_methods,
                               osp_error *err)
{
    osp_str rest = osp_str_from(list), name;
    while (osp_str_take(&rest, ',', &name)) {
        const method *found = NULL;
        for (size_t i = 0; i < OSP_ARRAY_LEN(methods); i++) {
            found = osp_str_equal_nocase(osp_str_from(methods[i].name), name) ? &methods[i] : found;
        }
        for (size_t i = 0; i < ret_methods->count; i++) {
            found = ret_methods->items[i] == found ? NULL : found;
        }
        if (found == NULL) {
            return osp_error_set(
                err, OSP_E_INVALID,
                "\"%.20s\" is no list of methods; say some of GET, POST, PUT, PATCH "
                "and DELETE, each once, by commas (HEAD is answered by GET)",
                list);
        }
        osp_kit_push(arena, ret_methods, found);
    }
    return ret_methods->count > 0 ? OSP_OK
                                  : osp_error_set(err, OSP_E_INVALID, "say at least one method");
}

static bool has_input(const route *r, const method *m)
{
    return r->param_count > 0 || m->has_body;
}

/* "ApiUsersIdGetIn": the document of an application has one type of a name. */
static const char *type_name(const route *r, const method *m, const char *end)
{
    char *text = osp_kit_alloc(r->arena, strlen(r->pattern) + 1);
    size_t len = 0;
    bool begins = true;
    for (const char *at = r->pattern; *at != '\0'; at++) {
        const bool is_word = isalnum((unsigned char)*at) != 0;
        if (is_word) {
            text[len++] = begins ? upper(*at) : *at;
        }
        begins = !is_word;
    }
    return osp_kit_format(r->arena, "%s%.*s%s%s", isdigit((unsigned char)text[0]) ? "Url" : "",
                          (int)len, text, m->type, end);
}

static void write_input(const route *r, const method *m, osp_buf *out)
{
    const char *type = type_name(r, m, "In");
    osp_buf_printf(out, "\ntypedef struct %s {\n", type);
    for (size_t i = 0; i < r->param_count; i++) {
        osp_buf_printf(out, "    %s %s;\n", r->params[i].type, r->params[i].member);
    }
    osp_buf_printf(out, "%s} %s;\nOSP_TYPE(%s", m->has_body ? "    osp_str text;\n" : "", type,
                   type);
    for (size_t i = 0; i < r->param_count; i++) {
        const param *p = &r->params[i];
        osp_buf_printf(out, ", PATH(%s", p->member);
        if (!osp_str_equal(p->name, osp_str_from(p->member))) {
            osp_buf_printf(out, ", .name = \"%.*s\"", OSP_ARG(p->name));
        }
        osp_buf_str(out, OSP_STR(")"));
    }
    osp_buf_printf(out, "%s);\n",
                   m->has_body ? ", FIELD(text, .min_len = 1, .max_len = 1000)" : "");
}

static void write_handler(const route *r, const method *m, osp_buf *out)
{
    const char *in = has_input(r, m) ? type_name(r, m, "In") : "void";
    const char *answer = m->answers ? type_name(r, m, "Out") : "void";
    if (has_input(r, m)) {
        write_input(r, m, out);
    }
    if (m->answers) {
        osp_buf_printf(out,
                       "\ntypedef struct %s {\n    osp_str text;\n} %s;\n"
                       "OSP_TYPE(%s, FIELD(text));\n",
                       answer, answer, answer);
    }
    osp_buf_printf(out, "\nstatic osp_status %s(osp_ctx *ctx, const %s *in, %s *out)\n{\n",
                   m->handler, in, answer);
    if (m->answers) {
        osp_buf_printf(out, "    out->text = %s;\n", m->has_body ? "in->text" : "S(\"Hello\")");
    }
    osp_buf_printf(out, "    return OSP_OK;\n}\nOSP_ROUTE(%s, %s, %s, %s%s);\n", m->name,
                   m->handler, in, answer, m->status == 201 ? ", .status = 201" : "");
}

static void write_route_test(const route *r, const osp_kit_list *list, osp_buf *out)
{
    osp_buf_printf(out,
                   "/* The tests of %s */\n#include <openspeed/openspeed.h>\n"
                   "#include <openspeed/test.h>\n",
                   r->pattern);
    for (size_t i = 0; i < list->count; i++) {
        const method *m = list->items[i];
        const char *body = m->has_body ? ", .body = S(\"{\\\"text\\\":\\\"Hello\\\"}\")" : "";
        osp_buf_printf(out,
                       "\nOSP_TEST(%s_answers, \"%s %s answers %d\")\n{\n"
                       "    osp_test_response r = osp_test_request(app, \"%s\", \"%.*s\"%s);\n"
                       "    OSP_EXPECT_INT(r.status, %d);\n",
                       m->handler, m->name, r->pattern, m->status, m->name, (int)r->url.len,
                       r->url.ptr, body, m->status);
        if (m->answers) {
            osp_buf_str(out, OSP_STR("    OSP_EXPECT_STR(r.body, "
                                     "\"{\\\"text\\\":\\\"Hello\\\"}\");\n"));
        }
        osp_buf_str(out, OSP_STR("}\n"));
    }
}

static osp_status write_route_files(const route *r, const osp_generate_options *options,
                                    const char *folder, const osp_kit_list *list,
                                    osp_kit_list *files, osp_error *err)
{
    osp_buf text;
    osp_buf_init(&text, NULL, 0, OSP_BUILD_FILE_MAX);
    osp_buf_printf(&text, "/* %s */\n#include <openspeed/openspeed.h>\n", r->pattern);
    for (size_t i = 0; i < list->count; i++) {
        write_handler(r, list->items[i], &text);
    }
    OSP_TRY(
        put(r->arena, options, osp_kit_format(r->arena, "%s/route.c", folder), &text, files, err));
    if (!r->has_sample) { /* nobody here knows what the application's matcher takes */
        return OSP_OK;
    }
    osp_buf_init(&text, NULL, 0, OSP_BUILD_FILE_MAX);
    write_route_test(r, list, &text);
    return put(r->arena, options, osp_kit_format(r->arena, "%s/route_test.c", folder), &text, files,
               err);
}

static const char *folder_below_routes(osp_arena *arena, osp_str folder)
{
    return folder.len > 0 ? osp_kit_format(arena, "routes/%.*s", OSP_ARG(folder)) : "routes";
}

/* What is to be done before a route in a folder builds; NULL: nothing. */
static const char *advise(const route *r, const char *folder)
{
    const osp_denial denial = r->scan != NULL
                                  ? osp_mentions_denial(r->arena, r->dir, r->scan, folder)
                                  : (osp_denial){ .by = NULL };
    if (denial.by == NULL) {
        return NULL;
    }
    return denial.provider != NULL
               ? osp_kit_format(r->arena,
                                "%s denies by default: this builds when it needs who asks, such as "
                                ".needs = NEEDS(%s), or says .is_public = true",
                                denial.by, denial.provider)
               : osp_kit_format(r->arena,
                                "%s denies by default: this builds when it needs a provider with "
                                ".authenticates (openspeed generate provider NAME), or says "
                                ".is_public = true",
                                denial.by);
}

static osp_status write_route(osp_arena *arena, const osp_generate_options *options,
                              osp_generated *ret, osp_error *err)
{
    osp_scan scan;
    route r = { .arena = arena, .has_sample = true };
    look_around(&r, options->dir, &scan);
    osp_kit_list list = { 0 };
    osp_str folder;
    osp_buf_init(&r.url, NULL, 0, OSP_BUILD_FILE_MAX);
    osp_status status = read_path(&r, options->name, &folder, err);
    if (status == OSP_OK) {
        status =
            read_methods(arena, options->methods != NULL ? options->methods : "GET", &list, err);
    }
    if (status == OSP_OK) {
        const char *where = folder_below_routes(arena, folder);
        status = write_route_files(&r, options, where, &list, &ret->files, err);
        ret->advice = advise(&r, where);
    }
    osp_buf_done(&r.url);
    return status;
}

/* ---------------------------------------------------------------- pages */

static const method shown = { "GET", "load", "Page", 200, false, true };

/* Whether a page in a folder, "routes/blog", has a layout around it. */
static bool has_layout(const route *r, const char *folder)
{
    const osp_str in = osp_str_from(folder);
    for (size_t i = 0; r->scan != NULL && i < r->scan->templates.count; i++) {
        const char *file = r->scan->templates.items[i], *name = strrchr(file, '/') + 1;
        const osp_str around = { file, (size_t)(name - 1 - file) };
        if (strncmp(name, "layout", 6) == 0 && osp_str_starts_with(in, around) &&
            (in.len == around.len || in.ptr[around.len] == '/')) {
            return true;
        }
    }
    return false;
}

/* The last word of a path, for people: "Users", or "Home". */
static const char *heading_of(const route *r)
{
    const char *name = strrchr(r->pattern, '/') + 1;
    char *heading = osp_kit_format(r->arena, "%s", name);
    size_t len = 0;
    for (; *name != '\0' && *name != '='; name++) { /* "[id=int]" is "Id" */
        if (isalnum((unsigned char)*name) != 0) {
            heading[len] = len == 0 ? upper(*name) : *name;
            len++;
        } else if (len > 0 && (*name == '-' || *name == '_')) {
            heading[len++] = ' ';
        }
    }
    heading[len] = '\0';
    return len > 0 ? heading : "Home";
}

static void write_page_template(const route *r, bool within, osp_buf *out)
{
    const char *heading = heading_of(r);
    osp_buf_printf(out,
                   within ? "{{#head}}<title>%s</title>{{/head}}\n"
                          : "<!doctype html>\n<html lang=\"en\">\n<head>\n"
                            "<meta charset=\"utf-8\">\n"
                            "<meta name=\"viewport\" content=\"width=device-width\">\n"
                            "<title>%s</title>\n</head>\n<body>\n",
                   heading);
    osp_buf_printf(out, "<h1>%s</h1>\n<p>{{text}}</p>\n%s", heading,
                   within ? "" : "</body>\n</html>\n");
}

static void write_page_source(const route *r, osp_buf *out)
{
    const char *in = r->param_count > 0 ? type_name(r, &shown, "In") : "void";
    const char *view = type_name(r, &shown, "View");
    osp_buf_printf(out, "/* Fills the page %s. */\n#include <openspeed/openspeed.h>\n", r->pattern);
    if (r->param_count > 0) {
        write_input(r, &shown, out);
    }
    osp_buf_printf(
        out,
        "\n/* What page.html can name. */\ntypedef struct %s {\n    osp_str text;\n} %s;\n"
        "OSP_TYPE(%s, FIELD(text));\n\n"
        "static osp_status load(osp_ctx *ctx, const %s *in, %s *out)\n{\n"
        "    out->text = S(\"Hello\");\n    return OSP_OK;\n}\n"
        "OSP_PAGE(load, %s, %s);\n",
        view, view, view, in, view, in, view);
}

static void write_page_test(const route *r, osp_buf *out)
{
    osp_buf_printf(out,
                   "/* The tests of the page %s */\n#include <openspeed/openspeed.h>\n"
                   "#include <openspeed/test.h>\n\n"
                   "OSP_TEST(is_shown, \"%s is a page\")\n{\n"
                   "    osp_test_response r = osp_test_request(app, \"GET\", \"%.*s\");\n"
                   "    OSP_EXPECT_INT(r.status, 200);\n"
                   "    OSP_EXPECT_STR(r.media_type, \"text/html; charset=utf-8\");\n"
                   "    OSP_EXPECT_IN(r.body, \"<p>Hello</p>\");\n}\n",
                   r->pattern, r->pattern, (int)r->url.len, r->url.ptr);
}

static osp_status write_page_files(const route *r, const osp_generate_options *options,
                                   const char *folder, osp_kit_list *files, osp_error *err)
{
    osp_buf text;
    osp_buf_init(&text, NULL, 0, OSP_BUILD_FILE_MAX);
    write_page_template(r, has_layout(r, folder), &text);
    OSP_TRY(put(r->arena, options, osp_kit_format(r->arena, "%s/page.html", folder), &text, files,
                err));
    osp_buf_init(&text, NULL, 0, OSP_BUILD_FILE_MAX);
    write_page_source(r, &text);
    OSP_TRY(
        put(r->arena, options, osp_kit_format(r->arena, "%s/page.c", folder), &text, files, err));
    if (!r->has_sample) { /* as for a route */
        return OSP_OK;
    }
    osp_buf_init(&text, NULL, 0, OSP_BUILD_FILE_MAX);
    write_page_test(r, &text);
    return put(r->arena, options, osp_kit_format(r->arena, "%s/page_test.c", folder), &text, files,
               err);
}

static osp_status write_page(osp_arena *arena, const osp_generate_options *options,
                             osp_generated *ret, osp_error *err)
{
    osp_scan scan;
    route r = { .arena = arena, .has_sample = true };
    osp_str folder;
    look_around(&r, options->dir, &scan);
    osp_buf_init(&r.url, NULL, 0, OSP_BUILD_FILE_MAX);
    osp_status status = read_path(&r, options->name, &folder, err);
    if (status == OSP_OK) {
        const char *where = folder_below_routes(arena, folder);
        status = write_page_files(&r, options, where, &ret->files, err);
        ret->advice = advise(&r, where);
    }
    osp_buf_done(&r.url);
    return status;
}

/* Whether a page is at or below a folder, "routes/blog". */
static bool has_pages(const route *r, const char *folder)
{
    const osp_str around = osp_str_from(folder);
    for (size_t i = 0; r->scan != NULL && i < r->scan->templates.count; i++) {
        const char *file = r->scan->templates.items[i], *name = strrchr(file, '/') + 1;
        if (osp_str_starts_with(osp_str_from(file), around) && file[around.len] == '/' &&
            strncmp(name, "page", 4) == 0) {
            return true;
        }
    }
    return false;
}

/* The folder of a name of which nothing but that is wanted. */
static osp_status read_folder(route *r, const char *name, osp_str *ret_folder, osp_error *err)
{
    osp_buf_init(&r->url, NULL, 0, OSP_BUILD_FILE_MAX);
    const osp_status status = read_path(r, name, ret_folder, err);
    osp_buf_done(&r->url);
    return status;
}

static osp_status write_layout(osp_arena *arena, const osp_generate_options *options,
                               osp_generated *ret, osp_error *err)
{
    osp_scan scan;
    route r = { .arena = arena };
    osp_str folder;
    osp_buf text;
    look_around(&r, options->dir, &scan);
    OSP_TRY(read_folder(&r, options->name, &folder, err));
    const char *where = folder_below_routes(arena, folder);
    osp_buf_init(&text, NULL, 0, OSP_BUILD_FILE_MAX);
    osp_buf_str(&text, has_layout(&r, where)
                           ? OSP_STR("<section>\n{{outlet}}\n</section>\n")
                           : OSP_STR("<!doctype html>\n<html lang=\"en\">\n<head>\n"
                                     "<meta charset=\"utf-8\">\n"
                                     "<meta name=\"viewport\" content=\"width=device-width\">\n"
                                     "{{head}}\n</head>\n<body>\n<main>\n{{outlet}}\n"
                                     "</main>\n</body>\n</html>\n"));
    OSP_TRY(put(arena, options, osp_kit_format(arena, "%s/layout.html", where), &text, &ret->files,
                err));
    ret->advice =
        has_pages(&r, where)
            ? NULL
            : osp_kit_format(arena,
                             "this builds when there is a page at or below %s/: openspeed "
                             "generate page %s",
                             where, folder.len > 0 ? options->name : "/");
    return OSP_OK;
}

/* ---------------------------------------------------------------- middleware */

static osp_status write_middleware(osp_arena *arena, const osp_generate_options *options,
                                   osp_generated *ret, osp_error *err)
{
    osp_scan scan;
    route r = { .arena = arena };
    osp_str folder;
    osp_buf text;
    look_around(&r, options->dir, &scan);
    OSP_TRY(read_folder(&r, options->name, &folder, err));
    osp_buf_init(&text, NULL, 0, OSP_BUILD_FILE_MAX);
    osp_buf_printf(&text,
                   "/* Wraps %s and all below it. */\n#include <openspeed/openspeed.h>\n\n"
                   "static osp_status wrap(osp_ctx *ctx, osp_next *next)\n{\n"
                   "    /* Before: osp_fail here answers in place of what is wrapped. */\n"
                   "    OSP_TRY(osp_run(ctx, next));\n"
                   "    /* Behind: there is an answer, and its fields can be set. */\n"
                   "    return osp_set_header(ctx, S(\"Cache-Control\"), S(\"no-store\"));\n}\n"
                   "OSP_MIDDLEWARE(wrap);\n",
                   r.pattern);
    return put(arena, options,
               osp_kit_format(arena, "%s/middleware.c", folder_below_routes(arena, folder)), &text,
               &ret->files, err);
}

const osp_generate_kind osp_generate_kinds[] = {
    { "route", write_route },
    { "page", write_page },
    { "layout", write_layout },
    { "middleware", write_middleware },
    { "provider", write_provider },
    { "type", write_type },
    { NULL, NULL },
};
