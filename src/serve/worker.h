/* One worker process: a loop, its fibers, its connections. */
#ifndef OSP_SERVE_WORKER_H
#define OSP_SERVE_WORKER_H

#include <openspeed/manifest.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app/files.h"
#include "app/form.h"
#include "app/page_keeper.h"
#include "app/provide.h"
#include "rt/fiber.h"
#include "rt/loop.h"
#include "rt/offload.h"
#include "serve/clients.h"
#include "serve/config.h"
#include "serve/journal.h"
#include "serve/listen.h"
#include "serve/page.h"
#include "wire/proxy.h"

#define OSP_INPUT_SIZE                                                                             \
    (OSP_H1_HEAD_MAX + 4096)   /* a request head, and room to read a body behind it */
#define OSP_OUTPUT_SIZE 16384  /* first size of an answer buffer */
#define OSP_REQUEST_FIRST 8192 /* bytes of it that cost nothing */
#define OSP_CONN_TURN 32       /* requests and reads of one connection, until others have theirs */
#define OSP_STREAM_TURN (256u << 10) /* bytes that one handler moves while others wait */
#define OSP_STREAM_CHUNK_EXTRA 16    /* bytes around a chunk that fits an output buffer */
#define OSP_STREAM_PIECE 1024        /* room for less is not worth a chunk */
#define OSP_EXCHANGES_SPARE 64
#define OSP_UNREAD_MAX (128u << 20) /* bytes of answers that wait for their clients to read */
#define OSP_SPILL_SOON (8u << 20)   /* of these, beyond which none waits in memory for a second */
#define OSP_SPILL_WRITING_MAX (32u << 20) /* bytes of these on their way to files; others wait */
#define OSP_SPILL_WAITING_MAX 4096        /* files in line to be written or closed */
#define OSP_UPLOADS_WAITING_MAX 4096      /* pieces of uploads in line to be written or read */
#define OSP_SLACK_MAX (4u << 20)   /* bytes of freed memory that more come to; then they go back */
#define OSP_CRYPTO_WAITING_MAX 256 /* tasks in line for the threads that hash passwords */
#define OSP_AFTERS_MAX 1024        /* requests of a worker that work after their response at once */
#define OSP_LINGER_S 2             /* for which an answered client may still read why */
#define OSP_SERVICES_MAX 16
#define OSP_SERVICES_OWN                                                                           \
    6 /* patterns, queue, files, log, forms and pages; the rest are resources */

#define OSP_PARENT_DIED SIGALRM /* what the kernel sends a worker whose supervisor died */
#define OSP_RETIRE SIGUSR1      /* another worker has taken the place: end without haste */

/* Descriptors that a worker begins with. */
typedef enum osp_worker_fd {
    OSP_ACCESS_FD = 3, /* of the access log, unless that is off */
    OSP_READY_FD,      /* gets one byte when the worker serves */
    OSP_PAGE_FD,       /* of the osp_page shared with the supervisor */
    OSP_CONFIG_FD,     /* of osp_config_seal; stays open */
    OSP_CHANNEL_FD,    /* to `openspeed dev`, where that has started the worker */
    OSP_LISTEN_FD = 8, /* the first of the listening sockets, which stand in a row */
    OSP_BEHIND_FD = OSP_LISTEN_FD + OSP_LISTENERS_MAX
} osp_worker_fd;

_Static_assert(OSP_INPUT_SIZE > OSP_H1_HEAD_MAX, "a body is read behind its pinned head");

typedef struct osp_conn osp_conn;
typedef struct osp_worker osp_worker;

/* Of a handler that reads or writes while its message comes and goes. */
typedef struct osp_stream_state {
    bool reads;       /* it began before the body was here */
    bool body_ended;  /* all of which has been read */
    bool raw;         /* the connection was upgraded: bare bytes */
    bool cut;         /* a part of the answer is missing */
    bool unsent;      /* the answer has begun, and all of it still stands in the output buffer */
    uint8_t framing;  /* osp_framing of the answer */
    uint16_t status;  /* that was sent; 0: none yet */
    uint32_t room_at; /* where `in` begins to be free behind the pinned head */
    uint32_t turn;    /* bytes moved since the loop last went round */
    size_t answer_at; /* where in the output buffer an unsent answer begins */
    uint64_t left;    /* of a body with a length */
    uint64_t sent;    /* bytes of the answer's content that were given to the connection */
    osp_buf trailers; /* lines of the request's */
} osp_stream_state;

