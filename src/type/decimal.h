/* Numbers by their text, exact whatever their size: what a double cannot tell apart.
 *
 * A text is a number of JSON (RFC 8259 section 6), checked before. */
#ifndef OSP_TYPE_DECIMAL_H
#define OSP_TYPE_DECIMAL_H

#include <openspeed/base.h>

/* Less than 0, 0 or more, as x is less than y, equal or more. */
int osp_number_compare(osp_str x, osp_str y);
/* The same for numbers that are equal. */
uint64_t osp_number_hash(osp_str number);
/* Whether the quotient is whole: 0.3 is a multiple of 0.1, as for people and for JSON Schema.
 * of  not 0; 19 digits at most, but for zeros at either end */
bool osp_number_is_multiple(osp_str number, osp_str of);

#endif
