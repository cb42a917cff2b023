/* Between `openspeed dev` and a worker: lines of JSON both ways, and connections that go with them.
 *
 *                      {"t":"failure",...}    a report
 *                      {"t":"log",...}        a line of the error log
 *                      {"t":"ask","id":7,"what":"requests","arg":...}
 *                      {"t":"connection"}     an idle client of a worker that retires: a descriptor
 *     dev --> worker   {"t":"event","event":"reload","data":...}    for browsers
 *                      {"t":"templates"}      read them again
 *                      {"t":"told","id":7,"data":...}
 *                      {"t":"connection"}     such a client, to go on with
 *
 * The lines are short-lived and either side may be slow: what does not fit the queue is dropped,
 * and who sends hears of it.  Neither side trusts the other's sizes. */
#ifndef OSP_AGENT_CHANNEL_H
#define OSP_AGENT_CHANNEL_H

#include "base/buf.h"

#define OSP_CHANNEL_LINE_MAX 1048576  /* bytes of one line */
#define OSP_CHANNEL_QUEUE_MAX 4194304 /* bytes of lines that wait to be sent */
#define OSP_CHANNEL_FDS_MAX 64        /* descriptors that wait to be taken */

typedef struct osp_channel {
    int fd; /* -1: closed */
    osp_buf in, out;
    size_t in_at, out_at; /* of what was taken, and sent */
    int fds[OSP_CHANNEL_FDS_MAX];
    size_t fd_count;
} osp_channel;

/* Makes the two ends of one.  OSP_OK | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_channel_pair(int ret_fds[2]);

/* fd: of a pair, taken; it becomes non-blocking. */
void osp_channel_begin(osp_channel *channel, int fd);
void osp_channel_end(osp_channel *channel);

/* Sends a line, which holds no line end.  OSP_OK, also when it waits | OSP_E_LIMIT (it is dropped)
 * | OSP_E_CLOSED */
OSP_MUST_CHECK osp_status osp_channel_send(osp_channel *channel, osp_str line);
/* The same with bytes of any kind, which come out as a line does. */
OSP_MUST_CHECK osp_status osp_channel_send_frame(osp_channel *channel, osp_str bytes);
/* Sends what waits.  OSP_OK | OSP_AGAIN (not all) | OSP_E_CLOSED */
OSP_MUST_CHECK osp_status osp_channel_flush(osp_channel *channel);
/* Gives a connection away; fd: borrowed.  OSP_OK | OSP_AGAIN (not now) | OSP_E_CLOSED */
OSP_MUST_CHECK osp_status osp_channel_give(osp_channel *channel, int fd);

/* Receives what there is.  OSP_OK | OSP_E_CLOSED (the other end is gone, or sends nonsense) */
OSP_MUST_CHECK osp_status osp_channel_receive(osp_channel *channel);
/* The next line or frame that was received, borrowed until the next call; false: there is none. */
bool osp_channel_next(osp_channel *channel, osp_str *ret_line);
/* A connection that was given; owned by caller (close).  -1: none. */
int osp_channel_take(osp_channel *channel);

#endif
