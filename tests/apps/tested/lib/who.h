#include <openspeed/openspeed.h>

/* Who asks. */
typedef struct Who { int64_t id; osp_str name; } Who;
OSP_PROVIDES(who, Who);
/* Lets nobody in without a header. */
OSP_PROVIDES(door, void);
/* What no test can make: there is no such machine. */
typedef struct Machine { osp_str name; } Machine;
OSP_PROVIDES(machine, Machine);
