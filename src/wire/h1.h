/* HTTP/1.1 requests as a sans-IO engine: bytes in, heads and body slices out; no socket, no clock.
 *
 * Every doubt about framing is an error, after which the connection answers 400 (or the status that
 * osp_h1_error_http gives) and closes.  Source: RFC 9110, RFC 9112. */
#ifndef OSP_WIRE_H1_H
#define OSP_WIRE_H1_H

#include <openspeed/base.h>

#include "base/buf.h"

#define OSP_H1_HEAD_MAX 16384 /* bytes of request line and header section */
#define OSP_H1_PADDING 16     /* readable bytes behind the input of a head; the first is 0 */
#define OSP_H1_METHOD_MAX 32
#define OSP_H1_TARGET_MAX 8192 /* bytes of the request target */
#define OSP_H1_HEADERS_MAX 100
#define OSP_H1_HOST_KNOWN 63      /* bytes of a Host that is remembered */
#define OSP_H1_FIELDS_KNOWN 1024  /* bytes of a header section that is remembered */
#define OSP_H1_CHUNK_LINE_MAX 256 /* chunk size with extensions */
#define OSP_H1_TRAILER_MAX 4096   /* bytes of a trailer section; its fields are dropped */

/* What a request may have at most; head and headers no more than the constants, which say how much
 * room there is. */
typedef struct osp_h1_limits {
    uint32_t head;       /* bytes of request line and header section */
    uint32_t target;     /* bytes of the request target */
    uint32_t headers;    /* fields */
    uint32_t chunk_line; /* bytes of a chunk's size with extensions */
    uint32_t trailer;    /* bytes of a trailer section */
} osp_h1_limits;

/* The constants. */
extern const osp_h1_limits osp_h1_limits_default;

typedef struct osp_header_field {
    osp_str name, value; /* value without surrounding white space */
} osp_header_field;

typedef enum osp_h1_framing { OSP_H1_NO_BODY = 0, OSP_H1_LENGTH, OSP_H1_CHUNKED } osp_h1_framing;

typedef struct osp_h1_head {
    osp_method method;
    osp_str method_text;
    osp_str target; /* as sent: origin-form, absolute-form or "*" */
    osp_str host;   /* value of Host; empty for HTTP/1.0 without one */
    uint8_t minor;  /* HTTP/1.minor: 0 or 1; a higher one is read as 1 */
    bool keep_alive;
    bool expect_continue;
    bool conditional; /* a field may be one of If-Match and its kin: its name is as long */
    osp_h1_framing framing;
    uint64_t content_length; /* of OSP_H1_LENGTH */
    uint32_t size; /* bytes up to its end, the empty line and empty lines before it included */
    uint8_t saw;   /* what the fields have said so far; the parser's */
    uint32_t header_count;
    uint8_t known_len;                            /* of known_host; zero it before the first head */
    char known_host[OSP_H1_HOST_KNOWN];           /* judged well-formed in an earlier head */
    osp_header_field headers[OSP_H1_HEADERS_MAX]; /* slices of the input */
    const char *fields;                           /* where known ones begin in it */
    uint8_t known_minor;                          /* of the head that known_fields are of */
    uint32_t known_fields_len, last_fields_len;   /* zero them before the first head */
    char known_fields[OSP_H1_FIELDS_KNOWN];       /* which `headers` and `saw` are the outcome of */
} osp_h1_head;

/* Reads one request head from the front of `in`.
 *
 * in         borrowed; the head's slices point into it.  Behind it are OSP_H1_PADDING bytes that
 *            may be read, the first of which is 0
 * seen       bytes of `in` that an earlier call answered OSP_AGAIN for (0 at first): makes repeated
 *            calls linear
 * ret_head   written on OSP_OK; partly overwritten otherwise.  It keeps the last Host that it found
 *            well-formed, since most requests to a server name the same; and a header section that
 *            the next head is likely to repeat: one that more input stands behind, for who
 * pipelines requests does so, or that is as long as the one before Returns    OSP_OK | OSP_AGAIN
 * (and in.len < limits->head) | OSP_E_H1_* | OSP_E_LIMIT (the target is too long)
 *
 * Empty lines before the request line are skipped, at most two (RFC 9112 2.2). */
