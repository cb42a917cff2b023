/* How many connections each client has to a worker. */
#ifndef OSP_SERVE_CLIENTS_H
#define OSP_SERVE_CLIENTS_H

#include "wire/ip.h"

typedef struct osp_clients_place {
    uint64_t client; /* 0: the place is free */
    uint32_t count;
} osp_clients_place;

/* Zero it to start, but for `seed`. */
typedef struct osp_clients {
    osp_clients_place *places; /* as many as a power of two */
    size_t size, used;
    uint64_t seed; /* secret, so that no client knows whose place is beside whose */
} osp_clients;

/* Who is counted as one: an IPv4 address, or the first 64 bits of an IPv6 address, which one
 * customer has.  0: nobody who is counted. */
uint64_t osp_clients_key(const osp_ip *ip);

/* Counts one more connection, if that is not more than `most`.  Without memory for a new client it
 * is let in and not counted.
 * client      as of osp_clients_key
 * ret_client  for osp_clients_leave; 0: it was not counted */
bool osp_clients_enter(osp_clients *clients, uint64_t client, uint32_t most, uint64_t *ret_client);
void osp_clients_leave(osp_clients *clients, uint64_t client);
/* When all have left. */
void osp_clients_done(osp_clients *clients);

#endif
