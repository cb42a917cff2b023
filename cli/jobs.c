/* openspeed jobs: what is done again and again. */
#include "command.h"

static int run(int argc, char **argv)
{
    const char *dir = ".", *json = NULL;
    const osp_option options[] = { { .name = "json", .value = &json }, { .name = NULL } };
    osp_error err = { 0 };
    if (osp_args_read(argc, argv, options, &dir, &err) != OSP_OK) {
        return osp_command_usage(&osp_command_jobs, &err);
    }
    const char *const args[] = { "--jobs", json != NULL ? "--json" : NULL, NULL };
    return osp_command_exec(dir, args, json != NULL);
}

const osp_command osp_command_jobs = {
    .name = "jobs",
    .usage = "jobs [DIR] [--json]",
    .summary = "print what is done on a timer, and when next",
    .help =
        "Builds the application in DIR (default: the current folder) where something changed and\n"
        "prints every job that it declares by OSP_JOB: its name, its times, the next one in UTC,\n"
        "and what it is for, or its file where it does not say.\n"
        "\n"
        "  --json    an array with name, file, line, times, next and doc of each\n",
    .run = run,
};
