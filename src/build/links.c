/* Writes a function for each URL, before anything is compiled: names of folders tell all of it.
 *
 *     routes/(shop)/v[major=int]/[...path]/route.c
 *
 *     name    osp_url_v_major_path      runs of letters, digits and '_'; groups left out
 *     text    "/v\1/\2"
 *     values  int64_t major, osp_str path
 *
 * That two URLs come to one name, as /a-b and /a_b do, is no mistake by itself: a URL may not be
 * free to change.  So only who calls such a function is told, by the compiler. */
#include "build/links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/table.h"

typedef struct value {
    osp_str name;               /* as in the folder */
    const char *type, *convert; /* convert: NULL: it is text */
} value;

typedef struct function {
    const osp_trie_leaf *leaf;
    osp_link link;
    value values[OSP_PATH_PARAMS_MAX];
    size_t count;
} function;

typedef struct writing {
    function *function;
    osp_buf name, text;
    bool joint; /* the name has ended a word */
} writing;

static bool is_word(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_';
}

/* The words of a text, each behind a '_'. */
static void add_words(writing *w, osp_str text)
{
    w->joint = true;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_word(text.ptr[i])) {
            w->joint = true;
            continue;
        }
        if (w->joint) {
            osp_buf_byte(&w->name, '_');
        }
        osp_buf_byte(&w->name, text.ptr[i]);
        w->joint = false;
    }
}

static void add_value(writing *w, osp_str name, osp_str matcher, char mark)
{
    static const struct {
        const char *matcher, *type, *convert;
    } types[] = { { "int", "int64_t", "osp_link_int" },
                  { "uuid", "osp_uuid", "osp_link_uuid" },
                  { "date", "osp_date", "osp_link_date" } };
    OSP_ASSERT(w->function->count < OSP_PATH_PARAMS_MAX);
    value *added = &w->function->values[w->function->count++];
    *added = (value){ name, "osp_str", NULL };
    for (size_t i = 0; i < OSP_ARRAY_LEN(types); i++) {
        if (osp_str_equal(matcher, osp_str_from(types[i].matcher))) {
            added->type = types[i].type;
            added->convert = types[i].convert;
        }
    }
    add_words(w, name);
    osp_buf_byte(&w->text, mark);
}

static void add_segment(writing *w, const osp_segment *segment)
{
    if (osp_segment_is_silent(segment)) {
        return;
    }
    if (segment->kind != OSP_SEGMENT_ANY) {
        osp_buf_byte(&w->text, '/');
    }
    switch (segment->kind) {
    case OSP_SEGMENT_STATIC:
        add_words(w, segment->name);
        osp_buf_str(&w->text, segment->name);
        return;
    case OSP_SEGMENT_PATTERN:
        for (size_t i = 0; i < segment->part_count; i++) {
            const osp_segment_part *part = &segment->parts[i];
            add_words(w, part->text);
            osp_buf_str(&w->text, part->text);
            add_value(w, part->name, part->matcher, OSP_LINK_VALUE);
        }
        add_words(w, segment->tail);
        osp_buf_str(&w->text, segment->tail);
        return;
    default:
        add_value(w, segment->name, OSP_STR(""),
                  segment->kind == OSP_SEGMENT_PARAM  ? OSP_LINK_VALUE
                  : segment->kind == OSP_SEGMENT_REST ? OSP_LINK_REST
                                                      : OSP_LINK_OPTIONAL);
    }
}

static void read_function(osp_arena *arena, const osp_trie_leaf *leaf, function *ret)
{
    *ret = (function){ .leaf = leaf };
    writing w = { .function = ret };
    osp_buf_init(&w.name, NULL, 0, OSP_BUILD_FILE_MAX);
    osp_buf_init(&w.text, NULL, 0, OSP_BUILD_FILE_MAX);
    osp_buf_str(&w.name, OSP_STR("osp_url"));
    const char *at = strchr(leaf->file, '/') + 1;
    for (const char *slash; (slash = strchr(at, '/')) != NULL; at = slash + 1) {
        osp_segment segment;
        osp_error err = { 0 };
        const osp_status status = osp_segment_parse(arena, (osp_str){ at, (size_t)(slash - at) },
                                                    leaf->file, &segment, &err);
        OSP_ASSERT(status == OSP_OK); /* or it would be no leaf */
        add_segment(&w, &segment);
    }
    if (w.text.len == 0) {
        osp_buf_byte(&w.text, '/');
    }
    ret->link = (osp_link){ .name = osp_kit_take(arena, &w.name),
                            .file = leaf->file,
                            .text = osp_kit_take(arena, &w.text) };
    if (leaf->hosts != NULL) {
        const int len = (int)strcspn(leaf->hosts, ",");
        ret->link.host = osp_kit_format(arena, "%.*s", len, leaf->hosts);
    }
}

osp_link osp_links_of(osp_arena *arena, const osp_trie_leaf *leaf)
{
    function one;
    read_function(arena, leaf, &one);
    return one.link;
}

/* ---------------------------------------------------------------- as C */

/* What a parameter of a function cannot be called: words of C, names that compilers define, and
 * what stands in the function itself. */
