/* The tests of /notes. */
#include "lib/auth.h"

#include <openspeed/test.h>

OSP_TEST(writes_for_who_asks, "a note belongs to who has written it")
{
    osp_test_override(app, current_user, .id = 1);
    OSP_EXPECT_INT(osp_test_request(app, "POST", "/notes", .body = S("{\"text\":\"mine\"}")).status, 201);
    OSP_EXPECT_IN(osp_test_request(app, "GET", "/notes").body, "\"mine\"");
    osp_test_override(app, current_user, .id = 2);
    OSP_EXPECT_STR(osp_test_request(app, "GET", "/notes").body, "{\"notes\":[]}");
    osp_test_override_absent(app, current_user);
    OSP_EXPECT_INT(osp_test_request(app, "GET", "/notes").status, 401);
}
