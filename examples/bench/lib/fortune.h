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

typedef struct FortunesView { Fortune_list fortunes; } FortunesView;
OSP_TYPE(FortunesView, LIST(fortunes, Fortune));

/* Fills a page with them and one more, in the order of what they say. */
osp_status fortunes_show(osp_ctx *ctx, Fortune_list found, FortunesView *out);

#endif
