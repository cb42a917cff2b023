/* Jobs that must not run on the loop: blocking libraries, password hashes.
 *
 *     loop: submit -> [ queue, at most queue_max ] -> thread: fn(arg) -> loop: done
 *
 * Each kind of work has its own queue, so that slow files do not hold up fast hashes.  The job lies
 * on the stack of the fiber that waits for it, which is why that wait has no way out but fn's end.
 *
 * Invariants: first come, first served; a job is touched by one side at a time, and handed over by
 * the mutex on the way in and by the loop's posts on the way out.  Completions batch by themselves:
 * only the post that finds the loop's stack empty wakes the loop.
 * Cost: one lock and at most one signal a job, one eventfd write a batch.  A thread starts when a
 * job finds none idle.  Rejected: growing the number of threads (the limit is the point). */
#include "rt/offload.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#define OFFLOAD_QUEUE_DEFAULT 1024
#define OFFLOAD_STACK_DEFAULT ((size_t)512 * 1024)
#define OFFLOAD_NAME_SIZE 16 /* of the kernel */

struct osp_offload {
    osp_offload_options options;
    pthread_mutex_t mutex;
    pthread_cond_t some;           /* a job or the end */
    osp_offload_job *first, **end; /* waiting, oldest first */
    size_t waiting, idle, started;
    bool stopping;
    pthread_t *threads;
};

static void lock(osp_offload *queue)
{
    OSP_ASSERT(pthread_mutex_lock(&queue->mutex) == 0);
}

static void unlock(osp_offload *queue)
{
    OSP_ASSERT(pthread_mutex_unlock(&queue->mutex) == 0);
}

osp_offload *osp_offload_new(osp_offload_options options, osp_error *err)
{
    osp_offload *queue = calloc(1, sizeof(*queue));

    options.threads = options.threads != 0 ? options.threads : 1;
    options.queue_max = options.queue_max != 0 ? options.queue_max : OFFLOAD_QUEUE_DEFAULT;
    options.stack_size = options.stack_size != 0 ? options.stack_size : OFFLOAD_STACK_DEFAULT;
    if (queue == NULL || (queue->threads = calloc(options.threads, sizeof(pthread_t))) == NULL) {
        osp_error_set(err, OSP_E_NOMEM, "no memory for an offload queue");
        free(queue);
        return NULL;
    }
    queue->options = options;
    queue->end = &queue->first;
    OSP_ASSERT(pthread_mutex_init(&queue->mutex, NULL) == 0);
    OSP_ASSERT(pthread_cond_init(&queue->some, NULL) == 0);
    return queue;
}

void osp_offload_free(osp_offload *queue)
{
    if (queue == NULL) {
        return;
    }
    lock(queue);
    OSP_ASSERT(queue->started <= queue->options.threads);
    queue->stopping = true;
    OSP_ASSERT(pthread_cond_broadcast(&queue->some) == 0);
    unlock(queue);
    for (size_t i = 0; i < queue->started; i++) {
        OSP_ASSERT(pthread_join(queue->threads[i], NULL) == 0);
    }
    OSP_ASSERT(pthread_cond_destroy(&queue->some) == 0);
    OSP_ASSERT(pthread_mutex_destroy(&queue->mutex) == 0);
    free(queue->threads);
    free(queue);
}

static void *work(void *arg)
{
    osp_offload *queue = arg;

    lock(queue);
    for (;;) {
        osp_offload_job *job = queue->first;
        if (job == NULL) {
            if (queue->stopping) {
                break;
            }
            queue->idle++;
            OSP_ASSERT(pthread_cond_wait(&queue->some, &queue->mutex) == 0);
            queue->idle--;
            continue;
        }
        queue->first = job->next;
        if (queue->first == NULL) {
            queue->end = &queue->first;
        }
        OSP_ASSERT(queue->waiting > 0);
        queue->waiting--;
        unlock(queue);
        job->fn(job->arg);
        osp_loop_post(job->loop, &job->done); /* The job is gone from here on. */
        lock(queue);
    }
    unlock(queue);
    return NULL;
}

/* Signals are for the loop's thread; but a crash here must reach the crash handler too. */
static void block_signals(sigset_t *ret_old)
{
    static const int synchronous[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS };
    sigset_t all;

    sigfillset(&all);
    for (size_t i = 0; i < OSP_ARRAY_LEN(synchronous); i++) {
        sigdelset(&all, synchronous[i]);
    }
    OSP_ASSERT(pthread_sigmask(SIG_SETMASK, &all, ret_old) == 0);
}

/* One more thread, under the lock.  Without one more, those that run go on. */
static void start_thread(osp_offload *queue)
{
    pthread_t *thread = &queue->threads[queue->started];
    pthread_attr_t attributes;
    sigset_t old;

    if (pthread_attr_init(&attributes) != 0) {
        return;
    }
    block_signals(&old);
    if (pthread_attr_setstacksize(&attributes, queue->options.stack_size) == 0 &&
        pthread_create(thread, &attributes, work, queue) == 0) {
        queue->started++;
        if (queue->options.name != NULL) {
            char name[OFFLOAD_NAME_SIZE] = { 0 };
            for (size_t i = 0; i + 1 < sizeof(name) && queue->options.name[i] != '\0'; i++) {
                name[i] = queue->options.name[i];
            }
            (void)pthread_setname_np(*thread, name);
        }
    }
    OSP_ASSERT(pthread_sigmask(SIG_SETMASK, &old, NULL) == 0);
    (void)pthread_attr_destroy(&attributes);
}

osp_status osp_offload_submit(osp_offload *queue, osp_offload_job *job)
{
    OSP_ASSERT(job->fn != NULL);
    OSP_ASSERT(job->done.run != NULL);
    OSP_ASSERT(job->loop != NULL);
    lock(queue);
    OSP_ASSERT(!queue->stopping);
    if (queue->waiting >= queue->options.queue_max) {
        unlock(queue);
        return OSP_E_BUSY;
    }
    /* Those idle may be fewer than the jobs that already woke them. */
    if (queue->idle <= queue->waiting && queue->started < queue->options.threads) {
        start_thread(queue);
    }
    if (queue->started == 0) {
        unlock(queue);
        return OSP_E_BUSY;
    }
    OSP_ASSERT(*queue->end == NULL);
    job->next = NULL;
    *queue->end = job;
    queue->end = &job->next;
    queue->waiting++;
    const bool sleeps = queue->idle != 0;
    unlock(queue);
    if (sleeps) { /* not under the lock, which is the first thing that who wakes wants */
        OSP_ASSERT(pthread_cond_signal(&queue->some) == 0);
    }
    return OSP_OK;
}
