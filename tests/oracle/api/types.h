/* Types of every kind, for the documents of two routes. */
#ifndef API_TYPES_H
#define API_TYPES_H

#include <openspeed/openspeed.h>

typedef enum Role { ROLE_ADMIN, ROLE_USER } Role;
OSP_ENUM(Role, (ROLE_ADMIN, "admin"), (ROLE_USER, "user"));

typedef struct Point { double x, y; } Point;
OSP_TYPE(Point, FIELD(x, RANGE(-180, 180)), FIELD(y, ABOVE(-90)), OPTIONS(.additional = OSP_REJECT));
OSP_LIST_OF(Point);
OSP_MAP_OF(Point);
OSP_OPT_OF(Point);

typedef struct Node Node;
OSP_LIST_OF(Node);
struct Node { osp_str name; Node *next; Node_list children; };
OSP_FORWARD_TYPE(Node);
OSP_TYPE(Node, FIELD(name, .doc = "Its name: \"quoted\", # and more"), MAYBE(next, Node), LIST(children, Node));

typedef enum ShapeIs { SHAPE_DOT, SHAPE_LINE } ShapeIs;
typedef struct Line { Point from, to; } Line;
OSP_TYPE(Line, OBJECT(from, Point), OBJECT(to, Point));
typedef struct Shape { ShapeIs is; union { Point dot; Line line; }; } Shape;
OSP_UNION(Shape, is, "type", CASE(SHAPE_DOT, "dot", dot, Point), CASE(SHAPE_LINE, "line", line, Line));

typedef struct Everything {
    bool yes;
    int32_t i32;
    int64_t i64, digits;
    uint32_t u32;
    uint64_t u64;
    float f;
    double d;
    osp_str s, slug, mail, password;
    osp_decimal price;
    osp_bytes raw;
    osp_time at;
    osp_date day;
    osp_duration span;
    osp_uuid id;
    osp_json any;
    Role role;
    osp_opt_str note;
    Point_opt where;
    Point_list points;
    double pair[2];
    Point_map places;
    osp_str_list tags;
    osp_str card, street;
    osp_json_map rest;
} Everything;
OSP_TYPE(Everything, FIELD(yes, .fallback = "true"), FIELD(i32, RANGE(-5, 5)), FIELD(i64, .multiple_of = 2),
         FIELD(digits, .as_string = true, AT_LEAST(0)), FIELD(u32), FIELD(u64), FIELD(f), FIELD(d, .fallback = "1e22"),
         FIELD(s, .min_len = 1, .max_len = 9, .pattern = "^\\w+$"),
         FIELD(slug, .format = OSP_FORMAT_SLUG), FIELD(mail, .format = OSP_FORMAT_EMAIL),
         FIELD(password, .secret = true), FIELD(price, ABOVE(0), .multiple_of = 0.01), FIELD(raw, .max_len = 30), FIELD(at), FIELD(day),
         FIELD(span), FIELD(id, .read_only = true), FIELD(any), ENUM(role, Role), FIELD(note, .example = "\"a\\ud83d\\ude00\""), OPT(where, Point),
         LIST(points, Point, .max_len = 3), ARRAY(pair, double), MAP(places, Point),
         LIST(tags, osp_str, .unique = true, EACH(.max_len = 5)), FIELD(card, .needs = "street", .fallback = ""),
         FIELD(street, .fallback = ""), EXTRA(rest));

#endif
