#include "build/site.h"

#include <unistd.h>

#include "build/table.h"
#include "template/template.h"
#include "tests/unit/unit.h"

/* Every test builds folders of its own and removes them; all run in their own process. */
static osp_arena arena;
static osp_error err;
static osp_scan scan;
static osp_site site;
static osp_trie trie;
static char root[] = "/tmp/osp-site-XXXXXX";

static void begin(void)
{
    osp_arena_init(&arena, NULL, 0, (size_t)64 << 20);
    OSP_CHECK(mkdtemp(root) != NULL);
}

static void end(void)
{
    const char *const argv[] = { "rm", "-rf", "--", root, NULL };
    osp_arena_done(&arena);
    (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
    OSP_CHECK(!"rm cannot be run");
}

/* Files in folder `at` of the root: their paths below routes/, up to a NULL. */
static void make(const char *at, const char *const *files)
{
    for (; *files != NULL; files++) {
        const char *full = osp_kit_format(&arena, "%s/%s/routes/%s", root, at, *files);
        const char *slash = strrchr(full, '/');
        const char *folder = osp_kit_format(&arena, "%.*s", (int)(slash - full), full);
        OSP_CHECK(osp_kit_mkdir(&arena, folder, &err) == OSP_OK);
        OSP_CHECK(osp_kit_write(&arena, full, OSP_STR("<p>text</p>\n"), &err) == OSP_OK);
    }
}

static osp_status read_app(const char *at)
{
    const char *dir = osp_kit_format(&arena, "%s/%s", root, at);
    err = (osp_error){ 0 };
    osp_trie_init(&trie, &arena);
    OSP_TRY(osp_scan_app(&arena, dir, &scan, &err));
    OSP_TRY(osp_site_read(&arena, dir, &scan, &site, &err));
    for (size_t i = 0; i < scan.routes.count; i++) {
        if (!osp_site_take_route(&site, scan.routes.items[i])) {
            OSP_TRY(osp_trie_add(&trie, scan.routes.items[i], &err));
        }
    }
    OSP_TRY(osp_site_add(&site, &trie, &err));
    return osp_trie_end(&trie, &err);
}

static void read_good(const char *const *files)
{
    begin();
    make("app", files);
    if (read_app("app") != OSP_OK) {
        fprintf(stderr, "%s\n", err.message);
    }
    OSP_CHECK(err.status == OSP_OK);
}

static const osp_site_def *page_at(const char *pattern)
{
    for (size_t i = 0; i < site.defs.count; i++) {
        const osp_site_def *def = site.defs.items[i];
        if (def->leaf != NULL && strcmp(def->leaf->pattern, pattern) == 0) {
            return def;
        }
    }
    OSP_CHECK(!"there is such a page");
    return NULL;
}

static const char *say_failure(const char *name, osp_site_failure failure, osp_buf *out)
{
    if (failure.html != NULL) {
        osp_buf_printf(out, failure.depth == OSP_PAGE_IN_PLACE ? " %s=%s" : " %s=%s:%u", name,
                       failure.html->file + 7, (unsigned)failure.depth);
    }
    return name;
}

static void say_part(const osp_site_part *part, osp_buf *out)
{
    osp_buf_printf(out, "%s", part->html->file + 7); /* behind routes/ */
    if (part->loading != NULL) {
        osp_buf_printf(out, " loading=%s", part->loading->file + 7);
    }
    (void)say_failure("error", part->error, out);
    (void)say_failure("none", part->not_found, out);
    osp_buf_byte(out, '\n');
}

/* What a page is made of, as lines. */
static void expect(const osp_site_def *def, const char *wanted)
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 16);
    for (size_t i = 0; i < def->parts.count; i++) {
        say_part(def->parts.items[i], &out);
    }
    for (size_t i = 0; i < def->slots.count; i++) {
        const osp_site_slot *slot = def->slots.items[i];
        osp_buf_printf(&out, "%u@%s ", (unsigned)slot->layout, slot->name);
        say_part(slot->part, &out);
    }
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), osp_str_from(wanted));
    osp_buf_done(&out);
}

