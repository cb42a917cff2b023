/* The OpenAPI 3.1 document of an application. */
#ifndef OSP_API_OPENAPI_H
#define OSP_API_OPENAPI_H

#include <openspeed/manifest.h>

#include "base/buf.h"

#define OSP_OPENAPI_MAX ((size_t)64 << 20)       /* bytes of a document */
#define OSP_OPENAPI_ARENA_MAX ((size_t)16 << 20) /* bytes that making one takes beside it */

/* The path under which it is served, unless the application answers there itself. */
#define OSP_OPENAPI_PATTERN "/openapi.json"

/* osp_openapi_write of <openspeed/manifest.h> appends the document, compact, the same bytes for the
 * same application. */

#endif
