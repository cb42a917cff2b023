/* The command line of the load client: a table. */
#include "tests/load/options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum option_kind { OPTION_TEXT, OPTION_NUMBER, OPTION_FLAG } option_kind;

static const struct row {
    const char *name, *what;
    option_kind kind;
    size_t at;
    uint32_t most;
} rows[] = {
    { "--host", "address to connect to (127.0.0.1)", OPTION_TEXT, offsetof(options, host), 0 },
    { "--port", "port, needed", OPTION_NUMBER, offsetof(options, port), 65535 },
    { "--path", "what is asked for (/)", OPTION_TEXT, offsetof(options, path), 0 },
    { "--expect", "the body of a right answer (any)", OPTION_TEXT, offsetof(options, expect), 0 },
    { "--workers", "the body is the number of the process that answers; it stays on a connection",
      OPTION_FLAG, offsetof(options, workers), 0 },
    { "--connections", "kept, and opened again when they close (1)", OPTION_NUMBER,
      offsetof(options, connections), CONNECTIONS_MAX },
    { "--connections-max", "with those opened for requests that find none free (--connections)",
      OPTION_NUMBER, offsetof(options, connections_max), CONNECTIONS_MAX },
    { "--rate", "requests a second, whatever the answers; 0: one after the other (0)",
      OPTION_NUMBER, offsetof(options, rate), 10000000 },
    { "--per-connection", "requests, the last with Connection: close; 0: no end (0)", OPTION_NUMBER,
      offsetof(options, per_connection), UINT32_MAX },
    { "--seconds", "how long; 0: until SIGINT or SIGTERM (0)", OPTION_NUMBER,
      offsetof(options, seconds), 1000000 },
    { "--timeout-ms", "in which an answer must come, from when it was due; 0: for ever (0)",
      OPTION_NUMBER, offsetof(options, timeout_ms), 1000000 },
    { "--grace-ms", "at the end, for answers that are still to come (5000)", OPTION_NUMBER,
      offsetof(options, grace_ms), 1000000 },
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

static void help(void)
{
    puts("Asks a server for one thing, checks each answer, and counts what went wrong.\n"
         "Prints {\"ready\":N} when the connections stand, and one line of JSON at the end.\n");
    for (size_t i = 0; i < ROW_COUNT; i++) {
        printf("  %-18s %s\n", rows[i].name, rows[i].what);
    }
}

static bool read_number(const char *text, uint32_t most, void *to)
{
    char *end;
    const unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != 0 || value > most) {
        return false;
    }
    const uint32_t number = (uint32_t)value;
    memcpy(to, &number, sizeof number);
    return true;
}

static bool read_one(const struct row *row, const char *value, options *ret_options)
{
    void *to = (char *)ret_options + row->at;
    switch (row->kind) {
    case OPTION_NUMBER:
        return read_number(value, row->most, to);
    case OPTION_TEXT:
        memcpy(to, &value, sizeof value);
        return true;
    case OPTION_FLAG:
        *(bool *)to = true;
        return true;
    }
    return false;
}

bool options_read(int argc, char **argv, options *ret_options, int *ret_code)
{
    *ret_options =
        (options){ .host = "127.0.0.1", .path = "/", .connections = 1, .grace_ms = 5000 };
    *ret_code = 2;
    for (int i = 1; i < argc; i++) {
        const struct row *row = rows;
        if (strcmp(argv[i], "--help") == 0) {
            help();
            *ret_code = 0;
            return false;
        }
        for (; row < rows + ROW_COUNT && strcmp(argv[i], row->name) != 0; row++) {
        }
        const bool known = row < rows + ROW_COUNT;
        const bool has_value = known && row->kind != OPTION_FLAG;
        if (!known || (has_value && i + 1 == argc) ||
            !read_one(row, has_value ? argv[i + 1] : NULL, ret_options)) {
            fprintf(stderr, "error: %s: %s\n", argv[i],
                    known ? "no such value" : "no such option; --help lists them");
            return false;
        }
        i += has_value;
    }
    if (ret_options->port == 0) {
        fprintf(stderr, "error: --port is needed\n");
        return false;
    }
    if (ret_options->connections_max < ret_options->connections) {
        ret_options->connections_max = ret_options->connections;
    }
    return true;
}
