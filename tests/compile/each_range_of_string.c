/* What holds for each item is looked through as the options of a member are.
 *
 * EXPECT: osp_string_takes_min_len_and_max_len_not_RANGE
 * EXPECT-tcc: nothing */
#include <openspeed/openspeed.h>

typedef struct In {
    osp_str_list n;
} In;
OSP_TYPE(In, LIST(n, osp_str, EACH(AT_MOST(3))));
