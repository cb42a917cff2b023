#include "lib/trace.h"

TRACE(deeper)
OSP_MIDDLEWARE(deeper);
