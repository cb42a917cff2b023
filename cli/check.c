/* openspeed check: what the build proves, and what it would notice. */
#include "command.h"

static int run(int argc, char **argv)
{
    const char *dir = ".", *forget = NULL;
    const osp_option options[] = { { .name = "forget", .value = &forget }, { .name = NULL } };
    osp_error err = { 0 };
    if (osp_args_read(argc, argv, options, &dir, &err) != OSP_OK) {
        return osp_command_usage(&osp_command_check, &err);
    }
    const char *const args[] = { forget != NULL ? "--forget" : "--check", NULL };
    return osp_command_exec(dir, args, false);
}

const osp_command osp_command_check = {
    .name = "check",
    .usage = "check [DIR] [--forget]",
    .summary = "prove an application, or what it would notice",
    .help =
        "Builds the application in DIR (default: the current folder) where something changed, "
        "which\n"
        "proves it, and proves it once more.\n"
        "\n"
        "  --forget  take away each provider that authenticates in turn, as if all who need it "
        "had\n"
        "            forgotten to say so: fails when a route that it guards would build without,\n"
        "            because no middleware around it says .deny_by_default\n",
    .run = run,
};
