/* Templates at their limits and one past them, with what is broken in them, and without memory. */
#include "template/template.h"

#include <openspeed/template.h>

#include "base/task.h"
#include "template/template_impl.h"
#include "tests/unit/unit.h"

typedef struct LimitView {
    osp_str x;
    osp_str_list list;
    struct LimitView *next;
    bool yes;
} LimitView;
OSP_FORWARD_TYPE(LimitView);
OSP_TYPE(LimitView, FIELD(x), LIST(list, osp_str), MAYBE(next, LimitView), FIELD(yes));

static osp_str partial_text;

static osp_status find_partial(void *arg, const char *file, osp_str name,
                               osp_template_text *ret_text)
{
    (void)arg, (void)file, (void)name;
    *ret_text = (osp_template_text){ "_p.html", partial_text };
    return OSP_OK;
}

/* The status, and how many mistakes were told; the first of them into `words` of 256 bytes. */
static osp_status compiled(osp_str text, size_t bytes_max, size_t *ret_count, char *words)
{
    static const osp_template_scope scope = { NULL, &osp_type_LimitView };
    const osp_template_options options = { .scopes = &scope,
                                           .scope_count = 1,
                                           .partial = find_partial,
                                           .layout = true,
                                           .may_head = true };
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, bytes_max);
    osp_template_complaints said = { .count = 0 };
    osp_buf_init(&said.said, NULL, 0, 1 << 20);
    const osp_template *template = NULL;
    const osp_template_text source = { "t", text };
    const osp_status status = osp_template_compile(&arena, source, &options, &said, &template);
    OSP_CHECK((status == OSP_OK) == (template != NULL));
    OSP_CHECK(status != OSP_OK || said.count == 0);
    if (ret_count != NULL) {
        *ret_count = said.count;
    }
    if (words != NULL) {
        const char *begin =
            said.said.len > 0 ? memmem(said.said.ptr, said.said.len, "error: ", 7) : NULL;
        const char *end = begin != NULL ? strchr(begin, '\n') : NULL;
        (void)snprintf(words, 256, "%.*s", end != NULL ? (int)(end - begin - 7) : 0,
                       begin != NULL ? begin + 7 : "");
    }
    osp_buf_done(&said.said);
    osp_arena_done(&arena);
    return status;
}

/* `count` times a text, between two others. */
static osp_str repeated(const char *front, const char *text, size_t count, const char *back)
{
    const size_t len = strlen(front) + strlen(text) * count + strlen(back);
    char *made = malloc(len + 1), *at = made;
    OSP_CHECK(made != NULL);
    at = stpcpy(at, front);
    for (size_t i = 0; i < count; i++) {
        at = stpcpy(at, text);
    }
    (void)stpcpy(at, back);
    return (osp_str){ made, len };
}

/* `count` of one thing are good, one more is not, and the reason begins so. */
static void check_limit(const char *front, const char *text, const char *between, const char *back,
                        const char *end, size_t count, const char *why)
{
    for (size_t more = 0; more < 2; more++) {
        char words[256];
        const osp_str opened = repeated(front, text, count + more, between);
        const osp_str all = repeated(opened.ptr, back, count + more, end);
        const osp_status status = compiled(all, SIZE_MAX, NULL, words);
        if (status != (more == 0 ? OSP_OK : OSP_E_INVALID)) {
            fprintf(stderr, "%zu of %s: %d, %s\n", count + more, text, status, words);
            exit(1);
        }
        OSP_CHECK(more == 0 || osp_str_starts_with(osp_str_from(words), osp_str_from(why)));
        free((char *)(uintptr_t)opened.ptr);
        free((char *)(uintptr_t)all.ptr);
    }
}

OSP_UNIT_TEST(template_limits, "what may be large ends at its limit")
{
    partial_text = S("");
    check_limit("", "{{#if yes}}", "", "{{/if}}", "", OSP_TEMPLATE_DEPTH_MAX, "too many blocks");
    check_limit("{{", "(", "x", ")", "}}", OSP_TEMPLATE_DEPTH_MAX, "too many parentheses");
    check_limit("{{#if yes", " or yes", "}}{{/if}}", "", "", OSP_TEMPLATE_TERMS_MAX / 2 - 1,
                "the expression is too long");
    check_limit("{{x", " | upper", "}}", "", "", OSP_TEMPLATE_TERMS_MAX - 1,
                "the expression is too long");
    check_limit("{{next", ".next", ".x}}", "", "", OSP_TEMPLATE_DEPTH_MAX - 2,
                "the path is too long");
    check_limit("{{#head}}", "<link rel=a>", "{{/head}}", "", "", OSP_TEMPLATE_HEADS_MAX,
                "too many elements in {{#head}}");
    check_limit("", "{{x}}", "", "", "", OSP_TEMPLATE_OPS_MAX - 1,
                "with its partials the template");
    check_limit("", "{{#head}}", "", "{{/head}}", "", 1, "{{#head}} stands outside");
    check_limit("<script>`", "${`", "", "`}", "`</script>", OSP_CONTEXT_NESTING_MAX,
                "too many template literals");
}

