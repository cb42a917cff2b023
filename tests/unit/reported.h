/* A folder of an application for tests of reports, and programs that are run in it. */
#ifndef OSP_TESTS_REPORTED_H
#define OSP_TESTS_REPORTED_H

#include <sys/wait.h>
#include <unistd.h>

#include "build/kit.h"
#include "dev/report.h"
#include "tests/unit/unit.h"

typedef struct osp_report_world {
    osp_arena arena;
    osp_reporter reporter;
    char dir[64];
} osp_report_world;

static inline void osp_report_world_begin(osp_report_world *world)
{
    strcpy(world->dir, "/tmp/osp-report-XXXXXX");
    OSP_CHECK(mkdtemp(world->dir) != NULL);
    osp_arena_init(&world->arena, NULL, 0, OSP_REPORT_ARENA_MAX);
    osp_reporter_init(&world->reporter, &world->arena, world->dir);
}

static inline void osp_report_world_write(osp_report_world *world, const char *name,
                                          const char *text)
{
    char *path = osp_kit_format(&world->arena, "%s/%s", world->dir, name);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    OSP_CHECK(osp_kit_mkdir(&world->arena, path, NULL) == OSP_OK);
    *slash = '/';
    OSP_CHECK(osp_kit_write(&world->arena, path, osp_str_from(text), NULL) == OSP_OK);
}

/* What a command of the shell says in the folder, and how it ends. */
static inline osp_str osp_report_world_run(osp_report_world *world, const char *command,
                                           int *ret_how)
{
    char *line = osp_kit_format(&world->arena, "cd %s && { %s ; } 2>&1", world->dir, command);
    char *text = osp_kit_alloc(&world->arena, 1 << 20);
    fflush(NULL);
    FILE *pipe = popen(line, "r");
    OSP_CHECK(pipe != NULL);
    const size_t len = fread(text, 1, (1 << 20) - 1, pipe);
    const int how = pclose(pipe);
    if (ret_how != NULL) {
        *ret_how = how;
    }
    return (osp_str){ text, len };
}

static inline void osp_report_world_end(osp_report_world *world)
{
    (void)osp_report_world_run(world, osp_kit_format(&world->arena, "rm -rf %s", world->dir), NULL);
    osp_arena_done(&world->arena);
}

/* "FILE:LINE:COLUMN" of a report. */
static inline osp_str osp_report_world_place(osp_report_world *world, const osp_report *report)
{
    return osp_str_from(osp_kit_format(&world->arena, "%.*s:%u:%u", OSP_ARG(report->file),
                                       report->line, report->column));
}

#endif
