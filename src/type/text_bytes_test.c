#include "type/text.h"

#include "tests/unit/unit.h"

#define UUID "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"

OSP_UNIT_TEST(text_uuid, "36 characters in either case, and back in small letters")
{
    osp_uuid uuid;
    char out[OSP_TEXT_MAX];
    OSP_CHECK(osp_text_read_uuid(S(UUID), &uuid) == NULL);
    OSP_CHECK(memcmp(uuid.b, "\xf8\x1d\x4f\xae\x7d\xec\x11\xd0\xa7\x65\x00\xa0\xc9\x1e\x6b\xf6",
                     16) == 0);
    OSP_CHECK_STR(((osp_str){ out, osp_text_write_uuid(uuid, out) }), S(UUID));
    osp_uuid upper;
    OSP_CHECK(osp_text_read_uuid(S("F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"), &upper) == NULL);
    OSP_CHECK(memcmp(&upper, &uuid, sizeof(uuid)) == 0);
    uint64_t state = 3;
    for (size_t i = 0; i < 10000; i++) {
        osp_uuid back;
        for (size_t k = 0; k < sizeof(uuid.b); k++) {
            state = state * UINT64_C(6364136223846793005) + 1;
            uuid.b[k] = (uint8_t)(state >> 56);
        }
        const size_t len = osp_text_write_uuid(uuid, out);
        OSP_CHECK(len == 36 && osp_text_read_uuid((osp_str){ out, len }, &back) == NULL);
        OSP_CHECK(memcmp(&back, &uuid, sizeof(uuid)) == 0);
    }
}

OSP_UNIT_TEST(text_uuid_bad, "other lengths, every other byte in every place, other forms")
{
    osp_uuid uuid;
    static const char *const bad[] = {
        "",
        "f81d4fae7dec11d0a76500a0c91e6bf6",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf66",
        "{81d4fae-7dec-11d0-a765-00a0c91e6bf}",
        ("urn:uuid:" UUID),
        "f81d4fa-e7dec-11d0-a765-00a0c91e6bf6",
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        OSP_CHECK(osp_text_read_uuid(osp_str_from(bad[i]), &uuid) != NULL);
    }
    for (size_t at = 0; at < 36; at++) {
        size_t good = 0;
        for (int c = 0; c < 256; c++) {
            char text[36];
            memcpy(text, UUID, 36);
            text[at] = (char)(unsigned char)c;
            good += osp_text_read_uuid((osp_str){ text, 36 }, &uuid) == NULL;
        }
        OSP_CHECK(good == (UUID[at] == '-' ? 1 : 22));
    }
}

OSP_UNIT_TEST(text_decimal, "numbers of JSON without exponent, as they are")
{
    static const char *const good[] = { "0",    "-0",    "1",
                                        "-1",   "12.50", "0.0",
                                        "-0.1", "10",    "99999999999999999999999999.000000001" };
    static const char *const bad[] = { "",    "-",   "+1",  "01",   "-01", "00",  ".5",  "5.",
                                       "1e5", "1E5", "1.",  "-.5",  " 1",  "1 ",  "1,5", "1.5.2",
                                       "--1", "NaN", "0x1", "1.5e", "1a",  "1.a", "1_0" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(good); i++) {
        const osp_str text = osp_str_from(good[i]);
        osp_decimal decimal;
        OSP_CHECK(osp_text_read_decimal(text, &decimal) == NULL);
        OSP_CHECK(decimal.text.ptr == text.ptr && decimal.text.len == text.len);
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        osp_decimal decimal = { { "kept", 4 } };
        OSP_CHECK(osp_text_read_decimal(osp_str_from(bad[i]), &decimal) != NULL);
        OSP_CHECK_STR(decimal.text, S("kept"));
    }
}

OSP_UNIT_TEST(text_bytes_round, "bytes of lengths 0 to 64 come back; other spellings do not")
{
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 1 << 20);
    uint8_t raw[64];
    for (size_t i = 0; i < sizeof(raw); i++) {
        raw[i] = (uint8_t)(i * 151 + 7);
    }
    for (size_t len = 0; len <= sizeof(raw); len++) {
        osp_buf buf;
        osp_buf_init(&buf, NULL, 0, 1024);
        osp_text_write_bytes((osp_bytes){ raw, len }, &buf);
        OSP_CHECK(!buf.failed && buf.len == (len + 2) / 3 * 4);
        osp_bytes back;
        OSP_CHECK(osp_text_read_bytes((osp_str){ buf.ptr, buf.len }, &back, &arena) == NULL);
        OSP_CHECK(back.len == len && memcmp(back.ptr, raw, len) == 0);
        for (size_t cut = 1; cut < buf.len; cut++) {
            const bool good = osp_text_read_bytes((osp_str){ buf.ptr, cut }, &back, &arena) == NULL;
            OSP_CHECK(good == (cut % 4 == 0));
        }
        osp_buf_done(&buf);
    }
    osp_bytes kept = { raw, 3 };
    static const char *const bad[] = { "Zh==", "Zg=", "Zg", "Zm9v\n", " Zm9", "-_-_", "=", "====" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        OSP_CHECK(osp_text_read_bytes(osp_str_from(bad[i]), &kept, &arena) != NULL);
        OSP_CHECK(kept.ptr == raw && kept.len == 3);
    }
    osp_arena_done(&arena);
}

OSP_UNIT_TEST(text_bytes_memory, "an arena or a buffer that is full is told apart")
{
    char text[4096], first[64];
    memset(text, 'A', sizeof(text));
    osp_arena arena;
    osp_arena_init(&arena, first, sizeof(first), 0);
    osp_bytes bytes;
    OSP_CHECK(osp_text_read_bytes((osp_str){ text, sizeof(text) }, &bytes, &arena) ==
              OSP_SAY(LARGE));
    osp_arena_done(&arena);
    osp_buf buf;
    osp_buf_init(&buf, first, sizeof(first), sizeof(first));
    osp_text_write_bytes((osp_bytes){ (const uint8_t *)text, 48 }, &buf);
    OSP_CHECK(!buf.failed && buf.len == 64);
    osp_text_write_bytes((osp_bytes){ (const uint8_t *)text, 1 }, &buf);
    OSP_CHECK(buf.failed && buf.len == 64);
    osp_buf_done(&buf);
}
