/* A problem in the words of the client, and the forms that it is written in. */
#ifndef OSP_APP_PROBLEM_H
#define OSP_APP_PROBLEM_H

#include "app/ctx.h"

/* All is borrowed. */
typedef struct osp_problem_text {
    const osp_failure *failure; /* in the words of the client */
    osp_str request_id;         /* empty: not known */
    osp_str language;           /* of title and detail; empty: English */
} osp_problem_text;

/* application/problem+json. */
void osp_problem_write_json(const osp_problem_text *problem, osp_buf *out);
/* A page for browsers, without scripts and styles, whose policies it cannot break. */
void osp_problem_write_html(const osp_problem_text *problem, osp_buf *out);
/* The same as lines of text. */
void osp_problem_write_plain(const osp_problem_text *problem, osp_buf *out);

#endif
