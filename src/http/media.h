/* Media types of files, by their names. */
#ifndef OSP_HTTP_MEDIA_H
#define OSP_HTTP_MEDIA_H

#include <openspeed/base.h>

/* The value of Content-Type; static.  A text is said to be UTF-8.  What is not known is
 * application/octet-stream.  path: of a file, with '/' between folders. */
const char *osp_media_type(const char *path);

/* The content coding of a file that is compressed, by the end of its name: ".br", ".gz", ".zst".
 *
 * ret_len   bytes of the name before that end
 * Returns   static; NULL: it is none of these, or has no name before */
const char *osp_media_coding(const char *path, size_t *ret_len);

/* Whether a name says that other content will have another name: it holds a hash, or is below a
 * folder called immutable or _immutable. */
bool osp_media_is_immutable(const char *path);

#endif
