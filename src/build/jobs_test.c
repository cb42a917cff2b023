#include "build/jobs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static osp_arena arena;
static osp_error err;
static char root[] = "/tmp/osp-jobs-XXXXXX";

static void begin(void)
{
    osp_arena_init(&arena, NULL, 0, (size_t)16 << 20);
    OSP_CHECK(mkdtemp(root) != NULL);
}

static void end(void)
{
    const char *const argv[] = { "rm", "-rf", "--", root, NULL };
    (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
    OSP_CHECK(!"rm cannot be run");
}

static const char *path(const char *name)
{
    return osp_kit_format(&arena, "%s/%s", root, name);
}

static void put(const char *name, const char *text)
{
    OSP_CHECK(osp_kit_write(&arena, path(name), osp_str_from(text), &err) == OSP_OK);
}

static void age(const char *name, int seconds)
{
    struct timespec times[2];
    OSP_CHECK(clock_gettime(CLOCK_REALTIME, &times[0]) == 0);
    times[0].tv_sec -= seconds;
    times[1] = times[0];
    OSP_CHECK(utimensat(AT_FDCWD, path(name), times, 0) == 0);
}

/* A compiler that copies `in` to the output. */
static osp_job copy_job(void)
{
    osp_job job = { .label = "in", .output = "out", .depfile = "out.d" };
    osp_kit_push_words(&arena, &job.argv, "cp in out.part");
    return job;
}

static osp_status run(osp_job *job, size_t *ran)
{
    osp_kit_list jobs = { 0 };
    osp_kit_push(&arena, &jobs, job);
    const osp_jobs_options options = { .dir = root, .parallel = 2, .quiet = true };
    return osp_jobs_run(&arena, &jobs, options, ran, &err);
}

OSP_UNIT_TEST(jobs_fresh, "what was made is not made again until an input or the command changes")
{
    size_t ran = 0;
    begin();
    put("in", "1");
    put("a b#c$.h", "1");
    put("out.d", "out: in \\\n  a\\ b\\#c$$.h\n");
    age("in", 10);
    age("a b#c$.h", 10);
    osp_job job = copy_job();
    OSP_CHECK(run(&job, &ran) == OSP_OK && ran == 1);
    OSP_CHECK(access(path("out"), F_OK) == 0 && access(path("out.log"), F_OK) != 0);
    OSP_CHECK(run(&job, &ran) == OSP_OK && ran == 0);
    age("a b#c$.h", -10);
    OSP_CHECK(run(&job, &ran) == OSP_OK && ran == 1);
    age("a b#c$.h", 20); /* an older file in its place */
    OSP_CHECK(run(&job, &ran) == OSP_OK && ran == 1);
    OSP_CHECK(run(&job, &ran) == OSP_OK && ran == 0);
    OSP_CHECK(unlink(path("a b#c$.h")) == 0);
    OSP_CHECK(osp_job_stale(&arena, root, &job));
    put("a b#c$.h", "1");
    age("a b#c$.h", 10);
    job.argv.items[0] = "/bin/cp";
    OSP_CHECK(run(&job, &ran) == OSP_OK && ran == 1);
    OSP_CHECK(unlink(path("out")) == 0);
    OSP_CHECK(run(&job, &ran) == OSP_OK && ran == 1);
    OSP_CHECK(unlink(path("out.d")) == 0);
    OSP_CHECK(osp_job_stale(&arena, root, &job));
    end();
}

OSP_UNIT_TEST(jobs_failure, "a failed job leaves no output, and the next run tries again")
{
    size_t ran = 0;
    begin();
    osp_job job = copy_job();
    job.argv.items[0] = "false";
    put("out", "old");
    OSP_CHECK(run(&job, &ran) == OSP_E_BUILD);
    OSP_CHECK(strstr(err.message, "in does not compile") != NULL);
    OSP_CHECK(access(path("out"), F_OK) != 0);
    OSP_CHECK(osp_job_stale(&arena, root, &job));
    job.argv.items[0] = "no-such-compiler-anywhere";
    OSP_CHECK(run(&job, &ran) == OSP_E_BUILD);
    OSP_CHECK(strstr(err.message, "no-such-compiler-anywhere") != NULL);
    end();
}

OSP_UNIT_TEST(jobs_first_error, "the error of a failed job is the first one that it said")
{
    size_t ran = 0;
    begin();
    put("log", "a.c:1:2: error: first\na.c:3:4: error: second\n");
    put("compile", "#!/bin/sh\ncat log\nexit 1\n");
    OSP_CHECK(chmod(path("compile"), 0755) == 0);
    osp_job job = { .label = "a.c", .output = "out" };
    osp_kit_push_words(&arena, &job.argv, "./compile");
    OSP_CHECK(run(&job, &ran) == OSP_E_BUILD);
    OSP_CHECK(strcmp(err.message, "a.c:1:2: first") == 0);
    end();
}

OSP_UNIT_TEST(jobs_proof, "a program that fails its proof is not made, and is tried again")
{
    size_t ran = 0;
    begin();
    put("in", "#!/bin/sh\ntest \"$1\" = --check || exit 9\ntest -e good && exit 0\n"
              "echo 'x.c:2: error: odd' >&2\nexit 1\n");
    OSP_CHECK(chmod(path("in"), 0755) == 0);
    age("in", 10);
    osp_job job = copy_job();
    job.depfile = NULL;
    job.proof = "--check";
    for (int i = 0; i < 2; i++) {
        OSP_CHECK(run(&job, &ran) == OSP_E_BUILD && ran == 1);
        OSP_CHECK(strcmp(err.message, "x.c:2: odd") == 0);
        OSP_CHECK(access(path("out"), F_OK) != 0 && access(path("out.part"), F_OK) != 0);
    }
    put("good", "");
    OSP_CHECK(run(&job, &ran) == OSP_OK && ran == 1 && access(path("out"), X_OK) == 0);
    OSP_CHECK(run(&job, &ran) == OSP_OK && ran == 0);
    job.proof = "--other";
    OSP_CHECK(unlink(path("out")) == 0);
    OSP_CHECK(run(&job, &ran) == OSP_E_BUILD);
    OSP_CHECK(strcmp(err.message, "in --other ended with status 9") == 0);
    end();
}

OSP_UNIT_TEST(jobs_no_shell, "arguments reach the child as they are")
{
    size_t ran = 0;
    begin();
    put("in;touch x $(y)", "1");
    osp_job job = copy_job();
    job.argv.items[1] = "in;touch x $(y)";
    OSP_CHECK(run(&job, &ran) == OSP_OK && access(path("out"), F_OK) == 0);
    OSP_CHECK(access(path("x"), F_OK) != 0);
    end();
}
