#include "lib/notes.h"

#include <openspeed/test.h>

OSP_TEST(later, "what comes after the response has been done when a test has the answer")
{
    OSP_EXPECT_STR(osp_test_request(app, "POST", "/later").body, "soon");
    OSP_EXPECT_INT(notes_count(osp_test_ctx(app)), 2);
}
