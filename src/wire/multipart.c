/* Bodies of multipart/form-data.
 *
 *     PREAMBLE --delimiter--> BEHIND --"--"--> CLOSED --blanks, CRLF--> EPILOGUE
 *                               |  ^
 *                 blanks, CRLF  |  | delimiter
 *                               v  |
 *                              HEAD --empty line--> CONTENT
 *
 * A delimiter begins with CR, and no CR follows in it: RFC 2046 allows none in a boundary.  So what
 * looked like one and is none is content as a whole, and the search goes on behind it; nothing is
 * looked at twice, and what a split tore apart is given from our own copy of the delimiter.
 *
 * What two readers could take differently is refused: a line that begins like a boundary and goes
 * on, bare line feeds and folded lines in a head, parameters that are there twice.  Within quotes
 * `\"` and `\\` are what they were for old senders; any other backslash is itself, as browsers mean
 * it.  Of percent-encodings only those of the HTML standard are undone, %22, %0D and %0A: a file
 * may well be called "100%25.txt".  RFC 7578 forbids filename*, but libraries send it, mostly
 * beside a file name that is no text; it wins, in UTF-8 alone. */
#include "wire/multipart.h"

#include <string.h>

#include "base/utf8.h"
#include "wire/field.h"

enum {
    PREAMBLE,
    BEHIND,
    CLOSING,
    PADDING,
    LINE_END,
    HEAD,
    CONTENT,
    CLOSED,
    LAST_END,
    EPILOGUE,
    FAILED
};

/* Bytes of a boundary (RFC 2046 5.1.1). */
static const bool boundary_byte[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['\''] = true,
    ['('] = true,         [')'] = true,         ['+'] = true,         ['_'] = true,
    [','] = true,         ['-'] = true,         ['.'] = true,         ['/'] = true,
    [':'] = true,         ['='] = true,         ['?'] = true,         [' '] = true,
};

/* ---------------------------------------------------------------- fields and parameters */

static bool is_boundary(osp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!boundary_byte[(unsigned char)s.ptr[i]]) {
            return false;
        }
    }
    return true;
}

/* A parameter behind a value: its name, and its text as it stands between the quotes. */
typedef struct param {
    osp_str name, text;
    bool quoted;
} param;

static bool take_quoted(osp_str *rest, osp_str *ret_text)
{
    size_t len = 1;
    while (len < rest->len && rest->ptr[len] != '"') {
        const bool escapes = rest->ptr[len] == '\\' && len + 1 < rest->len &&
                             (rest->ptr[len + 1] == '"' || rest->ptr[len + 1] == '\\');
        len += escapes ? 2 : 1;
    }
    if (len >= rest->len) {
        return false;
    }
    *ret_text = (osp_str){ rest->ptr + 1, len - 1 };
    osp_field_skip(rest, len + 1);
    return true;
}

/* gaps: a parameter may be missing between two ';' or behind the last, as in media types (RFC 9110
 * 5.6.6).  OSP_OK | OSP_DONE (nothing is left) | OSP_E_INVALID */
static osp_status next_param(osp_str *rest, bool gaps, param *ret)
{
    do {
        osp_field_skip_blanks(rest);
        if (rest->len == 0) {
            return OSP_DONE;
        }
        if (rest->ptr[0] != ';') {
            return OSP_E_INVALID;
        }
        osp_field_skip(rest, 1);
        osp_field_skip_blanks(rest);
        ret->name = osp_field_take_token(rest);
    } while (gaps && ret->name.len == 0 && (rest->len == 0 || rest->ptr[0] == ';'));
    if (ret->name.len == 0 || rest->len == 0 || rest->ptr[0] != '=') {
        return OSP_E_INVALID;
    }
    osp_field_skip(rest, 1);
    ret->quoted = rest->len > 0 && rest->ptr[0] == '"';
    if (ret->quoted) {
        return take_quoted(rest, &ret->text) ? OSP_OK : OSP_E_INVALID;
    }
    ret->text = osp_field_take_token(rest);
    return ret->text.len > 0 ? OSP_OK : OSP_E_INVALID;
}

