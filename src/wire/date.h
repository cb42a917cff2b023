/* Dates in fields of HTTP; the writer of Date is osp_h1_date_line. */
#ifndef OSP_WIRE_DATE_H
#define OSP_WIRE_DATE_H

#include <openspeed/base.h>

/* Reads an HTTP-date in any of its three forms.
 *
 * now_s     seconds since 1970, for years of two digits: they are within 50 years of it, or past
 * ret_s     seconds since 1970, written when it is a date
 * Returns   whether it is one that exists
 * Source    RFC 9110 5.6.7 */
bool osp_http_date_read(osp_str text, int64_t now_s, int64_t *ret_s);

#define OSP_HTTP_DATE_LEN 29
/* Writes a second of Unix time as "Sun, 06 Nov 1994 08:49:37 GMT": OSP_HTTP_DATE_LEN bytes, no NUL.
 * What is not in the years 1970 to 9999 becomes the nearest that is. */
void osp_http_date_write(int64_t unix_s, char *out);

#endif
