/* A struct as an argument of its own: its members are arguments when it stands without a name.
 *
 * EXPECT: an argument of a query must be a bool, an integer
 * EXPECT: not so who */
#include <openspeed/openspeed.h>

typedef struct Person {
    int64_t id;
} Person;
OSP_TYPE(Person, FIELD(id));

OSP_QUERY_EXEC(person_erase, (Person, who));
