/* An answer that is read into a value of another type than its description's.
 *
 * EXPECT: not compatible with any
 * EXPECT-tcc: does not match any association
 */
#include <openspeed/openspeed.h>
#include <openspeed/test.h>

typedef struct Note {
    int64_t id;
} Note;
OSP_TYPE(Note, FIELD(id));
typedef struct Other {
    int64_t id;
} Other;

OSP_TEST(reads, "an answer is read")
{
    Other other;
    const osp_test_response r = osp_test_request(app, "GET", "/");
    OSP_EXPECT(osp_test_decode(app, &r, Note, &other));
}
