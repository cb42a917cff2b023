/* Bytes, UUIDs and decimal numbers as text.
 *
 *     bytes     Zm9vYg==                               RFC 4648 section 4
 *     uuid      f81d4fae-7dec-11d0-a765-00a0c91e6bf6   RFC 9562 section 4
 *     decimal   -12.50                                 RFC 8259 section 6, without exponent
 *
 * A decimal stays its text: "12.50" and "12.5" are the same number and different values, because
 * whoever wrote the zero wanted to keep it.
 *
 * Differences to ajv-formats: a UUID has no "urn:uuid:" in front; base64 has zero trailing bits. */
#include "type/text.h"

#include "base/base64.h"

#define UUID_LEN 36

/* ---------------------------------------------------------------- UUIDs */

/* The value of a hexadecimal digit and 0x10; 0 for other bytes. */
static const uint8_t hex[256] = {
    ['0'] = 0x10, ['1'] = 0x11, ['2'] = 0x12, ['3'] = 0x13, ['4'] = 0x14, ['5'] = 0x15,
    ['6'] = 0x16, ['7'] = 0x17, ['8'] = 0x18, ['9'] = 0x19, ['a'] = 0x1A, ['b'] = 0x1B,
    ['c'] = 0x1C, ['d'] = 0x1D, ['e'] = 0x1E, ['f'] = 0x1F, ['A'] = 0x1A, ['B'] = 0x1B,
    ['C'] = 0x1C, ['D'] = 0x1D, ['E'] = 0x1E, ['F'] = 0x1F,
};

/* Where the two digits of each byte stand; between the groups is a dash. */
static const uint8_t uuid_at[16] = { 0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34 };

const osp_sentence *osp_text_read_uuid(osp_str text, osp_uuid *ret)
{
    if (text.len != UUID_LEN || text.ptr[8] != '-' || text.ptr[13] != '-' || text.ptr[18] != '-' ||
        text.ptr[23] != '-') {
        return OSP_SAY(UUID);
    }
    osp_uuid uuid;
    unsigned all = 0x10;
    for (size_t i = 0; i < sizeof(uuid.b); i++) {
        const unsigned high = hex[(unsigned char)text.ptr[uuid_at[i]]];
        const unsigned low = hex[(unsigned char)text.ptr[uuid_at[i] + 1]];
        all &= high & low;
        uuid.b[i] = (uint8_t)((high & 0xF) << 4 | (low & 0xF));
    }
    if (all == 0) {
        return OSP_SAY(UUID);
    }
    *ret = uuid;
    return NULL;
}

size_t osp_text_write_uuid(osp_uuid uuid, char *out)
{
    static const char digits[] = "0123456789abcdef";
    out[8] = out[13] = out[18] = out[23] = '-';
    for (size_t i = 0; i < sizeof(uuid.b); i++) {
        out[uuid_at[i]] = digits[uuid.b[i] >> 4];
        out[uuid_at[i] + 1] = digits[uuid.b[i] & 0xF];
    }
    return UUID_LEN;
}

/* ---------------------------------------------------------------- decimals */

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9') {
        at++;
    }
    return at;
}

const osp_sentence *osp_text_read_decimal(osp_str text, osp_decimal *ret)
{
    if (text.len == 0) {
        return OSP_SAY(DECIMAL);
    }
    const char *at = text.ptr, *const end = at + text.len;
    at += *at == '-';
    const char *const whole = at;
    at = skip_digits(at, end);
    if (at == whole || (*whole == '0' && at - whole > 1)) {
        return OSP_SAY(DECIMAL);
    }
    if (at < end) {
        const char *const point = at;
        at = *point == '.' ? skip_digits(point + 1, end) : point;
        if (at < end || at == point + 1) {
            return OSP_SAY(DECIMAL);
        }
    }
    ret->text = text;
    return NULL;
}

/* ---------------------------------------------------------------- bytes */

const osp_sentence *osp_text_read_bytes(osp_str text, osp_bytes *ret, osp_arena *arena)
{
    if (text.len == 0) {
        *ret = (osp_bytes){ (const uint8_t *)"", 0 };
        return NULL;
    }
    if (text.len % 4 != 0) {
        return OSP_SAY(BYTES);
    }
    char *out = osp_arena_try(arena, text.len / 4 * 3);
    if (out == NULL) {
        return OSP_SAY(LARGE);
    }
    size_t len;
    if (osp_base64_decode(text, out, &len) != OSP_OK) {
        return OSP_SAY(BYTES);
    }
    *ret = (osp_bytes){ (const uint8_t *)out, len };
    return NULL;
}

void osp_text_write_bytes(osp_bytes bytes, osp_buf *out)
{
    if (bytes.len > SIZE_MAX / 2) {
        out->failed = true;
        return;
    }
    if (bytes.len == 0) {
        return; /* an empty buffer has no place to write to */
    }
    const osp_str raw = { (const char *)bytes.ptr, bytes.len };
    if (osp_buf_reserve(out, OSP_BASE64_SIZE(bytes.len))) {
        out->len += osp_base64_encode(raw, out->ptr + out->len);
    }
}