OSP_MUST_CHECK osp_status osp_h1_parse_head(osp_str in, size_t seen, const osp_h1_limits *limits,
                                            osp_h1_head *ret_head);

/* Decoder of a chunked body (RFC 9112 7.1); zero it to start. */
typedef struct osp_h1_chunked {
    uint8_t state;
    uint16_t line_len;
    uint32_t trailer_len;
    uint64_t left; /* of the current chunk */
} osp_h1_chunked;

/* Decodes from `in` and appends the content to `out` (whose max is the body limit).
 * trailers   the field lines behind the content are appended to it; NULL: they are dropped
 * ret_used   bytes consumed of `in`
 * Returns    OSP_AGAIN (all consumed) | OSP_DONE (the body and its trailers ended) |
 *            OSP_E_H1_CHUNK | OSP_E_H1_BODY_LIMIT | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_h1_chunked_decode(osp_h1_chunked *decoder,
                                                const osp_h1_limits *limits, osp_str in,
                                                osp_buf *out, osp_buf *trailers, size_t *ret_used);
/* Takes the next field off the lines that the decoder has kept; false at their end. */
bool osp_h1_trailer_next(osp_str *lines, osp_header_field *ret_field);

/* Appends the size line of a chunk of `size` > 0 bytes, which CRLF follows; then the end. */
void osp_h1_write_chunk_size(size_t size, osp_buf *out);
void osp_h1_write_chunks_end(const osp_header_field *trailers, uint32_t trailer_count,
                             osp_buf *out);

/* The HTTP status that answers a failure of this engine or of uri.h: 400, 413, 414, 417, 431, 501
 * or 505. */
int osp_h1_error_http(osp_status status);
/* The same in words, for the client; static.  Empty for a status that is none of this engine's. */
osp_str osp_h1_error_detail(osp_status status);
/* Which header is at fault when a head is too large: the name of the one whose line takes more than
 * half of `in`, behind which is a 0; empty when none does, or its name is what is long (RFC 6585
 * 5). */
osp_str osp_h1_large_header(osp_str in);

/* The registered reason phrase, or "" (RFC 9110 15). */
osp_str osp_http_reason(int status);

/* A head of an answer, ready to be written. */
typedef struct osp_h1_answer {
    int status;
    osp_str content_type;  /* empty: no field */
    const char *date_line; /* of osp_h1_date_line; NULL: no field */
    const osp_header_field *headers;
    uint32_t header_count;
    uint64_t content_length;
    bool has_length;     /* false for 1xx, 204 and 304, and for a body of unknown length */
    bool chunked;        /* writes Transfer-Encoding: chunked */
    bool close;          /* writes Connection: close */
    bool keep_alive_1_0; /* writes Connection: keep-alive */
} osp_h1_answer;

/* Appends status line and fields with the empty line to `out`; out->failed tells exhaustion.
 * Returns the place in `out` behind the digits of Content-Length, or 0 when there is none: who
 * learns the length of a body only later can put it right there. */
size_t osp_h1_write_head(const osp_h1_answer *answer, osp_buf *out);

/* Writes the digits of a length and returns what is behind them; there are at most
 * OSP_H1_LENGTH_SIZE. */
#define OSP_H1_LENGTH_SIZE 20
char *osp_h1_put_length(char *at, uint64_t length);

/* "Date: Tue, 15 Nov 1994 08:12:31 GMT\r\n" for a second of Unix time; always OSP_H1_DATE_SIZE
 * bytes. */
#define OSP_H1_DATE_SIZE 37
void osp_h1_date_line(int64_t unix_s, char out[OSP_H1_DATE_SIZE]);

#endif
