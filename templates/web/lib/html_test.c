#include "lib/html.h"

#include <openspeed/test.h>

OSP_TEST(escapes, "what would be HTML is text")
{
    osp_ctx *ctx = osp_test_ctx(app);
    OSP_EXPECT_STR(html_text(ctx, S("<a href=\"x\">'&'</a>")),
                   "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
    OSP_EXPECT_STR(html_text(ctx, S("")), "");
}
