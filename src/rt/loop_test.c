/* The loop: events and their removal, timers, posts of other threads, deferred posts. */
#include "rt/loop.h"
#include "tests/unit/unit.h"
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <unistd.h>

#define PIPES 8
#define TIMERS 1000
#define POSTS_PER_THREAD 5000
#define THREADS 4

typedef struct world {
    osp_loop *loop;
    int count, turns, turns_max;
} world;

static world *new_world(void)
{
    world *w = calloc(1, sizeof(*w));

    OSP_CHECK(w != NULL);
    w->loop = osp_loop_new(NULL);
    OSP_CHECK(w->loop != NULL);
    return w;
}

static void free_world(world *w)
{
    osp_loop_free(w->loop);
    free(w);
}

static void stop_after(void *arg)
{
    world *w = arg;

    if (++w->turns >= w->turns_max) {
        osp_loop_stop(w->loop);
    }
}

static void run_turns(world *w, int turns)
{
    w->turns = 0;
    w->turns_max = turns;
    osp_loop_on_turn(w->loop, stop_after, w);
    OSP_CHECK(osp_loop_run(w->loop) == OSP_OK);
    osp_loop_on_turn(w->loop, NULL, NULL);
}

/* ---------------------------------------------------------------- events */

typedef struct watched {
    osp_watch watch;
    world *w;
    struct watched *all; /* those to remove when this one is ready; NULL: none */
    uint32_t events;
    int fds[2], ran;
} watched;

static void on_ready(osp_watch *watch, uint32_t events)
{
    watched *my = OSP_CONTAINER_OF(watch, watched, watch);

    my->events |= events;
    my->ran++;
    my->w->count++;
    for (size_t i = 0; my->all != NULL && i < PIPES; i++) {
        /* What the memory of a removed watch holds must not matter: here it is freed or reused. */
        osp_loop_remove(my->w->loop, &my->all[i].watch);
        my->all[i].watch.ready = NULL;
    }
}

static void open_pipe(world *w, watched *my, uint32_t events)
{
    OSP_CHECK(pipe(my->fds) == 0);
    my->w = w;
    my->watch = (osp_watch){ .ready = on_ready, .fd = my->fds[0] };
    OSP_CHECK(osp_loop_add(w->loop, &my->watch, events) == OSP_OK);
}

static void close_pipe(watched *my)
{
    close(my->fds[0]);
    close(my->fds[1]);
}

static void nothing(osp_timer *timer)
{
    (void)timer;
}

OSP_UNIT_TEST(loop_edge, "an edge is told once, and again when more comes")
{
    world *w = new_world();
    watched my = { 0 };
    osp_timer timer = { .fire = nothing };

    open_pipe(w, &my, EPOLLIN | EPOLLET);
    OSP_CHECK(write(my.fds[1], "a", 1) == 1);
    run_turns(w, 1);
    OSP_CHECK(my.ran == 1 && my.events == EPOLLIN);
    OSP_CHECK(osp_loop_timer(w->loop, &timer, 0) == OSP_OK); /* so that the turn does not wait */
    run_turns(w, 1);
    OSP_CHECK(my.ran == 1);
    OSP_CHECK(write(my.fds[1], "b", 1) == 1);
    run_turns(w, 1);
    OSP_CHECK(my.ran == 2);
    osp_loop_remove(w->loop, &my.watch);
    close_pipe(&my);
    free_world(w);
}

OSP_UNIT_TEST(loop_again, "an edge is told once more to who asks for it")
{
    world *w = new_world();
    watched my = { 0 };

    open_pipe(w, &my, EPOLLIN | EPOLLET);
    OSP_CHECK(write(my.fds[1], "a", 1) == 1);
    for (int turn = 1; turn <= 3; turn++) {
        run_turns(w, 1);
        OSP_CHECK(my.ran == turn);
        OSP_CHECK(osp_loop_again(w->loop, &my.watch, EPOLLIN | EPOLLET) == OSP_OK);
    }
    osp_loop_remove(w->loop, &my.watch);
    OSP_CHECK(osp_loop_again(w->loop, &my.watch, EPOLLIN | EPOLLET) == OSP_E_IO);
    close_pipe(&my);
    free_world(w);
}

