/* Decodes chunked content, as one flat state machine that may stop at every byte.
 *
 *     5;ext=1 CRLF hello CRLF 0 CRLF Trailer: x CRLF CRLF
 *     SIZE EXT  LF DATA  CR LF       NAME   VALUE    LF END_LF
 *
 *     ;  name = value ;  name = "quoted" ...                an extension; white space may stand
 *     AT NAME AT VALUE   NAME   QUOTED                      around ';' and '=' (RFC 9112 7.1.1)
 *
 * Invariants: framing goes byte by byte, content by copies as large as the input; the verdict does
 * not depend on how the input was cut.  A failure is final.  Bare CR and bare LF are refused, sizes
 * are checked for overflow, and a size beyond the room left in `out` fails before any of its bytes
 * comes.  Trailer fields are checked like fields, and kept for who wants them.
 *
 * Source: RFC 9112 7.1. */
#include "wire/h1.h"

#include <string.h>

#include "wire/h1_impl.h"

typedef enum chunk_state {
    AT_SIZE = 0, /* the first digit */
    IN_SIZE,
    AT_EXTENSION, /* white space before a ';' */
    AT_NAME,
    IN_NAME,
    BEHIND_NAME, /* white space before a ';' or '=' */
    AT_VALUE,
    IN_VALUE,
    IN_QUOTED,
    IN_ESCAPE,
    BEHIND_QUOTED,
    AT_SIZE_LF,
    IN_DATA,
    AT_DATA_CR,
    AT_DATA_LF,
    AT_TRAILER, /* the first byte of a trailer line, or the last CR */
    IN_TRAILER_NAME,
    IN_TRAILER_VALUE,
    AT_TRAILER_LF,
    AT_END_LF,
    ENDED,
    FAILED
} chunk_state;

static unsigned hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9') {
        return (unsigned)(byte - '0');
    }
    const int letter = byte | 0x20;
    return letter >= 'a' && letter <= 'f' ? (unsigned)(letter - 'a') + 10 : 16;
}

static inline bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* What may stand behind a size, a name or a value: the end, another extension, or `blank` for white
 * space before one. */
static chunk_state step_behind(char byte, chunk_state blank)
{
    return byte == '\r' ? AT_SIZE_LF : byte == ';' ? AT_NAME : is_blank(byte) ? blank : FAILED;
}

static chunk_state step_size(osp_h1_chunked *d, char byte)
{
    const unsigned digit = hex_digit(byte);
    if (digit == 16) {
        return d->state == AT_SIZE ? FAILED : step_behind(byte, AT_EXTENSION);
    }
    if (d->left > UINT64_MAX >> 4) {
        return FAILED;
    }
    d->left = d->left << 4 | digit;
    return IN_SIZE;
}

/* An extension is not understood, but held to its grammar: who reads it otherwise than somebody
 * else on the path may find another end. */
static chunk_state step_extension(chunk_state state, char byte)
{
    switch (state) {
    case AT_EXTENSION:
        return is_blank(byte) ? AT_EXTENSION : byte == ';' ? AT_NAME : FAILED;
    case AT_NAME:
        return is_blank(byte) ? AT_NAME : osp_h1_is_token_byte(byte) ? IN_NAME : FAILED;
    case IN_NAME:
        return osp_h1_is_token_byte(byte) ? IN_NAME
               : byte == '='              ? AT_VALUE
                                          : step_behind(byte, BEHIND_NAME);
    case BEHIND_NAME:
        return byte == '='      ? AT_VALUE
               : byte == ';'    ? AT_NAME
               : is_blank(byte) ? BEHIND_NAME
                                : FAILED;
    case AT_VALUE:
        return is_blank(byte)               ? AT_VALUE
               : byte == '"'                ? IN_QUOTED
               : osp_h1_is_token_byte(byte) ? IN_VALUE
                                            : FAILED;
    case IN_VALUE:
        return osp_h1_is_token_byte(byte) ? IN_VALUE : step_behind(byte, AT_EXTENSION);
    case IN_QUOTED:
        return byte == '"'                  ? BEHIND_QUOTED
               : byte == '\\'               ? IN_ESCAPE
               : osp_h1_is_value_byte(byte) ? IN_QUOTED
                                            : FAILED;
    case IN_ESCAPE:
        return osp_h1_is_value_byte(byte) ? IN_QUOTED : FAILED;
    default:
        return step_behind(byte, AT_EXTENSION);
    }
}

static chunk_state step_size_counted(osp_h1_chunked *d, const osp_h1_limits *limits, char byte)
{
    const chunk_state next =
        d->state <= IN_SIZE ? step_size(d, byte) : step_extension((chunk_state)d->state, byte);
    if (next == AT_SIZE_LF) {
        d->line_len = 0;
        return next;
    }
    return ++d->line_len > limits->chunk_line ? FAILED : next;
}

