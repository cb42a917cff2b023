/* A member described as an object of another type.
 *
 * EXPECT: Person.home must be Address
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct Address {
    osp_str city;
} Address;
OSP_TYPE(Address, FIELD(city));
typedef struct Person {
    int64_t home;
} Person;
OSP_TYPE(Person, OBJECT(home, Address));
