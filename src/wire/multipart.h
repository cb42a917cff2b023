/* Bodies of multipart/form-data, part by part, as they come: without input, output or memory.
 *
 *     --boundary CRLF  head CRLF CRLF  content  CRLF --boundary CRLF  ...  CRLF --boundary--
 *
 * Source: RFC 7578, RFC 2046 section 5.1, and for names "multipart/form-data" of the HTML standard.
 */
#ifndef OSP_WIRE_MULTIPART_H
#define OSP_WIRE_MULTIPART_H

#include <openspeed/base.h>

#define OSP_MULTIPART_BOUNDARY_MAX 70 /* characters; RFC 2046 5.1.1 */
#define OSP_MULTIPART_HEAD_MAX 4096   /* bytes of the head of a part, with its empty line */
#define OSP_MULTIPART_HEADERS_MAX 16  /* lines of it */
#define OSP_MULTIPART_PADDING_MAX 64  /* blanks between a boundary and the end of its line */

/* What the head of a part says.  Slices live until the head of the next part is read. */
typedef struct osp_multipart_part {
    osp_str name;       /* UTF-8; may be empty, and have any byte of it */
    osp_str file_name;  /* the same, as the client named it; ptr is NULL: the part is no file */
    osp_str media_type; /* as it was sent, ASCII; empty: none */
} osp_multipart_part;

typedef enum osp_multipart_event {
    OSP_MULTIPART_PART,    /* `part` of the reader tells which */
    OSP_MULTIPART_CONTENT, /* some of its content, never empty */
    OSP_MULTIPART_PART_END
} osp_multipart_event;

/* A reader.  Owned by the caller; members that end in `_` are its own. */
typedef struct osp_multipart {
    osp_multipart_part part;
    const char *reason; /* of a failure, a sentence for the client; static */
    uint8_t state_;
    uint8_t delimiter_len_;
    uint8_t matched_; /* bytes of the delimiter that ended the input so far */
    uint8_t assumed_; /* of these, how many were not content but the end of what came before */
    uint8_t padding_;
    uint16_t head_len_, line_at_;
    char delimiter_[OSP_MULTIPART_BOUNDARY_MAX + 4]; /* CRLF "--" boundary */
    char head_[OSP_MULTIPART_HEAD_MAX];
} osp_multipart;

/* Whether the value of a Content-Type says multipart/form-data. */
bool osp_multipart_is(osp_str content_type);

/* Starts to read the body of such a Content-Type.
 * Returns  OSP_OK | OSP_E_INVALID (no boundary, two, or none that is allowed: `reason`) */
OSP_MUST_CHECK osp_status osp_multipart_init(osp_multipart *m, osp_str content_type);

/* Takes the next event off the front of `rest`, which may end anywhere.
 *
 * However the body is split, the events are the same, but for content that comes in several pieces.
 *
 * ret_content  of OSP_MULTIPART_CONTENT: a slice of `rest` or of `m`, until the next call
 * Returns      OSP_OK | OSP_AGAIN (`rest` is used up) | OSP_DONE (the last line has ended; what
 *              follows is nothing, and taken) | OSP_E_INVALID (malformed), OSP_E_LIMIT (a head or
 *              padding is too large), OSP_E_UNSUPPORTED (a Content-Transfer-Encoding): for good */
OSP_MUST_CHECK osp_status osp_multipart_next(osp_multipart *m, osp_str *rest,
                                             osp_multipart_event *ret_event, osp_str *ret_content);

/* The input has ended: OSP_OK | OSP_E_INVALID (the last boundary is missing), or as it failed. */
OSP_MUST_CHECK osp_status osp_multipart_end(osp_multipart *m);

#endif
