/* What templates make of values. */
#include "template/template.h"

#include <openspeed/template.h>

#include "base/task.h"
#include "tests/unit/unit.h"

typedef struct TmplAuthor {
    osp_str name;
    osp_opt_str site;
} TmplAuthor;
OSP_TYPE(TmplAuthor, FIELD(name), FIELD(site));

typedef struct TmplComment {
    int64_t id;
    osp_str text;
    TmplAuthor *author;
} TmplComment;
OSP_LIST_OF(TmplComment);
OSP_TYPE(TmplComment, FIELD(id), FIELD(text), MAYBE(author, TmplAuthor));

typedef struct TmplView {
    osp_str title;
    TmplAuthor author;
    int32_t likes;
    bool draft;
    osp_str_list tags;
    TmplComment_list comments;
    osp_opt_int rank;
    osp_str token;
} TmplView;
OSP_TYPE(TmplView, FIELD(title), OBJECT(author, TmplAuthor), FIELD(likes), FIELD(draft),
         LIST(tags, osp_str), LIST(comments, TmplComment), FIELD(rank),
         FIELD(token, .secret = true));

static const osp_template_scope scopes[] = { { NULL, &osp_type_TmplView },
                                             { "who", &osp_type_TmplAuthor } };

typedef struct rig {
    osp_arena arena;
    osp_task task;
    osp_buf out;
    osp_template_complaints said;
    osp_template_options options;
} rig;

static osp_status find_partial(void *arg, const char *file, osp_str name,
                               osp_template_text *ret_text);
static bool partials_known; /* by the templates of the test */

static void begin(rig *r)
{
    *r = (rig){ .options = { .scopes = scopes, .scope_count = 2 } };
    r->options.partial = partials_known ? find_partial : NULL;
    osp_arena_init(&r->arena, NULL, 0, 1 << 24);
    osp_task_init(&r->task, &r->arena);
    osp_buf_init(&r->out, NULL, 0, 1 << 20);
    osp_buf_init(&r->said.said, NULL, 0, 1 << 20);
}

static void end(rig *r)
{
    osp_buf_done(&r->out);
    osp_buf_done(&r->said.said);
    osp_arena_done(&r->arena);
}

static TmplAuthor ann = { .name = { "Ann <a>", 7 } };
static osp_str tags[] = { { "c", 1 }, { "d&e", 3 } };
static TmplComment comments[] = {
    { .id = 7, .text = { "first", 5 }, .author = &ann },
    { .id = -8, .text = { "<b>", 3 } },
};

static TmplView view(void)
{
    return (TmplView){ .title = S("T & \"U\""),
                       .author = { .name = S("Bob"), .site = SET(S("b.example")) },
                       .likes = 3,
                       .tags = { tags, 2 },
                       .comments = { comments, 2 },
                       .token = S("hidden") };
}

/* What a template makes of the view; "!" and what is wrong where it does not compile. */
static osp_str made(rig *r, const char *text)
{
    const osp_template *template = NULL;
    const TmplView shown = view();
    const void *values[] = { &shown, &ann };
    begin(r);
    const osp_template_text source = { "t.html", osp_str_from(text) };
    if (osp_template_compile(&r->arena, source, &r->options, &r->said, &template) != OSP_OK) {
        osp_buf_byte(&r->out, '!');
        osp_buf_str(&r->out, (osp_str){ r->said.said.ptr, r->said.said.len });
    } else {
        OSP_CHECK(osp_template_render(template, values, NULL, &r->task, &r->out) == OSP_OK);
    }
    return (osp_str){ r->out.ptr, r->out.len };
}

#define CHECK_MADE(text, want)                                                                     \
    do {                                                                                           \
        rig made_in;                                                                               \
        OSP_CHECK_STR(made(&made_in, text), osp_str_from(want));                                   \
        end(&made_in);                                                                             \
    } while (0)

OSP_UNIT_TEST(template_paths, "paths lead to members, through objects, pointers and optionals")
{
    CHECK_MADE("<p>{{title}}</p>", "<p>T &amp; &quot;U&quot;</p>");
    CHECK_MADE("{{author.name}} {{author.site}} {{likes}} {{draft}} {{rank}}",
               "Bob b.example 3 false ");
    CHECK_MADE("{{who.name}}", "Ann &lt;a&gt;");
    CHECK_MADE("{{#each comments}}{{id}}:{{text}}:{{author.name}};{{/each}}",
               "7:first:Ann &lt;a&gt;;-8:&lt;b&gt;:;");
    CHECK_MADE("", "");
}

