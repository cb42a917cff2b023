/* Values in every place of a document: what a hostile one becomes there (OWASP's contexts). */
#include "template/template.h"

#include <openspeed/template.h>

#include "base/task.h"
#include "tests/unit/unit.h"

typedef struct CtxItem {
    int64_t id;
    osp_str name;
} CtxItem;
OSP_LIST_OF(CtxItem);
OSP_TYPE(CtxItem, FIELD(id), FIELD(name));

typedef struct CtxView {
    osp_str x, url, js, plain, empty;
    int64_t number;
    bool truth;
    osp_opt_str none;
    CtxItem item;
    CtxItem_list items;
    osp_markup markup;
} CtxView;
OSP_TYPE(CtxView, FIELD(x), FIELD(url), FIELD(js), FIELD(plain), FIELD(empty), FIELD(number),
         FIELD(truth), FIELD(none), OBJECT(item, CtxItem), LIST(items, CtxItem), FIELD(markup));

typedef struct rig {
    osp_arena arena;
    osp_task task;
    osp_buf out;
    osp_template_complaints said;
} rig;

static osp_status put_form(void *arg, osp_buf *out)
{
    (void)arg;
    osp_buf_str(out, S("[form]"));
    return OSP_OK;
}

static osp_str made(rig *r, const char *text)
{
    static const osp_template_scope scope = { NULL, &osp_type_CtxView };
    static CtxItem items[] = { { 1, { "a</script>", 10 } }, { 2, { "b'\"", 3 } } };
    const osp_template_options options = { .scopes = &scope, .scope_count = 1 };
    const osp_template_hooks hooks = { .form = put_form, .nonce = S("N\"1") };
    const CtxView view = { .x = S("<i a='1' b=\"2\">&"),
                           .url = S("https://h/p?q=a b&c=<d>#'"),
                           .js = S(" JavaScript:alert(1)"),
                           .plain = S("a b"),
                           .number = -5,
                           .truth = true,
                           .item = { 3, S("n&") },
                           .items = { items, 2 },
                           .markup = { S("<b>&amp;</b>") } };
    const void *values[] = { &view };
    const osp_template *template = NULL;
    osp_arena_init(&r->arena, NULL, 0, 1 << 24);
    osp_task_init(&r->task, &r->arena);
    osp_buf_init(&r->out, NULL, 0, 1 << 20);
    r->said.count = 0;
    osp_buf_init(&r->said.said, NULL, 0, 1 << 20);
    const osp_template_text source = { "t", osp_str_from(text) };
    if (osp_template_compile(&r->arena, source, &options, &r->said, &template) == OSP_OK) {
        OSP_CHECK(osp_template_render(template, values, &hooks, &r->task, &r->out) == OSP_OK);
        return (osp_str){ r->out.ptr, r->out.len };
    }
    /* The place and the words, without the excerpt. */
    const char *end = memchr(r->said.said.ptr, '\n', r->said.said.len);
    osp_buf_byte(&r->out, '!');
    osp_buf_append(&r->out, r->said.said.ptr, (size_t)(end - r->said.said.ptr));
    return (osp_str){ r->out.ptr, r->out.len };
}

static void end(rig *r)
{
    osp_buf_done(&r->out);
    osp_buf_done(&r->said.said);
    osp_arena_done(&r->arena);
}

typedef struct pair {
    const char *text, *want;
} pair;

static void check_all(const pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rig r;
        const osp_str got = made(&r, pairs[i].text);
        if (!osp_str_equal(got, osp_str_from(pairs[i].want))) {
            fprintf(stderr, "of %s\n", pairs[i].text);
            OSP_CHECK_STR(got, osp_str_from(pairs[i].want));
        }
        end(&r);
    }
}
#define CHECK_ALL(pairs) check_all(pairs, OSP_ARRAY_LEN(pairs))

#define X_HTML "&lt;i a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;"

