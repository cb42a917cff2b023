/* A piece of straight-line work: its memory, its failure, its waits.
 *
 * What waits calls osp_task_lock_take, or what wait.c has, and does not know who schedules it.
 *
 * The first failure sticks to the task: code that gets NULL from an allocation may just return, and
 * whoever runs the task still learns why.  With it sticks the line of the application that made the
 * failing call, where a macro of a public header captured it: error.file is a line of OpenSpeed,
 * which tells an application's writer nothing.
 *
 * The lock hands itself over: give makes the first waiter the owner before waking it, so that no
 * newcomer can slip in between and the order is the order of asking:
 *
 *     owner -> A      first -> B -> C <- last         A gives:  owner -> B, first -> C
 */
#include "base/task.h"

#include "base/size.h"
#include "base/status.h"
#include "base/time.h"

#include <stdio.h>
#include <string.h>

/* Texts up to here are formatted once; longer ones twice. */
#define FORMAT_ONCE 256

const char osp_crypto_queue_key = 0;

void *osp_task_service(const osp_task *task, const void *key)
{
    OSP_ASSERT(key != NULL);
    const osp_service *service = task->services;
    while (service != NULL && service->key != NULL) {
        if (service->key == key) {
            return service->value;
        }
        service++;
    }
    return NULL;
}

osp_status osp_task_fail_at(osp_task *task, osp_status status, const char *file, int line,
                            const char *format, ...)
{
    OSP_ASSERT(status < 0);
    if (task->error.status == OSP_OK) {
        va_list args;
        va_start(args, format);
        (void)osp_error_set_va(&task->error, status, file, line, format, args);
        va_end(args);
        task->place = NULL;
    }
    return status;
}

void osp_task_fail_here(osp_task *task, osp_status status, const osp_error *cause,
                        const osp_place *here)
{
    if (task->error.status != OSP_OK) {
        return;
    }
    if (cause->status != OSP_OK) {
        (void)osp_task_fail_at(task, status, cause->file, cause->line, "%s", cause->message);
    } else {
        (void)osp_task_fail(task, status, "%s", osp_status_text(status));
    }
    task->place = here;
}

/* ---------------------------------------------------------------- memory */

/* A failure of a call that the application made at `here`; as osp_task_fail, the first one stays.
 */
#define FAIL_HERE(task, here, why, ...)                                                            \
    do {                                                                                           \
        if ((task)->error.status == OSP_OK) {                                                      \
            (void)osp_task_fail((task), (why), __VA_ARGS__);                                       \
            (task)->place = (here);                                                                \
        }                                                                                          \
    } while (0)

__attribute__((cold, noinline)) static void fail_memory(osp_task *task, const osp_place *here,
                                                        size_t size)
{
    if (osp_arena_why(task->arena, size) == OSP_E_LIMIT) {
        FAIL_HERE(task, here, OSP_E_LIMIT, "the task may use at most %zu bytes of memory",
                  task->arena->bytes_max);
    } else {
        FAIL_HERE(task, here, OSP_E_NOMEM, "out of memory for %zu bytes", size);
    }
}

/* From the arena, not zeroed; a failure is remembered. */
static void *take(osp_task *task, const osp_place *here, size_t size)
{
    void *piece = osp_arena_try(task->arena, size);
    if (piece == NULL) {
        fail_memory(task, here, size);
    }
    return piece;
}

void *osp_task_alloc_at(osp_task *task, const osp_place *here, size_t size)
{
    void *piece = osp_arena_zalloc(task->arena, size);
    if (piece == NULL) {
        fail_memory(task, here, size);
    }
    return piece;
}

void *osp_task_alloc_array_at(osp_task *task, const osp_place *here, size_t size, size_t count)
{
    size_t total;
    if (!osp_size_mul(size, count, &total)) {
        FAIL_HERE(task, here, OSP_E_LIMIT, "no memory has room for %zu items", count);
        return NULL;
    }
    return osp_task_alloc_at(task, here, total);
}

