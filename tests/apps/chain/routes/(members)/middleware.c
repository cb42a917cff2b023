#include "lib/trace.h"

TRACE(members)
OSP_MIDDLEWARE(members);
