/* The configuration of the server: openspeed.json, OPENSPEED_* and options.
 *
 * The constants here are what holds unless the configuration says otherwise; config.c describes
 * each member with its bounds.  The supervisor reads it and hands it to its workers as sealed
 * memory, so that all of them agree, whatever happens to the file meanwhile. */
#ifndef OSP_SERVE_CONFIG_H
#define OSP_SERVE_CONFIG_H

#include "app/form.h"
#include "base/sanitizer.h"
#include "http/message.h"
#include "serve/settings.h"
#include "wire/ip.h"

#define OSP_CONFIG_FILE "openspeed.json"
#define OSP_CONFIG_OPTIONS_MAX 64 /* of the command line */
#define OSP_CONFIG_PATHS_MAX 64   /* of a list */
#define OSP_CONFIG_WORDS_MAX 64   /* of a list that goes to the compiler */
#define OSP_CONFIG_PATH_MAX 4000  /* characters */
#define OSP_WORKERS_MAX 256
#define OSP_LOG_PATH_MAX 1000 /* characters of the path of a log */
#define OSP_DRAIN_DELAY_S_MAX 600

#define OSP_OUTPUT_MAX 67108864         /* bytes of answers waiting for a slow client */
#define OSP_SPILL_MAX 1073741824        /* bytes of answers that wait in files */
#define OSP_BODIES_MAX 67108864         /* bytes of all bodies that a worker holds */
#define OSP_REQUEST_MEMORY_MAX 67108864 /* bytes of a request's arena */
#define OSP_MEMORY_MIN 16777216         /* bytes that limits.memory is at least, unless it is 0 */
#define OSP_FIBERS_MAX 4096
#define OSP_CONNS_MAX 1048576
#define OSP_CONN_REQUESTS_MAX 4294967295 /* of one connection */
#define OSP_PIPELINED_MAX 12288          /* bytes of answers that wait while others are made */
#define OSP_BODY_RATE_MIN 240            /* bytes a second that a client sends of a body */
#define OSP_SEND_RATE_MIN 240            /* bytes a second that it takes of an answer */

#define OSP_IDLE_S 75        /* a kept connection without a request */
#define OSP_HEAD_S 15        /* from the first byte of a head to its end */
#define OSP_HEAD_PAUSE_S 10  /* between two reads of a head */
#define OSP_BODY_S 30        /* between two reads of a body */
#define OSP_BODY_TOTAL_S 120 /* from the head of a request to the end of its body */
#define OSP_WRITE_S 30       /* in which a client reads nothing of its answer */
#define OSP_HANDLER_S 60     /* a handler that neither ends nor hears of its client */
#define OSP_AFTER_S 60       /* one piece of work after a response */
#define OSP_WAIT_MS 500      /* a request that waits for its turn while the loop is behind */
#define OSP_DRAIN_S 10       /* from SIGTERM to giving up on requests in flight */
/* A worker that has not gone round for so long hangs, and is replaced. */
#if OSP_ASAN || defined(__SANITIZE_THREAD__)
#define OSP_STUCK_S 60 /* everything takes several times as long */
#else
#define OSP_STUCK_S 10
#endif

typedef struct osp_config_listen {
    osp_str host;
    uint32_t port, backlog;
    osp_str_list addresses; /* each fits osp_address_parse */
} osp_config_listen;

typedef enum osp_proxy_header { OSP_X_FORWARDED, OSP_FORWARDED } osp_proxy_header;

typedef struct osp_config_proxies {
    osp_str_list trusted; /* fit osp_trust_add */
    osp_proxy_header header;
    bool protocol;
} osp_config_proxies;

typedef struct osp_config_limits {
    uint32_t request_head, target, headers, trailers, chunk_line, pipelined;
    uint64_t body, bodies, answers, spill, request_memory, memory;
    uint64_t upload_file, upload_total, upload_memory, uploads;
    uint32_t upload_files, form_fields;
    uint32_t requests, requests_per_connection, connections, connections_per_client;
    uint32_t min_body_rate, min_send_rate;
} osp_config_limits;

