/* A list described as a map.
 *
 * EXPECT: Person.counts must be int64_t_map
 * EXPECT-tcc: error:  */
#include <openspeed/openspeed.h>

typedef struct Person {
    int64_t_list counts;
} Person;
OSP_TYPE(Person, MAP(counts, int64_t));
