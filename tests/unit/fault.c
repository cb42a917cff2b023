/* Memory that runs out when a test says so.
 *
 * The linker leads what the runner's objects call by these names here (--wrap), so that neither the
 * libraries nor the sanitizer know of it.  While nothing is armed the cost is one comparison. */
#include "tests/unit/fault.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>

/* The next allocation has this number; 0: not armed.  Atomic for threads that allocate meanwhile,
 * which a test that arms must not have. */
static atomic_size_t next_number;
static size_t first_bad, bad_count, failed;

void osp_fault_arm(size_t nth, size_t count)
{
    first_bad = nth;
    bad_count = count;
    failed = 0;
    atomic_store(&next_number, 1);
}

size_t osp_fault_disarm(void)
{
    atomic_store(&next_number, 0);
    return failed;
}

static bool fails(void)
{
    if (atomic_load_explicit(&next_number, memory_order_relaxed) == 0) {
        return false;
    }
    const size_t number = atomic_fetch_add(&next_number, 1);
    if (number < first_bad || number - first_bad >= bad_count) {
        return false;
    }
    failed++;
    errno = ENOMEM;
    return true;
}

/* The names are the linker's. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __real_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __wrap_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return fails() ? MAP_FAILED : __real_mmap64(at, size, protection, flags, fd, offset);
}

int __wrap_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    return operation == EPOLL_CTL_ADD && fails() ? -1
                                                 : __real_epoll_ctl(epoll_fd, operation, fd, event);
}
