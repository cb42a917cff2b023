/* Every kind of value, bound and read back. */
#include "drivers/sqlite.h"

#include <math.h>

#include "tests/unit/world.h"

typedef enum Role { ROLE_NONE, ROLE_ADMIN = 5 } Role;
OSP_ENUM(Role, (ROLE_NONE, "none"), (ROLE_ADMIN, "admin"));

typedef struct Every {
    osp_bytes bytes;
    osp_uuid uuid;
    osp_date date;
    osp_time time;
    osp_duration span;
    osp_decimal price;
    osp_json raw;
    Role role;
    osp_str word;
} Every;
OSP_TYPE(Every, FIELD(bytes), FIELD(uuid), FIELD(date), FIELD(time), FIELD(span), FIELD(price),
         FIELD(raw), ENUM(role, Role), FIELD(word));

typedef struct Perhaps {
    osp_opt_bool flag;
    osp_opt_int whole;
    osp_opt_uint natural;
    osp_opt_double real;
    osp_opt_str word;
    osp_opt_bytes bytes;
    osp_opt_decimal price;
    osp_opt_time time;
    osp_opt_date date;
    osp_opt_duration span;
    osp_opt_uuid uuid;
    osp_opt_json raw;
} Perhaps;
OSP_TYPE(Perhaps, FIELD(flag), FIELD(whole), FIELD(natural), FIELD(real), FIELD(word), FIELD(bytes),
         FIELD(price), FIELD(time), FIELD(date), FIELD(span), FIELD(uuid), FIELD(raw));

OSP_UNIT_TEST(sqlite_kinds, "what is bound is what a member of its type reads")
{
    world w;
    set_up(&w);
    const Every in = {
        .bytes = { (const uint8_t *)"a\0b", 3 },
        .uuid = { { 0xf8, 0x1d, [15] = 0xf6 } },
        .date = { 2026, 1, 31 },
        .time = { 1769860800500000 },
        .span = { -7 },
        .price = { S("12.50") },
        .raw = { S("{\"a\":[1,2]}") },
        .role = ROLE_ADMIN,
        .word = { "a\0ก", 5 },
    };
    const Every *out = osp_db_one(&w.task, Every,
                                  "SELECT ? AS bytes, ? AS uuid, ? AS date, ? AS time, ? AS span,"
                                  " ? AS price, ? AS raw, ? AS role, ? AS word",
                                  in.bytes, in.uuid, in.date, in.time, in.span, in.price, in.raw,
                                  in.role, in.word);
    OSP_CHECK(out != NULL && w.task.error.status == OSP_OK);
    OSP_CHECK(out->bytes.len == 3 && memcmp(out->bytes.ptr, "a\0b", 3) == 0);
    OSP_CHECK(memcmp(&out->uuid, &in.uuid, sizeof in.uuid) == 0);
    OSP_CHECK(out->date.year == 2026 && out->date.month == 1 && out->date.day == 31);
    OSP_CHECK(out->time.us == in.time.us && out->span.us == -7 && out->role == ROLE_ADMIN);
    OSP_CHECK_STR(out->price.text, in.price.text);
    OSP_CHECK_STR(out->raw.text, in.raw.text);
    OSP_CHECK_STR(out->word, in.word);
    const osp_str *sorts =
        osp_db_one(&w.task, osp_str,
                   "SELECT group_concat(typeof(v)) FROM (SELECT ? AS v UNION ALL SELECT ?"
                   " UNION ALL SELECT ? UNION ALL SELECT ? UNION ALL SELECT ?)",
                   in.bytes, in.uuid, in.date, in.time, (osp_opt_time){ 0 });
    OSP_CHECK(sorts != NULL);
    OSP_CHECK_STR(*sorts, S("blob,text,text,integer,null"));
    tear_down(&w);
}

static const Perhaps *through(osp_task *t, const Perhaps *in)
{
    return osp_db_one(t, Perhaps,
                      "SELECT ? AS flag, ? AS whole, ? AS natural, ? AS real, ? AS word,"
                      " ? AS bytes, ? AS price, ? AS time, ? AS date, ? AS span, ? AS uuid,"
                      " ? AS raw",
                      in->flag, in->whole, in->natural, in->real, in->word, in->bytes, in->price,
                      in->time, in->date, in->span, in->uuid, in->raw);
}

OSP_UNIT_TEST(sqlite_optionals, "an optional is NULL and back, or its value and back")
{
    world w;
    set_up(&w);
    const Perhaps none = { 0 };
    const Perhaps *out = through(&w.task, &none);
    OSP_CHECK(out != NULL && out->flag.is == OSP_NULL && out->whole.is == OSP_NULL);
    OSP_CHECK(out->natural.is == OSP_NULL && out->real.is == OSP_NULL && out->word.is == OSP_NULL);
    OSP_CHECK(out->bytes.is == OSP_NULL && out->price.is == OSP_NULL && out->time.is == OSP_NULL);
    OSP_CHECK(out->date.is == OSP_NULL && out->span.is == OSP_NULL && out->uuid.is == OSP_NULL);
    OSP_CHECK(out->raw.is == OSP_NULL);
    const Perhaps all = {
        .flag = SET(true),
        .whole = SET(-1),
        .natural = SET(1),
        .real = SET(0.5),
        .word = SET({ 0 }),
        .bytes = SET({ 0 }),
        .price = SET({ S("0.1") }),
        .time = SET({ 5 }),
        .date = { OSP_SET, { 2024, 2, 29 } },
        .span = SET({ 6 }),
        .uuid = { OSP_SET, { { 1 } } },
        .raw = SET({ S("null") }),
    };
    out = through(&w.task, &all);
    OSP_CHECK(out != NULL && out->flag.is == OSP_SET && out->flag.value);
    OSP_CHECK(out->whole.value == -1 && out->natural.value == 1 && out->real.value == 0.5);
    OSP_CHECK(out->word.is == OSP_SET && out->word.value.len == 0);
    OSP_CHECK(out->bytes.is == OSP_SET && out->bytes.value.len == 0);
    OSP_CHECK_STR(out->price.value.text, S("0.1"));
    OSP_CHECK(out->time.value.us == 5 && out->date.value.day == 29 && out->span.value.us == 6);
    OSP_CHECK(out->uuid.value.b[0] == 1);
    OSP_CHECK_STR(out->raw.value.text, S("null"));
    OSP_CHECK(w.task.error.status == OSP_OK);
    tear_down(&w);
}

#define REFUSES(want, text, ...)                                                                   \
    do {                                                                                           \
        OSP_CHECK(osp_db_one(&w.task, osp_str, __VA_ARGS__) == NULL);                              \
        OSP_CHECK(strstr(w.task.error.message, (text)) != NULL);                                   \
        OSP_CHECK(osp_recover(&w.task) == (want));                                                 \
    } while (0)

OSP_UNIT_TEST(sqlite_values_refused, "a value that SQL does not have is not bound as another one")
{
    world w;
    set_up(&w);
    const osp_date never = { 2026, 2, 30 };
    const osp_opt_uint huge = { OSP_SET, UINT64_MAX };
    REFUSES(OSP_E_INVALID, "parameter 2 is not a number", "SELECT ?, ?", 1, (double)NAN);
    REFUSES(OSP_E_INVALID, "parameter 1 is not a day", "SELECT ?", never);
    REFUSES(OSP_E_INVALID, "parameter 1 is 18446744073709551615", "SELECT ?", huge);
    REFUSES(OSP_E_DB_SCHEMA, "the column holds bytes", "SELECT x'00'");
    tear_down(&w);
}