OSP_UNIT_TEST(site_layouts, "layouts are around a page from the root inwards, failures nearest")
{
    static const char *const files[] = { "layout.html",         "error.html",
                                         "not-found.html",      "page.html",
                                         "blog/layout.html",    "blog/error.html",
                                         "blog/[id]/page.html", "blog/loading.html",
                                         "blog/page.html",      NULL };
    read_good(files);
    expect(page_at("/"), "layout.html\npage.html error=error.html:1 none=not-found.html:1\n");
    expect(page_at("/blog/[id]"),
           "layout.html\n"
           "blog/layout.html error=error.html:1 none=not-found.html:1\n"
           "blog/[id]/page.html loading=blog/loading.html error=blog/error.html:2 "
           "none=not-found.html:1\n");
    expect(site.failure, "layout.html\nerror.html\n");
    OSP_CHECK(((const osp_trie_node *)trie.nodes.items[0])->not_found != NULL);
    end();
}

OSP_UNIT_TEST(site_groups, "groups have root layouts of their own")
{
    static const char *const files[] = { "(shop)/layout.html",      "(shop)/page.html",
                                         "(shop)/not-found.html",   "(admin)/admin/page.html",
                                         "(admin)/layout.html",     "(admin)/admin/not-found.html",
                                         "(admin)/admin/x/route.c", NULL };
    read_good(files);
    expect(page_at("/"), "(shop)/layout.html\n(shop)/page.html none=(shop)/not-found.html:1\n");
    expect(page_at("/admin"),
           "(admin)/layout.html\n(admin)/admin/page.html none=(admin)/admin/not-found.html:1\n");
    osp_kit_list nodes;
    osp_trie_find(&trie, "routes/admin/x", &nodes);
    OSP_CHECK(nodes.count == 1);
    expect(((const osp_trie_node *)nodes.items[0])->not_found,
           "(admin)/layout.html\n(admin)/admin/not-found.html\n");
    expect(((const osp_trie_node *)trie.nodes.items[0])->not_found,
           "(shop)/layout.html\n(shop)/not-found.html\n");
    end();
}

OSP_UNIT_TEST(site_reset, "a page or a layout says whose layouts are around it")
{
    static const char *const files[] = { "layout.html",
                                         "error.html",
                                         "(app)/layout.html",
                                         "(app)/item/layout.html",
                                         "(app)/item/[id]/page.html",
                                         "(app)/item/[id]/print/page@(app).html",
                                         "(app)/item/[id]/embed/page@.html",
                                         "(app)/item/big/layout@(app).html",
                                         "(app)/item/big/page.html",
                                         NULL };
    read_good(files);
    expect(page_at("/item/[id]"), "layout.html\n(app)/layout.html error=error.html:1\n"
                                  "(app)/item/layout.html error=error.html:1\n"
                                  "(app)/item/[id]/page.html error=error.html:1\n");
    expect(page_at("/item/[id]/print"),
           "layout.html\n(app)/layout.html error=error.html:1\n"
           "(app)/item/[id]/print/page@(app).html error=error.html:1\n");
    expect(page_at("/item/[id]/embed"),
           "layout.html\n(app)/item/[id]/embed/page@.html error=error.html:1\n");
    expect(page_at("/item/big"), "layout.html\n(app)/layout.html error=error.html:1\n"
                                 "(app)/item/big/layout@(app).html error=error.html:1\n"
                                 "(app)/item/big/page.html error=error.html:1\n");
    end();
}

