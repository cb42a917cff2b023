#include "agent/report.h"

#include "tests/unit/unit.h"

static osp_arena arena;

OSP_UNIT_TEST(report_texts, "whatever a program says becomes a text that can be shown")
{
    static const struct {
        osp_str from;
        size_t max;
        const char *text;
    } rows[] = {
        { OSP_STR("plain"), 100, "plain" },
        { OSP_STR("\033[01;31merror:\033[m\033[K no\033["), 100, "error: no" },
        { OSP_STR("a\0b\x07"
                  "c\r\n\td\x7f"),
          100, "abc\n\td" },
        { OSP_STR("\xff\xc3\xa9\xc3"), 100, "\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd" },
        { OSP_STR("123456"), 6, "123456" },
        { OSP_STR("1234567"), 6, "123\xe2\x80\xa6" },
        { OSP_STR("12\xc3\xa9\xc3\xa9"), 6, "12\xc3\xa9\xc3\xa9" },
        { OSP_STR("12\xc3\xa9\xc3\xa9x"), 6, "12\xe2\x80\xa6" },
        { OSP_STR(""), 6, "" },
    };
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    for (size_t i = 0; i < OSP_ARRAY_LEN(rows); i++) {
        OSP_CHECK_STR(osp_report_text(&arena, rows[i].from, rows[i].max),
                      osp_str_from(rows[i].text));
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(report_round, "a report comes back from JSON as it was")
{
    osp_report_line lines[] = { { 6, OSP_STR("{"), false }, { 7, OSP_STR("\tx();"), true } };
    osp_report_frame frames[] = { { OSP_STR("show"), OSP_STR("routes/route.c"), 7, 5, true } };
    osp_report_stack stacks[] = { { OSP_STR("freed by"), { frames, 1 } } };
    osp_report_finding findings[] = { { OSP_STR("note"), OSP_STR("why"), OSP_STR("a.h"), 1, 2 } };
    osp_report_header headers[] = { { OSP_STR("Accept"), OSP_STR("<script>") } };
    const osp_report report = {
        .id = OSP_STR("1"),
        .kind = OSP_REPORT_SANITIZER,
        .sentence = OSP_STR("A read behind the end"),
        .advice = OSP_STR("look"),
        .file = OSP_STR("routes/route.c"),
        .line = 7,
        .column = 5,
        .excerpt = { lines, 2 },
        .findings = { findings, 1 },
        .frames = { frames, 1 },
        .stacks = { stacks, 1 },
        .request = { OSP_SET,
                     { .method = OSP_STR("GET"),
                       .target = OSP_STR("/"),
                       .headers = { headers, 1 } } },
        .raw = OSP_STR("==1==ERROR"),
    };
    osp_buf once, twice;
    osp_report back;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    osp_buf_init(&once, NULL, 0, OSP_REPORT_JSON_MAX);
    osp_buf_init(&twice, NULL, 0, OSP_REPORT_JSON_MAX);
    OSP_CHECK(osp_report_write(&report, &once) == OSP_OK);
    OSP_CHECK(osp_report_read(&arena, (osp_str){ once.ptr, once.len }, &back) == OSP_OK);
    OSP_CHECK(back.kind == OSP_REPORT_SANITIZER &&
              back.stacks.items[0].frames.items[0].application);
    OSP_CHECK(osp_report_write(&back, &twice) == OSP_OK);
    OSP_CHECK_STR(((osp_str){ twice.ptr, twice.len }), ((osp_str){ once.ptr, once.len }));
    OSP_CHECK_STR(osp_report_kind_name(back.kind), OSP_STR("sanitizer"));
    osp_buf_done(&once);
    osp_buf_done(&twice);
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(report_limits, "a report with too much of anything is refused")
{
    osp_report back;
    for (size_t over = 0; over < 2; over++) {
        osp_buf json;
        osp_arena_init(&arena, NULL, 0, 1 << 22);
        osp_buf_init(&json, NULL, 0, OSP_REPORT_JSON_MAX + 2);
        osp_buf_str(&json, OSP_STR("{\"kind\":\"crash\",\"sentence\":\"s\",\"frames\":["));
        for (size_t i = 0; i < OSP_REPORT_FRAMES_MAX + over; i++) {
            osp_buf_str(&json, i == 0 ? OSP_STR("{}") : OSP_STR(",{}"));
        }
        osp_buf_str(&json, OSP_STR("]}"));
        OSP_CHECK((osp_report_read(&arena, (osp_str){ json.ptr, json.len }, &back) == OSP_OK) ==
                  (over == 0));
        while (json.len < OSP_REPORT_JSON_MAX + over) {
            osp_buf_byte(&json, ' ');
        }
        OSP_CHECK((osp_report_read(&arena, (osp_str){ json.ptr, json.len }, &back) ==
                   OSP_E_LIMIT) == (over == 1));
        osp_buf_done(&json);
        osp_arena_done(&arena);
    }
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    OSP_CHECK(osp_report_read(&arena, OSP_STR("{\"kind\":\"none\",\"sentence\":\"\"}"), &back) ==
              OSP_E_TYPE_MISMATCH);
    OSP_CHECK(osp_report_read(&arena, OSP_STR("{"), &back) == OSP_E_JSON_SYNTAX);
    osp_arena_done(&arena);
}