/* ---------------------------------------------------------------- the boundary */

bool osp_multipart_is(osp_str content_type)
{
    size_t len = 0;
    while (len < content_type.len && content_type.ptr[len] != ';' && content_type.ptr[len] != ' ' &&
           content_type.ptr[len] != '\t') {
        len++;
    }
    return osp_str_equal_nocase((osp_str){ content_type.ptr, len }, OSP_STR("multipart/form-data"));
}

static osp_status fail(osp_multipart *m, osp_status status, const char *reason)
{
    m->state_ = FAILED;
    m->reason = reason;
    return status;
}

static osp_status bad_boundary(osp_multipart *m)
{
    return fail(m, OSP_E_INVALID, "Content-Type must have one boundary of 1 to 70 characters.");
}

osp_status osp_multipart_init(osp_multipart *m, osp_str content_type)
{
    const char *params =
        content_type.len > 0 ? memchr(content_type.ptr, ';', content_type.len) : NULL;
    osp_str rest = { params, 0 };
    rest.len = params != NULL ? (size_t)(content_type.ptr + content_type.len - params) : 0;
    osp_str boundary = { 0 };
    param one;
    osp_status status;
    while ((status = next_param(&rest, true, &one)) == OSP_OK) {
        if (!osp_str_equal_nocase(one.name, OSP_STR("boundary"))) {
            continue;
        }
        if (boundary.ptr != NULL) {
            return bad_boundary(m);
        }
        boundary = one.text;
    }
    if (status != OSP_DONE || boundary.len == 0 || boundary.len > OSP_MULTIPART_BOUNDARY_MAX ||
        !is_boundary(boundary) || boundary.ptr[boundary.len - 1] == ' ') {
        return bad_boundary(m);
    }
    memcpy(m->delimiter_, "\r\n--", 4);
    memcpy(m->delimiter_ + 4, boundary.ptr, boundary.len);
    m->delimiter_len_ = (uint8_t)(boundary.len + 4);
    m->matched_ = m->assumed_ = 2; /* a body may begin with its first boundary */
    m->state_ = PREAMBLE;
    m->reason = NULL;
    m->part = (osp_multipart_part){ 0 };
    return OSP_OK;
}

/* ---------------------------------------------------------------- the head of a part */

/* A text between quotes, in place: `\"` and `\\`, then what browsers write for `"`, CR and LF. */
static void unquote(osp_str *text)
{
    char *to = (char *)text->ptr; /* in our own copy of the head */
    size_t len = 0;
    for (size_t at = 0; at < text->len; at++) {
        char byte = text->ptr[at];
        if (byte == '\\' && at + 1 < text->len &&
            (text->ptr[at + 1] == '"' || text->ptr[at + 1] == '\\')) {
            byte = text->ptr[++at];
        } else if (byte == '%' && at + 2 < text->len) {
            const char high = text->ptr[at + 1], low = text->ptr[at + 2];
            const char meant = high == '2' && low == '2'                   ? '"'
                               : high == '0' && (low == 'D' || low == 'd') ? '\r'
                               : high == '0' && (low == 'A' || low == 'a') ? '\n'
                                                                           : '%';
            at += meant != '%' ? 2 : 0;
            byte = meant;
        }
        to[len++] = byte;
    }
    text->len = len;
}

static int hex(char digit)
{
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                                          : -1;
}

/* UTF-8'language'percent-encoded (RFC 8187), in place. */
static bool undo_extended(osp_str *text)
{
    static const osp_str charset = { "utf-8'", 6 };
    const char *behind = text->len > charset.len
                             ? memchr(text->ptr + charset.len, '\'', text->len - charset.len)
                             : NULL;
    if (behind == NULL || !osp_str_equal_nocase((osp_str){ text->ptr, charset.len }, charset)) {
        return false;
    }
    const char *end = text->ptr + text->len;
    char *to = (char *)text->ptr; /* in our own copy of the head */
    size_t len = 0;
    for (const char *at = behind + 1; at < end; at++) {
        if (*at != '%') {
            to[len++] = *at;
            continue;
        }
        const int high = end - at > 2 ? hex(at[1]) : -1, low = high >= 0 ? hex(at[2]) : -1;
        if (low < 0) {
            return false;
        }
        to[len++] = (char)(high << 4 | low);
        at += 2;
    }
    text->len = len;
    return true;
}

