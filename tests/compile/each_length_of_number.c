/* What holds for each item is looked through as the options of a member are.
 *
 * EXPECT: osp_number_takes_RANGE_not_min_len_and_max_len
 * EXPECT-tcc: nothing */
#include <openspeed/openspeed.h>

typedef struct In {
    int64_t_list n;
} In;
OSP_TYPE(In, LIST(n, int64_t, EACH(.max_len = 3)));