OSP_UNIT_TEST(site_slots, "a slot has a page of the same URL, or the nearest default")
{
    static const char *const files[] = { "layout.html",
                                         "error.html",
                                         "(s)/shop/layout.html",
                                         "(s)/shop/page.html",
                                         "(s)/shop/(g)/[id]/page.html",
                                         "(s)/shop/[id]/more/page.html",
                                         "(s)/shop/@side/(h)/page.html",
                                         "(s)/shop/@side/[id]/default.html",
                                         "(s)/shop/@side/default.html",
                                         "(s)/shop/@cart/default.html",
                                         "(s)/shop/@cart/error.html",
                                         "(s)/shop/@cart/loading.html",
                                         NULL };
    read_good(files);
    expect(page_at("/shop"), "layout.html\n(s)/shop/layout.html error=error.html:1\n"
                             "(s)/shop/page.html error=error.html:1\n"
                             "1@cart (s)/shop/@cart/default.html "
                             "loading=(s)/shop/@cart/loading.html "
                             "error=(s)/shop/@cart/error.html\n"
                             "1@side (s)/shop/@side/(h)/page.html error=error.html:1\n");
    const osp_site_slot *side = page_at("/shop/[id]")->slots.items[1];
    OSP_CHECK_STR(osp_str_from(side->part->html->file),
                  OSP_STR("routes/(s)/shop/@side/[id]/default.html"));
    OSP_CHECK(((const osp_site_slot *)page_at("/shop/[id]/more")->slots.items[1])->part ==
              side->part);
    end();
}

OSP_UNIT_TEST(site_hosts, "what is not found is told of on each host by itself")
{
    static const char *const files[] = { "page.html", "(@a.com,b.com)/x/page.html",
                                         "(@a.com,b.com)/not-found.html", NULL };
    read_good(files);
    osp_kit_list nodes;
    osp_trie_find(&trie, "routes/(@a.com,b.com)/x", &nodes);
    OSP_CHECK(nodes.count == 2);
    for (size_t i = 0; i < nodes.count; i++) {
        OSP_CHECK(((const osp_trie_node *)nodes.items[i])->not_found != NULL);
    }
    OSP_CHECK(((const osp_trie_node *)trie.nodes.items[0])->not_found == NULL);
    end();
}

OSP_UNIT_TEST(site_refused, "what does not go together, or is never shown, is told of by its file")
{
    static const struct {
        const char *files[8];
        const char *sentence;
    } cases[] = {
        { { "page.html", "a/page.c" },
          "routes/a/page.c fills nothing: there is no page.html beside it" },
        { { "page.html", "layout.c" },
          "routes/layout.c fills nothing: there is no layout.html beside it" },
        { { "page.html", "page@.html" },
          "routes/page.html and routes/page@.html are both the "
          "page of one folder" },
        { { "page.html", "Layout.html" }, "routes/Layout.html: below routes/ templates are" },
        { { "page.html", "index.html" }, "routes/index.html: below routes/ templates are" },
        { { "page.html", "Page.html" }, "differ only by upper and lower case" },
        { { "page.html", "page.C", "Page.c" }, "differ only by upper and lower case" },
        { { "page.html", "Page.c" }, "routes/Page.c: below routes/ only files named" },
        { { "layout.html", "route.c" },
          "routes/layout.html is never shown: there is no page.html at or below its folder" },
        { { "a/page.html", "b/error.html", "b/route.c" },
          "routes/b/error.html is never shown: no page.html at or below its folder has it" },
        { { "page.html", "a/b/page.html", "a/error.html", "a/b/error.html" },
          "routes/a/error.html is never shown" },
        { { "page.html", "a/b/page.html", "a/loading.html", "a/b/loading.html" },
          "routes/a/loading.html is never shown" },
        { { "page.html", "a/not-found.html" },
          "routes/a/not-found.html is never shown: there is no page.html and no route.c at or" },
        { { "(a)/not-found.html", "(a)/page.html", "(b)/b/page.html", "(b)/not-found.html" },
          "routes/(a)/not-found.html and routes/(b)/not-found.html would both be shown for URLs "
          "below / that nothing answers" },
        { { "layout.html", "page.html", "a/page.html", "@side/page.html" },
          "routes/a/page.html is shown in routes/layout.html, whose slot @side has nothing for it: "
          "add routes/@side/default.html" },
        { { "layout.html", "page.html", "not-found.html", "@side/page.html" },
          "routes/not-found.html is shown in routes/layout.html, whose slot @side has nothing" },
        { { "layout.html", "page.html", "@side/page.html", "@side/x/page.html" },
          "routes/@side/x/page.html is never shown: it fills @side at /x, where" },
        { { "page.html", "@side/default.html" },
          "routes/@side: there is no routes/layout.html whose {{outlet @side}} it would fill" },
        { { "page.html", "layout.html", "@side/default.html", "@side/layout.html" },
          "routes/@side/layout.html: a slot has no layouts" },
        { { "page.html", "layout.html", "@side/default.html", "@side/@in/page.html" },
          "routes/@side/@in: a slot within a slot" },
        { { "page.html", "layout.html", "@side/default.html", "@side/route.c" },
          "routes/@side/route.c: in a slot, @side/, there are pages alone" },
        { { "page.html", "layout.html", "@side/page@.html" },
          "routes/@side/page@.html: the page of a slot has no layouts to choose from" },
        { { "page.html", "default.html" }, "routes/default.html: a default is what a slot shows" },
        { { "page.html", "@/page.html" }, "routes/@: not a segment of a URL: a slot is @name" },
        { { "layout.html", "(a)/x/page@(b).html" },
          "routes/(a)/x/page@(b).html: there is no folder (b)/ around it" },
        { { "page.html", "x/layout@x.html", "x/page.html" },
          "routes/x/layout@x.html: there is no folder x/ around it" },
        { { "(a)/x/page.html", "x/route.c" }, "answer the same URL, /x" },
        { { "(a)/x/page.html", "(b)/x/page.html" }, "answer the same URL, /x" },
    };
    begin();
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const char *at = osp_kit_format(&arena, "%zu", i);
        make(at, cases[i].files);
        const osp_status status = read_app(at);
        if (status != OSP_E_BUILD || strstr(err.message, cases[i].sentence) == NULL) {
            fprintf(stderr, "%s: \"%s\"\nwithout \"%s\"\n", cases[i].files[1], err.message,
                    cases[i].sentence);
        }
        OSP_CHECK(status == OSP_E_BUILD && strstr(err.message, cases[i].sentence) != NULL);
    }
    end();
}

