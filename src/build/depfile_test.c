#include "build/depfile.h"

#include "tests/unit/unit.h"

static void reads(const char *file, size_t count, const char *const *wanted)
{
    osp_str text = osp_str_from(file);
    char word[128];
    OSP_CHECK(osp_depfile_begin(&text));
    for (size_t i = 0; i < count; i++) {
        OSP_CHECK(osp_depfile_next(&text, word));
        OSP_CHECK_STR(osp_str_from(word), osp_str_from(wanted[i]));
    }
    OSP_CHECK(!osp_depfile_next(&text, word) && word[0] == '\0');
}

OSP_UNIT_TEST(depfile_words, "inputs are read over line ends, escapes undone")
{
    static const char *const wanted[] = { "a.c", "/inc/b c.h", "d#e.h", "f$g.h", "h\\i", "\\z" };
    reads("x.o: a.c \\\n  /inc/b\\ c.h\td\\#e.h \\\n f$$g.h h\\\\i \\z\n", 6, wanted);
    reads("x.o: a.c", 1, wanted);
    reads("x.o: \\\n", 0, wanted);
    reads("x.o: a.c\\\n", 1, wanted);
}

OSP_UNIT_TEST(depfile_none, "what is no rule has no inputs")
{
    osp_str text = OSP_STR("x.o:a.c");
    OSP_CHECK(!osp_depfile_begin(&text));
    text.len = 0;
    OSP_CHECK(!osp_depfile_begin(&text));
}
