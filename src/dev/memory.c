/* What workers tell and ask: requests and lines of the log, which outlive them here. */
#include "agent/pack.h"
#include "dev/dev_impl.h"
#include "type/json.h"

#define ASK_MEMORY_MAX 65536 /* bytes that reading a question may take */

typedef struct question {
    int64_t id;
    osp_str what, arg;
} question;
OSP_TYPE(question, FIELD(id), FIELD(what), FIELD(arg, .fallback = ""));

static void answer(osp_dev *dev, osp_server *server, const question *asked)
{
    osp_buf line;
    osp_buf_init(&line, NULL, 0, OSP_CHANNEL_LINE_MAX);
    osp_buf_printf(&line, "{\"t\":\"told\",\"id\":%lld,\"data\":", (long long)asked->id);
    if (!osp_history_answer(&dev->history, asked->what, asked->arg, &line)) {
        osp_buf_str(&line, OSP_STR("null"));
    }
    osp_buf_byte(&line, '}');
    if (!line.failed) { /* else who asked hears nothing, and says so */
        (void)!osp_channel_send(&server->channel, (osp_str){ line.ptr, line.len });
    }
    osp_buf_done(&line);
}

static void take_question(osp_dev *dev, osp_server *server, osp_str line)
{
    osp_arena arena;
    question asked = { 0 };
    osp_arena_init(&arena, NULL, 0, ASK_MEMORY_MAX);
    const osp_decoding how = { .arena = &arena };
    if (osp_json_decode(&osp_type_question, &asked, line, &how, NULL) == OSP_OK) {
        answer(dev, server, &asked);
    }
    osp_arena_done(&arena);
}

bool osp_dev_take_line(osp_dev *dev, osp_server *server, osp_str line)
{
    const bool request =
        osp_pack_is(line) || osp_str_starts_with(line, OSP_STR("{\"t\":\"request\""));
    server->asked += request;
    if (request || osp_str_starts_with(line, OSP_STR("{\"t\":\"log\""))) {
        (void)!osp_history_add(&dev->history, line); /* what is no record is not kept */
        return true;
    }
    if (osp_str_starts_with(line, OSP_STR("{\"t\":\"ask\""))) {
        take_question(dev, server, line);
        return true;
    }
    return false;
}
