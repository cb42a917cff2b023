/* The event loop of one thread: sockets by edge-triggered epoll, timers, and posts from other
 * threads. */
#ifndef OSP_RT_LOOP_H
#define OSP_RT_LOOP_H

#include <openspeed/base.h>

#include "rt/timers.h"

typedef struct osp_loop osp_loop;

/* Embedded in whatever owns a file descriptor.  events: EPOLLIN and friends. */
typedef struct osp_watch {
    void (*ready)(struct osp_watch *watch, uint32_t events);
    int fd;
} osp_watch;

/* Embedded in whatever another thread hands to the loop. */
typedef struct osp_post {
    void (*run)(struct osp_post *post);
    struct osp_post *next;
} osp_post;

osp_loop *osp_loop_new(osp_error *err);
void osp_loop_free(osp_loop *loop);
/* Runs until osp_loop_stop.  A turn is: events, timers, posts, deferred posts, `turn`. */
OSP_MUST_CHECK osp_status osp_loop_run(osp_loop *loop);
/* Ends the run after its current turn, or the next run at once.  From any thread or signal handler.
 */
void osp_loop_stop(osp_loop *loop);
/* Calls turn(arg) at the end of each turn; NULL: nothing. */
void osp_loop_on_turn(osp_loop *loop, void (*turn)(void *arg), void *arg);
/* Monotonic microseconds, read once a turn. */
int64_t osp_loop_now_us(const osp_loop *loop);
/* The same clock, read now. */
int64_t osp_loop_clock_us(const osp_loop *loop);
/* How long those whose socket is ready have waited for their turn in this round of all of them,
 * when they did so in the one before too; else half of it.  0 for the first few of a round. */
int64_t osp_loop_behind_us(const osp_loop *loop);
/* Seconds of Unix time, read once a turn, or once a millisecond where turns are shorter. */
int64_t osp_loop_unix_s(const osp_loop *loop);
/* From the next turn on time is at_us and stands still until this is called again, and no turn
 * waits for it to pass: who tests what takes half a minute moves it by hand, and Unix time with it.
 * 0: the machine's. */
void osp_loop_hold_clock(osp_loop *loop, int64_t at_us);

/* Watches fd for events (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET ...).  watch: borrowed until
 * remove. */
OSP_MUST_CHECK osp_status osp_loop_add(osp_loop *loop, osp_watch *watch, uint32_t events);
/* Tells a watch in the next turn what is the case then, as if it were new: for who stopped before
 * there was nothing left.  OSP_OK | OSP_E_IO. */
OSP_MUST_CHECK osp_status osp_loop_again(osp_loop *loop, osp_watch *watch, uint32_t events);
/* Ends watching; events of this turn that are still queued for it are dropped.  Before close(fd).
 */
void osp_loop_remove(osp_loop *loop, osp_watch *watch);

/* Sets or moves a timer.  OSP_OK | OSP_E_NOMEM. */
OSP_MUST_CHECK osp_status osp_loop_timer(osp_loop *loop, osp_timer *timer, int64_t at_us);
void osp_loop_timer_cancel(osp_loop *loop, osp_timer *timer);

/* Runs post->run behind the events of this turn, in order.  From the loop's thread, without a
 * system call; post: borrowed until it runs. */
void osp_loop_defer(osp_loop *loop, osp_post *post);
/* Runs post->run on the loop's thread.  From any thread; post: borrowed until it runs. */
void osp_loop_post(osp_loop *loop, osp_post *post);

#endif