static osp_status read_disposition(osp_multipart *m, osp_str value)
{
    osp_str named = { 0 }, plain = { 0 }, extended = { 0 };
    param one;
    osp_status status;
    if (m->part.name.ptr != NULL ||
        !osp_str_equal_nocase(osp_field_take_token(&value), OSP_STR("form-data"))) {
        return fail(m, OSP_E_INVALID, "A part must have one Content-Disposition, form-data.");
    }
    while ((status = next_param(&value, false, &one)) == OSP_OK) {
        osp_str *into = osp_str_equal_nocase(one.name, OSP_STR("name"))        ? &named
                        : osp_str_equal_nocase(one.name, OSP_STR("filename"))  ? &plain
                        : osp_str_equal_nocase(one.name, OSP_STR("filename*")) ? &extended
                                                                               : NULL;
        if (into == NULL) {
            continue;
        }
        if (into->ptr != NULL || (into == &extended && one.quoted)) {
            status = OSP_E_INVALID;
            break;
        }
        *into = one.text;
        if (one.quoted) {
            unquote(into);
        }
    }
    if (status != OSP_DONE || (extended.ptr != NULL && !undo_extended(&extended))) {
        return fail(m, OSP_E_INVALID, "The Content-Disposition of a part is malformed.");
    }
    if (named.ptr == NULL) {
        return fail(m, OSP_E_INVALID, "A part must have a name.");
    }
    m->part.name = named;
    m->part.file_name = extended.ptr != NULL ? extended : plain;
    return osp_utf8_valid(named) && osp_utf8_valid(m->part.file_name)
               ? OSP_OK
               : fail(m, OSP_E_INVALID, "The names of a part must be UTF-8.");
}

/* Contents are taken as they are (RFC 7578 4.7). */
static osp_status read_encoding(osp_multipart *m, osp_str value)
{
    const bool identity = osp_str_equal_nocase(value, OSP_STR("7bit")) ||
                          osp_str_equal_nocase(value, OSP_STR("8bit")) ||
                          osp_str_equal_nocase(value, OSP_STR("binary"));
    return identity ? OSP_OK
                    : fail(m, OSP_E_UNSUPPORTED,
                           "The Content-Transfer-Encoding of a part must be binary.");
}

static bool is_ascii(osp_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

static osp_status read_line(osp_multipart *m, osp_str line)
{
    const osp_str name = osp_field_take_token(&line);
    bool good = name.len > 0 && line.len > 0 && line.ptr[0] == ':';
    for (size_t i = 0; i < line.len; i++) {
        const unsigned char byte = (unsigned char)line.ptr[i];
        good = good && (byte >= 0x20 || byte == '\t') && byte != 0x7f;
    }
    if (!good) {
        return fail(m, OSP_E_INVALID, "A part has a malformed header.");
    }
    osp_field_skip(&line, 1);
    const osp_str value = osp_str_trim(line);
    if (osp_str_equal_nocase(name, OSP_STR("content-disposition"))) {
        return read_disposition(m, value);
    }
    if (osp_str_equal_nocase(name, OSP_STR("content-transfer-encoding"))) {
        return read_encoding(m, value);
    }
    if (osp_str_equal_nocase(name, OSP_STR("content-type"))) {
        if (m->part.media_type.ptr != NULL) {
            return fail(m, OSP_E_INVALID, "A part has more than one Content-Type.");
        }
        if (!is_ascii(value)) {
            return fail(m, OSP_E_INVALID, "A part has a malformed header.");
        }
        m->part.media_type = value;
    }
    return OSP_OK;
}

/* All lines are there, each with its end, and the empty one. */
static osp_status read_head(osp_multipart *m)
{
    m->part = (osp_multipart_part){ 0 };
    size_t count = 0;
    for (osp_str rest = { m->head_, m->head_len_ }; rest.len > 2; count++) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        OSP_ASSERT(end != NULL && end > rest.ptr);
        if (count == OSP_MULTIPART_HEADERS_MAX) {
            return fail(m, OSP_E_LIMIT, "A part has too many headers.");
        }
        const size_t size = (size_t)(end - rest.ptr) + 1;
        OSP_TRY(read_line(m, (osp_str){ rest.ptr, size - 2 }));
        osp_field_skip(&rest, size);
    }
    return m->part.name.ptr != NULL
               ? OSP_OK
               : fail(m, OSP_E_INVALID, "A part must have one Content-Disposition, form-data.");
}

