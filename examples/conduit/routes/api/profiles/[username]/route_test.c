/* /api/profiles/[username] and /api/profiles/[username]/follow */
#include "tests/people.h"

OSP_TEST(follows, "who follows twice follows once, and sees it")
{
    const int64_t bob = somebody(app, "Bob");
    act_as(app, somebody(app, "ann"));
    DECODED(ProfileOut, before, request(app, "GET", "/api/profiles/bob", NULL));
    OSP_EXPECT_STR(before.profile.username, "Bob");
    OSP_EXPECT(!before.profile.following);
    for (int i = 0; i < 2; i++) {
        DECODED(ProfileOut, got, request(app, "POST", "/api/profiles/bob/follow", NULL));
        OSP_EXPECT(got.profile.following);
    }
    DECODED(ProfileOut, seen, request(app, "GET", "/api/profiles/Bob", NULL));
    OSP_EXPECT(seen.profile.following);
    act_as(app, bob); /* it does not go both ways */
    DECODED(ProfileOut, back, request(app, "GET", "/api/profiles/ann", NULL));
    OSP_EXPECT(!back.profile.following);
    act_as(app, 0);
    DECODED(ProfileOut, nobody, request(app, "GET", "/api/profiles/Bob", NULL));
    OSP_EXPECT(!nobody.profile.following);
}

OSP_TEST(unfollows, "who follows no more does so also when they did not")
{
    somebody(app, "bob");
    act_as(app, somebody(app, "ann"));
    OSP_EXPECT_INT(request(app, "POST", "/api/profiles/bob/follow", NULL).status, 200);
    for (int i = 0; i < 2; i++) {
        DECODED(ProfileOut, got, request(app, "DELETE", "/api/profiles/bob/follow", NULL));
        OSP_EXPECT(!got.profile.following);
    }
}

OSP_TEST(follows_somebody, "nobody can be followed who is not there, and not by nobody")
{
    act_as(app, somebody(app, "ann"));
    EXPECT_ERROR(request(app, "GET", "/api/profiles/x", NULL), 404, "there is no user \\\"x\\\"");
    EXPECT_ERROR(request(app, "POST", "/api/profiles/x/follow", NULL), 404,
                 "there is no user \\\"x\\\"");
    EXPECT_ERROR(request(app, "DELETE", "/api/profiles/x/follow", NULL), 404,
                 "there is no user \\\"x\\\"");
    act_as(app, 0);
    OSP_EXPECT_INT(request(app, "POST", "/api/profiles/ann/follow", NULL).status, 401);
    OSP_EXPECT_INT(request(app, "DELETE", "/api/profiles/ann/follow", NULL).status, 401);
}
