/* Which leaves a path could have come to, and where the others end: for people who ask why. */
#ifndef OSP_HTTP_CANDIDATES_H
#define OSP_HTTP_CANDIDATES_H

#include <openspeed/manifest.h>

#define OSP_CANDIDATES_MAX 32 /* leaves that are told of */

typedef enum osp_candidate_end {
    OSP_CANDIDATE_FITS = 0,
    OSP_CANDIDATE_REFUSED, /* all of it fits but a segment that a pattern does not take */
    OSP_CANDIDATE_OTHER,   /* `segment` is there, and the leaf has `wanted` */
    OSP_CANDIDATE_LONGER,  /* the path ends where the leaf goes on with `wanted` */
    OSP_CANDIDATE_SHORTER  /* the leaf ends where the path goes on with `segment` */
} osp_candidate_end;

/* How a segment was gone: the lowest is tried first.  A pattern is OSP_STEP_PATTERN and its place
 * among those of its node. */
enum {
    OSP_STEP_TEXT = 0,
    OSP_STEP_PATTERN = 1,
    OSP_STEP_PARAM = 0xfffe,
    OSP_STEP_REST = 0xffff,
    OSP_STEPS_MAX = 64 /* segments of a path that are told apart */
};

typedef struct osp_candidate {
    const osp_route_leaf *leaf;
    osp_candidate_end end;
    size_t depth;    /* segments before the one in question; of all that fit, if it fits */
    osp_str segment; /* of the path */
    osp_str wanted;  /* text; empty: a parameter or a pattern */
    const osp_matcher *matcher; /* that refuses the parameter; NULL: the text around it does */
    size_t more;                /* leaves that end in the same way, and are not told of */
    uint16_t steps[OSP_STEPS_MAX];
} osp_candidate;

/* Lists those that fit, in the order in which osp_route_find tries them, and among them those that
 * only a pattern refuses.  Where none fits, those follow that fit for the most segments, the ones
 * with the likeliest misspelling first.
 *
 * path     normalised
 * ret      OSP_CANDIDATES_MAX of them
 * Returns  their number.  Cost: by the number of nodes.  Yields: no. */
size_t osp_route_candidates(const osp_route_node *root, osp_str path, osp_candidate *ret);

#endif