OSP_UNIT_TEST(template_blocks, "blocks show what their conditions say")
{
    CHECK_MADE("{{#if likes > 2}}many{{else if likes}}some{{else}}none{{/if}}", "many");
    CHECK_MADE("{{#if draft}}a{{else if likes == 3}}b{{else}}c{{/if}}", "b");
    CHECK_MADE("{{#if draft}}a{{else if likes != 3}}b{{else}}c{{/if}}", "c");
    CHECK_MADE("{{#if not draft and (title == \"x\" or author.site)}}y{{/if}}", "y");
    CHECK_MADE("{{#if rank}}a{{/if}}{{#if rank == null}}b{{/if}}", "b");
    CHECK_MADE("{{#each tags as tag}}{{@index}}{{tag}}{{#if not @last}}, {{/if}}{{else}}-{{/each}}",
               "0c, 1d&amp;e");
    CHECK_MADE("{{#each tags}}{{this}}{{/each}}", "cd&amp;e");
    CHECK_MADE("{{#with author}}{{name}}{{title}}{{/with}}", "BobT &amp; &quot;U&quot;");
    CHECK_MADE(
        "{{#each comments as c}}{{#with c.author as a}}{{a.name}}{{else}}-{{/with}}{{/each}}",
        "Ann &lt;a&gt;-");
}

OSP_UNIT_TEST(template_lines, "a line of a block tag or a comment vanishes")
{
    CHECK_MADE("<ul>\n  {{#each tags}}\n  <li>{{this}}</li>\n  {{/each}}\n</ul>\n",
               "<ul>\n  <li>c</li>\n  <li>d&amp;e</li>\n</ul>\n");
    CHECK_MADE("a\n{{! nothing }}\n{{!-- {{title}} --}}\nb", "a\nb");
    CHECK_MADE("a {{! here }} b\n", "a  b\n");
    CHECK_MADE("{{title}}\nx", "T &amp; &quot;U&quot;\nx");
}

OSP_UNIT_TEST(template_filters, "filters change what is shown")
{
    CHECK_MADE("{{author.name | upper}} {{tags | length}} {{rank | default likes}}", "BOB 2 3");
    CHECK_MADE("{{rank | default \"<none>\"}}", "&lt;none&gt;");
    CHECK_MADE("{{#if (tags | length) == 2}}two{{/if}}", "two");
}

OSP_UNIT_TEST(template_wrong, "what is wrong is told with its place")
{
    CHECK_MADE("<h1>\n{{titel}}</h1>",
               "!t.html:2:3: error: there is no \"titel\" here; did you mean title?\n"
               "    2 | {{titel}}</h1>\n"
               "      |   ^~~~~\n");
    CHECK_MADE("{{token}}", "!t.html:1:3: error: token is secret: it is never written\n"
                            "    1 | {{token}}\n"
                            "      |   ^~~~~\n");
}

static osp_status write_word(void *arg, size_t slot, osp_buf *out)
{
    osp_buf_printf(out, "[%s%zu]", (const char *)arg, slot);
    return OSP_OK;
}

static osp_status write_head(void *arg, osp_buf *out)
{
    osp_buf_printf(out, "[head of %s]", (const char *)arg);
    return OSP_OK;
}

OSP_UNIT_TEST(template_layouts, "a layout has outlets, slots and a head, which hooks fill")
{
    rig r;
    begin(&r);
    r.options.layout = true;
    const osp_template *template = NULL;
    const osp_template_text source = { "layout.html",
                                       S("<head>{{head}}</head><main>{{outlet}}</main>"
                                         "<aside>{{outlet @side-bar}}</aside>") };
    OSP_CHECK(osp_template_compile(&r.arena, source, &r.options, &r.said, &template) == OSP_OK);
    size_t count = 0;
    OSP_CHECK(osp_template_has_outlet(template));
    OSP_CHECK_STR(osp_template_slots(template, &count)[0], S("side-bar"));
    OSP_CHECK(count == 1);
    static char name[] = "part";
    const osp_template_hooks hooks = { .outlet = write_word, .head = write_head, .arg = name };
    const TmplView shown = view();
    const void *values[] = { &shown, &ann };
    OSP_CHECK(osp_template_render(template, values, &hooks, &r.task, &r.out) == OSP_OK);
    OSP_CHECK_STR(((osp_str){ r.out.ptr, r.out.len }),
                  S("<head>[head of part]</head><main>[part0]</main><aside>[part1]</aside>"));
    end(&r);
    CHECK_MADE("{{outlet}}", "!t.html:1:1: error: an outlet stands in a layout alone\n"
                             "    1 | {{outlet}}\n"
                             "      | ^~~~~~~~~~\n");
}

