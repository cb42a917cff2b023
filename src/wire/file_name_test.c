/* Names for files out of names from anyone. */
#include "wire/file_name.h"

#include "base/utf8.h"
#include "tests/unit/unit.h"

OSP_UNIT_TEST(file_name_safe, "what is dangerous in a name is left out or replaced")
{
    static const struct {
        const char *name, *want;
    } cases[] = {
        { "photo.jpg", "photo.jpg" },
        { "\xc3\x84pfel und \xe6\xa2\xa8.png", "\xc3\x84pfel und \xe6\xa2\xa8.png" },
        { "../../etc/passwd", "passwd" },
        { "/etc/passwd", "passwd" },
        { "C:\\Users\\x\\a b.txt", "a b.txt" },
        { "C:a.txt", "C_a.txt" },
        { "a\\..\\..\\b", "b" },
        { "a/", "file" },
        { "", "file" },
        { ".", "file" },
        { "..", "file" },
        { " . . ", "file" },
        { ".htaccess", "htaccess" },
        { "...a...", "a" },
        { "a. ", "a" },
        { "-rf", "_rf" },
        { "a-b", "a-b" },
        { "a<b>:\"c|d?*", "a_b___c_d__" },
        { "a\r\nb\tc\x7f", "a__b_c_" },
        { "a\xe2\x80\xaegpj.exe", "a_gpj.exe" },
        { "a\xd8\x9c"
          "b",
          "a_b" },
        { "a\xc2\x85\xe2\x80\xa8\xe2\x81\xa6\xef\xbb\xbf", "a____" },
        { "NUL", "_NUL" },
        { "nul.tar.gz", "_nul.tar.gz" },
        { "con .txt", "_con .txt" },
        { "Com1.txt", "_Com1.txt" },
        { "lpt9", "_lpt9" },
        { "com10", "com10" },
        { "console", "console" },
    };
    char out[OSP_FILE_NAME_MAX];
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        const size_t len = osp_file_name_safe(osp_str_from(cases[i].name), out);
        OSP_CHECK_STR(((osp_str){ out, len }), osp_str_from(cases[i].want));
    }
    const size_t len = osp_file_name_safe((osp_str){ "a\0b", 3 }, out);
    OSP_CHECK_STR(((osp_str){ out, len }), OSP_STR("a_b"));
}

OSP_UNIT_TEST(file_name_limit, "a long name is cut between characters, before its extension")
{
    char name[OSP_FILE_NAME_MAX * 3], out[OSP_FILE_NAME_MAX];
    for (size_t over = 0; over < 3; over++) {
        memset(name, 'x', sizeof name);
        memcpy(name + OSP_FILE_NAME_MAX + over - 4, ".png", 4);
        const size_t len = osp_file_name_safe((osp_str){ name, OSP_FILE_NAME_MAX + over }, out);
        OSP_CHECK(len == OSP_FILE_NAME_MAX && memcmp(out + len - 5, "x.png", 5) == 0);
    }
    for (size_t shift = 0; shift < 3; shift++) {
        memset(name, 'y', shift);
        for (size_t at = shift; at + 3 <= sizeof name; at += 3) {
            memcpy(name + at, "\xe6\xa2\xa8", 3);
        }
        const size_t len = osp_file_name_safe((osp_str){ name, shift + 300 }, out);
        OSP_CHECK(len > OSP_FILE_NAME_MAX - 3 && osp_utf8_valid((osp_str){ out, len }));
    }
    memcpy(name, "nul", 3);
    memset(name + 3, '.', sizeof name - 3);
    name[sizeof name - 1] = 'x';
    const size_t len = osp_file_name_safe((osp_str){ name, sizeof name }, out);
    OSP_CHECK_STR(((osp_str){ out, len }), OSP_STR("_nul.x"));
}
