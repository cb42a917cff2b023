/* Filters: {{article.body | markdown}}, {{article.created_at | day}}, {{username | initial}},
 * /profile/{{username | in_url}}. */
#include "lib/show.h"

#include <cmark.h>
#include <openspeed/template.h>
#include <stdlib.h>

#include "lib/text.h"

Pages show_pages(int64_t number, int64_t articles)
{
    Pages pages = { .number = number, .count = (articles + SHOWN_AT_ONCE - 1) / SHOWN_AT_ONCE };
    if (number > 1) {
        pages.previous = (osp_opt_int){ OSP_SET, number <= pages.count ? number - 1 : pages.count };
    }
    if (number < pages.count) {
        pages.next = (osp_opt_int){ OSP_SET, number + 1 };
    }
    return pages;
}

/* Markdown is HTML by the author's will, so it is safe by what it leaves out: without
 * CMARK_OPT_UNSAFE no raw HTML passes, and no link to javascript:, vbscript:, file: or data:.
 *
 * The time that brackets take grows with the square of their number.  In a text with so many, which
 * is none that people write, they are no more than brackets. */
#define BRACKETS_MAX 2000

static osp_str tame(osp_task *task, osp_str text)
{
    size_t brackets = 0, len = 0;
    for (size_t i = 0; i < text.len; i++) {
        brackets += text.ptr[i] == '[';
    }
    char *tamed = brackets > BRACKETS_MAX ? osp_alloc(task, text.len + brackets) : NULL;
    for (size_t i = 0; tamed != NULL && i < text.len; i++) {
        if (text.ptr[i] == '[') {
            tamed[len++] = '\\';
        }
        tamed[len++] = text.ptr[i];
    }
    return brackets > BRACKETS_MAX ? (osp_str){ tamed, len } : text;
}

static osp_status markdown(osp_task *task, const osp_str *text, osp_markup *out)
{
    const osp_str tamed = tame(task, *text);
    char *html = cmark_markdown_to_html(tamed.ptr, tamed.len, CMARK_OPT_DEFAULT);
    if (html == NULL) {
        return OSP_E_NOMEM;
    }
    out->text = osp_copy(task, osp_str_from(html));
    free(html);
    return out->text.ptr != NULL ? OSP_OK : OSP_E_NOMEM;
}
OSP_FILTER(markdown, osp_str, osp_markup);

static int number_at(osp_str text, size_t at, size_t len)
{
    int number = 0;
    for (size_t i = at; i < at + len && i < text.len; i++) {
        number = number * 10 + (text.ptr[i] - '0');
    }
    return number;
}

/* "2026-01-31T12:00:00.000Z", as the database has times, is January 31, 2026. */
static osp_status day(osp_task *task, const osp_str *time, osp_str *out)
{
    static const char *const months[] = { "January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December" };
    const int year = number_at(*time, 0, 4), month = number_at(*time, 5, 2);
    const char *name = month >= 1 && month <= 12 ? months[month - 1] : "";
    *out = osp_format(task, "%s %d, %d", name, number_at(*time, 8, 2), year);
    return out->ptr != NULL ? OSP_OK : OSP_E_NOMEM;
}
OSP_FILTER(day, osp_str, osp_str);

/* /profile/{{name | in_url}}: names may have what ends a segment of a path. */
static osp_status in_url(osp_task *task, const osp_str *text, osp_str *out)
{
    *out = text_in_url(task, *text);
    return out->ptr != NULL ? OSP_OK : OSP_E_NOMEM;
}
OSP_FILTER(in_url, osp_str, osp_str);

/* What stands for somebody without a picture. */
static osp_status initial(osp_task *task, const osp_str *name, osp_str *out)
{
    size_t len = 0;
    (void)task;
    if (name->len > 0) {
        (void)text_code_point(*name, &len);
    }
    *out = (osp_str){ name->ptr, len };
    return OSP_OK;
}
OSP_FILTER(initial, osp_str, osp_str);