/* OSP_OK (the head is whole, `part` is set) | OSP_AGAIN | a failure. */
static osp_status take_head(osp_multipart *m, osp_str *rest)
{
    while (rest->len > 0) {
        const char *end = memchr(rest->ptr, '\n', rest->len);
        const size_t size = end != NULL ? (size_t)(end - rest->ptr) + 1 : rest->len;
        if (size > sizeof m->head_ - m->head_len_) {
            return fail(m, OSP_E_LIMIT, "The headers of a part are too large.");
        }
        memcpy(m->head_ + m->head_len_, rest->ptr, size);
        m->head_len_ = (uint16_t)(m->head_len_ + size);
        osp_field_skip(rest, size);
        if (end == NULL) {
            return OSP_AGAIN;
        }
        const size_t len = (size_t)m->head_len_ - m->line_at_;
        if (len < 2 || m->head_[m->head_len_ - 2] != '\r') {
            return fail(m, OSP_E_INVALID, "A part has a malformed header.");
        }
        if (len == 2) {
            return read_head(m);
        }
        m->line_at_ = m->head_len_;
    }
    return OSP_AGAIN;
}

/* ---------------------------------------------------------------- contents */

/* The torn delimiter goes on in `rest`, or was none: then it is content. */
static osp_str go_on_matching(osp_multipart *m, osp_str *rest)
{
    size_t len = 0;
    const size_t left = (size_t)m->delimiter_len_ - m->matched_;
    while (len < rest->len && len < left && rest->ptr[len] == m->delimiter_[m->matched_ + len]) {
        len++;
    }
    const bool torn = len < rest->len && len < left;
    osp_field_skip(rest, len);
    m->matched_ = (uint8_t)(m->matched_ + len);
    if (!torn) {
        return (osp_str){ m->delimiter_, 0 };
    }
    const osp_str content = { m->delimiter_ + m->assumed_, (size_t)m->matched_ - m->assumed_ };
    m->matched_ = m->assumed_ = 0;
    return content;
}

/* What comes next may be a delimiter without its line end, which stands before already. */
static void assume_line_end(osp_multipart *m)
{
    m->matched_ = m->assumed_ = 2;
}

/* Takes content off the front of `rest`, up to what is, or at its end may be, the delimiter.  It is
 * empty when `rest` is, or the delimiter has come. */
static osp_str take_content(osp_multipart *m, osp_str *rest)
{
    if (m->matched_ > 0) {
        const osp_str torn = go_on_matching(m, rest);
        if (torn.len > 0 || m->matched_ > 0) {
            return torn;
        }
    }
    const osp_str all = *rest;
    size_t len = 0;
    while (len < all.len) {
        const char *cr = memchr(all.ptr + len, '\r', all.len - len);
        len = cr != NULL ? (size_t)(cr - all.ptr) : all.len;
        const size_t left = all.len - len;
        const size_t most = left < m->delimiter_len_ ? left : m->delimiter_len_;
        if (memcmp(all.ptr + len, m->delimiter_, most) == 0) {
            break;
        }
        len++;
    }
    osp_field_skip(rest, len);
    return len > 0 || rest->len == 0 ? (osp_str){ all.ptr, len } : go_on_matching(m, rest);
}

/* OSP_OK (the delimiter has come, and is forgotten) | OSP_AGAIN | OSP_E_INVALID (it stands directly
 * behind the empty line of a head: RFC 2046 5.1.1 would allow it, but readers take it for content).
 */
