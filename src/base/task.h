/* What every wait goes through.
 *
 * A task is a piece of straight-line work.  It knows its arena, its deadline, and the table of wait
 * functions of whoever schedules it.  Without a table every wait runs inline, in the calling
 * thread: tests, tools and foreign event loops need no scheduler. */
#ifndef OSP_BASE_TASK_H
#define OSP_BASE_TASK_H

#include <openspeed/concurrency.h>

#include "base/arena.h"
#include "base/time.h"

/* A bounded queue with its own threads; made by rt/offload. */
typedef struct osp_offload osp_offload;

/* How a scheduler lets a task wait.  Each function returns when the wait is over. */
typedef struct osp_waits {
    /* Runs fn(arg) on a thread of `queue`.  Always waits until fn has returned, so that arg may be
     * on the caller's stack.  OSP_OK | OSP_E_BUSY (queue full, fn not run). */
    osp_status (*offload)(osp_task *task, osp_offload *queue, void (*fn)(void *arg), void *arg);
    /* OSP_OK | OSP_E_DEADLINE | OSP_E_CANCELLED */
    osp_status (*sleep)(osp_task *task, int64_t us);
    /* Waits until wake(task). */
    void (*park)(osp_task *task);
    /* Ends the park of a task of the same thread. */
    void (*wake)(osp_task *task);
    /* The same as park, but no longer than until at_us, monotonic.  OSP_OK | OSP_E_DEADLINE |
     * OSP_E_NOMEM (it has not waited) */
    osp_status (*park_until)(osp_task *task, int64_t at_us);
    /* Runs fn(arg) beside `task`, which goes on; `child` is what waits there.  What that takes of
     * memory is of the arena of `task`.  OSP_OK | OSP_E_BUSY (it cannot, fn is not run) |
     * OSP_E_NOMEM */
    osp_status (*spawn)(osp_task *task, osp_task *child, void (*fn)(void *arg), void *arg);
    /* The monotonic clock that the others go by. */
    int64_t (*now_us)(const osp_task *task);
} osp_waits;

/* Things with a longer life that a task can reach: databases, queues.  Keyed by address. */
typedef struct osp_service {
    const void *key;
    void *value;
} osp_service;

typedef struct osp_child osp_child;

/* How a task belongs to others: of one that has or is a child. */
typedef struct osp_kin {
    osp_task *parent;        /* NULL: it is nobody's child */
    osp_child *first, *last; /* its children, in the order of spawning */
    osp_child *failed;       /* the first of them that failed; NULL: none, or it was told of */
    osp_status unborn; /* why a child could not be spawned; OSP_OK: all could, or it was told */
    uint32_t count;    /* of children */
    uint32_t depth;    /* of parents above it */
    bool joins;        /* it waits for children */
} osp_kin;

struct osp_task {
    osp_arena *arena;            /* borrowed until the task ends */
    const osp_waits *waits;      /* static; NULL: waits run inline */
    void *scheduler;             /* of the scheduler that `waits` belongs to */
    const osp_service *services; /* borrowed; ends with a NULL key; NULL: none */
    int64_t deadline_us;         /* monotonic; 0: none */
    osp_task *next_waiter;       /* link of the one wait list this task may be on */
    osp_kin *kin;                /* in its arena, or its own; NULL: it stands alone */
    osp_error error;             /* the sticky failure; status OSP_OK: none */
    const osp_place *place;      /* of a failure: the application's call; NULL: not known */
    bool cancelled;              /* the client went away or the server stops */
    bool refused;                /* the application refuses: an open transaction rolls back */
    bool of_request;             /* an osp_ctx is around it */
    bool shielded;               /* what it does now is not to be cancelled */
    bool cancel_pends;           /* but what follows is */
};

/* What osp_spawn makes. */
struct osp_child {
    osp_task task; /* first */
    osp_kin kin;   /* task.kin */
    osp_arena arena;
    osp_child *next;
    const osp_task_def *def; /* static */
    void *arg;
    const osp_place *here; /* static; where it was spawned */
    osp_status status;     /* once it has ended */
    uint8_t state;         /* of spawn.c */
};
_Static_assert(offsetof(osp_child, task) == 0, "a child is a task");

/* Key of the osp_offload * for password hashing, which is separate from all other queues: a burst
 * of logins must not stop anything else. */
extern const char osp_crypto_queue_key;

/* Starts a task without a scheduler.  arena: borrowed until the task ends. */
static inline void osp_task_init(osp_task *task, osp_arena *arena)
{
    OSP_ASSERT(arena != NULL);
    task->arena = arena;
    task->waits = NULL;
    task->scheduler = NULL;
    task->services = NULL;
    task->deadline_us = 0;
    task->next_waiter = NULL;
    task->kin = NULL;
    task->error.status = OSP_OK; /* the rest of an error is read only when there is one */
    task->error.message[0] = 0;
    task->cancelled = false;
    task->refused = false;
    task->of_request = false;
    task->shielded = false;
    task->cancel_pends = false;
}

