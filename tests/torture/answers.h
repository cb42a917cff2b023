/* Judges what a client heard. */
#ifndef OSP_TORTURE_ANSWERS_H
#define OSP_TORTURE_ANSWERS_H

#include "tests/torture/features.h"

typedef struct verdict {
    bool whole;        /* every answer came, right ones or 5xx and 408 in their place */
    bool right;        /* all of them as they are without a fault */
    const char *wrong; /* what no fault excuses: what came is no HTTP, or a lie; else NULL */
} verdict;

/* What `len` bytes at `text` are for `what`, so far or for ever.  closed: no more will come. */
verdict answers_judge(const feature *what, const char *text, size_t len, bool closed);

#endif
