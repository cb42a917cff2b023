/* Filters: those of the language, and an application's own. */
#include "template/template.h"

#include <openspeed/template.h>

#include "base/task.h"
#include "tests/unit/unit.h"

typedef enum FilterColor { FILTER_RED, FILTER_BLUE } FilterColor;
OSP_ENUM(FilterColor, (FILTER_RED, "red"), (FILTER_BLUE, "blue"));

typedef struct FilterInner {
    int64_t n;
    osp_str secret;
} FilterInner;
OSP_TYPE(FilterInner, FIELD(n), FIELD(secret, .secret = true));

typedef struct FilterView {
    osp_str text, empty;
    int64_t one, many;
    int32_t small;
    double real;
    osp_decimal price, nothing;
    osp_time time;
    osp_date day;
    osp_opt_str none;
    osp_opt_str some;
    int64_t_list numbers;
    FilterInner inner;
    FilterColor color;
    bool truth;
} FilterView;
OSP_TYPE(FilterView, FIELD(text), FIELD(empty), FIELD(one), FIELD(many), FIELD(small), FIELD(real),
         FIELD(price), FIELD(nothing), FIELD(time), FIELD(day), FIELD(none), FIELD(some),
         LIST(numbers, int64_t), OBJECT(inner, FilterInner), ENUM(color, FilterColor),
         FIELD(truth));

static osp_status twice(osp_task *task, const osp_str *in, osp_str *out)
{
    *out = osp_format(task, "%.*s%.*s", OSP_ARG(*in), OSP_ARG(*in));
    return out->ptr != NULL ? OSP_OK : OSP_E_NOMEM;
}
OSP_FILTER(twice, osp_str, osp_str);

static osp_status bold(osp_task *task, const osp_str *in, const bool *strong, osp_markup *out)
{
    const char *tag = *strong ? "strong" : "b";
    out->text = osp_format(task, "<%s>%zu</%s>", tag, in->len, tag);
    return out->text.ptr != NULL ? OSP_OK : OSP_E_NOMEM;
}
OSP_FILTER(bold, osp_str, osp_markup, bool);

static osp_status scaled(osp_task *task, const double *in, const int64_t *by, const int64_t *plus,
                         double *out)
{
    (void)task;
    *out = *in * (double)*by + (double)*plus;
    return OSP_OK;
}
OSP_FILTER(scaled, double, double, int64_t, int64_t);

static osp_status inner_n(osp_task *task, const FilterInner *in, int64_t *out)
{
    (void)task;
    *out = in->n;
    return in->n == 13 ? OSP_E_INVALID : OSP_OK;
}
OSP_FILTER(inner_n, FilterInner, int64_t);

static const osp_filter *const filters[] = { &osp_filter_twice, &osp_filter_bold,
                                             &osp_filter_scaled, &osp_filter_inner_n, NULL };

static int64_t numbers[] = { 1, -20, 300 };

static osp_status make(const char *text, int64_t n, osp_buf *out)
{
    static const osp_template_scope scope = { NULL, &osp_type_FilterView };
    const osp_template_options options = { .scopes = &scope, .scope_count = 1, .filters = filters };
    const FilterView view = { .text = S(" häl<lo "),
                              .one = 1,
                              .many = 1234567,
                              .small = -12,
                              .real = 1234.5,
                              .price = { S("1234.567") },
                              .nothing = { S("-0.00") },
                              .time = { INT64_C(1767225601000000) },
                              .day = { 2026, 3, 5 },
                              .some = SET(S("")),
                              .numbers = { numbers, 3 },
                              .inner = { n, S("s") },
                              .color = FILTER_BLUE };
    const void *values[] = { &view };
    osp_arena arena;
    osp_task task;
    osp_arena_init(&arena, NULL, 0, 1 << 22);
    osp_task_init(&task, &arena);
    osp_template_complaints said = { .count = 0 };
    osp_buf_init(&said.said, NULL, 0, 1 << 16);
    const osp_template *template = NULL;
    const osp_template_text source = { "t", osp_str_from(text) };
    osp_status status = osp_template_compile(&arena, source, &options, &said, &template);
    if (status == OSP_OK) {
        status = osp_template_render(template, values, NULL, &task, out);
    } else { /* the words alone */
        const char *begin = memmem(said.said.ptr, said.said.len, "error: ", 7);
        const char *end = memchr(begin, '\n', said.said.len);
        osp_buf_append(out, begin + 7, (size_t)(end - begin - 7));
    }
    osp_buf_done(&said.said);
    osp_arena_done(&arena);
    return status;
}

typedef struct pair {
    const char *text, *want;
} pair;

static void check_all(const pair *pairs, size_t count, osp_status want)
{
    for (size_t i = 0; i < count; i++) {
        osp_buf out;
        osp_buf_init(&out, NULL, 0, 1 << 20);
        const osp_status status = make(pairs[i].text, 7, &out);
        OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), osp_str_from(pairs[i].want));
        OSP_CHECK(status == want);
        osp_buf_done(&out);
    }
}

