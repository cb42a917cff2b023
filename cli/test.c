/* openspeed test: builds the tests of an application and runs them. */
#include "command.h"

#define JOBS_MAX 256
#define LIMIT_S_MAX 86400

static int run(int argc, char **argv)
{
    const char *dir = ".", *filter = NULL, *jobs = NULL, *limit = NULL;
    const char *json = NULL, *verbose = NULL, *list = NULL, *plain = NULL;
    const osp_option options[] = {
        { .name = "filter", .kind = OSP_OPTION_TEXT, .value = &filter },
        { .name = "jobs", .kind = OSP_OPTION_INT, .value = &jobs, .min = 1, .max = JOBS_MAX },
        { .name = "limit", .kind = OSP_OPTION_INT, .value = &limit, .min = 1, .max = LIMIT_S_MAX },
        { .name = "json", .value = &json },
        { .name = "verbose", .value = &verbose },
        { .name = "list", .value = &list },
        { .name = "no-sanitize", .value = &plain },
        { .name = NULL }
    };
    osp_error err = { 0 };
    if (osp_args_read(argc, argv, options, &dir, &err) != OSP_OK) {
        return osp_command_usage(&osp_command_test, &err);
    }
    const char *const valued[][2] = { { "--filter", filter },
                                      { "--jobs", jobs },
                                      { "--limit", limit } };
    const char *const flags[][2] = { { "--json", json },
                                     { "--verbose", verbose },
                                     { "--list", list } };
    const char *args[2 * OSP_ARRAY_LEN(valued) + OSP_ARRAY_LEN(flags) + 1] = { NULL };
    size_t count = 0;
    for (size_t i = 0; i < OSP_ARRAY_LEN(valued); i++) {
        if (valued[i][1] != NULL) {
            args[count++] = valued[i][0];
            args[count++] = valued[i][1];
        }
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(flags); i++) {
        if (flags[i][1] != NULL) {
            args[count++] = flags[i][0];
        }
    }
    const osp_build_options build = { .dir = dir, .kind = OSP_BUILD_TESTS, .plain = plain != NULL };
    return osp_command_exec_build(build, args, json != NULL);
}

const osp_command osp_command_test = {
    .name = "test",
    .usage = "test [DIR] [--filter TEXT] [--jobs N] [--limit S] [--no-sanitize] [--verbose]\n"
             "                [--list] [--json]",
    .summary = "run the tests of an application",
    .help =
        "Builds the application in DIR (default: the current folder) with its tests, the files\n"
        "whose names end in _test.c, into DIR/.openspeed/release-tests/tests and runs each test "
        "as\n"
        "a process of its own, with a database of its own.  A line tells of each that failed: "
        "file,\n"
        "line and what did not hold; what the test said follows.  The last line is \"N passed, N\n"
        "failed\", and the exit status 0 when all have passed and there are some.\n"
        "\n"
        "  --filter TEXT  only tests with TEXT in their name, file or sentence\n"
        "  --jobs N       tests at once (default: one for each processor)\n"
        "  --limit S      seconds after which a test has failed (default 60)\n"
        "  --no-sanitize  without AddressSanitizer and UBSan, which else see what a handler does\n"
        "                 to memory that is not its own; for compilers that have none\n"
        "  --verbose      a line for tests that passed, too\n"
        "  --list         print the tests and run none\n"
        "  --json         one JSON object on stdout: tests, passed, failed\n"
        "\n"
        "Environment: CC and OPENSPEED_HOME, as for build; TMPDIR.  DATABASE_URL is another for "
        "each\n"
        "test.\n",
    .run = run,
};
