/* A pattern of a number: only strings have one.
 *
 * EXPECT: osp_number_takes_RANGE_not_min_len_and_max_len
 * EXPECT-tcc: error:  */
#include <openspeed/openspeed.h>

typedef struct Person {
    int64_t id;
} Person;
OSP_TYPE(Person, FIELD(id, .pattern = "^[0-9]+$"));
