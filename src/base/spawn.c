/* Tasks beside a task, and what they have to do with each other.
 *
 *     parent --osp_spawn--> NEW --a fiber--> RUNNING --> ENDED --osp_join--> status, cause
 *                            +--none, in osp_join--> HERE --^
 *
 * What is done HERE is done by the parent: by its task, on its stack, in its arena.
 *
 * A parent ends after its children, so what they were given may be the parent's; but each has an
 * arena of its own, because work that was offloaded for one task allocates while others run.  Those
 * last as long as the parent's, where the children themselves are: results need no copy.
 *
 * The first child that fails cancels the others, and its failure is what the parent hears of: from
 * whichever of them it joins, and at its own end of what it has not joined.
 *
 * A parent that waits for its children holds what it holds, such as a lock.  Who waits for that and
 * is waited for is told so (osp_task_waits_for): each time a parent begins to wait all below it
 * look again.
 *
 * Rejected: tasks that outlive their request (nobody knows for how long, and nobody hears how they
 * end; osp_after does one thing for that), and one arena for all of them (see above). */
#include "base/trace.h"

enum child_state { CHILD_NEW, CHILD_RUNNING, CHILD_HERE, CHILD_ENDED };

static osp_child *child_of(osp_task *task)
{
    return OSP_CONTAINER_OF(task, osp_child, task);
}

bool osp_task_waits_for(const osp_task *task, const osp_task *other)
{
    while (other->kin != NULL && other->kin->parent != NULL && other->kin->parent->kin->joins) {
        other = other->kin->parent;
        if (other == task) {
            return true;
        }
    }
    return false;
}

/* Lets all below a task look at what they wait for. */
static void wake_below(const osp_kin *kin)
{
    for (osp_child *child = kin->first; child != NULL; child = child->next) {
        if (child->state == CHILD_RUNNING) {
            wake_below(&child->kin);
            child->task.waits->wake(&child->task);
        }
    }
}

/* Those that have children pass it on when they wake. */
static void cancel_all(const osp_kin *kin)
{
    for (osp_child *child = kin->first; child != NULL; child = child->next) {
        if (child->state == CHILD_RUNNING && !child->task.cancelled) {
            osp_task_cancel(&child->task);
            child->task.waits->wake(&child->task);
        }
    }
}

/* ---------------------------------------------------------------- the child */

static void end(osp_child *child, osp_status status)
{
    osp_task *parent = child->kin.parent;
    osp_kin *kin = parent->kin;
    child->status = status;
    child->state = CHILD_ENDED;
    if (status < 0 && kin->failed == NULL) {
        kin->failed = child;
        cancel_all(kin);
    }
}

static void run(void *arg)
{
    osp_child *child = arg;
    osp_task *task = &child->task;
    osp_task *parent = child->kin.parent;
    osp_status status = OSP_E_CANCELLED;
    if (!task->cancelled) {
        const osp_place place = { child->def->file, child->def->line };
        const uint32_t span = osp_span_begin(task, OSP_SPAN_TASK, child->def->name, &place);
        status = osp_task_settle(task, child->def->call(task, child->arg));
        status = status >= 0 && task->error.status < 0 ? task->error.status : status;
        osp_span_end(task, span, status);
    }
    end(child, status);
    if (parent->kin->joins) {
        parent->waits->wake(parent);
    }
}

/* There was nobody else to do it. */
static void run_here(osp_task *task, osp_child *child)
{
    const bool wanted = task->kin->failed == NULL && !task->cancelled;
    child->state = CHILD_HERE;
    end(child, wanted ? child->def->call(task, child->arg) : OSP_E_CANCELLED);
}

static void drop_arena(void *arg)
{
    osp_arena_done(arg);
}

/* Its memory, all of it the parent's. */
static osp_child *child_new(osp_task *task, const osp_place *here)
{
    osp_kin *kin = task->kin;
    if (kin == NULL) {
        const osp_status before = task->error.status; /* maybe one that could not be spawned */
        kin = osp_task_alloc_at(task, here, sizeof *kin);
        task->kin = kin;
        if (kin != NULL) {
            kin->unborn = before;
        }
    }
    if (kin != NULL && (kin->count >= OSP_CHILDREN_MAX || kin->depth >= OSP_SPAWN_DEPTH_MAX)) {
        osp_error cause = { 0 };
        (void)osp_error_set(
            &cause, OSP_E_LIMIT,
            kin->count >= OSP_CHILDREN_MAX ? "a task may have at most %d others beside it"
                                           : "at most %d tasks may spawn within each other",
            kin->count >= OSP_CHILDREN_MAX ? OSP_CHILDREN_MAX : OSP_SPAWN_DEPTH_MAX);
        osp_task_fail_here(task, OSP_E_LIMIT, &cause, here);
        return NULL;
    }
    osp_child *child = kin != NULL ? osp_task_alloc_at(task, here, sizeof *child) : NULL;
    if (child == NULL) {
        return NULL;
    }
    osp_arena_init(&child->arena, NULL, 0, task->arena->bytes_max);
    return osp_task_defer_at(task, here, drop_arena, &child->arena) == OSP_OK ? child : NULL;
}

