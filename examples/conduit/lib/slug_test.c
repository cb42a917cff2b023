#include "lib/slug.h"

#include <openspeed/test.h>

OSP_TEST(slugs, "a slug keeps letters and digits of any script")
{
    osp_ctx *ctx = osp_test_ctx(app);
    OSP_EXPECT_STR(slug_of(ctx, S("Hello, World!")), "hello-world");
    OSP_EXPECT_STR(slug_of(ctx, S("  2 + 2 = 4 ")), "2-2-4");
    OSP_EXPECT_STR(slug_of(ctx, S("\xe2\x80\x9c" "Caf\xc3\xa9" "\xe2\x80\x9d")), "caf\xc3\xa9");
}
