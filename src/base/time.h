/* The clock that never jumps; calendar time is in <openspeed/base.h>. */
#ifndef OSP_BASE_TIME_H
#define OSP_BASE_TIME_H

#include <openspeed/base.h>

/* Microseconds since some fixed moment, never going back. */
int64_t osp_monotonic_us(void);

/* The bytes of "2026-01-31T12:00:00.000Z". */
#define OSP_TIME_LEN 24
/* Writes `us` since 1970 to `out`, room for OSP_TIME_LEN, without a NUL.
 * OSP_OK | OSP_E_INVALID (not in the years 0 to 9999, the only ones RFC 3339 can write). */
OSP_MUST_CHECK osp_status osp_time_write(int64_t us, char *out);

#endif
