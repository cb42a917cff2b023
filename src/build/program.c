#include "build/program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int osp_program_run(osp_arena *arena, const osp_kit_list *words, const char **ret_output)
{
    osp_kit_list argv = { 0 };
    posix_spawn_file_actions_t actions;
    int fds[2], wait_status = -1;
    pid_t pid = 0;
    *ret_output = "";
    for (size_t i = 0; i < words->count; i++) {
        osp_kit_push(arena, &argv, words->items[i]);
    }
    osp_kit_push(arena, &argv, NULL);
    if (pipe2(fds, O_CLOEXEC) != 0) {
        return -1;
    }
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, fds[1], STDERR_FILENO);
    const int error = posix_spawnp(&pid, argv.items[0], &actions, NULL,
                                   (char *const *)(uintptr_t)argv.items, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(fds[1]);
    char *text = osp_kit_alloc(arena, OSP_PROGRAM_OUTPUT_MAX + 1);
    char rest[512];
    size_t len = 0;
    ssize_t got;
    /* To the end, also of what is not kept: who cannot write would wait for ever. */
    while ((got = read(fds[0], len < OSP_PROGRAM_OUTPUT_MAX ? text + len : rest,
                       len < OSP_PROGRAM_OUTPUT_MAX ? OSP_PROGRAM_OUTPUT_MAX - len
                                                    : sizeof(rest))) > 0) {
        len += len < OSP_PROGRAM_OUTPUT_MAX ? (size_t)got : 0;
    }
    (void)close(fds[0]);
    *ret_output = text;
    if (error != 0 || waitpid(pid, &wait_status, 0) != pid) {
        return -1;
    }
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
}
