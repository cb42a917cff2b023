#include "type/pattern.h"

#include "tests/unit/unit.h"

OSP_UNIT_TEST(pattern_without_pcre2, "a build without PCRE2 says so when a pattern is added")
{
    osp_patterns *set = osp_patterns_new();
    osp_error err = { 0 };
    OSP_CHECK(set != NULL);
    OSP_CHECK(osp_patterns_add(set, "^a$", &err) == OSP_E_INVALID);
    OSP_CHECK(strstr(err.message, "PCRE2 was disabled") != NULL);
    OSP_CHECK(osp_patterns_find(set, "^a$", S("a")) == OSP_E_INVALID);
    osp_patterns_free(set);
}
