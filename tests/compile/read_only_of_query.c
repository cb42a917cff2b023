/* What a request says elsewhere than in JSON is read, and never written.
 *
 * EXPECT: osp_parameter_or_body_is_neither_read_only_nor_write_only
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct In {
    osp_opt_str it;
} In;
OSP_TYPE(In, QUERY(it, .read_only = true));