OSP_UNIT_TEST(template_slots_limit, "a layout has so many slots")
{
    for (size_t more = 0; more < 2; more++) {
        char text[1024], words[256];
        size_t len = 0;
        for (size_t i = 0; i < OSP_TEMPLATE_SLOTS_MAX + more; i++) {
            len += (size_t)snprintf(text + len, sizeof(text) - len, "{{outlet @s%zu}}", i);
        }
        const osp_status status = compiled((osp_str){ text, len }, SIZE_MAX, NULL, words);
        OSP_CHECK(status == (more == 0 ? OSP_OK : OSP_E_INVALID));
        OSP_CHECK_STR(osp_str_from(words), osp_str_from(more == 0 ? "" : "too many slots"));
    }
}

OSP_UNIT_TEST(template_registers_limit, "so many values that are made are named at once")
{
    for (size_t more = 0; more < 2; more++) {
        char text[4096], names[1024], words[256];
        size_t len = (size_t)snprintf(text, sizeof(text), "{{> p"), names_len = 0;
        for (size_t i = 0; i < OSP_TEMPLATE_REGISTERS_MAX - 1 /* the view */ + more; i++) {
            len += (size_t)snprintf(text + len, sizeof(text) - len, " a%zu=(x | upper)", i);
            names_len +=
                (size_t)snprintf(names + names_len, sizeof(names) - names_len, "{{a%zu}}", i);
        }
        len += (size_t)snprintf(text + len, sizeof(text) - len, "}}");
        partial_text = (osp_str){ names, names_len };
        const osp_status status = compiled((osp_str){ text, len }, SIZE_MAX, NULL, words);
        OSP_CHECK(status == (more == 0 ? OSP_OK : OSP_E_INVALID));
        OSP_CHECK_STR(osp_str_from(words),
                      osp_str_from(more == 0 ? "" : "too many values are named at once here"));
    }
}

OSP_UNIT_TEST(template_size_limit, "a text has so many bytes")
{
    const osp_str most = repeated("", "a", OSP_TEMPLATE_SIZE_MAX, "");
    OSP_CHECK(compiled(most, SIZE_MAX, NULL, NULL) == OSP_OK);
    free((char *)(uintptr_t)most.ptr);
    const osp_str more = repeated("", "a", OSP_TEMPLATE_SIZE_MAX + 1, "");
    OSP_CHECK(compiled(more, SIZE_MAX, NULL, NULL) == OSP_E_LIMIT);
    free((char *)(uintptr_t)more.ptr);
}

OSP_UNIT_TEST(template_complaints_limit, "so many mistakes are told in one go")
{
    size_t count = 0;
    const osp_str text = repeated("", "{{a}}\n", OSP_TEMPLATE_COMPLAINTS_MAX + 1, "");
    OSP_CHECK(compiled(text, SIZE_MAX, &count, NULL) == OSP_E_INVALID);
    OSP_CHECK(count == OSP_TEMPLATE_COMPLAINTS_MAX);
    free((char *)(uintptr_t)text.ptr);
}

/* Each text by its name alone: a partial that calls another twice, and so on, would never end. */
static osp_status doubling(void *arg, const char *file, osp_str name, osp_template_text *ret_text)
{
    (void)arg, (void)file;
    static char texts[26][64];
    const size_t which = (size_t)(name.ptr[0] - 'a');
    const char next = (char)(name.ptr[0] + 1);
    (void)snprintf(texts[which], sizeof(texts[which]), which == 25 ? "" : "{{> %c}}{{> %c}}", next,
                   next);
    *ret_text = (osp_template_text){ "_p.html", osp_str_from(texts[which]) };
    return OSP_OK;
}

