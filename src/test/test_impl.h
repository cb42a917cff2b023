/* What the files of this room share. */
#ifndef OSP_TEST_TEST_IMPL_H
#define OSP_TEST_TEST_IMPL_H

#include <openspeed/manifest.h>
#include <openspeed/test.h>

#include "app/files.h"
#include "app/page_keeper.h"
#include "app/provide.h"

#define OSP_TEST_SERVICES_MAX 32
#define OSP_TEST_TEXT_MAX 2048 /* bytes that say why a test failed */

/* What a test tells its runner, in memory that both see. */
typedef struct osp_test_verdict {
    bool ended, failed;
    int line;
    char file[256];
    char text[OSP_TEST_TEXT_MAX];
} osp_test_verdict;

struct osp_test {
    const osp_app_def *app;
    osp_test_verdict *verdict;
    osp_arena arena; /* as long as the test */
    osp_patterns *patterns;
    osp_service services[OSP_TEST_SERVICES_MAX]; /* the patterns, the resources, others */
    size_t service_count, resources_open;
    osp_files *files; /* of public/; NULL: there are none */
    osp_pages *pages; /* templates; NULL: there are none */
    int public_folder;
    osp_life life; /* of what outlives requests */
    bool open, has_life;
    osp_provider_override overrides[OSP_TEST_OVERRIDES_MAX + 1]; /* ends with zeros */
    osp_ctx *ctx;                /* of osp_test_ctx; NULL: nobody has asked for it */
    uint64_t requests;           /* so far */
    const char *method, *target; /* of the last one; NULL: there was none */
    osp_test_response last;      /* and its answer */
};

/* Starts the test of this process.  verdict: borrowed until its end. */
void osp_test_begin(osp_test *test, const osp_app_def *app, osp_test_verdict *verdict);
/* It has reached its end: what it has opened is closed. */
void osp_test_end(osp_test *test);
/* Opens the application's resources, if they are not. */
void osp_test_open(osp_test *test);

/* Memory as long as the test, zeroed. */
void *osp_test_alloc(osp_test *test, size_t size);
/* A copy that lasts as long as the test, with a NUL behind it. */
osp_str osp_test_keep(osp_test *test, osp_str text);

/* Appends a request as HTTP/1.1.  Ends the test where it cannot be written. */
void osp_test_write(const char *method, const char *target, const osp_test_options *options,
                    osp_buf *out);
/* Answers the first request in `in` as a connection of a server would; appends all that a client
 * gets.
 *
 * ret_head_only  the request was HEAD: its answer has no body
 * Returns        whether the answer is whole */
bool osp_test_exchange(osp_test *test, osp_str in, osp_buf *out, bool *ret_head_only);
/* Reads the answers in `bytes`, which last as long as the test. */
osp_test_response osp_test_read_answer(osp_test *test, osp_str bytes, bool whole, bool head_only);

/* Why the running test has failed: a line of it, or of the application. */
void osp_test_fail_va(const char *file, int line, const char *format, va_list args)
    __attribute__((noreturn));

#endif