typedef struct osp_config_deadlines {
    uint32_t idle_s, head_s, head_pause_s, body_s, body_total_s, write_s, handler_s, after_s,
        wait_ms, drain_s, drain_delay_s, stuck_s;
} osp_config_deadlines;

typedef enum osp_access_format {
    OSP_ACCESS_JSON,
    OSP_ACCESS_COMBINED,
    OSP_ACCESS_TEXT
} osp_access_format;
typedef enum osp_errors_format { OSP_ERRORS_TEXT, OSP_ERRORS_JSON } osp_errors_format;

/* Targets are "stdout", "stderr" or a path; that of the access log may be "off". */
typedef struct osp_config_log {
    osp_str access, errors;
    osp_access_format access_format;
    osp_errors_format errors_format;
    osp_log_level level;
} osp_config_log;
typedef enum osp_seccomp_mode {
    OSP_SECCOMP_OFF = 0,
    OSP_SECCOMP_DENY,  /* what no worker needs is refused with EPERM */
    OSP_SECCOMP_STRICT /* what is not known to be needed ends the worker with a crash report */
} osp_seccomp_mode;

/* What the processes give up: harden.h. */
typedef struct osp_config_harden {
    osp_str user; /* empty: nobody else */
    osp_seccomp_mode seccomp;
    bool landlock;   /* no file but those that are named */
    bool privileges; /* a worker has no capability */
    bool exec;       /* a worker starts no program */
    bool wx;         /* no memory that was written is executed */
    bool dump;       /* no image of a worker's memory: neither a core nor a debugger of its user */
    bool umask;      /* files are made unreadable for others */
    bool verbose;    /* each worker says what holds */
    osp_str_list read, write;
} osp_config_harden;

/* What `openspeed build` gives the compiler; the server has no use for it. */
typedef struct osp_config_build {
    osp_str_list packages, cflags, libs;
} osp_config_build;

typedef struct osp_config {
    osp_str schema; /* for editors */
    osp_config_listen listen;
    osp_config_proxies proxies;
    uint32_t workers;      /* 0: one for each processor that may be used */
    bool health;           /* /livez and /readyz are answered */
    osp_str pid_file;      /* empty: none */
    osp_str temp_folder;   /* empty: that of the system */
    osp_str public_folder; /* empty: where the build has left it */
    osp_config_limits limits;
    osp_config_deadlines deadlines;
    osp_config_log log;
    osp_config_harden harden;
    osp_config_build build;
} osp_config;

/* Of osp_config.  static */
const osp_type *osp_config_type(void);

/* What the command line says about the configuration. */
typedef struct osp_config_args {
    const char *file;   /* NULL: OPENSPEED_CONFIG, else OSP_CONFIG_FILE if it is there */
    const char *harden; /* words; NULL: none */
    osp_settings_option options[OSP_CONFIG_OPTIONS_MAX];
    size_t option_count;
} osp_config_args;

/* Reads the configuration; the value of the settings is an osp_config.
 *
 * environment  as environ
 * Returns      as osp_settings_load, whose settings->said tells */
OSP_MUST_CHECK osp_status osp_config_load(osp_settings *settings, const osp_config_args *args,
                                          char *const *environment);
/* The same of a file that may be missing, and of nothing else but the environment. */
OSP_MUST_CHECK osp_status osp_config_load_build(osp_settings *settings, const char *file,
                                                char *const *environment);
/* What holds where nobody says anything.  static */
const osp_config *osp_config_default(void);

/* Whose word about clients is believed. */
void osp_config_trust(const osp_config *config, osp_trust *ret_trust);

/* Puts a configuration into sealed memory, for osp_config_unseal in another process of the same
 * executable.
 * ret_fd   owned by caller (close)
 * Returns  OSP_OK | OSP_E_NOMEM | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_config_seal(const osp_config *config, int *ret_fd);
/* Reads what was put there.  In arena; NULL when that fails. */
const osp_config *osp_config_unseal(int fd, osp_arena *arena);
/* deadlines.drain_s of what was put there.  Also for signal handlers. */
uint32_t osp_config_sealed_drain_s(int fd);

#endif
