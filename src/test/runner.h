/* Running the tests and telling of them. */
#ifndef OSP_TEST_RUNNER_H
#define OSP_TEST_RUNNER_H

#include "test/test_impl.h"

typedef struct osp_test_run {
    const osp_app_def *app;
    const osp_test_def *const *tests;
    size_t count;
    const char *filter; /* a part of a name, file or sentence; NULL: all of them run */
    size_t jobs;        /* at once */
    int64_t limit_s;    /* for each */
    bool json, verbose;
} osp_test_run;

/* Runs each test as a process.  Returns the exit status: 0 when some ran and all have passed. */
int osp_test_run_all(const osp_test_run *run);
/* Prints those that would run, in their order. */
int osp_test_list(const osp_test_run *run);

/* A test that has ended. */
typedef struct osp_test_told {
    const osp_test_def *test;
    const osp_test_verdict *verdict;
    osp_str output; /* of one that failed */
    bool passed, first;
    int64_t ms;
} osp_test_told;

void osp_test_tell(const osp_test_run *run, const osp_test_told *told);
/* Behind the last. */
void osp_test_tell_end(const osp_test_run *run, size_t passed, size_t failed);
/* What a child has said, as far as it is shown.  ret_text: the caller frees it. */
size_t osp_test_read_output(int fd, char **ret_text);

/* Looks for what a sanitizer or an assertion says in the output of a test that ended by it.  False:
 * there is nothing of the kind, and the verdict is as it was. */
bool osp_test_read_report(osp_str output, osp_test_verdict *verdict);
/* The output without the picture of memory at its end. */
osp_str osp_test_cut_report(osp_str output);

#endif