/* How a client keeps up in one direction. */
typedef struct osp_pace {
    uint64_t moved;  /* bytes */
    int64_t seen;    /* of them, less what the kernel held, at the last look */
    uint64_t behind; /* bytes that its rate asked for and that did not move */
    bool looked;
} osp_pace;

typedef struct osp_spilled osp_spilled; /* of spill.c */

/* A part of a file that is sent behind what stands in `out`; see file_part.c. */
typedef struct osp_file_part {
    int fd; /* owned: closed with the last byte, or with the connection; -1: it is not there yet */
    int64_t at;
    uint64_t left;        /* bytes that the kernel has not taken */
    osp_spilled *spilled; /* the owner of fd; NULL: this is, unless it has users */
    uint32_t *users;      /* who send of fd, which somebody else closes; NULL: it has one */
} osp_file_part;

/* What runs on a fiber beside requests. */
typedef struct osp_work {
    struct osp_work *prev, *next; /* in worker->works, the newest first */
    osp_task *task;
    int64_t until_us; /* monotonic: then it is cancelled; INT64_MAX: never */
} osp_work;

/* Of work after the response; see after.c. */
typedef enum osp_after_state {
    OSP_AFTER_NONE = 0,
    OSP_AFTER_ASKS, /* the fiber has parked: may the connection go on without it? */
    OSP_AFTER_HERE, /* it may not: work runs before its next request */
    OSP_AFTER_AWAY  /* work runs in the exchange that the connection had */
} osp_after_state;

/* What a connection needs from the first byte of a request to the last of its answer.  An idle
 * connection has none. */
typedef struct osp_exchange {
    struct osp_exchange *next_spare;
    osp_worker *worker;
    osp_conn *conn; /* whose it is, from osp_exchange_take on; NULL: it went on without this */
    uint32_t in_at,
        in_len;       /* the unread part of `in`; while a request is in hand, from its head on */
    uint32_t rest_at; /* where the bytes behind the head, later behind the request, begin */
    bool has_head;    /* `head` is valid and waits for its body */
    bool head_begun;  /* the time for the head at hand runs */
    uint32_t head_read_s;  /* when more of it came last */
    size_t seen;           /* unread bytes that hold no whole head */
    uint32_t body_since_s; /* when the body of `head` began */
    size_t body_counted;   /* bytes of `body` in worker->bodies */
    int64_t began_us;      /* when the first byte of the request was seen; 0: not noted */
    osp_buf body;          /* of a body that does not stand behind its head in `in` */
    osp_h1_chunked chunked;
    osp_fiber *fiber; /* runs a handler */
    osp_stream_state stream;
    osp_pace in_pace, out_pace; /* of a body; of answers */
    uint64_t out_waited;        /* out_pace.moved when the client was last waited for */
    osp_file_part file;         /* while conn->filed */
    uint32_t handler_since_s;   /* the handler at hand began, or waited for its client */
    uint64_t body_max;          /* bytes that `head` may have */
    int refused;                /* the status behind OSP_NEXT_REFUSED */
    osp_str refused_detail;     /* in `arena` */
    osp_fiber_waits waits;
    uint8_t after;     /* osp_after_state */
    osp_work work;     /* while `after` is one of work */
    osp_origin origin; /* then */
    osp_arena arena;
    osp_h1_head head;
    osp_ctx ctx;
    char first[OSP_REQUEST_FIRST]; /* of the arena */
    char in[OSP_INPUT_SIZE + OSP_H1_PADDING];
} osp_exchange;

