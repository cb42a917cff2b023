/* SHA-256, HMAC-SHA-256 and comparison in constant time: what signed tokens and checked
 * migrations need, small enough to be read against the standard.
 *
 *     message:  | 64 bytes | 64 bytes | ... | rest, 80, zeros, length in bits |
 *     state:    IV -> compress -> compress -> ... -> compress -> digest, big endian
 *
 * Invariant: bytes % 64 is the fill of `block`; a full block is compressed at once.  Keys and
 * everything made of them are wiped from the stack.  Cost: one pass, about ten cycles a byte.
 *
 * Sources: FIPS 180-4 section 6.2, RFC 2104. */
#include "base/digest.h"

#include <string.h>

#define BLOCK_SIZE 64
#define LENGTH_AT 56 /* of the message length in the last block */

/* The first 32 bits of the fractions of the cube roots of the first 64 primes. */
static const uint32_t round_keys[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* ---------------------------------------------------------------- SHA-256 */

static uint32_t rotate(uint32_t x, unsigned by)
{
    return x >> by | x << (32 - by);
}

static uint32_t load32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void store32(uint8_t *at, uint32_t x)
{
    at[0] = (uint8_t)(x >> 24);
    at[1] = (uint8_t)(x >> 16);
    at[2] = (uint8_t)(x >> 8);
    at[3] = (uint8_t)x;
}

/* FIPS 180-4 6.2.2, with its names. */
static void compress(uint32_t state[8], const uint8_t *block)
{
    uint32_t w[64];
    for (size_t t = 0; t < 16; t++) {
        w[t] = load32(block + 4 * t);
    }
    for (size_t t = 16; t < 64; t++) {
        const uint32_t s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3;
        const uint32_t s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = s1 + w[t - 7] + s0 + w[t - 16];
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (size_t t = 0; t < 64; t++) {
        const uint32_t sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
        const uint32_t t1 = h + sum1 + ((e & f) ^ (~e & g)) + round_keys[t] + w[t];
        const uint32_t sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
        const uint32_t t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }
    const uint32_t add[8] = { a, b, c, d, e, f, g, h };
    for (size_t i = 0; i < 8; i++) {
        state[i] += add[i];
    }
}

void osp_sha256_init(osp_sha256 *sha)
{
    *sha = (osp_sha256){
        .state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                   0x1f83d9ab, 0x5be0cd19 },
    };
}

void osp_sha256_add(osp_sha256 *sha, osp_str bytes)
{
    const uint8_t *at = (const uint8_t *)bytes.ptr;
    size_t left = bytes.len;
    while (left != 0) {
        const size_t fill = sha->bytes % BLOCK_SIZE;
        const size_t room = BLOCK_SIZE - fill;
        const size_t step = left < room ? left : room;
        if (step == BLOCK_SIZE) {
            compress(sha->state, at);
        } else {
            memcpy(sha->block + fill, at, step);
            if (step == room) {
                compress(sha->state, sha->block);
            }
        }
        sha->bytes += step;
        at += step;
        left -= step;
    }
}

void osp_sha256_end(osp_sha256 *sha, uint8_t ret_digest[OSP_SHA256_SIZE])
{
    const uint64_t bits = sha->bytes * 8;
    size_t fill = sha->bytes % BLOCK_SIZE;
    sha->block[fill++] = 0x80;
    if (fill > LENGTH_AT) {
        memset(sha->block + fill, 0, BLOCK_SIZE - fill);
        compress(sha->state, sha->block);
        fill = 0;
    }
    memset(sha->block + fill, 0, LENGTH_AT - fill);
    store32(sha->block + LENGTH_AT, (uint32_t)(bits >> 32));
    store32(sha->block + LENGTH_AT + 4, (uint32_t)bits);
    compress(sha->state, sha->block);
    for (size_t i = 0; i < 8; i++) {
        store32(ret_digest + 4 * i, sha->state[i]);
    }
    explicit_bzero(sha, sizeof(*sha));
}

/* ---------------------------------------------------------------- HMAC */

static void pad_with(const uint8_t *key, uint8_t value, uint8_t ret_pad[BLOCK_SIZE])
{
    for (size_t i = 0; i < BLOCK_SIZE; i++) {
        ret_pad[i] = key[i] ^ value;
    }
}

void osp_hmac_sha256(osp_str key, osp_str message, uint8_t ret_mac[OSP_SHA256_SIZE])
{
    osp_sha256 sha;
    uint8_t block[BLOCK_SIZE] = { 0 };
    uint8_t pad[BLOCK_SIZE];
    uint8_t inner[OSP_SHA256_SIZE];
    if (key.len > BLOCK_SIZE) {
        osp_sha256_init(&sha);
        osp_sha256_add(&sha, key);
        osp_sha256_end(&sha, block);
    } else if (key.len != 0) {
        memcpy(block, key.ptr, key.len);
    }
    pad_with(block, 0x36, pad);
    osp_sha256_init(&sha);
    osp_sha256_add(&sha, (osp_str){ (const char *)pad, sizeof(pad) });
    osp_sha256_add(&sha, message);
    osp_sha256_end(&sha, inner);
    pad_with(block, 0x5c, pad);
    osp_sha256_init(&sha);
    osp_sha256_add(&sha, (osp_str){ (const char *)pad, sizeof(pad) });
    osp_sha256_add(&sha, (osp_str){ (const char *)inner, sizeof(inner) });
    osp_sha256_end(&sha, ret_mac);
    explicit_bzero(block, sizeof(block));
    explicit_bzero(pad, sizeof(pad));
    explicit_bzero(inner, sizeof(inner));
}

bool osp_equal_constant_time(const void *a, const void *b, size_t len)
{
    /* volatile, or a compiler may leave the loop at the first difference. */
    const volatile uint8_t *x = a;
    const volatile uint8_t *y = b;
    uint8_t difference = 0;
    for (size_t i = 0; i < len; i++) {
        difference = (uint8_t)(difference | (x[i] ^ y[i]));
    }
    return difference == 0;
}

bool osp_secret_equal(osp_str said, osp_str secret)
{
    uint8_t a[OSP_SHA256_SIZE], b[OSP_SHA256_SIZE];
    osp_sha256 sha;
    osp_sha256_init(&sha);
    osp_sha256_add(&sha, said);
    osp_sha256_end(&sha, a);
    osp_sha256_init(&sha);
    osp_sha256_add(&sha, secret);
    osp_sha256_end(&sha, b);
    return osp_equal_constant_time(a, b, sizeof a) && secret.len > 0;
}
