/* An optional enum that is not optional.
 *
 * EXPECT: Person.role must be Role_opt
 * EXPECT-tcc: error:  */
#include <openspeed/openspeed.h>

typedef enum Role { ROLE_ADMIN, ROLE_USER } Role;
OSP_ENUM(Role, (ROLE_ADMIN, "admin"), (ROLE_USER, "user"));
OSP_OPT_OF(Role);
typedef struct Person {
    Role role;
} Person;
OSP_TYPE(Person, OPT_ENUM(role, Role));