typedef enum osp_conn_state {
    OSP_CONN_IDLE = 0, /* between requests */
    OSP_CONN_HEAD,     /* a head has begun */
    OSP_CONN_BODY,     /* a body has begun */
    OSP_CONN_BUSY,     /* a handler runs */
    OSP_CONN_READING,  /* a handler waits for more of the body */
    OSP_CONN_FULL,     /* a handler waits for the client to read */
    OSP_CONN_WRITING,  /* the client must read */
    OSP_CONN_LINGER,   /* answered and half closed; what still comes is thrown away */
    OSP_CONN_STATES
} osp_conn_state;

typedef struct osp_access osp_access; /* the access log of a worker */

/* Names for requests: the prefix is this worker's, and what follows never comes twice. */
typedef struct osp_names {
    char prefix[OSP_REQUEST_NAME_LEN / 2];
    uint64_t key, count;
} osp_names;

struct osp_conn {
    osp_watch watch;
    osp_worker *worker;
    osp_conn *prev, *next; /* in the list of its state, the longest there first */
    osp_exchange *exchange;
    osp_buf out;       /* answers; it is open only while some wait for the kernel */
    size_t out_at;     /* bytes the kernel has taken */
    osp_proxy *peer;   /* who is at the other end, or what a proxy there said; NULL: not asked */
    uint32_t since_s;  /* of the worker's clock */
    uint32_t asked;    /* requests */
    uint64_t client;   /* in worker->clients; 0: it is not counted there */
    uint8_t state;     /* osp_conn_state */
    bool greets : 1;   /* a proxy speaks of its client before all else */
    bool readable : 1; /* the kernel may have more */
    bool hung_up : 1;  /* the peer has closed its side; read until 0 */
    bool ended : 1;    /* read returned 0 */
    bool overdue : 1;  /* the handler has had its time and was told to end */
    bool late : 1;     /* what the handler waits for did not come in time */
    bool closing : 1;  /* no request is read any more; closes when all is sent */
    bool broken : 1;   /* the connection is gone; closes when the handler has ended */
    bool unread : 1;   /* the memory of `out` is counted in worker->unread */
    bool filed : 1;    /* behind what is in `out` comes a part of a file */
};
_Static_assert(sizeof(osp_conn) <= 128, "an idle connection must stay small");

typedef struct osp_conn_list {
    osp_conn *first, *last;
} osp_conn_list;

/* What can be asked about a worker's health. */
typedef enum osp_probe { OSP_PROBE_LIVE = 1, OSP_PROBE_READY = 2 } osp_probe;

/* Where answers go that are not read. */
typedef struct osp_spill {
    osp_offload *queue; /* whose thread writes them; NULL: none goes anywhere */
    osp_spilled *first; /* all of them */
    int folder;
    uint64_t max, held; /* bytes that may lie there, and that do or will */
    uint64_t writing;   /* bytes of memory that they have until they do */
    uint32_t failed_s;  /* when one last could not */
    uint32_t told_s;    /* when that was last told */
} osp_spill;

typedef struct osp_jobs osp_jobs; /* of jobs.c */

/* Where the files of forms go. */
typedef struct osp_uploads {
    osp_forms forms;
    struct osp_closing *first; /* files that are being closed */
} osp_uploads;

/* One of the sockets that a worker accepts from. */
typedef struct osp_worker_listener {
    osp_watch watch; /* fd -1: it was shut down */
    osp_worker *worker;
} osp_worker_listener;

