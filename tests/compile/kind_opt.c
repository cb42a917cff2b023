/* An optional object that is not the optional of that object.
 *
 * EXPECT: Person.home must be Address_opt
 * EXPECT-tcc: error:  */
#include <openspeed/openspeed.h>

typedef struct Address {
    osp_str city;
} Address;
OSP_TYPE(Address, FIELD(city));
OSP_OPT_OF(Address);
typedef struct Person {
    Address home;
} Person;
OSP_TYPE(Person, OPT(home, Address));
