/* Templates that are read anew, what the check finds, and how much may stand around a page. */
#include "app/dev.h"
#include "tests/unit/demo.h"
#include "tests/unit/fault.h"

/* ---------------------------------------------------------------- development */

static const char *home_text;

static osp_status read_files(void *arg, const osp_template_file *file, osp_str *ret_text)
{
    (void)arg;
    *ret_text = file == &osp_demo_files[OSP_DEMO_HOME] ? osp_str_from(home_text)
                                                       : (osp_str){ file->text, file->len };
    return home_text[0] == '\0' ? OSP_E_IO : OSP_OK;
}

OSP_UNIT_TEST(page_reload,
              "templates are read anew, and stay as they were where they do not compile")
{
    static const struct osp_dev_hooks hooks = { 0 };
    static const osp_page_reader reader = { read_files, NULL };
    osp_buf said;
    osp_demo_app.dev = &hooks;
    osp_demo_begin();
    osp_buf_init(&said, NULL, 0, 1 << 16);
    home_text = "<h1>New</h1>";
    osp_demo_ask("/");
    OSP_DEMO_EXPECT("<h1>Home</h1>");
    OSP_CHECK(osp_page_keeper.reload(osp_demo.pages, &reader, &said) == OSP_OK && said.len == 0);
    OSP_CHECK(osp_reply_write_h1(&osp_demo.ctx.response, &(osp_reply_options){ 0 },
                                 &osp_demo.out) == OSP_OK);
    osp_demo_ask("/");
    OSP_DEMO_EXPECT("<h1>New</h1>");
    home_text = "<h1>{{nothing}}</h1>";
    OSP_CHECK(osp_page_keeper.reload(osp_demo.pages, &reader, &said) == OSP_E_INVALID);
    OSP_CHECK(memmem(said.ptr, said.len, "routes/page.html:1:7: error:", 28) != NULL);
    home_text = "";
    OSP_CHECK(osp_page_keeper.reload(osp_demo.pages, &reader, &said) == OSP_E_IO);
    osp_demo_ask("/");
    OSP_DEMO_EXPECT("<h1>New</h1>");
    osp_buf_done(&said);
    osp_demo_end();
    osp_demo_app.dev = NULL;
}

/* ---------------------------------------------------------------- the check */

/* Whether the check says something. */
static bool finds_too(const char *text)
{
    osp_buf said;
    osp_buf_init(&said, NULL, 0, 1 << 20);
    (void)osp_page_keeper.check(&osp_demo_app, &said);
    const bool found = said.len > 0 && memmem(said.ptr, said.len, text, strlen(text)) != NULL;
    osp_buf_done(&said);
    return found;
}

static bool finds(const char *text)
{
    osp_buf said;
    osp_buf_init(&said, NULL, 0, 1 << 16);
    const size_t found = osp_page_keeper.check(&osp_demo_app, &said);
    const bool good = found > 0 && memmem(said.ptr, said.len, text, strlen(text)) != NULL;
    if (!good) {
        fprintf(stderr, "%zu findings, no %s in\n%.*s", found, text, (int)said.len, said.ptr);
    }
    osp_buf_done(&said);
    return good;
}

OSP_UNIT_TEST(page_check,
              "what is around each other is held together when the application is built")
{
    osp_demo_begin();
    OSP_CHECK(osp_page_keeper.check(&osp_demo_app, &osp_demo.out) == 0);
    const osp_page_def kept = osp_demo_post;
    osp_page_def *changed = &osp_demo_post;
    changed->slot_count = 0;
    OSP_CHECK(finds("routes/blog/layout.html:1:24: error: nothing fills {{outlet @aside}} for "
                    "routes/blog/[slug]/page.html; add routes/blog/@aside/default.html"));
    changed->slot_count = kept.slot_count;
    const char *text = osp_demo_files[OSP_DEMO_ROOT].text;
    osp_demo_files[OSP_DEMO_ROOT].text = "{{outlet}}";
    osp_demo_files[OSP_DEMO_ROOT].len = 10;
    OSP_CHECK(
        finds("routes/layout.html:1:1: error: the layout has no {{head}}, where the {{#head}} "
              "of "));
    osp_demo_files[OSP_DEMO_ROOT].text = text;
    osp_demo_files[OSP_DEMO_ROOT].len = (uint32_t)strlen(text);
    osp_demo_end();
}

#define ONE_HEAD (OSP_PAGE_HEADS_MAX / 2) /* elements that one template may have */

/* A template with as many elements in its head as one can have. */
static void fill_head(int file, char letter, const char *behind)
{
    static char texts[OSP_DEMO_TEMPLATES][ONE_HEAD * 40 + 64];
    char *at = texts[file] + sprintf(texts[file], "{{#head}}");
    for (int i = 0; i < ONE_HEAD; i++) {
        at += sprintf(at, "<meta name=\"%c%d\" content=\"x\">", letter, i);
    }
    sprintf(at, "{{/head}}%s", behind);
    osp_demo_files[file].text = texts[file];
}