struct osp_worker {
    osp_loop *loop;
    osp_fibers *fibers;
    const osp_app_def *app;
    const osp_config *config;
    osp_h1_limits wire_limits; /* of the configuration */
    osp_trust trust;           /* of the configuration */
    osp_worker_listener listeners[OSP_LISTENERS_MAX];
    size_t listener_count;
    uint32_t accept_most;  /* connections at a time */
    uint32_t accepted;     /* since this worker last went to the end of the line */
    bool in_line;          /* it waits behind others for connections, and does not go first */
    int64_t short_told_us; /* when it last told that it cannot accept; 0: never */
    osp_watch signals;
    osp_timer tick, accept_again;
    int64_t ticked_us; /* when it last did */
    bool spared;       /* nobody was too late then */
    osp_offload *crypto;
    osp_files *files;       /* of public/; NULL: there are none */
    int public_folder;      /* of these; -1: the same */
    osp_pages *pages;       /* templates; NULL: there are none */
    osp_patterns *patterns; /* of all inputs of the application; only read once it serves */
    /* The worker's own, then the resources that are open, then `life`. */
    osp_service services[OSP_SERVICES_MAX + 2];
    size_t resources_open;
    osp_life life;                         /* if has_life */
    bool has_life;                         /* providers have made values that outlive requests */
    struct osp_crash_memory *crash_memory; /* where signal handlers run */
    osp_page *page;                        /* shared with the supervisor, or own_page */
    osp_page own_page;                     /* without a supervisor */
    osp_route_gate gate;                   /* asks the page */
    osp_conn_list conns[OSP_CONN_STATES];
    size_t conn_count;
    osp_clients clients; /* where limits.connections_per_client says how many */
    osp_exchange *spare_exchanges;
    size_t spare_exchange_count;
    osp_conn *spare_conns; /* linked by next */
    char *spare_out;       /* one answer buffer of OSP_OUTPUT_SIZE */
    size_t bodies;         /* bytes allocated for bodies, up to limits.bodies */
    size_t unread;         /* and for answers that clients do not read, up to OSP_UNREAD_MAX */
    osp_spill spill;       /* for some of these */
    osp_uploads uploads;
    osp_jobs *jobs;        /* NULL: the application has none */
    osp_log_sink log_sink; /* of tasks without a request */
    osp_work *works;       /* all of them, the newest first */
    size_t afters;         /* exchanges that work after their response, without a connection */
    osp_access *access;    /* NULL: requests are not logged */
    const struct osp_dev_hooks *dev; /* NULL in a release build */
    struct osp_agent *agent;         /* that of `dev` */
    int channel_fd;                  /* to `openspeed dev`; -1: that has not started it */
    bool watched;                    /* `access` or `dev` hears of requests */
    osp_journal journal;
    osp_names names;
    size_t slack_low; /* the least memory that was freed and kept, since some went back */
    bool slack_again; /* some went back at the last look */
    uint32_t now_s;   /* monotonic seconds */
    int64_t date_s;   /* of date_line */
    char date_line[OSP_H1_DATE_SIZE];
    uint8_t length_width;   /* of osp_reply_options */
    int64_t drain_until_us; /* 0: not draining */
    unsigned probes;        /* osp_probe that are answered here */
    int64_t wait_us;        /* for so long requests may wait for their turn; INT64_MAX: any */
    uint64_t refused;       /* requests since an overload began; 0: there is none */
    uint64_t refused_seen;  /* of them at the last look */
    uint64_t memory_max;    /* bytes; 0: any */
    int statm_fd;           /* tells how many the worker has */
    bool short_of_memory;   /* it has more */
    bool reads_streams;     /* a route of the application does */
    bool has_needs;         /* a route of the application does, or a middleware */
    bool wraps;             /* there is middleware */
    bool limits_bodies;     /* some of which has a limit of its own */
    bool listening;
    bool retiring; /* draining, but idle connections may still ask once */
};

/* Opens loop, fibers and the application's resources, blocks and watches SIGTERM, SIGINT and
 * OSP_RETIRE, and listens.  worker: in caller's storage; config, listen_fd: borrowed until close.
 * On failure nothing stays open. */
OSP_MUST_CHECK osp_status osp_worker_open(osp_worker *worker, const osp_app_def *app,
                                          const osp_config *config, int listen_fd, osp_error *err);
/* Of a worker in the place of one that died: it is woken for each connection until it has had some.
 */
void osp_worker_go_first(osp_worker *worker);
/* When no connection is left. */
void osp_worker_close(osp_worker *worker);

/* Accepts from one more socket.  listen_fd: borrowed until close.  OSP_OK | OSP_E_LIMIT |
 * OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_worker_listen(osp_worker *worker, int listen_fd);

#define OSP_WORKER_UNPROVEN 3 /* exit code: the application does not pass its own check */