OSP_UNIT_TEST(context_text, "a value in text is text")
{
    static const pair pairs[] = {
        { "<p>{{x}}</p>", "<p>" X_HTML "</p>" },
        { "<title>{{x}}</title>", "<title>" X_HTML "</title>" },
        { "<textarea>{{x}}</textarea><b>", "<textarea>" X_HTML "</textarea><b>" },
        { "a < b <{{plain}} </{{plain}} &{{plain}} &amp;{{plain}}",
          "a &lt; b &lt;a b &lt;/a b &amp;a b &amp;a b" },
        { "<title><{{plain}}</titl{{plain}}</title>", "<title>&lt;a b&lt;/titla b</title>" },
        { "a<!-- {{x}} <b> -->b<!---->c<!-->d", "abcd" },
        { "<!doctype html><p>", "<!doctype html><p>" },
        { "<!doctype {{x}}>", "!t:1:11: error: no value can stand in a declaration" },
        { "<iframe>{{x}}</iframe>{{plain}}", "<iframe>" X_HTML "</iframe>a b" },
        { "<iframe></ifra{{plain}}",
          "!t:1:15: error: what stands before this could become the end of the element" },
        { "<p", "!t:1:3: error: the template ends in a tag" },
    };
    CHECK_ALL(pairs);
}

OSP_UNIT_TEST(context_attributes, "a value of an attribute stays in it")
{
    static const pair pairs[] = {
        { "<p title=\"{{x}}\" class='{{x}}'>", "<p title=\"" X_HTML "\" class='" X_HTML "'>" },
        { "<p title={{x}} id=b>", "<p title=\"" X_HTML "\" id=b>" },
        { "<p title=a{{x}}\"c>", "<p title=\"a" X_HTML "&quot;c\">" },
        { "<input value={{empty}} name=q>", "<input value=\"\" name=q>" },
        { "<p title = {{x}}>", "<p title = \"" X_HTML "\">" },
        { "<p title={{#if truth}}a{{else}}b{{/if}}>", "<p title=\"a\">" },
        { "<p {{#if truth}}hidden{{/if}}>", "<p hidden>" },
        { "<p{{#if truth}} class=\"a\"{{/if}}>", "<p class=\"a\">" },
        { "<p {{x}}>", "!t:1:4: error: a name of a tag or attribute cannot come from data; with "
                       "{{#if}} it can be one of several" },
        { "<p data-{{x}}=1>", "!t:1:9: error: a name of a tag or attribute cannot come from data; "
                              "with {{#if}} it can be one of several" },
        { "<{{#if truth}}b{{/if}}>", "&lt;b>" },
        { "<di{{! }}v>", "!t:1:10: error: a name cannot be put together of pieces" },
        { "<p ti{{! }}tle>", "!t:1:12: error: a name cannot be put together of pieces" },
        { "<p {{! }}title='{{! }}{{plain}}'{{! }}>", "<p title='a b'>" },
        { "<h{{#if truth}}1{{/if}}>", "!t:1:16: error: a name cannot be put together of pieces" },
        { "<p {{#if truth}}title=\"{{/if}}>", "!t:1:4: error: what is behind this block depends on "
                                              "it: one way ends in an attribute in quotes, the "
                                              "other in a tag" },
        { "<iframe srcdoc=\"{{x}}\"></iframe>",
          "<iframe srcdoc=\"&amp;lt;i a=&amp;#39;1&amp;#39; "
          "b=&amp;quot;2&amp;quot;&amp;gt;&amp;amp;\"></iframe>" },
        { "<meta name=a content=\"{{x}}\">", "<meta name=a content=\"" X_HTML "\">" },
        { "<meta http-equiv=refresh content=\"0;{{x}}\">",
          "!t:1:43: error: what a meta element with http-equiv says cannot come from data" },
        { "<meta content=\"0;{{x}}\" http-equiv=refresh>",
          "!t:1:43: error: what a meta element with http-equiv says cannot come from data" },
        { "<svg><animate attributeName=href to=\"{{url}}\"/></svg>",
          "!t:1:38: error: what an animation sets cannot come from data" },
    };
    CHECK_ALL(pairs);
}

