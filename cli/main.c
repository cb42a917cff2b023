/* The `openspeed` command: a table of subcommands, one file each. */
#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "command.h"
#include "dev/dev.h"

static const osp_command *const commands[] = {
    &osp_command_new,    &osp_command_generate, &osp_command_dev,     &osp_command_build,
    &osp_command_start,  &osp_command_test,     &osp_command_routes,  &osp_command_why,
    &osp_command_jobs,   &osp_command_check,    &osp_command_openapi, &osp_command_db,
    &osp_command_config, &osp_command_doctor,   &osp_command_version,
};

static const osp_command *find(const char *name)
{
    for (size_t i = 0; i < OSP_ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static void print_help(FILE *out)
{
    fputs("openspeed: web applications in C, from a folder to a server\n\n"
          "usage: openspeed COMMAND [ARGUMENTS]\n\n",
          out);
    for (size_t i = 0; i < OSP_ARRAY_LEN(commands); i++) {
        fprintf(out, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
    }
    fputs("  help      this text, or that of a command: openspeed help build\n", out);
}

static int print_command_help(const osp_command *command)
{
    printf("usage: openspeed %s\n\n%s", command->usage, command->help);
    return OSP_EXIT_OK;
}

static int unknown(const char *name)
{
    osp_nearest nearest = { .word = osp_str_from(name) };
    for (size_t i = 0; i < OSP_ARRAY_LEN(commands); i++) {
        osp_nearest_try(&nearest, commands[i]->name);
    }
    fprintf(stderr, "error: there is no command \"%s\"", name);
    if (nearest.name != NULL) {
        fprintf(stderr, "; did you mean \"%s\"?\n", nearest.name);
    } else {
        fputs("; see openspeed help\n", stderr);
    }
    return OSP_EXIT_USAGE;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "--worker") == 0) { /* what `openspeed dev` starts */
        return osp_dev_blank_main(argc, argv);
    }
    if (argc < 2) {
        print_help(stderr);
        return OSP_EXIT_USAGE;
    }
    if (strcmp(argv[1], "help") == 0 || is_help(argv[1])) {
        if (argc < 3) {
            print_help(stdout);
            return OSP_EXIT_OK;
        }
        const osp_command *about = find(argv[2]);
        return about != NULL ? print_command_help(about) : unknown(argv[2]);
    }
    const bool version = strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0 ||
                         strcmp(argv[1], "-v") == 0;
    const osp_command *command = find(version ? "version" : argv[1]);
    if (command == NULL) {
        return unknown(argv[1]);
    }
    for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (is_help(argv[i])) {
            return print_command_help(command);
        }
    }
    return command->run(argc - 2, argv + 2);
}
