/* Counters and their JSON.  Times stand in buckets, 64 for each doubling, so that a run of any
 * length has the same size. */
#include "tests/load/count.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const event_names[EVENT_KINDS] = {
    [EVENT_LOST_FRESH] = "lost_fresh", [EVENT_LOST_KEPT] = "lost_kept",
    [EVENT_LOST_CUT] = "lost_cut",     [EVENT_CLOSED_IDLE] = "closed_idle",
    [EVENT_WRONG] = "wrong",           [EVENT_CONNECT_FAILED] = "connect_failed",
    [EVENT_TIMED_OUT] = "timed_out",
};

static size_t bucket_of(uint64_t us)
{
    size_t doubling = 0;
    for (; us >= 2 * TIMES_STEPS; us >>= 1) {
        doubling++;
    }
    /* Below the first doubling each microsecond has its own. */
    const size_t at = doubling * TIMES_STEPS + (size_t)us;
    return at < TIMES_DOUBLINGS * TIMES_STEPS ? at : TIMES_DOUBLINGS * TIMES_STEPS - 1;
}

static uint64_t bucket_end(size_t at)
{
    const size_t doubling = at < 2 * TIMES_STEPS ? 0 : at / TIMES_STEPS - 1;
    return ((uint64_t)(at - doubling * TIMES_STEPS) + 1) << doubling;
}

void times_add(times *to, int64_t us)
{
    const uint64_t value = us > 0 ? (uint64_t)us : 0;
    to->count++;
    to->at[bucket_of(value)]++;
    to->most = value > to->most ? value : to->most;
}

/* The time that `part` of all do not exceed. */
static uint64_t times_at(const times *of, double part)
{
    uint64_t left = (uint64_t)((double)of->count * part);
    for (size_t i = 0; i < TIMES_DOUBLINGS * TIMES_STEPS; i++) {
        if (of->at[i] > left) {
            const uint64_t end = bucket_end(i);
            return end < of->most ? end : of->most;
        }
        left -= of->at[i];
    }
    return of->most;
}

void count_event(count *to, event what)
{
    to->events_of[what.kind]++;
    if (to->event_count < EVENTS_MAX) {
        to->events[to->event_count++] = what;
    }
}

void count_sample(count *to, const char *why, const char *bytes, size_t size)
{
    if (to->sample_count < SAMPLES_MAX) {
        const size_t kept = size < SAMPLE_SIZE ? size : SAMPLE_SIZE;
        memcpy(to->samples[to->sample_count], bytes, kept);
        to->whys[to->sample_count] = why;
        to->sample_sizes[to->sample_count++] = kept;
    }
}

int count_worker(count *to, int64_t worker, int64_t now_us)
{
    for (size_t i = to->worker_count; i-- > 0;) { /* the last ones are those that live */
        if (to->workers[i].worker == worker) {
            return (int)i;
        }
    }
    if (to->worker_count == WORKERS_SEEN_MAX) {
        return -1;
    }
    to->workers[to->worker_count] = (worker_seen){ .worker = worker, .first_us = now_us };
    return (int)to->worker_count++;
}

static void print_times(const char *name, const times *of)
{
    printf("\"%s\":{\"count\":%" PRIu64 ",\"p50\":%" PRIu64 ",\"p90\":%" PRIu64 ",\"p99\":%" PRIu64
           ",\"p999\":%" PRIu64 ",\"max\":%" PRIu64 "}",
           name, of->count, times_at(of, 0.5), times_at(of, 0.9), times_at(of, 0.99),
           times_at(of, 0.999), of->most);
}

static void print_text(const char *bytes, size_t size)
{
    putchar('"');
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)bytes[i];
        if (c < ' ' || c == '"' || c == '\\' || c > '~') {
            printf("\\u%04x", c);
        } else {
            putchar(c);
        }
    }
    putchar('"');
}

static void print_lists(const count *of)
{
    printf(",\"workers\":[");
    for (size_t i = 0; i < of->worker_count; i++) {
        const worker_seen *at = &of->workers[i];
        printf("%s{\"worker\":%" PRId64 ",\"first_us\":%" PRId64 ",\"last_us\":%" PRId64
               ",\"answers\":%" PRIu64 "}",
               i > 0 ? "," : "", at->worker, at->first_us, at->last_us, at->answers);
    }
    printf("],\"events\":[");
    for (size_t i = 0; i < of->event_count; i++) {
        const event *at = &of->events[i];
        printf("%s{\"kind\":\"%s\",\"at_us\":%" PRId64 ",\"worker\":%" PRId64 ",\"answers\":%u}",
               i > 0 ? "," : "", event_names[at->kind], at->at_us, at->worker,
               (unsigned)at->answers);
    }
    printf("],\"samples\":[");
    for (size_t i = 0; i < of->sample_count; i++) {
        printf("%s{\"why\":\"%s\",\"bytes\":", i > 0 ? "," : "", of->whys[i]);
        print_text(of->samples[i], of->sample_sizes[i]);
        putchar('}');
    }
    printf("]");
}

void count_print(const count *of)
{
    const double seconds = (double)(of->ended_us - of->began_us) / 1e6;
    printf("{\"seconds\":%.3f,\"sent\":%" PRIu64 ",\"right\":%" PRIu64 ",\"refused\":%" PRIu64
           ",\"refused_bare\":%" PRIu64 ",\"unsent\":%" PRIu64 ",\"unanswered\":%" PRIu64
           ",\"connected\":%" PRIu64,
           seconds, of->sent, of->right, of->refused, of->refused_bare, of->unsent, of->unanswered,
           of->connected);
    for (size_t i = 0; i < EVENT_KINDS; i++) {
        printf(",\"%s\":%" PRIu64, event_names[i], of->events_of[i]);
    }
    printf(",\"right_per_s\":%.1f,", seconds > 0 ? (double)of->right / seconds : 0);
    print_times("latency_us", &of->latency);
    putchar(',');
    print_times("connect_us", &of->connect);
    print_lists(of);
    puts("}");
    fflush(stdout);
}
