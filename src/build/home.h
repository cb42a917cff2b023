/* Where the library and its headers are installed. */
#ifndef OSP_BUILD_HOME_H
#define OSP_BUILD_HOME_H

#include "build/kit.h"

typedef struct osp_home {
    const char *library; /* libopenspeed.a */
    const char *tests;   /* libopenspeed_test.a beside it, which may not be there */
    const char *include; /* the folder that holds openspeed/ */
    const char *folder;  /* of the libraries */
    const char *dev;     /* libopenspeed_dev.so there, of development builds; may not be there */
    const char *dev_sanitized; /* the same with sanitizers */
} osp_home;

/* Looks around `base`, and around the folder of the running program when base is NULL.
 * OSP_OK | OSP_E_BUILD. */
OSP_MUST_CHECK osp_status osp_home_find(osp_arena *arena, const char *base, osp_home *ret_home,
                                        osp_error *err);

#endif
