/* openspeed new: the folder of a new application. */
#include <stdio.h>
#include <string.h>

#include "build/starter.h"
#include "command.h"

static void print_json(const char *folder, const osp_kit_list *files)
{
    fputs("{\"ok\":true,", stdout);
    osp_command_json("folder", folder);
    fputs(",\"files\":[", stdout);
    for (size_t i = 0; i < files->count; i++) {
        fputs(i > 0 ? "," : "", stdout);
        osp_command_json_text(files->items[i]);
    }
    fputs("]}\n", stdout);
}

static void print_text(const char *folder, const osp_kit_list *files)
{
    for (size_t i = 0; i < files->count; i++) {
        printf("%s/%s\n", folder, (const char *)files->items[i]);
    }
    puts("\nNow:");
    if (strcmp(folder, ".") != 0) {
        printf("    cd %s\n", folder);
    }
    puts("    openspeed test\n    openspeed dev");
}

static int run(int argc, char **argv)
{
    const char *folder = NULL, *template = "api", *json = NULL;
    const osp_option options[] = {
        { .name = "template", .kind = OSP_OPTION_TEXT, .value = &template },
        { .name = "json", .value = &json },
        { .name = NULL }
    };
    osp_error err = { 0 };
    osp_status status = osp_args_read(argc, argv, options, &folder, &err);
    if (status == OSP_OK && folder == NULL) {
        status = osp_error_set(&err, OSP_E_INVALID, "say the name of the application");
    } else if (status == OSP_OK && !osp_starter_exists(template)) {
        status = osp_error_set(&err, OSP_E_INVALID,
                               "there is no template \"%.40s\"; say api or web", template);
    }
    if (status != OSP_OK) {
        return osp_command_usage(&osp_command_new, &err);
    }
    osp_arena arena;
    osp_kit_list files;
    int code = OSP_EXIT_OK;
    osp_arena_init(&arena, NULL, 0, OSP_BUILD_ARENA_MAX);
    if (osp_starter_write(&arena, template, folder, &files, &err) != OSP_OK) {
        code = osp_command_fail(&err, json != NULL);
    } else if (json != NULL) {
        print_json(folder, &files);
    } else {
        print_text(folder, &files);
    }
    osp_arena_done(&arena);
    return code;
}

const osp_command osp_command_new = {
    .name = "new",
    .usage = "new NAME [--template api|web] [--json]",
    .summary = "make the folder of a new application",
    .help = "Writes an application that works into the folder NAME: routes with their tests, a\n"
            "migration, a Makefile, a Dockerfile, a unit for systemd.  The folder must be empty, "
            "but for\n"
            ".git, or not be there.  Its last part is the name: letters, digits and dashes.\n"
            "\n"
            "  --template T   api, the default: typed JSON with a database and OpenAPI\n"
            "                 web: pages with a form, and files in public/\n"
            "  --json         what was written as one JSON object on stdout\n"
            "\n"
            "It asks nothing and needs no network.\n",
    .run = run,
};
