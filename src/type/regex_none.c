/* A build without PCRE2 compiles no regular expression; an application that has one does not start.
 */
#include "type/regex.h"

osp_status osp_regex_compile(const char *pattern, osp_regex **ret_regex, osp_error *err)
{
    (void)ret_regex;
    return osp_error_set(err, OSP_E_INVALID,
                         "this build of OpenSpeed has no regular expressions (PCRE2 was disabled), "
                         "but there is the pattern \"%.100s\"",
                         pattern);
}

void osp_regex_free(osp_regex *regex)
{
    OSP_ASSERT(regex == NULL);
}

osp_status osp_regex_scratch_init(osp_regex_scratch *scratch)
{
    *scratch = (osp_regex_scratch){ 0 };
    return OSP_OK;
}

void osp_regex_scratch_done(osp_regex_scratch *scratch)
{
    (void)scratch;
}

osp_status osp_regex_search(const osp_regex *regex, osp_regex_scratch *scratch, osp_str text)
{
    (void)regex;
    (void)scratch;
    (void)text;
    return OSP_E_INVALID;
}
