/* What a request says elsewhere than in JSON is read, and never written.
 *
 * EXPECT: osp_parameter_or_body_is_neither_read_only_nor_write_only
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct In {
    osp_str_list it;
} In;
OSP_TYPE(In, HEADER_LIST(it, osp_str, .write_only = true));
