/* Who works in the office: whoever has the cookie, which is enough for an example. */
#ifndef LIB_CLERK_H
#define LIB_CLERK_H

#include <openspeed/openspeed.h>

typedef struct Clerk {
    osp_str name;
} Clerk;
OSP_PROVIDES(clerk, Clerk);

#endif
