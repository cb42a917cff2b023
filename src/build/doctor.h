/* What `openspeed doctor` looks at. */
#ifndef OSP_BUILD_DOCTOR_H
#define OSP_BUILD_DOCTOR_H

#include "build/kit.h"

typedef enum osp_health {
    OSP_HEALTH_OK = 0,
    OSP_HEALTH_WARNING, /* something will be missing, or is not as it should be */
    OSP_HEALTH_FAILED   /* it does not build, or does not serve */
} osp_health;

/* What was found about one thing. */
typedef struct osp_diagnosis {
    const char *name; /* "compiler" */
    osp_health health;
    const char *text;   /* what is there, or what is wrong */
    const char *advice; /* what to do; NULL where all is well */
} osp_diagnosis;

/* Looks at the compiler, the library, and the application in the current folder.  What it makes it
 * takes away again; ports are opened for a moment.
 *
 * Returns  osp_diagnosis *, in the order in which they are to be mended; in the arena */
osp_kit_list osp_doctor_look(osp_arena *arena);

#endif
