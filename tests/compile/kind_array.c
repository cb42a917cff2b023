/* An array of one type described as one of another.
 *
 * EXPECT: Person.grid must be int64_t [N]
 * EXPECT-tcc: error:  */
#include <openspeed/openspeed.h>

typedef struct Person {
    double grid[2];
} Person;
OSP_TYPE(Person, ARRAY(grid, int64_t));
