/* Filling an osp_error from a list of arguments; the rest of errors is in <openspeed/base.h>. */
#ifndef OSP_BASE_STATUS_H
#define OSP_BASE_STATUS_H

#include <openspeed/base.h>

/* As osp_error_set_at.  The arguments may be parts of *err. */
osp_status osp_error_set_va(osp_error *err, osp_status status, const char *file, int line,
                            const char *format, va_list args) OSP_PRINTF(5, 0);

#endif
