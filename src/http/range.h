/* Which part of a representation a client asks for.  Source: RFC 9110 14. */
#ifndef OSP_HTTP_RANGE_H
#define OSP_HTTP_RANGE_H

#include <openspeed/base.h>

#define OSP_RANGES_MAX 16 /* of one Range header; with more the whole is sent */

/* Bytes of a representation; length is never 0. */
typedef struct osp_byte_range {
    uint64_t at, length;
} osp_byte_range;

typedef enum osp_range_verdict {
    OSP_RANGE_WHOLE = 0, /* there is no need to look at the header: all of it is sent */
    OSP_RANGE_PART,      /* 206 */
    OSP_RANGE_NONE       /* 416: no range has a byte of it */
} osp_range_verdict;

/* Reads the value of a Range header.
 *
 * Ranges that overlap or touch become one.  What is malformed, of another unit than bytes, or would
 * need several parts is ignored, as RFC 9110 14.2 allows: the whole is a good answer to all of it.
 *
 * size       of the representation
 * ret_range  written for OSP_RANGE_PART only */
osp_range_verdict osp_range_read(osp_str value, uint64_t size, osp_byte_range *ret_range);

/* Writes the value of Content-Range: "bytes 0-499/1234", or "bytes" and a star for no range, which
 * is NULL.  Returns its length, less than OSP_CONTENT_RANGE_SIZE. */
#define OSP_CONTENT_RANGE_SIZE 72
size_t osp_content_range(const osp_byte_range *range, uint64_t size,
                         char text[OSP_CONTENT_RANGE_SIZE]);

#endif
