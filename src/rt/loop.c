/* The event loop of one thread.
 *
 *     turn:  epoll_pwait -> clock -> events -> timers -> posts -> deferred -> turn(arg)
 *
 * Sockets are edge-triggered: the loop only says that something happened, the owner reads until
 * there is nothing.  The kernel carries the address of the osp_watch, so a removal must also strike
 * the watch from the batch that is being dispatched: its memory may be gone when the batch gets
 * there.
 *
 * Posts from other threads go on a lock-free stack.  Only the post that finds it empty writes to
 * the eventfd, so that a thousand completions cost one wake-up; the loop takes the whole stack at
 * once and turns it round.  The eventfd is edge-triggered too and never read: every write is an
 * edge.
 *
 * A round is all sockets that were ready at one time: a turn, or several when there were more than
 * a turn takes.  Then a mark is put behind them, an eventfd: the kernel tells of sockets in the
 * order in which they became ready, so when the mark comes all of the round have had their turn.
 * The length of a round is looked at after every few events, so that a turn of one costs nothing.
 *
 * Invariants: everything but osp_loop_post and osp_loop_stop belongs to the loop's thread; time is
 * read once a turn.  Cost: one system call a turn, one atomic load for the posts.
 * Sources: epoll(7), eventfd(2). */
#include "rt/loop.h"
#include "base/time.h"
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* Deferred posts may defer again; so often before sockets get their turn. */
#define LOOP_DEFER_ROUNDS 16
#define LOOP_EVENTS 512
#define LOOP_LOOK 8       /* events between two looks at the clock */
#define LOOP_UNIX_US 1000 /* between two looks at Unix time, which has the kernel's ticks */

struct osp_loop {
    int epoll_fd;
    osp_watch wake; /* an eventfd, edge-triggered and never read */
    int64_t now_us, unix_s;
    int64_t unix_read_us;   /* when unix_s was read */
    int64_t held_us;        /* what the clock says instead of the machine's; 0: nothing */
    int64_t held_behind_us; /* Unix time less that, since it is held */
    int64_t round_began_us;
    int64_t round_us, last_round_us; /* how long it took up to now; and the one before */
    osp_watch mark;                  /* an eventfd, edge-triggered and never read */
    bool marked;                     /* it stands behind what the round has not come to */
    osp_timers timers;
    _Atomic(osp_post *) posts; /* from other threads, newest first */
    osp_post *deferred;        /* from this thread, oldest first */
    osp_post **deferred_end;
    void (*turn)(void *arg);
    void *turn_arg;
    _Atomic bool stopped;
    bool running;
    size_t event_at, event_count; /* the batch that is being dispatched */
    struct epoll_event events[LOOP_EVENTS];
};

int64_t osp_loop_clock_us(const osp_loop *loop)
{
    return loop->held_us != 0 ? loop->held_us : osp_monotonic_us();
}

void osp_loop_hold_clock(osp_loop *loop, int64_t at_us)
{
    OSP_ASSERT(at_us == 0 || at_us >= loop->now_us);
    if (loop->held_us == 0) {
        loop->held_behind_us = osp_now_us() - at_us;
    }
    loop->held_us = at_us;
}

static void clock_read(osp_loop *loop)
{
    struct timespec now;

    loop->now_us = osp_loop_clock_us(loop);
    if (loop->held_us != 0) {
        loop->unix_s = (loop->held_us + loop->held_behind_us) / 1000000;
        loop->unix_read_us = 0;
        return;
    }
    if (loop->now_us - loop->unix_read_us >= LOOP_UNIX_US) {
        OSP_ASSERT(clock_gettime(CLOCK_REALTIME_COARSE, &now) == 0);
        loop->unix_s = (int64_t)now.tv_sec;
        loop->unix_read_us = loop->now_us;
    }
}

/* The turn itself looks at posts and at `stopped`. */
static void woken(osp_watch *watch, uint32_t events)
{
    (void)watch, (void)events;
}

static void raise_event(int fd)
{
    const uint64_t one = 1;
    const int error = errno; /* May be called by a signal handler. */
    ssize_t written;

    do {
        written = write(fd, &one, sizeof(one));
    } while (written < 0 && errno == EINTR);
    OSP_ASSERT(written == (ssize_t)sizeof(one));
    errno = error;
}

static void wake(osp_loop *loop)
{
    raise_event(loop->wake.fd);
}

