/* Where password hashing runs, and its limits. */
#ifndef OSP_GUARD_PASSWORD_H
#define OSP_GUARD_PASSWORD_H

#include <openspeed/guard.h>

#include "base/task.h"

#define OSP_PASSWORD_BYTES_MAX 1024

#endif