/* What a worker is told by its arguments. */
typedef struct osp_worker_options {
    size_t listener_count; /* sockets that it was given */
    bool preview;          /* another one that is started soon proves the application */
    bool development;      /* started by `openspeed dev`, with OSP_CHANNEL_FD: it prepares its
                            * resources itself */
} osp_worker_options;

/* Runs a worker until it has drained, on the descriptors of osp_worker_fd.  Returns the exit code
 * of the process. */
int osp_worker_main(const osp_app_def *app, const osp_worker_options *options);

/* Takes over an accepted socket; closes it when there is no memory, or its client has too many. */
void osp_conn_accept(osp_worker *worker, int fd);
/* The same as osp_conn_flush while a handler runs.  But while that waits for more of its body, what
 * it has written stays, so that it can be withdrawn when the body turns out to be malformed. */
bool osp_conn_flush_busy(osp_conn *conn);
/* Counts the connection as one of the client at that address.  False: it has too many. */
bool osp_conn_count(osp_conn *conn, const osp_ip *client);
/* Ends the loop of a worker that drains and has nothing left to do. */
void osp_worker_stop_when_done(osp_worker *worker);

/* The fiber's work behind an answer that has work after it: does that.  False: the connection went
 * on with another exchange, and this fiber must end. */
bool osp_after_run(osp_exchange *exchange);
/* On the loop, when a fiber has parked for that: gives the connection another exchange.  False: the
 * fiber works on in the connection's own. */
bool osp_after_let_go(osp_conn *conn);
/* Work begins and ends. */
void osp_work_begin(osp_worker *worker, osp_work *work, osp_task *task, uint32_t patience_s);
void osp_work_end(osp_worker *worker, osp_work *work);
/* Once a second: cancels what has had its time. */
void osp_works_sweep(osp_worker *worker);
/* All that runs jobs, reached from their declarations alone: a server without jobs is linked
 * without it. */
struct osp_job_runner {
    /* Opens the jobs of the application.  OSP_OK | OSP_E_NOMEM | OSP_E_INVALID */
    osp_status (*open)(osp_worker *worker, osp_error *err);
    /* When none runs. */
    void (*close)(osp_worker *worker);
    /* Once a second: begins those that are due at now_s, of Unix time. */
    void (*look)(osp_worker *worker, int64_t now_s);
    /* The job that a task runs; NULL: it is of none.  Safe in a signal handler. */
    const osp_job_def *(*of)(const osp_worker *worker, const osp_task *task);
    /* Why a job cannot be, static; NULL: it can. */
    const char *(*check)(const osp_job_def *def);
    /* Prints every job, with when it is due next. */
    void (*print)(FILE *to, const osp_app_def *app, bool json);
};
/* NULL: the application has no jobs. */
static inline const struct osp_job_runner *osp_job_runner_of(const osp_app_def *app)
{
    return app->job_count > 0 ? app->jobs[0]->runner_ : NULL;
}
/* The job that a task runs; NULL: it is of none.  Safe in a signal handler. */
static inline const osp_job_def *osp_jobs_of(const osp_worker *worker, const osp_task *task)
{
    return worker->jobs != NULL ? osp_job_runner_of(worker->app)->of(worker, task) : NULL;
}
/* Says what a task has to say that is of no request. */
void osp_works_log(const osp_log_sink *sink, osp_task *task, const osp_place *here,
                   osp_log_level level, const char *format, va_list args);
/* The worker ends before them: says so. */
void osp_works_give_up(osp_worker *worker);

/* Closes the connection unless a handler runs, which then ends first. */
void osp_conn_close(osp_conn *conn);
/* When the connection closes it is reset: nothing that its client has not taken stays behind in the
 * kernel. */