static osp_status take_delimiter(osp_multipart *m)
{
    if (m->matched_ != m->delimiter_len_) {
        return OSP_AGAIN;
    }
    if (m->assumed_ > 0 && m->state_ == CONTENT) {
        return fail(m, OSP_E_INVALID, "A boundary must follow a line end of its own.");
    }
    m->matched_ = m->assumed_ = 0;
    m->state_ = BEHIND;
    m->padding_ = 0;
    return OSP_OK;
}

/* One byte behind a delimiter: "--", or blanks and the end of the line. */
static osp_status take_behind(osp_multipart *m, char byte)
{
    const bool blank = byte == ' ' || byte == '\t';
    if (m->state_ == BEHIND && byte == '-') {
        m->state_ = CLOSING;
    } else if (m->state_ == CLOSING && byte == '-') {
        m->state_ = CLOSED;
    } else if (m->state_ == CLOSED && byte == '\r') {
        m->state_ = LAST_END;
    } else if (m->state_ == LAST_END && byte == '\n') {
        m->state_ = EPILOGUE;
    } else if ((m->state_ == BEHIND || m->state_ == PADDING || m->state_ == CLOSED) && blank) {
        m->state_ = m->state_ == CLOSED ? CLOSED : PADDING;
        if (m->padding_++ == OSP_MULTIPART_PADDING_MAX) {
            return fail(m, OSP_E_LIMIT, "A boundary is followed by too many blanks.");
        }
    } else if ((m->state_ == BEHIND || m->state_ == PADDING) && byte == '\r') {
        m->state_ = LINE_END;
    } else if (m->state_ == LINE_END && byte == '\n') {
        m->state_ = HEAD;
        m->head_len_ = m->line_at_ = 0;
    } else {
        return fail(m, OSP_E_INVALID, "A boundary is followed by something else.");
    }
    return OSP_AGAIN;
}

/* One step.  OSP_OK (an event) | OSP_AGAIN (go on while there is input) | a failure. */
static osp_status step(osp_multipart *m, osp_str *rest, osp_multipart_event *ret_event,
                       osp_str *ret_content)
{
    switch (m->state_) {
    case PREAMBLE:
        (void)take_content(m, rest);
        (void)take_delimiter(m);
        return OSP_AGAIN;
    case HEAD: {
        const osp_status status = take_head(m, rest);
        if (status == OSP_OK) {
            *ret_event = OSP_MULTIPART_PART;
            m->state_ = CONTENT;
            assume_line_end(m); /* to see a delimiter that lacks its own */
        }
        return status;
    }
    case CONTENT: {
        *ret_content = take_content(m, rest);
        const osp_status status = take_delimiter(m);
        *ret_event = status == OSP_OK ? OSP_MULTIPART_PART_END : OSP_MULTIPART_CONTENT;
        return status == OSP_AGAIN && ret_content->len > 0 ? OSP_OK : status;
    }
    default: {
        const char byte = rest->ptr[0];
        osp_field_skip(rest, 1);
        return take_behind(m, byte);
    }
    }
}

osp_status osp_multipart_next(osp_multipart *m, osp_str *rest, osp_multipart_event *ret_event,
                              osp_str *ret_content)
{
    osp_status status = OSP_AGAIN;
    while (status == OSP_AGAIN && rest->len > 0 && m->state_ != EPILOGUE && m->state_ != FAILED) {
        status = step(m, rest, ret_event, ret_content);
    }
    if (status == OSP_AGAIN && m->state_ == FAILED) {
        return OSP_E_INVALID;
    }
    if (status == OSP_AGAIN && m->state_ == EPILOGUE) {
        osp_field_skip(rest, rest->len);
        return OSP_DONE;
    }
    return status;
}

osp_status osp_multipart_end(osp_multipart *m)
{
    if (m->state_ == EPILOGUE || m->state_ == CLOSED) {
        return OSP_OK;
    }
    return m->state_ == FAILED ? OSP_E_INVALID
                               : fail(m, OSP_E_INVALID, "The form ends without its last boundary.");
}
