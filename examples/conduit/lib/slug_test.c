#include "lib/slug.h"

#include <openspeed/test.h>
#include <string.h>

OSP_TEST(slugs, "a slug keeps letters and digits of any script")
{
    osp_ctx *ctx = osp_test_ctx(app);
    OSP_EXPECT_STR(slug_of(ctx, S("Hello, World!")), "hello-world");
    OSP_EXPECT_STR(slug_of(ctx, S("  2 + 2 = 4 ")), "2-2-4");
    OSP_EXPECT_STR(slug_of(ctx, S("“Café”")), "café");
    OSP_EXPECT_STR(slug_of(ctx, S("  Où est l’été…?  ")), "où-est-l-été");
    OSP_EXPECT_STR(slug_of(ctx, S("ÜBER Äpfel & Öl")), "über-äpfel-öl");
    OSP_EXPECT_STR(slug_of(ctx, S("日本語の「記事」です。")), "日本語の-記事-です");
    OSP_EXPECT_STR(slug_of(ctx, S("สวัสดีชาวโลก: บทความแรก")), "สวัสดีชาวโลก-บทความแรก");
    OSP_EXPECT_STR(slug_of(ctx, S("emoji 🎉 party")), "emoji-party");
}

OSP_TEST(slugs_of_little, "a title without letters has a slug all the same, and no other route's")
{
    osp_ctx *ctx = osp_test_ctx(app);
    OSP_EXPECT_STR(slug_of(ctx, S("!!!")), "article");
    OSP_EXPECT_STR(slug_of(ctx, S("Feed")), "the-feed");
}

OSP_TEST(slugs_have_an_end, "a slug has 120 bytes at most, and is cut between letters")
{
    osp_ctx *ctx = osp_test_ctx(app);
    char title[3 * 41];
    for (size_t i = 0; i < 41; i++) {
        memcpy(title + 3 * i, "ก", 3);
    }
    OSP_EXPECT_INT(slug_of(ctx, (osp_str){ title, 3 * 40 }).len, SLUG_BYTES_MAX);
    OSP_EXPECT_INT(slug_of(ctx, (osp_str){ title, 3 * 41 }).len, SLUG_BYTES_MAX);
}