OSP_UNIT_TEST(context_urls, "a value in a URL runs nothing and stays in its part")
{
    static const pair pairs[] = {
        { "<a href=\"{{url}}\">", "<a href=\"https://h/p?q=a%20b&amp;c=%3Cd%3E#%27\">" },
        { "<a href=\"{{js}}\">", "<a href=\"#osp-unsafe\">" },
        { "<a href=\"/p/{{x}}\">", "<a href=\"/p/%3Ci%20a=%271%27%20b=%222%22%3E&amp;\">" },
        { "<a href=\"/p?q={{x}}\">", "<a href=\"/p?q=%3Ci%20a%3D%271%27%20b%3D%222%22%3E%26\">" },
        { "<a href=\"#{{plain}}\">", "<a href=\"#a%20b\">" },
        { "<a href=\"java{{js}}\">", "<a href=\"java%20JavaScript%3Aalert%281%29\">" },
        { "<a href=\"{{plain}}:{{js}}\">",
          "!t:1:19: error: the scheme of a URL cannot come from data" },
        { "<a href=\"{{plain}}{{js}}\">", "<a href=\"a%20b%20JavaScript%3Aalert%281%29\">" },
        { "<a href=\"javascript:f('{{x}}')\">", "!t:1:24: error: no value can stand in a URL that "
                                                "runs a script or is data itself" },
        { "<a href=\"&#106;avascript&colon;{{x}}\">",
          "!t:1:32: error: no value can stand in a URL that runs a script or is data itself" },
        { "<a href=\"{{#if truth}}/a{{else}}/b?c={{/if}}{{x}}\">",
          "!t:1:45: error: whether this is in the path or in the query of the URL depends on what "
          "is before it" },
        { "<a href=\"{{#if truth}}/a{{/if}}/{{plain}}\">", "<a href=\"/a/a%20b\">" },
        { "<img srcset=\"{{url}} 1x, {{js}} 2x\">",
          "<img srcset=\"#osp-unsafe 1x, #osp-unsafe 2x\">" },
        { "<img srcset=\"/{{number}}.png 1x\">", "<img srcset=\"/-5.png 1x\">" },
        { "<a data-url={{js}} xlink:href='{{js}}'>",
          "<a data-url=\"#osp-unsafe\" xlink:href='#osp-unsafe'>" },
        { "<a href=\"{{#if truth}}x{{else}}y{{/if}}/{{plain}}\">", "<a href=\"x/a%20b\">" },
        { "<a href=\"{{#if truth}}java{{else}}y{{/if}}script:\">",
          "!t:1:49: error: the scheme of a URL cannot come from data" },
        { "<a href=\"&{{plain}}\">", "<a href=\"&amp;a%20b\">" },
    };
    CHECK_ALL(pairs);
}

OSP_UNIT_TEST(context_styles, "a value in a style is a word, a number or a text")
{
    static const pair pairs[] = {
        { "<p style=\"width:{{number}}px;color:{{plain}}\">",
          "<p style=\"width:-5px;color:a b\">" },
        { "<p style=\"color:{{#if truth}}red{{else}}blue{{/if}}\">", "<p style=\"color:red\">" },
        { "<p style=\"{{#if truth}}color:{{plain}}{{/if}};a:b\">", "<p style=\"color:a b;a:b\">" },
        { "<p style=\"a:{{plain}}url({{x}})\">", "<p style=\"a:a burl(osp-unsafe)\">" },
        { "<p style=\"color:{{x}}\">", "<p style=\"color:osp-unsafe\">" },
        { "<style>a{background:url('{{url}}')}</style>",
          "<style "
          "nonce=\"N&quot;1\">a{background:url('https://h/p?q=a%20b&c=%3Cd%3E#%27')}</style>" },
        { "<p style=\"background:url({{js}})\">", "<p style=\"background:url(#osp-unsafe)\">" },
        { "<style>a::after{content:\"{{x}}\"}</style>",
          "<style nonce=\"N&quot;1\">a::after{content:\"\\3c i a=\\27 1\\27  "
          "b=\\22 2\\22 \\3e \\26 \"}</style>" },
        { "<style>/* {{x}} */</style>", "<style nonce=\"N&quot;1\">/*  */</style>" },
        { "<style>a{b:\\{{x}}}</style>",
          "!t:1:12: error: a backslash stands in a style outside of quotes" },
        { "<p style='a:\"&quot;{{x}}'>", "<p style='a:\"&quot;osp-unsafe'>" },
        { "<style>a{b:'</sty{{plain}}'}</style>",
          "!t:1:18: error: what stands before this could become the end of the element, or of a "
          "comment" },
        { "<svg><style>{{x}}</style></svg>",
          "!t:1:13: error: no value can stand in a script or style within SVG or MathML" },
    };
    CHECK_ALL(pairs);
}

