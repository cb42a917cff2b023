/* A type with a member of every kind in every form, for tests and fuzzing of the codec. */
#ifndef OSP_TESTS_EVERY_KIND_H
#define OSP_TESTS_EVERY_KIND_H

#include <openspeed/type.h>

typedef enum Color { COLOR_RED = 1, COLOR_GREEN = -7 } Color;
OSP_ENUM(Color, (COLOR_RED, "red"), (COLOR_GREEN, "gr\"een"));
OSP_LIST_OF(Color);
OSP_OPT_OF(Color);

typedef struct Circle {
    double radius;
    osp_opt_str note;
} Circle;
OSP_TYPE(Circle, FIELD(radius, ABOVE(0)), FIELD(note, .max_len = 8));
OSP_OPT_OF(Circle);

typedef struct Square {
    int64_t side;
    osp_json_map rest;
} Square;
OSP_TYPE(Square, FIELD(side, .fallback = "1"), EXTRA(rest));

typedef struct Shape {
    int is;
    union {
        Circle circle;
        Square square;
    };
} Shape;
OSP_UNION(Shape, is, "type", CASE(1, "circle", circle, Circle), CASE(2, "square", square, Square));
OSP_LIST_OF(Shape);
OSP_MAP_OF(Shape);

typedef struct Strict {
    double grid[2];
    Color colors[2];
} Strict;
OSP_TYPE(Strict, ARRAY(grid, double, EACH(AT_MOST(9))), ARRAY(colors, Color, .unique = true),
         OPTIONS(.additional = OSP_REJECT));

OSP_OPT_OF(osp_str_list);

static inline const char *every_id(const int64_t *id)
{
    return *id == 13 ? "must not be 13" : NULL;
}
OSP_CHECKER(every_id, int64_t);

