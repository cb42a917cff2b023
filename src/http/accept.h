/* What a client accepts: Accept, Accept-Language and Accept-Encoding.
 * Source: RFC 9110 sections 12.4 and 12.5. */
#ifndef OSP_HTTP_ACCEPT_H
#define OSP_HTTP_ACCEPT_H

#include "http/message.h"

#define OSP_ACCEPT_RANGES_MAX 32 /* of all lines of one header; what follows is not read */

typedef enum osp_accept_kind {
    OSP_ACCEPT_MEDIA_TYPE = 0,
    OSP_ACCEPT_LANGUAGE,
    OSP_ACCEPT_ENCODING,
    OSP_ACCEPT_KIND_COUNT
} osp_accept_kind;

/* One item of such a header; borrowed. */
typedef struct osp_accept_range {
    osp_str type, subtype; /* a language or an encoding has no subtype */
    osp_str params;        /* ";level=1;q=0.5"; empty: none */
    int quality;           /* in thousandths */
} osp_accept_range;

typedef struct osp_accept {
    osp_accept_kind kind;
    size_t count; /* 0: the client does not say */
    osp_accept_range ranges[OSP_ACCEPT_RANGES_MAX];
} osp_accept;

/* The name of the header, in its usual case; static. */
osp_str osp_accept_header(osp_accept_kind kind);

/* Reads all lines of the header.  A range that is malformed is passed over, as the whole header may
 * be ignored. */
void osp_accept_read(const osp_request *request, osp_accept_kind kind, osp_accept *ret);

/* Which of the offers the client likes best; `count` when it accepts none of them.
 *
 * Each offer has the quality of the range that is closest to it.  Of equal qualities the closer one
 * wins, then that of the range which stands first, then the first offer.  A client that does not
 * say accepts all media types and languages, but only "identity" of the encodings. */
size_t osp_accept_choose(const osp_accept *accept, const char *const *offers, size_t count);

/* How well it likes a coding, in thousandths, by Accept-Encoding; 0: it does not accept it. */
int osp_accept_coding(const osp_accept *accept, osp_str coding);

#define OSP_CODINGS_SAID 64 /* bytes of an Accept-Encoding that is remembered */
#define OSP_CODINGS_KNOWN 4 /* codings whose quality is */

/* What the last client said of codings: most that come after it say the same.  Zero it to start. */
typedef struct osp_codings {
    bool kept; /* `said` is all of it */
    uint8_t said_len, known_count;
    char said[OSP_CODINGS_SAID];
    struct {
        osp_str coding; /* static */
        int quality;
    } known[OSP_CODINGS_KNOWN]; /* that were asked for */
    osp_accept accept;
} osp_codings;

/* Takes what a request says of codings; only until it ends where `kept` is false. */
void osp_codings_take(osp_codings *codings, const osp_request *request);
/* As osp_accept_coding.  coding: static. */
int osp_codings_quality(osp_codings *codings, osp_str coding);

/* "q=0.85" in thousandths, the empty text being 1; -1: of another form (RFC 9110 section 12.4.2).
 */
int osp_accept_quality(osp_str weight);

/* Cuts what stands before `mark`, outside of quotes, off the front of a text, without the blanks
 * around it. */
osp_str osp_accept_cut(osp_str *text, char mark);

#endif
