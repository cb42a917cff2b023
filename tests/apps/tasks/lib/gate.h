/* What tasks of a worker wait for, until a request opens it. */
#include <stdbool.h>

extern bool gate_is_open;
