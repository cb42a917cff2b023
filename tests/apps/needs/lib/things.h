/* Things that say in the log when they are made and closed. */
#ifndef THINGS_H
#define THINGS_H

#include <openspeed/openspeed.h>

typedef struct Thing { const char *name; int64_t close_ms; } Thing;
OSP_PROVIDES(app_wide, Thing);
OSP_PROVIDES(worker_wide, Thing);
OSP_PROVIDES(outer, Thing);
OSP_PROVIDES(inner, Thing);
OSP_PROVIDES(guard, void);

#endif
