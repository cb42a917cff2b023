/* Unit tests, one process a test.
 *
 *     OSP_UNIT_TEST(arena_grows, "an arena takes another block when the first is full")
 *     {
 *         OSP_CHECK(2 + 2 == 4);
 *     }
 *
 * Each _test.c is linked with tests/unit/unit.c into the runner, which forks per test.  A test that
 * starts a thread is an OSP_UNIT_TEST_THREADED, to which the runner holds it: ThreadSanitizer sees
 * nothing in others, and its build compiles and runs these alone. */
#ifndef OSP_TESTS_UNIT_H
#define OSP_TESTS_UNIT_H

#include <openspeed/base.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The step of a sweep over values that all go the same way.  A sanitizer, several times as slow,
 * sees in some of them what it would see in all. */
#ifdef OSP_DEBUG
#define OSP_UNIT_STRIDE 11
#else
#define OSP_UNIT_STRIDE 1
#endif

typedef struct osp_unit_test {
    const char *name, *title, *file;
    void (*run)(void);
    bool threaded;
    struct osp_unit_test *next;
} osp_unit_test;

void osp_unit_register(osp_unit_test *test);

#define OSP_UNIT_TEST(id, text) OSP_UNIT_TEST_(id, text, false)
#define OSP_UNIT_TEST_THREADED(id, text) OSP_UNIT_TEST_(id, text, true)

#define OSP_UNIT_TEST_(id, text, has_threads)                                                      \
    static void osp_unit_run_##id(void);                                                           \
    static osp_unit_test osp_unit_##id = {                                                         \
        #id, text, __FILE__, osp_unit_run_##id, has_threads, NULL                                  \
    };                                                                                             \
    __attribute__((constructor)) static void osp_unit_add_##id(void)                               \
    {                                                                                              \
        osp_unit_register(&osp_unit_##id);                                                         \
    }                                                                                              \
    static void osp_unit_run_##id(void)

/* Ends the test's process as failed, saying where. */
#define OSP_CHECK(cond)                                                                            \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #cond);               \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)
/* As OSP_CHECK for slices, printing both. */
#define OSP_CHECK_STR(got, want)                                                                   \
    do {                                                                                           \
        const osp_str got_ = (got), want_ = (want);                                                \
        if (!osp_str_equal(got_, want_)) {                                                         \
            fprintf(stderr, "%s:%d: got \"%.*s\", want \"%.*s\"\n", __FILE__, __LINE__,            \
                    OSP_ARG(got_), OSP_ARG(want_));                                                \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#endif
