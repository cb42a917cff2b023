/* Memory that goes back to the system. */
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/rig.h"

#if !OSP_ASAN && !defined(__SANITIZE_THREAD__) /* whose malloc keeps what is freed on purpose */

#define PIECES 4096
#define PIECE 8192

static long resident_kib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    OSP_CHECK(file != NULL && fscanf(file, "%*d %ld", &pages) == 1);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE) / 1024;
}

/* Needs much memory for so long and gives it back, but for a piece at its end. */
static void *crowd(osp_rig *rig, int seconds)
{
    void **pieces = malloc(PIECES * sizeof *pieces);
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = malloc(PIECE);
        OSP_CHECK(pieces[i] != NULL);
        memset(pieces[i], 1, PIECE);
    }
    void *last = malloc(PIECE);
    osp_rig_pass(rig, seconds);
    for (size_t i = 0; i < PIECES; i++) {
        free(pieces[i]);
    }
    free(pieces);
    return last;
}

OSP_UNIT_TEST(slack_goes_back, "what a crowd has needed goes back when it has gone, each time")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_slack_look(rig.worker);
    const long before = resident_kib();
    void *last[3];
    for (size_t i = 0; i < OSP_ARRAY_LEN(last); i++) {
        last[i] = crowd(&rig, 1);
        OSP_CHECK(resident_kib() > before + PIECES * (PIECE / 1024) / 2);
        osp_rig_pass(&rig, 1);
        OSP_CHECK(resident_kib() < before + 2 * OSP_SLACK_MAX / 1024);
    }
    for (size_t i = 0; i < OSP_ARRAY_LEN(last); i++) {
        free(last[i]);
    }
    osp_rig_close(&rig);
}

OSP_UNIT_TEST(slack_again, "what the last of a crowd take up for a moment goes back as well")
{
    osp_rig rig;
    osp_rig_open(&rig);
    osp_slack_look(rig.worker);
    const long before = resident_kib();
    void *first = crowd(&rig, 1);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(resident_kib() < before + 2 * OSP_SLACK_MAX / 1024);
    void *last = crowd(&rig, 0);
    OSP_CHECK(resident_kib() > before + PIECES * (PIECE / 1024) / 2);
    osp_rig_pass(&rig, 1);
    OSP_CHECK(resident_kib() < before + 2 * OSP_SLACK_MAX / 1024);
    free(first);
    free(last);
    osp_rig_close(&rig);
}
#endif
