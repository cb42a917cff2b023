/* An object described as a scalar.
 *
 * EXPECT: Person.home: this C type is not a scalar such as int64_t, double or osp_str
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct Address {
    osp_str city;
} Address;
OSP_TYPE(Address, FIELD(city));
typedef struct Person {
    Address home;
} Person;
OSP_TYPE(Person, FIELD(home));