static void round_ends(osp_watch *mark, uint32_t events)
{
    (void)events;
    OSP_CONTAINER_OF(mark, osp_loop, mark)->marked = false;
}

osp_loop *osp_loop_new(osp_error *err)
{
    osp_loop *loop = calloc(1, sizeof(*loop));

    if (loop == NULL) {
        osp_error_set(err, OSP_E_NOMEM, "no memory for an event loop");
        return NULL;
    }
    loop->deferred_end = &loop->deferred;
    loop->wake.ready = woken;
    loop->wake.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->mark.ready = round_ends;
    loop->mark.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->wake.fd < 0 || loop->mark.fd < 0 || loop->epoll_fd < 0 ||
        osp_loop_add(loop, &loop->wake, EPOLLIN | EPOLLET) != OSP_OK ||
        osp_loop_add(loop, &loop->mark, EPOLLIN | EPOLLET) != OSP_OK) {
        osp_error_set(err, OSP_E_IO, "cannot make an event loop: %s", strerrordesc_np(errno));
        osp_loop_free(loop);
        return NULL;
    }
    clock_read(loop);
    return loop;
}

void osp_loop_free(osp_loop *loop)
{
    if (loop == NULL) {
        return;
    }
    OSP_ASSERT(!loop->running);
    if (loop->epoll_fd >= 0) {
        close(loop->epoll_fd);
    }
    if (loop->wake.fd >= 0) {
        close(loop->wake.fd);
    }
    if (loop->mark.fd >= 0) {
        close(loop->mark.fd);
    }
    osp_timers_done(&loop->timers);
    free(loop);
}

void osp_loop_stop(osp_loop *loop)
{
    atomic_store(&loop->stopped, true);
    wake(loop);
}

void osp_loop_on_turn(osp_loop *loop, void (*turn)(void *arg), void *arg)
{
    loop->turn = turn;
    loop->turn_arg = arg;
}

int64_t osp_loop_now_us(const osp_loop *loop)
{
    return loop->now_us;
}

int64_t osp_loop_unix_s(const osp_loop *loop)
{
    return loop->unix_s;
}

static osp_status control(osp_loop *loop, int operation, osp_watch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };

    OSP_ASSERT(watch->ready != NULL);
    return epoll_ctl(loop->epoll_fd, operation, watch->fd, &event) == 0 ? OSP_OK : OSP_E_IO;
}

osp_status osp_loop_add(osp_loop *loop, osp_watch *watch, uint32_t events)
{
    return control(loop, EPOLL_CTL_ADD, watch, events);
}

osp_status osp_loop_again(osp_loop *loop, osp_watch *watch, uint32_t events)
{
    return control(loop, EPOLL_CTL_MOD, watch, events);
}

void osp_loop_remove(osp_loop *loop, osp_watch *watch)
{
    /* Failing means that the descriptor was closed first and may be another one by now. */
    OSP_ASSERT(epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL) == 0);
    for (size_t i = loop->event_at; i < loop->event_count; i++) {
        if (loop->events[i].data.ptr == watch) {
            loop->events[i].data.ptr = NULL;
        }
    }
}

osp_status osp_loop_timer(osp_loop *loop, osp_timer *timer, int64_t at_us)
{
    return osp_timers_set(&loop->timers, timer, at_us);
}

void osp_loop_timer_cancel(osp_loop *loop, osp_timer *timer)
{
    osp_timers_cancel(&loop->timers, timer);
}

void osp_loop_post(osp_loop *loop, osp_post *post)
{
    osp_post *first = atomic_load_explicit(&loop->posts, memory_order_relaxed);

    OSP_ASSERT(post->run != NULL);
    do {
        post->next = first;
    } while (!atomic_compare_exchange_weak_explicit(&loop->posts, &first, post,
                                                    memory_order_release, memory_order_relaxed));
    /* From here on `post` may have run and be gone. */
    if (first == NULL) {
        wake(loop);
    }
}

void osp_loop_defer(osp_loop *loop, osp_post *post)
{
    OSP_ASSERT(post->run != NULL);
    OSP_ASSERT(*loop->deferred_end == NULL);
    post->next = NULL;
    *loop->deferred_end = post;
    loop->deferred_end = &post->next;
}

static void run_list(osp_post *post)
{
    while (post != NULL) {
        osp_post *next = post->next; /* The post may be gone once it ran. */
        post->run(post);
        post = next;
    }
}

