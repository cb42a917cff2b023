/* The main function of the tests of an application. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "test/runner.h"

#define JOBS_MAX 256
#define LIMIT_S_MAX 86400

static const char help[] =
    "usage: %s [--filter TEXT] [--jobs N] [--limit SECONDS] [--json] [--verbose] [--list]\n";

static bool read_number(const char *text, int64_t max, int64_t *ret_number)
{
    return osp_str_to_int(osp_str_from(text), ret_number) == OSP_OK && *ret_number >= 1 &&
           *ret_number <= max;
}

/* An option with a value.  False: it is none, or its value is no good. */
static bool take_valued(osp_test_run *run, const char *name, const char *value)
{
    int64_t number = 0;
    if (value == NULL) {
        return false;
    }
    if (strcmp(name, "--filter") == 0) {
        run->filter = value;
        return true;
    }
    if (strcmp(name, "--jobs") == 0 && read_number(value, JOBS_MAX, &number)) {
        run->jobs = (size_t)number;
        return true;
    }
    return strcmp(name, "--limit") == 0 && read_number(value, LIMIT_S_MAX, &run->limit_s);
}

int osp_test_main(const osp_app_def *app, const osp_test_def *const *tests, size_t count, int argc,
                  char **argv)
{
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    osp_test_run run = { .app = app,
                         .tests = tests,
                         .count = count,
                         .jobs = cpus > 0 && cpus < JOBS_MAX ? (size_t)cpus : 1,
                         .limit_s = 60 };
    bool lists = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--check") == 0) { /* the build's last word, as of the application */
            return osp_serve_main(app, argc, argv);
        }
        if (strcmp(argv[i], "--json") == 0) {
            run.json = true;
        } else if (strcmp(argv[i], "--verbose") == 0) {
            run.verbose = true;
        } else if (strcmp(argv[i], "--list") == 0) {
            lists = true;
        } else if (take_valued(&run, argv[i], argv[i + 1])) {
            i++;
        } else {
            fprintf(stderr, help, argv[0]);
            return 2;
        }
    }
    return lists ? osp_test_list(&run) : osp_test_run_all(&run);
}
