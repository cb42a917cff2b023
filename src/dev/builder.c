#include "dev/builder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child's side; never returns. */
static void build(osp_build_options options, int result_fd, int said_fd)
{
    osp_arena arena;
    osp_build_result result = { 0 };
    osp_error err = { 0 };
    osp_built built = { 0 };
    sigset_t none;
    sigemptyset(&none);
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)dup2(said_fd, STDERR_FILENO);
    (void)dup2(said_fd, STDOUT_FILENO);
    osp_arena_init(&arena, NULL, 0, OSP_BUILD_ARENA_MAX);
    built.good = osp_build_app(&arena, options, &result, &err) == OSP_OK;
    built.linked = result.linked;
    built.routes = result.routes;
    built.files = result.files;
    built.compiled = result.compiled;
    built.compile_ms = result.compile_ms;
    built.link_ms = result.link_ms;
    (void)snprintf(built.app, sizeof built.app, "%s", built.good ? result.app : "");
    (void)snprintf(built.error, sizeof built.error, "%s", err.message);
    (void)fflush(NULL);
    _exit(write(result_fd, &built, sizeof built) == (ssize_t)sizeof built ? 0 : 1);
}

osp_status osp_builder_start(osp_builder *builder, osp_build_options options, int64_t now_ms)
{
    int result[2], said[2];
    OSP_ASSERT(builder->pid == 0);
    if (pipe2(result, O_CLOEXEC) != 0) {
        return OSP_E_IO;
    }
    if (pipe2(said, O_CLOEXEC) != 0) {
        (void)close(result[0]);
        (void)close(result[1]);
        return OSP_E_IO;
    }
    (void)fflush(NULL); /* or the child would say it again */
    const pid_t pid = fork();
    if (pid == 0) {
        build(options, result[1], said[1]);
    }
    (void)close(result[1]);
    (void)close(said[1]);
    if (pid < 0) {
        (void)close(result[0]);
        (void)close(said[0]);
        return OSP_E_IO;
    }
    (void)setpgid(pid, pid); /* whoever of both is first */
    (void)fcntl(said[0], F_SETFL, O_NONBLOCK);
    *builder = (osp_builder){ .pid = pid,
                              .result_fd = result[0],
                              .said_fd = said[0],
                              .kind = options.kind,
                              .began_ms = now_ms };
    osp_buf_init(&builder->said, NULL, 0, OSP_BUILDER_SAID_MAX);
    return OSP_OK;
}

void osp_builder_listen(osp_builder *builder)
{
    char bytes[4096];
    ssize_t got;
    while ((got = read(builder->said_fd, bytes, sizeof bytes)) > 0) {
        osp_buf_append(&builder->said, bytes, (size_t)got); /* what is too much is dropped */
        builder->said.failed = false;
    }
}

static void done(osp_builder *builder)
{
    (void)close(builder->result_fd);
    (void)close(builder->said_fd);
    builder->pid = 0;
}

osp_status osp_builder_end(osp_builder *builder, osp_built *ret_built)
{
    OSP_ASSERT(builder->pid != 0);
    const ssize_t got = read(builder->result_fd, ret_built, sizeof *ret_built);
    osp_builder_listen(builder);
    pid_t ended;
    do {
        ended = waitpid(builder->pid, NULL, 0);
    } while (ended < 0 && errno == EINTR);
    done(builder);
    return got == (ssize_t)sizeof *ret_built ? OSP_OK : OSP_E_CLOSED;
}

void osp_builder_kill(osp_builder *builder)
{
    if (builder->pid == 0) {
        return;
    }
    (void)kill(-builder->pid, SIGKILL);
    (void)kill(builder->pid, SIGKILL); /* one that has no group of its own yet */
    (void)waitpid(builder->pid, NULL, 0);
    done(builder);
    osp_buf_done(&builder->said);
}
