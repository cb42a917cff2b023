/* Which segments a pattern takes, as automata that can be held against each other. */
#ifndef OSP_BUILD_EXTENT_H
#define OSP_BUILD_EXTENT_H

#include "build/segment.h"

#define OSP_EXTENT_STATES_MAX 0x8000u /* of two extents at once */

/* A matcher as an automaton; NULL in a extent: any text. */
typedef struct osp_automaton {
    const char *name;
    /* OSP_EXTENT_DEAD: no text that begins like this is taken.  State 0 is that of no text. */
    uint32_t (*step)(uint32_t state, uint8_t byte);
    bool (*accepts)(uint32_t state);
} osp_automaton;

#define OSP_EXTENT_DEAD UINT32_MAX

/* The segments that a pattern takes.  A matcher of the application is taken for any text: then the
 * extent is at most this, and not exact. */
typedef struct osp_extent {
    const osp_segment *segment;
    const osp_automaton *automata[OSP_SEGMENT_PARTS_MAX];
    /* How much of the text behind a parameter still stands there when the next byte is another. */
    uint8_t fall[OSP_SEGMENT_PARTS_MAX][OSP_SEGMENT_NAME_MAX + 1];
    bool is_exact;
} osp_extent;

/* How two extents lie to each other, over the segments that a normalised path can have. */
typedef struct osp_relation {
    bool both;           /* a segment that both take */
    bool only_a, only_b; /* one that the other does not take */
    osp_str witness;     /* the shortest that both take; in the arena */
} osp_relation;

/* The automaton of a built-in matcher; NULL: there is none of that name. */
const osp_automaton *osp_extent_builtin(osp_str name);
/* What comes in the place of the index-th built-in matcher; NULL behind the last. */
const osp_automaton *osp_extent_builtin_at(size_t index);
/* segment: a pattern; borrowed. */
void osp_extent_init(osp_extent *extent, const osp_segment *segment);
bool osp_extent_takes(const osp_extent *extent, osp_str text);
/* states_max   OSP_EXTENT_STATES_MAX, or less in tests
 * Returns      OSP_OK | OSP_E_LIMIT: there are more states */
OSP_MUST_CHECK osp_status osp_extent_compare(osp_arena *arena, const osp_extent *a,
                                             const osp_extent *b, uint32_t states_max,
                                             osp_relation *ret_relation);

#endif
