#include "dev/shown.h"

#include "tests/unit/unit.h"

static osp_shown shown;

static void add(osp_report_kind kind, const char *sentence, const char *target)
{
    osp_report report = { .kind = kind, .sentence = osp_str_from(sentence) };
    if (target != NULL) {
        report.request.is = OSP_SET;
        report.request.value.method = OSP_STR("GET");
        report.request.value.target = osp_str_from(target);
    }
    OSP_CHECK(osp_shown_add(&shown, &report) == OSP_OK);
}

/* The sentences on show, in their order. */
static void check(const char *sentences)
{
    osp_arena arena;
    osp_buf json, got;
    char storage[256];
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_buf_init(&json, NULL, 0, 2 * OSP_SHOWN_JSON_MAX);
    osp_buf_init(&got, storage, sizeof(storage), sizeof(storage));
    osp_shown_write(&shown, &json);
    OSP_CHECK(json.ptr[0] == '[' && json.ptr[json.len - 1] == ']');
    osp_buf_byte(&json, '\0');
    for (const char *at = json.ptr; (at = strstr(at, "\"sentence\":\"")) != NULL; at++) {
        osp_buf_byte(&got, at[12]);
    }
    OSP_CHECK_STR(((osp_str){ got.ptr, got.len }), osp_str_from(sentences));
    osp_buf_done(&json);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(shown_list, "there is one report of the build, and one of each request that fails")
{
    check("");
    add(OSP_REPORT_COMPILE, "a", NULL);
    add(OSP_REPORT_FAILURE, "b", "/x");
    add(OSP_REPORT_CHECK, "c", NULL);
    check("bc");
    add(OSP_REPORT_FAILURE, "d", "/x");
    add(OSP_REPORT_FAILURE, "e", "/y");
    add(OSP_REPORT_SANITIZER, "f", "/x");
    check("cdef");
    OSP_CHECK(!osp_shown_recover(&shown, OSP_STR("POST"), OSP_STR("/x")));
    OSP_CHECK(osp_shown_recover(&shown, OSP_STR("GET"), OSP_STR("/x")));
    check("cef");
    OSP_CHECK(osp_shown_clear(&shown) && !osp_shown_clear(&shown));
    check("");
}

OSP_UNIT_TEST(shown_limits, "of many reports, and of long ones, the newest are shown")
{
    char target[] = "/a", sentence[] = "a";
    for (int i = 0; i < OSP_SHOWN_MAX + 1; i++) {
        target[1] = sentence[0] = (char)('a' + i);
        add(OSP_REPORT_FAILURE, sentence, target);
    }
    check("bcdefghi");
    static char long_text[65536];
    memset(long_text, '"', sizeof(long_text));
    osp_report report = { .kind = OSP_REPORT_CRASH,
                          .sentence = OSP_STR("j"),
                          .raw = { long_text, sizeof(long_text) } };
    for (int i = 0; i < OSP_SHOWN_MAX; i++) {
        OSP_CHECK(osp_shown_add(&shown, &report) == OSP_OK);
    }
    check("jjjjj");
    report.raw = OSP_STR("");
    memset(long_text, '\1', sizeof(long_text)); /* six bytes each */
    report.sentence = (osp_str){ long_text, sizeof(long_text) };
    OSP_CHECK(osp_shown_add(&shown, &report) == OSP_E_LIMIT);
    (void)osp_shown_clear(&shown);
}
