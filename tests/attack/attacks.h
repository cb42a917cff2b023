/* What hostile clients do: a table.  Made for the routes of examples/probe. */
#ifndef TESTS_ATTACK_ATTACKS_H
#define TESTS_ATTACK_ATTACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct attack {
    const char *name, *what;
    const char *first;    /* sent once connected */
    const char *more;     /* and then this, again and again */
    uint32_t more_ms;     /* each so much later; 0: as fast as it goes */
    size_t more_bytes;    /* until so many are sent; 0: without end */
    const char *last;     /* sent behind them */
    bool deaf;            /* reads nothing */
    uint32_t read_ms;     /* reads READ_DRIP bytes each so much later; 0: all at once */
    size_t reset_behind;  /* bytes that are read, then it resets the connection; 0: never */
    bool half_closes;     /* its own side, behind `first` */
    bool once;            /* is not opened again when it has ended */
    uint32_t connections; /* unless the command line says otherwise */
} attack;

/* NULL: there is none. */
const attack *attack_find(const char *name);
/* Prints the names, one a line, with what they do. */
void attacks_list(void);

#endif
