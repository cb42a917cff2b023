/* Numbers that nobody has to guess: a system call for each would cost more than the query. */
#ifndef BENCH_DICE_H
#define BENCH_DICE_H

#include <openspeed/openspeed.h>

typedef struct Dice { uint64_t *state; } Dice;
OSP_PROVIDES(dice, Dice);

/* From 1 to `sides`. */
int64_t dice_throw(const Dice *dice, uint32_t sides);

#endif
