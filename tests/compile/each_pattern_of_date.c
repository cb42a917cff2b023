/* What holds for each item is looked through as the options of a member are.
 *
 * EXPECT: osp_scalar_takes_neither_RANGE_nor_min_len_and_max_len
 * EXPECT-tcc: nothing */
#include <openspeed/openspeed.h>

typedef struct In {
    osp_date_list n;
} In;
OSP_TYPE(In, LIST(n, osp_date, EACH(.pattern = "^2")));
