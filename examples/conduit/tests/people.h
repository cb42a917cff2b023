/* People of tests, and what they send. */
#ifndef CONDUIT_PEOPLE_H
#define CONDUIT_PEOPLE_H

#include "lib/article.h"
#include "lib/session.h"

#include <openspeed/test.h>

/* A user of that name; the id.  Put into the database directly: hashing a password takes a tenth of
 * a second, and most tests are not about passwords. */
int64_t somebody(osp_test *app, const char *name);

/* From now on requests are sent by that user, without a token or a cookie.  0: by nobody. */
void act_as(osp_test *app, int64_t user);

/* Sends a request with a JSON body, or without one where that is NULL. */
osp_test_response request(osp_test *app, const char *method, const char *path, const char *body);

/* Writes an article with the title as who acts; its slug.  tags: JSON, such as "[\"a\"]". */
osp_str write(osp_test *app, const char *title, const char *tags);

/* Sends a form of a page: submitted(app, "/login", { "email", "ann@example.org" }). */
#define submitted(app, target, ...)                                                                \
    osp_test_request(app, "POST", target, .from_page = true, .form = { __VA_ARGS__ })

/* The answer sends the browser there. */
#define EXPECT_SENT_TO(response, url)                                                              \
    do {                                                                                           \
        const osp_test_response answer_ = (response);                                              \
        OSP_EXPECT_INT(answer_.status, 303);                                                       \
        OSP_EXPECT_STR(osp_test_answer_header(&answer_, "Location"), url);                         \
    } while (0)

/* The answer has that status, and says that one sentence is wrong. */
#define EXPECT_ERROR(response, wanted_status, sentence)                                            \
    do {                                                                                           \
        const osp_test_response answer_ = (response);                                              \
        OSP_EXPECT_INT(answer_.status, wanted_status);                                             \
        OSP_EXPECT_STR(answer_.media_type, "application/json");                                    \
        OSP_EXPECT_STR(answer_.body, "{\"errors\":{\"body\":[\"" sentence "\"]}}");                \
    } while (0)

/* The body of an answer as a T called `name`. */
#define DECODED(T, name, response)                                                                 \
    T name;                                                                                        \
    do {                                                                                           \
        const osp_test_response answer_ = (response);                                              \
        OSP_EXPECT(answer_.status == 200 || answer_.status == 201);                                \
        OSP_EXPECT(osp_test_decode(app, &answer_, T, &name));                                      \
    } while (0)

#endif