OSP_UNIT_TEST(template_work_limit, "partials that double each other end")
{
    const osp_template_options options = { .partial = doubling };
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 1 << 28);
    osp_template_complaints said = { .count = 0 };
    osp_buf_init(&said.said, NULL, 0, 1 << 20);
    const osp_template *template = NULL;
    const osp_template_text source = { "t", S("{{> a}}") };
    OSP_CHECK(osp_template_compile(&arena, source, &options, &said, &template) == OSP_E_INVALID);
    OSP_CHECK(memmem(said.said.ptr, said.said.len, "becomes too large", 17) != NULL);
    osp_buf_done(&said.said);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(template_broken, "what is broken is told where it is")
{
    static const struct {
        const char *text, *want;
        size_t count;
    } cases[] = {
        { "{{x", "the tag does not end; }} is missing", 1 },
        { "{{! x", "the comment does not end", 1 },
        { "{{#if yes}}", "this block does not end; {{/if}} is missing", 1 },
        { "{{/if}}", "no block is open that this could end", 1 },
        { "{{#each list}}{{/if}}{{/each}}",
          "the block that is open here is #each: it ends with "
          "{{/each}}",
          2 },
        { "{{else}}", "no block is open that has an else here", 1 },
        { "{{#each list}}{{else if x}}{{/each}}", "{{else if}} belongs to #if alone", 1 },
        { "{{#unless x}}", "there is no block #unless; there are #if, #each, #with and #head", 1 },
        { "{{#if yes}}{{elseif x}}{{/if}}", "say {{else if ...}}", 1 },
        { "{{for x}}", "say {{#each ... as ...}}", 1 },
        { "{{}}", "a name or a value is missing here", 1 },
        { "{{\"a}}", "the text does not end", 1 },
        { "{{1a}}", "this is no number that can be read", 1 },
        { "{{x.}}", "a name is missing here", 1 },
        { "{{x |}}", "the name of a filter is missing here", 1 },
        { "{{#if x = 1}}{{/if}}",
          "this is not understood here; a filter stands behind a |, and an "
          "expression with one in parentheses",
          1 },
        { "{{#if !x}}{{/if}}", "say \"not\" for !", 1 },
        { "{{#if x || yes}}{{/if}}", "say \"or\" for ||", 1 },
        { "{{../x}}", "names of enclosing blocks are known by themselves: leave \"../\" out", 1 },
        { "{{.}}", "a name begins without \".\"; the item itself is \"this\"", 1 },
        { "{{this}}", "\"this\" is the item of an #each or the object of a #with", 1 },
        { "{{@index}}", "@index is known within an #each alone", 1 },
        { "{{#each list}}{{@key}}{{/each}}", "@key is known within an #each of a map alone", 1 },
        { "{{@other}}", "there is no @other; there are @index, @first, @last, @length and @key",
          1 },
        { "{{> }}", "the name of a partial is missing", 1 },
        { "{{> p x}}", "what a partial is given is written NAME=VALUE", 1 },
        { "{{#with x as}}{{/with}}", "a name is missing behind \"as\"", 1 },
        { "{{(x}}", "this parenthesis is not closed", 1 },
        { "{{null}}", "null can only be compared with, by == and !=", 1 },
        { "{{outlet}}{{outlet}}", "the layout has an {{outlet}} already", 1 },
        { "{{outlet @a}}{{outlet @a}}", "this slot has an outlet already", 1 },
        { "{{outlet @}}", "the name of the slot is missing", 1 },
        { "<p title=\"{{outlet}}\">",
          "this stands between tags alone, and here is an attribute in "
          "quotes",
          1 },
        { "{{#head}}<p>{{/head}}",
          "in {{#head}} stand title, meta, link, base, script, style, "
          "noscript and template",
          1 },
        { "{{#head}}<title>a{{/head}}", "an element of the {{#head}} does not end", 1 },
        { "{{#head}}{{x}}{{/head}}", "a value of the head stands in an element of it", 1 },
        { "{{a}}{{b}}{{c}}", "there is no \"a\" here", 3 },
    };
    partial_text = S("");
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        char words[256];
        size_t count = 0;
        OSP_CHECK(compiled(osp_str_from(cases[i].text), SIZE_MAX, &count, words) == OSP_E_INVALID);
        OSP_CHECK_STR(osp_str_from(words), osp_str_from(cases[i].want));
        OSP_CHECK(count == cases[i].count);
    }
}

OSP_UNIT_TEST(template_without_memory, "a template that finds no memory says so")
{
    static const char text[] =
        "{{#head}}<title>{{x}}</title>{{/head}}<p title={{x | upper}}>{{#each list as l}}{{l}}"
        "{{#if @first and yes}}{{> p x=(l | lower) y=x}}{{/if}}{{else}}-{{/each}}"
        "{{#with next}}{{x | default \"a\\n\"}}{{/with}}{{outlet}}{{outlet @a}}</p>";
    partial_text = S("{{x}}{{y}}");
    osp_status status = OSP_E_NOMEM;
    for (size_t bytes = 0; status != OSP_OK; bytes += 64) {
        OSP_CHECK(bytes < 1 << 20);
        char words[256];
        status = compiled(osp_str_from(text), bytes, NULL, words);
        OSP_CHECK(status != OSP_OK || words[0] == '\0');
        OSP_CHECK(status == OSP_OK || status == OSP_E_NOMEM);
    }
}
