/* Text from outside in a line of the log.
 *
 * Most of it is harmless: eight bytes at a time are looked at, and what is clean is copied.  The
 * others are turned into what the style of the line has for them.  Nothing is cut within a
 * character or an escape. */
#include "serve/line.h"

#include "base/time.h"
#include "base/utf8.h"

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)
#define ESCAPE_MAX 8 /* bytes that one character may become */

static const char dots[] = { '.', '.', '.' };
static const char hex[] = "0123456789abcdef";

static bool is_clean(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* Whether all eight bytes are: a borrow only spreads upwards, from a byte that is not. */
static bool are_clean(const char *at)
{
    uint64_t w;
    memcpy(&w, at, sizeof w);
    const uint64_t quote = w ^ (ONES * '"'), slash = w ^ (ONES * '\\'), del = w ^ (ONES * 0x7f);
    return (((w - ONES * 0x20) | w | (quote - ONES) | (slash - ONES) | (del - ONES)) & HIGHS) == 0;
}

static size_t clean_len(osp_str text)
{
    size_t len = 0;
    while (len + 8 <= text.len && are_clean(text.ptr + len)) {
        len += 8;
    }
    while (len < text.len && is_clean((unsigned char)text.ptr[len])) {
        len++;
    }
    return len;
}

/* Bytes of the character in front; 0: it is none. */
static size_t character_len(osp_str text)
{
    const unsigned char first = (unsigned char)text.ptr[0];
    const size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return len <= text.len && osp_utf8_valid((osp_str){ text.ptr, len }) ? len : 0;
}

/* Control characters are ASCII and those from U+0080 on, which terminals obey as well. */
static bool is_high_control(osp_str text, size_t len)
{
    return len == 2 && (unsigned char)text.ptr[0] == 0xc2 && (unsigned char)text.ptr[1] < 0xa0;
}

/* Each of these writes what the bytes in front become and returns how many of them it took. */

static size_t escape_json(osp_str text, char *out, size_t *ret_len)
{
    const unsigned char byte = (unsigned char)text.ptr[0];
    const size_t len = character_len(text);
    if (byte == '"' || byte == '\\') {
        out[0] = '\\';
        out[1] = (char)byte;
        *ret_len = 2;
        return 1;
    }
    if (len == 0) {
        memcpy(out, "\\ufffd", 6);
        *ret_len = 6;
        return 1;
    }
    const bool high = is_high_control(text, len);
    if (len == 1 || high) {
        const unsigned code = high ? (unsigned char)text.ptr[1] : byte;
        memcpy(out, "\\u00", 4);
        out[4] = hex[code >> 4];
        out[5] = hex[code & 15];
        *ret_len = 6;
        return len;
    }
    memcpy(out, text.ptr, len);
    *ret_len = len;
    return len;
}

static size_t escape_quoted(osp_str text, char *out, size_t *ret_len)
{
    const unsigned char byte = (unsigned char)text.ptr[0];
    out[0] = '\\';
    if (byte == '"' || byte == '\\') {
        out[1] = (char)byte;
        *ret_len = 2;
        return 1;
    }
    out[1] = 'x';
    out[2] = hex[byte >> 4];
    out[3] = hex[byte & 15];
    *ret_len = 4;
    return 1;
}

static size_t escape_bare(osp_str text, char *out, size_t *ret_len)
{
    const unsigned char byte = (unsigned char)text.ptr[0];
    const size_t len = character_len(text);
    if (len > 1 && !is_high_control(text, len)) {
        memcpy(out, text.ptr, len);
        *ret_len = len;
        return len;
    }
    out[0] = len == 0 ? '?' : len > 1 || byte < 0x20 || byte == 0x7f ? ' ' : (char)byte;
    *ret_len = 1;
    return len > 1 ? len : 1;
}

static size_t (*const escapes[OSP_LINE_STYLES])(osp_str text, char *out, size_t *ret_len) = {
    [OSP_LINE_JSON] = escape_json,
    [OSP_LINE_QUOTED] = escape_quoted,
    [OSP_LINE_BARE] = escape_bare,
};

char *osp_line_text(char *at, osp_str text, size_t max, osp_line_style style)
{
    OSP_ASSERT(max >= OSP_LOG_PIECE_MIN);
    char *const end = at + max, *const last = end - sizeof dots;
    char *whole = at; /* the end of the last piece behind which the dots have room */
    while (text.len > 0) {
        char piece[ESCAPE_MAX];
        size_t len = clean_len(text), used = len;
        const char *from = text.ptr;
        if (len == 0) {
            used = escapes[style](text, piece, &len);
            from = piece;
        } else if (len > (size_t)(end - at)) { /* of clean bytes each is a piece */
            len = used = at < last ? (size_t)(last - at) : 0;
        }
        if (len == 0 || len > (size_t)(end - at)) {
            memcpy(whole, dots, sizeof dots);
            return whole + sizeof dots;
        }
        memcpy(at, from, len);
        const size_t before = at < last ? (size_t)(last - at) : 0;
        at += len;
        text = (osp_str){ text.ptr + used, text.len - used };
        if (at <= last) {
            whole = at;
        } else if (from != piece && before > 0) {
            whole = last;
        }
    }
    return at;
}

char *osp_line_number(char *at, uint64_t number)
{
    char digits[20];
    size_t begin = sizeof digits;
    do {
        digits[--begin] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    memcpy(at, digits + begin, sizeof digits - begin);
    return at + sizeof digits - begin;
}

char *osp_line_time(char *at, int64_t us)
{
    if (osp_time_write(us, at) != OSP_OK) { /* the clock is far off */
        return osp_line_put(at, OSP_STR("0000-00-00T00:00:00.000Z"));
    }
    return at + OSP_TIME_LEN;
}

char *osp_line_clf_time(char *at, int64_t us)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char time[OSP_TIME_LEN];
    (void)osp_line_time(time, us);
    const int month = (time[5] - '0') * 10 + time[6] - '0';
    memcpy(at, "00/Jan/0000:00:00:00 +0000", 26);
    memcpy(at, time + 8, 2);
    memcpy(at + 3, months + 3 * (month > 0 ? month - 1 : 0), 3);
    memcpy(at + 7, time, 4);
    memcpy(at + 12, time + 11, 8);
    return at + 26;
}
