/* Text and numbers where there is room for the worst, and where there is not. */
#include "template/escape.h"

#include <stdlib.h>

#include "base/task.h"
#include "template/template.h"
#include "tests/unit/unit.h"

#define LEN_MAX 70 /* several blocks, and every rest of one */

/* A byte at a time. */
static void escape_simply(osp_str text, osp_buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '&':
            osp_buf_str(out, OSP_STR("&amp;"));
            break;
        case '<':
            osp_buf_str(out, OSP_STR("&lt;"));
            break;
        case '>':
            osp_buf_str(out, OSP_STR("&gt;"));
            break;
        case '"':
            osp_buf_str(out, OSP_STR("&quot;"));
            break;
        case '\'':
            osp_buf_str(out, OSP_STR("&#39;"));
            break;
        case '\0':
            osp_buf_str(out, OSP_STR("\xef\xbf\xbd"));
            break;
        default:
            osp_buf_byte(out, text.ptr[i]);
        }
    }
}

/* Whether a text comes out alike with room for anything and with none that is too much. */
static bool is_right(osp_str text)
{
    char simply[OSP_ESCAPED_SIZE(LEN_MAX)], roomy[OSP_ESCAPED_SIZE(LEN_MAX)];
    char tight[OSP_ESCAPED_SIZE(LEN_MAX)];
    osp_buf want, got, exact;
    osp_buf_init(&want, simply, sizeof simply, sizeof simply);
    osp_buf_init(&got, roomy, OSP_ESCAPED_SIZE(text.len), OSP_ESCAPED_SIZE(text.len));
    escape_simply(text, &want);
    osp_escape_markup(text, &got);
    osp_buf_init(&exact, tight, want.len, want.len);
    osp_escape_markup(text, &exact);
    return !got.failed && !exact.failed && got.len == want.len && exact.len == want.len &&
           memcmp(got.ptr, want.ptr, want.len) == 0 && memcmp(exact.ptr, want.ptr, want.len) == 0;
}

OSP_UNIT_TEST(escape_markup, "every byte at every place of texts of every length")
{
    for (size_t len = 0; len <= LEN_MAX; len++) {
        char *text = malloc(len); /* behind which nothing may be read */
        OSP_CHECK(text != NULL || len == 0);
        for (size_t i = 0; i < len; i++) {
            text[i] = 'a';
        }
        OSP_CHECK(is_right((osp_str){ text, len }));
        for (size_t at = 0; at < len; at++) {
            for (int byte = 0; byte < 256; byte++) {
                text[at] = (char)byte;
                OSP_CHECK(is_right((osp_str){ text, len }));
                text[len - 1 - at] = '<';
                OSP_CHECK(is_right((osp_str){ text, len }));
                text[len - 1 - at] = 'a';
            }
            text[at] = 'a';
        }
        free(text);
    }
    OSP_CHECK(is_right((osp_str){ NULL, 0 }));
}

typedef struct EscapeRow {
    int64_t number;
    osp_str text;
} EscapeRow;
OSP_LIST_OF(EscapeRow);
OSP_TYPE(EscapeRow, FIELD(number), FIELD(text));
typedef struct EscapeView {
    EscapeRow_list rows;
} EscapeView;
OSP_TYPE(EscapeView, LIST(rows, EscapeRow));

static const char table[] = "{{#each rows}}<p class=\"a long literal that is more than is moved at "
                            "once\">{{number}}{{number}} {{text}}{{@last}}{{/each}} end";

static EscapeRow rows[] = {
    { 0, S("") },
    { 9, S("\"a\" & b") },
    { 10, S("a text that is neither short nor has anything to be escaped") },
    { -1, S("<") },
    { 99, S("x") },
    { 100, S("1234567") },
    { INT64_MIN, S("'an odd one that needs far more room than it has bytes: <<<<<<<<<<<<<<<<<'") },
    { INT64_MAX, S("12345678") },
};

OSP_UNIT_TEST(escape_room, "a rendering fits into a buffer of its length, and into no shorter one")
{
    static const osp_template_scope scope = { NULL, &osp_type_EscapeView };
    const osp_template_options options = { .scopes = &scope, .scope_count = 1 };
    const EscapeView view = { { rows, OSP_ARRAY_LEN(rows) } };
    const void *values[] = { &view };
    osp_arena arena;
    osp_task task;
    osp_arena_init(&arena, NULL, 0, 1 << 22);
    osp_task_init(&task, &arena);
    osp_template_complaints said = { .count = 0 };
    const osp_template *template = NULL;
    OSP_CHECK(osp_template_compile(&arena, (osp_template_text){ "t", osp_str_from(table) },
                                   &options, &said, &template) == OSP_OK);
    static char roomy[1 << 16]; /* everything is written at once */
    osp_buf whole;
    osp_buf_init(&whole, roomy, sizeof roomy, sizeof roomy);
    OSP_CHECK(osp_template_render(template, values, NULL, &task, &whole) == OSP_OK);
    osp_buf_byte(&whole, '\0');
    static const char *const shown[] = {
        ">00 false<",
        ">99 &quot;a&quot; &amp; bfalse<",
        ">1010 a text that is neither short nor has anything to be escapedfalse<",
        ">-1-1 &lt;false<",
        ">9999 xfalse<",
        ">100100 1234567false<",
        ">-9223372036854775808-9223372036854775808 &#39;an odd one",
        ">92233720368547758079223372036854775807 12345678true end",
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(shown); i++) {
        OSP_CHECK(strstr(whole.ptr, shown[i]) != NULL);
    }
    const size_t len = whole.len - 1;
    for (size_t max = 0; max < 2 * len; max++) {
        osp_buf out;
        osp_buf_init(&out, NULL, 0, max);
        const osp_status status = osp_template_render(template, values, NULL, &task, &out);
        OSP_CHECK(status == (max < len ? OSP_E_LIMIT : OSP_OK));
        OSP_CHECK(out.len <= max && (max < len || out.len == len));
        OSP_CHECK(out.len == 0 || memcmp(out.ptr, whole.ptr, out.len) == 0);
        osp_buf_done(&out);
    }
    osp_arena_done(&arena);
}
