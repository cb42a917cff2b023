/* Arithmetic on sizes that says when it overflows.  Each returns false, and leaves *ret_size alone,
 * when the exact result does not fit. */
#ifndef OSP_BASE_SIZE_H
#define OSP_BASE_SIZE_H

#include <openspeed/base.h>

static inline OSP_MUST_CHECK bool osp_size_add(size_t a, size_t b, size_t *ret_size)
{
    if (b > SIZE_MAX - a) {
        return false;
    }
    *ret_size = a + b;
    return true;
}

static inline OSP_MUST_CHECK bool osp_size_mul(size_t a, size_t b, size_t *ret_size)
{
    size_t size;
    if (__builtin_mul_overflow(a, b, &size)) {
        return false;
    }
    *ret_size = size;
    return true;
}

/* Rounds up to a multiple of `align`, a power of two. */
static inline OSP_MUST_CHECK bool osp_size_round_up(size_t size, size_t align, size_t *ret_size)
{
    if (size > SIZE_MAX - (align - 1)) {
        return false;
    }
    *ret_size = (size + align - 1) & ~(align - 1);
    return true;
}

#endif