OSP_UNIT_TEST(loop_remove, "a removal drops what this turn still holds for the watch")
{
    world *w = new_world();
    watched pipes[PIPES] = { 0 };

    for (size_t i = 0; i < PIPES; i++) {
        open_pipe(w, &pipes[i], EPOLLIN | EPOLLET);
        pipes[i].all = pipes;
        OSP_CHECK(write(pipes[i].fds[1], "a", 1) == 1);
    }
    run_turns(w, 1);
    OSP_CHECK(w->count == 1);
    for (size_t i = 0; i < PIPES; i++) {
        close_pipe(&pipes[i]);
    }
    free_world(w);
}

OSP_UNIT_TEST(loop_add_refused, "what epoll cannot watch is refused")
{
    world *w = new_world();
    osp_watch watch = { .ready = on_ready, .fd = -1 };

    OSP_CHECK(osp_loop_add(w->loop, &watch, EPOLLIN) == OSP_E_IO);
    free_world(w);
}

/* ---------------------------------------------------------------- timers */

typedef struct timed {
    osp_timer timer;
    world *w;
    int64_t *last_us;
    struct timed *cancels;
    int fired;
} timed;

static void on_time(osp_timer *timer)
{
    timed *my = OSP_CONTAINER_OF(timer, timed, timer);

    OSP_CHECK(timer->heap_at == 0);
    OSP_CHECK(timer->at_us <= osp_loop_now_us(my->w->loop));
    OSP_CHECK(timer->at_us >= *my->last_us);
    *my->last_us = timer->at_us;
    my->fired++;
    my->w->count++;
    if (my->cancels != NULL) {
        osp_loop_timer_cancel(my->w->loop, &my->cancels->timer);
    }
}

OSP_UNIT_TEST(loop_timer_order,
              "timers fire in order of time; moved ones at their new, cancelled never")
{
    world *w = new_world();
    static timed all[TIMERS];
    int64_t last_us = 0;
    const int64_t now_us = osp_loop_now_us(w->loop);

    for (size_t i = 0; i < TIMERS; i++) {
        all[i] = (timed){ .timer.fire = on_time, .w = w, .last_us = &last_us };
        OSP_CHECK(osp_loop_timer(w->loop, &all[i].timer, now_us - (int64_t)(i * 7919 % TIMERS)) ==
                  OSP_OK);
    }
    for (size_t i = 0; i < TIMERS; i += 3) { /* up or down in the heap */
        OSP_CHECK(osp_loop_timer(w->loop, &all[i].timer, now_us - (int64_t)(i * 31 % TIMERS)) ==
                  OSP_OK);
    }
    for (size_t i = 1; i < TIMERS; i += 3) {
        osp_loop_timer_cancel(w->loop, &all[i].timer);
        osp_loop_timer_cancel(w->loop, &all[i].timer);
    }
    run_turns(w, 1);
    for (size_t i = 0; i < TIMERS; i++) {
        OSP_CHECK(all[i].fired == (i % 3 != 1));
        OSP_CHECK(all[i].timer.heap_at == 0);
    }
    free_world(w);
}

OSP_UNIT_TEST(loop_timer_cancels, "a timer may cancel another that is due in the same turn")
{
    world *w = new_world();
    int64_t last_us = 0;
    timed b = { .timer.fire = on_time, .w = w, .last_us = &last_us };
    timed a = { .timer.fire = on_time, .w = w, .last_us = &last_us, .cancels = &b };

    OSP_CHECK(osp_loop_timer(w->loop, &b.timer, 2) == OSP_OK);
    OSP_CHECK(osp_loop_timer(w->loop, &a.timer, 1) == OSP_OK);
    run_turns(w, 1);
    OSP_CHECK(a.fired == 1 && b.fired == 0);
    free_world(w);
}

static void again(osp_timer *timer)
{
    timed *my = OSP_CONTAINER_OF(timer, timed, timer);

    my->fired++;
    OSP_CHECK(osp_loop_timer(my->w->loop, timer, 0) == OSP_OK);
}

OSP_UNIT_TEST(loop_timer_past, "a timer that sets itself for the past runs once a turn")
{
    world *w = new_world();
    timed a = { .timer.fire = again, .w = w };

    OSP_CHECK(osp_loop_timer(w->loop, &a.timer, 0) == OSP_OK);
    run_turns(w, 3);
    OSP_CHECK(a.fired == 3);
    free_world(w);
}

static void stop_at(osp_timer *timer)
{
    osp_loop_stop(OSP_CONTAINER_OF(timer, timed, timer)->w->loop);
}

static void on_signal(int number)
{
    (void)number;
}