osp_task *osp_task_spawn_at(osp_task *task, const osp_place *here, const osp_task_def *def,
                            void *arg)
{
    osp_child *child = child_new(task, here);
    osp_kin *kin = task->kin;
    if (child == NULL) {
        if (kin != NULL) {
            kin->unborn = task->error.status;
        }
        return NULL;
    }
    osp_task_init(&child->task, &child->arena);
    child->task.services = task->services;
    child->task.deadline_us = task->deadline_us;
    child->task.kin = &child->kin;
    child->kin.parent = task;
    child->kin.depth = kin->depth + 1;
    child->def = def;
    child->arg = arg;
    child->here = here;
    *(kin->last != NULL ? &kin->last->next : &kin->first) = child;
    kin->last = child;
    kin->count++;
    /* A task that is cancelled, or whose children are, begins nothing. */
    if (task->waits != NULL && kin->failed == NULL && !task->cancelled &&
        task->waits->spawn(task, &child->task, run, child) == OSP_OK) {
        child->state = CHILD_RUNNING;
    }
    return &child->task;
}

/* ---------------------------------------------------------------- the parent */

/* Waits once, for any child, but no longer than the task's own deadline. */
static void wait_once(osp_task *task)
{
    osp_kin *kin = task->kin;
    const bool late = task->deadline_us != 0 && task->deadline_us <= osp_task_now_us(task);
    if (late || task->cancelled) {
        cancel_all(kin);
    }
    kin->joins = true;
    wake_below(kin);
    if (late || task->cancelled || task->deadline_us == 0 ||
        task->waits->park_until(task, task->deadline_us) == OSP_E_NOMEM) {
        task->waits->park(task);
    }
    kin->joins = false;
}

static void await(osp_task *task, osp_child *child)
{
    if (child->state == CHILD_NEW) {
        run_here(task, child);
    }
    while (child->state == CHILD_RUNNING) {
        wait_once(task);
    }
}

/* All but those that are being done here, who may be asking. */
static void await_all(osp_task *task)
{
    osp_kin *kin = task->kin;
    for (osp_child *child = kin->first; child != NULL; child = child->next) {
        await(task, child);
    }
    osp_child *ended = kin->first;
    kin->first = kin->last = NULL;
    for (; ended != NULL; ended = ended->next) {
        if (ended->state == CHILD_HERE) {
            *(kin->last != NULL ? &kin->last->next : &kin->first) = ended;
            kin->last = ended;
        }
    }
    if (kin->last != NULL) {
        kin->last->next = NULL;
    }
}

/* What the parent hears of a child that has ended; its words become the parent's. */
static osp_status hear(osp_task *task, const osp_child *child)
{
    const osp_task *from = &child->task;
    if (child->status < 0 && from->error.status != OSP_OK) {
        osp_task_fail_here(task, from->error.status, &from->error,
                           from->place != NULL ? from->place : child->here);
    }
    return child->status;
}

/* The failure that made a child fail, or be cancelled: that of another, or of the task itself. */
static osp_status blame(osp_task *task, const osp_child *child)
{
    const osp_child *failed = task->kin->failed;
    if (child->status != OSP_E_CANCELLED) {
        return hear(task, child);
    }
    if (!task->cancelled && task->deadline_us != 0 && task->deadline_us <= osp_task_now_us(task)) {
        return OSP_E_DEADLINE;
    }
    return failed != NULL ? hear(task, failed) : OSP_E_CANCELLED;
}

osp_status osp_task_join(osp_task *task, osp_task *joined)
{
    if (joined == NULL) {
        return task->error.status != OSP_OK ? task->error.status : OSP_E_NOMEM;
    }
    osp_child *child = child_of(joined);
    OSP_ASSERT(child->kin.parent == task);
    await(task, child);
    return child->status < 0 ? blame(task, child) : child->status;
}

osp_status osp_task_join_all(osp_task *task)
{
    osp_kin *kin = task->kin;
    if (kin == NULL) {
        return task->error.status; /* maybe of the first child, which could not be spawned */
    }
    await_all(task);
    const osp_status status = kin->failed != NULL ? blame(task, kin->failed) : kin->unborn;
    kin->failed = NULL; /* told of: others may be spawned */
    kin->unborn = OSP_OK;
    return status;
}

osp_status osp_task_settle(osp_task *task, osp_status status)
{
    osp_kin *kin = task->kin;
    if (kin == NULL || kin->first == NULL) {
        return status;
    }
    if (status >= 0) {
        const osp_status joined = osp_task_join_all(task);
        return joined < 0 ? joined : status;
    }
    cancel_all(kin);
    for (osp_child *child = kin->first; child != NULL; child = child->next) {
        if (child->state == CHILD_NEW) {
            end(child, OSP_E_CANCELLED);
        }
    }
    await_all(task);
    kin->failed = NULL;
    return status;
}

/* ---------------------------------------------------------------- deadlines */

osp_within osp_task_within_enter(osp_task *task, int64_t ms)
{
    const osp_within within = { task, task->deadline_us, true };
    const int64_t now_us = osp_task_now_us(task);
    const int64_t left_ms = ms > 0 ? ms : 0;
    int64_t at_us = INT64_MAX;
    if (left_ms < (INT64_MAX - now_us) / 1000) {
        at_us = now_us + left_ms * 1000;
    }
    if (task->deadline_us == 0 || at_us < task->deadline_us) {
        task->deadline_us = at_us;
    }
    return within;
}

void osp_task_within_leave(osp_within *within)
{
    within->task->deadline_us = within->outer_us;
}

int64_t osp_task_time_left_ms(const osp_task *task)
{
    if (task->deadline_us == 0) {
        return INT64_MAX;
    }
    const int64_t left_us = task->deadline_us - osp_task_now_us(task);
    return left_us > 0 ? left_us / 1000 : 0;
}

bool osp_task_cancelled(const osp_task *task)
{
    return osp_task_is_cancelled(task);
}
