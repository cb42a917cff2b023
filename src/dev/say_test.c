#include "dev/say.h"

#include <stdio.h>
#include <unistd.h>

#include "tests/unit/unit.h"

OSP_UNIT_TEST(say_names, "what is said of a file moves no cursor, whatever its name is")
{
    char said[256] = "";
    FILE *file = tmpfile();
    OSP_CHECK(file != NULL && dup2(fileno(file), STDOUT_FILENO) == STDOUT_FILENO);
    osp_say(false, &(osp_said){ .event = "change" }, "%s changed",
            "public/a\n\033[31mb\033]0;c\a\xc2\x9b"
            "2J\xc3\xa4.css");
    rewind(file);
    OSP_CHECK(fgets(said, sizeof said, file) != NULL);
    OSP_CHECK_STR(osp_str_from(said), OSP_STR("public/a [31mb]0;c2J\xc3\xa4.css changed\n"));
    OSP_CHECK(fgetc(file) == EOF);
}
