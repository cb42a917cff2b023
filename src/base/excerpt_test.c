#include "base/excerpt.h"

#include "tests/unit/unit.h"

static void check(osp_str text, size_t at, size_t len, int indent, const char *wanted)
{
    char storage[512];
    osp_buf out;
    osp_buf_init(&out, storage, sizeof storage, sizeof storage);
    osp_excerpt_write(text, at, len, 7, indent, &out);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), osp_str_from(wanted));
    osp_buf_done(&out);
}

OSP_UNIT_TEST(excerpt_marks, "a mark stands below what it is of, by characters")
{
    check(OSP_STR("a\nb cd e\r\nf"), 4, 2, 0, "    7 | b cd e\n      |   ^~\n");
    check(OSP_STR("\tx\xc3\xa9y"), 4, 1, 0, "    7 | \tx\xc3\xa9y\n      | \t  ^\n");
    check(OSP_STR("ab"), 2, 5, 3, "    7 |    ab\n      |      ^\n");
    check(OSP_STR("ab\ncd"), 3, 9, 3, "    7 | cd\n      | ^~\n");
    check(OSP_STR(""), 0, 0, 0, "    7 | \n      | ^\n");
}

OSP_UNIT_TEST(excerpt_width, "of a long line the middle is shown, and one more byte is cut")
{
    char line[2 * OSP_EXCERPT_WIDTH];
    char wanted[512];
    memset(line, 'x', sizeof line);
    for (int more = 0; more < 2; more++) {
        const osp_str text = { line, (size_t)OSP_EXCERPT_WIDTH + (size_t)more };
        (void)snprintf(wanted, sizeof wanted, "    7 | %.*s\n      | ^\n", OSP_EXCERPT_WIDTH, line);
        check(text, 0, 1, 0, wanted);
    }
    (void)snprintf(wanted, sizeof wanted, "    7 | %.*s\n      | %*s^\n", OSP_EXCERPT_WIDTH, line,
                   OSP_EXCERPT_WIDTH / 2, "");
    check((osp_str){ line, sizeof line }, OSP_EXCERPT_WIDTH, 1, 0, wanted);
}