OSP_UNIT_TEST(page_heads, "so many elements stand in a head, and not one more")
{
    fill_head(OSP_DEMO_ROOT, 'r', "<html>{{head}}{{outlet}}");
    fill_head(OSP_DEMO_POST, 'p', "");
    osp_demo_begin();
    osp_demo_ask("/blog/first");
    OSP_DEMO_EXPECT("<meta name=\"r0\"");
    OSP_DEMO_EXPECT("<meta name=\"p63\"");
    osp_demo_end();
    osp_demo_files[OSP_DEMO_ASIDE].text =
        "{{#head}}<meta name=\"one more\" content=\"x\">{{/head}}";
    osp_demo_files[OSP_DEMO_ASIDE].len = (uint32_t)strlen(osp_demo_files[OSP_DEMO_ASIDE].text);
    OSP_CHECK(finds("more than 128 elements in {{#head}}"));
}

OSP_UNIT_TEST(page_depth, "so many layouts stand around a page, and not one more")
{
    static const osp_page_part *deep[OSP_PAGE_LAYOUTS_MAX + 2];
    osp_page_def *changed = &osp_demo_home;
    const osp_page_def kept = osp_demo_home;
    for (size_t i = 0; i < OSP_ARRAY_LEN(deep); i++) {
        deep[i] = &osp_demo_root_part;
    }
    deep[OSP_PAGE_LAYOUTS_MAX] = &osp_demo_home_part;
    changed->parts = deep;
    changed->part_count = OSP_PAGE_LAYOUTS_MAX + 1;
    osp_demo_begin();
    osp_demo_ask("/");
    OSP_CHECK(osp_demo.ctx.response.status == 200);
    OSP_DEMO_EXPECT("<!--osp:16 ");
    osp_demo_take_shown(&osp_demo.out);
    osp_demo_end();
    deep[OSP_PAGE_LAYOUTS_MAX] = &osp_demo_root_part;
    deep[OSP_PAGE_LAYOUTS_MAX + 1] = &osp_demo_home_part;
    changed->part_count++;
    OSP_CHECK(finds("the page has 17 layouts and 0 slots around it"));
    *changed = kept;
}

OSP_UNIT_TEST(page_items, "so many slots stand around a page, and not one more")
{
    static const osp_page_slot slots[OSP_PAGE_ITEMS_MAX] = {
        [0 ... OSP_PAGE_ITEMS_MAX - 1] = { 0, "none", &osp_demo_aside_part }
    };
    const osp_page_def kept = osp_demo_home;
    osp_demo_begin();
    osp_demo_home.slots = slots;
    osp_demo_home.slot_count = OSP_PAGE_ITEMS_MAX - 2; /* beside the page and its layout */
    OSP_CHECK(finds("fills a slot that the layout does not show") &&
              !finds_too("the page has 1 layouts"));
    osp_demo_home.slot_count++;
    OSP_CHECK(finds_too("the page has 1 layouts and 63 slots around it; the most are 16 layouts, "
                        "and 63 of both"));
    osp_demo_home = kept;
    osp_demo_end();
}

/* Whether the root layout, with so many forms, is known again. */
static bool knows_with_forms(int count)
{
    static char text[OSP_PAGE_HOLES_MAX * 32 + 64];
    const char *kept = osp_demo_files[OSP_DEMO_ROOT].text;
    char *at = text + sprintf(text, "{{head}}");
    for (int i = 0; i < count; i++) {
        at += sprintf(at, "<form method=post></form>");
    }
    sprintf(at, "{{outlet}}");
    osp_demo_files[OSP_DEMO_ROOT].text = text;
    osp_demo_begin();
    osp_demo_ask("/");
    osp_demo_take_shown(&osp_demo.out);
    osp_demo_ask_with(OSP_METHOD_GET, "/", 2);
    const bool knows = osp_demo_says("OpenSpeed-Part: 1");
    osp_demo_end();
    osp_demo_files[OSP_DEMO_ROOT].text = kept;
    return knows;
}

OSP_UNIT_TEST(page_holes, "a layout with more forms than that is sent anew each time")
{
    OSP_CHECK(knows_with_forms(OSP_PAGE_HOLES_MAX - 2)); /* beside the head and the outlet */
    OSP_CHECK(!knows_with_forms(OSP_PAGE_HOLES_MAX - 1));
}

/* ---------------------------------------------------------------- memory */

static void try(void *arg)
{
    osp_demo_ask(arg);
}

static void judge(void *arg, bool starved)
{
    (void)arg;
    const int status = osp_demo.ctx.response.status;
    OSP_CHECK(status == 200 || (starved && (status == 503 || status == 500)));
}

OSP_UNIT_TEST(page_memory, "without memory a page is refused")
{
    static char slug_url[] = "/blog/first", form_url[] = "/user/ann/posts";
    osp_demo_begin();
    (void)osp_fault_each(&(osp_fault_trial){ .work = try, .judge = judge, .arg = slug_url });
    (void)osp_fault_each(&(osp_fault_trial){ .work = try, .judge = judge, .arg = form_url });
    osp_demo_end();
}
