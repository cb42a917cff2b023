/* A value described as one that may be absent.
 *
 * EXPECT: Person.work must be Address *
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct Address {
    osp_str city;
} Address;
OSP_TYPE(Address, FIELD(city));
typedef struct Person {
    Address work;
} Person;
OSP_TYPE(Person, MAYBE(work, Address));
