/* Addresses to listen on, as people write them. */
#include "serve/address.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

OSP_UNIT_TEST(address_good, "what is an address")
{
    static const struct {
        const char *text, *again;
        osp_address_kind kind;
        unsigned port, mode;
    } cases[] = {
        { "3000", "*:3000", OSP_ADDRESS_TCP, 3000, 0 },
        { ":0", "*:0", OSP_ADDRESS_TCP, 0, 0 },
        { "*:65535", "*:65535", OSP_ADDRESS_TCP, 65535, 0 },
        { "127.0.0.1:80", "127.0.0.1:80", OSP_ADDRESS_TCP, 80, 0 },
        { "localhost:80", "localhost:80", OSP_ADDRESS_TCP, 80, 0 },
        { "[::1]:80", "[::1]:80", OSP_ADDRESS_TCP, 80, 0 },
        { "[fe80::1%lo]:80", "[fe80::1%lo]:80", OSP_ADDRESS_TCP, 80, 0 },
        { "unix:/run/x.sock", "unix:/run/x.sock", OSP_ADDRESS_UNIX, 0, 0660 },
        { "unix:/run/x,mode=0600", "unix:/run/x", OSP_ADDRESS_UNIX, 0, 0600 },
        { "unix:/run/x,mode=777", "unix:/run/x", OSP_ADDRESS_UNIX, 0, 0777 },
        { "unix:@x,y", NULL, OSP_ADDRESS_ABSTRACT, 0, 0 },
        { "unix:@name", "unix:@name", OSP_ADDRESS_ABSTRACT, 0, 0660 },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_address found;
        char text[OSP_ADDRESS_TEXT_SIZE];
        const char *wrong = osp_address_parse(osp_str_from(cases[i].text), &found);
        OSP_CHECK((wrong == NULL) == (cases[i].again != NULL));
        if (wrong != NULL) {
            continue;
        }
        OSP_CHECK(found.kind == cases[i].kind && found.port == cases[i].port &&
                  found.mode == cases[i].mode);
        osp_address_text(&found, text, sizeof text);
        OSP_CHECK(strcmp(text, cases[i].again) == 0);
    }
}

OSP_UNIT_TEST(address_bad, "what is none, and why")
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        { "", "must end with a port" },
        { "host", "must end with a port" },
        { "host:", "must end with a port" },
        { "host:65536", "must end with a port" },
        { "host:-1", "must end with a port" },
        { "host:80 ", "must end with a port" },
        { "::1:80", "[::1]:3000" },
        { "[::1]", "[::1]:3000" },
        { "[::1]80", "[::1]:3000" },
        { "[]:80", "[::1]:3000" },
        { "[::1:80", "[::1]:3000" },
        { "unix:", "unix:/PATH" },
        { "unix:x.sock", "unix:/PATH" },
        { "unix:@", "the name is empty" },
        { "unix:/x,mode=", ",mode=0660" },
        { "unix:/x,mode=0888", ",mode=0660" },
        { "unix:/x,mode=1777", ",mode=0660" },
        { "unix:/x,mode=77777777777", ",mode=0660" },
        { "unix:/x,nothing", ",mode=0660" },
    };
    for (size_t i = 0; i < OSP_ARRAY_LEN(cases); i++) {
        osp_address found;
        const char *wrong = osp_address_parse(osp_str_from(cases[i].text), &found);
        OSP_CHECK(wrong != NULL && strstr(wrong, cases[i].why) != NULL);
    }
}

/* `head`, `count` times x, `tail`. */
static bool parse_long(const char *head, size_t count, const char *tail)
{
    char text[600];
    osp_address found;
    char middle[400];
    memset(middle, 'x', count);
    middle[count] = 0;
    (void)snprintf(text, sizeof text, "%s%s%s", head, middle, tail);
    return osp_address_parse(osp_str_from(text), &found) == NULL;
}

OSP_UNIT_TEST(address_limits, "names have a longest length")
{
    OSP_CHECK(parse_long("", OSP_ADDRESS_HOST_MAX, ":80"));
    OSP_CHECK(!parse_long("", OSP_ADDRESS_HOST_MAX + 1, ":80"));
    OSP_CHECK(parse_long("unix:/", OSP_ADDRESS_PATH_MAX - 1, ""));
    OSP_CHECK(!parse_long("unix:/", OSP_ADDRESS_PATH_MAX, ""));
    OSP_CHECK(parse_long("unix:@", OSP_ADDRESS_PATH_MAX, ""));
    OSP_CHECK(!parse_long("unix:@", OSP_ADDRESS_PATH_MAX + 1, ""));
}
