/* The shape of a report as JSON, in and out.
 *
 *     worker --JSON--> dev process --JSON--> worker --JSON--> browser
 *
 * Both ends read what a broken process may have written, so lists and texts have limits here and
 * not only where reports are made. */
#include "agent/report.h"

#include "base/slice.h"
#include "base/utf8.h"
#include "type/json.h"

#define TEXT .max_len = OSP_REPORT_TEXT_MAX

OSP_ENUM(osp_report_kind, (OSP_REPORT_COMPILE, "compile"), (OSP_REPORT_CHECK, "check"),
         (OSP_REPORT_TEMPLATE, "template"), (OSP_REPORT_SANITIZER, "sanitizer"),
         (OSP_REPORT_CRASH, "crash"), (OSP_REPORT_HANG, "hang"), (OSP_REPORT_FAILURE, "failure"),
         (OSP_REPORT_START, "start"));

OSP_TYPE(osp_report_line, FIELD(line), FIELD(text, TEXT), FIELD(marked, .fallback = "false"));

OSP_TYPE(osp_report_frame, FIELD(function, TEXT, .fallback = ""), FIELD(file, TEXT, .fallback = ""),
         FIELD(line, .fallback = "0"), FIELD(column, .fallback = "0"),
         FIELD(application, .fallback = "false"));

OSP_TYPE(osp_report_stack, FIELD(title, TEXT),
         LIST(frames, osp_report_frame, .fallback = "[]", .max_len = OSP_REPORT_FRAMES_MAX));

OSP_TYPE(osp_report_finding, FIELD(severity, TEXT), FIELD(text, TEXT),
         FIELD(file, TEXT, .fallback = ""), FIELD(line, .fallback = "0"),
         FIELD(column, .fallback = "0"));

OSP_TYPE(osp_report_header, FIELD(name, TEXT), FIELD(value, TEXT));

OSP_TYPE(osp_report_request, FIELD(method, TEXT), FIELD(target, TEXT),
         FIELD(route, TEXT, .fallback = ""), FIELD(id, TEXT, .fallback = ""),
         LIST(headers, osp_report_header, .fallback = "[]", .max_len = OSP_REPORT_HEADERS_MAX),
         FIELD(body, .fallback = "", .max_len = OSP_REPORT_BODY_MAX));

OSP_TYPE(osp_report, FIELD(id, TEXT, .fallback = ""), ENUM(kind, osp_report_kind),
         FIELD(sentence, TEXT), FIELD(advice, TEXT, .fallback = ""),
         FIELD(file, TEXT, .fallback = ""), FIELD(line, .fallback = "0"),
         FIELD(column, .fallback = "0"),
         LIST(excerpt, osp_report_line, .fallback = "[]", .max_len = OSP_REPORT_LINES_MAX),
         LIST(findings, osp_report_finding, .fallback = "[]", .max_len = OSP_REPORT_FINDINGS_MAX),
         LIST(frames, osp_report_frame, .fallback = "[]", .max_len = OSP_REPORT_FRAMES_MAX),
         LIST(stacks, osp_report_stack, .fallback = "[]", .max_len = OSP_REPORT_STACKS_MAX),
         OPT(request, osp_report_request), FIELD(status, .fallback = "0"),
         FIELD(raw, .fallback = "", .max_len = OSP_REPORT_RAW_MAX));

osp_str osp_report_kind_name(osp_report_kind kind)
{
    OSP_ASSERT(kind < OSP_REPORT_KIND_COUNT);
    const osp_name *name = &osp_names_osp_report_kind[kind];
    return (osp_str){ name->text, name->len };
}

/* ---------------------------------------------------------------- texts */

/* Bytes of the character at the front of a text; 0: it is none. */
static size_t character_len(osp_str text)
{
    const unsigned char first = (unsigned char)text.ptr[0];
    const size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return len <= text.len && osp_utf8_valid((osp_str){ text.ptr, len }) ? len : 0;
}

/* Bytes of the escape sequence at the front of a text; 0: it begins otherwise. */
static size_t escape_len(osp_str text)
{
    size_t len = 2;
    if (text.len < 2 || text.ptr[0] != '\033' || text.ptr[1] != '[') {
        return 0;
    }
    while (len < text.len && (text.ptr[len] < '@' || text.ptr[len] > '~')) {
        len++;
    }
    return len < text.len ? len + 1 : len;
}

static bool is_control(char c)
{
    return ((unsigned char)c < ' ' && c != '\n' && c != '\t') || c == 0x7f;
}

osp_str osp_report_text(osp_arena *arena, osp_str text, size_t max)
{
    static const osp_str unknown = { "\xef\xbf\xbd", 3 }, ellipsis = { "\xe2\x80\xa6", 3 };
    OSP_ASSERT(max >= ellipsis.len);
    /* What goes into a byte of the text is three at most. */
    const size_t seen = text.len < 4 * max ? text.len : 4 * max;
    const size_t room = 3 * seen < max ? 3 * seen : max;
    char *out = osp_arena_try(arena, room + 1);
    size_t len = 0, fits = 0; /* fits: with the ellipsis behind it */
    if (out == NULL) {
        return (osp_str){ 0 };
    }
    while (text.len > 0) {
        size_t step = escape_len(text);
        osp_str piece = { 0 };
        if (step == 0) {
            step = character_len(text);
            piece = step > 0 ? (osp_str){ text.ptr, step } : unknown;
            step = step > 0 ? step : 1;
            piece.len = is_control(text.ptr[0]) ? 0 : piece.len;
        }
        if (piece.len > room - len) {
            memcpy(out + fits, ellipsis.ptr, ellipsis.len);
            len = fits + ellipsis.len;
            break;
        }
        if (piece.len > 0) {
            memcpy(out + len, piece.ptr, piece.len);
            len += piece.len;
            fits = len + ellipsis.len <= room ? len : fits;
        }
        text = osp_str_skip(text, step);
    }
    out[len] = '\0';
    return (osp_str){ out, len };
}

/* ---------------------------------------------------------------- JSON */

osp_status osp_report_write(const osp_report *report, osp_buf *out)
{
    return osp_json_encode(&osp_type_osp_report, report, out);
}

osp_status osp_report_read(osp_arena *arena, osp_str json, osp_report *ret_report)
{
    const osp_decoding how = { .arena = arena };
    osp_report report = { 0 };
    if (json.len > OSP_REPORT_JSON_MAX) {
        return OSP_E_LIMIT;
    }
    OSP_TRY(osp_json_decode(&osp_type_osp_report, &report, json, &how, NULL));
    *ret_report = report;
    return OSP_OK;
}

osp_status osp_report_request_write(const osp_report_request *request, osp_buf *out)
{
    return osp_json_encode(&osp_type_osp_report_request, request, out);
}

osp_status osp_report_request_read(osp_arena *arena, osp_str json, osp_report_request *ret_request)
{
    const osp_decoding how = { .arena = arena };
    osp_report_request request = { 0 };
    if (json.len > OSP_REPORT_JSON_MAX) {
        return OSP_E_LIMIT;
    }
    OSP_TRY(osp_json_decode(&osp_type_osp_report_request, &request, json, &how, NULL));
    *ret_request = request;
    return OSP_OK;
}