OSP_UNIT_TEST(template_heads, "elements of a head have keys by which inner ones replace outer ones")
{
    static const char *const want[][2] = {
        { "title", "<title>T &amp; &quot;U&quot; > b</title>" },
        { "meta name=description", "<meta content=\"Bob\" name='Description'>" },
        { "meta property=og:title", "<meta property=og:title content=\"a>b\">" },
        { "meta charset", "<meta charset=utf-8>" },
        { "link rel=canonical", "<link rel=\"canonical\" href=\"/a/3\">" },
        { "", "<link rel=stylesheet href=/a.css>" },
        { "", "<script>if (\"Bob\" < 1) {}</script>" },
        { "meta name=robots", "<meta name=robots content=none>" },
    };
    rig r;
    begin(&r);
    r.options.may_head = true;
    const osp_template *template = NULL;
    const osp_template_text source = {
        "page.html",
        S("{{#head}}\n  <title>{{title}} > b</title>\n"
          "<meta content=\"{{author.name}}\" name='Description'>"
          "<meta property=og:title content=\"a>b\"> <meta charset=utf-8>\n"
          "<!-- note -->\n"
          "<link rel=\"canonical\" href=\"/a/{{likes}}\"><link rel=stylesheet href=/a.css>\n"
          "<script>if ({{author.name}} < 1) {}</script>\n"
          "{{#if likes}}\n  <meta name=robots content=none>{{/if}}\n"
          "{{/head}}\n<p>{{title}}</p>")
    };
    if (osp_template_compile(&r.arena, source, &r.options, &r.said, &template) != OSP_OK) {
        OSP_CHECK_STR(((osp_str){ r.said.said.ptr, r.said.said.len }), S(""));
    }
    size_t count = 0, at = 0;
    const osp_template_head *heads = osp_template_heads(template, &count);
    const TmplView shown = view();
    const void *values[] = { &shown, &ann };
    for (size_t i = 0; i < count; i++) {
        r.out.len = 0;
        OSP_CHECK(osp_template_render_head(template, i, values, NULL, &r.task, &r.out) == OSP_OK);
        const osp_str got = osp_str_trim((osp_str){ r.out.ptr, r.out.len });
        OSP_CHECK_STR(heads[i].key, osp_str_from(want[at][0]));
        OSP_CHECK_STR(got, osp_str_from(want[at][1]));
        at++;
    }
    OSP_CHECK(at == OSP_ARRAY_LEN(want));
    r.out.len = 0;
    OSP_CHECK(osp_template_render(template, values, NULL, &r.task, &r.out) == OSP_OK);
    OSP_CHECK_STR(((osp_str){ r.out.ptr, r.out.len }), S("<p>T &amp; &quot;U&quot;</p>"));
    end(&r);
}

/* Partials of the tests, by name. */
static osp_status find_partial(void *arg, const char *file, osp_str name,
                               osp_template_text *ret_text)
{
    static const struct {
        const char *name, *text;
    } partials[] = {
        { "card", "<b>{{name}}</b>: {{text}} {{#if big}}!{{/if}}\n" },
        { "nested", "{{> card name=who text=\"n\" big=true}}" },
        { "loop", "{{> again}}" },
        { "again", "{{> loop}}" },
        { "typo", "{{nam}}" },
        { "attribute", "title=\"{{x}}\"" },
        { "twice", "{{> twice2}}{{> twice2}}" },
        { "greet", "{{#if false}}{{name}}{{/if}}" },
    };
    (void)arg, (void)file;
    for (size_t i = 0; i < OSP_ARRAY_LEN(partials); i++) {
        if (osp_str_equal(name, osp_str_from(partials[i].name))) {
            *ret_text = (osp_template_text){ "_p.html", osp_str_from(partials[i].text) };
            return OSP_OK;
        }
    }
    ret_text->file = osp_str_equal(name, S("crad"))  ? "lib/card.html"
                     : osp_str_equal(name, S("far")) ? "routes/a/_far.html"
                                                     : NULL;
    return OSP_E_NOT_FOUND;
}

