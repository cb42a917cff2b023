/* A case of a union whose member is of another type.
 *
 * EXPECT: Shape.circle must be Square
 * EXPECT-tcc: error:  */
#include <openspeed/openspeed.h>

typedef struct Circle {
    double radius;
} Circle;
OSP_TYPE(Circle, FIELD(radius));
typedef struct Square {
    double side;
} Square;
OSP_TYPE(Square, FIELD(side));
typedef struct Shape {
    int is;
    union {
        Circle circle;
        Square square;
    };
} Shape;
OSP_UNION(Shape, is, "type", CASE(0, "circle", circle, Square), CASE(1, "square", square, Square));
