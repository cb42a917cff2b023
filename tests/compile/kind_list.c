/* A single object described as a list of them.
 *
 * EXPECT: Person.homes must be Address_list
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct Address {
    osp_str city;
} Address;
OSP_TYPE(Address, FIELD(city));
OSP_LIST_OF(Address);
typedef struct Person {
    Address homes;
} Person;
OSP_TYPE(Person, LIST(homes, Address));