void osp_conn_reset(osp_conn *conn);
/* The connection has been in its state for too long. */
void osp_conn_time_out(osp_conn *conn);
/* Once a second: times out who is slower than the least rate, and ends what handlers wait for. */
void osp_pace_sweep(osp_worker *worker);
/* Once a second: closes what has been in its state for too long. */
void osp_conns_sweep(osp_worker *worker);
/* Once a second: gives memory back to the system that nobody needs any more. */
void osp_slack_look(osp_worker *worker);
/* Begins to drain: connections on which nothing has come close, others end with their request. */
void osp_conns_drain(osp_worker *worker);

osp_exchange *osp_exchange_take(osp_worker *worker);
void osp_exchange_give(osp_worker *worker, osp_exchange *exchange);

typedef enum osp_progress {
    OSP_NEXT_REQUEST, /* one is whole in the exchange */
    OSP_NEXT_MORE,    /* bytes are missing */
    OSP_NEXT_REFUSED, /* what is there is no request, which middleware shall see on a fiber */
    OSP_NEXT_END      /* refused; nothing more is read */
} osp_progress;

/* A request that came in several pieces has begun before. */
static inline void osp_exchange_note_begin(osp_exchange *exchange, const osp_worker *worker)
{
    if (exchange->began_us == 0) {
        exchange->began_us = osp_loop_now_us(worker->loop);
    }
}
/* Frees what a stream has left behind. */
void osp_exchange_end_stream(const osp_worker *worker, osp_exchange *exchange);
/* The handler was told to end because its time was over.  What it has answered all the same stands;
 * what failed for that reason is said in our words. */
void osp_exchange_answer_overdue(osp_conn *conn);

/* The fiber's work: answers the whole request in the exchange and those that are whole behind it.
 */
void osp_exchange_run(void *conn);
/* Appends a problem for a request that could not be read or started; the connection ends behind it.
 */
void osp_exchange_refuse(osp_conn *conn, int status);
/* The fiber's work behind OSP_NEXT_REFUSED. */
void osp_exchange_run_refused(void *conn);
/* The same where there is no fiber: no middleware sees it. */
void osp_exchange_refuse_alone(osp_conn *conn);
/* The request cannot be read, or passes a limit, which its problem names.  OSP_NEXT_REFUSED |
 * OSP_NEXT_END */
osp_progress osp_refusal_begin(osp_conn *conn, osp_status status);
/* The same with a status of HTTP.  detail: static, or in the exchange's arena */
osp_progress osp_refusal_begin_as(osp_conn *conn, int status, osp_str detail);
/* Answers the request in the exchange 503 without a handler; the connection goes on. */
void osp_exchange_shed(osp_conn *conn);

/* Logs why a request failed, or what was done after it, unless it was cancelled. */
void osp_exchange_log_failure(osp_worker *worker, osp_ctx *ctx);
/* Logs a request whose client went away before a handler saw it. */
void osp_exchange_abandon(osp_conn *conn);

/* Advances over the bytes in the exchange, of which there are some. */
osp_progress osp_exchange_advance(osp_conn *conn);
static inline osp_progress osp_exchange_next(osp_conn *conn)
{
    const osp_exchange *exchange = conn->exchange;
    return !exchange->has_head && exchange->in_at == exchange->in_len ? OSP_NEXT_MORE
                                                                      : osp_exchange_advance(conn);
}
/* Where the next bytes of the connection go; never empty. */
void osp_exchange_room(osp_exchange *exchange, char **ret_at, size_t *ret_size);
void osp_exchange_received(osp_exchange *exchange, size_t size);
/* Makes room for bytes of a body.  False when it would be more than the worker may hold, or there
 * is no memory. */
bool osp_exchange_body_reserve(osp_worker *worker, osp_exchange *exchange, size_t more);
/* RFC 9110 10.1.1: tells a client that waits for our word before it sends the body.  Once; one that
 * has begun to send it waits no more. */