osp_str osp_task_copy_at(osp_task *task, const osp_place *here, osp_str s)
{
    size_t size;
    if (!osp_size_add(s.len, 1, &size)) {
        FAIL_HERE(task, here, OSP_E_LIMIT, "no memory has room for %zu bytes", s.len);
        return (osp_str){ NULL, 0 };
    }
    char *copy = take(task, here, size);
    if (copy == NULL) {
        return (osp_str){ NULL, 0 };
    }
    if (s.len != 0) {
        memcpy(copy, s.ptr, s.len);
    }
    copy[s.len] = '\0';
    return (osp_str){ copy, s.len };
}

osp_str osp_task_format_at(osp_task *task, const osp_place *here, const char *format, ...)
{
    char text[FORMAT_ONCE];
    osp_str ret = { NULL, 0 };
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    const int len = vsnprintf(text, sizeof(text), format, args);
    if (len < 0) {
        FAIL_HERE(task, here, OSP_E_INVALID, "a text cannot be formatted");
    } else if ((size_t)len < sizeof(text)) {
        ret = osp_task_copy_at(task, here, (osp_str){ text, (size_t)len });
    } else {
        char *piece = take(task, here, (size_t)len + 1);
        if (piece != NULL) {
            (void)vsnprintf(piece, (size_t)len + 1, format, again);
            ret = (osp_str){ piece, (size_t)len };
        }
    }
    va_end(again);
    va_end(args);
    return ret;
}

osp_str osp_task_time_format_at(osp_task *task, const osp_place *here, int64_t us)
{
    char text[OSP_TIME_LEN];
    if (osp_time_write(us, text) != OSP_OK) {
        FAIL_HERE(task, here, OSP_E_INVALID, "a time is not in the years 0 to 9999");
        return (osp_str){ NULL, 0 };
    }
    return osp_task_copy_at(task, here, (osp_str){ text, sizeof(text) });
}

osp_status osp_task_defer_at(osp_task *task, const osp_place *here, void (*fn)(void *arg),
                             void *arg)
{
    const osp_status status = osp_arena_defer(task->arena, fn, arg);
    if (status != OSP_OK) {
        /* A cleanup is a link and two pointers. */
        fail_memory(task, here, 3 * sizeof(void *));
    }
    return status;
}

/* ---------------------------------------------------------------- the lock */

static void forget_waiter(osp_task_lock *lock, osp_task *task)
{
    osp_task *before = NULL;
    for (osp_task *at = lock->first; at != task; at = at->next_waiter) {
        before = at;
    }
    *(before != NULL ? &before->next_waiter : &lock->first) = task->next_waiter;
    lock->last = lock->last == task ? before : lock->last;
    task->next_waiter = NULL;
}

osp_status osp_task_lock_take(osp_task_lock *lock, osp_task *task)
{
    OSP_ASSERT(lock->owner != task);
    if (lock->owner == NULL) {
        lock->owner = task;
        return OSP_OK;
    }
    if (task->waits == NULL) {
        return OSP_E_BUSY;
    }
    OSP_ASSERT(task->next_waiter == NULL && lock->last != task);
    if (lock->last == NULL) {
        lock->first = task;
    } else {
        lock->last->next_waiter = task;
    }
    lock->last = task;
    /* Something else may wake the task too; only being the owner ends the wait well. */
    while (lock->owner != task) {
        if (osp_task_waits_for(lock->owner, task)) {
            forget_waiter(lock, task);
            return OSP_E_BUSY;
        }
        task->waits->park(task);
    }
    return OSP_OK;
}

void osp_task_lock_give(osp_task_lock *lock, osp_task *task)
{
    OSP_ASSERT(lock->owner == task);
    osp_task *next = lock->first;
    lock->owner = next;
    if (next == NULL) {
        return;
    }
    lock->first = next->next_waiter;
    lock->last = lock->first == NULL ? NULL : lock->last;
    next->next_waiter = NULL;
    next->waits->wake(next);
}

osp_status osp_task_recover(osp_task *task)
{
    const osp_status status = task->error.status;
    task->error = (osp_error){ 0 };
    return status;
}