OSP_UNIT_TEST(site_text, "a template is text of at most a megabyte")
{
    static const char *const files[] = { "page.html", NULL };
    char *bytes;
    begin();
    make("app", files);
    bytes = osp_kit_alloc(&arena, OSP_TEMPLATE_SIZE_MAX + 2);
    memset(bytes, 'x', OSP_TEMPLATE_SIZE_MAX + 1);
    const char *path = osp_kit_format(&arena, "%s/app/routes/page.html", root);
    const struct {
        osp_str text;
        const char *sentence;
    } cases[] = {
        { { bytes, OSP_TEMPLATE_SIZE_MAX }, NULL },
        { { bytes, OSP_TEMPLATE_SIZE_MAX + 1 }, "is larger than a template may be" },
        { { "a\0b", 3 }, "is no text" },
        { { "\xff", 1 }, "is no text" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        OSP_CHECK(osp_kit_write(&arena, path, cases[i].text, &err) == OSP_OK);
        OSP_CHECK((read_app("app") == OSP_OK) == (cases[i].sentence == NULL));
        OSP_CHECK(cases[i].sentence == NULL || strstr(err.message, cases[i].sentence) != NULL);
    }
    end();
}

/* ---------------------------------------------------------------- what files declare */

static osp_declared one(osp_declared_kind kind, const char *name)
{
    return (osp_declared){ .kind = kind, .name = osp_str_from(name) };
}

OSP_UNIT_TEST(site_declared, "the symbols of a file say what fills a template and acts for it")
{
    static const char *const files[] = { "layout.html",     "layout.c",     "page.html", "page.c",
                                         "@a/default.html", "@a/default.c", "route.c",   NULL };
    const osp_declared layout = one(OSP_DECLARED_LAYOUT, "routes_2flayout_2ec__GET");
    const osp_declared page[] = { one(OSP_DECLARED_ACTION, "routes_2fpage_2ec__save"),
                                  one(OSP_DECLARED_ACTION, "routes_2fpage_2ec__drop"),
                                  one(OSP_DECLARED_ROUTE, "routes_2fpage_2ec__GET") };
    const osp_declared deflt = one(OSP_DECLARED_ROUTE, "routes_2f_40a_2fdefault_2ec__GET");
    osp_buf out;
    read_good(files);
    OSP_CHECK(osp_site_take(&arena, &site, "routes/layout.c", &layout, 1, &err) == OSP_OK);
    OSP_CHECK(osp_site_take(&arena, &site, "routes/page.c", page, 3, &err) == OSP_OK);
    OSP_CHECK(osp_site_take(&arena, &site, "routes/@a/default.c", &deflt, 1, &err) == OSP_OK);
    page_at("/")->leaf->methods = 1u << OSP_METHOD_DELETE;
    OSP_CHECK(osp_site_end(&site, &err) == OSP_OK);
    const osp_table table = { .name = "app", .trie = &trie, .site = &site };
    osp_buf_init(&out, NULL, 0, 1 << 20);
    osp_table_write(&arena, &table, &out);
    osp_buf_byte(&out, '\0');
    static const char *const wanted[] = {
        ".text = \"<p>text</p>\\012\",\n    .len = 12,",
        ".load = &osp_layout_routes_2flayout_2ec__GET,",
        "page_actions_0[] = {\n    &osp_action_routes_2fpage_2ec__drop,\n"
        "    &osp_action_routes_2fpage_2ec__save,\n    NULL,\n}",
        "page_slots_0[] = {\n    { 0, \"a\", &part_",
        ".page = &page_0,",
        ".by_method[OSP_METHOD_GET] = &osp_route_routes_2fpage_2ec__GET,",
        ".by_method[OSP_METHOD_POST] = &osp_route_page__POST,",
        ".by_method[OSP_METHOD_DELETE] = &osp_route_routes_2froute_2ec__DELETE,",
        ".page_keeper = &osp_page_keeper,",
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(wanted); i++) {
        if (strstr(out.ptr, wanted[i]) == NULL) {
            fprintf(stderr, "missing: %s\n%s", wanted[i], out.ptr);
        }
        OSP_CHECK(strstr(out.ptr, wanted[i]) != NULL);
    }
    osp_buf_done(&out);
    end();
}

OSP_UNIT_TEST(site_misdeclared, "what cannot be declared in a file is refused with that file")
{
    static const char *const files[] = { "layout.html",  "layout.c",  "page.html", "page.c",
                                         "@a/page.html", "@a/page.c", "route.c",   NULL };
    const struct {
        const char *file;
        osp_declared declared;
        const char *sentence;
    } cases[] = {
        { "routes/route.c", one(OSP_DECLARED_LAYOUT, "routes_2froute_2ec__GET"),
          "routes/route.c: only a layout.c below routes/ declares OSP_LAYOUT" },
        { "lib/x.c", one(OSP_DECLARED_ACTION, "x"), "lib/x.c: only a page.c below" },
        { "routes/page.c", one(OSP_DECLARED_MESSAGES, "de"), "routes/page.c: it declares nothing" },
        { "routes/page.c", one(OSP_DECLARED_ROUTE, "routes_2fpage_2ec__POST"),
          "routes/page.c: a page.c declares OSP_PAGE and OSP_ACTION alone" },
        { "routes/layout.c", one(OSP_DECLARED_ROUTE, "routes_2flayout_2ec__GET"),
          "routes/layout.c: a layout.c declares OSP_LAYOUT alone" },
        { "routes/@a/page.c", one(OSP_DECLARED_ACTION, "routes_2f_40a_2fpage_2ec__save"),
          "routes/@a/page.c: a slot is shown and not posted to" },
    };
    read_good(files);
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const osp_status status =
            osp_site_take(&arena, &site, cases[i].file, &cases[i].declared, 1, &err);
        OSP_CHECK(status == OSP_E_BUILD && strstr(err.message, cases[i].sentence) != NULL);
    }
    page_at("/")->leaf->methods = 1u << OSP_METHOD_GET;
    OSP_CHECK(osp_site_end(&site, &err) == OSP_E_BUILD);
    OSP_CHECK_STR(osp_str_from(err.message),
                  OSP_STR("routes/page.html and routes/route.c both answer GET /"));
    end();
}
