/* The codec, kind by kind: what is read, what is refused and where, what is written. */
#include "tests/unit/every_kind.h"
#include "tests/unit/fault.h"
#include "tests/unit/round.h"
#include "tests/unit/unit.h"
#include "type/json.h"

#include <float.h>
#include <math.h>

typedef struct bench {
    osp_arena arena;
    osp_issues issues;
    osp_error err;
} bench;

static osp_status decode(bench *b, const osp_type *type, void *value, const char *text)
{
    osp_arena_done(&b->arena);
    memset(b, 0, sizeof(*b));
    osp_arena_init(&b->arena, NULL, 0, 1 << 20);
    memset(value, 0, type->size);
    const osp_decoding how = { .arena = &b->arena, .issues = &b->issues };
    return osp_json_decode(type, value, osp_str_from(text), &how, &b->err);
}

static void check_encoded(const osp_type *type, const void *value, const char *want)
{
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 20);
    OSP_CHECK(osp_json_encode(type, value, &out) == OSP_OK);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }), osp_str_from(want));
    osp_buf_done(&out);
}

/* A text, and what is wrong: "pointer: detail; pointer: detail", or what it encodes to. */
typedef struct sample {
    const char *text, *wrong, *again;
} sample;

static void check_samples(const osp_type *type, const sample *samples, size_t count)
{
    static bench b;
    for (size_t i = 0; i < count; i++) {
        char value[2048] __attribute__((aligned(16))), wrong[1024] = "";
        OSP_CHECK(type->size <= sizeof(value));
        const osp_status status = decode(&b, type, value, samples[i].text);
        size_t len = 0;
        for (size_t k = 0; k < b.issues.count; k++) {
            len +=
                (size_t)snprintf(wrong + len, sizeof(wrong) - len, "%s%.*s: %.*s", k ? "; " : "",
                                 OSP_ARG(b.issues.items[k].where),
                                 OSP_ARG(osp_flaw_text(&b.issues.items[k].flaw, NULL, &b.arena)));
        }
        if (status < 0 && status != OSP_E_TYPE_MISMATCH) {
            len = (size_t)snprintf(wrong, sizeof(wrong), "%s", osp_status_text(status));
        }
        OSP_CHECK_STR(osp_str_from(wrong), osp_str_from(samples[i].wrong));
        OSP_CHECK((status == OSP_OK) == (samples[i].wrong[0] == '\0'));
        if (status == OSP_OK) {
            check_encoded(type, value, samples[i].again ? samples[i].again : samples[i].text);
        }
    }
    osp_arena_done(&b.arena);
}
#define CHECK_SAMPLES(T, samples) check_samples(&osp_type_##T, samples, OSP_ARRAY_LEN(samples))

/* ---------------------------------------------------------------- enums */

typedef struct Paint {
    Color color;
    Color_list colors;
    Color_opt maybe;
} Paint;
OSP_TYPE(Paint, ENUM(color, Color), LIST(colors, Color, .fallback = ""), OPT_ENUM(maybe, Color));

OSP_UNIT_TEST(kinds_enum, "an enum is one of its names, case and all")
{
    static const sample samples[] = {
        { "{\"color\":\"red\",\"colors\":[\"gr\\\"een\",\"red\"],\"maybe\":null}", "", NULL },
        { "{\"color\":\"r\\u0065d\"}", "", "{\"color\":\"red\",\"colors\":[]}" },
        { "{\"color\":\"Red\"}", "/color: must be one of red, gr\"een", NULL },
        { "{\"color\":\"\",\"maybe\":\"re\"}",
          "/color: must be one of red, gr\"een; /maybe: must be one of red, gr\"een", NULL },
        { "{\"color\":1}", "/color: must be a string", NULL },
        { "{\"color\":null}", "/color: must not be null", NULL },
        { "{\"color\":\"red\",\"colors\":[\"red\",null,{}],\"maybe\":[]}",
          "/colors/1: must not be null; /colors/2: must be a string; "
          "/maybe: must be a string or null",
          NULL },
        { "{}", "/color: is required", NULL },
    };
    CHECK_SAMPLES(Paint, samples);
    const Paint none = { .color = 0 };
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 100);
    OSP_CHECK(osp_json_encode(&osp_type_Paint, &none, &out) == OSP_E_INVALID);
    OSP_CHECK(out.len == 0);
    osp_buf_done(&out);
}

