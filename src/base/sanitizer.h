/* Tells AddressSanitizer which bytes nobody may touch.  Nothing at all in other builds. */
#ifndef OSP_BASE_SANITIZER_H
#define OSP_BASE_SANITIZER_H

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define OSP_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OSP_ASAN 1
#endif
#endif
#ifndef OSP_ASAN
#define OSP_ASAN 0
#endif

/* Forbidden bytes behind each piece of an arena, so that running over one is seen. */
#define OSP_REDZONE (OSP_ASAN ? (size_t)16 : (size_t)0)

#if OSP_ASAN
#include <sanitizer/asan_interface.h>

static inline void osp_poison(const void *ptr, size_t size)
{
    __asan_poison_memory_region(ptr, size);
}

static inline void osp_unpoison(const void *ptr, size_t size)
{
    __asan_unpoison_memory_region(ptr, size);
}
#else
static inline void osp_poison(const void *ptr, size_t size)
{
    (void)ptr;
    (void)size;
}

static inline void osp_unpoison(const void *ptr, size_t size)
{
    (void)ptr;
    (void)size;
}
#endif

#endif
