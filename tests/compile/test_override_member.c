/* A test that gives a provider a member which its value does not have.
 *
 * EXPECT: username
 * EXPECT-tcc: field expected
 */
#include <openspeed/openspeed.h>
#include <openspeed/test.h>

typedef struct User {
    int64_t id;
} User;
OSP_PROVIDES(current_user, User);

OSP_TEST(stands_in, "somebody else asks")
{
    osp_test_override(app, current_user, .id = 1, .username = S("ann"));
}