/* ---------------------------------------------------------------- unions */

typedef struct Holder {
    Shape one;
    Shape_list many;
    Shape_map named;
    Shape *maybe;
} Holder;
OSP_TYPE(Holder, OBJECT(one, Shape), LIST(many, Shape, .fallback = "[]"),
         MAP(named, Shape, .fallback = ""), MAYBE(maybe, Shape));

OSP_UNIT_TEST(kinds_union, "a union is told apart by a member, wherever it stands")
{
    static const sample samples[] = {
        { "{\"type\":\"circle\",\"radius\":2}", "", NULL },
        { "{\"radius\":2,\"t\\u0079pe\":\"circle\"}", "", "{\"type\":\"circle\",\"radius\":2}" },
        { "{\"side\":3,\"radius\":2,\"type\":\"square\",\"z\":[]}", "",
          "{\"type\":\"square\",\"side\":3,\"radius\":2,\"z\":[]}" },
        { "{\"type\":\"square\"}", "", "{\"type\":\"square\",\"side\":1}" },
        { "{\"radius\":2}", "/type: is required", NULL },
        { "{}", "/type: is required", NULL },
        { "{\"type\":\"circle\",\"radius\":1,\"type\":\"square\"}", "/type: is given twice", NULL },
        { "{\"type\":\"cube\"}", "/type: must be one of circle, square", NULL },
        { "{\"type\":null}", "/type: must be one of circle, square", NULL },
        { "{\"type\":\"circle\",\"radius\":0}", "/radius: must be more than 0", NULL },
        { "{\"type\":\"circle\"}", "/radius: is required", NULL },
        { "[]", ": must be an object", NULL },
        { "{\"type\":\"circle\",\"radius\":1", "the text is not valid JSON", NULL },
        { "{\"type\"", "the text is not valid JSON", NULL },
    };
    CHECK_SAMPLES(Shape, samples);
}

OSP_UNIT_TEST(kinds_union_member, "a union may be a member, an item, an entry and behind a pointer")
{
    static const sample samples[] = {
        { "{\"one\":{\"type\":\"circle\",\"radius\":1},\"many\":[{\"type\":\"square\",\"side\":2}],"
          "\"named\":{\"a\":{\"type\":\"circle\",\"radius\":3}},"
          "\"maybe\":{\"type\":\"square\",\"side\":4}}",
          "", NULL },
        { "{\"one\":{\"type\":\"circle\",\"radius\":1},\"many\":[{}],\"named\":{\"a\":1},"
          "\"maybe\":{\"type\":\"circle\",\"radius\":\"\"}}",
          "/many/0/type: is required; /named/a: must be an object; /maybe/radius: must be a number",
          NULL },
    };
    CHECK_SAMPLES(Holder, samples);
    const Shape none = { .is = 3 };
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 100);
    OSP_CHECK(osp_json_encode(&osp_type_Shape, &none, &out) == OSP_E_INVALID);
    osp_buf_done(&out);
}

/* ---------------------------------------------------------------- maps, kept and refused members
 */

typedef struct Maps {
    int64_t_map counts;
    osp_str_map texts;
} Maps;
OSP_TYPE(Maps, MAP(counts, int64_t, .min_len = 1, .max_len = 2, EACH(AT_LEAST(0))),
         MAP(texts, osp_str, .fallback = ""));

