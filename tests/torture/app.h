/* The application that is tortured: one route a feature. */
#ifndef OSP_TORTURE_APP_H
#define OSP_TORTURE_APP_H

#include <openspeed/manifest.h>

#define TORTURE_SLEEP_S 3   /* of /sleep */
#define TORTURE_BIG 300000  /* bytes of /big, which streams, */
#define TORTURE_MANY 100000 /* and of /many, which does not */

/* With what its routes need, or without a database; NULL: the build has none. */
const osp_app_def *torture_app(bool with_database);

#endif
