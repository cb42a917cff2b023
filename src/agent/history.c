/* Two rings.  A request goes when its place is taken, or its bytes are: those of one that was large
 * cost some that were small. */
#include "agent/history.h"

#include <string.h>

#include "agent/pack.h"
#include "type/json.h"

#define DECODE_MAX ((size_t)8 << 20) /* bytes that reading a line may take */

typedef struct told {
    osp_str t;
    osp_json summary, record, original, line;
} told;
OSP_TYPE(told, FIELD(t), FIELD(summary, .fallback = "null"), FIELD(record, .fallback = "null"),
         FIELD(original, .fallback = "null"), FIELD(line, .fallback = "null"));

/* ---------------------------------------------------------------- requests */

static osp_history_request *at_number(const osp_history *history, uint64_t number)
{
    return (osp_history_request *)(uintptr_t)&history->requests[number % OSP_HISTORY_REQUESTS_MAX];
}

static void forget_oldest(osp_history *history)
{
    OSP_ASSERT(history->request_first < history->request_count);
    osp_history_request *oldest = at_number(history, history->request_first++);
    OSP_ASSERT(oldest->packed.len <= history->request_bytes);
    history->request_bytes -= oldest->packed.len;
    osp_buf_done(&oldest->packed);
    osp_buf_done(&oldest->summary);
    *oldest = (osp_history_request){ 0 };
}

/* A copy of its own.  OSP_OK | OSP_E_NOMEM */
static osp_status keep(osp_str text, osp_buf *ret)
{
    osp_buf copy;
    osp_buf_init(&copy, NULL, 0, text.len);
    osp_buf_str(&copy, text);
    if (copy.failed) {
        osp_buf_done(&copy);
        return OSP_E_NOMEM;
    }
    *ret = copy;
    return OSP_OK;
}

_Static_assert(OSP_PACK_MAX <= OSP_HISTORY_BYTES_MAX, "one record fits where all others have gone");

static osp_status add_request(osp_history *history, osp_str bytes)
{
    osp_buf packed;
    if (bytes.len > OSP_PACK_MAX || osp_pack_id(bytes).len == 0) {
        return OSP_E_INVALID;
    }
    OSP_TRY(keep(bytes, &packed));
    while (history->request_count - history->request_first == OSP_HISTORY_REQUESTS_MAX ||
           bytes.len > OSP_HISTORY_BYTES_MAX - history->request_bytes) {
        forget_oldest(history);
    }
    *at_number(history, history->request_count++) =
        (osp_history_request){ .packed = packed, .id = osp_pack_id(osp_buf_text(&packed)) };
    history->request_bytes += bytes.len;
    return OSP_OK;
}

/* The newest first: a replay is looked at right behind its request. */
static osp_history_request *find(const osp_history *history, osp_str id)
{
    for (uint64_t i = history->request_count; i > history->request_first; i--) {
        osp_history_request *request = at_number(history, i - 1);
        if (osp_str_equal(request->id, id)) {
            return request;
        }
    }
    return NULL;
}

/* ---------------------------------------------------------------- the log */

static osp_status add_line(osp_history *history, osp_str text)
{
    if (text.len > OSP_HISTORY_LINE_MAX) {
        return OSP_E_LIMIT;
    }
    if (memchr(text.ptr, '\n', text.len) != NULL) { /* a frame may hold what no line does */
        return OSP_E_INVALID;
    }
    osp_buf copy;
    OSP_TRY(keep(text, &copy));
    osp_buf *at = &history->lines[history->line_count++ % OSP_HISTORY_LINES_MAX];
    osp_buf_done(at);
    *at = copy;
    return OSP_OK;
}

/* ---------------------------------------------------------------- all of it */

osp_status osp_history_add(osp_history *history, osp_str line)
{
    osp_arena arena;
    told said = { 0 };
    if (osp_pack_is(line)) {
        return add_request(history, line);
    }
    osp_arena_init(&arena, NULL, 0, DECODE_MAX);
    const osp_decoding how = { .arena = &arena };
    osp_status status = osp_json_decode(&osp_type_told, &said, line, &how, NULL);
    const bool is_log = status == OSP_OK && osp_str_equal(said.t, OSP_STR("log")) &&
                        osp_str_starts_with(said.line.text, OSP_STR("{"));
    status = is_log ? add_line(history, said.line.text) : OSP_E_INVALID;
    osp_arena_done(&arena);
    return status;
}

