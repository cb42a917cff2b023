/* A member that no item names, before one that is needed.
 *
 * EXPECT: OSP_TYPE(In): a member of the struct is not listed */
#include <openspeed/openspeed.h>

typedef struct User {
    int64_t id;
} User;
OSP_PROVIDES(current_user, User);
typedef struct In {
    int64_t id;
    const User *me;
} In;
OSP_TYPE(In, NEED(me, current_user));
