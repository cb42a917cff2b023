/* What a request says elsewhere than in JSON is read, and never written.
 *
 * EXPECT: osp_parameter_or_body_is_neither_read_only_nor_write_only
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef enum Color { RED } Color;
OSP_ENUM(Color, (RED, "red"));
OSP_OPT_OF(Color);

typedef struct In {
    Color_opt it;
} In;
OSP_TYPE(In, QUERY_OPT_ENUM(it, Color, .read_only = true));
