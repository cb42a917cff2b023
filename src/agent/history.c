/* Two rings.  A request goes when its place is taken, or its bytes are: those of one that was large
 * cost some that were small. */
#include "agent/history.h"

#include "base/arena.h"
#include "type/json.h"

#define DECODE_MAX ((size_t)8 << 20) /* bytes that reading a line may take */

typedef struct told {
    osp_str t, id;
    osp_json summary, record, original, line;
} told;
OSP_TYPE(told, FIELD(t), FIELD(id, .fallback = ""), FIELD(summary, .fallback = "null"),
         FIELD(record, .fallback = "null"), FIELD(original, .fallback = "null"),
         FIELD(line, .fallback = "null"));

/* ---------------------------------------------------------------- requests */

static osp_history_request *at_number(const osp_history *history, uint64_t number)
{
    return (osp_history_request *)(uintptr_t)&history->requests[number % OSP_HISTORY_REQUESTS_MAX];
}

static void forget_oldest(osp_history *history)
{
    osp_history_request *oldest = at_number(history, history->request_first++);
    history->request_bytes -= oldest->line.len;
    osp_buf_done(&oldest->line);
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

/* A slice of `from` as the same of its copy. */
static osp_str moved(osp_str slice, osp_str from, const osp_buf *copy)
{
    OSP_ASSERT(slice.ptr >= from.ptr && slice.ptr + slice.len <= from.ptr + from.len);
    return (osp_str){ copy->ptr + (slice.ptr - from.ptr), slice.len };
}

static osp_status add_request(osp_history *history, osp_str line, const told *said)
{
    if (line.len > OSP_HISTORY_BYTES_MAX) {
        return OSP_E_LIMIT;
    }
    osp_buf copy;
    OSP_TRY(keep(line, &copy));
    while (history->request_count - history->request_first == OSP_HISTORY_REQUESTS_MAX ||
           line.len > OSP_HISTORY_BYTES_MAX - history->request_bytes) {
        forget_oldest(history);
    }
    const bool replays = !osp_str_equal(said->original.text, OSP_STR("null"));
    *at_number(history, history->request_count++) = (osp_history_request){
        .line = copy,
        .id = moved(said->id, line, &copy),
        .summary = moved(said->summary.text, line, &copy),
        .record = moved(said->record.text, line, &copy),
        .original = replays ? moved(said->original.text, line, &copy) : (osp_str){ 0 },
    };
    history->request_bytes += line.len;
    return OSP_OK;
}

static const osp_history_request *find(const osp_history *history, osp_str id)
{
    for (uint64_t i = history->request_count; i > history->request_first; i--) {
        const osp_history_request *request = at_number(history, i - 1);
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
    osp_buf copy;
    OSP_TRY(keep(text, &copy));
    osp_buf *at = &history->lines[history->line_count++ % OSP_HISTORY_LINES_MAX];
    osp_buf_done(at);
    *at = copy;
    return OSP_OK;
}

/* ---------------------------------------------------------------- all of it */

static bool is_object(osp_str text)
{
    return text.len > 0 && text.ptr[0] == '{';
}

/* An id with an escape in it is none of ours, and no slice of the line. */
static osp_status add(osp_history *history, osp_str line, const told *said)
{
    if (osp_str_equal(said->t, OSP_STR("log")) && is_object(said->line.text)) {
        return add_line(history, said->line.text);
    }
    const bool plain = said->id.len > 0 && said->id.ptr >= line.ptr &&
                       said->id.ptr + said->id.len <= line.ptr + line.len;
    const bool whole = osp_str_equal(said->t, OSP_STR("request")) && plain &&
                       is_object(said->summary.text) && is_object(said->record.text);
    return whole ? add_request(history, line, said) : OSP_E_INVALID;
}

osp_status osp_history_add(osp_history *history, osp_str line)
{
    osp_arena arena;
    told said = { 0 };
    osp_arena_init(&arena, NULL, 0, DECODE_MAX);
    const osp_decoding how = { .arena = &arena };
    osp_status status = osp_json_decode(&osp_type_told, &said, line, &how, NULL);
    status = status == OSP_OK ? add(history, line, &said) : OSP_E_INVALID;
    osp_arena_done(&arena);
    return status;
}

void osp_history_clear(osp_history *history)
{
    while (history->request_first < history->request_count) {
        forget_oldest(history);
    }
    for (size_t i = 0; i < OSP_HISTORY_LINES_MAX; i++) {
        osp_buf_done(&history->lines[i]);
    }
    history->line_count = 0;
}

void osp_history_done(osp_history *history)
{
    osp_history_clear(history);
}

/* ---------------------------------------------------------------- asking */

/* A list ends where it would be too long for a line of the channel. */
static bool has_room(const osp_buf *out)
{
    return out->len < OSP_HISTORY_LIST_MAX;
}

static void put_requests(const osp_history *history, osp_buf *out)
{
    osp_buf_byte(out, '[');
    for (uint64_t i = history->request_count; i > history->request_first && has_room(out); i--) {
        osp_buf_str(out, i < history->request_count ? OSP_STR(",") : (osp_str){ 0 });
        osp_buf_str(out, at_number(history, i - 1)->summary);
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

bool osp_history_answer(const osp_history *history, osp_str what, osp_str arg, osp_buf *out)
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
    const osp_history_request *found = find(history, arg);
    const osp_str text = found == NULL ? (osp_str){ 0 }
                         : original    ? found->original
                                       : found->record;
    osp_buf_str(out, text.len > 0 ? text : OSP_STR("null"));
    return true;
}