OSP_UNIT_TEST(kinds_map, "a map keeps names and their order, refuses a name twice and too many")
{
    static const sample samples[] = {
        { "{\"counts\":{\"b\":1,\"a\":2},\"texts\":{\"\":\"x\",\"a b\":\"\"}}", "", NULL },
        { "{\"counts\":{}}", "/counts: must have at least 1 item", NULL },
        { "{\"counts\":{\"a\":1,\"b\":2,\"c\":3}}", "/counts: must have at most 2 items", NULL },
        { "{\"counts\":{\"a\":-1,\"b/~\":\"\"}}",
          "/counts/a: must be at least 0; /counts/b~1~0: must be a whole number", NULL },
        { "{\"counts\":{\"a\":1,\"\\u0061\":2}}", "/counts/a: is given twice", NULL },
        { "{\"counts\":{\"a\":1},\"texts\":{\"x\":\"1\",\"y\":\"2\",\"x\":\"3\"}}",
          "/texts/x: is given twice", NULL },
        { "{\"counts\":[]}", "/counts: must be an object", NULL },
        { "{\"counts\":{\"a\":1,}}", "the text is not valid JSON", NULL },
        { "{\"counts\":{\"a\":null}}", "/counts/a: must not be null", NULL },
    };
    CHECK_SAMPLES(Maps, samples);
}

typedef struct Kept {
    int64_t a;
    osp_json_map rest;
} Kept;
OSP_TYPE(Kept, FIELD(a), EXTRA(rest));

OSP_UNIT_TEST(kinds_extra, "members that no item names are kept as they are, or refused")
{
    static const sample kept[] = {
        { "{\"a\":1,\"z\":[1, 2],\"b\":null}", "", NULL },
        { "{\"z\":{},\"a\":1}", "", "{\"a\":1,\"z\":{}}" },
        { "{\"a\":1,\"b\":1,\"c\":2,\"b\":3}", "/b: is given twice", NULL },
        { "{\"a\":1,\"b\":tru}", "the text is not valid JSON", NULL },
    };
    CHECK_SAMPLES(Kept, kept);
    static const sample strict[] = {
        { "{\"grid\":[1,2],\"colors\":[\"red\",\"gr\\\"een\"]}", "", NULL },
        { "{\"grid\":[1,2],\"x/y\":[{}],\"colors\":[\"red\",\"gr\\\"een\"]}",
          "/x~1y: is not known here", NULL },
    };
    CHECK_SAMPLES(Strict, strict);
}

OSP_UNIT_TEST(kinds_array, "an array has exactly its length")
{
    static const sample samples[] = {
        { "{\"grid\":[1],\"colors\":[]}",
          "/grid: must have exactly 2 items; /colors: must have exactly 2 items", NULL },
        { "{\"grid\":[1,2,3],\"colors\":[\"red\",\"red\"]}",
          "/grid: must have exactly 2 items; /colors: must not have an item twice", NULL },
        { "{\"grid\":[1,10],\"colors\":[\"red\",null]}",
          "/grid/1: must be at most 9; /colors/1: must not be null", NULL },
        { "{\"grid\":{},\"colors\":null}", "/grid: must be a list; /colors: must not be null",
          NULL },
        { "{\"grid\":[1,2", "the text is not valid JSON", NULL },
        { "{}", "/grid: is required; /colors: is required", NULL },
    };
    CHECK_SAMPLES(Strict, samples);
}

/* ---------------------------------------------------------------- optionals */

typedef struct Optional {
    osp_opt_bool flag;
    osp_opt_int i;
    osp_opt_uint u;
    osp_opt_double d;
    osp_opt_str s;
    osp_opt_decimal decimal;
    osp_opt_bytes bytes;
    osp_opt_time time;
    osp_opt_date date;
    osp_opt_duration duration;
    osp_opt_uuid uuid;
    osp_opt_json json;
    Color_opt color;
    Circle_opt circle;
    osp_str_list_opt list;
} Optional;
OSP_TYPE(Optional, FIELD(flag), FIELD(i), FIELD(u), FIELD(d), FIELD(s), FIELD(decimal),
         FIELD(bytes), FIELD(time), FIELD(date), FIELD(duration), FIELD(uuid), FIELD(json),
         OPT_ENUM(color, Color), OPT(circle, Circle), OPT_LIST(list, osp_str));