OSP_UNIT_TEST(filters_of_the_language, "each filter makes what it says")
{
    static const pair pairs[] = {
        { "[{{text | upper}}]", "[ HäL&lt;LO ]" },
        { "[{{text | trim | capitalize}}]", "[Häl&lt;lo]" },
        { "[{{\"ABC\" | lower}}]", "[abc]" },
        { "{{text | trim | truncate 3}}|{{text | trim | truncate 6}}|{{text | truncate 4 \"..\"}}",
          "hä…|häl&lt;lo| h.." },
        { "{{text | replace \"l\" \"LL\"}}", " häLL&lt;LLo " },
        { "{{text | urlencode}}", "%20h%C3%A4l%3Clo%20" },
        { "{{\"a<\\nb\\n\" | linebreaks}}", "a&lt;<br>\nb<br>\n" },
        { "{{text | length}} {{numbers | length}}", "8 3" },
        { "{{numbers | join}} {{numbers | join \"<\"}}", "1, -20, 300 1&lt;-20&lt;300" },
        { "{{inner | json}} {{numbers | json}} {{text | json}} {{none | json}}",
          "{&quot;n&quot;:7} [1,-20,300] &quot; häl&lt;lo &quot; " },
        { "<script>{{inner | json}}</script>", "<script>{\"n\":7}</script>" },
        { "{{many | number}} {{small | number}} {{real | number 2}} {{real | number 0}} "
          "{{price | number}} {{price | number 1}} {{one | number 2}}",
          "1,234,567 -12 1,234.50 1,234 1,234.567 1,234.5 1.00" },
        { "{{one | plural \"comment\" \"comments\"}} {{many | plural \"a\" \"b\"}}", "comment b" },
        { "{{time | date}} {{time | date \"%A, %e %b %y %H:%M:%S %I%p %%\"}} {{day | date \"%a %d "
          "%B %Y\"}}",
          "2026-01-01 Thursday, 1 Jan 26 00:00:01 12AM % Thu 05 March 2026" },
        { "{{none | default \"x\"}}{{some | default \"x\"}}{{empty | default \"y\"}}{{none | "
          "default one}}",
          "xy1" },
        { "{{none | upper}}.", "." },
        { "{{color}} {{color | upper}} {{#if color == \"blue\"}}b{{/if}}", "blue BLUE b" },
        { "{{#if (text | trim | length) > 5}}long{{/if}}", "long" },
        { "{{#if price}}a{{/if}}{{#if nothing}}b{{/if}}{{#if time > time}}c{{/if}}{{#if day <= "
          "day}}d{{/if}}",
          "ad" },
    };
    check_all(pairs, OSP_ARRAY_LEN(pairs), OSP_OK);
}

OSP_UNIT_TEST(filters_of_an_application, "an application's filters take what their types say")
{
    static const pair pairs[] = {
        { "{{text | trim | twice}} {{one | twice}}", "häl&lt;lohäl&lt;lo 11" },
        { "{{text | bold true}}{{text | bold truth}}", "<strong>9</strong><b>9</b>" },
        { "{{small | scaled 2 one}}", "-23" },
        { "{{inner | inner_n}}", "7" },
    };
    check_all(pairs, OSP_ARRAY_LEN(pairs), OSP_OK);
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 20);
    OSP_CHECK(make("{{inner | inner_n}}", 13, &out) == OSP_E_INVALID);
    osp_buf_done(&out);
}

OSP_UNIT_TEST(filters_refused, "a filter that does not fit is told")
{
    static const pair pairs[] = {
        { "{{text | uper}}", "there is no filter \"uper\"; did you mean upper?" },
        { "{{text | twize}}", "there is no filter \"twize\"; did you mean twice?" },
        { "{{inner | upper}}", "upper takes a text, and this is an object" },
        { "{{text | date}}", "date takes a time or a date, and this is a text" },
        { "{{time | date \"%Q\"}}",
          "a format of a date is made of %Y %y %m %d %e %B %b %A %a %H %I %p "
          "%M %S and %%" },
        { "{{text | truncate}}", "it is written {{... | truncate 80}}" },
        { "{{text | truncate \"a\"}}",
          "truncate takes a whole number here, and this is a text; it is "
          "written {{... | truncate 80}}" },
        { "{{text | bold}}", "bold takes 1 argument, not 0" },
        { "{{text | scaled 1 2}}", "scaled takes double, and this is a text" },
        { "{{numbers}}", "numbers is a list, which has no text; say {{#each}}, or a filter such as "
                         "join, length or json" },
        { "{{inner}}",
          "inner is an object, which has no text; name a member of it, or say the filter "
          "json" },
        { "{{#each text}}{{/each}}", "#each goes through a list, and text is a text" },
        { "{{#if color == \"bleu\"}}{{/if}}",
          "FilterColor has no name \"bleu\"; did you mean blue?" },
        { "{{#if text > 1}}{{/if}}", "a text and a whole number cannot be compared by >" },
        { "{{#if one == null}}{{/if}}",
          "this is always there: comparing it with null says nothing" },
        { "{{inner.m}}", "FilterInner has no member \"m\"" },
        { "{{text.x}}", "there is no \"x\" in what stands before it, which is a text" },
        { "{{#if a && b}}{{/if}}",
          "this is not understood here; a filter stands behind a |, and an "
          "expression with one in parentheses" },
    };
    check_all(pairs, OSP_ARRAY_LEN(pairs), OSP_E_INVALID);
}