static chunk_state step_trailer(const osp_h1_chunked *d, char byte)
{
    switch (d->state) {
    case AT_TRAILER:
        return byte == '\r' ? AT_END_LF : osp_h1_is_token_byte(byte) ? IN_TRAILER_NAME : FAILED;
    case IN_TRAILER_NAME:
        return byte == ':'                  ? IN_TRAILER_VALUE
               : osp_h1_is_token_byte(byte) ? IN_TRAILER_NAME
                                            : FAILED;
    case IN_TRAILER_VALUE:
        return byte == '\r'                 ? AT_TRAILER_LF
               : osp_h1_is_value_byte(byte) ? IN_TRAILER_VALUE
                                            : FAILED;
    default:
        return byte == '\n' ? AT_TRAILER : FAILED;
    }
}

static chunk_state step_trailer_counted(osp_h1_chunked *d, const osp_h1_limits *limits, char byte)
{
    const chunk_state next = step_trailer(d, byte);
    if (next == AT_END_LF) {
        return next;
    }
    return ++d->trailer_len > limits->trailer ? FAILED : next;
}

/* One byte of framing. */
static chunk_state step(osp_h1_chunked *d, const osp_h1_limits *limits, char byte)
{
    if (d->state < AT_SIZE_LF) {
        return step_size_counted(d, limits, byte);
    }
    switch (d->state) {
    case AT_SIZE_LF:
        return byte != '\n' ? FAILED : d->left == 0 ? AT_TRAILER : IN_DATA;
    case AT_DATA_CR:
        return byte == '\r' ? AT_DATA_LF : FAILED;
    case AT_DATA_LF:
        return byte == '\n' ? AT_SIZE : FAILED;
    case AT_END_LF:
        return byte == '\n' ? ENDED : FAILED;
    default:
        return step_trailer_counted(d, limits, byte);
    }
}

static osp_status fail(osp_h1_chunked *decoder, osp_status status)
{
    decoder->state = FAILED;
    return status;
}

osp_status osp_h1_chunked_decode(osp_h1_chunked *decoder, const osp_h1_limits *limits, osp_str in,
                                 osp_buf *out, osp_buf *trailers, size_t *ret_used)
{
    OSP_ASSERT(decoder->state <= FAILED);
    OSP_ASSERT(out->len <= out->max);
    size_t at = 0;
    while (at < in.len && decoder->state < ENDED) {
        OSP_DEBUG_ASSERT(decoder->line_len <= limits->chunk_line);
        OSP_DEBUG_ASSERT(decoder->trailer_len <= limits->trailer);
        if (decoder->state != IN_DATA) {
            const bool in_trailers =
                decoder->state >= AT_TRAILER && decoder->state <= AT_TRAILER_LF;
            decoder->state = (uint8_t)step(decoder, limits, in.ptr[at]);
            if (in_trailers && trailers != NULL && decoder->state <= AT_TRAILER_LF) {
                osp_buf_byte(trailers, in.ptr[at]);
                if (trailers->failed) {
                    return fail(decoder, OSP_E_NOMEM);
                }
            }
            at++;
            if (decoder->state == IN_DATA && decoder->left > out->max - out->len) {
                return fail(decoder, OSP_E_H1_BODY_LIMIT);
            }
            continue;
        }
        size_t size = in.len - at;
        size = decoder->left < size ? (size_t)decoder->left : size;
        if (size > out->max - out->len) { /* someone else appended meanwhile */
            return fail(decoder, OSP_E_H1_BODY_LIMIT);
        }
        osp_buf_append(out, in.ptr + at, size);
        if (out->failed) {
            return fail(decoder, OSP_E_NOMEM);
        }
        at += size;
        decoder->left -= size;
        if (decoder->left == 0) {
            decoder->state = AT_DATA_CR;
        }
    }
    if (decoder->state == FAILED) {
        return OSP_E_H1_CHUNK;
    }
    OSP_ASSERT(at == in.len || decoder->state == ENDED);
    *ret_used = at;
    return decoder->state == ENDED ? OSP_DONE : OSP_AGAIN;
}

bool osp_h1_trailer_next(osp_str *lines, osp_header_field *ret_field)
{
    const char *end = memchr(lines->ptr != NULL ? lines->ptr : "", '\r', lines->len);
    if (end == NULL) {
        return false;
    }
    const size_t len = (size_t)(end - lines->ptr);
    const char *colon = memchr(lines->ptr, ':', len);
    OSP_ASSERT(colon != NULL && lines->len >= len + 2);
    const size_t name_len = (size_t)(colon - lines->ptr);
    ret_field->name = (osp_str){ lines->ptr, name_len };
    ret_field->value = osp_str_trim((osp_str){ colon + 1, len - name_len - 1 });
    *lines = (osp_str){ end + 2, lines->len - len - 2 };
    return true;
}
