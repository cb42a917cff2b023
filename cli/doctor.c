/* openspeed doctor: what is missing before something fails for want of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "build/doctor.h"
#include "command.h"

static const char *const words[] = {
    [OSP_HEALTH_OK] = "ok", [OSP_HEALTH_WARNING] = "warning", [OSP_HEALTH_FAILED] = "failed"
};

static void print_json(const osp_kit_list *found, bool well)
{
    printf("{\"ok\":%s,\"checks\":[", well ? "true" : "false");
    for (size_t i = 0; i < found->count; i++) {
        const osp_diagnosis *one = found->items[i];
        fputs(i > 0 ? ",{" : "{", stdout);
        osp_command_json("name", one->name);
        putchar(',');
        osp_command_json("health", words[one->health]);
        putchar(',');
        osp_command_json("text", one->text);
        if (one->advice != NULL) {
            putchar(',');
            osp_command_json("advice", one->advice);
        }
        putchar('}');
    }
    puts("]}");
}

static void print_text(const osp_kit_list *found)
{
    for (size_t i = 0; i < found->count; i++) {
        const osp_diagnosis *one = found->items[i];
        printf("%-8s %-13s %s\n", words[one->health], one->name, one->text);
        if (one->advice != NULL) {
            printf("%-22s %s\n", "", one->advice);
        }
    }
}

static int run(int argc, char **argv)
{
    const char *dir = ".", *json = NULL;
    const osp_option options[] = { { .name = "json", .value = &json }, { .name = NULL } };
    osp_error err = { 0 };
    if (osp_args_read(argc, argv, options, &dir, &err) != OSP_OK) {
        return osp_command_usage(&osp_command_doctor, &err);
    }
    if (chdir(dir) != 0) {
        (void)osp_error_set(&err, OSP_E_IO, "%s: %s", dir, strerror(errno));
        return osp_command_fail(&err, json != NULL);
    }
    osp_arena arena;
    osp_arena_init(&arena, NULL, 0, OSP_BUILD_ARENA_MAX);
    const osp_kit_list found = osp_doctor_look(&arena);
    bool well = true;
    for (size_t i = 0; i < found.count; i++) {
        well &= ((const osp_diagnosis *)found.items[i])->health != OSP_HEALTH_FAILED;
    }
    if (json != NULL) {
        print_json(&found, well);
    } else {
        print_text(&found);
    }
    osp_arena_done(&arena);
    return well ? OSP_EXIT_OK : OSP_EXIT_FAILED;
}

const osp_command osp_command_doctor = {
    .name = "doctor",
    .usage = "doctor [DIR] [--json]",
    .summary = "look for what is missing",
    .help =
        "Looks at what building and serving the application in DIR (default: the current folder)\n"
        "need: the compiler, headers and libraries (a program is compiled, linked and run), the\n"
        "sanitizers of openspeed test, the folder and its permissions, the configuration, the "
        "port\n"
        "and the database.  A line for each; below one that is not well stands what to do.  The "
        "exit\n"
        "status is 0 when nothing has failed; a warning fails nothing.\n"
        "\n"
        "  --json    one JSON object on stdout\n"
        "\n"
        "Environment: that of build and start.\n",
    .run = run,
};
