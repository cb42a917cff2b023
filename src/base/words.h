/* How near two words are: for "did you mean". */
#ifndef OSP_BASE_WORDS_H
#define OSP_BASE_WORDS_H

#include <openspeed/base.h>

/* Number of single-byte edits between two words; SIZE_MAX when one of them is long (over 63
 * bytes): it is far from every other. */
size_t osp_words_distance(osp_str a, osp_str b);
/* Whether a word that is so far from `known` may be a misspelling of it. */
bool osp_words_near(osp_str known, size_t distance);

/* The known name that a word may be a misspelling of. */
typedef struct osp_nearest {
    osp_str word;     /* borrowed */
    const char *name; /* borrowed; NULL: none is near */
    size_t distance;  /* of name */
} osp_nearest;        /* begin with the word, all else zero */

/* Looks whether a name is nearer than those before it. */
void osp_nearest_try(osp_nearest *nearest, const char *name);

#endif
