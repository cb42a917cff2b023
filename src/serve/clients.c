/* A table of clients with their connections, open-addressed:
 *
 *     place = mix(client, seed)      [ a:3 | b:1 | -- | c:7 | ... ]      used <= size / 2
 *
 * A place that becomes free is filled by moving those behind it which would be found sooner there,
 * so there are no tombstones and a look ends at the first free place.  The table grows with the
 * number of clients, which that of connections bounds, and shrinks when it is nearly empty: after a
 * flood from many addresses nothing is left.
 *
 * Costs nothing a request, a look a connection.  Rejected: counting all of an IPv6 address, of
 * which each customer has 2^64. */
#include "serve/clients.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_MIN 64
/* What no IPv6 unicast address begins with: 64 bits that stand for an IPv4 address. */
#define OF_V4 UINT64_C(0xffffffff00000000)

uint64_t osp_clients_key(const osp_ip *ip)
{
    uint64_t client = 0;
    if (ip->kind == OSP_IP_V4 || ip->kind == OSP_IP_V6) {
        const size_t size = ip->kind == OSP_IP_V4 ? 4 : 8;
        for (size_t i = 0; i < size; i++) {
            client = client << 8 | ip->bytes[i];
        }
        client |= ip->kind == OSP_IP_V4 ? OF_V4 : 0;
        client += client == 0; /* of ::1, and of ::1:0:0:0:1 if that were anybody's */
    }
    return client;
}

static size_t place_of(const osp_clients *clients, uint64_t client)
{
    const unsigned __int128 product =
        (unsigned __int128)(client ^ clients->seed) * UINT64_C(0x9e3779b97f4a7c15);
    const uint64_t mixed = (uint64_t)product ^ (uint64_t)(product >> 64) ^ clients->seed;
    return (size_t)((mixed ^ mixed >> 29) & (clients->size - 1));
}

/* The place of a client, or the free one where it would be. */
static size_t find(const osp_clients *clients, uint64_t client)
{
    size_t at = place_of(clients, client);
    while (clients->places[at].client != 0 && clients->places[at].client != client) {
        at = (at + 1) & (clients->size - 1);
    }
    return at;
}

static bool resize(osp_clients *clients, size_t size)
{
    osp_clients bigger = *clients;
    bigger.places = calloc(size, sizeof(bigger.places[0]));
    bigger.size = size;
    if (bigger.places == NULL) {
        return false;
    }
    for (size_t i = 0; i < clients->size; i++) {
        const osp_clients_place one = clients->places[i];
        if (one.client != 0) {
            bigger.places[find(&bigger, one.client)] = one;
        }
    }
    free(clients->places);
    *clients = bigger;
    return true;
}

bool osp_clients_enter(osp_clients *clients, uint64_t client, uint32_t most, uint64_t *ret_client)
{
    *ret_client = 0;
    if (client == 0) {
        return true;
    }
    /* A full half is doubled, so that a free place is always there. */
    if (clients->used * 2 >= clients->size &&
        !resize(clients, clients->size != 0 ? clients->size * 2 : SIZE_MIN)) {
        return true;
    }
    osp_clients_place *at = &clients->places[find(clients, client)];
    if (at->client != 0 && at->count >= most) {
        return false;
    }
    clients->used += at->client == 0;
    at->client = *ret_client = client;
    at->count++;
    return true;
}

/* Frees a place, and moves into it who stands behind and may. */
static void vacate(osp_clients *clients, size_t hole)
{
    const size_t mask = clients->size - 1;
    for (size_t at = (hole + 1) & mask; clients->places[at].client != 0; at = (at + 1) & mask) {
        const size_t home = place_of(clients, clients->places[at].client);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            clients->places[hole] = clients->places[at];
            hole = at;
        }
    }
    clients->places[hole] = (osp_clients_place){ 0 };
    clients->used--;
}

void osp_clients_leave(osp_clients *clients, uint64_t client)
{
    const size_t at = find(clients, client);
    OSP_ASSERT(clients->places[at].client == client && clients->places[at].count > 0);
    if (--clients->places[at].count > 0) {
        return;
    }
    vacate(clients, at);
    if (clients->size > SIZE_MIN && clients->used * 8 < clients->size) {
        (void)resize(clients, clients->size / 2);
    }
}

void osp_clients_done(osp_clients *clients)
{
    OSP_ASSERT(clients->used == 0);
    free(clients->places);
    clients->places = NULL;
    clients->size = 0;
}