void osp_exchange_expect(osp_conn *conn);
/* The same, also when it has sent something. */
void osp_exchange_continue(osp_conn *conn);
/* Gives the connection's answer buffer memory, before something is appended. */
bool osp_conn_out_open(osp_conn *conn);
/* Reads once.  False when there is nothing: the kernel has no more, or the peer has ended. */
bool osp_conn_receive(osp_conn *conn);
/* Sends what there is.  True when all is gone. */
bool osp_conn_flush(osp_conn *conn);
/* Enters a state; the time for it begins now. */
void osp_conn_begin(osp_conn *conn, osp_conn_state state);

/* Sends of the file behind `out`, which has been sent.  True when all is gone. */
bool osp_conn_send_file(osp_conn *conn);
/* Closes it, sent or not. */
void osp_conn_end_file(osp_conn *conn);
/* Lets others have their turn; an event will tell what can be done.  Without memory the connection
 * is broken. */
void osp_conn_again(osp_conn *conn);
/* Keeps no more of an answer in memory than OSP_OUTPUT_SIZE, if there is room elsewhere.  The
 * client is waited for, and no handler runs. */
void osp_conn_thin(osp_conn *conn);

/* What opens public/, reached from the tables of an application that has files there. */
struct osp_asset_keeper {
    /* Opens the folder, where the configuration says, or where the build has left it: beside the
     * folder .openspeed that holds the executable, or beside the executable itself.
     *
     * ret_folder  owned by caller (close)
     * Returns     OSP_OK | OSP_E_NOT_FOUND */
    osp_status (*folder)(osp_str configured, int *ret_folder, osp_error *err);
    /* Makes worker->files.  OSP_OK | OSP_E_NOT_FOUND | OSP_E_NOMEM */
    osp_status (*open)(osp_worker *worker, osp_error *err);
    /* When no connection is left. */
    void (*close)(osp_worker *worker);
};

/* Opens the folder for answers that are not read, in temp_folder, or in that of the system.  Before
 * the process is confined.
 * Returns  a descriptor, owned by caller | -1: there can be none, as err says */
int osp_spill_folder(osp_str temp_folder, osp_error *err);
/* Bytes of the wanted ones that may lie there: where files are memory, no more than OSP_UNREAD_MAX.
 * Before the process is confined. */
uint64_t osp_spill_room(int folder, uint64_t wanted);
/* From now on answers may go there, so many bytes of them.  folder: borrowed until close.
 * OSP_OK | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_spill_begin(osp_worker *worker, int folder, uint64_t max,
                                          osp_error *err);
/* What a form may have; from now on small files are taken. */
void osp_uploads_init(osp_worker *worker);
/* From now on larger ones may go to the folder of osp_spill_folder, so many bytes of them.  folder:
 * borrowed until close.  OSP_OK | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_uploads_begin(osp_worker *worker, int folder, uint64_t max,
                                            osp_error *err);
/* When no request is left, and the loop goes round no more. */
void osp_uploads_close(osp_worker *worker);
/* When no connection is left, and the loop goes round no more. */
void osp_spill_close(osp_worker *worker);
/* Takes the memory of `out`, writes what is unsent of it to a file, and has it sent from there.
 * False: all is as before. */
bool osp_spill_out(osp_conn *conn);
/* The connection needs it no more. */
void osp_spill_end(osp_spilled *spilled);
/* It could not be written: gives `out` its memory back. */
void osp_conn_unspill(osp_conn *conn, osp_buf out, size_t out_at);
/* It was written or not: the connection can go on. */
void osp_conn_go_on(osp_conn *conn);

/* Whether a request is refused now. */
static inline bool osp_overload_any(const osp_worker *worker)
{
    return worker->short_of_memory || osp_loop_behind_us(worker->loop) > worker->wait_us;
}
/* How long requests may wait, while others are refused for that or not. */
int64_t osp_overload_wait_us(const osp_config *config, bool refusing);
/* Counts a request that is. */
void osp_overload_refused(osp_worker *worker);
/* Once a second: whether that is over. */
void osp_overload_look(osp_worker *worker);
/* The answer to it. */
void osp_overload_answer(osp_ctx *ctx);
/* Bytes that each worker may have by the configuration, or by the control group; 0: any. */
uint64_t osp_memory_share(const osp_config *config);
/* From now on the worker's memory is looked at.
 *
 * max       bytes; 0: it is not
 * statm_fd  of /proc/self/statm; borrowed until close */
