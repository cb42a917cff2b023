/* What a worker sends to `openspeed dev`, whose memory may be damaged: lines and frames of any
 * bytes.
 *
 * Whatever comes, the command goes on: each thing that it then says to its worker is a line of
 * JSON, and so is what it remembers of requests and the log. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dev/dev_impl.h"
#include "type/json.h"

#define ANSWER_MAX ((size_t)8 << 20)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is said at the terminal is report_fuzz's. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    OSP_ASSERT(nowhere >= 0 && dup2(nowhere, STDOUT_FILENO) == STDOUT_FILENO);
    close(nowhere);
    return 0;
}

static void check_json(osp_str text)
{
    if (osp_json_check(text) != OSP_OK) {
        fprintf(stderr, "no JSON: %.*s\n", OSP_ARG(text));
        abort();
    }
}

/* What the worker reads, until nothing is left. */
static void read_answers(osp_dev *dev, osp_channel *worker)
{
    osp_str line;
    osp_status sent;
    do {
        sent = osp_channel_flush(&dev->current.channel);
        OSP_ASSERT(osp_channel_receive(worker) == OSP_OK || dev->current.channel.fd < 0);
        while (osp_channel_next(worker, &line)) {
            check_json(line);
        }
    } while (sent == OSP_AGAIN);
}

static void check_answer(osp_dev *dev, const char *what, osp_str arg)
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, ANSWER_MAX);
    OSP_ASSERT(osp_history_answer(&dev->history, osp_str_from(what), arg, &out) && !out.failed);
    check_json((osp_str){ out.ptr, out.len });
    osp_buf_done(&out);
}

static void check_memory(osp_dev *dev)
{
    const osp_history *history = &dev->history;
    check_answer(dev, "requests", (osp_str){ 0 });
    check_answer(dev, "log", (osp_str){ 0 });
    for (uint64_t i = history->request_first; i < history->request_count; i++) {
        const osp_str id = history->requests[i % OSP_HISTORY_REQUESTS_MAX].id;
        check_answer(dev, "request", id);
        check_answer(dev, "original", id);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const osp_dev_options options = { .dir = ".", .json = true };
    static osp_dev dev;
    osp_channel worker;
    int ends[2];
    dev = (osp_dev){ .options = &options };
    OSP_ASSERT(osp_channel_pair(ends) == OSP_OK);
    osp_channel_begin(&dev.current.channel, ends[0]);
    osp_channel_begin(&worker, ends[1]);
    dev.current.pid = 1; /* it is told of reports */
    while (size > 0 && dev.current.channel.fd >= 0) {
        const ssize_t sent = send(worker.fd, data, size, MSG_NOSIGNAL);
        OSP_ASSERT(sent > 0);
        data += sent;
        size -= (size_t)sent;
        osp_dev_hear(&dev, &dev.current);
        read_answers(&dev, &worker);
    }
    check_memory(&dev);
    osp_channel_end(&worker);
    osp_channel_end(&dev.current.channel);
    osp_buf_done(&dev.current.crashed);
    (void)osp_shown_clear(&dev.shown);
    osp_history_done(&dev.history);
    return 0;
}
