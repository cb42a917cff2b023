/* The application that is tortured: one route a feature. */
#ifndef OSP_TORTURE_APP_H
#define OSP_TORTURE_APP_H

#include <openspeed/manifest.h>

#define TORTURE_SLEEP_S 3   /* of /sleep */
#define TORTURE_BIG 300000  /* bytes of /big, which streams, */
#define TORTURE_MANY 100000 /* and of /many, which does not */

typedef enum torture_app_kind {
    TORTURE_PLAIN = 0,
    TORTURE_DATABASE, /* with one */
    TORTURE_WHOLE,    /* with middleware around what no route answers, public/ and a job */
    TORTURE_APPS
} torture_app_kind;

/* NULL: the build has no database. */
const osp_app_def *torture_app(torture_app_kind kind);

/* Whether something is left to do that was promised: a value to close, work after a response. */
bool torture_owes(void);

#endif