/* Whatever failed, was cancelled or refused has been answered for: the task goes on with something
 * else. */
static inline void osp_task_renew(osp_task *task)
{
    task->error.status = OSP_OK;
    task->error.message[0] = 0;
    task->place = NULL;
    task->refused = false;
    __atomic_store_n(&task->cancelled, false, __ATOMIC_RELAXED);
}

/* Marks a task as not wanted any more.  From the task's own thread; offloaded work may look
 * meanwhile. */
static inline void osp_task_cancel(osp_task *task)
{
    if (task->shielded) {
        task->cancel_pends = true;
    } else {
        __atomic_store_n(&task->cancelled, true, __ATOMIC_RELAXED);
    }
}

static inline bool osp_task_is_cancelled(const osp_task *task)
{
    return __atomic_load_n(&task->cancelled, __ATOMIC_RELAXED);
}

/* The clock of the task's waits. */
static inline int64_t osp_task_now_us(const osp_task *task)
{
    return task->waits != NULL ? task->waits->now_us(task) : osp_monotonic_us();
}

/* The end of a piece of work of the task: waits until its children have ended, which are cancelled
 * first where the work has failed.  For tasks that have kin.
 *
 * status    of the work
 * Returns   it, or the failure of a child that nobody has heard of yet.  Yields: yes. */
osp_status osp_task_settle(osp_task *task, osp_status status);

/* The task that all parents lead to. */
static inline osp_task *osp_task_root(osp_task *task)
{
    while (task->kin != NULL && task->kin->parent != NULL) {
        task = task->kin->parent;
    }
    return task;
}

/* Whether `task` cannot go on before `other`, a descendant, has ended. */
bool osp_task_waits_for(const osp_task *task, const osp_task *other);

/* Until osp_task_unshield, waits are not cut short: a clean-up must do its work also when nobody
 * waits for it any more. */
static inline void osp_task_shield(osp_task *task)
{
    OSP_ASSERT(!task->shielded);
    task->shielded = true;
    task->cancel_pends = osp_task_is_cancelled(task);
    __atomic_store_n(&task->cancelled, false, __ATOMIC_RELAXED);
}

static inline void osp_task_unshield(osp_task *task)
{
    OSP_ASSERT(task->shielded);
    task->shielded = false;
    __atomic_store_n(&task->cancelled, task->cancel_pends, __ATOMIC_RELAXED);
}

/* How many there are in front of the NULL key. */
static inline size_t osp_services_count(const osp_service *services)
{
    size_t count = 0;
    while (services != NULL && services[count].key != NULL) {
        count++;
    }
    return count;
}

/* The value of a service, or NULL. */
void *osp_task_service(const osp_task *task, const void *key);

/* Inline without a scheduler; see osp_waits. */
OSP_MUST_CHECK osp_status osp_task_offload(osp_task *task, osp_offload *queue,
                                           void (*fn)(void *arg), void *arg);

/* Remembers the first failure; later ones are ignored.  Returns `status`. */
#define osp_task_fail(task, status, ...)                                                           \
    osp_task_fail_at((task), (status), __FILE__, __LINE__, __VA_ARGS__)
osp_status osp_task_fail_at(osp_task *task, osp_status status, const char *file, int line,
                            const char *format, ...) OSP_PRINTF(5, 6);
/* As osp_task_fail, for a call that the application made at `here`.
 *
 * cause  what is known of the failure, borrowed; without a status its text is that of `status`
 * here   static; NULL: not known */
void osp_task_fail_here(osp_task *task, osp_status status, const osp_error *cause,
                        const osp_place *here);

/* The calls of base.h for OpenSpeed itself, which has no line of the application to name. */
static inline void *osp_task_alloc(osp_task *task, size_t size)
{
    return osp_task_alloc_at(task, NULL, size);
}

static inline void *osp_task_alloc_array(osp_task *task, size_t size, size_t count)
{
    return osp_task_alloc_array_at(task, NULL, size, count);
}

static inline osp_str osp_task_copy(osp_task *task, osp_str s)
{
    return osp_task_copy_at(task, NULL, s);
}

/* A fair lock between tasks of one thread: first come, first served. */
typedef struct osp_task_lock {
    osp_task *owner;
    osp_task *first, *last; /* waiting, in order */
} osp_task_lock;

/* Takes the lock.  OSP_OK | OSP_E_BUSY: held, and the task has no scheduler to wait with or the
 * owner waits for the task to end. */
OSP_MUST_CHECK osp_status osp_task_lock_take(osp_task_lock *lock, osp_task *task);
/* Hands the lock to the next waiter, or frees it. */
void osp_task_lock_give(osp_task_lock *lock, osp_task *task);

#endif
