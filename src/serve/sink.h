/* Where lines of a log go: a file, a pipe, a terminal or a socket, which never makes its writer
 * wait. */
#ifndef OSP_SERVE_SINK_H
#define OSP_SERVE_SINK_H

#include <openspeed/base.h>

#include "serve/line.h"

typedef enum osp_sink_kind {
    OSP_SINK_FILE = 0, /* takes all at once; other processes append to it too */
    OSP_SINK_STREAM,   /* a pipe or terminal of ours, which says when it is full */
    OSP_SINK_POLLED,   /* one that would wait: asked before */
    OSP_SINK_SOCKET
} osp_sink_kind;

typedef struct osp_sink {
    int fd;       /* borrowed; -1: nowhere */
    uint8_t kind; /* osp_sink_kind */
    bool torn;    /* what it took last ends within a line */
    bool stuck;   /* it took less than there was */
    char *lines;  /* borrowed: what waits, whole lines */
    size_t len, cap;
    uint64_t lost; /* lines that it did not take */
} osp_sink;

/* The standard output and error of a process, so that writing to them never waits. */
typedef struct osp_std {
    int out, err; /* owned; what was closed goes nowhere */
} osp_std;

/* Before the process becomes another user, who might not open them. */
void osp_std_open(osp_std *ret_std);
void osp_std_close(osp_std *std);

/* Opens a target: "stdout", "stderr", or a file that lines are appended to.
 *
 * std       borrowed for the call
 * ret_fd    owned by caller (close)
 * Returns   OSP_OK | OSP_E_IO (err names the file) | OSP_E_INVALID */
OSP_MUST_CHECK osp_status osp_sink_open(osp_str target, const osp_std *std, int *ret_fd,
                                        osp_error *err);

/* memory, fd: borrowed until the end; cap: two lines at least. */
void osp_sink_begin(osp_sink *sink, int fd, char *memory, size_t cap);
/* Where the next line is written, OSP_LOG_LINE_MAX bytes; NULL: there is no room, and it is counted
 * as lost. */
char *osp_sink_room(osp_sink *sink);
/* The line that was written there, with its end. */
static inline void osp_sink_add(osp_sink *sink, const char *end)
{
    sink->len = (size_t)(end - sink->lines);
}
/* Writes what waits, as far as the other end takes it; what it refuses for good is lost.  Safe in a
 * signal handler. */
void osp_sink_flush(osp_sink *sink);
/* The same, for a process that ends: gives the other end a moment. */
void osp_sink_finish(osp_sink *sink);
/* Writes one line past those that wait.  Safe in a signal handler. */
void osp_sink_past(const osp_sink *sink, osp_str line);

#endif