OSP_UNIT_TEST(context_scripts, "a value in a script is a value of it")
{
    static const pair pairs[] = {
        { "<script>f({{x}}, {{number}}, {{truth}}, {{none}}, a-{{number}})</script>",
          "<script nonce=\"N&quot;1\">f(\"\\u003ci a=\\u00271\\u0027 "
          "b=\\u00222\\u0022\\u003e\\u0026\", "
          "-5, true, null, a- -5)</script>" },
        { "<script>f('{{x}}')</script>", "<script nonce=\"N&quot;1\">f('\\u003ci a=\\u00271\\u0027 "
                                         "b=\\u00222\\u0022\\u003e\\u0026')</script>" },
        { "<script>f(`a ${b(`{{plain}}`)} {{plain}}$ { {{number}}`)</script>",
          "<script nonce=\"N&quot;1\">f(`a ${b(`a b`)} a b$ { -5`)</script>" },
        { "<script>a = b / 2; c = '{{plain}}'; /[/'{{plain}}]/.test({{plain}}) // it's {{x}}\n"
          "{{plain}}</script>",
          "<script nonce=\"N&quot;1\">a = b / 2; c = 'a b'; /[/'a b]/.test(\"a b\") // it's \n"
          "\"a b\"</script>" },
        { "<script>x = /{{empty}}/</script>", "<script nonce=\"N&quot;1\">x = /(?:)/</script>" },
        { "<script>x = {{items}}; y = {{item}}</script>",
          "<script nonce=\"N&quot;1\">x = [{\"id\":1,\"name\":\"a\\u003c/script\\u003e\"},"
          "{\"id\":2,\"name\":\"b'\\\"\"}]; y = {\"id\":3,\"name\":\"n\\u0026\"}</script>" },
        { "<button onclick=\"f({{item}}, '{{x}}', {{plain}})\">",
          "<button onclick=\"f({&quot;id&quot;:3,&quot;name&quot;:&quot;n\\u0026&quot;}, "
          "'\\u003ci a=\\u00271\\u0027 b=\\u00222\\u0022\\u003e\\u0026', &quot;a b&quot;)\">" },
        { "<button onclick=f(&quot;{{x}}&quot;)>",
          "<button onclick=\"f(&quot;\\u003ci a=\\u00271\\u0027 "
          "b=\\u00222\\u0022\\u003e\\u0026&quot;)\">" },
        { "<script type=\"application/json\">{\"a\": {{x}}, \"b\": \"{{plain}}\"}</script>",
          "<script type=\"application/json\" nonce=\"N&quot;1\">{\"a\": \"\\u003ci "
          "a=\\u00271\\u0027 "
          "b=\\u00222\\u0022\\u003e\\u0026\", \"b\": \"a b\"}</script>" },
        { "<script type=\"text/x-template\"><p>{{x}}</p></script>",
          "<script type=\"text/x-template\" nonce=\"N&quot;1\"><p>" X_HTML "</p></script>" },
        { "<script type=\" application/X-javascript\">f({{number}})</script>",
          "<script type=\" application/X-javascript\" nonce=\"N&quot;1\">f(-5)</script>" },
        { "<script type={{x}}></script>",
          "!t:1:14: error: the type of a script cannot come from data" },
        { "<script>'\\{{x}}'</script>", "!t:1:11: error: a backslash stands before this, which "
                                        "would take the first character of it" },
        { "<script>'</scr{{plain}}'</script>",
          "!t:1:15: error: what stands before this could become the end of the element, or of a "
          "comment" },
        { "<script>'<!-- {{x}}'</script>", "!t:1:10: error: an HTML comment in a script or style "
                                           "changes where that ends: leave it out" },
        { "<script>{{#if truth}}a{{else}}b;{{/if}} /2/ {{x}}</script>",
          "!t:1:42: error: whether this slash divides depends on what is before it: put "
          "parentheses there" },
        { "<script>'{{#if truth}}'{{/if}}</script>",
          "!t:1:10: error: what is behind this block depends on it: one way ends in a script or "
          "style, the other in a script or style" },
        { "<script nonce=\"{{nonce}}\">1</script>", "<script nonce=\"N&quot;1\">1</script>" },
    };
    CHECK_ALL(pairs);
}

