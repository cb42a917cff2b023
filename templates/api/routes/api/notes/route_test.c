/* The tests of /api/notes and of what is below it. */
#include "lib/note.h"

#include <openspeed/test.h>

static osp_test_response written(osp_test *app, osp_str body)
{
    return osp_test_request(app, "POST", "/api/notes", .body = body);
}

OSP_TEST(writes_and_reads, "a note that was written is read by its number")
{
    osp_test_set_clock(app, 0);
    osp_test_response r = written(app, S("{\"text\":\"Buy milk\"}"));
    OSP_EXPECT_INT(r.status, 201);
    OSP_EXPECT_STR(osp_test_answer_header(&r, "Location"), "/api/notes/1");
    r = osp_test_request(app, "GET", "/api/notes/1");
    OSP_EXPECT_INT(r.status, 200);
    Note note;
    OSP_EXPECT(osp_test_decode(app, &r, Note, &note));
    OSP_EXPECT_STR(note.text, "Buy milk");
    OSP_EXPECT_STR(note.created_at, "1970-01-01T00:00:00.000Z");
}

OSP_TEST(lists_the_newest, "the list has the newest note first, and no more than asked for")
{
    (void)written(app, S("{\"text\":\"one\"}"));
    (void)written(app, S("{\"text\":\"two\"}"));
    osp_test_response r = osp_test_request(app, "GET", "/api/notes", .query = { { "limit", "1" } });
    OSP_EXPECT_INT(r.status, 200);
    OSP_EXPECT_IN(r.body, "\"two\"");
    OSP_EXPECT(r.body.len < 100);
}

OSP_TEST(removes, "a note that was removed is there no more")
{
    (void)written(app, S("{\"text\":\"one\"}"));
    OSP_EXPECT_INT(osp_test_request(app, "DELETE", "/api/notes/1").status, 204);
    OSP_EXPECT_INT(osp_test_request(app, "DELETE", "/api/notes/1").status, 404);
    OSP_EXPECT_INT(osp_test_request(app, "GET", "/api/notes/1").status, 404);
}

OSP_TEST(refuses_what_does_not_fit, "a note without a text, and a URL without a number, are refused")
{
    OSP_EXPECT_INT(written(app, S("{\"text\":\"\"}")).status, 422);
    OSP_EXPECT_INT(written(app, S("{}")).status, 422);
    OSP_EXPECT_INT(osp_test_request(app, "GET", "/api/notes/x").status, 404);
}