OSP_UNIT_TEST(kinds_optional, "every optional is absent, null or there, and stays so")
{
    static const char *const members[][2] = {
        { "flag", "false" },
        { "i", "-1" },
        { "u", "18446744073709551615" },
        { "d", "0.1" },
        { "s", "\"\"" },
        { "decimal", "\"0.10\"" },
        { "bytes", "\"AA==\"" },
        { "time", "\"2026-01-31T12:00:00Z\"" },
        { "date", "\"2026-01-31\"" },
        { "duration", "\"PT1S\"" },
        { "uuid", "\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"" },
        { "json", "{\"a\": 1}" },
        { "color", "\"red\"" },
        { "circle", "{\"radius\":1}" },
        { "list", "[]" },
    };
    static bench b;
    OSP_CHECK(OSP_ARRAY_LEN(members) == osp_type_Optional.field_count);
    for (size_t i = 0; i < OSP_ARRAY_LEN(members); i++) {
        Optional value;
        char text[128];
        const osp_field *field = &osp_type_Optional.fields[i];
        const osp_presence *is = (const osp_presence *)(void *)((char *)&value + field->offset_);
        OSP_CHECK(decode(&b, &osp_type_Optional, &value, "{}") == OSP_OK && *is == OSP_ABSENT);
        check_encoded(&osp_type_Optional, &value, "{}");
        (void)snprintf(text, sizeof(text), "{\"%s\":null}", members[i][0]);
        OSP_CHECK(decode(&b, &osp_type_Optional, &value, text) == OSP_OK && *is == OSP_NULL);
        check_encoded(&osp_type_Optional, &value, text);
        (void)snprintf(text, sizeof(text), "{\"%s\":%s}", members[i][0], members[i][1]);
        OSP_CHECK(decode(&b, &osp_type_Optional, &value, text) == OSP_OK && *is == OSP_SET);
        check_encoded(&osp_type_Optional, &value, text);
    }
    osp_arena_done(&b.arena);
}

/* ---------------------------------------------------------------- who sees what */

typedef struct Account {
    int64_t id;
    osp_str password;
    osp_str pin;
    int64_t version;
    osp_json_map rest;
} Account;
OSP_TYPE(Account, FIELD(id, .read_only = true), FIELD(password, .secret = true),
         FIELD(pin, .write_only = true, .fallback = "0"),
         FIELD(version, .read_only = true, .fallback = "7"), EXTRA(rest, .secret = true));

OSP_UNIT_TEST(kinds_direction, "read-only members are ignored on the way in, secrets never leave")
{
    static const sample samples[] = {
        { "{\"password\":\"x\"}", "", "{\"id\":0,\"version\":7}" },
        { "{\"id\":[{}],\"password\":\"x\",\"pin\":\"1\",\"version\":9,\"more\":1}", "",
          "{\"id\":0,\"version\":7}" },
        { "{\"id\":5}", "/password: is required", NULL },
        { "{\"id\":,\"password\":\"x\"}", "the text is not valid JSON", NULL },
    };
    CHECK_SAMPLES(Account, samples);
}

typedef struct Address {
    osp_opt_str street, city;
    osp_opt_int number, region;
} Address;
OSP_TYPE(Address, FIELD(street, .needs = "city,number,region"), FIELD(city, .name = "town"),
         FIELD(number), FIELD(region, .read_only = true, .needs = "street"));

OSP_UNIT_TEST(kinds_needs, "a member that is given asks for others")
{
    static const sample samples[] = {
        { "{}", "", NULL },
        { "{\"number\":1}", "", NULL },
        { "{\"region\":1}", "", "{}" },
        { "{\"street\":\"a\",\"town\":\"b\",\"number\":1}", "", NULL },
        { "{\"street\":\"a\",\"number\":1}", "/town: is required with street", NULL },
        { "{\"street\":\"a\"}", "/town: is required with street; /number: is required with street",
          NULL },
    };
    CHECK_SAMPLES(Address, samples);
}

/* ---------------------------------------------------------------- numbers */

typedef struct Large {
    int64_t i;
    uint64_t u;
    int64_t_list ids;
    int64_t_map map;
} Large;
OSP_TYPE(Large, FIELD(i, .as_string = true), FIELD(u, .as_string = true),
         LIST(ids, int64_t, EACH(.as_string = true), .fallback = ""),
         MAP(map, int64_t, EACH(.as_string = true), .fallback = ""));

OSP_UNIT_TEST(kinds_as_string, "an integer beyond 2^53 goes both ways as a string, exactly")
{
    static const sample samples[] = {
        { "{\"i\":\"-9223372036854775808\",\"u\":\"18446744073709551615\","
          "\"ids\":[\"9007199254740993\"],\"map\":{\"a\":\"9007199254740995\"}}",
          "", NULL },
        { "{\"i\":1,\"u\":\"1.0\"}", "/i: must be a whole number; /u: must be a whole number",
          NULL },
        { "{\"i\":\"9223372036854775808\",\"u\":\"-1\"}",
          "/i: must be between -9223372036854775808 and 9223372036854775807; "
          "/u: must be between 0 and 18446744073709551615",
          NULL },
        { "{\"i\":\"\",\"u\":\" 1\"}", "/i: must be a whole number; /u: must be a whole number",
          NULL },
        { "{\"i\":\"1\",\"u\":\"1\",\"ids\":[1]}", "/ids/0: must be a whole number", NULL },
    };
    CHECK_SAMPLES(Large, samples);
}

OSP_UNIT_TEST(kinds_float, "a float and a double read back as the same bits from their text")
{
    static bench b;
    uint64_t seed = 0x9E3779B97F4A7C15;
    for (int i = 0; i < 200000; i += OSP_UNIT_STRIDE) {
        seed = seed * 6364136223846793005 + 1442695040888963407;
        const uint32_t bits = (uint32_t)(seed >> 32);
        float f, again;
        memcpy(&f, &bits, sizeof(f));
        char text[32];
        osp_buf out;
        osp_buf_init(&out, text, sizeof(text), sizeof(text));
        if (!isfinite(f)) {
            OSP_CHECK(osp_json_encode(&osp_type_float, &f, &out) == OSP_E_JSON_NUMBER);
            continue;
        }
        OSP_CHECK(osp_json_encode(&osp_type_float, &f, &out) == OSP_OK);
        text[out.len] = '\0';
        OSP_CHECK(decode(&b, &osp_type_float, &again, text) == OSP_OK);
        OSP_CHECK(again == f && out.len <= 23);
        double d, d_again;
        memcpy(&d, &seed, sizeof(d));
        if (isfinite(d)) {
            out.len = 0;
            OSP_CHECK(osp_json_encode(&osp_type_double, &d, &out) == OSP_OK);
            text[out.len] = '\0';
            OSP_CHECK(decode(&b, &osp_type_double, &d_again, text) == OSP_OK && d_again == d);
        }
    }
    osp_arena_done(&b.arena);
}

OSP_UNIT_TEST(kinds_float_text, "a float is written with no more digits than tell it apart")
{
    static const struct {
        float value;
        const char *text;
    } samples[] = { { 0.1F, "0.1" },
                    { 1.0F / 3, "0.33333334" },
                    { 16777216.0F, "16777216" },
                    { FLT_MAX, "3.4028235e38" },
                    { FLT_MIN, "1.1754944e-38" },
                    { 1e-45F, "1e-45" },
                    { -0.5F, "-0.5" } };
    for (size_t i = 0; i < OSP_ARRAY_LEN(samples); i++) {
        check_encoded(&osp_type_float, &samples[i].value, samples[i].text);
    }
    static bench b;
    float value;
    OSP_CHECK(decode(&b, &osp_type_float, &value, "3.4028236e38") == OSP_E_TYPE_MISMATCH);
    OSP_CHECK(decode(&b, &osp_type_float, &value, "1e-60") == OSP_OK && value == 0);
    osp_arena_done(&b.arena);
}

/* A double between the text and the float would be halfway, and round to the wrong side. */
OSP_UNIT_TEST(kinds_float_nearest, "a float is the one nearest to its text")
{
    static const struct {
        const char *text;
        float value;
    } samples[] = { { "1.000000059604644775390625", 1 }, /* halfway: to the even one */
                    { "1.00000005960464477539062500001", 0x1.000002p0F },
                    { "1.00000017881393432617187499999", 0x1.000002p0F },
                    { "1.000000178813934326171875", 0x1.000004p0F },
                    { "-1.00000005960464477539062500001", -0x1.000002p0F },
                    { "16777217", 16777216 },
                    { "16777217.000000000000000001", 16777218 },
                    { "340282356779733661637539395458142568447", FLT_MAX },
                    { "2.10194769648722560638560e-45", 0x1p-148F },
                    { "2.10194769648722560638559e-45", 0x1p-149F },
                    { "0.7006492321624085354618e-45", 0 },
                    { "0.7006492321624085354619e-45", 0x1p-149F } };
    static bench b;
    for (size_t i = 0; i < OSP_ARRAY_LEN(samples); i++) {
        float value = 7;
        OSP_CHECK(decode(&b, &osp_type_float, &value, samples[i].text) == OSP_OK);
        OSP_CHECK(value == samples[i].value);
    }
    float value;
    OSP_CHECK(decode(&b, &osp_type_float, &value, "340282356779733661637539395458142568448") ==
              OSP_E_TYPE_MISMATCH);
    osp_arena_done(&b.arena);
}

/* ---------------------------------------------------------------- raw values */

typedef struct Raw {
    osp_json any;
    osp_json_list many;
} Raw;
OSP_TYPE(Raw, FIELD(any), LIST(many, osp_json, .fallback = ""));

OSP_UNIT_TEST(kinds_raw, "a raw value is any JSON, kept as it is spelt and checked both ways")
{
    static const sample samples[] = {
        { "{\"any\":null,\"many\":[]}", "", NULL },
        { "{\"any\":{\"a\" : [ 1.0 ,\"\\u0041\"]},\"many\":[null,1e9,\"x\"]}", "", NULL },
        { "{\"any\":  -0.0  }", "", "{\"any\":-0.0,\"many\":[]}" },
        { "{\"any\":\"\\ud800\"}", "the text is not valid JSON", NULL },
        { "{\"any\":[1,]}", "the text is not valid JSON", NULL },
        { "{\"many\":[]}", "/any: is required", NULL },
    };
    CHECK_SAMPLES(Raw, samples);
    static const char *const bad[] = { "", "{", "1 2", "\"\xff\"", "nul" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(bad); i++) {
        const Raw value = { .any = { osp_str_from(bad[i]) } };
        osp_buf out;
        osp_buf_init(&out, NULL, 0, 100);
        OSP_CHECK(osp_json_encode(&osp_type_Raw, &value, &out) == OSP_E_INVALID && out.len == 0);
        osp_buf_done(&out);
    }
}

/* ---------------------------------------------------------------- all together */

OSP_UNIT_TEST(kinds_every, "every kind at once survives the way out and in again")
{
    static bench b, c;
    static Every value, again;
    OSP_CHECK(decode(&b, &osp_type_Every, &value, every_text) == OSP_OK);
    OSP_CHECK(value.extra.count == 2 && value.given == 0 && value.big == 9007199254740993);
    OSP_CHECK_STR(value.password, OSP_STR("hidden"));
    osp_buf out;
    osp_buf_init(&out, NULL, 0, 1 << 16);
    OSP_CHECK(osp_json_encode(&osp_type_Every, &value, &out) == OSP_OK);
    osp_buf_byte(&out, '\0');
    OSP_CHECK(strstr(out.ptr, "hidden") == NULL && strstr(out.ptr, "once") == NULL);
    OSP_CHECK(decode(&c, &osp_type_Every, &again, out.ptr) == OSP_OK);
    again.password = value.password;
    again.once = value.once;
    OSP_CHECK(osp_value_equal(OSP_KIND_OBJECT, &osp_type_Every, &value, &again));
    osp_buf_done(&out);
    osp_arena_done(&b.arena);
    osp_arena_done(&c.arena);
}

/* A list of many values of every kind: its memory grows often. */
static char *large_text(size_t count)
{
    const size_t len = sizeof(every_text) - 1;
    char *text = malloc(count * (len + 1) + 8);
    OSP_CHECK(text != NULL);
    char *at = text;
    for (size_t i = 0; i < count; i++) {
        *at++ = i == 0 ? '[' : ',';
        memcpy(at, every_text, len);
        at += len;
    }
    memcpy(at, "]", 2);
    return text;
}

OSP_LIST_OF(Every);
typedef struct Many {
    Every_list all;
} Many;
OSP_TYPE(Many, LIST(all, Every));

typedef struct passage {
    osp_str text;
    osp_arena arena;
    osp_buf out;
    Many value;
    osp_status read, written;
} passage;

static void begin_passage(void *arg)
{
    passage *p = arg;
    osp_arena_init(&p->arena, NULL, 0, SIZE_MAX / 2);
    osp_buf_init(&p->out, NULL, 0, SIZE_MAX / 2);
    p->value = (Many){ .all = { NULL, 0 } };
}

static void pass(void *arg)
{
    passage *p = arg;
    static osp_issues issues;
    issues.count = 0;
    const osp_decoding how = { .arena = &p->arena, .issues = &issues };
    p->written = OSP_OK;
    p->read = osp_json_decode(&osp_type_Many, &p->value, p->text, &how, NULL);
    if (p->read == OSP_OK) {
        p->written = osp_json_encode(&osp_type_Many, &p->value, &p->out);
    }
}

static void judge_passage(void *arg, bool starved)
{
    passage *p = arg;
    OSP_CHECK(p->read == OSP_OK || (starved && p->read == OSP_E_NOMEM));
    OSP_CHECK(p->written == OSP_OK ||
              (starved && (p->written == OSP_E_NOMEM || p->written == OSP_E_LIMIT)));
    OSP_CHECK(p->read != OSP_OK || p->value.all.count == 10);
    OSP_CHECK((p->read == OSP_OK && p->written == OSP_OK) == (p->out.len > 10000));
    osp_buf_done(&p->out);
    osp_arena_done(&p->arena);
}

OSP_UNIT_TEST(kinds_memory, "whichever allocation fails, decoding and encoding say so")
{
    char *list = large_text(10);
    const size_t size = strlen(list) + 16;
    char *text = malloc(size);
    OSP_CHECK(text != NULL);
    (void)snprintf(text, size, "{\"all\":%s}", list);
    static passage p;
    p.text = osp_str_from(text);
    OSP_CHECK(osp_fault_each(&(osp_fault_trial){
                  .begin = begin_passage, .work = pass, .judge = judge_passage, .arg = &p }) > 100);
    free(list);
    free(text);
}

/* ---------------------------------------------------------------- all of them at random */

OSP_UNIT_TEST(kinds_round_trip, "whatever a type takes is the same when it was written and read")
{
    osp_round_counts counts = { .accepted = 0 };
    osp_round_type(&osp_type_Every, 1, 32, &counts);
    OSP_CHECK(counts.accepted == 32 && counts.broken > 1000);
}

typedef struct KindMarkup {
    osp_markup html;
    osp_opt_markup more;
    osp_markup_list parts;
} KindMarkup;
OSP_TYPE(KindMarkup, FIELD(html), FIELD(more), LIST(parts, osp_markup));

OSP_UNIT_TEST(json_markup, "markup is a string of JSON that is written and never read")
{
    static osp_markup parts[] = { { { "<i>", 3 } } };
    const KindMarkup value = { .html = { S("<b>\"") },
                               .more = SET({ S("m") }),
                               .parts = { parts, 1 } };
    char storage[256];
    osp_buf out;
    osp_buf_init(&out, storage, sizeof(storage), sizeof(storage));
    OSP_CHECK(osp_json_encode(&osp_type_KindMarkup, &value, &out) == OSP_OK);
    OSP_CHECK_STR(((osp_str){ out.ptr, out.len }),
                  S("{\"html\":\"<b>\\\"\",\"more\":\"m\",\"parts\":[\"<i>\"]}"));
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, 1 << 16);
    osp_issues issues = { 0 };
    const osp_decoding how = { .arena = &arena, .issues = &issues };
    KindMarkup read = { 0 };
    OSP_CHECK(osp_json_decode(&osp_type_KindMarkup, &read, (osp_str){ out.ptr, out.len }, &how,
                              NULL) == OSP_E_TYPE_MISMATCH);
    OSP_CHECK(issues.count == 3);
    OSP_CHECK(read.html.text.len == 0);
    osp_arena_done(&arena);
}
