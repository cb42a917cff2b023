/* What a request says elsewhere than in JSON is read, and never written.
 *
 * EXPECT: osp_parameter_or_body_is_neither_read_only_nor_write_only
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct Point {
    int64_t x;
} Point;
OSP_TYPE(Point, FIELD(x));

typedef struct In {
    Point it;
} In;
OSP_TYPE(In, FORM_OBJECT(it, Point, .read_only = true));
