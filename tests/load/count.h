/* What a run has seen: counters, times, and who answered. */
#ifndef TESTS_LOAD_COUNT_H
#define TESTS_LOAD_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVENTS_MAX 4096
#define WORKERS_SEEN_MAX 4096
#define SAMPLES_MAX 4
#define SAMPLE_SIZE 400
#define TIMES_STEPS 64 /* of each doubling: no time is off by more than 1/64 */
#define TIMES_DOUBLINGS 27

/* Microseconds, sorted roughly. */
typedef struct times {
    uint64_t count, most;
    uint32_t at[TIMES_DOUBLINGS * TIMES_STEPS];
} times;

/* Something that a client notices of the server's faults. */
typedef enum event_kind {
    EVENT_LOST_FRESH,     /* a request without an answer, the first of its connection */
    EVENT_LOST_KEPT,      /* the same behind others, and not a byte of the answer */
    EVENT_LOST_CUT,       /* an answer that ended in its midst */
    EVENT_CLOSED_IDLE,    /* no request was out */
    EVENT_WRONG,          /* an answer that is not right */
    EVENT_CONNECT_FAILED, /* refused or reset */
    EVENT_TIMED_OUT,      /* the client gave up */
    EVENT_KINDS
} event_kind;

typedef struct event {
    event_kind kind;
    int64_t at_us;    /* CLOCK_MONOTONIC */
    int64_t worker;   /* who had answered on the connection before; 0: nobody */
    uint32_t answers; /* of the connection before */
} event;

typedef struct worker_seen {
    int64_t worker, first_us, last_us;
    uint64_t answers;
} worker_seen;

typedef struct count {
    uint64_t sent, right, refused, refused_bare, unsent, unanswered, connected;
    uint64_t events_of[EVENT_KINDS];
    times latency, connect;
    event events[EVENTS_MAX];
    size_t event_count;
    worker_seen workers[WORKERS_SEEN_MAX];
    size_t worker_count;
    char samples[SAMPLES_MAX][SAMPLE_SIZE];
    const char *whys[SAMPLES_MAX];
    size_t sample_sizes[SAMPLES_MAX], sample_count;
    int64_t began_us, ended_us;
} count;

void times_add(times *to, int64_t us);
void count_event(count *to, event what);
/* Keeps the bytes of a wrong answer. */
void count_sample(count *to, const char *why, const char *bytes, size_t size);
/* The number in workers of one that answers; new to it at now_us.  -1: there are too many. */
int count_worker(count *to, int64_t worker, int64_t now_us);
/* Writes all of it to standard output as one line of JSON. */
void count_print(const count *of);

#endif
