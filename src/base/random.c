/* Random bytes.
 *
 * An object of its own, for the reason of clock.c. */
#include <errno.h>
#include <sys/random.h>

#include <openspeed/base.h>

void osp_random_bytes(void *bytes, size_t size)
{
    OSP_ASSERT(bytes != NULL || size == 0);
    char *at = bytes;
    while (size > 0) {
        const ssize_t got = getrandom(at, size, 0);
        OSP_ASSERT(got > 0 || errno == EINTR);
        at += got > 0 ? got : 0;
        size -= got > 0 ? (size_t)got : 0;
    }
}
