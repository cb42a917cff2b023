#include "lib/who.h"

#include <openspeed/test.h>
#include <stdlib.h>

OSP_TEST(real, "without anything else, providers are the application's own")
{
    OSP_EXPECT_INT(osp_test_request(app, "GET", "/me").status, 403);
    OSP_EXPECT_STR(osp_test_request(app, "GET", "/me", .token = S("t")).body, "1 Bearer t on real");
}
OSP_TEST(overridden, "a test says what a provider gives, and whom a guard lets pass")
{
    osp_test_override(app, who, .id = 7, .name = S("ann"));
    OSP_EXPECT_INT(osp_test_request(app, "GET", "/me").status, 403);
    osp_test_override_guard(app, door);
    OSP_EXPECT_STR(osp_test_request(app, "GET", "/me").body, "7 ann on real");
    osp_test_override(app, who, .id = 8);
    OSP_EXPECT_STR(osp_test_request(app, "GET", "/me").body, "8  on real");
    osp_test_override_absent(app, who);
    OSP_EXPECT_INT(osp_test_request(app, "GET", "/me", .token = S("t")).status, 401);
}
OSP_TEST(never_made, "what outlives requests is not made when it is overridden before")
{
    (void)setenv("NO_MACHINE", "1", 1);
    osp_test_override(app, machine, .name = S("none"));
    OSP_EXPECT_STR(osp_test_request(app, "GET", "/me", .token = S("t")).body, "1 Bearer t on none");
}
