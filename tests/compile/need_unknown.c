/* A provider that no header declares.
 *
 * EXPECT: current_user */
#include <openspeed/openspeed.h>

typedef struct User {
    int64_t id;
} User;
typedef struct In {
    const User *me;
} In;
OSP_TYPE(In, NEED(me, current_user));
