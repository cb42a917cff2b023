/* Random values of described types, made from the descriptor alone.
 *
 * A sample is one that its type takes: each member is judged as decoding would judge it, and what
 * does not pass is drawn again.  A value may be refused after all: a check of the application's own
 * or a pattern that the sampler cannot write may leave nothing to find. */
#ifndef OSP_TESTS_SAMPLE_H
#define OSP_TESTS_SAMPLE_H

#include "type/json.h"

typedef struct osp_sampler {
    osp_arena *arena;
    const osp_patterns *patterns;
    uint64_t state; /* the seed, at the start */
    bool plain; /* strings are of unreserved characters, nothing is empty, enums are their first */
    bool given; /* read-only members are drawn as well; else they stay zero, as in an input */
    bool param; /* nothing is null, which a parameter cannot say */
    uint32_t depth; /* 0 */
} osp_sampler;

/* A number below n. */
uint32_t osp_sample_below(osp_sampler *s, uint32_t n);
/* Fills a value of a type, zeroed before.  False: none was found. */
bool osp_sample(osp_sampler *s, const osp_type *type, void *value);
/* The same for one member. */
bool osp_sample_field(osp_sampler *s, const osp_field *field, void *slot);
/* A text that a pattern finds, at the end of `out`.  False: it has what the sampler does not know,
 * which is more than alternatives, groups, classes and repetition. */
bool osp_sample_pattern(osp_sampler *s, const char *pattern, osp_buf *out);

#endif