void osp_memory_begin(osp_worker *worker, uint64_t max, int statm_fd);
/* Once a second: gives up what there is too much of. */
void osp_memory_look(osp_worker *worker);
/* Frees what is kept for reuse. */
void osp_worker_drop_spares(osp_worker *worker);

/* The date line of this second. */
const char *osp_worker_date(osp_worker *worker);
/* What is said of the connection in an answer; decides whether it is the last, be it for a reason
 * of the caller's. */
osp_reply_options osp_exchange_options(osp_conn *conn, bool last);

/* Asks the kernel for the other end, while it is there.  Without memory it will be asked again. */
void osp_conn_remember(osp_conn *conn);
/* A connection begins: whether its peer must speak of its client first, or is counted as one.
 * False: it ends, for its client has too many, or its peer has gone and nobody knows who it was. */
bool osp_conn_greet(osp_conn *conn);
/* Whether that matters. */
static inline bool osp_conn_greets(const osp_worker *worker)
{
    return worker->config->limits.connections_per_client != 0 || worker->config->proxies.protocol;
}
/* Reads what a proxy says from the front of the exchange.
 * Returns  OSP_OK (the request follows) | OSP_AGAIN | a failure: it is nothing of the kind */
OSP_MUST_CHECK osp_status osp_conn_greeted(osp_conn *conn);
/* Who is at the other end, for osp_door. */
void osp_conn_origin(const osp_ctx *ctx, osp_origin *ret_origin);

/* Of a worker that begins. */
void osp_names_begin(osp_names *names);
/* For osp_door: the next name, and a line of a handler. */
void osp_conn_name(const osp_ctx *ctx, char text[OSP_REQUEST_NAME_LEN]);
void osp_conn_log(osp_ctx *ctx, const osp_place *here, osp_log_level level, const char *format,
                  va_list args);
/* What the error log says of a request. */
osp_about osp_conn_about(osp_ctx *ctx);

/* How a handler's osp_read and osp_write reach the connection. */
extern const osp_door osp_conn_door;
/* The handler is done with a message whose answer it has begun. */
void osp_stream_end(osp_conn *conn);

/* Begins to log requests to fd, which is borrowed until the end.  OSP_OK | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_access_begin(osp_worker *worker, int fd);
/* Writes what waits, and tells what is lost.  The loop goes round no more. */
void osp_access_end(osp_worker *worker);
/* Once a second. */
void osp_access_tick(osp_access *access);
/* In the last moments of a process, in a signal handler of the loop's thread. */
void osp_access_crash(osp_access *access);
/* A request has been answered, or will not be.
 *
 * answer_at  where its answer begins in conn->out; OSP_ACCESS_NO_ANSWER: there is none, or it was
 *            streamed */
#define OSP_ACCESS_NO_ANSWER SIZE_MAX
void osp_access_add(osp_conn *conn, size_t answer_at);

/* The probes that the application has no route of its own for. */
unsigned osp_health_probes(const osp_app_def *app);
/* Answers the request if it is one of the worker's probes; false: it is not. */
bool osp_health_answer(const osp_worker *worker, osp_ctx *ctx);
/* Whether that is worth a call. */
static inline bool osp_health_may(const osp_worker *worker, osp_str target)
{
    static const uint8_t begins[256] = { ['l'] = 1, ['r'] = 1, ['%'] = 1, ['.'] = 1, ['/'] = 1 };
    return worker->probes != 0 && target.len >= 6 &&
           (target.ptr[0] != '/' || begins[(unsigned char)target.ptr[1]] != 0);
}

/* From now on a crash of the process names the routes that `worker` is answering, and then takes
 * the course it would have taken.  Called on the loop's thread, once a process. */
OSP_MUST_CHECK osp_status osp_crash_begin(osp_worker *worker, osp_error *err);
/* Before the worker's memory goes. */
void osp_crash_end(osp_worker *worker);

#endif
