/* The configuration of the server: openspeed.json, OPENSPEED_* and options.
 *
 * The constants here are what holds unless the configuration says otherwise; config.c describes
 * each member with its bounds.  The supervisor reads it and hands it to its workers as a sealed
 * page, so that all of them agree, whatever happens to the file meanwhile. */
#ifndef OSP_SERVE_CONFIG_H
#define OSP_SERVE_CONFIG_H

#include "base/sanitizer.h"
#include "http/message.h"
#include "serve/settings.h"

#define OSP_CONFIG_FILE "openspeed.json"
#define OSP_WORKERS_MAX 256
#define OSP_LOG_PATH_MAX 1000 /* characters of the path of a log */

#define OSP_OUTPUT_MAX 67108864         /* bytes of answers waiting for a slow client */
#define OSP_BODIES_MAX 67108864         /* bytes of all bodies that a worker holds */
#define OSP_REQUEST_MEMORY_MAX 67108864 /* bytes of a request's arena */
#define OSP_FIBERS_MAX 4096
#define OSP_CONNS_MAX 1048576
#define OSP_CONN_REQUESTS_MAX 4294967295 /* of one connection */

#define OSP_IDLE_S 75        /* a kept connection without a request */
#define OSP_HEAD_S 15        /* from the first byte of a head to its end */
#define OSP_BODY_S 30        /* between two reads of a body */
#define OSP_BODY_TOTAL_S 120 /* from the head of a request to the end of its body */
#define OSP_WRITE_S 30       /* between two writes to a client that does not read */
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
} osp_config_listen;

typedef struct osp_config_limits {
    uint32_t request_head, target, headers, trailers, chunk_line;
    uint64_t body, bodies, answers, request_memory;
    uint32_t requests, requests_per_connection, connections;
} osp_config_limits;

typedef struct osp_config_deadlines {
    uint32_t idle_s, head_s, body_s, body_total_s, write_s, drain_s, stuck_s;
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

typedef struct osp_config {
    osp_str schema; /* for editors */
    osp_config_listen listen;
    uint32_t workers; /* 0: one for each processor that may be used */
    osp_config_limits limits;
    osp_config_deadlines deadlines;
    osp_config_log log;
} osp_config;

/* Of osp_config.  static */
const osp_type *osp_config_type(void);

/* What the command line says about the configuration. */
typedef struct osp_config_args {
    const char *file; /* NULL: OPENSPEED_CONFIG, else OSP_CONFIG_FILE if it is there */
    osp_settings_option options[8];
    size_t option_count;
} osp_config_args;

/* Reads the configuration; the value of the settings is an osp_config.
 *
 * environment  as environ
 * Returns      as osp_settings_load, whose settings->said tells */
OSP_MUST_CHECK osp_status osp_config_load(osp_settings *settings, const osp_config_args *args,
                                          char *const *environment);
/* What holds where nobody says anything.  static */
const osp_config *osp_config_default(void);

/* Puts a configuration into sealed memory, for osp_config_map in another process of the same
 * executable.  Its texts stay behind: they are the supervisor's.
 * ret_fd   owned by caller (close)
 * Returns  OSP_OK | OSP_E_IO */
OSP_MUST_CHECK osp_status osp_config_seal(const osp_config *config, int *ret_fd);
/* What was put there, mapped for the life of the process; NULL when that fails. */
const osp_config *osp_config_map(int fd);

#endif
