/* Texts of scalars from anyone: what is read can be written, and reads back as the same value.
 *
 * The first byte chooses a reader, a format or a pattern; the rest is the text.  The first eight
 * bytes of the text are also taken as a value, which is written and must read back. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "type/pattern.h"
#include "type/text.h"

#define ARENA_MAX (1U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool cond)
{
    if (!cond) {
        abort();
    }
}

static int64_t value_of(osp_str text)
{
    int64_t value = 0;
    memcpy(&value, text.ptr, text.len < sizeof(value) ? text.len : sizeof(value));
    return value;
}

static void try_date(osp_str text)
{
    char out[OSP_TEXT_MAX];
    osp_date date;
    if (osp_text_read_date(text, &date) == NULL) {
        require(osp_text_date_valid(date));
        require(osp_str_equal((osp_str){ out, osp_text_write_date(date, out) }, text));
    }
    memset(&date, 0, sizeof(date));
    memcpy(&date, text.ptr, text.len < sizeof(date) ? text.len : sizeof(date));
    osp_date back;
    const size_t len = osp_text_write_date(date, out);
    require((len != 0) == osp_text_date_valid(date));
    require(len == 0 || (osp_text_read_date((osp_str){ out, len }, &back) == NULL &&
                         memcmp(&back, &date, sizeof(date)) == 0));
}

static void try_time(osp_str text)
{
    char out[OSP_TEXT_MAX];
    osp_time time, back;
    if (osp_text_read_time(text, &time) == NULL) {
        require(osp_text_time_valid(time));
    } else {
        time.us = value_of(text);
    }
    const size_t len = osp_text_write_time(time, out);
    require(len <= sizeof(out) && (len != 0) == osp_text_time_valid(time));
    require(len == 0 ||
            (osp_text_read_time((osp_str){ out, len }, &back) == NULL && back.us == time.us));
}

static void try_duration(osp_str text)
{
    char out[OSP_TEXT_MAX];
    osp_duration duration, back;
    if (osp_text_read_duration(text, &duration) != NULL) {
        duration.us = value_of(text);
    }
    const size_t len = osp_text_write_duration(duration, out);
    require(len != 0 && len <= sizeof(out));
    require(osp_text_read_duration((osp_str){ out, len }, &back) == NULL);
    require(back.us == duration.us);
}

static void try_uuid(osp_str text)
{
    char out[OSP_TEXT_MAX];
    osp_uuid uuid;
    if (osp_text_read_uuid(text, &uuid) == NULL) {
        require(osp_str_equal_nocase((osp_str){ out, osp_text_write_uuid(uuid, out) }, text));
    }
}

static void try_decimal(osp_str text)
{
    osp_decimal decimal;
    if (osp_text_read_decimal(text, &decimal) == NULL) {
        require(decimal.text.ptr == text.ptr && decimal.text.len == text.len);
        require(text.ptr[text.len - 1] >= '0' && text.ptr[text.len - 1] <= '9');
    }
}

static void try_bytes(osp_str text)
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, ARENA_MAX);
    osp_bytes bytes, back;
    osp_buf buf;
    osp_buf_init(&buf, NULL, 0, ARENA_MAX);
    if (osp_text_read_bytes(text, &bytes, &arena) == NULL) {
        osp_text_write_bytes(bytes, &buf);
        require(osp_str_equal((osp_str){ buf.ptr, buf.len }, text));
    }
    buf.len = 0;
    osp_text_write_bytes((osp_bytes){ (const uint8_t *)text.ptr, text.len }, &buf);
    require(!buf.failed);
    require(osp_text_read_bytes((osp_str){ buf.ptr, buf.len }, &back, &arena) == NULL);
    require(osp_str_equal((osp_str){ (const char *)back.ptr, back.len }, text));
    osp_buf_done(&buf);
    osp_arena_done(&arena);
}

/* A URL is a URI; an address of each sort can be the host of one. */
static void try_formats(osp_str text)
{
    char url[512];
    bool is[OSP_FORMAT_COUNT];
    for (osp_format format = OSP_FORMAT_ANY; format < OSP_FORMAT_COUNT; format++) {
        is[format] = osp_text_check_format(format, text) == NULL;
    }
    require(is[OSP_FORMAT_ANY]);
    require(is[OSP_FORMAT_URI] || !is[OSP_FORMAT_URL]);
    require(is[OSP_FORMAT_HOSTNAME] || !is[OSP_FORMAT_IPV4]);
    const bool host = is[OSP_FORMAT_HOSTNAME] || is[OSP_FORMAT_IPV6];
    if (host && text.len < 300) {
        const bool six = is[OSP_FORMAT_IPV6];
        osp_buf buf;
        osp_buf_init(&buf, url, sizeof(url), sizeof(url));
        osp_buf_str(&buf, six ? OSP_STR("https://[") : OSP_STR("https://"));
        osp_buf_str(&buf, text);
        osp_buf_str(&buf, six ? OSP_STR("]:443/") : OSP_STR(":443/"));
        require(osp_text_check_format(OSP_FORMAT_URL, (osp_str){ buf.ptr, buf.len }) == NULL);
    }
    size_t characters = 0;
    for (size_t i = 0; i < text.len; i++) {
        characters += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    }
    require(osp_text_characters(text) == characters);
}

static void try_pattern(osp_str text)
{
    static const char *const patterns[] = { "(a+)+$", "^(a|b|ab)*c$", "^[a-z0-9]+(-[a-z0-9]+)*$",
                                            "(?<=a)\\w+?(\\d)\\1", "a*a*[cd][0-9]" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(patterns); i++) {
        const osp_status status = osp_patterns_find(NULL, patterns[i], text);
        require(status == OSP_OK || status == OSP_DONE || status == OSP_E_LIMIT ||
                (status == OSP_E_INVALID && !osp_utf8_valid(text)));
        /* What a format says by a walk, a pattern says as well. */
        require(i != 2 || status == OSP_E_LIMIT || status == OSP_E_INVALID ||
                (status == OSP_OK) == (osp_text_check_format(OSP_FORMAT_SLUG, text) == NULL));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tries[])(osp_str text) = {
        try_date, try_time, try_duration, try_uuid, try_decimal, try_bytes, try_formats, try_pattern
    };
    if (size < 2) {
        return 0;
    }
    /* Exactly sized, so that a sanitizer sees every read past either end. */
    const size_t len = size - 1;
    char *text = malloc(len);
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data + 1, len);
    tries[data[0] % OSP_ARRAY_LEN(tries)]((osp_str){ text, len });
    free(text);
    return 0;
}