static bool is_taken(osp_str name)
{
    static const char words[] =
        " auto break case char const continue default do double else enum extern float for goto if "
        "inline int long register restrict return short signed sizeof static struct switch typedef "
        "union unsigned void volatile while asm typeof bool true false linux unix ctx link values "
        "NULL errno I osp_str osp_ctx osp_uuid osp_date int64_t ";
    char word[OSP_SEGMENT_NAME_MAX + 3];
    const int len = snprintf(word, sizeof word, " %.*s ", OSP_ARG(name));
    OSP_ASSERT(len > 0 && (size_t)len < sizeof word);
    return strstr(words, word) != NULL;
}

/* The name of a parameter as one of C, which no other of the function has. */
static const char *name_of(osp_arena *arena, const function *of, size_t index)
{
    char *name = osp_kit_string(arena, of->values[index].name);
    bool taken = is_taken(of->values[index].name);
    for (char *at = name; *at != '\0'; at++) {
        *at = is_word(*at) ? *at : '_';
    }
    for (size_t i = 0; i < index; i++) {
        taken |= strcmp(name_of(arena, of, i), name) == 0; /* 16 of them at most */
    }
    return taken ? osp_kit_format(arena, "%s_%zu", name, index + 1) : name;
}

static void write_function(osp_arena *arena, const function *of, osp_buf *out)
{
    osp_buf_printf(out, "\n/* %s */\nstatic inline __attribute__((unused)) osp_str %s(osp_ctx *ctx",
                   of->leaf->file, of->link.name);
    for (size_t i = 0; i < of->count; i++) {
        osp_buf_printf(out, ", %s %s", of->values[i].type, name_of(arena, of, i));
    }
    osp_buf_str(out, OSP_STR(")\n{\n    static const osp_link link = { "));
    osp_table_literal(out, osp_str_from(of->link.name));
    osp_buf_str(out, OSP_STR(", "));
    osp_table_literal(out, osp_str_from(of->link.file));
    osp_buf_str(out, OSP_STR(", "));
    osp_table_literal(out, osp_str_from(of->link.text));
    if (of->link.host != NULL) {
        osp_buf_str(out, OSP_STR(", "));
        osp_table_literal(out, osp_str_from(of->link.host));
    }
    osp_buf_str(out, OSP_STR(" };\n"));
    if (of->count > 0) {
        osp_buf_str(out, OSP_STR("    const osp_str values[] = { "));
        for (size_t i = 0; i < of->count; i++) {
            const char *name = name_of(arena, of, i), *convert = of->values[i].convert;
            if (convert != NULL) {
                osp_buf_printf(out, "%s(ctx, %s), ", convert, name);
            } else {
                osp_buf_printf(out, "%s, ", name);
            }
        }
        osp_buf_str(out, OSP_STR("};\n"));
    }
    osp_buf_printf(out, "    return osp_link_make(ctx, &link, %s);\n}\n",
                   of->count > 0 ? "values" : "NULL");
}

/* A function that nobody can call, once for its name. */
static void write_refusal(const function *of, const function *other, osp_buf *out)
{
    osp_buf_printf(out, "\nosp_str %s(osp_ctx *ctx, ...)\n    __attribute__((error(",
                   of->link.name);
    osp_table_literal(out, osp_str_from("it would be the URL of "));
    osp_buf_byte(out, ' ');
    osp_table_literal(out, osp_str_from(of->leaf->file));
    osp_buf_str(out, OSP_STR(" \" and of \" "));
    osp_table_literal(out, osp_str_from(other->leaf->file));
    osp_buf_str(out, OSP_STR(" \"; rename a parameter\")));\n"));
}

static int by_name(const void *a, const void *b)
{
    const function *one = *(const function *const *)a, *other = *(const function *const *)b;
    const int order = strcmp(one->link.name, other->link.name);
    return order != 0 ? order : strcmp(one->leaf->file, other->leaf->file);
}

void osp_links_write(osp_arena *arena, const osp_trie *trie, osp_buf *out)
{
    osp_kit_list functions = { 0 };
    for (size_t i = 0; i < trie->leaves.count; i++) {
        const osp_trie_leaf *leaf = trie->leaves.items[i];
        if (leaf->asset == NULL && leaf->unit == NULL) {
            function *one = osp_kit_alloc(arena, sizeof(*one));
            read_function(arena, leaf, one);
            osp_kit_push(arena, &functions, one);
        }
    }
    osp_kit_sort(&functions, by_name);
    osp_buf_str(out, OSP_STR("/* Generated by openspeed build from the folders below routes/: "
                             "<openspeed/link.h>. */\n#ifndef OPENSPEED_URLS_H\n"
                             "#define OPENSPEED_URLS_H\n\n#include <openspeed/openspeed.h>\n\n"
                             "#pragma GCC system_header\n"));
    for (size_t i = 0; i < functions.count; i++) {
        const function *one = functions.items[i];
        const function *before = i > 0 ? functions.items[i - 1] : NULL;
        const function *next = i + 1 < functions.count ? functions.items[i + 1] : NULL;
        if (before != NULL && strcmp(before->link.name, one->link.name) == 0) {
            continue;
        }
        if (next != NULL && strcmp(next->link.name, one->link.name) == 0) {
            write_refusal(one, next, out);
        } else {
            write_function(arena, one, out);
        }
    }
    osp_buf_str(out, OSP_STR("\n#endif\n"));
}
