/* A range of a list: its length is meant.
 *
 * EXPECT: osp_list_takes_min_len_and_max_len_not_RANGE
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct Person {
    int64_t_list scores;
} Person;
OSP_TYPE(Person, LIST(scores, int64_t, AT_MOST(10)));
