/* One answer, judged strictly: what a client of HTTP/1.1 may insist on. */
#ifndef TESTS_LOAD_ANSWER_H
#define TESTS_LOAD_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

typedef enum answer_verdict {
    ANSWER_MORE,  /* bytes are missing */
    ANSWER_WHOLE, /* well framed */
    ANSWER_WRONG  /* see `why` */
} answer_verdict;

/* Zero it to start. */
typedef struct answer {
    int status;
    size_t head_size, body_size;
    bool closes;      /* Connection: close */
    bool retry_after; /* is there */
    const char *why;  /* static */
} answer;

/* Judges the bytes that have come, from the first of an answer on.  It must have one Content-Length
 * and one Date, and no Transfer-Encoding.  ret_answer: whole on ANSWER_WHOLE, `why` on
 * ANSWER_WRONG. */
answer_verdict answer_read(const char *bytes, size_t size, answer *ret_answer);

#endif
