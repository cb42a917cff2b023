// What C++ may use of the public headers: types, constants and functions, linked from the shared
// library.  Describing types and declaring routes is for C.
#include <openspeed/each.h>
#include <openspeed/manifest.h>
#include <openspeed/openspeed.h>
#include <openspeed/test.h>

#include <cstdio>

int main()
{
    int64_t seven = 0;
    const bool ok = osp_str_to_int(osp_str_trim(S(" 7 ")), &seven) == OSP_OK;
    if (!ok || seven != 7 || !osp_str_equal(osp_str_from("a"), OSP_STR("a"))) {
        return 1;
    }
    std::puts(osp_status_text(OSP_E_CANCELLED));
    return 0;
}
