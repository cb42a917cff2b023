/* A report on a terminal.
 *
 *     A read of 4 bytes behind the end of a 16-byte allocation
 *     routes/users/route.c:17:9
 *
 *         16 |     char *p = malloc(16);
 *       > 17 |     return p[n];
 *            |            ^
 *         at show (routes/users/route.c:17:9)
 *         while answering GET /users/[id], request 3f9a
 *
 * What does not fit a screen is counted; the browser has it. */
#include <string.h>

#include "dev/report_impl.h"

#define LINES 2    /* of a source beside the marked one */
#define FRAMES 6   /* calls of one stack */
#define FINDINGS 6 /* further errors and notes */
#define WIDTH 160  /* bytes of one line of a source */

typedef enum tone { TONE_PLAIN = 0, TONE_ERROR, TONE_PLACE, TONE_MARK, TONE_DIM } tone;

typedef struct printer {
    osp_buf *out;
    const char *dir;
    bool colour;
} printer;

static void set(printer *p, tone as)
{
    static const char *const codes[] = { "\033[0m", "\033[1;31m", "\033[36m", "\033[1m",
                                         "\033[2m" };
    if (p->colour) {
        osp_buf_str(p->out, osp_str_from(codes[as]));
    }
}

/* Texts may come from a worker: what moves a cursor is left out, also in two bytes (C1). */
void osp_report_put(osp_str text, osp_buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.ptr[i];
        const bool c1 = c == 0xc2 && i + 1 < text.len && (unsigned char)text.ptr[i + 1] < 0xa0;
        if (c == '\t' || c == '\n') {
            osp_buf_byte(out, ' ');
        } else if (c1) {
            i++;
        } else if (c >= ' ' && c != 0x7f) {
            osp_buf_byte(out, (char)c);
        }
    }
}

static void put(const printer *p, osp_str text)
{
    osp_report_put(text, p->out);
}

static void put_words(printer *p, tone as, osp_str text)
{
    set(p, as);
    put(p, text);
    set(p, TONE_PLAIN);
}

static void put_place(printer *p, osp_str file, uint32_t line, uint32_t column)
{
    const bool below = strcmp(p->dir, ".") != 0 && file.len > 0 && file.ptr[0] != '/';
    set(p, TONE_PLACE);
    if (below) {
        put(p, osp_str_from(p->dir));
        osp_buf_byte(p->out, '/');
    }
    put(p, file);
    if (line > 0) {
        osp_buf_printf(p->out, ":%u", line);
    }
    if (line > 0 && column > 0) {
        osp_buf_printf(p->out, ":%u", column);
    }
    set(p, TONE_PLAIN);
}

/* The sign below the column; tabs stand as one space above, too. */
static void put_caret(printer *p, uint32_t column)
{
    if (column > 0 && column < WIDTH) {
        osp_buf_printf(p->out, "         | %*s", (int)column - 1, "");
        put_words(p, TONE_ERROR, OSP_STR("^"));
        osp_buf_byte(p->out, '\n');
    }
}

static void put_excerpt(printer *p, const osp_report *report)
{
    for (size_t i = 0; i < report->excerpt.count; i++) {
        const osp_report_line *line = &report->excerpt.items[i];
        if (line->line + LINES < report->line || line->line > report->line + LINES) {
            continue;
        }
        osp_buf_printf(p->out, " %s %5u | ", line->marked ? ">" : " ", line->line);
        const size_t len = line->text.len < WIDTH ? line->text.len : WIDTH;
        put_words(p, line->marked ? TONE_MARK : TONE_DIM, (osp_str){ line->text.ptr, len });
        osp_buf_byte(p->out, '\n');
        if (line->marked) {
            put_caret(p, report->column);
        }
    }
}

static void put_findings(printer *p, const osp_report *report)
{
    size_t shown = 0;
    for (size_t i = 0; i < report->findings.count && shown < FINDINGS; i++, shown++) {
        const osp_report_finding *finding = &report->findings.items[i];
        if (osp_str_equal(finding->severity, OSP_STR("fix"))) {
            osp_buf_str(p->out, OSP_STR("    perhaps: "));
            put_words(p, TONE_MARK, finding->text);
        } else {
            osp_buf_str(p->out, OSP_STR("    "));
            put(p, finding->severity);
            osp_buf_str(p->out, OSP_STR(": "));
            put(p, finding->text);
            if (finding->file.len > 0) {
                osp_buf_str(p->out, OSP_STR(" "));
                put_place(p, finding->file, finding->line, finding->column);
            }
        }
        osp_buf_byte(p->out, '\n');
    }
    if (report->findings.count > shown) {
        osp_buf_printf(p->out, "    and %zu more\n", report->findings.count - shown);
    }
}

/* The application's calls; of a stack that has none of those, the first ones. */
static void put_frames(printer *p, const osp_report_frame_list *frames)
{
    bool any = false;
    size_t shown = 0;
    for (size_t i = 0; i < frames->count; i++) {
        any |= frames->items[i].application;
    }
    for (size_t i = 0; i < frames->count && shown < FRAMES; i++) {
        const osp_report_frame *frame = &frames->items[i];
        if (any && !frame->application) {
            continue;
        }
        osp_buf_str(p->out, OSP_STR("    at "));
        put(p, frame->function.len > 0 ? frame->function : OSP_STR("?"));
        if (frame->file.len > 0) {
            osp_buf_str(p->out, OSP_STR(" ("));
            put_place(p, frame->file, frame->line, frame->column);
            osp_buf_str(p->out, OSP_STR(")"));
        }
        osp_buf_byte(p->out, '\n');
        shown++;
    }
}

static void put_request(printer *p, const osp_report *report)
{
    const osp_report_request *request = &report->request.value;
    if (report->request.is != OSP_SET) {
        return;
    }
    osp_buf_str(p->out, OSP_STR("    while answering "));
    put(p, request->target.len > 0 ? request->method : request->route);
    if (request->target.len > 0) {
        osp_buf_byte(p->out, ' ');
        put(p, request->target);
    }
    if (request->id.len > 0) {
        osp_buf_str(p->out, OSP_STR(", request "));
        put(p, request->id);
    }
    osp_buf_byte(p->out, '\n');
}

void osp_report_print(const osp_report *report, const char *dir, bool colour, osp_buf *out)
{
    printer p = { .out = out, .dir = dir, .colour = colour };
    osp_buf_byte(out, '\n');
    put_words(&p, TONE_ERROR, report->sentence);
    osp_buf_byte(out, '\n');
    if (report->file.len > 0) {
        put_place(&p, report->file, report->line, report->column);
        osp_buf_byte(out, '\n');
    }
    if (report->excerpt.count > 0) {
        osp_buf_byte(out, '\n');
        put_excerpt(&p, report);
    }
    put_findings(&p, report);
    put_frames(&p, &report->frames);
    for (size_t i = 0; i < report->stacks.count; i++) {
        osp_buf_str(out, OSP_STR("    "));
        put(&p, report->stacks.items[i].title);
        osp_buf_str(out, OSP_STR(":\n"));
        put_frames(&p, &report->stacks.items[i].frames);
    }
    put_request(&p, report);
    if (report->advice.len > 0) {
        osp_buf_str(out, OSP_STR("    "));
        put_words(&p, TONE_MARK, report->advice);
        osp_buf_byte(out, '\n');
    }
    osp_buf_byte(out, '\n');
}
