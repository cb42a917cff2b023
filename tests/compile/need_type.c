/* A member that is another type than what its provider gives.
 *
 * EXPECT: In.me must be a const pointer to what current_user provides
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct User {
    int64_t id;
} User;
OSP_PROVIDES(current_user, User);
typedef struct In {
    User *me;
} In;
OSP_TYPE(In, NEED(me, current_user));
