/* The items of a map: their names differ, and their values may be equal.
 *
 * EXPECT: osp_map_takes_min_len_and_max_len_not_unique
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct Person {
    osp_str_map labels;
} Person;
OSP_TYPE(Person, MAP(labels, osp_str, .max_len = 9, .unique = true));
