#include "http/coding.h"

#include "tests/unit/unit.h"

static int quality(const char *header, const char *coding)
{
    const osp_header_field field = { OSP_STR("accept-ENCODING"), osp_str_from(header) };
    const osp_request request = { .headers = &field, .header_count = 1 };
    return osp_coding_quality(&request, osp_str_from(coding));
}

OSP_UNIT_TEST(coding_named, "a coding that is named has its weight (RFC 9110 12.5.3)")
{
    OSP_CHECK(quality("gzip", "gzip") == 1000 && quality("gzip", "br") == 0);
    OSP_CHECK(quality("br;q=0.5, gzip;q=1", "br") == 500);
    OSP_CHECK(quality("BR ; Q=0.25", "br") == 250);
    OSP_CHECK(quality("x-gzip", "gzip") == 1000);
    OSP_CHECK(quality("br;q=0", "br") == 0 && quality("br;q=0.000", "br") == 0);
    OSP_CHECK(quality("br;q=0, *", "br") == 0 && quality("br;q=0, *", "gzip") == 1000);
    OSP_CHECK(quality("*;q=0.1", "zstd") == 100);
    OSP_CHECK(quality("gzip, , br", "br") == 1000);
}

OSP_UNIT_TEST(coding_identity, "no coding is taken, least of all, unless it is refused")
{
    OSP_CHECK(quality("", "identity") == 1 && quality("gzip;q=0.001", "identity") == 1);
    OSP_CHECK(quality("identity;q=0.5", "identity") == 500);
    OSP_CHECK(quality("identity;q=0", "identity") == 0 && quality("*;q=0", "identity") == 0);
    OSP_CHECK(quality("identity, *;q=0", "identity") == 1000);
    OSP_CHECK(quality("*", "identity") == 1);
}

OSP_UNIT_TEST(coding_malformed, "what is malformed is passed over")
{
    static const char *const values[] = { "gzip;q=1.5",   "gzip;q=-1", "gzip;q=0.1234", "gzip;q",
                                          "gzip;level=9", "gzip q=1",  "gzipped",       "gzi" };
    for (size_t i = 0; i < OSP_ARRAY_LEN(values); i++) {
        OSP_CHECK(quality(values[i], "gzip") == 0);
    }
}

OSP_UNIT_TEST(coding_many, "OSP_CODINGS_MAX codings are read, in all headers together")
{
    char value[4 * OSP_CODINGS_MAX];
    size_t len = 0;
    for (int i = 1; i < OSP_CODINGS_MAX; i++) {
        len += (size_t)snprintf(value + len, sizeof value - len, "a,");
    }
    const osp_header_field fields[] = {
        { OSP_STR("Accept-Encoding"), { value, len } },
        { OSP_STR("Accept-Encoding"), OSP_STR("br,gzip") },
    };
    const osp_request request = { .headers = fields, .header_count = 2 };
    OSP_CHECK(osp_coding_quality(&request, OSP_STR("br")) == 1000);
    OSP_CHECK(osp_coding_quality(&request, OSP_STR("gzip")) == 0);
}
