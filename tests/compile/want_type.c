/* The same for one that is only wanted.
 *
 * EXPECT: In.me must be a const pointer to what current_user provides
 * EXPECT-tcc: error: */
#include <openspeed/openspeed.h>

typedef struct User {
    int64_t id;
} User;
OSP_PROVIDES(current_user, User);
typedef struct In {
    const int64_t *me;
} In;
OSP_TYPE(In, WANT(me, current_user));