static void run_posts(osp_loop *loop)
{
    osp_post *newest, *oldest = NULL;

    if (atomic_load_explicit(&loop->posts, memory_order_relaxed) == NULL) {
        return;
    }
    newest = atomic_exchange_explicit(&loop->posts, NULL, memory_order_acquire);
    while (newest != NULL) {
        osp_post *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    run_list(oldest);
}

static void run_deferred(osp_loop *loop)
{
    for (int round = 0; round < LOOP_DEFER_ROUNDS && loop->deferred != NULL; round++) {
        osp_post *first = loop->deferred;
        loop->deferred = NULL;
        loop->deferred_end = &loop->deferred;
        run_list(first);
    }
}

/* The time now, or some milliseconds ago, but no earlier than the turn: a tick of the kernel's,
 * which costs a fifth of the time itself. */
static int64_t about_now_us(const osp_loop *loop)
{
    struct timespec tick;

    OSP_ASSERT(clock_gettime(CLOCK_MONOTONIC_COARSE, &tick) == 0);
    const int64_t us = (int64_t)tick.tv_sec * 1000000 + tick.tv_nsec / 1000;
    return us > loop->now_us ? us : loop->now_us;
}

/* Milliseconds until there is something to do, rounded up so that a timer is due when it ends. */
static int timeout_ms(const osp_loop *loop)
{
    const int64_t first_us = osp_timers_first_us(&loop->timers);
    int64_t now_us, wait_us;

    if (loop->deferred != NULL || loop->held_us != 0 || first_us <= loop->now_us) {
        return 0;
    }
    if (first_us == INT64_MAX) {
        return -1;
    }
    now_us = about_now_us(loop); /* The turn itself took time. */
    if (first_us <= now_us) {
        return 0;
    }
    wait_us = first_us - now_us;
    return wait_us / 1000 >= INT_MAX ? INT_MAX : (int)(wait_us / 1000 + (wait_us % 1000 != 0));
}

int64_t osp_loop_behind_us(const osp_loop *loop)
{
    const int64_t lesser_us =
        loop->round_us < loop->last_round_us ? loop->round_us : loop->last_round_us;
    return lesser_us < loop->round_us / 2 ? loop->round_us / 2 : lesser_us;
}

static void round_turn(osp_loop *loop)
{
    if (loop->marked) {
        return;
    }
    loop->last_round_us = loop->round_us;
    loop->round_us = 0;
    loop->round_began_us = loop->now_us;
    if (loop->event_count == LOOP_EVENTS) {
        loop->marked = true;
        raise_event(loop->mark.fd);
    }
}

static osp_status turn(osp_loop *loop)
{
    const int count =
        epoll_pwait(loop->epoll_fd, loop->events, LOOP_EVENTS, timeout_ms(loop), NULL);

    if (count < 0 && errno != EINTR) {
        return OSP_E_IO;
    }
    OSP_ASSERT(loop->event_count == 0); /* no turn inside a turn */
    OSP_ASSERT(count <= LOOP_EVENTS);
    clock_read(loop);
    loop->event_count = count < 0 ? 0 : (size_t)count;
    round_turn(loop);
    for (loop->event_at = 0; loop->event_at < loop->event_count;) {
        const struct epoll_event event = loop->events[loop->event_at++];
        osp_watch *watch = event.data.ptr;
        if (watch != NULL) {
            watch->ready(watch, event.events);
        }
        if (loop->event_at % LOOP_LOOK == 0) {
            loop->round_us = osp_loop_clock_us(loop) - loop->round_began_us;
        }
    }
    loop->event_at = loop->event_count = 0;
    if (osp_timers_first_us(&loop->timers) <= loop->now_us) {
        osp_timers_fire(&loop->timers, loop->now_us);
    }
    run_posts(loop);
    run_deferred(loop);
    if (loop->turn != NULL) {
        loop->turn(loop->turn_arg);
    }
    return OSP_OK;
}

/* Mostly there is none, and a look costs less than an exchange. */
static inline bool take_stop(osp_loop *loop)
{
    return atomic_load_explicit(&loop->stopped, memory_order_relaxed) &&
           atomic_exchange(&loop->stopped, false);
}

osp_status osp_loop_run(osp_loop *loop)
{
    osp_status status = OSP_OK;

    OSP_ASSERT(!loop->running);
    loop->running = true;
    while (status == OSP_OK && !take_stop(loop)) {
        status = turn(loop);
    }
    loop->running = false;
    return status;
}
