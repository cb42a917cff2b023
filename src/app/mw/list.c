/* Lists in options: words with spaces between. */
#include <string.h>

#include "app/mw/mw.h"

osp_str osp_mw_next_word(const char **at)
{
    *at += strspn(*at, " ");
    const osp_str word = { *at, strcspn(*at, " ") };
    *at += word.len;
    return word;
}

bool osp_mw_lists(const char *list, osp_str word)
{
    osp_str one;
    while ((one = osp_mw_next_word(&list)).len > 0) {
        if (osp_str_equal(one, word)) {
            return true;
        }
    }
    return false;
}

/* RFC 6454 6.2: a scheme, a host and maybe a port, as browsers write them. */
bool osp_mw_is_origin(osp_str word)
{
    const char *host = memmem(word.ptr, word.len, "://", 3);
    bool good = host != NULL && host > word.ptr && host + 3 < word.ptr + word.len;
    for (const char *at = good ? host + 3 : word.ptr; good && at < word.ptr + word.len; at++) {
        good = *at > ' ' && *at != '/' && *at != '*' && *at != '@' && *at != ',' &&
               !(*at >= 'A' && *at <= 'Z');
    }
    return good;
}

const char *osp_mw_origins_flaw(const char *list)
{
    osp_str word;
    while ((word = osp_mw_next_word(&list)).len > 0) {
        if (!osp_mw_is_origin(word)) {
            return "has an origin that no browser sends: it is scheme, host and maybe port in "
                   "small "
                   "letters, such as \"https://shop.example:8443\", with spaces between several";
        }
    }
    return NULL;
}