OSP_UNIT_TEST(loop_holds_clock, "held time stands still, fires what is due, and is let go")
{
    world *w = new_world();
    const int64_t start_us = osp_loop_now_us(w->loop);
    const int64_t hour_us = (int64_t)3600 * 1000000;
    int64_t last_us = 0;
    timed a = { .timer.fire = on_time, .w = w, .last_us = &last_us };

    OSP_CHECK(osp_loop_timer(w->loop, &a.timer, start_us + hour_us) == OSP_OK);
    osp_loop_hold_clock(w->loop, start_us + hour_us - 1);
    run_turns(w, 3); /* none of them waits */
    OSP_CHECK(osp_loop_now_us(w->loop) == start_us + hour_us - 1);
    OSP_CHECK(osp_loop_clock_us(w->loop) == start_us + hour_us - 1);
    OSP_CHECK(a.timer.heap_at != 0);
    osp_loop_hold_clock(w->loop, start_us + hour_us);
    run_turns(w, 1);
    OSP_CHECK(a.timer.heap_at == 0 && last_us == start_us + hour_us);
    osp_loop_hold_clock(w->loop, 0);
    run_turns(w, 1);
    OSP_CHECK(osp_loop_now_us(w->loop) < start_us + hour_us);
    free_world(w);
}

/* Takes 100 ms of held time. */
static void take_time(osp_watch *watch, uint32_t events)
{
    const watched *my = OSP_CONTAINER_OF(watch, watched, watch);
    (void)events;
    osp_loop_hold_clock(my->w->loop, osp_loop_clock_us(my->w->loop) + 100000);
}

OSP_UNIT_TEST(loop_behind, "a loop is behind by the lesser of the last two rounds, or half of this")
{
    world *w = new_world();
    static watched all[20];
    int fds[20][2];
    osp_loop_hold_clock(w->loop, osp_loop_now_us(w->loop) + 1);
    for (int i = 0; i < 20; i++) {
        OSP_CHECK(pipe(fds[i]) == 0);
        all[i] = (watched){ .watch = { take_time, fds[i][0] }, .w = w };
        OSP_CHECK(osp_loop_add(w->loop, &all[i].watch, EPOLLIN | EPOLLET) == OSP_OK);
    }
    static const struct {
        int ready;
        int64_t behind_us; /* behind the round; the loop itself is the first event of each */
    } rounds[] = { { 6, 0 },        { 20, 750000 }, { 20, 1500000 }, { 9, 700000 }, { 20, 750000 },
                   { 20, 1500000 }, { 6, 0 },       { 7, 350000 },   { 0, 0 },      { 7, 350000 } };
    for (size_t r = 0; r < OSP_ARRAY_LEN(rounds); r++) {
        for (int i = 0; i < rounds[r].ready; i++) {
            OSP_CHECK(write(fds[i][1], "x", 1) == 1);
        }
        run_turns(w, 1);
        OSP_CHECK(osp_loop_behind_us(w->loop) == rounds[r].behind_us);
        for (int i = 0; i < rounds[r].ready; i++) {
            char byte;
            OSP_CHECK(read(fds[i][0], &byte, 1) == 1);
        }
    }
    for (int i = 0; i < 20; i++) {
        osp_loop_remove(w->loop, &all[i].watch);
        close(fds[i][0]);
        close(fds[i][1]);
    }
    free_world(w);
}

/* Writes to itself once, behind all others, and takes 1 ms. */
static void come_again(osp_watch *watch, uint32_t events)
{
    watched *my = OSP_CONTAINER_OF(watch, watched, watch);
    (void)events;
    osp_loop_hold_clock(my->w->loop, osp_loop_clock_us(my->w->loop) + 1000);
    if (my->ran++ == 0) {
        OSP_CHECK(osp_loop_again(my->w->loop, watch, EPOLLOUT | EPOLLET) == OSP_OK);
    }
}

OSP_UNIT_TEST(loop_behind_turns,
              "a round of more sockets than a turn takes ends when each had its turn")
{
    enum { MANY = 1300 };
    world *w = new_world();
    static watched all[MANY];
    static int fds[MANY];
    osp_loop_hold_clock(w->loop, osp_loop_now_us(w->loop) + 1);
    for (int i = 0; i < MANY; i++) {
        int ends[2];
        OSP_CHECK(pipe(ends) == 0);
        fds[i] = ends[0];
        all[i] = (watched){ .watch = { come_again, ends[1] }, .w = w };
        OSP_CHECK(osp_loop_add(w->loop, &all[i].watch, EPOLLOUT | EPOLLET) == OSP_OK);
    }
    /* Three turns of the first round, while those of the first turn are ready again already. */
    static const int64_t half_us[] = { 256000, 512000, 768000 };
    for (size_t i = 0; i < OSP_ARRAY_LEN(half_us); i++) {
        run_turns(w, 1);
        OSP_CHECK(osp_loop_behind_us(w->loop) / 10000 == half_us[i] / 10000);
    }
    run_turns(w, 1); /* the second round begins: it is behind as the first was */
    OSP_CHECK(osp_loop_behind_us(w->loop) / 10000 == 51);
    for (int i = 0; i < MANY; i++) {
        osp_loop_remove(w->loop, &all[i].watch);
        close(fds[i]);
        close(all[i].watch.fd);
    }
    free_world(w);
}