OSP_UNIT_TEST(context_forms, "a form that is sent begins with what the hook writes")
{
    static const pair pairs[] = {
        { "<form method=\"POST\" action=\"/a\"><b>",
          "<form method=\"POST\" action=\"/a\">[form]<b>" },
        { "<form method=post>", "<form method=post>[form]" },
        { "<form><form method=get>", "<form><form method=get>" },
        { "<form method=post action=\"https://h/\"><form method=post action=//h>",
          "<form method=post action=\"https://h/\"><form method=post action=//h>" },
        { "<form method=\"{{plain}}\">",
          "!t:1:15: error: the method of a form cannot come from data" },
        { "<form method=post action=\"{{url}}\">",
          "<form method=post action=\"https://h/p?q=a%20b&amp;c=%3Cd%3E#%27\">[form]" },
    };
    CHECK_ALL(pairs);
}

OSP_UNIT_TEST(context_loops, "a loop ends where it began")
{
    static const pair pairs[] = {
        { "<a href=\"/?{{#each items as i}}a={{i.id}}&{{/each}}\">",
          "<a href=\"/?a=1&amp;a=2&amp;\">" },
        { "<a href=\"{{#each items as i}}/{{i.id}}{{/each}}\">", "<a href=\"/1/2\">" },
        { "<p {{#each items as i}}data-a{{/each}}>",
          "!t:1:24: error: a name cannot be put together of pieces" },
        { "{{#each items as i}}<p {{/each}}>",
          "!t:1:1: error: an item begins in text and ends in a "
          "tag: the next one would not begin where it did" },
        { "<script>f([{{#each items as i}}{{i.id}},{{/each}}])</script>",
          "<script nonce=\"N&quot;1\">f([1,2,])</script>" },
    };
    CHECK_ALL(pairs);
}

OSP_UNIT_TEST(context_markup, "markup is written as it is between tags, and is a text elsewhere")
{
    static const pair pairs[] = {
        { "<p>{{markup}}</p>", "<p><b>&amp;</b></p>" },
        { "<p title=\"{{markup}}\">", "<p title=\"&lt;b&gt;&amp;amp;&lt;/b&gt;\">" },
        { "<title>{{markup}}</title>", "<title>&lt;b&gt;&amp;amp;&lt;/b&gt;</title>" },
        { "{{markup | upper}}", "&lt;B&gt;&amp;AMP;&lt;/B&gt;" },
        { "<script>f({{markup}}, '{{markup}}')</script>",
          "<script nonce=\"N&quot;1\">f(\"\\u003cb\\u003e\\u0026amp;\\u003c/b\\u003e\", "
          "'\\u003cb\\u003e\\u0026amp;\\u003c\\/b\\u003e')</script>" },
    };
    CHECK_ALL(pairs);
}
