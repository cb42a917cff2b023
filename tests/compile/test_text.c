/* A number that is compared as a text.
 *
 * EXPECT: not compatible with any
 * EXPECT-tcc: does not match any association
 */
#include <openspeed/openspeed.h>
#include <openspeed/test.h>

OSP_TEST(compares, "a status is a text")
{
    const osp_test_response r = osp_test_request(app, "GET", "/");
    OSP_EXPECT_STR(r.status, "200");
}
