/* Pieces of a line of the log.  Whatever stands in it, a line stays one line.
 *
 * Each function writes at `at`, where there is room for all of it, and returns where it ends.  All
 * are safe in a signal handler. */
#ifndef OSP_SERVE_LINE_H
#define OSP_SERVE_LINE_H

#include <openspeed/base.h>
#include <string.h>

#define OSP_LOG_LINE_MAX 4096 /* bytes of a line with its end: as much as a pipe takes whole */
#define OSP_LOG_PIECE_MIN 16  /* the least that a text may be cut to */

/* Bytes of texts as they stand in a line; what is longer is cut. */
#define OSP_LOG_METHOD_MAX 64
#define OSP_LOG_TARGET_MAX 2048
#define OSP_LOG_AGENT_MAX 512 /* User-Agent */
#define OSP_LOG_REFERER_MAX 512
#define OSP_LOG_ROUTE_MAX 256
#define OSP_LOG_SOURCE_MAX 256   /* of the name of a source file */
#define OSP_LOG_MESSAGE_MAX 2048 /* of the error log */

#define OSP_LOG_BUFFER_MAX 65536 /* of lines of a worker's access log that wait */
#define OSP_LOG_BATCH_MS 10      /* between two writes of them */
#define OSP_LOG_LOST_S 10        /* between two words about lines that were lost */

/* How a text from outside is written. */
typedef enum osp_line_style {
    OSP_LINE_JSON = 0, /* the inside of a JSON string; bytes that are no UTF-8 become U+FFFD */
    OSP_LINE_QUOTED,   /* between quotes: \" \\ and \xHH for all that is not printable ASCII */
    OSP_LINE_BARE,     /* control bytes become spaces */
    OSP_LINE_STYLES
} osp_line_style;

/* A text as it is. */
static inline char *osp_line_put(char *at, osp_str text)
{
    if (text.len > 0) {
        memcpy(at, text.ptr, text.len);
    }
    return at + text.len;
}

/* A text from outside, in at most `max` bytes (OSP_LOG_PIECE_MIN at least); what was cut ends in
 * "...". */
char *osp_line_text(char *at, osp_str text, size_t max, osp_line_style style);
char *osp_line_number(char *at, uint64_t number);
/* "2026-01-31T12:00:00.000Z"; us: since 1970. */
char *osp_line_time(char *at, int64_t us);
/* "31/Jan/2026:12:00:00 +0000" */
char *osp_line_clf_time(char *at, int64_t us);

#endif
