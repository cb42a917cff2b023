/* Which of the languages of an application a client asks for. */
#ifndef OSP_HTTP_LANGUAGE_H
#define OSP_HTTP_LANGUAGE_H

#include "http/message.h"
#include "type/issues.h"

#define OSP_LANGUAGE_RANGES_MAX 16 /* of all Accept-Language headers; what follows is not read */
#define OSP_LANGUAGE_TAG_MAX 35    /* bytes of a range that is read (RFC 5646 section 4.4.1) */

/* Chooses the words for a request by its Accept-Language.  The language that the client likes best
 * and that there is a table for, or one with less parts: de-CH is served by de (RFC 4647 section
 * 3.4); English, which is always there, when there is none.  A quality of 0 refuses a language. The
 * wording borrows the tables.
 * Source: RFC 9110 section 12.5.4 */
osp_wording osp_language_choose(const osp_request *request, const osp_messages *const *tables,
                                size_t count);

/* Whether the name of a table is a language's tag, with underscores. */
bool osp_language_is_name(const char *identifier);

#endif
