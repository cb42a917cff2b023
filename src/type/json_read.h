/* Reading JSON token by token: what the decoder, raw values and the reader of trees share. */
#ifndef OSP_TYPE_JSON_READ_H
#define OSP_TYPE_JSON_READ_H

#include "base/arena.h"
#include "type/type_impl.h"

typedef struct osp_json_reader {
    const char *at, *end, *begin;
    osp_arena *arena; /* of strings with escapes */
    osp_error *err;   /* says where the text is no JSON; may be NULL */
    uint32_t depth;   /* containers around `at` */
} osp_json_reader;

static inline void osp_json_reader_init(osp_json_reader *r, osp_str text, osp_arena *arena,
                                        osp_error *err)
{
    r->begin = text.len != 0 ? text.ptr : "";
    r->at = r->begin;
    r->end = r->begin + text.len;
    r->arena = arena;
    r->err = err;
    r->depth = 0;
}

/* The next byte that is not white space, or -1 at the end. */
static inline int osp_json_peek(osp_json_reader *r)
{
    while (r->at < r->end) {
        const unsigned char c = (unsigned char)*r->at;
        if (c > ' ' || (c != ' ' && c != '\n' && c != '\t' && c != '\r')) {
            return c;
        }
        r->at++;
    }
    return -1;
}

/* Each returns `status`: the text is not JSON, and here is why. */
osp_status osp_json_fail(osp_json_reader *r, osp_status status, const char *what);
osp_status osp_json_syntax(osp_json_reader *r, const char *what);
osp_status osp_json_no_memory(osp_json_reader *r);

osp_status osp_json_expect_word(osp_json_reader *r, const char *word, size_t len);
osp_status osp_json_colon_slow(osp_json_reader *r);
osp_status osp_json_more_slow(osp_json_reader *r, bool object, bool *ret_more);
osp_status osp_json_string_slow(osp_json_reader *r, const char *at, unsigned high, osp_str *ret);

/* The punctuation of a text without white space costs a comparison; all else is the slow ones'. */
static inline osp_status osp_json_expect_colon(osp_json_reader *r)
{
    if (r->at < r->end && *r->at == ':') {
        r->at++;
        return OSP_OK;
    }
    return osp_json_colon_slow(r);
}

/* Behind a value: consumes a comma (*ret_more) or the closing bracket. */
static inline osp_status osp_json_expect_more(osp_json_reader *r, bool object, bool *ret_more)
{
    if (r->at < r->end && *r->at == ',') {
        r->at++;
        *ret_more = true;
        return OSP_OK;
    }
    return osp_json_more_slow(r, object, ret_more);
}

/* The string whose opening quote is at `at`; ret NULL: only checks it. */
static inline osp_status osp_json_read_string(osp_json_reader *r, osp_str *ret)
{
    const char *begin = ++r->at;
    unsigned high = 0;
    const char *at = osp_json_plain_end(begin, r->end, &high);
    if (at == r->end || *at != '"' || high != 0) {
        return osp_json_string_slow(r, at, high, ret);
    }
    r->at = at + 1;
    if (ret != NULL) {
        *ret = (osp_str){ begin, (size_t)(at - begin) };
    }
    return OSP_OK;
}

osp_status osp_json_expect_name(osp_json_reader *r, osp_str *ret_name);
static inline osp_status osp_json_read_number(osp_json_reader *r, osp_json_number *ret)
{
    const char *behind = osp_json_number_scan(r->at, r->end, ret);
    if (behind == NULL) {
        return osp_json_fail(r, OSP_E_JSON_SYNTAX, "malformed number");
    }
    r->at = behind;
    return OSP_OK;
}

/* Passes over any value, checking its syntax. */
osp_status osp_json_skip(osp_json_reader *r);

#endif
