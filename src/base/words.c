/* Edits between words, row by row of the table of Levenshtein. */
#include "base/words.h"

#define LEN_MAX 63 /* longer words are far from every other */

size_t osp_words_distance(osp_str a, osp_str b)
{
    size_t row[LEN_MAX + 1];
    if (a.len > LEN_MAX || b.len > LEN_MAX) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= b.len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            const size_t replaced = corner + (a.ptr[i - 1] != b.ptr[j - 1]);
            const size_t added = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            corner = row[j];
            row[j] = replaced < added ? replaced : added;
        }
    }
    return row[b.len];
}

bool osp_words_near(osp_str known, size_t distance)
{
    const size_t third = known.len / 3;
    return distance <= (third < 2 ? 2 : third) && distance < known.len;
}

void osp_nearest_try(osp_nearest *nearest, const char *name)
{
    const osp_str known = osp_str_from(name);
    const size_t distance = osp_words_distance(nearest->word, known);
    if (osp_words_near(known, distance) &&
        (nearest->name == NULL || distance < nearest->distance)) {
        nearest->name = name;
        nearest->distance = distance;
    }
}
