/* What clients say for each feature, and what they are to hear. */
#ifndef OSP_TORTURE_FEATURES_H
#define OSP_TORTURE_FEATURES_H

#include <stdbool.h>
#include <stddef.h>

#define SAYS_MAX 6
#define ANSWERS_MAX 6
#define FILL "\1" /* among what is said: `fill` bytes */

/* One answer of many that a client expects. */
typedef struct expected {
    int status;       /* 0: behind the last one */
    const char *body; /* NULL: any */
    const char *part; /* of the answer, head or body; NULL: any */
    size_t size;      /* of the body; 0: any */
    bool head;        /* it answers HEAD: no body follows */
    bool or_empty;    /* with a fault: without a body, too */
} expected;

/* What a feature needs beside its conversation. */
enum {
    NEEDS_TCP = 1,      /* the client comes to the listening socket */
    NEEDS_DATABASE = 2, /* SQLite */
    NEEDS_THREADS = 4,  /* it takes time that the tests do not rule */
    NEEDS_PROXY = 8,    /* the peer speaks the PROXY protocol, and is believed */
    NEEDS_SODIUM = 16,
    READS_LATE = 32,    /* the client reads nothing until it has said everything */
    GOES_AWAY = 64,     /* the client closes, and hears nothing */
    DRAINS = 128,       /* the worker is told to end behind what is said */
    RETIRES = 256,      /* the worker is told that another one has its place */
    CLOSES = 512,       /* the connection ends behind the last answer */
    SERVES = 2048,      /* a supervisor of its own process starts its worker; see start.h */
    UPGRADES = 1024,    /* what comes second is said behind a 101 only */
    LOGS = 4096,        /* each request is logged */
    SPILLS = 8192,      /* what is not read within a second goes to a file */
    TIGHT = 16384,      /* little may be held for requests, and handlers may not wait long */
    OVERLOADED = 32768, /* the worker is behind, and refuses */
    UPLOADS = 65536,    /* large files of forms go to a file */
    WHOLE = 131072,     /* the application has all that one can have, but a database */
};

typedef struct feature {
    const char *name;
    const char *says[SAYS_MAX]; /* one after the other; the worker works in between */
    size_t fill;
    int pass_s;     /* of the worker's clock, when all is said */
    int signal;     /* of SERVES: calls fail from this signal on, and not at the start */
    bool of_worker; /* the signal is the worker's */
    bool files;     /* of SERVES: it keeps logs, a file with its number and a unix socket, and
                     * tells a service manager */
    unsigned flags;
    expected answers[ANSWERS_MAX];
} feature;

extern const feature features[];
extern const size_t feature_count;

#endif
