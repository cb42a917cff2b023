/* Markup that a client says.
 *
 * EXPECT: markup is written and never read
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct In {
    osp_markup html;
} In;
OSP_TYPE(In, QUERY(html));
