/* A member of every kind, described right.
 *
 * EXPECT: nothing */
#include <openspeed/openspeed.h>

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

static const char *every_id(const int64_t *id)
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
         FIELD(ostr, .format = OSP_FORMAT_SLUG), FIELD(odecimal), FIELD(obytes), FIELD(otime),
         FIELD(odate), FIELD(oduration), FIELD(ouuid), FIELD(ojson), OPT_ENUM(ocolor, Color),
         OPT(ocircle, Circle), OPT_LIST(olist, osp_str),
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