OSP_UNIT_TEST(loop_timer_waits, "the loop sleeps until the timer is due, through signals")
{
    world *w = new_world();
    timed a = { .timer.fire = stop_at, .w = w };
    const int64_t start_us = osp_loop_now_us(w->loop);
    const struct itimerval every = { .it_interval.tv_usec = 2000, .it_value.tv_usec = 1000 };
    const struct itimerval never = { 0 };

    (void)signal(SIGALRM, on_signal);
    OSP_CHECK(osp_loop_timer(w->loop, &a.timer, start_us + 30500) == OSP_OK);
    OSP_CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
    OSP_CHECK(osp_loop_run(w->loop) == OSP_OK);
    OSP_CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
    OSP_CHECK(osp_loop_now_us(w->loop) - start_us >= 30500);
    OSP_CHECK(osp_loop_unix_s(w->loop) > 1700000000);
    free_world(w);
}

/* ---------------------------------------------------------------- posts */

typedef struct posted {
    osp_post post;
    world *w;
    int number, left;
    int *last;
} posted;

typedef struct poster {
    world *w;
    pthread_t thread;
    posted *posts;
    int last;
} poster;

static void on_post(osp_post *post)
{
    posted *my = OSP_CONTAINER_OF(post, posted, post);

    OSP_CHECK(my->number == *my->last + 1); /* of one thread: in order */
    *my->last = my->number;
    if (++my->w->count == POSTS_PER_THREAD * THREADS) {
        osp_loop_stop(my->w->loop);
    }
}

static void *post_many(void *arg)
{
    poster *my = arg;

    for (int i = 0; i < POSTS_PER_THREAD; i++) {
        posted *post = &my->posts[i];
        *post = (posted){ .post.run = on_post, .w = my->w, .number = i + 1, .last = &my->last };
        osp_loop_post(my->w->loop, &post->post);
    }
    return NULL;
}

OSP_UNIT_TEST_THREADED(loop_posts, "posts of four threads all run, each thread's in order")
{
    world *w = new_world();
    poster posters[THREADS] = { 0 };

    for (size_t i = 0; i < THREADS; i++) {
        posters[i].w = w;
        posters[i].posts = calloc(POSTS_PER_THREAD, sizeof(posted));
        OSP_CHECK(posters[i].posts != NULL);
        OSP_CHECK(pthread_create(&posters[i].thread, NULL, post_many, &posters[i]) == 0);
    }
    OSP_CHECK(osp_loop_run(w->loop) == OSP_OK);
    OSP_CHECK(w->count == POSTS_PER_THREAD * THREADS);
    for (size_t i = 0; i < THREADS; i++) {
        OSP_CHECK(pthread_join(posters[i].thread, NULL) == 0);
        free(posters[i].posts);
    }
    free_world(w);
}

static void defer_again(osp_post *post)
{
    posted *my = OSP_CONTAINER_OF(post, posted, post);

    my->w->count++;
    if (--my->left != 0) {
        osp_loop_defer(my->w->loop, post);
    }
}

OSP_UNIT_TEST(loop_defer, "deferred posts run in their turn; endless ones let the turn end")
{
    world *w = new_world();
    posted some = { .post.run = defer_again, .w = w, .left = 5 };
    posted endless = { .post.run = defer_again, .w = w, .left = -1 };

    osp_loop_defer(w->loop, &some.post);
    osp_loop_stop(w->loop);
    OSP_CHECK(osp_loop_run(w->loop) == OSP_OK); /* stopped before: no turn */
    OSP_CHECK(w->count == 0);
    osp_loop_stop(w->loop);
    OSP_CHECK(osp_loop_run(w->loop) == OSP_OK);
    run_turns(w, 1);
    OSP_CHECK(w->count == 5);
    osp_loop_defer(w->loop, &endless.post);
    run_turns(w, 2);
    OSP_CHECK(w->count == 5 + 2 * 16);
    free_world(w);
}
