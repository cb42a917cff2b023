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

static void begin(rig *r)
{
    *r = (rig){ .options = { .scopes = scopes, .scope_count = 2 } };
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
        rig r;                                                                                     \
        OSP_CHECK_STR(made(&r, text), osp_str_from(want));                                         \
        end(&r);                                                                                   \
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