#define CHECK_PARTIAL(text, want)                                                                  \
    do {                                                                                           \
        partials_known = true;                                                                     \
        CHECK_MADE(text, want);                                                                    \
    } while (0)

OSP_UNIT_TEST(template_partials, "a partial sees what it is given, and nothing else")
{
    CHECK_PARTIAL("{{#each comments as c}}\n{{> card name=c.id text=c.text big=@first}}\n{{/each}}",
                  "<b>7</b>: first !\n<b>-8</b>: &lt;b&gt; \n");
    CHECK_PARTIAL("{{> nested who=(author.name | upper)}}", "<b>BOB</b>: n !\n");
    CHECK_PARTIAL("<p {{> attribute x=title}}>", "<p title=\"T &amp; &quot;U&quot;\">");
    CHECK_PARTIAL("{{> typo name=title}}",
                  "!_p.html:1:3: error: there is no \"nam\" here; did you mean name?\n"
                  "    1 | {{nam}}\n"
                  "      |   ^~~\n"
                  "t.html:1:1: note: the partial is called here\n"
                  "    1 | {{> typo name=title}}\n"
                  "      | ^~~~~~~~~~~~~~~~~~~~~\n");
    CHECK_PARTIAL(
        "{{> crad}}",
        "!t.html:1:5: error: there is no partial \"crad\", which is a _crad.html beside this file "
        "or in a folder above it, or a lib/crad.html; did you mean lib/card.html?\n"
        "    1 | {{> crad}}\n"
        "      |     ^~~~\n");
    CHECK_PARTIAL(
        "{{> far}}",
        "!t.html:1:5: error: there is no partial \"far\", which is a _far.html beside this file "
        "or in a folder above it, or a lib/far.html: routes/a/_far.html is in another folder\n"
        "    1 | {{> far}}\n"
        "      |     ^~~\n");
    CHECK_PARTIAL("{{> nested}}",
                  "!t.html:1:1: error: the partial \"nested\" is not given \"who\"; "
                  "say who=who\n"
                  "    1 | {{> nested}}\n"
                  "      | ^~~~~~~~~~~~\n"
                  "_p.html:1:15: note: it is named here\n"
                  "    1 | {{> card name=who text=\"n\" big=true}}\n"
                  "      |               ^~~\n");
    CHECK_PARTIAL("{{> card name=title big=true}}",
                  "!t.html:1:1: error: the partial \"card\" is not given \"text\"; say text=VALUE\n"
                  "    1 | {{> card name=title big=true}}\n"
                  "      | ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"
                  "_p.html:1:20: note: it is named here\n"
                  "    1 | <b>{{name}}</b>: {{text}} {{#if big}}!{{/if}}\n"
                  "      |                    ^~~~\n");
    CHECK_PARTIAL("{{> greet name=title x=2}}",
                  "!t.html:1:22: error: the partial \"greet\" does not name \"x\"; leave it out\n"
                  "    1 | {{> greet name=title x=2}}\n"
                  "      |                      ^\n");
    CHECK_PARTIAL(
        "{{> greet name=title name=title}}",
        "!t.html:1:11: error: the partial \"greet\" does not name \"name\"; leave it out\n"
        "    1 | {{> greet name=title name=title}}\n"
        "      |           ^~~~\n");
    CHECK_PARTIAL(" {{> loop}}",
                  "!_p.html:1:5: error: the partial leads back to itself, without end\n"
                  "    1 | {{> loop}}\n"
                  "      |     ^~~~\n"
                  "_p.html:1:1: note: the partial is called here\n"
                  "    1 | {{> again}}\n"
                  "      | ^~~~~~~~~~~\n"
                  "t.html:1:2: note: the partial is called here\n"
                  "    1 |  {{> loop}}\n"
                  "      |  ^~~~~~~~~~\n");
}
