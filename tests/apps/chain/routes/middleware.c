#include "lib/trace.h"

TRACE(first)
TRACE(second)

OSP_MIDDLEWARE(first);
OSP_MIDDLEWARE(second);
OSP_BODY_LIMIT(2000);
