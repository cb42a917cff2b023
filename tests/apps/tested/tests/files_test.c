#include <openspeed/openspeed.h>
#include <openspeed/test.h>

OSP_TEST(files_are_answered, "files of public/ are answered, small and large, whole and in part")
{
    osp_test_response r = osp_test_request(app, "GET", "/small.txt");
    OSP_EXPECT_INT(r.status, 200);
    OSP_EXPECT_STR(r.body, "a file\n");
    r = osp_test_request(app, "GET", "/large.txt");
    OSP_EXPECT_INT(r.body.len, 18893);
    OSP_EXPECT(!r.cut_off);
    r = osp_test_request(app, "GET", "/large.txt", .headers = { { "Range", "bytes=18888-" } });
    OSP_EXPECT_INT(r.status, 206);
    OSP_EXPECT_STR(r.body, "4000\n");
    OSP_EXPECT_INT(osp_test_request(app, "HEAD", "/large.txt").body.len, 0);
    OSP_EXPECT_INT(osp_test_request(app, "GET", "/../lib/who.c").status, 404);
}
