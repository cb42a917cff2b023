/* Which content codings a client takes.  Source: RFC 9110 12.5.3. */
#ifndef OSP_HTTP_CODING_H
#define OSP_HTTP_CODING_H

#include "http/message.h"

#define OSP_CODINGS_MAX 32 /* of all Accept-Encoding headers; what follows is not read */

/* How well a client likes a coding, in thousandths; 0: it does not take it.  "identity" is taken
 * unless it is refused, and liked least of all when nothing is said of it.  What is malformed is
 * passed over. */
int osp_coding_quality(const osp_request *request, osp_str coding);

#endif