void osp_history_done(osp_history *history)
{
    while (history->request_first < history->request_count) {
        forget_oldest(history);
    }
    for (size_t i = 0; i < OSP_HISTORY_LINES_MAX; i++) {
        osp_buf_done(&history->lines[i]);
    }
    history->line_count = 0;
}

/* ---------------------------------------------------------------- asking */

/* A list ends where it would be too long for a line of the channel. */
static bool has_room(const osp_buf *out)
{
    return out->len < OSP_HISTORY_LIST_MAX;
}

/* Writes the record of a request, and calls `put` with its parts.  False: it is none, or too long.
 */
static bool look(osp_history_request *request,
                 void (*put)(osp_history_request *request, const told *said, osp_buf *out),
                 osp_buf *out)
{
    osp_buf line;
    osp_arena arena;
    told said = { 0 };
    osp_buf_init(&line, NULL, 0, OSP_RECORD_LINE_MAX);
    osp_arena_init(&arena, NULL, 0, DECODE_MAX);
    const osp_decoding how = { .arena = &arena };
    const bool good =
        osp_pack_write(osp_buf_text(&request->packed), &line) == OSP_OK &&
        osp_json_decode(&osp_type_told, &said, osp_buf_text(&line), &how, NULL) == OSP_OK;
    if (good) {
        put(request, &said, out);
    }
    osp_arena_done(&arena);
    osp_buf_done(&line);
    return good;
}

static void keep_summary(osp_history_request *request, const told *said, osp_buf *out)
{
    (void)out;
    (void)!keep(said->summary.text, &request->summary);
}

static void put_record(osp_history_request *request, const told *said, osp_buf *out)
{
    (void)request;
    osp_buf_str(out, said->record.text);
}

static void put_original(osp_history_request *request, const told *said, osp_buf *out)
{
    (void)request;
    osp_buf_str(out, said->original.text);
}

static void put_requests(const osp_history *history, osp_buf *out)
{
    bool first = true;
    osp_buf_byte(out, '[');
    for (uint64_t i = history->request_count; i > history->request_first && has_room(out); i--) {
        osp_history_request *request = at_number(history, i - 1);
        if (request->summary.len > 0 || look(request, keep_summary, NULL)) {
            osp_buf_str(out, first ? (osp_str){ 0 } : OSP_STR(","));
            osp_buf_append(out, request->summary.ptr, request->summary.len);
            first = false;
        }
    }
    osp_buf_byte(out, ']');
}

static void put_lines(const osp_history *history, osp_buf *out)
{
    const uint64_t count = history->line_count;
    const uint64_t first = count > OSP_HISTORY_LINES_MAX ? count - OSP_HISTORY_LINES_MAX : 0;
    osp_buf_byte(out, '[');
    for (uint64_t i = count; i > first && has_room(out); i--) {
        osp_buf_str(out, i < count ? OSP_STR(",") : (osp_str){ 0 });
        const osp_buf *line = &history->lines[(i - 1) % OSP_HISTORY_LINES_MAX];
        osp_buf_append(out, line->ptr, line->len);
    }
    osp_buf_byte(out, ']');
}

bool osp_history_answer(osp_history *history, osp_str what, osp_str arg, osp_buf *out)
{
    if (osp_str_equal(what, OSP_STR("requests"))) {
        put_requests(history, out);
        return true;
    }
    if (osp_str_equal(what, OSP_STR("log"))) {
        put_lines(history, out);
        return true;
    }
    const bool original = osp_str_equal(what, OSP_STR("original"));
    if (!original && !osp_str_equal(what, OSP_STR("request"))) {
        return false;
    }
    osp_history_request *found = find(history, arg);
    if (found == NULL || !look(found, original ? put_original : put_record, out)) {
        osp_buf_str(out, OSP_STR("null"));
    }
    return true;
}
