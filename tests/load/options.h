/* What the load client is asked to do. */
#ifndef TESTS_LOAD_OPTIONS_H
#define TESTS_LOAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define CONNECTIONS_MAX 65536

typedef struct options {
    const char *host, *path;
    const char *expect; /* the body of a right answer; NULL: any */
    bool workers;       /* it is the number of the process that answers */
    uint32_t port;
    uint32_t connections;     /* that are opened at once and opened again when they close */
    uint32_t connections_max; /* with those that are opened for requests that find none free */
    uint32_t rate;            /* requests a second; 0: each connection asks when it is answered */
    uint32_t per_connection;  /* requests; 0: no end */
    uint32_t seconds;         /* 0: until SIGINT or SIGTERM */
    uint32_t timeout_ms;      /* the client gives up; 0: never */
    uint32_t grace_ms;        /* at the end, for answers to what has been asked */
} options;

/* Reads the command line; false: it was not right, or only asked for help, and `ret_code` is the
 * exit status. */
bool options_read(int argc, char **argv, options *ret_options, int *ret_code);

#endif
