#include "tests/unit/unit.h"

OSP_UNIT_TEST(random_bytes, "random bytes fill what was asked for, and nothing else")
{
    static const char zeros[64];
    char one[64] = { 0 }, other[64] = { 0 };
    osp_random_bytes(one, 63);
    osp_random_bytes(other, 63);
    OSP_CHECK(memcmp(one, other, 63) != 0 && memcmp(one, zeros, 63) != 0);
    OSP_CHECK(one[63] == 0 && other[63] == 0);
    osp_random_bytes(NULL, 0);
}
