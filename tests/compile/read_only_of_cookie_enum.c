/* What a request says elsewhere than in JSON is read, and never written.
 *
 * EXPECT: osp_parameter_or_body_is_neither_read_only_nor_write_only
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef enum Color { RED } Color;
OSP_ENUM(Color, (RED, "red"));

typedef struct In {
    Color it;
} In;
OSP_TYPE(In, COOKIE_ENUM(it, Color, .read_only = true));
