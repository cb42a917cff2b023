/* Pieces that values of header fields are made of, taken from their front (RFC 9110 5.6). */
#ifndef OSP_WIRE_FIELD_H
#define OSP_WIRE_FIELD_H

#include "wire/h1_impl.h"

static inline void osp_field_skip(osp_str *rest, size_t count)
{
    OSP_DEBUG_ASSERT(count <= rest->len);
    rest->ptr += count;
    rest->len -= count;
}

/* OWS (RFC 9110 5.6.3). */
static inline void osp_field_skip_blanks(osp_str *rest)
{
    while (rest->len > 0 && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t')) {
        osp_field_skip(rest, 1);
    }
}

/* A token (RFC 9110 5.6.2); empty when none stands there. */
static inline osp_str osp_field_take_token(osp_str *rest)
{
    size_t len = 0;
    while (len < rest->len && osp_h1_is_token_byte(rest->ptr[len])) {
        len++;
    }
    const osp_str token = { rest->ptr, len };
    osp_field_skip(rest, len);
    return token;
}

#endif
