/* The message model: one request and its answer, whichever protocol brought it. */
#ifndef OSP_HTTP_MESSAGE_H
#define OSP_HTTP_MESSAGE_H

#include <openspeed/app.h>

#include "base/buf.h"
#include "wire/h1.h"

#define OSP_ANSWER_HEADERS_MAX 32
#define OSP_BODY_MAX 1048576 /* bytes of a request body that is whole */

typedef struct osp_request {
    osp_method method;
    osp_str target;                  /* as sent */
    osp_str path;                    /* normalised once, by the dispatch */
    osp_str query;                   /* raw */
    const osp_header_field *headers; /* borrowed until the request ends */
    uint32_t header_count;
    osp_str body;        /* whole; borrowed until the request ends */
    int64_t body_length; /* of a body that pends; -1: only its end will tell */
    uint64_t body_max;   /* bytes of a body that pends, where it is wanted whole */
    bool has_body;       /* the message has one, be it empty */
    bool body_pends;     /* it is not here: the front door reads it as it comes */
    bool conditional;    /* a header may be a condition; false: none is */
    uint8_t minor;       /* HTTP/1.minor */
} osp_request;

/* A part of a file that is the body of an answer. */
typedef struct osp_file_body {
    int fd;              /* -1: somebody else has taken it over */
    uint64_t at, length; /* length: never 0 */
    uint32_t *users;     /* who use fd, which somebody else closes; NULL: the last user does */
} osp_file_body;

typedef struct osp_response {
    int status;          /* 0: not set yet */
    osp_str media_type;  /* of the body */
    osp_str bytes;       /* the body, unless `type` or `file` is set */
    osp_file_body *file; /* in the arena of the request, which gives it back; NULL: it is none */
    const osp_type *type;
    const void *value; /* encoded as JSON when the answer is written */
    uint32_t header_count;
    osp_header_field headers[OSP_ANSWER_HEADERS_MAX];
} osp_response;

/* What a head says of its request; its slices are borrowed. */
static inline void osp_request_take_head(osp_request *request, const osp_h1_head *head)
{
    request->method = head->method;
    request->minor = head->minor;
    request->has_body = head->framing != OSP_H1_NO_BODY;
    request->conditional = head->conditional;
    request->target = head->target;
    request->headers = head->headers;
    request->header_count = head->header_count;
}

/* The same for a message that has no head. */
static inline void osp_request_take_none(osp_request *request)
{
    request->method = OSP_METHOD_OTHER;
    request->minor = 1;
    request->has_body = false;
    request->conditional = false;
    request->target = OSP_STR("");
    request->headers = NULL;
    request->header_count = 0;
}

/* Whether two names are the same in any case.  Length or first letter differ mostly, and no call is
 * made. */
static inline bool osp_name_is(osp_str name, osp_str wanted)
{
    return name.len == wanted.len &&
           (name.len == 0 ||
            (((name.ptr[0] ^ wanted.ptr[0]) & ~0x20) == 0 && osp_str_equal_nocase(name, wanted)));
}

/* The value of a header by its name in any case; empty when there is none. */
osp_str osp_request_header(const osp_request *request, osp_str name);

/* Whether a header that is a list of tokens, in one field or several, names `token`, in any case. A
 * version behind a '/' belongs to the token (RFC 9110 5.6.1, 7.8). */
bool osp_request_lists(const osp_request *request, osp_str name, osp_str token);
/* The same for a field of the answer. */
bool osp_response_lists(const osp_response *response, osp_str name, osp_str token);

/* Takes away the fields of this name, in any case, from the one at `at` on. */
void osp_response_drop_from(osp_response *response, osp_str name, uint32_t at);
/* Takes away all of them. */
static inline void osp_response_drop(osp_response *response, osp_str name)
{
    osp_response_drop_from(response, name, 0);
}

/* Whether an answer of this status has a body (RFC 9110 6.4.1). */
static inline bool osp_status_has_body(int status)
{
    return status == 200 || (status > 200 && status != 204 && status != 205 && status != 304);
}

/* What a protocol adapter knows beside the answer. */
typedef struct osp_reply_options {
    const char *date_line; /* of osp_h1_date_line; NULL: no field */
    bool head_only;        /* the request was HEAD */
    bool close;            /* the connection ends behind this answer */
    bool keep_alive_1_0;   /* the client speaks HTTP/1.0 and asked to keep the connection */
    uint8_t *width; /* digits of the last length of a typed answer, by which room for the next one's
                     * is guessed; 0: none yet.  NULL: nobody keeps it */
} osp_reply_options;

/* Appends the whole answer as HTTP/1.1 to `out`; leaves `out` as it was on failure.
 * Returns  OSP_OK | OSP_E_JSON_* (the value cannot be written) | OSP_E_LIMIT | OSP_E_NOMEM. */
OSP_MUST_CHECK osp_status osp_reply_write_h1(const osp_response *response,
                                             const osp_reply_options *options, osp_buf *out);

/* How the parts of a streamed answer stand on the wire. */
typedef enum osp_framing {
    OSP_FRAMING_NONE = 0, /* not at all: the answer has no body */
    OSP_FRAMING_PLAIN,    /* as they are, up to the length or the end of the connection */
    OSP_FRAMING_CHUNKED
} osp_framing;

/* Appends the head of an answer whose body follows in parts.
 *
 * length     bytes of the body; 0: not known
 * may_chunk  the client understands chunks; if not, the end of the connection ends such a body
 * out->failed tells exhaustion. */
osp_framing osp_reply_begin_h1(const osp_response *response, const osp_reply_options *options,
                               uint64_t length, bool may_chunk, osp_buf *out);

#endif