typedef struct Every {
    bool flag;
    int32_t i32;
    int64_t i64;
    uint32_t u32;
    uint64_t u64;
    float f;
    double d;
    osp_str s;
    osp_decimal decimal;
    osp_bytes bytes;
    osp_time time;
    osp_date date;
    osp_duration duration;
    osp_uuid uuid;
    Color color;
    osp_json raw;
    osp_opt_bool oflag;
    osp_opt_int oint;
    osp_opt_uint ouint;
    osp_opt_double odouble;
    osp_opt_str ostr;
    osp_opt_decimal odecimal;
    osp_opt_bytes obytes;
    osp_opt_time otime;
    osp_opt_date odate;
    osp_opt_duration oduration;
    osp_opt_uuid ouuid;
    osp_opt_json ojson;
    Color_opt ocolor;
    Circle_opt ocircle;
    osp_str_list_opt olist;
    Circle circle;
    Shape shape;
    Strict *strict;
    struct Every *next;
    osp_str_list tags;
    int64_t_list ids;
    osp_json_list raws;
    Shape_list shapes;
    int64_t_map counts;
    Shape_map named;
    int64_t big;
    osp_str password;
    osp_str once;
    int64_t given;
    osp_json_map extra;
} Every;
OSP_FORWARD_TYPE(Every);
OSP_TYPE(Every, FIELD(flag, .fallback = "false"), FIELD(i32, RANGE(-9, 9), .fallback = "0"),
         FIELD(i64, .multiple_of = 2, .fallback = "0"), FIELD(u32, .fallback = "1"),
         FIELD(u64, .fallback = "2"), FIELD(f, .fallback = "0.5"), FIELD(d, .fallback = "0.5"),
         FIELD(s, .name = "the \"text\"", .max_len = 40, .fallback = ""),
         FIELD(decimal, .fallback = "1.50"), FIELD(bytes, .max_len = 16, .fallback = "AAE="),
         FIELD(time, .fallback = "2026-01-31T12:00:00Z"), FIELD(date, .fallback = "2026-01-31"),
         FIELD(duration, .fallback = "P1DT2H"),
         FIELD(uuid, .fallback = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
         ENUM(color, Color, .fallback = "red"), OBJECT(raw, osp_json, .fallback = "null"),
         FIELD(oflag), FIELD(oint, .needs = "oflag"), FIELD(ouint), FIELD(odouble, BELOW(1e9)),
         FIELD(ostr, .format = OSP_FORMAT_SLUG), FIELD(odecimal, BELOW(1e12), .multiple_of = 0.01),
         FIELD(obytes), FIELD(otime), FIELD(odate), FIELD(oduration), FIELD(ouuid), FIELD(ojson),
         OPT_ENUM(ocolor, Color), OPT(ocircle, Circle), OPT_LIST(olist, osp_str),
         OBJECT(circle, Circle, .fallback = "{\"radius\":1}"),
         OBJECT(shape, Shape, .fallback = "{\"type\":\"square\"}"), MAYBE(strict, Strict),
         MAYBE(next, Every),
         LIST(tags, osp_str, .max_len = 4, .unique = true, EACH(.max_len = 5), .fallback = ""),
         LIST(ids, int64_t, EACH(.as_string = true, CHECK(every_id)), .fallback = "[]"),
         LIST(raws, osp_json, .unique = true, .fallback = "[]"),
         LIST(shapes, Shape, .fallback = "[{\"type\":\"circle\",\"radius\":2}]"),
         MAP(counts, int64_t, .max_len = 3, .fallback = ""), MAP(named, Shape, .fallback = "{}"),
         FIELD(big, .as_string = true, .fallback = "9007199254740993"),
         FIELD(password, .secret = true, .fallback = ""),
         FIELD(once, .write_only = true, .fallback = ""), FIELD(given, .read_only = true),
         EXTRA(extra));

/* A JSON text with every member of it. */
static const char every_text[] =
    "{\"flag\":true,\"i32\":-9,\"i64\":4,\"u32\":4294967295,\"u64\":18446744073709551615,"
    "\"f\":1.5,\"d\":-2.25e10,\"the \\\"text\\\"\":\"a\\u00e9\\n\",\"decimal\":\"12.50\","
    "\"bytes\":\"AAECAw==\",\"time\":\"2026-01-31T12:00:00.5Z\",\"date\":\"1999-12-31\","
    "\"duration\":\"PT1.5S\",\"uuid\":\"00000000-0000-4000-8000-00000000000a\","
    "\"color\":\"gr\\\"een\",\"raw\":{\"a\":[1,{}]},\"oflag\":false,\"oint\":-3,\"ouint\":3,"
    "\"odouble\":0.1,\"ostr\":\"a-b\",\"odecimal\":\"-0.01\",\"obytes\":\"\","
    "\"otime\":\"1970-01-01T00:00:00Z\",\"odate\":\"2000-02-29\",\"oduration\":\"P1D\","
    "\"ouuid\":\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\",\"ojson\":[true],\"ocolor\":\"red\","
    "\"ocircle\":{\"radius\":3},\"olist\":[\"x\",\"y\"],\"circle\":{\"radius\":0.5,"
    "\"note\":null},\"shape\":{\"radius\":7,\"type\":\"circle\"},\"strict\":{\"grid\":[1,2],"
    "\"colors\":[\"red\",\"gr\\\"een\"]},\"next\":{\"ojson\":null,\"tags\":[\"deep\"]},"
    "\"tags\":[\"a\",\"b\"],\"ids\":[\"9007199254740993\",\"-1\"],\"raws\":[1,\"1\",[1]],"
    "\"shapes\":[{\"type\":\"square\",\"side\":4,\"more\":{\"x\":1}}],\"counts\":{\"a\":1,"
    "\"b~/\":2},\"named\":{\"it\":{\"type\":\"circle\",\"radius\":1}},"
    "\"big\":\"9007199254740993\",\"password\":\"hidden\",\"once\":\"in\",\"given\":5,"
    "\"unknown\":[null],\"another\\u0021\":-0}";

#endif
