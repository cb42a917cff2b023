/* A fallback of an array.
 *
 * EXPECT: osp_array_has_a_fixed_length
 * EXPECT-tcc: error:  */
#include <openspeed/openspeed.h>

typedef struct Person {
    double grid[2];
} Person;
OSP_TYPE(Person, ARRAY(grid, double, .fallback = "[1,2]"));
