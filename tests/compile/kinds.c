/* A member of every kind, described right: the type that tests and fuzzing use.
 *
 * EXPECT: nothing */
#include "../unit/every_kind.h"
