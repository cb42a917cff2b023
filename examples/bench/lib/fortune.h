/* What is told at /fortunes, from memory, and at /db/fortunes, from the database. */
#ifndef BENCH_FORTUNE_H
#define BENCH_FORTUNE_H

#include <openspeed/openspeed.h>

typedef struct Fortune {
    int64_t id;
    osp_str message;
} Fortune;
OSP_LIST_OF(Fortune);
OSP_TYPE(Fortune, FIELD(id), FIELD(message));

/* Answers with a page of them and one more, in the order of what they say. */
osp_status fortunes_answer(osp_ctx *ctx, Fortune_list found);

#endif
