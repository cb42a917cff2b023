/* What the routes of this application share. */
#ifndef SHAPES_H
#define SHAPES_H

#include <openspeed/openspeed.h>

typedef enum Color { COLOR_RED, COLOR_BLUE } Color;
OSP_ENUM(Color, (COLOR_RED, "red"), (COLOR_BLUE, "blue"));
OSP_LIST_OF(Color);
OSP_OPT_OF(Color);

typedef struct Range {
    osp_opt_int from, to;
} Range;
OSP_TYPE(Range, FIELD(from, AT_LEAST(0), .needs = "to"), FIELD(to), OPTIONS(.additional = OSP_REJECT));

#endif
