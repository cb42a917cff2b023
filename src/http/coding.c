/* Accept-Encoding: "gzip, br;q=0.9, *;q=0".  Read anew for each coding that there is, which are
 * few. */
#include "http/coding.h"

#include <string.h>

#define QUALITY_ONE 1000

/* Cuts what stands before `mark` off the front of a text, without blanks around it. */
static osp_str cut(osp_str *text, char mark)
{
    const char *at = text->len != 0 ? memchr(text->ptr, mark, text->len) : NULL;
    const size_t len = at != NULL ? (size_t)(at - text->ptr) : text->len;
    const size_t used = at != NULL ? len + 1 : len;
    const osp_str front = osp_str_trim((osp_str){ text->ptr, len });
    *text = (osp_str){ text->ptr + used, text->len - used };
    return front;
}

/* "q=0.85" in thousandths, no weight being 1; -1: of another form (RFC 9110 12.4.2). */
static int quality_of(osp_str weight)
{
    if (weight.len == 0) {
        return QUALITY_ONE;
    }
    if (weight.len < 3 || weight.len > 7 || (weight.ptr[0] | 0x20) != 'q' || weight.ptr[1] != '=' ||
        (weight.ptr[2] != '0' && weight.ptr[2] != '1') ||
        (weight.len > 3 && weight.ptr[3] != '.')) {
        return -1;
    }
    int quality = (weight.ptr[2] - '0') * QUALITY_ONE;
    int unit = QUALITY_ONE / 10;
    for (size_t i = 4; i < weight.len; i++, unit /= 10) {
        if (weight.ptr[i] < '0' || weight.ptr[i] > '9') {
            return -1;
        }
        quality += (weight.ptr[i] - '0') * unit;
    }
    return quality <= QUALITY_ONE ? quality : -1;
}

/* x-gzip and gzip are one (RFC 9110 8.4.1.3). */
static bool is_coding(osp_str said, osp_str coding)
{
    return osp_str_equal_nocase(said, coding) || (osp_str_equal(coding, OSP_STR("gzip")) &&
                                                  osp_str_equal_nocase(said, OSP_STR("x-gzip")));
}

int osp_coding_quality(const osp_request *request, osp_str coding)
{
    int named = -1, any = -1;
    size_t left = OSP_CODINGS_MAX;
    for (uint32_t i = 0; i < request->header_count; i++) {
        osp_str list = request->headers[i].value;
        if (!osp_str_equal_nocase(request->headers[i].name, OSP_STR("Accept-Encoding"))) {
            continue;
        }
        for (; list.len > 0 && left > 0; left--) {
            osp_str weight = cut(&list, ',');
            const osp_str name = cut(&weight, ';');
            const int quality = quality_of(osp_str_trim(weight));
            if (quality >= 0 && is_coding(name, coding)) {
                named = quality;
            } else if (quality >= 0 && osp_str_equal(name, OSP_STR("*"))) {
                any = quality;
            }
        }
    }
    if (named >= 0) {
        return named;
    }
    if (osp_str_equal(coding, OSP_STR("identity"))) {
        return any == 0 ? 0 : 1;
    }
    return any >= 0 ? any : 0;
}
