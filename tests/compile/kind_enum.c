/* A member of one enum described by the names of another.
 *
 * EXPECT: Person.role must be Color
 * EXPECT-tcc: error:  */
#include <openspeed/openspeed.h>

typedef enum Role { ROLE_ADMIN, ROLE_USER } Role;
OSP_ENUM(Role, (ROLE_ADMIN, "admin"), (ROLE_USER, "user"));
typedef enum Color { COLOR_RED, COLOR_GREEN } Color;
OSP_ENUM(Color, (COLOR_RED, "red"), (COLOR_GREEN, "green"));
typedef struct Person {
    Role role;
} Person;
OSP_TYPE(Person, ENUM(role, Color));
